/* windows/normalise_int.h - private to the normaliser: its table and its record at work
 *
 * Idea      The table is text (data/, --map FILE), parsed to blocks: a section (which channel
 *           and provider), a list of event ids, and operations "FIELD = SOURCE | function".
 *           For a (channel, provider, event id) that is met for the first time the blocks
 *           that speak of it are strung together to a program, the most telling first; the
 *           first operation that gives a field a value has given it for good. All fields
 *           that any operation names are known when the table is compiled, so the document
 *           is a row of slots in the order in which they are written.
 * Files     map_parse.c       text to blocks         map_compile.c  blocks to slots
 *           program.c         an event's operations  funcs.c        the functions' table
 *           funcs_text.c      on plain texts         funcs_parse.c  taking texts apart
 *           funcs_registry.c  Sysmon's registry      funcs_state.c  that remember or measure
 *           json_out.c        writing                normalise.c    a record through it all */
#ifndef VD_WINDOWS_NORMALISE_INT_H
#define VD_WINDOWS_NORMALISE_INT_H

#include "base/map.h"
#include "windows/normalise.h"

/* Fields of all tables together; a map that has more is refused. */
#define NZ_MAX_FIELDS 2048
/* Objects inside each other in a field's name. */
#define NZ_MAX_DEPTH 12
/* Names of event data that the tables use. */
#define NZ_MAX_NAMES 4096
/* Programs kept (channel, provider, event id as met); all are forgotten at this number, so
 * that a log of invented ids does not grow the process. */
#define NZ_MAX_PROGRAMS 8192

/* Readable bytes behind the start of every key, so that it can be copied without a call. */
#define NZ_KEY_PAD 32

/* Values that `+=` puts into one list; further ones are left out. Each is compared with
 * those before it. */
#define NZ_MAX_APPENDED 256

typedef enum nz_kind {
    NZ_NONE,
    NZ_TEXT,
    NZ_LONG,
    NZ_BOOL,
    NZ_DOUBLE,
    NZ_LIST, /* of texts: items [list.at, list.at + list.n) */
    NZ_RAW   /* JSON that is already written */
} nz_kind;

typedef struct nz_list {
    uint32_t at, n;
} nz_list;

typedef struct nz_value {
    nz_kind kind;
    union {
        vd_str text;
        int64_t num; /* NZ_LONG, NZ_BOOL */
        double real;
        nz_list list;
    };
} nz_value;

/* What a record says of itself, apart from its data: written in a map as $name. */
typedef enum nz_sys {
    NZ_SYS_COMPUTER,
    NZ_SYS_CHANNEL,
    NZ_SYS_PROVIDER,
    NZ_SYS_USER_SID,
    NZ_SYS_TASK,
    NZ_SYS_LEVEL,
    NZ_SYS_OPCODE,
    NZ_SYS_PID,
    NZ_SYS_TIME,
    NZ_SYS_MESSAGE,
    NZ_SYS_COUNT
} nz_sys;

typedef enum nz_src_kind { NZ_SRC_DATA, NZ_SRC_FIELD, NZ_SRC_SYS, NZ_SRC_CONST } nz_src_kind;

typedef struct nz_src {
    nz_src_kind kind;
    uint32_t id;    /* name, field or nz_sys */
    nz_value value; /* of NZ_SRC_CONST */
} nz_src;

typedef struct nz_call {
    uint32_t fn;  /* in nz_functions */
    uint32_t ref; /* the argument's list, name or field, where the function takes one */
    vd_str arg;   /* may be empty */
} nz_call;

typedef struct nz_op {
    uint32_t field; /* index into fields */
    uint32_t src, call;
    uint16_t n_src, n_call;
    bool append; /* += : one more value of a list, without doubles */
} nz_op;

typedef struct nz_section {
    vd_str channel, provider; /* empty: any */
} nz_section;

typedef struct nz_range {
    uint32_t from, to;
} nz_range;

typedef struct nz_block {
    uint32_t sec, n_sec; /* its headers' sections: any of them */
    uint32_t ids, n_ids; /* ranges; none: every event */
    uint32_t op, n_op;
    uint32_t rank; /* of the text it came from: 0 built in, later maps more */
} nz_block;

/* A lookup table of a map: [list NAME]. */
typedef struct nz_lookup {
    vd_str name;
    VD_VEC(vd_str) keys;
    VD_VEC(vd_str) texts;
    VD_VEC(uint64_t) numbers; /* of the keys, for flags */
    vd_map by_key;            /* keys in lower case */
} nz_lookup;

typedef struct nz_field {
    vd_str path;
    uint32_t slot;
} nz_field;

typedef struct nz_name {
    vd_str text;
    vd_str key;          /* "name": as written */
    uint32_t data_field; /* winlog.event_data.<text> as a field, VD_MAP_NONE if no op sets it */
} nz_name;

/* An object of the document. */
typedef struct nz_node {
    vd_str key; /* "name":{ as written */
} nz_node;

typedef struct nz_slot {
    vd_str key; /* "name": as written */
    uint32_t field;
    uint8_t depth;
    uint16_t chain[NZ_MAX_DEPTH]; /* nodes from the root */
} nz_slot;

