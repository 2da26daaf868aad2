/* store/intake_int.h - lines that were taken in before; private to store/ */
#ifndef VD_STORE_INTAKE_INT_H
#define VD_STORE_INTAKE_INT_H

#include "store/filter.h"
#include "store/intake.h"

/* Makes the documents of a batch that has its lines only (from the journal). known: a bit for
 * each, whether its _id was the sender's (low bit of the first byte first); n bits. false: that
 * is no batch. */
bool vd_intake_restore(vd_intake *in, vd_batch *b, const unsigned char *known, size_t n);
/* Appends the hashes of the filtered values of an envelope line; nothing if it is none. */
void vd_intake_hashes(vd_intake *in, vd_str line, vd_hashes *out);

#endif
