/* store/papers_schema.c - the tables of alerts, rules, runs, keys and other documents
 *
 * An alert's columns stand apart from its document: what is searched and counted is a tenth of
 * what is kept. An empty host, user or group is NULL, so that their indexes hold only those
 * that have one. Numbers are never given twice (AUTOINCREMENT): readers go on from the last
 * one they saw. */
#include "store/migrate.h"

const vd_migration vd_papers_migrations[] = {
    {2,
     "CREATE TABLE alerts ("
     "  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
     "  building_block INTEGER NOT NULL, superseded INTEGER NOT NULL,"
     "  ts INTEGER NOT NULL, created INTEGER NOT NULL, risk INTEGER NOT NULL,"
     "  severity TEXT NOT NULL, status TEXT NOT NULL, mode TEXT NOT NULL,"
     "  rule_id TEXT NOT NULL, rule_name TEXT NOT NULL,"
     "  host TEXT, user TEXT, group_id TEXT);"
     "CREATE INDEX alerts_rule ON alerts(rule_id);"
     "CREATE INDEX alerts_host ON alerts(host) WHERE host IS NOT NULL;"
     "CREATE INDEX alerts_user ON alerts(user) WHERE user IS NOT NULL;"
     "CREATE INDEX alerts_group ON alerts(group_id) WHERE group_id IS NOT NULL;"
     "CREATE INDEX alerts_ts ON alerts(ts);"
     "CREATE INDEX alerts_created ON alerts(created);"
     /* raw: bytes before packing; base: what it is packed against, NULL: nothing */
     "CREATE TABLE alert_documents ("
     "  number INTEGER PRIMARY KEY, base INTEGER, raw INTEGER NOT NULL, document BLOB NOT NULL);"
     "CREATE INDEX alert_documents_base ON alert_documents(base) WHERE base IS NOT NULL;"
     "CREATE TABLE alert_bases ("
     "  id INTEGER PRIMARY KEY AUTOINCREMENT, rule_id TEXT NOT NULL,"
     "  raw INTEGER NOT NULL, document BLOB NOT NULL);"
     "CREATE INDEX alert_bases_rule ON alert_bases(rule_id);"

     "CREATE TABLE rules ("
     "  rule_id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,"
     "  enabled INTEGER NOT NULL, mode TEXT NOT NULL, version INTEGER NOT NULL,"
     "  revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,"
     "  document TEXT NOT NULL);"

     "CREATE TABLE runs ("
     "  number INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, started INTEGER NOT NULL,"
     "  duration_ms INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
     "  kind TEXT NOT NULL, status TEXT NOT NULL, events INTEGER NOT NULL,"
     "  candidates INTEGER NOT NULL, alerts INTEGER NOT NULL, left_out INTEGER NOT NULL,"
     "  gap_ms INTEGER NOT NULL, message TEXT NOT NULL);"
     "CREATE INDEX runs_rule ON runs(rule_id, started);"
     "CREATE INDEX runs_started ON runs(started);"

     "CREATE TABLE gaps ("
     "  number INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, since INTEGER NOT NULL,"
     "  until INTEGER NOT NULL, seen INTEGER NOT NULL, filled INTEGER NOT NULL DEFAULT 0,"
     "  UNIQUE (rule_id, since, until));"
     "CREATE INDEX gaps_open ON gaps(since) WHERE filled = 0;"

     "CREATE TABLE papers ("
     "  kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id));"

     /* hash: of the secret, with the salt (keys.c) */
     "CREATE TABLE api_keys ("
     "  id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL,"
     "  expires INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;"},
    {0, NULL},
};
