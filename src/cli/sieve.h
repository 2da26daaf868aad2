/* cli/sieve.h - words and expressions that are looked for in all fields of an event
 *
 * Idea      A document that does not hold the bytes of a word cannot hold the word, unless
 *           it writes characters as \u escapes; only the others are read as a tree.
 * Use       vd_sieve_init, vd_sieve_takes from any thread, vd_sieve_fini.
 * Source    Regular expressions: eql/regex.h, Lucene's syntax. */
#ifndef VD_CLI_SIEVE_H
#define VD_CLI_SIEVE_H

#include "cli/cli.h"

/* Words and expressions of one search. */
#define VD_MAX_SIEVE 64

typedef struct vd_sieve_item {
    vd_str word;  /* in lower case; empty: an expression */
    vd_str plain; /* a part of it, or of all that the expression takes, that JSON writes as
                     it is; may be empty */
    size_t word_anchor, plain_anchor; /* their rarest byte */
    const struct vd_regex *regex;
} vd_sieve_item;

typedef struct vd_sieve {
    vd_arena a;
    size_t n;
    vd_sieve_item items[VD_MAX_SIEVE];
} vd_sieve;

/* From -k and -e; an exit status, what is wrong was said. To be freed also then. */
int vd_sieve_init(vd_sieve *sieve, const vd_options *o);
void vd_sieve_fini(vd_sieve *sieve);
/* Whether every word stands in a value of the document, in any case of ASCII letters, and
 * every expression takes a whole value. Also true for what is no document, so that
 * somebody says so. */
bool vd_sieve_takes(const vd_sieve *sieve, vd_str document);

#endif
