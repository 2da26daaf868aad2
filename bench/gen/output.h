/* bench/gen/output.h - documents on their way out: buffering and lateness
 *
 * Idea        lines are gathered and written in large pieces; a late document is
 *             put aside with the time at which it arrives, and goes out when the
 *             stream has come that far
 * Limits      VD_LATE_MAX documents aside at once; beyond that they are punctual
 * Cost        a copy a document; a late one is allocated
 */
#ifndef VD_GEN_OUTPUT_H
#define VD_GEN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VD_LATE_MAX = 16384 };

typedef struct vd_output vd_output;

/* Writes to the descriptor, which stays the caller's. NULL if memory is short. */
vd_output *vd_output_new(int fd);

/* Frees; what was not flushed is lost. */
void vd_output_free(vd_output *out);

/* Room for one document of up to `n` bytes and its line end; the next
 * vd_output_commit makes it part of the stream. */
char *vd_output_reserve(vd_output *out, size_t n);
void vd_output_commit(vd_output *out, size_t len);

/* Puts a copy of the reserved document aside until `arrival`. False if it
 * cannot: commit it then. */
bool vd_output_delay(vd_output *out, size_t len, int64_t arrival);

/* Sends the late documents that have arrived by `now`. */
void vd_output_arrivals(vd_output *out, int64_t now);

/* Sends everything; 0, or -1 if any write failed (errno says why). */
int vd_output_flush(vd_output *out);

/* True once a write has failed; nothing is written any more. */
bool vd_output_failed(const vd_output *out);

/* Bytes accepted so far, late ones with them. */
uint64_t vd_output_bytes(const vd_output *out);

#endif
