/* windows/normalise.h - Windows records to ECS documents
 *
 * Idea      One table says for each (channel or provider, event id) what the event is
 *           (category, type, action, outcome) and which data go to which ECS fields;
 *           the rest lands under winlog.event_data. It follows the pipelines of
 *           Elastic's `windows` and `system` integrations, so that rules written for
 *           their data streams hold.
 * Use       vd_normaliser_new once a thread; vd_normalise for each record.
 * Source    elastic/integrations, packages windows and system, ingest pipelines. */
#ifndef VD_WINDOWS_NORMALISE_H
#define VD_WINDOWS_NORMALISE_H

#include "base/err.h"
#include "base/vec.h"
#include "windows/record.h"

typedef VD_VEC(char) vd_text; /* growing output */

typedef struct vd_normalise_options {
    bool no_derive;  /* leave out what the log does not say itself: host.id from the
                        computer's name, process.entity_id from host, pid and start, ... */
    vd_str host;     /* put in for records that name no computer; may be empty */
} vd_normalise_options;

typedef struct vd_normaliser vd_normaliser;

vd_normaliser *vd_normaliser_new(const vd_normalise_options *options);
void vd_normaliser_free(vd_normaliser *n);
/* Adds a mapping table from text (--map FILE, docs/windows.md); what it says of an
 * event id wins over the built-in table. VD_FORMAT with a position. */
int vd_normaliser_map(vd_normaliser *n, vd_str text, vd_err *err);
/* What a normaliser remembers of the processes that a log has seen starting. */
typedef struct nz_start vd_win_starts;
/* Exchanges it for *starts (NULL: nothing is remembered; freed with free). So that several
 * normalisers can work on one log, whose records they are given in their order, and one
 * normaliser on several. */
void vd_normaliser_swap_starts(vd_normaliser *n, vd_win_starts **starts);
/* Appends the record as one ECS document in JSON, without a line feed. Never fails: what
 * the table does not know keeps its data under winlog.*. */
void vd_normalise(vd_normaliser *n, const vd_win_record *record, vd_text *out);

#endif
