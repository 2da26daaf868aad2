/* bench/gen/doc_int.h - private to doc*.c: the parts of a document */
#ifndef VD_GEN_DOC_INT_H
#define VD_GEN_DOC_INT_H

#include "doc.h"

/* Each writes one member with its key and without commas around it. */
char *vd_doc_ancestry(char *w, const vd_proc *p);
char *vd_doc_signature(char *w, const vd_doc *doc, uint8_t signer);
char *vd_doc_signature_list(char *w, const vd_doc *doc, uint8_t signer);
char *vd_doc_hash(char *w, vd_text of);
char *vd_doc_thread(char *w, vd_doc *doc, unsigned heavy);
char *vd_doc_text(char *w, vd_text t);

/* "process" of a start or end, and of anything else that a process does;
 * `heavy` = call stack frames with their code bytes. */
char *vd_doc_process_full(char *w, vd_doc *doc, const vd_event *e);
char *vd_doc_process_brief(char *w, vd_doc *doc, const vd_event *e, unsigned heavy);

/* The subjects: "file", "registry", "dll", "destination" to "network" with
 * "dns" in it, the members of a logon. Each ends with a comma. */
char *vd_doc_file(char *w, vd_doc *doc, const vd_event *e);
char *vd_doc_registry(char *w, const vd_event *e);
char *vd_doc_module(char *w, vd_doc *doc, const vd_event *e);
char *vd_doc_network(char *w, vd_doc *doc, const vd_event *e);
char *vd_doc_logon(char *w, vd_doc *doc, const vd_event *e);

#endif