typedef struct nz_table {
    vd_arena arena; /* texts and keys; as long as the table */
    VD_VEC(nz_section) sections;
    VD_VEC(nz_range) ranges;
    VD_VEC(nz_block) blocks;
    VD_VEC(nz_op) ops;
    VD_VEC(nz_src) srcs;
    VD_VEC(nz_call) calls;
    VD_VEC(nz_lookup) lookups;
    VD_VEC(nz_field) fields;
    VD_VEC(nz_name) names;
    vd_map field_ids, name_ids, lookup_ids;
    uint32_t n_texts; /* maps read so far */
    /* compiled */
    VD_VEC(nz_node) nodes;
    VD_VEC(nz_slot) slots;
    uint32_t *name_hash; /* open addressing: index into names + 1 */
    uint32_t name_mask;
} nz_table;

void nz_table_init(nz_table *t);
void nz_table_fini(nz_table *t);
/* The number of a field or name, made if new. VD_MAP_NONE: too many of them. */
uint32_t nz_field_id(nz_table *t, vd_str path);
uint32_t nz_name_id(nz_table *t, vd_str name);
/* Reads one map's text behind what is there; an error leaves the table unusable only if
 * nothing else does (the caller compiles from a fresh one). */
int nz_parse(nz_table *t, vd_str text, vd_err *err);
/* Orders the fields to slots. VD_FORMAT if a field is an object of another. */
int nz_compile(nz_table *t, vd_err *err);
/* The number of a name met in a record, VD_MAP_NONE if no map speaks of it. */
uint32_t nz_name_find(const nz_table *t, vd_str name);
/* ASCII letters without case. */
bool nz_same(vd_str a, vd_str b);

/* --- a record at work --- */

/* Fields that the program sets itself, in fixed places. */
#define NZ_FIXED(X)                                                                                \
    X(TIMESTAMP, "@timestamp")                                                                     \
    X(DS_TYPE, "data_stream.type")                                                                 \
    X(DS_DATASET, "data_stream.dataset")                                                           \
    X(DS_NAMESPACE, "data_stream.namespace")                                                       \
    X(EVENT_CODE, "event.code")                                                                    \
    X(EVENT_PROVIDER, "event.provider")                                                            \
    X(EVENT_MODULE, "event.module")                                                                \
    X(EVENT_DATASET, "event.dataset")                                                              \
    X(EVENT_OUTCOME, "event.outcome")                                                              \
    X(EVENT_ACTION, "event.action")                                                                \
    X(EVENT_KIND, "event.kind")                                                                    \
    X(HOST_NAME, "host.name")                                                                      \
    X(HOST_HOSTNAME, "host.hostname")                                                              \
    X(HOST_ID, "host.id")                                                                          \
    X(LOG_LEVEL, "log.level")                                                                      \
    X(MESSAGE, "message")                                                                          \
    X(USER_ID, "user.id")                                                                          \
    X(W_ACTIVITY, "winlog.activity_id")                                                            \
    X(W_API, "winlog.api")                                                                         \
    X(W_CHANNEL, "winlog.channel")                                                                 \
    X(W_COMPUTER, "winlog.computer_name")                                                          \
    X(W_DATA, "winlog.event_data.\x01")                                                            \
    X(W_EVENT_ID, "winlog.event_id")                                                               \
    X(W_KEYWORDS, "winlog.keywords")                                                               \
    X(W_LEVEL, "winlog.level")                                                                     \
    X(W_OPCODE, "winlog.opcode")                                                                   \
    X(W_PID, "winlog.process.pid")                                                                 \
    X(W_TID, "winlog.process.thread.id")                                                           \
    X(W_GUID, "winlog.provider_guid")                                                              \
    X(W_PROVIDER, "winlog.provider_name")                                                          \
    X(W_RECORD_ID, "winlog.record_id")                                                             \
    X(W_RELATED, "winlog.related_activity_id")                                                     \
    X(W_TASK, "winlog.task")                                                                       \
    X(W_TIME, "winlog.time_created")                                                               \
    X(W_USER_DOMAIN, "winlog.user.domain")                                                         \
    X(W_USER, "winlog.user.identifier")                                                            \
    X(W_USER_NAME, "winlog.user.name")                                                             \
    X(W_USER_TYPE, "winlog.user.type")                                                             \
    X(W_USER_DATA, "winlog.user_data.\x01")                                                        \
    X(W_XML_NAME, "winlog.user_data.xml_name")                                                     \
    X(W_VERSION, "winlog.version")

typedef enum nz_fixed {
#define X(id, path) NZ_F_##id,
    NZ_FIXED(X)
#undef X
        NZ_F_COUNT
} nz_fixed;

typedef struct nz_program {
    const nz_op *const *ops;
    uint32_t n;
} nz_program;

typedef struct nz_cached {
    vd_str channel, provider;
    uint32_t event_id;
    uint64_t hash;
    nz_program program;
} nz_cached;

/* When a process that is still alive was started: key of (host, pid) to time. */
typedef struct nz_start {
    uint64_t key;
    int64_t time_ns;
} nz_start;

