/* store/papers_schema.c - the tables of alerts, rules, runs, keys and other documents */
#include "store/migrate.h"

const vd_migration vd_papers_migrations[] = {
    {0, NULL},
};
