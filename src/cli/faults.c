#include "cli/faults.h"

#include <stdio.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "sink/sink.h"

void vd_faults_report(vd_faults *faults, const vd_fault_report *report)
{
    if (faults->seen[report->fault]++ >= VD_MAX_REPORTS) return;
    vd_progress_clear();
    flockfile(stderr);
    vd_text_put(stderr, report->source, SIZE_MAX);
    if (report->line) fprintf(stderr, ":%llu", (unsigned long long)report->line);
    fputs(": ", stderr);
    if (report->field.n) {
        vd_text_put(stderr, report->field, SIZE_MAX);
        fputs(": ", stderr);
    }
    fprintf(stderr, "%s\n", vd_fault_text(report->fault));
    funlockfile(stderr);
}

void vd_faults_end(const vd_faults *faults)
{
    for (int i = 0; i < VD_FAULT_COUNT; i++)
        if (faults->seen[i] > VD_MAX_REPORTS)
            vd_say("and %llu more: %s (%llu in all)",
                   (unsigned long long)(faults->seen[i] - VD_MAX_REPORTS), vd_fault_text(i),
                   (unsigned long long)faults->seen[i]);
}
