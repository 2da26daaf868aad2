/* bench/gen/doc.c - see doc.h: the frame of a document and its common parts */
#include "doc_int.h"

/* clang-format off: the literals of JSON read by their commas, not by columns. */

#include <assert.h>
#include <stdlib.h>

char *vd_doc_text(char *w, vd_text t)
{
    *w++ = '"';
    w = vd_put_text(w, t);
    *w++ = '"';
    return w;
}

char *vd_doc_ancestry(char *w, const vd_proc *p)
{
    LIT(w, "\"ancestry\":[");
    for (int i = 0; i < 5 && p->parent != p; i++) {
        p = p->parent;
        if (i > 0)
            *w++ = ',';
        w = vd_doc_text(w, (vd_text){p->entity, p->entity_len});
    }
    *w++ = ']';
    return w;
}

char *vd_doc_signature(char *w, const vd_doc *doc, uint8_t signer)
{
    LIT(w, O("code_signature"));
    w = vd_put_text(w, doc->fleet->signer_json[signer]);
    *w++ = '}';
    return w;
}

char *vd_doc_signature_list(char *w, const vd_doc *doc, uint8_t signer)
{
    LIT(w, K("code_signature") "[{");
    w = vd_put_text(w, doc->fleet->signer_json[signer]);
    LIT(w, "}]");
    return w;
}

/* The same path has the same made-up hashes. */
char *vd_doc_hash(char *w, vd_text of)
{
    uint64_t h = of.len;
    for (uint32_t i = 0; i < of.len; i++)
        h = (h ^ (uint8_t)of.p[i]) * 0x100000001b3u;
    LIT(w, O("hash") T("md5"));
    w = vd_put_digest(w, h ^ 1, 32);
    LIT(w, "\"," T("sha1"));
    w = vd_put_digest(w, h ^ 2, 40);
    LIT(w, "\"," T("sha256"));
    w = vd_put_digest(w, h ^ 3, 64);
    LIT(w, "\"}");
    return w;
}

/* A frame that left private memory: the code around its call site is kept. */
static char *put_heavy_frame(char *w, vd_rng *r)
{
    LIT(w, "{" V("allocation_private_bytes", "8192") "," T("callsite_leading_bytes"));
    w = vd_put_digest(w, vd_rng_next(r), 128);
    LIT(w, "\"," T("callsite_trailing_bytes"));
    w = vd_put_digest(w, vd_rng_next(r), 128);
    LIT(w, "\"," S("protection", "R-X") "," T("symbol_info") "Unknown+0x");
    w = vd_put_hex(w, vd_rng_next(r), 6);
    LIT(w, "\"},");
    return w;
}

char *vd_doc_thread(char *w, vd_doc *doc, unsigned heavy)
{
    uint32_t k = vd_rng_below(&doc->rng, VD_STACKS);
    LIT(w, O("thread") V("id", ""));
    w = vd_put_u64(w, vd_rng_range(&doc->rng, 400, 30000));
    LIT(w, "," O("Ext") K("call_stack") "[");
    for (heavy += vd_rng_chance(&doc->rng, 620); heavy > 0; heavy--)
        w = put_heavy_frame(w, &doc->rng);
    w = vd_put_text(w, doc->frames[k]);
    LIT(w, "]," T("call_stack_summary"));
    w = vd_put_text(w, doc->summary[k]);
    LIT(w, "\"," V("call_stack_contains_unbacked", "false") "}}");
    return w;
}

static char *put_user(char *w, const vd_event *e)
{
    const vd_user *u = e->user;
    LIT(w, O("user"));
    if (u->domain[0] != '\0') {
        LIT(w, T("domain"));
        w = vd_put_str(w, u->domain);
        LIT(w, "\",");
    }
    LIT(w, T("name"));
    w = vd_put_str(w, u->name);
    LIT(w, "\"," T("id"));
    w = vd_put_str(w, u->id);
    LIT(w, "\"}");
    if (e->host->os != VD_LINUX)
        return w;
    LIT(w, "," O("group") T("name"));
    w = vd_put_str(w, u->name);
    LIT(w, "\"," T("id"));
    w = vd_put_str(w, u->id);
    LIT(w, "\"}");
    return w;
}

typedef struct kind_text {
    const char *message, *dataset, *category;
} kind_text;

static const kind_text kind_texts[VD_KIND_COUNT] = {
    [VD_PROCESS] = {"Endpoint process event", "endpoint.events.process", "\"process\""},
    [VD_FILE] = {"Endpoint file event", "endpoint.events.file", "\"file\""},
    [VD_REGISTRY] = {"Endpoint registry event", "endpoint.events.registry", "\"registry\""},
    [VD_LIBRARY] = {"Endpoint DLL load event", "endpoint.events.library", "\"library\""},
    [VD_NETWORK] = {"Endpoint network event", "endpoint.events.network", "\"network\""},
    [VD_DNS] = {"Endpoint DNS event", "endpoint.events.network", "\"network\""},
    [VD_LOGON] = {"Endpoint security event", "endpoint.events.security", "\"authentication\",\"session\""},
};

