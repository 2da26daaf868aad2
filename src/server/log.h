/* server/log.h - structured logs: one JSON object a line on standard error
 *
 * {"@timestamp":..,"log.level":"info","message":"..","event.action":"..", more}. No secret is
 * ever given to it: keys are logged by id. */
#ifndef VD_SERVER_LOG_H
#define VD_SERVER_LOG_H

#include "base/str.h"

typedef enum vd_log_level { VD_LOG_DEBUG, VD_LOG_INFO, VD_LOG_WARN, VD_LOG_ERROR } vd_log_level;

/* What is below is left out; text: plain lines for a terminal instead of JSON. */
void vd_log_setup(vd_log_level least, bool text);
/* `action` is a short name ("store.seal"); pairs of name and value follow, ended by NULL; all are
 * strings. Any thread. */
void vd_log(vd_log_level level, const char *action, const char *message, ...);
/* The same with a formatted message and no pairs. */
void vd_logf(vd_log_level level, const char *action, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
