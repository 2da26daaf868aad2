/* cli/info.h - private to `vedette info`: what it has found out, and its two forms */
#ifndef VD_CLI_INFO_H
#define VD_CLI_INFO_H

#include "cli/coverage.h"
#include "cli/job.h"
#include "sink/sink.h"

typedef struct vd_info {
    const vd_options *options;
    vd_zone zone;
    vd_survey *survey;     /* of everything, sorted */
    vd_coverage coverage;  /* rules_read: of the rules */
    bool rules_read;
    const vd_sink_count *not_run; /* rules of types that do not run, by type */
    size_t n_not_run, broken;
    size_t files;
    uint64_t bytes, bad_documents;
} vd_info;

void vd_info_text(FILE *out, const vd_info *info);
void vd_info_json(FILE *out, const vd_info *info);

#endif
