/* What is inside archives: members become inputs like files. */
#include "source/source_int.h"

bool vd_read_stream(vd_source *source, vd_crew *crew, vd_stream *s, vd_content content, vd_part *part,
                    vd_err *err)
{
    vd_reader r = {.source = source, .crew = crew, .part = part, .stream = s};
    switch (content) {
    case VD_CONTENT_DOCUMENTS: return vd_read_documents(&r, err);
    case VD_CONTENT_XML: return vd_read_events(&r, err);
    case VD_CONTENT_EVTX: return vd_read_chunks(&r, err);
    default: return vd_read_lines(&r, err);
    }
}

static void leave_alone(vd_source *source, vd_str name, const char *why)
{
    source->left_alone++;
    vd_source_tell(source, name, why, false);
}

/* A member that holds events or an archive. */
static bool read_member(vd_source *source, vd_crew *crew, vd_stream *s, vd_str name, unsigned depth,
                        vd_err *err)
{
    vd_str head = vd_stream_peek(s);
    vd_content content = vd_content_of(head);
    const char *refusal = vd_content_refusal(content, true);
    if (!refusal && content == VD_CONTENT_ARCHIVE && depth == VD_MAX_ARCHIVE_DEPTH)
        refusal = "an archive in an archive in an archive";
    /* What could not be unpacked looks empty. */
    bool unread = content == VD_CONTENT_EMPTY && vd_stream_failed(s, err);
    if (unread) return false;
    if (refusal) return leave_alone(source, name, refusal), true;
    if (content == VD_CONTENT_ARCHIVE) return vd_read_archive(source, crew, s, name, depth + 1, err);
    vd_part *part = vd_source_announce(source, name, vd_way_of(content, head), -1);
    bool ok = !part || vd_read_stream(source, crew, s, content, part, err);
    if (part) vd_part_close(part);
    return ok;
}

/* One member; false: the whole input has unpacked to too much. */
static bool take_member(vd_source *source, vd_crew *crew, vd_archive *a, vd_str name, unsigned depth,
                        vd_err *err)
{
    vd_err why = {0};
    vd_stream *s = vd_archive_member(a, &why);
    bool ok = s && read_member(source, crew, s, name, depth, &why);
    vd_stream_close(s);
    if (ok) return true;
    if (why.code == VD_LIMIT) {
        *err = why;
        return false;
    }
    vd_source_tell(source, name, why.msg, true);
    return true;
}

/* Bounded: VD_MAX_ARCHIVE_DEPTH. */
bool vd_read_archive(vd_source *source, vd_crew *crew, vd_stream *s, vd_str name, unsigned depth,
                     vd_err *err)
{
    vd_archive *a = vd_archive_open(s, err);
    vd_str member;
    int more = a ? 1 : -1;
    while (more > 0 && !vd_source_stopped(source) && (more = vd_archive_next(a, &member, err)) > 0) {
        char *whole;
        if (asprintf(&whole, "%.*s/%.*s", VD_FMT(name), VD_FMT(member)) < 0) break;
        if (!take_member(source, crew, a, vd_str_from(whole), depth, err)) more = -1;
        free(whole);
    }
    vd_archive_close(a);
    return more >= 0;
}
