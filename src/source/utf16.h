/* source/utf16.h - text in UTF-16, as Windows programs write it, to UTF-8 */
#ifndef VD_SOURCE_UTF16_H
#define VD_SOURCE_UTF16_H

#include "base/str.h"

/* 'l' or 'b' for little or big endian if the text that begins so is UTF-16: by its mark, or
 * because it begins as JSON or XML does in it. Else 0. */
char vd_utf16_of(vd_str head);
/* Bytes of the mark at its start, 0 or 2. */
size_t vd_utf16_mark(vd_str head);
/* Writes as much of `in` as fits into out[0..n), n >= 4; *used gets the bytes taken from
 * `in`. Half a surrogate pair becomes U+FFFD; so does a last odd byte when `end` says that
 * nothing follows. Returns the bytes written: 0 only if `in` holds no whole character. */
size_t vd_utf16_read(char order, vd_str in, bool end, size_t *used, char *out, size_t n);

#endif
