/* store/block.h - some thousand documents of one index, packed; private to store/
 *
 * Layout    zstd frames, one behind the other. All but the last are parts: lines, `raw` bytes in
 *           all parts together. The last is the map: varints, of each part how many documents it
 *           has, a zero, then the numbers of the documents (the first, then differences). So one
 *           document is read by unpacking the map and one part. (A block of one frame is of an
 *           older form: the lines, and the numbers behind them.) Beside it, in tables of their
 *           own: the hashes of the ids (8 bytes each), and the filter. */
#ifndef VD_STORE_BLOCK_H
#define VD_STORE_BLOCK_H

#include "store/pack.h"

/* What a block is chosen by. */
typedef struct vd_block_info {
    int64_t id;
    uint32_t index; /* of the catalog's names */
    uint32_t docs, ids;
    uint32_t untimed; /* documents without a time */
    uint64_t first_seq, last_seq;
    int64_t first_ts, last_ts; /* VD_TIME_NONE: none has a time */
    int64_t first_received, last_received;
    uint64_t raw, packed, filter;
    uint64_t xxh;
    bool damaged;
} vd_block_info;

/* The end of a part: documents and bytes before it. */
typedef struct vd_block_cut {
    uint32_t docs;
    size_t end;
} vd_block_cut;

/* A block being made. Zeroed: empty. */
typedef struct vd_block {
    vd_block_info info;
    vd_bytes numbers, text, ids, filter, packed;
    VD_VEC(vd_block_cut) cuts; /* where parts end; what is behind the last is one more */
    vd_hashes hashes;
} vd_block;

void vd_block_reset(vd_block *b);
void vd_block_fini(vd_block *b);
/* Adds a document; seq above those before. line: without its line feed. */
void vd_block_add(vd_block *b, vd_str line, uint64_t seq, int64_t ts, int64_t received);
void vd_block_add_id(vd_block *b, uint64_t hash);
/* Packs it, makes the filter and the checksum. zstd: a ZSTD_CCtx. */
int vd_block_pack(vd_block *b, void *zstd, vd_err *err);

/* Where the documents of packed bytes stand. Zeroed: empty. */
typedef struct vd_block_part {
    uint32_t first, docs; /* of seqs */
    size_t at, packed;    /* its frame */
    size_t raw;           /* its lines; what a frame holds behind them is no line */
} vd_block_part;

typedef struct vd_block_map {
    VD_VEC(uint64_t) seqs;
    VD_VEC(vd_block_part) parts;
} vd_block_map;

void vd_block_map_fini(vd_block_map *map);
/* false: damaged (checksum, form, or not what info says). */
bool vd_block_map_read(vd_str data, const vd_block_info *info, vd_block_map *map);
/* The lines of one part, VD_PADDING behind. data: what the map was read from. */
bool vd_block_part_unpack(vd_str data, const vd_block_part *part, vd_bytes *lines);

/* A block unpacked. Zeroed: empty. */
typedef struct vd_unpacked {
    vd_bytes bytes;          /* VD_PADDING behind */
    vd_block_map map;
    vd_str text;             /* the lines, in bytes */
} vd_unpacked;

void vd_unpacked_fini(vd_unpacked *u);
/* false: damaged (checksum, form, or not what info says). */
bool vd_block_unpack(vd_str data, const vd_block_info *info, vd_unpacked *u);
#endif
