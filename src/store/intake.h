/* store/intake.h - one document's bytes to a line of a batch
 *
 * Idea      Checks the whole document against JSON's grammar, finds out what the store
 *           and the rules must know of it, and writes it as an envelope line with
 *           event.ingested in front where the document has none that is a time.
 * Threads   A vd_intake belongs to one thread. */
#ifndef VD_STORE_INTAKE_H
#define VD_STORE_INTAKE_H

#include "event/event.h"
#include "store/batch.h"

typedef struct vd_intake vd_intake;

/* seed: the store's (vd_store_seed). */
vd_intake *vd_intake_new(const uint64_t seed[2]);
void vd_intake_free(vd_intake *in);

/* Adds a document to the batch. index: where it is to be stored; empty: its data stream
 * (type-dataset-namespace), else "logs-generic-default". id: its _id; empty: one is made, and the
 * document is then known by its event.id alone. `json` must have VD_PADDING readable bytes
 * behind it; it may hold line feeds, which become blanks. VD_FAULT_NONE or what is wrong with
 * it: then nothing was added. fault_pos (may be NULL): the byte where, if known. */
vd_fault vd_intake_add(vd_intake *in, vd_batch *b, vd_str index, vd_str id, vd_str json,
                       size_t *fault_pos);

#endif
