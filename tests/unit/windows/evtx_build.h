/* Makes chunks of event logs by hand, token by token, for the tests of the reader. */
#ifndef EVTX_BUILD_H
#define EVTX_BUILD_H

#include "windows/evtx_int.h"

enum { BUILD_NAMES = 64 };

typedef struct chunk {
    uint8_t b[VD_EVTX_CHUNK];
    uint32_t n;          /* bytes so far */
    uint32_t record;     /* where the open record begins */
    uint32_t definition; /* where the open template's header begins */
    uint32_t reference;  /* where the open instance says which template it is */
    uint64_t id;         /* of the next record */
    bool dependencies;   /* elements are written with what they depend on */
    uint32_t n_names;
    const char *names[BUILD_NAMES];
    uint32_t name_at[BUILD_NAMES];
} chunk;

/* A value for an instance. */
typedef struct value {
    uint8_t type;
    uint16_t size;
    const void *bytes;
} value;

#define NO_DEPENDENCY   0xffff
#define INSTANCE_OF_NEW 0u

void put8(chunk *c, uint32_t u);
void put16(chunk *c, uint32_t u);
void put32(chunk *c, uint32_t u);
void put64(chunk *c, uint64_t u);
void put_at32(chunk *c, uint32_t at, uint32_t u);
void put_bytes(chunk *c, const void *p, size_t n);
/* Latin-1 as UTF-16 units, without a count. */
void put_units(chunk *c, const char *text);

void chunk_begin(chunk *c);
void chunk_end(chunk *c); /* writes the header, with its checksums */
void record_begin(chunk *c);
void record_end(chunk *c);

/* An instance: its template follows (template_end behind it), or it is that at `definition`. */
uint32_t instance_begin(chunk *c, uint32_t definition);
void template_end(chunk *c);
void instance_values(chunk *c, const value *v, uint32_t n);

void fragment(chunk *c);                /* the header of a fragment */
void name(chunk *c, const char *text);  /* written once, then referred to */
void open_(chunk *c, const char *text); /* <text */
void open_if(chunk *c, const char *text, uint32_t dependency);
void attribute(chunk *c, const char *text); /*  text=.. */
void inside(chunk *c);                      /* > */
void text(chunk *c, const char *text);
void hole(chunk *c, uint32_t number, uint32_t type);
void close_(chunk *c); /* </..> */
void end(chunk *c);    /* end of the stream */
void leaf(chunk *c, const char *element, const char *content);
void data(chunk *c, const char *pair, uint32_t number); /* <Data Name="pair">%number</Data> */

value number_value(uint8_t type, uint16_t size, const uint64_t *u);

/* The next record, or a failed test. */
const vd_win_record *next(vd_evtx *r);
/* The value of the first pair of that name; "(none)" without one. */
vd_str pair(const vd_win_record *rec, const char *name);
void assert_text(vd_str got, const char *want);

#endif
