/* cli/store.h - what `vedette store` is made of */
#ifndef VD_CLI_STORE_H
#define VD_CLI_STORE_H

#include "cli/cli.h"
#include "cli/output.h"
#include "store/papers.h"
#include "store/store.h"

/* Opens the store of a folder, for reading unless `writing`; NULL: said why not. */
vd_store *vd_cli_store_open(const char *dir, bool writing);

/* The actions; each gives an exit status and says what is wrong. */
int vd_store_print_stats(const vd_options *o, vd_store *s); /* store_stats.c */
int vd_store_export(const vd_options *o, vd_store *s);      /* store_export.c */

#endif
