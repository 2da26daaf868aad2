/* eql/eql.h - EQL text to a checked, folded tree
 *
 * Use       vd_eql_parse, vd_eql_check, vd_eql_fold, in this order. The tree is
 *           plain data (ast below); plan/ turns it into predicates.
 * Lifetime  Trees and names live in the arena given; the query text must outlive them.
 * Errors    VD_PARSE for text the grammar does not take, VD_VERIFY for what does
 *           not fit the fields or types, VD_UNSUPPORTED for what Elasticsearch's
 *           EQL does not have (join, descendant of, other pipes). Every error has
 *           a place. Texts follow Elasticsearch's where the public tests show them.
 * Source    Elastic docs: "EQL syntax reference", "EQL function reference". */
#ifndef VD_EQL_EQL_H
#define VD_EQL_EQL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "field/field.h"
#include "field/value.h"

typedef enum vd_eql_op {
    VD_OP_NONE,
    VD_OP_EQ, /* a != b is parsed as not (a == b) */
    VD_OP_LT,
    VD_OP_LE,
    VD_OP_GT,
    VD_OP_GE,
    VD_OP_ADD,
    VD_OP_SUB,
    VD_OP_MUL,
    VD_OP_DIV,
    VD_OP_MOD
} vd_eql_op;

/* name, C name, least and most arguments, may take ~ */
#define VD_EQL_FUNCTIONS(X)                                                                        \
    X("add", ADD, 2, 2, false)                                                                     \
    X("between", BETWEEN, 3, 4, true)                                                              \
    X("cidrMatch", CIDR_MATCH, 2, 255, false)                                                      \
    X("concat", CONCAT, 1, 255, false)                                                             \
    X("divide", DIVIDE, 2, 2, false)                                                               \
    X("endsWith", ENDS_WITH, 2, 2, true)                                                           \
    X("indexOf", INDEX_OF, 2, 3, true)                                                             \
    X("length", LENGTH, 1, 1, false)                                                               \
    X("modulo", MODULO, 2, 2, false)                                                               \
    X("multiply", MULTIPLY, 2, 2, false)                                                           \
    X("number", NUMBER, 1, 2, false)                                                               \
    X("startsWith", STARTS_WITH, 2, 2, true)                                                       \
    X("string", STRING, 1, 1, false)                                                               \
    X("stringContains", STRING_CONTAINS, 2, 2, true)                                               \
    X("substring", SUBSTRING, 2, 3, false)                                                         \
    X("subtract", SUBTRACT, 2, 2, false)

typedef enum vd_eql_fn {
#define X(name, id, min, max, ci) VD_FN_##id,
    VD_EQL_FUNCTIONS(X)
#undef X
        VD_FN_COUNT
} vd_eql_fn;

typedef enum vd_eql_kind {
    VD_EQL_LITERAL, /* lit */
    VD_EQL_FIELD,   /* field */
    VD_EQL_NOT,     /* args[0] */
    VD_EQL_NEG,     /* args[0]: unary minus */
    VD_EQL_AND,     /* args[0..n): flattened, two or more */
    VD_EQL_OR,      /* args[0..n): flattened, two or more */
    VD_EQL_COMPARE, /* op, args[0] op args[1] */
    VD_EQL_ARITH,   /* op, args[0] op args[1] */
    VD_EQL_IN,      /* args[0] in (args[1..n)); ci for in~ */
    VD_EQL_SEQ,     /* args[0] : (args[1..n)), string constants; always ci */
    VD_EQL_LIKE,    /* args[0] like (args[1..n)); ci for like~ */
    VD_EQL_REGEX,   /* args[0] regex (args[1..n)); ci for regex~ */
    VD_EQL_CALL     /* fn(args[0..n)); ci for fn~. wildcard(..) is parsed as LIKE */
} vd_eql_kind;

/* Types as the checker sees them. */
typedef enum vd_eql_type {
    VD_ET_ANY, /* a field without a known type */
    VD_ET_NULL,
    VD_ET_BOOLEAN,
    VD_ET_INTEGER,
    VD_ET_LONG,
    VD_ET_UNSIGNED_LONG,
    VD_ET_DOUBLE,
    VD_ET_KEYWORD,
    VD_ET_DATE,
    VD_ET_IP,
    VD_ET_VERSION
} vd_eql_type;

