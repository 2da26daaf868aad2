/* event/simdjson_stage1.cpp - the one file that knows simdjson
 *
 * simdjson::internal is used on purpose: its stage 1 has no other door. The
 * package is pinned by the distribution; what is relied on is said below and
 * checked by tests/unit/event/test_stage1.c.
 *  - stage1() in regular mode copies the tail of the text to a block of its own,
 *    so it reads nothing behind `len`.
 *  - structural_indexes has room for capacity + 9 entries at least, so one more
 *    than n may be written. */
#include "event/simdjson_stage1.h"

#include <charconv>
#include <memory>
#include <new>

#include <simdjson.h>

#include "event/yardstick.h"

struct vd_stage1 {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> impl;
};

static constexpr size_t first_capacity = 16 << 10;

vd_stage1 *vd_stage1_new(void)
{
    std::unique_ptr<vd_stage1> s(new (std::nothrow) vd_stage1);
    if (!s) return nullptr;
    simdjson::error_code err =
        simdjson::get_active_implementation()->create_dom_parser_implementation(first_capacity, 1,
                                                                                s->impl);
    return err ? nullptr : s.release();
}

void vd_stage1_free(vd_stage1 *s)
{
    delete s;
}

static bool reserve(vd_stage1 *s, size_t len)
{
    if (len <= s->impl->capacity()) return true;
    size_t capacity = s->impl->capacity() * 2;
    if (capacity < len) capacity = len;
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) capacity = len;
    return s->impl->set_capacity(capacity) == simdjson::SUCCESS;
}

static vd_stage1_result result_of(simdjson::error_code err)
{
    switch (err) {
    case simdjson::SUCCESS: return VD_STAGE1_OK;
    case simdjson::EMPTY: return VD_STAGE1_EMPTY;
    case simdjson::UTF8_ERROR: return VD_STAGE1_UTF8;
    case simdjson::CAPACITY: return VD_STAGE1_TOO_LONG;
    case simdjson::MEMALLOC: return VD_STAGE1_MEMORY;
    default: return VD_STAGE1_STRING;
    }
}

vd_stage1_result vd_stage1_run(vd_stage1 *s, const char *json, size_t len, const uint32_t **index,
                               size_t *n)
{
    if (len == 0) return VD_STAGE1_EMPTY;
    if (len >= simdjson::SIMDJSON_MAXSIZE_BYTES) return VD_STAGE1_TOO_LONG;
    if (!reserve(s, len)) return VD_STAGE1_MEMORY;
    simdjson::error_code err = s->impl->stage1(reinterpret_cast<const uint8_t *>(json), len,
                                               simdjson::stage1_mode::regular);
    if (err) return result_of(err);
    s->impl->structural_indexes[s->impl->n_structural_indexes] = static_cast<uint32_t>(len);
    *index = s->impl->structural_indexes.get();
    *n = s->impl->n_structural_indexes;
    return VD_STAGE1_OK;
}

bool vd_double_parse(const char *p, size_t n, double *out)
{
    std::from_chars_result r = std::from_chars(p, p + n, *out);
    return r.ec == std::errc() && r.ptr == p + n;
}

struct vd_grammar {
    simdjson::dom::parser parser;
};

vd_grammar *vd_grammar_new(void)
{
    return new (std::nothrow) vd_grammar;
}

void vd_grammar_free(vd_grammar *g)
{
    delete g;
}

bool vd_grammar_takes(vd_grammar *g, const char *json, size_t len)
{
    return g->parser.parse(json, len, false).error() == simdjson::SUCCESS;
}

int64_t vd_yardstick_dom(const char *buf, size_t len)
{
    simdjson::dom::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
    parser.threaded = false;
#endif
    simdjson::dom::document_stream docs;
    if (parser.parse_many(buf, len, 1000000).get(docs)) return -1;
    int64_t n = 0;
    for (auto doc : docs) {
        if (doc.error()) return -1;
        n++;
    }
    return n;
}
