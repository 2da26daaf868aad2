/* server/rulebook.h - the rules that run now: files, rules of the API, what was set by hand
 *
 * Idea      A rulebook is read as a whole and never changed; a reload makes a new one. What
 *           is broken is told in it and the rest runs.
 * Lifetime  Holds a reference to its plan. */
#ifndef VD_SERVER_RULEBOOK_H
#define VD_SERVER_RULEBOOK_H

#include "plan/plan.h"
#include "store/papers.h"

typedef struct vd_rulebook {
    vd_plan *plan;
    bool *stream_off, *schedule_off; /* by plan rule */
    bool alerts_wanted;  /* a rule of the stream names the alerts' index */
    size_t read, broken, left_out; /* rules; left out: types that do not run here */
    vd_json *said;       /* array of {rule_id, name, file, error} of what does not run */
} vd_rulebook;

typedef struct vd_rulebook_options {
    const char *const *paths;
    size_t n_paths;
    bool scheduled, ignore_index;
} vd_rulebook_options;

/* Reads files, then the store's rules. A path that cannot be read is told in `said` and left out,
 * unless strict: then VD_IO. */
int vd_rulebook_read(const vd_rulebook_options *o, vd_db *db, bool strict, vd_rulebook **out,
                     vd_err *err);
void vd_rulebook_free(vd_rulebook *book);

/* Reads and compiles one rule (a JSON object of the rule API) by itself: 0, or VD_VERIFY with what is
 * wrong with it. For rules that come by API. *out (may be NULL): its plan. */
int vd_rulebook_try(vd_str json, bool ignore_index, vd_plan **out, vd_err *err);

/* A word that changes when a file of the paths does: names, sizes and times. */
uint64_t vd_rulebook_print_of_files(const vd_rulebook_options *o);

#endif
