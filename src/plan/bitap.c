#include "plan/bitap.h"

#include <stdlib.h>

#include "base/limits.h"

#define WORDS (VD_MAX_GLOB_PIECE / 64)

struct vd_bitap {
    uint32_t n, words; /* characters; words that hold one bit of each */
    uint32_t *letters; /* distinct ones that are no `?`, ascending */
    uint32_t n_letters;
    uint64_t *masks;     /* by letter + 1 the places it may stand at; 0: of every other */
    uint16_t ascii[128]; /* which mask */
};

/* The character's bytes as a number. */
static uint32_t letter_at(const char *p, size_t n)
{
    uint32_t c = 0;
    for (size_t i = 0; i < n; i++)
        c = c << 8 | (unsigned char)p[i];
    return c;
}

static int by_value(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

static uint32_t mask_of(const vd_bitap *b, uint32_t letter)
{
    uint32_t low = 0, high = b->n_letters;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (b->letters[mid] < letter)
            low = mid + 1;
        else
            high = mid;
    }
    return low < b->n_letters && b->letters[low] == letter ? low + 1 : 0;
}

/* The row's characters into row_letters (0 for `?`); their number, 0 if there are too many. */
static uint32_t read_row(vd_str row, uint32_t *row_letters)
{
    uint32_t n = 0;
    for (size_t at = 0, step; at < row.n; at += step) {
        step = vd_glob_step(row.p + at, row.n - at);
        if (n == VD_MAX_GLOB_PIECE) return 0;
        row_letters[n++] = row.p[at] == '?' ? 0 : letter_at(row.p + at, step);
    }
    return n;
}

static void keep_letters(vd_arena *a, vd_bitap *b, const uint32_t *row_letters)
{
    b->letters = VD_NEW_N(a, uint32_t, b->n);
    memcpy(b->letters, row_letters, b->n * sizeof *b->letters);
    qsort(b->letters, b->n, sizeof *b->letters, by_value);
    for (uint32_t i = 0; i < b->n; i++)
        if (b->letters[i] && (b->n_letters == 0 || b->letters[b->n_letters - 1] != b->letters[i]))
            b->letters[b->n_letters++] = b->letters[i];
}

const vd_bitap *vd_bitap_new(vd_arena *a, vd_str row)
{
    uint32_t row_letters[VD_MAX_GLOB_PIECE];
    vd_bitap *b = VD_NEW(a, vd_bitap);
    b->n = read_row(row, row_letters);
    if (b->n == 0) return NULL;
    b->words = (b->n + 63) / 64;
    keep_letters(a, b, row_letters);
    b->masks = VD_NEW_N(a, uint64_t, (size_t)(b->n_letters + 1) * b->words);
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t from = row_letters[i] ? mask_of(b, row_letters[i]) : 0;
        uint32_t upto = row_letters[i] ? from : b->n_letters;
        for (uint32_t m = from; m <= upto; m++)
            b->masks[(size_t)m * b->words + i / 64] |= 1ull << (i % 64);
    }
    for (uint32_t c = 0; c < 128; c++)
        b->ascii[c] = (uint16_t)mask_of(b, c);
    return b;
}

static uint32_t mask_at(const vd_bitap *b, vd_str text, size_t at, size_t *step)
{
    unsigned char c = (unsigned char)text.p[at];
    *step = c < 128 ? 1 : vd_glob_step(text.p + at, text.n - at);
    return c < 128 ? b->ascii[c] : mask_of(b, letter_at(text.p + at, *step));
}

static size_t find_in_one_word(const vd_bitap *b, vd_str text, size_t from)
{
    const uint64_t last = 1ull << (b->n - 1);
    uint64_t state = 0;
    for (size_t at = from, step; at < text.n;) {
        state = (state << 1 | 1) & b->masks[mask_at(b, text, at, &step)];
        at += step;
        if (state & last) return at;
    }
    return SIZE_MAX;
}

size_t vd_bitap_find(const vd_bitap *b, vd_str text, size_t from)
{
    if (b->words == 1) return find_in_one_word(b, text, from);
    uint64_t state[WORDS] = {0};
    const uint64_t last = 1ull << ((b->n - 1) % 64);
    for (size_t at = from, step; at < text.n;) {
        const uint64_t *mask = b->masks + (size_t)mask_at(b, text, at, &step) * b->words;
        uint64_t carry = 1;
        for (uint32_t i = 0; i < b->words; i++) {
            uint64_t moved = state[i] << 1 | carry;
            carry = state[i] >> 63;
            state[i] = moved & mask[i];
        }
        at += step;
        if (state[b->words - 1] & last) return at;
    }
    return SIZE_MAX;
}
