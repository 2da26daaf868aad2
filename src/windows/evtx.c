/* Chunks and the frames of their records. */
#include "windows/evtx_int.h"

#define TEXT_BYTES  (256u * 1024) /* the largest record's text, as a rule */
#define FRAME_BYTES 28u           /* of a record around its binary XML: 24 before, 4 behind */

bool vd_evtx_is(const void *p, size_t n)
{
    return n >= 8 && memcmp(p, "ElfFile", 8) == 0;
}

vd_evtx *vd_evtx_new(void)
{
    vd_evtx *r = vd_calloc(1, sizeof *r);
    vd_arena_init(&r->chunk, 0);
    vd_arena_init(&r->more, 256 * 1024);
    r->text = vd_malloc(TEXT_BYTES);
    return r;
}

void vd_evtx_free(vd_evtx *r)
{
    if (!r) return;
    vd_arena_fini(&r->chunk);
    vd_arena_fini(&r->more);
    vd_vec_free(&r->pairs);
    vd_vec_free(&r->values);
    vd_vec_free(&r->steps);
    vd_vec_free(&r->pieces);
    free(r->text);
    free(r);
}

void vd_evtx_tell(vd_evtx *r, uint32_t at, const char *what)
{
    if (!r->damage.what) r->damage = (vd_evtx_damage){at, what};
}

bool vd_evtx_spend(vd_evtx *r, uint64_t units)
{
    if (units <= r->work) {
        r->work -= units;
        return true;
    }
    r->work = 0;
    vd_evtx_tell(r, r->at, "a record expands without end; the rest of it is left out");
    return false;
}

/* --- frames ------------------------------------------------------------------------------ */

/* The record at `at` stands on its own feet: its size is written behind it again, or
 * another record or the end of all follows. */
static bool is_record(const vd_evtx *r, uint32_t at)
{
    if (!vd_evtx_has(r, at, FRAME_BYTES) || memcmp(r->base + at, "**\0", 4) != 0) return false;
    uint32_t size = vd_le32(r->base + at + 4);
    if (size < FRAME_BYTES || !vd_evtx_has(r, at, size)) return false;
    uint32_t behind = at + size;
    return vd_le32(r->base + behind - 4) == size || behind == r->end ||
           (vd_evtx_has(r, behind, 4) && memcmp(r->base + behind, "**\0", 4) == 0);
}

/* The next record behind `at`; where the records end if there is none. */
static uint32_t find_record(const vd_evtx *r, uint32_t at)
{
    while (++at < r->end) {
        const uint8_t *p = memmem(r->base + at, r->end - at, "**\0", 4);
        if (!p) return r->end;
        at = (uint32_t)(p - r->base);
        if (is_record(r, at)) return at;
    }
    return r->end;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* --- chunks ------------------------------------------------------------------------------- */

static const char *check_sums(const vd_evtx *r, uint32_t free_at)
{
    const uint8_t *p = r->base;
    if (vd_crc32(vd_crc32(0, p, 120), p + 128, 384) != vd_le32(p + 124))
        return "the checksum of the chunk's header is wrong";
    if (r->size == VD_EVTX_CHUNK && r->end == free_at &&
        vd_crc32(0, p + VD_EVTX_CHUNK_HEAD, free_at - VD_EVTX_CHUNK_HEAD) != vd_le32(p + 52))
        return "the checksum of the chunk's records is wrong";
    return NULL;
}

/* Takes the header for what it is worth; what is wrong with the chunk, or NULL. */
static const char *read_header(vd_evtx *r)
{
    if (memcmp(r->base, "ElfChnk", 8) != 0) return "the chunk has no header";
    uint32_t free_at = vd_le32(r->base + 48);
    bool sound = free_at >= VD_EVTX_CHUNK_HEAD && free_at <= r->size;
    if (sound) r->end = free_at;
    if (r->size < VD_EVTX_CHUNK) return "the chunk is cut short";
    return sound ? check_sums(r, free_at) : "the chunk's header is damaged";
}

static void begin_chunk(vd_evtx *r, const void *p, size_t n)
{
    r->base = p;
    r->size = r->end = n < VD_EVTX_CHUNK ? (uint32_t)n : VD_EVTX_CHUNK;
    r->at = VD_EVTX_CHUNK_HEAD;
    r->any = false;
    r->chunk_work = 4ull * VD_MAX_EVTX_WORK;
    vd_arena_reset(&r->chunk);
    memset(r->plans, 0, sizeof r->plans);
    memset(r->names, 0, sizeof r->names);
}

bool vd_evtx_chunk(vd_evtx *r, const void *p, size_t n, vd_evtx_damage *damage)
{
    begin_chunk(r, p, n);
    *damage = (vd_evtx_damage){0};
    if (is_zero(r->base, r->size)) {
        r->at = r->end = r->size;
        return true;
    }
    if (r->size < VD_EVTX_CHUNK_HEAD ||
        (memcmp(r->base, "ElfChnk", 8) != 0 && !is_record(r, VD_EVTX_CHUNK_HEAD))) {
        r->at = r->end = r->size;
        damage->what = "no chunk of an event log";
        return false;
    }
    damage->what = read_header(r);
    return true;
}

/* --- records ------------------------------------------------------------------------------- */

static void begin_record(vd_evtx *r)
{
    r->work = r->chunk_work < VD_MAX_EVTX_WORK ? r->chunk_work : VD_MAX_EVTX_WORK;
    r->chunk_work -= r->work;
    vd_arena_reset(&r->more);
    r->text_at = r->text;
    r->text_end = r->text + TEXT_BYTES;
    memset(&r->record, 0, sizeof r->record);
}

/* Reads the record at r->at and moves behind it. false: nothing in it could be read. */
static bool read_record(vd_evtx *r)
{
    uint32_t at = r->at, size = vd_le32(r->base + at + 4);
    begin_record(r);
    vd_evtx_read_xml(r, at + 24, at + size - 4);
    r->chunk_work += r->work;
    r->at = at + size;
    r->last_id = vd_le64(r->base + at + 8);
    r->any = true;
    vd_win_record *rec = &r->record;
    if (!rec->has_record_id) rec->record_id = r->last_id;
    rec->has_record_id = true;
    bool empty = !rec->n_data && !rec->event_id && !rec->channel.n && !rec->provider.n &&
                 !rec->has_time && !rec->message.n;
    if (empty) vd_evtx_tell(r, at, "a record without an event");
    return !empty;
}

/* r->at is where a record should be and is not: goes to the next one. Zeros up to the end
 * are nothing to tell of where the header does not say where the records end. */
static void pass_over(vd_evtx *r)
{
    uint32_t next = find_record(r, r->at);
    bool rest = next == r->end && r->end == r->size;
    if (!rest || !is_zero(r->base + r->at, r->size - r->at))
        vd_evtx_tell(r, r->at, "no record where one should be");
    r->at = next;
}

/* Files that were not closed have records behind the end that the header knows; they go on
 * with the ids. Anything else there is left over from older use of the chunk. */
static bool goes_on(const vd_evtx *r)
{
    return r->any && is_record(r, r->at) && vd_le64(r->base + r->at + 8) == r->last_id + 1;
}

const vd_win_record *vd_evtx_next(vd_evtx *r, vd_evtx_damage *damage)
{
    bool got = false;
    r->damage = (vd_evtx_damage){0};
    while (!got) {
        if (r->at < r->end && !is_record(r, r->at))
            pass_over(r);
        else if (r->at < r->end || goes_on(r))
            got = read_record(r);
        else
            break;
    }
    *damage = r->damage;
    return got ? &r->record : NULL;
}
