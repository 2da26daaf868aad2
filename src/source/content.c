/* What an input holds, told by its first bytes. */
#include "source/source_int.h"
#include "windows/evtx.h"
#include "windows/shapes.h"

static const struct {
    const char *magic;
    uint16_t at, n;
    vd_content content;
} magics[] = {
    {"PK\x03\x04", 0, 4, VD_CONTENT_ARCHIVE},
    {"PK\x05\x06", 0, 4, VD_CONTENT_ARCHIVE}, /* without members */
    {"7z\xbc\xaf\x27\x1c", 0, 6, VD_CONTENT_ARCHIVE},
    {"ustar", 257, 5, VD_CONTENT_ARCHIVE},
};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static size_t skip_blanks(vd_str s, size_t i)
{
    while (i < s.n && is_blank(s.p[i]))
        i++;
    return i;
}

/* Whether the brackets opened in s are closed again where it ends; [out] lowest: how many
 * of those opened before s it closes, as a negative number. */
static bool is_closed(vd_str s, long *lowest)
{
    long depth = 0;
    *lowest = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && --depth < *lowest)
            *lowest = depth;
    }
    return depth <= 0 && !in_string;
}

/* A line behind `from` is a whole document at the left edge. */
static bool has_whole_line(vd_str s, size_t from)
{
    for (size_t at = from, end; at < s.n; at = end + 1) {
        end = vd_str_find_byte(s, '\n', at);
        vd_str line = vd_str_sub(s, at, end);
        while (line.n && is_blank(line.p[line.n - 1]))
            line.n--;
        long lowest;
        if (line.n > 1 && line.p[0] == '{' && line.p[line.n - 1] == '}' &&
            is_closed(line, &lowest) && lowest == 0)
            return true;
    }
    return false;
}

/* Lines, or documents over many lines? The first line decides. When it is whole, lines
 * it is, unless it is an array and all there is. When it is not, it is a broken line if
 * others are whole, and else a document that goes on. */
static vd_content json_form(vd_str s, size_t from)
{
    size_t end = vd_str_find_byte(s, '\n', from);
    vd_str first = vd_str_sub(s, from, end);
    size_t next = skip_blanks(s, end);
    bool array = s.p[from] == '[';
    if (end == s.n) return array ? VD_CONTENT_DOCUMENTS : VD_CONTENT_LINES;
    long lowest;
    if (is_closed(first, &lowest)) return array && next == s.n ? VD_CONTENT_DOCUMENTS : VD_CONTENT_LINES;
    if (array) return VD_CONTENT_DOCUMENTS;
    bool left_edge = next < s.n && s.p[next] == '{' && s.p[next - 1] == '\n';
    bool lines = left_edge || next == s.n || has_whole_line(s, end + 1);
    return lines ? VD_CONTENT_LINES : VD_CONTENT_DOCUMENTS;
}

/* XML with an event in it: within what is looked at, for a document may begin with a long
 * declaration. */
static bool is_events(vd_str s)
{
    const char *p = memmem(s.p, s.n, "<Event", 6);
    size_t at = p ? (size_t)(p - s.p) + 6 : s.n;
    return at < s.n && (is_blank(s.p[at]) || s.p[at] == '>' || s.p[at] == 's' || vd_xml_event_end(s, 0) != SIZE_MAX);
}

/* What begins with a bracket is an array, or a [section] of some settings. */
static bool is_array(vd_str s, size_t at)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t i = skip_blanks(s, at + 1);
    if (i == s.n || memchr("{[]\"-0123456789", s.p[i], 15)) return true;
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (vd_str_starts(vd_str_sub(s, i, s.n), vd_str_from(words[k]))) return true;
    return false;
}

vd_content vd_content_of(vd_str head)
{
    if (vd_evtx_is(head.p, head.n)) return VD_CONTENT_EVTX;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (head.n >= (size_t)magics[i].at + magics[i].n &&
            memcmp(head.p + magics[i].at, magics[i].magic, magics[i].n) == 0)
            return magics[i].content;
    size_t i = vd_str_starts(head, VD_STR("\xef\xbb\xbf")) ? 3 : 0;
    i = skip_blanks(head, i);
    if (i == head.n) return VD_CONTENT_EMPTY;
    if (head.p[i] == '{' || (head.p[i] == '[' && is_array(head, i))) return json_form(head, i);
    if (head.p[i] == '<' && is_events(head)) return VD_CONTENT_XML;
    /* One NUL may be a fault in a line of text; a line's worth of them is no text. */
    vd_str first = vd_str_sub(head, i, i + 512);
    size_t nuls = 0;
    for (size_t k = 0; k < first.n; k++)
        nuls += !first.p[k];
    return nuls > 8 ? VD_CONTENT_BINARY : VD_CONTENT_TEXT;
}

const char *vd_content_refusal(vd_content content, bool found)
{
    switch (content) {
    case VD_CONTENT_BINARY: return "neither JSON nor text";
    case VD_CONTENT_TEXT: return found ? "not JSON" : NULL;
    case VD_CONTENT_EMPTY: return found ? "empty" : NULL;
    default: return NULL;
    }
}

static vd_way way_of_json(vd_str head)
{
    vd_shapes *shapes = vd_shapes_new(&(vd_shapes_options){0});
    bool wanted = vd_shapes_wanted(shapes, head);
    vd_shapes_free(shapes);
    return wanted ? VD_WAY_JSON : VD_WAY_PLAIN;
}

vd_way vd_way_of(vd_content content, vd_str head)
{
    switch (content) {
    case VD_CONTENT_LINES:
    case VD_CONTENT_DOCUMENTS:
    case VD_CONTENT_TEXT: return way_of_json(head);
    case VD_CONTENT_XML: return VD_WAY_XML;
    case VD_CONTENT_EVTX: return VD_WAY_EVTX;
    default: return VD_WAY_PLAIN;
    }
}
