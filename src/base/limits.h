/* base/limits.h - every bound, why it is there and what happens at it */
#ifndef VD_BASE_LIMITS_H
#define VD_BASE_LIMITS_H

/* A line of input longer than this is reported and skipped (--max-line). */
#define VD_MAX_LINE (16u << 20)
/* Bytes that may be read (not written) behind a document handed to the event
 * parser: vector instructions load whole registers. */
#define VD_PADDING 64
/* Objects and arrays inside each other in one document; a deeper document is bad. */
#define VD_MAX_JSON_DEPTH 256
/* Parentheses, nots and calls inside each other in one EQL condition; a parse error. */
#define VD_MAX_EXPR_DEPTH 200
/* Bytes of one EQL query; a parse error. */
#define VD_MAX_QUERY (1u << 20)
/* Stages of one sequence after `runs` is expanded; a verification error. */
#define VD_MAX_STAGES 256
/* with runs=n (Elastic docs: EQL syntax reference, up to 100). */
#define VD_MAX_RUNS 100
/* Fields in one `by` list together with the stage's own; a verification error. */
#define VD_MAX_JOIN_KEYS 16
/* Join-key tuples that one event may stand for in one stage (multi-valued keys
 * multiply, and each may end a sequence: a few kilobytes of input would be megabytes of
 * alerts); further tuples are dropped and counted. */
#define VD_MAX_KEY_TUPLES 256
/* Combinations of values that are looked at for those tuples, most of which may be equal,
 * and bytes of values in them; what lies behind is dropped and counted. */
#define VD_MAX_KEY_LOOKS 16384
#define VD_MAX_KEY_BYTES (4u << 20)
/* Combinations of values that one script condition looks at (multi-valued
 * fields multiply), and bytes of text in them; what lies behind is not looked at and
 * counted. The first is always looked at. */
#define VD_MAX_SCRIPT_COMBINATIONS 4096
#define VD_MAX_SCRIPT_BYTES (16u << 20)
/* States of one regular expression's automaton; a longer one is refused, as
 * Elasticsearch refuses it (too complex to determinize). */
#define VD_MAX_REGEX_STATES 10000
/* Characters of a wildcard pattern between two stars if there is a `?` among them: to find
 * them takes a word of state for each 64, at each character of a value. A verification
 * error; Elasticsearch refuses far shorter ones as too complex. */
#define VD_MAX_GLOB_PIECE 1024
/* Bytes of sequence state (--max-state); the oldest partials are dropped and counted. */
#define VD_MAX_STATE (1ull << 30)
/* Reports of one kind of bad input that are printed before only counting. */
#define VD_MAX_REPORTS 10
/* Bytes of one rule file; larger files are reported and skipped. */
#define VD_MAX_RULE_FILE (64u << 20)
/* Folders inside each other when a directory is read; deeper ones are reported. */
#define VD_MAX_DIR_DEPTH 64
/* Bytes that one input may unpack to, and how many times its own size from the floor on;
 * an input that goes over is not read on. Deflate's limit is 1,032 times, logs reach 40,
 * log files that are mostly empty space 200. */
#define VD_MAX_UNPACKED       (1ull << 38)
#define VD_MAX_UNPACK_RATIO   500
#define VD_UNPACK_RATIO_FLOOR (256ull << 20)
/* Files in one archive; what comes behind is not read. */
#define VD_MAX_MEMBERS 1000000
/* Archives inside each other that are read. */
#define VD_MAX_ARCHIVE_DEPTH 2
/* Elements, and templates, inside each other in one EVTX record; what lies deeper is left out
 * and told. */
#define VD_MAX_EVTX_DEPTH 64
/* Steps (of a plan, or 16 bytes of text) that one EVTX record may take, and four times as many
 * a chunk; a record of 64 KiB needs some 20,000. This is a bound because a few bytes can
 * refer to each other so that they stand for terabytes. What comes after is left out and told. */
#define VD_MAX_EVTX_WORK (1u << 18)

/* Different values of one kind (hosts, indices, event ids) that `vedette info` counts one by
 * one; occurrences of further ones are counted together. */
#define VD_MAX_SURVEY_VALUES 100000u
/* Pairs of index and category whose fields `vedette info` counts; rules do not see more. */
#define VD_MAX_SURVEY_GROUPS 1024u
/* Gaps of one host in `vedette info`; a bound because clocks can jump. */
#define VD_MAX_SURVEY_GAPS 10000u

/* Candidates of one key that a replay in the stream looks at; what arrived before them is left
 * out, and nothing is superseded then. */
#define VD_MAX_REPLAY (1u << 20)
/* Matches that the stream remembers so that they can be superseded; past them the older half is
 * forgotten. */
#define VD_MAX_STREAM_NOTES (1u << 20)

/* Bytes of documents that `vedette run --follow` keeps for open sequences, in temporary files; the
 * oldest are dropped and counted, and an alert that would need them is not made. */
#define VD_MAX_FOLLOW_KEPT (8ull << 30)

/* Host names of a run that are told apart; a bound because anybody may write them. */
#define VD_MAX_HOSTS 100000

/* Bytes of one action line of a bulk request; the request is refused. */
#define VD_MAX_BULK_ACTION 65536u
/* Items of one bulk request, and bytes of what is stored of it: a body of the shortest lines
 * would otherwise be a hundred times its size in memory. Refused with 413. */
#define VD_MAX_BULK_ITEMS 500000u
#define VD_MAX_BULK_STORED (1u << 30)
/* Bytes of a document's _id and of an index name, as Elasticsearch has them. */
#define VD_MAX_DOC_ID 512u
#define VD_MAX_INDEX_NAME 255u
/* Patterns of one filter_path; more are refused. */
#define VD_MAX_FILTER_PATHS 64
/* Templates, policies and pipelines that clients leave: bytes of one, number of each kind,
 * and bytes of all of a kind. */
#define VD_MAX_SETUP_PAPER (4u << 20)
#define VD_MAX_SETUP_PAPERS 512u
#define VD_MAX_SETUP_BYTES (32u << 20)
/* Hits of one search (Elasticsearch: index.max_result_window). */
#define VD_MAX_SEARCH_HITS 10000
/* Objects inside each other in a query of the search API, and clauses of it in all. */
#define VD_MAX_DSL_DEPTH 24
#define VD_MAX_DSL_CLAUSES 1024u
/* Bytes of all hits of a search and of all answers that are kept; EQL searches that run at
 * once, and answers of theirs that are kept. What is over is refused. */
#define VD_MAX_SEARCH_ANSWER (256u << 20)
#define VD_MAX_SEARCHES 4u
#define VD_MAX_KEPT_SEARCHES 64u

#endif
