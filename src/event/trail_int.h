/* event/trail_int.h - links; private to trail.c and trail_learn.c */
#ifndef VD_EVENT_TRAIL_INT_H
#define VD_EVENT_TRAIL_INT_H

#include "event/trail.h"

#define VD_TRAIL_LINKS 2048 /* 128 KiB */
#define VD_TRAIL_NEXT  6    /* links behind a link, */
#define VD_TRAIL_FURTHER 32 /* and where these do not do, further ones */
#define VD_TRAIL_TEXT  32   /* bytes of a text in the link itself */
#define VD_TRAIL_LONG  224  /* of a text at most; a document with a longer one is not learned */
#define VD_TRAIL_KEYS  8    /* wanted keys in a text at most */
#define VD_TRAIL_MORE  256  /* links with a long text, several keys or further links */
#define VD_TRAIL_CREDIT 64  /* of documents that were followed, at most */

/* What a value begins with, as a bit; 0 is no value. */
enum {
    VD_AT_STRING = 1,
    VD_AT_NUMBER = 2,
    VD_AT_WORD = 4, /* true, false, null */
    VD_AT_OBJECT = 8,
    VD_AT_ARRAY = 16,
    VD_AT_SCALAR = VD_AT_STRING | VD_AT_NUMBER | VD_AT_WORD,
};
extern const uint8_t vd_trail_at[256];

/* What is done at the end of a link. */
typedef enum vd_trail_act {
    VD_TRAIL_SKIP,   /* a scalar that nobody wants */
    VD_TRAIL_RAW,    /* a string for slot `what`, as it is written */
    VD_TRAIL_DIGITS, /* a number for the only slot of node `what`, which takes whole ones */
    VD_TRAIL_VALUE,  /* any other value of node `what` */
    VD_TRAIL_OVER,   /* an object or array that nobody wants */
    VD_TRAIL_SOURCE, /* an envelope's _source, into which the next link goes */
    VD_TRAIL_END     /* the document ends */
} vd_trail_act;

/* One cache line. */
typedef struct __attribute__((aligned(64))) vd_link {
    char text[VD_TRAIL_TEXT];
    uint8_t n;        /* bytes of the text; beyond VD_TRAIL_TEXT they stand in `more` */
    uint8_t blank;    /* bytes of .text that are not the text's */
    uint8_t entries;  /* of the index that the text takes */
    uint8_t takes;    /* VD_AT_ bits of the value behind it */
    uint8_t act;      /* vd_trail_act */
    uint8_t keys;     /* wanted keys in the text; all but the first stand in `more` */
    uint8_t depth;    /* objects around the value */
    bool leaves;      /* the text ends an envelope's _source */
    uint32_t what;    /* slot or node */
    uint32_t stamp;   /* vd_key.stamp of the first wanted key */
    uint16_t more;    /* place among vd_trails.more; 0 is none */
    uint16_t next[VD_TRAIL_NEXT]; /* 0 is none: what stands at 0 is before the beginning */
} vd_link;
_Static_assert(sizeof(vd_link) == 64, "a link is a cache line");

typedef struct vd_link_more {
    char text[VD_TRAIL_LONG - VD_TRAIL_TEXT];
    uint32_t stamps[VD_TRAIL_KEYS - 1];
    uint16_t next[VD_TRAIL_FURTHER + 1]; /* 0 ends them */
} vd_link_more;

struct vd_trails {
    vd_arena arena; /* owns the three arrays */
    vd_link *links;
    vd_link_more *more;
    uint64_t *inside; /* by link: the objects around its text's beginning, see trail_learn.c */
    uint32_t n, n_more;
    bool full;
    int credit;       /* falls with documents that are lost; see trail.c */
    uint32_t rest;    /* documents for which nothing is tried */
    uint32_t pause;   /* the next rest */
};

#endif
