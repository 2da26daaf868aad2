/* JSON documents that are not one a line: the elements of an array, or objects over many
 * lines one after another. A scanner that knows strings and brackets finds where each
 * begins and ends; what is inside is the event parser's affair. */
#include "source/source_int.h"

typedef enum state {
    BETWEEN, /* documents: white space, commas and the array's own brackets */
    NESTED,  /* in an object or array */
    STRING,  /* in a string of it */
    ESCAPE,  /* behind a backslash in that string */
    SCALAR   /* in a document that is neither object nor array */
} state;

typedef struct scanner {
    vd_reader *r;
    vd_buffer *b;
    uint64_t offset;  /* of b->text[0] */
    size_t at;        /* bytes of b that were looked at */
    size_t start;     /* where the document being read begins in b */
    state state;
    unsigned depth;
    bool array;       /* in the outermost array: documents are counted, not lines */
    bool skipping;    /* the document is too long and its start is gone */
    uint64_t line, element, start_line, start_offset;
} scanner;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void begin(scanner *s, state next)
{
    s->state = next;
    s->depth = next == NESTED;
    s->start = s->at;
    s->element++;
    s->start_line = s->array ? s->element : s->line;
    s->start_offset = s->offset + s->at;
}

/* The document ends before byte `end` of the block. */
static void finish(scanner *s, size_t end)
{
    s->state = BETWEEN;
    if (!s->skipping && end - s->start > s->r->source->options.max_line)
        vd_reader_too_long(s->r, s->start_line, s->start_offset);
    else if (!s->skipping)
        *vd_vec_push(&s->b->docs) =
            (vd_span){(uint32_t)s->start, (uint32_t)(end - s->start), s->start_line};
    s->skipping = false;
}

static void between(scanner *s, char c)
{
    if (is_blank(c) || c == ',') return;
    if (c == '[' && !s->array) {
        s->array = true;
        s->element = 0;
    } else if (c == ']' && s->array) {
        s->array = false;
    } else {
        begin(s, c == '{' || c == '[' ? NESTED : c == '"' ? STRING : SCALAR);
    }
}

static void nested(scanner *s, char c)
{
    if (c == '"') {
        s->state = STRING;
    } else if (c == '{' || c == '[') {
        s->depth++;
    } else if ((c == '}' || c == ']') && --s->depth == 0) {
        finish(s, s->at + 1);
    }
}

static void string(scanner *s, char c)
{
    if (c == '\\')
        s->state = ESCAPE;
    else if (c == '"' && s->depth)
        s->state = NESTED;
    else if (c == '"')
        finish(s, s->at + 1);
}

static void step(scanner *s, char c)
{
    if (s->state == SCALAR && (is_blank(c) || c == ',' || c == ']' || c == '}')) {
        finish(s, s->at);
        /* A stray closing bracket would begin a document of its own for ever. */
        if (c == '}') c = ' ';
    }
    switch (s->state) {
    case BETWEEN: between(s, c); break;
    case NESTED: nested(s, c); break;
    case STRING: string(s, c); break;
    case ESCAPE: s->state = STRING; break;
    case SCALAR: break;
    }
    if (c == '\n') s->line++;
}

/* Hands on the documents found and takes a new block with the one that is cut. */
static void emit(scanner *s)
{
    vd_buffer *b = s->b, *rest = vd_crew_buffer(s->r->crew);
    size_t keep_from = s->state == BETWEEN || s->skipping ? s->at : s->start;
    size_t left = b->n - keep_from;
    vd_buffer_reserve(rest, left + VD_BLOCK_BYTES / 2);
    memcpy(rest->text, b->text + keep_from, left);
    rest->n = left;
    b->part = s->r->part;
    b->offset = s->offset;
    b->line = 1;
    s->offset += keep_from;
    s->at -= keep_from;
    s->start = 0;
    s->b = rest;
    atomic_fetch_add_explicit(&s->r->source->documents, b->docs.n, memory_order_relaxed);
    if (b->docs.n)
        vd_crew_hand_on(s->r->crew, b);
    else
        vd_crew_give(s->r->crew, b);
}

/* The block is full of one document that has not ended. */
static void grow(scanner *s)
{
    if (s->b->n - s->start <= s->r->source->options.max_line) {
        vd_buffer_reserve(s->b, s->b->cap * 2);
        return;
    }
    vd_reader_too_long(s->r, s->start_line, s->start_offset);
    s->skipping = true;
    emit(s);
}

static void scan(scanner *s)
{
    for (; s->at < s->b->n; s->at++)
        step(s, s->b->text[s->at]);
    if (s->b->n < s->b->cap) return;
    if (s->b->docs.n || s->state == BETWEEN || s->skipping || s->start)
        emit(s);
    else
        grow(s);
}

bool vd_read_documents(vd_reader *r, vd_err *err)
{
    scanner s = {.r = r, .b = vd_crew_buffer(r->crew), .line = 1};
    ssize_t got;
    while ((got = vd_reader_fill(r, s.b, err)) > 0) {
        if (s.offset == 0 && s.at == 0 && s.b->n >= 3 && memcmp(s.b->text, "\xef\xbb\xbf", 3) == 0)
            s.at = 3;
        scan(&s);
    }
    /* What has not ended is fed as it is, and found to be broken. */
    if (s.state != BETWEEN) finish(&s, s.b->n);
    s.at = s.b->n;
    emit(&s);
    vd_crew_give(r->crew, s.b);
    return got == 0;
}