/* The field numbers that functions look at by themselves. */
typedef struct nz_flow {
    uint32_t source_ip, source_port, destination_ip, destination_port;
} nz_flow;

/* What was measured of a script, for the functions that ask for it one after the other. */
typedef struct nz_measure {
    const char *script;       /* NULL: none in this record yet */
    uint32_t length, symbols; /* in UTF-16 units */
    double entropy, stdev;
} nz_measure;

struct vd_normaliser {
    vd_normalise_options options;
    nz_table table;
    nz_flow flow;
    VD_VEC(vd_str) texts; /* the maps as loaded, to compile anew */
    vd_arena programs;    /* of the cache below */
    nz_cached recent[64]; /* by the event id's low bits: the last program of each */
    nz_cached *cache;     /* open addressing, power of two */
    uint32_t cache_n, cache_mask;
    nz_start *starts;        /* made at the first use */
    uint32_t *symbol_counts; /* 65536, for the entropy of a script; made at the first use */
    char *host_text;         /* options.host */
    char host_of[256];       /* computer name that host_id stands for */
    size_t host_of_n;
    char host_id[33];
    int64_t day; /* days since 1970 that day_text shows */
    char day_text[12];

    /* of the record */
    nz_measure measure;
    const vd_win_record *record;
    vd_str computer;
    int64_t time_ns; /* of the record's creation, INT64_MIN if it says none */
    vd_arena scratch;
    VD_VEC(vd_str) items;
    vd_text json;               /* for values that are written at once */
    VD_VEC(vd_str) data;        /* values of the record's pairs as written */
    VD_VEC(uint32_t) data_name; /* their names' numbers */
    uint32_t *pair_of;          /* by name: index + 1 of its pair in this record */
    uint32_t *pair_gen;
    uint32_t gen;
    nz_value *values; /* by field */
    uint64_t *set;    /* slots that have a value */
    uint32_t n_set_words;
};

/* program.c: the operations for an event, in the order in which they run. */
nz_program nz_program_of(vd_normaliser *n, vd_str channel, vd_str provider, uint32_t id);
void nz_programs_forget(vd_normaliser *n);

/* A function of the maps: changes *v, or gives false for "no value". */
typedef bool nz_fn(vd_normaliser *n, const nz_call *call, nz_value *v);

typedef enum nz_arg {
    NZ_ARG_NONE,
    NZ_ARG_TEXT, /* must be there */
    NZ_ARG_LIST, /* the name of a [list] */
    NZ_ARG_NAME, /* the name of event data */
    NZ_ARG_FIELD /* a field's name */
} nz_arg;

typedef struct nz_function {
    const char *name;
    nz_fn *fn;
    nz_arg arg;
    const char *what; /* a sentence for docs */
} nz_function;

extern const nz_function nz_functions[];
/* Index by name, VD_MAP_NONE. */
uint32_t nz_function_find(vd_str name);

/* funcs_text.c */
nz_fn nz_lower, nz_long, nz_bool, nz_basename, nz_leaf, nz_dirname, nz_extension, nz_before,
    nz_after, nz_domain, nz_user, nz_unquote, nz_when, nz_unless, nz_starts, nz_text, nz_equals,
    nz_under, nz_given, nz_needs, nz_ip, nz_time, nz_slice_after;
/* funcs_parse.c */
nz_fn nz_argv, nz_count, nz_words, nz_split, nz_pair, nz_hash, nz_hashes, nz_lookup_text,
    nz_lookup_or, nz_codes, nz_flags, nz_dns_answers, nz_dns_ips, nz_dns_hosts, nz_details, nz_rdn,
    nz_one, nz_first, nz_numbers;
/* community_id.c */
nz_fn nz_community_id;
/* funcs_registry.c */
nz_fn nz_hive, nz_hive_key, nz_reg_value, nz_reg_type, nz_reg_data;
/* funcs_state.c */
nz_fn nz_started, nz_entity, nz_ended, nz_script_length, nz_script_symbols, nz_script_entropy,
    nz_script_stdev;

/* Text of any value; false for lists and raw ones. The text lives until the next record. */
bool nz_as_text(vd_normaliser *n, nz_value *v);
/* A decimal or 0x number, all of it. */
bool nz_number(vd_str s, int64_t *out);
nz_value nz_value_text(vd_str s);
/* The value of a name's pair in this record; false: none, or one that stands for none. */
bool nz_data(const vd_normaliser *n, uint32_t name, vd_str *out);
/* A time in nanoseconds as ISO 8601, milliseconds or finer where it is finer. False: out of
 * the years 1 to 9999. */
bool nz_time_text(vd_normaliser *n, int64_t ns, vd_str *out);

/* json_out.c: appending to a document. */
void nz_put(vd_text *out, const char *p, size_t n);
void nz_put_string(vd_text *out, vd_str s); /* with quotes and escapes */
void nz_put_long(vd_text *out, int64_t v);
/* The whole document of the slots that are set. */
void nz_write(vd_normaliser *n, vd_text *out);

#endif