typedef struct vd_eql_expr vd_eql_expr;
struct vd_eql_expr {
    uint8_t kind; /* vd_eql_kind */
    uint8_t op;   /* vd_eql_op */
    uint8_t fn;   /* vd_eql_fn */
    uint8_t type; /* vd_eql_type, after the check */
    bool ci;      /* the ~ form */
    bool optional;     /* FIELD: written with ? */
    bool unmapped;     /* FIELD: optional and unknown to a closed schema: null for every event */
    uint8_t height;    /* nodes on the longest way down, itself included: bounds every recursion */
    uint32_t pos, len; /* place in the query's text */
    uint32_t n;        /* number of args */
    vd_eql_expr **args;
    vd_value lit;      /* LITERAL */
    vd_str name;       /* FIELD: the dotted path, unquoted */
    vd_field_id field; /* FIELD: after the check, aliases followed; VD_NO_FIELD if unmapped */
};

typedef struct vd_eql_key {
    vd_str name;
    bool optional, unmapped;
    vd_field_id field; /* after the check */
    uint32_t pos, len;
} vd_eql_key;

typedef struct vd_eql_item {
    bool any;          /* `any where`: no category */
    vd_str category;   /* equals the category field, case-sensitive, any value */
    vd_eql_expr *cond; /* after the fold: a condition, or a LITERAL true, false or null */
    vd_eql_key *keys;  /* the query's own `by` first, then the item's */
    uint32_t n_keys;
    bool missing;      /* ![ ... ] */
    uint32_t runs;     /* with runs=n; 1 if not written */
    uint32_t pos, len;
} vd_eql_item;

typedef enum vd_eql_query_kind { VD_EQL_EVENT, VD_EQL_SEQUENCE, VD_EQL_SAMPLE } vd_eql_query_kind;

typedef struct vd_eql_pipe {
    bool tail; /* else head */
    int64_t n;
} vd_eql_pipe;

typedef struct vd_eql_query {
    vd_str text;
    vd_eql_query_kind kind;
    vd_eql_item *items; /* as written: runs not expanded; one for an event query */
    uint32_t n_items;
    vd_eql_item *until; /* NULL if there is none */
    int64_t maxspan;    /* milliseconds; -1: none */
    vd_eql_pipe *pipes;
    uint32_t n_pipes;
    vd_field_id category_field; /* after the check; VD_NO_FIELD if nothing needs it */
} vd_eql_query;

/* What is wrong at one place of the query. */
typedef struct vd_eql_problem {
    size_t pos, len;
    vd_str msg; /* without its place */
} vd_eql_problem;

typedef VD_VEC(vd_eql_problem) vd_eql_problems;

typedef struct vd_eql_options {
    vd_str category_field;     /* empty: event.category */
    vd_eql_problems *problems; /* [out] the check's problems one by one, to be freed; or NULL */
} vd_eql_options;

/* Parses `text` (at most VD_MAX_QUERY bytes). */
int vd_eql_parse(vd_arena *a, vd_str text, vd_eql_query **out, vd_err *err);

/* Finds every field in the schema (interning what it does not know while it is
 * open), gives every expression its type, and refuses what Elasticsearch's
 * verifier refuses. Collects all problems in one message as Elasticsearch does:
 * "Found 2 problems\nline 1:9: ...\nline 1:20: ..."; the place is the first's. */
int vd_eql_check(vd_arena *a, vd_eql_query *query, vd_schema *schema,
                 const vd_eql_options *options, vd_err *err);

/* Folds what has no field to constants; turns `x in (..)`, lists and `f(x) == true`
 * into their plain forms where that needs no type; removes constant operands of
 * and/or/not. A condition that folds to null becomes the literal false: a filter
 * that is null matches nothing. Fails (VD_VERIFY) on an arithmetic error between
 * constants, e.g. an overflow or a division by zero. */
int vd_eql_fold(vd_arena *a, vd_eql_query *query, vd_err *err);

/* The query as text again, fully parenthesised; parsing it gives an equal tree. */
vd_str vd_eql_print(vd_arena *a, const vd_eql_query *query);
vd_str vd_eql_print_expr(vd_arena *a, const vd_eql_expr *e);

/* Whether `text` looks like somebody's search words and no EQL: then a hint of
 * how to write it, in `a`; else the empty slice. */
vd_str vd_eql_hint(vd_arena *a, vd_str text);

#endif
