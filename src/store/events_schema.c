/* store/events_schema.c - the tables of the events
 *
 * A block's row holds what it is chosen by; its documents, the hashes of their ids and its
 * filter stand in tables of their own, so that choosing and filtering read little. */
#include "store/migrate.h"

const vd_migration vd_events_migrations[] = {
    {1,
     /* seed, sealed (the last number that is in blocks) */
     "CREATE TABLE store_state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
     "CREATE TABLE indices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
     "CREATE TABLE blocks ("
     "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
     "  index_id INTEGER NOT NULL REFERENCES indices(id),"
     "  first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, docs INTEGER NOT NULL,"
     "  first_ts INTEGER, last_ts INTEGER," /* NULL: no document has one */
     "  untimed INTEGER NOT NULL,"          /* documents without @timestamp */
     "  first_received INTEGER NOT NULL, last_received INTEGER NOT NULL,"
     "  raw INTEGER NOT NULL, packed INTEGER NOT NULL, filter INTEGER NOT NULL,"
     "  ids INTEGER NOT NULL,"              /* hashes of ids */
     "  xxh INTEGER NOT NULL);"             /* of block_data.data */
     "CREATE TABLE block_data (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
     "CREATE TABLE block_ids (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
     "CREATE TABLE block_filters (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
     "CREATE TABLE candidates ("
     "  first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL,"
     "  last_ts INTEGER,"                   /* of the documents */
     "  plan INTEGER NOT NULL, raw INTEGER NOT NULL, xxh INTEGER NOT NULL,"
     "  data BLOB NOT NULL);"
     "CREATE INDEX candidates_of_plan ON candidates(plan, last_ts);"},
    /* Papers were here once; papers_open.c has taken them over. */
    {3,
     "DROP TABLE IF EXISTS alerts; DROP TABLE IF EXISTS alert_documents;"
     "DROP TABLE IF EXISTS alert_bases; DROP TABLE IF EXISTS rules; DROP TABLE IF EXISTS runs;"
     "DROP TABLE IF EXISTS gaps; DROP TABLE IF EXISTS papers; DROP TABLE IF EXISTS api_keys;"},
    {0, NULL},
};