static char *put_event(char *w, const vd_event *e)
{
    const kind_text *k = &kind_texts[e->kind];
    LIT(w, O("event") S("agent_id_status", "verified") "," K("sequence"));
    w = vd_put_u64(w, ++e->host->sequence);
    LIT(w, "," T("ingested"));
    w = vd_put_datetime(w, e->ingested);
    LIT(w, "Z\"," T("created"));
    w = vd_put_time(w, e->time);
    LIT(w, "\"," S("kind", "event") "," S("module", "endpoint") "," T("action"));
    w = vd_put_str(w, e->action);
    LIT(w, "\"," T("id"));
    w = vd_put(w, e->id, VD_EVENT_ID);
    LIT(w, "\"," K("category") "[");
    w = vd_put_str(w, k->category);
    LIT(w, "]," K("type") "[\"");
    w = vd_put_str(w, e->type);
    LIT(w, "\"]," T("dataset"));
    w = vd_put_str(w, k->dataset);
    *w++ = '"';
    if (e->outcome != NULL) {
        LIT(w, "," T("outcome"));
        w = vd_put_str(w, e->outcome);
        *w++ = '"';
    }
    *w++ = '}';
    return w;
}

/* From "message" to the closing brace. */
static char *put_tail(char *w, const vd_event *e)
{
    const kind_text *k = &kind_texts[e->kind];
    const vd_host *host = e->host;
    LIT(w, T("message"));
    w = vd_put_str(w, k->message);
    LIT(w, "\"," T("@timestamp"));
    w = vd_put_time(w, e->time);
    LIT(w, "\"," O("ecs") S("version", "8.10.0") "}," O("data_stream") S("namespace", "default") "," S("type", "logs") ","
        T("dataset"));
    w = vd_put_str(w, k->dataset);
    LIT(w, "\"}," O("elastic") O("agent") T("id"));
    w = vd_put(w, host->agent_id, 36);
    LIT(w, "\"}},");
    w = vd_put(w, host->block, host->block_len);
    *w++ = ',';
    w = put_event(w, e);
    *w++ = ',';
    w = put_user(w, e);
    *w++ = '}';
    return w;
}

size_t vd_doc_write(vd_doc *doc, char *buf, const vd_event *e)
{
    char *w = buf;
    *w++ = '{';
    w = vd_put(w, e->host->head, e->host->head_len);
    *w++ = ',';
    switch (e->kind) {
    case VD_PROCESS:
        w = vd_doc_process_full(w, doc, e);
        break;
    case VD_FILE:
        w = vd_doc_process_brief(w, doc, e, 1);
        w = vd_doc_file(w, doc, e);
        break;
    case VD_REGISTRY:
        w = vd_doc_registry(w, e);
        w = vd_doc_process_brief(w, doc, e, 1);
        break;
    case VD_LIBRARY:
        w = vd_doc_process_brief(w, doc, e, 0);
        w = vd_doc_module(w, doc, e);
        break;
    case VD_NETWORK:
    case VD_DNS:
        w = vd_doc_process_brief(w, doc, e, 1);
        w = vd_doc_network(w, doc, e);
        break;
    default:
        w = vd_doc_process_brief(w, doc, e, 0);
        w = vd_doc_logon(w, doc, e);
        break;
    }
    w = put_tail(w, e);
    assert(w - buf < VD_DOC_CAP);
    return (size_t)(w - buf);
}

/* One call stack out of neighbouring frames with offsets of its own. */
static char *render_stack(vd_doc *doc, uint32_t k, char *w)
{
    uint32_t count = vd_rng_range(&doc->rng, 5, 10);
    uint32_t first = vd_rng_below(&doc->rng, (uint32_t)vd_frames.count);
    char *from = w;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            *w++ = ',';
        LIT(w, "{" T("symbol_info") "C:\\\\Windows\\\\System32\\\\");
        w = vd_put_str(w, vd_frames.rows[(first + i) % vd_frames.count]);
        w = vd_put_hex(w, vd_rng_next(&doc->rng), 2);
        LIT(w, "\"}");
    }
    doc->frames[k] = (vd_text){from, (uint32_t)(w - from)};
    from = w;
    for (uint32_t i = 0; i < count; i++) {
        const char *frame = vd_frames.rows[(first + i) % vd_frames.count];
        if (i > 0)
            *w++ = '|';
        w = vd_put(w, frame, strcspn(frame, "!"));
    }
    doc->summary[k] = (vd_text){from, (uint32_t)(w - from)};
    return w;
}

vd_doc *vd_doc_new(const vd_fleet *fleet, uint64_t seed)
{
    vd_doc *doc = calloc(1, sizeof *doc);
    if (doc == NULL)
        return NULL;
    doc->fleet = fleet;
    vd_rng_seed(&doc->rng, seed);
    char *w = doc->room;
    for (uint32_t k = 0; k < VD_STACKS; k++)
        w = render_stack(doc, k, w);
    assert(w <= doc->room + sizeof doc->room);
    return doc;
}

void vd_doc_free(vd_doc *doc)
{
    free(doc);
}
