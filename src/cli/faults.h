/* cli/faults.h - bad input, told as `file:line: why`: the first of a kind, then a count */
#ifndef VD_CLI_FAULTS_H
#define VD_CLI_FAULTS_H

#include "engine/engine.h"

typedef struct vd_faults {
    uint64_t seen[VD_FAULT_COUNT];
    uint64_t told; /* files left alone */
} vd_faults;

void vd_faults_report(vd_faults *faults, const vd_fault_report *report);
/* The counts of what was not told one by one. */
void vd_faults_end(const vd_faults *faults);

#endif
