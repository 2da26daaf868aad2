/* event/yardstick.h - the speed that ours is measured against */
#ifndef VD_EVENT_YARDSTICK_H
#define VD_EVENT_YARDSTICK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parses a buffer of NDJSON with simdjson's own DOM parser (parse_many, batches
 * of 1 MB, on this thread) and returns how many documents it held; -1 if one is
 * not valid JSON. `buf` must have VD_PADDING readable bytes behind `len`. */
int64_t vd_yardstick_dom(const char *buf, size_t len);

#ifdef __cplusplus
}
#endif
#endif
