/* base/utf8.h - code points */
#ifndef VD_BASE_UTF8_H
#define VD_BASE_UTF8_H

#include "base/str.h"

/* Decodes the code point at s.p[*i] and moves *i behind it. A byte that starts
 * no valid sequence is taken alone and given as 0xDC00 + byte, so that text
 * that is no UTF-8 still has a length and never matches a real character. */
uint32_t vd_utf8_next(vd_str s, size_t *i);
/* Writes `cp` (a scalar value) to `out`; returns 1 to 4. */
size_t vd_utf8_put(uint32_t cp, char out[4]);
/* The whole of `s` is valid UTF-8 (no surrogates, nothing overlong). */
bool vd_utf8_valid(vd_str s);
/* Code points in `s`. */
size_t vd_utf8_count(vd_str s);
/* Length in UTF-16 units: EQL's length() (Java's String.length). */
size_t vd_utf16_count(vd_str s);

#endif
