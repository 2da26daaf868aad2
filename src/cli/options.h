/* cli/options.h - the options of all commands, one table for parsing, help and settings */
#ifndef VD_CLI_OPTIONS_H
#define VD_CLI_OPTIONS_H

#include "base/json.h"
#include "base/vec.h"

enum {
    VD_CMD_RUN = 1,
    VD_CMD_SEARCH = 2,
    VD_CMD_CHECK = 4,
    VD_CMD_BENCH = 8,
    VD_CMD_INFO = 16,
    VD_CMD_SERVE = 32,
    VD_CMD_STORE = 64,
    VD_CMD_KEYS = 128
};

/* Of a stream, ms: --lateness and --default-maxspan. */
#define VD_LATENESS (5 * 60 * 1000)
#define VD_DEFAULT_MAXSPAN (60 * 60 * 1000)

/* Rows that the table may have. */
#define VD_MAX_OPTIONS 128

typedef VD_VEC(const char *) vd_texts;

typedef struct vd_options {
    unsigned command; /* VD_CMD_ */
    int argc; /* the words behind the command, as given */
    char **argv;
    vd_texts operands; /* what is no option */
    vd_texts rules, tags, techniques, only, exclude;
    const char *format, *output, *min_severity, *since, *until, *tz, *index, *field_types;
    const char *category_field, *timestamp_field, *tiebreaker_field;
    const char *result_position, *config, *export, *host, *input_tz, *navigator;
    vd_texts maps, keywords, regexes;
    int64_t size, fetch_size, threads, max_state, max_line;
    bool ignore_index, max_signals, strict, full, building_blocks, exit_code, quiet, deprecated;
    bool plan, verbose, profile, help, no_derive, follow;
    /* serve; the first two run --follow too */
    const char *data, *listen, *mode, *tls_cert, *tls_key, *log_level, *ready_file;
    int64_t lateness, default_maxspan, fill_gaps, retain, max_size, max_body, max_connections, horizon;
    bool insecure;
    /* store, keys */
    const char *role, *store;
    int64_t expires;
    bool alerts;
    bool given[VD_MAX_OPTIONS]; /* by row of the table: it was on the command line */
    vd_arena arena;    /* of settings */
    vd_json *settings; /* the settings file, or NULL */
    const char *settings_path;
} vd_options;

typedef enum vd_option_kind {
    VD_OPT_FLAG,
    VD_OPT_TEXT,
    VD_OPT_LIST,   /* may be repeated */
    VD_OPT_NUMBER, /* 0 or more */
    VD_OPT_SIZE,   /* bytes: 64M, 1G, 1GiB */
    VD_OPT_SPAN    /* a duration: 30s, 5m, 24h, 30d; into an int64_t, ms */
} vd_option_kind;

typedef struct vd_option {
    const char *name; /* long form, without dashes; also the key in [defaults] */
    char letter;      /* short form, 0: none */
    uint8_t kind;
    uint16_t commands; /* that take it */
    size_t at;        /* offset in vd_options */
    const char *arg;  /* how help names its value */
    const char *help;
} vd_option;

extern const vd_option vd_option_table[];
extern const size_t vd_option_count;

void vd_options_init(vd_options *o, unsigned command);
void vd_options_fini(vd_options *o);
/* Reads argv[0..argc); says what is wrong and returns an exit status. */
int vd_options_parse(vd_options *o, int argc, char **argv);
/* Sets option i from a text; false: said what is wrong with it. `value` must live on. */
bool vd_option_set(vd_options *o, size_t i, const char *value);
/* The row of that long name, or vd_option_count. */
size_t vd_option_find(const char *name, size_t n);
/* The candidate nearest to `word`, or NULL if none is near. next: gives the i-th, NULL at the end. */
const char *vd_cli_nearest(const char *word, const char *(*next)(const void *ctx, size_t i),
                       const void *ctx);

#endif
