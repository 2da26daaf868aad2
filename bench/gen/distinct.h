/* bench/gen/distinct.h - makes every string value of a document its own
 *
 * Idea        engines that remember the answer for a value are helped by
 *             telemetry's repetition; here it is taken away. A tag that no
 *             other document has goes into each string value: before the last
 *             dot of what ends like a file name or domain, so that prefix and
 *             suffix still say what they said, else at the end
 * Kept        @timestamp and other times, event.category, .type, .kind,
 *             .action and .dataset, data_stream.*, host.os.type, addresses
 * Cost        one pass over the document, no allocation
 */
#ifndef VD_GEN_DISTINCT_H
#define VD_GEN_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

/* Copies the document with tag `number` into `out`, which must have room for
 * VD_DISTINCT_GROWTH times its length. Returns the new length. */
enum { VD_DISTINCT_GROWTH = 8 };
size_t vd_distinct(char *out, const char *doc, size_t len, uint64_t number);

#endif
