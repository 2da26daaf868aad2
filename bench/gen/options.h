/* bench/gen/options.h - the command line of vedette-gen */
#ifndef VD_GEN_OPTIONS_H
#define VD_GEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct vd_gen_options {
    uint64_t seed;
    uint64_t size;   /* bytes to write, 0 if `events` decides */
    uint64_t events; /* events to write, 0 if `size` decides */
    uint32_t hosts;
    int64_t start;      /* ticks */
    bool attacks_given; /* an exact number of attacks */
    uint64_t attacks;
    uint64_t attacks_per_million;
    bool decoys;
    uint32_t late; /* per mille of the events */
    bool distinct, stats;
    const char *planted; /* side file, or NULL */
    const char *output;  /* NULL: standard output */
} vd_gen_options;

typedef enum vd_gen_parsed { VD_GEN_RUN, VD_GEN_HELP, VD_GEN_USAGE } vd_gen_parsed;

/* Reads the arguments. On VD_GEN_USAGE a line on stderr says what is wrong. */
vd_gen_parsed vd_gen_options_parse(vd_gen_options *o, int argc, char **argv);

extern const char vd_gen_help[];

#endif
