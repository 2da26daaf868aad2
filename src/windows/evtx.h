/* windows/evtx.h - Windows event log files, straight from their binary form
 *
 * Idea      A file is a row of 64 KiB chunks; a chunk holds records in binary XML, most
 *           of them a template and its substitutions. A template is compiled once a chunk
 *           to a list of where each value goes, and records are read by it: no XML text.
 * Lifetime  A record and its slices live until the next record of the same reader.
 * Errors    Sizes and offsets are checked before they are believed. What cannot be read
 *           is skipped and told; what can be is given, also from damaged and unclosed
 *           files, whose header counts are never trusted.
 * Threads   One reader a thread; chunks are independent of each other.
 * Source    [MS-EVEN6], libevtx's public format description. */
#ifndef VD_WINDOWS_EVTX_H
#define VD_WINDOWS_EVTX_H

#include "base/err.h"
#include "windows/record.h"

#define VD_EVTX_HEADER 4096u  /* bytes of the file header */
#define VD_EVTX_CHUNK  65536u /* bytes of a chunk */

/* The file begins as an EVTX file does. */
bool vd_evtx_is(const void *p, size_t n);

typedef struct vd_evtx vd_evtx;

vd_evtx *vd_evtx_new(void);
void vd_evtx_free(vd_evtx *r);

typedef struct vd_evtx_damage {
    uint64_t offset;   /* in the chunk */
    const char *what;  /* a sentence */
} vd_evtx_damage;

/* Takes a chunk of n bytes (VD_EVTX_CHUNK; less at the end of a cut file); it must stay
 * until the last record of it was read. false: it is no chunk (zeroed space counts as
 * empty: true, no records). damage->what may be set (else NULL) of a chunk that is one too:
 * cut short, header or checksum wrong; its records are read all the same. */
bool vd_evtx_chunk(vd_evtx *r, const void *p, size_t n, vd_evtx_damage *damage);
/* The next record of the chunk, NULL at its end. damage->what is set (else NULL) when
 * something between the last record and this one could not be read, or a part of
 * this one, which then is what is left of it; with NULL: behind the last. */
const vd_win_record *vd_evtx_next(vd_evtx *r, vd_evtx_damage *damage);

#endif
