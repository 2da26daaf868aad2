/* cli/survey.h - what is in a pile of events: counts of everything that says of what kind
 * they are
 *
 * Idea      Each worker counts for itself; at the end the counts are put together. What
 *           rules need to know is counted by group, which is an index and a category:
 *           the fields that occur in its events.
 * Use       vd_survey_form_new once; vd_survey_new and vd_survey_add per worker;
 *           vd_survey_merge all into one; look at it.
 * Limits    VD_MAX_SURVEY_VALUES different values a tally; what is over counts in `more`.
 *           VD_MAX_SURVEY_GAPS gaps a host; further ones are not seen. */
#ifndef VD_CLI_SURVEY_H
#define VD_CLI_SURVEY_H

#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"

/* A quiet time shorter than that is no gap; ms. */
#define VD_GAP_MS (60 * 60 * 1000)

typedef struct vd_tallied {
    vd_str name;
    uint64_t n;
} vd_tallied;

/* How often each value occurs. */
typedef struct vd_tally {
    VD_VEC(vd_tallied) v;
    vd_map index;
    uint64_t more; /* occurrences of values that had no room */
} vd_tally;

/* A time without a gap in it. */
typedef struct vd_stretch {
    int64_t from, to;
} vd_stretch;

typedef struct vd_survey_host {
    vd_str name, os; /* both may be empty */
    uint64_t n;
    VD_VEC(vd_stretch) stretches; /* in order; gaps lie between them */
} vd_survey_host;

/* Events of one index and category. */
typedef struct vd_survey_group {
    vd_str index, category; /* index: "a,b" for documents that stand for both */
    uint64_t n;
    uint64_t *fields; /* by rule field: documents that have it */
} vd_survey_group;

typedef struct vd_cleared {
    int64_t ts; /* VD_TIME_NONE: the event has no time */
    vd_str host, user, log;
} vd_cleared;

/* The fields that are looked at. */
typedef struct vd_survey_form {
    vd_extract *extract;
    size_t n_fields; /* rule fields, behind its own */
    vd_str default_index;
    int64_t since, until; /* VD_TIME_NONE: open */
} vd_survey_form;

typedef struct vd_survey {
    const vd_survey_form *form;
    vd_event *ev;
    vd_arena a;
    uint64_t documents, no_time, outside; /* outside: of since and until */
    VD_VEC(vd_survey_host) hosts;
    vd_map host_index;
    VD_VEC(vd_survey_group) groups;
    vd_map group_index;
    VD_VEC(vd_cleared) cleared;
    vd_tally indices, datasets, categories, channels, systems;
    vd_tally ids; /* "channel\nprovider\nid" */
} vd_survey;

/* fields: what rules name; since and until, ms. */
vd_survey_form *vd_survey_form_new(vd_schema *schema, const vd_field_id *fields, size_t n);
void vd_survey_form_free(vd_survey_form *form);

vd_survey *vd_survey_new(const vd_survey_form *form);
void vd_survey_free(vd_survey *s);
/* Counts one document (VD_PADDING readable bytes behind it). */
vd_fault vd_survey_add(vd_survey *s, const char *text, size_t n);
void vd_survey_merge(vd_survey *into, const vd_survey *from);
/* Puts everything in the order in which people read it: the most first. */
void vd_survey_sort(vd_survey *s);
/* The first and last time of a host's events; false if none had one. */
bool vd_survey_span(const vd_survey_host *host, vd_stretch *out);
/* The same of all hosts. */
bool vd_survey_range(const vd_survey *s, vd_stretch *out);
/* The parts of an element of `ids`. */
void vd_survey_id(vd_str key, vd_str *channel, vd_str *provider, vd_str *id);

#endif
