/* bench/gen/doc.h - an event written as a document of an endpoint agent
 *
 * Idea        an event says what happened and to whom; a document wraps it in
 *             the nested objects that Elastic Defend sends: agent, process with
 *             parent, signature, hashes and call stack, host, event, user
 * Use         vd_doc_new once, then vd_doc_write for each event
 * Limits      VD_DOC_CAP bytes a document; the parts are bounded by their
 *             structs and add up to less
 * Cost        about 3.9 KB a document, some microseconds; allocates nothing
 */
#ifndef VD_GEN_DOC_H
#define VD_GEN_DOC_H

#include "fleet.h"

enum { VD_DOC_CAP = 64 * 1024, VD_STACKS = 256, VD_EVENT_ID = 24 };

/* In the order of vd_world.mix. */
typedef enum vd_kind {
    VD_PROCESS,
    VD_FILE,
    VD_REGISTRY,
    VD_LIBRARY,
    VD_NETWORK,
    VD_DNS,
    VD_LOGON,
    VD_KIND_COUNT
} vd_kind;

/* What happened. Texts are escaped and borrowed for the call. */
typedef struct vd_event {
    vd_kind kind;
    uint8_t signer;  /* library: who signed the module */
    uint8_t planted; /* part of an attack: its values are never altered */
    uint8_t ingress; /* network: the other side opened the connection */
    uint8_t udp;
    int64_t time;     /* ticks */
    int64_t ingested; /* ticks */
    vd_host *host;
    const vd_proc *proc;
    const vd_user *user;
    const char *action;  /* event.action */
    const char *type;    /* event.type */
    const char *outcome; /* event.outcome, or NULL */
    vd_text path;        /* file, registry or module path; name that is looked up */
    vd_text other;       /* path before a rename; registry data */
    uint32_t size;       /* file size, bytes of traffic */
    uint32_t peer_ip;    /* the other end */
    uint16_t peer_port, local_port;
    char id[VD_EVENT_ID];
} vd_event;

typedef struct vd_doc {
    const vd_fleet *fleet;
    vd_rng rng;                /* filler that nothing else depends on */
    vd_text frames[VD_STACKS]; /* call stacks, bodies of a JSON array */
    vd_text summary[VD_STACKS];
    char room[VD_STACKS * 1400];
} vd_doc;

/* A writer for the fleet's events; NULL if memory is short. */
vd_doc *vd_doc_new(const vd_fleet *fleet, uint64_t seed);
void vd_doc_free(vd_doc *doc);

/* Writes the document without a line end into `buf` (VD_DOC_CAP bytes) and
 * returns its length. Raises the host's sequence number. */
size_t vd_doc_write(vd_doc *doc, char *buf, const vd_event *e);

#endif
