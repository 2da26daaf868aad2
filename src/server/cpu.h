/* server/cpu.h - which part of the program the processor's time goes to, by threads
 *
 * The service's threads are named (vd-journal, vd-rules, vd-seal, ...; MHD-worker are those of HTTP); what each has used
 * is the system's to say. What one thread does for two parts is measured where it does it. */
#ifndef VD_SERVER_CPU_H
#define VD_SERVER_CPU_H

#include "server/metrics.h"

/* Seconds by thread name, as vedette_cpu_seconds_total{thread="..."}. */
void vd_cpu_metrics(vd_text_out *out);

#endif
