/* eql/regex.h - Lucene's regular expressions as an automaton
 *
 * Idea      The pattern is parsed into a tree and determinised at once (derivatives),
 *           so matching costs one table step a character and nothing can stall it.
 * Syntax    Elastic docs: "Regular expression syntax", all optional operators on:
 *           . ? + * | { } [ ] ( ) " \ and # @ & < > ~ ; also \d \D \s \S \w \W.
 *           The whole value must match; ^ and $ are ordinary characters.
 * Lifetime  A vd_regex lives in the arena given and is read-only: share it freely.
 * Limits    VD_MAX_REGEX_STATES; repetition counts up to 1000. */
#ifndef VD_EQL_REGEX_H
#define VD_EQL_REGEX_H

#include "base/arena.h"
#include "base/err.h"

typedef struct vd_regex vd_regex;

/* Compiles `pattern`; ci: ASCII letters match without case. VD_PARSE with a
 * position in the pattern, VD_LIMIT if it is too complex. */
int vd_regex_compile(vd_arena *a, vd_str pattern, bool ci, vd_regex **out, vd_err *err);
bool vd_regex_match(const vd_regex *re, vd_str text);

#endif
