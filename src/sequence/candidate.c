/* sequence/candidate.c - the order in which candidates are fed */
#include "sequence/candidate.h"

/* <0, 0, >0 without the overflow of a subtraction. */
#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

int vd_candidate_cmp(const vd_candidate *a, const vd_candidate *b)
{
    if (a->ts != b->ts) return ORDER(a->ts, b->ts);
    if (a->tie != b->tie) return ORDER(a->tie, b->tie);
    if (a->ordinal != b->ordinal) return ORDER(a->ordinal, b->ordinal);
    if (a->rule != b->rule) return ORDER(a->rule, b->rule);
    if (a->stage != b->stage) return ORDER(b->stage, a->stage);
    if (a->key[0] != b->key[0]) return ORDER(a->key[0], b->key[0]);
    return ORDER(a->key[1], b->key[1]);
}
