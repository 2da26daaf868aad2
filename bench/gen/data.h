/* bench/gen/data.h - the tables that the simulation draws from
 *
 * Idea        programs, command lines, paths, registry values, modules and
 *             names are rows; a '%' code in a row is filled in when it is used,
 *             so a row without one gives a value that everybody shares and a
 *             row with one gives a value never seen before
 * Codes       %u user name   %s user's SID  %g GUID       %x 8 hex digits
 *             %h 4 hex       %d number up to 99999        %n number up to 9
 *             %w word        %c host name   %v version    %t 6 letters
 *             %% percent sign
 * Layout      '|' separates the arguments of a command line; an argument %e is
 *             the program's own path
 */
#ifndef VD_GEN_DATA_H
#define VD_GEN_DATA_H

#include <stddef.h>
#include <stdint.h>

typedef enum vd_os { VD_WINDOWS, VD_LINUX, VD_MACOS, VD_OS_COUNT } vd_os;

/* Who runs a program. The three service accounts have the same SIDs on every
 * Windows machine; on Linux and macOS only ROOT and PERSON are used. */
typedef enum vd_account {
    VD_SYSTEM,          /* S-1-5-18, or uid 0 */
    VD_LOCAL_SERVICE,   /* S-1-5-19 */
    VD_NETWORK_SERVICE, /* S-1-5-20 */
    VD_PERSON,          /* one of the host's people */
} vd_account;

/* A signer; subject NULL means that the file is not signed. */
typedef struct vd_signer {
    const char *subject;
    const char *status;
    uint8_t trusted;
} vd_signer;

enum { VD_UNSIGNED = 0, VD_MS_WINDOWS = 1, VD_MS_PUBLISHER = 2, VD_MS_CORP = 3 };
extern const vd_signer vd_signers[];
extern const size_t vd_signer_count;

/* A process that is there from boot to the end: index in the table = role. */
typedef struct vd_role {
    const char *exe;
    const char *args; /* whole command line, or NULL: the path alone */
    uint8_t parent;   /* role; its own index for the first */
    uint8_t account;
    uint8_t signer;
} vd_role;

/* A program that comes and goes. */
typedef struct vd_prog {
    const char *exe;
    const char *original; /* name in its PE header; NULL: the file's name */
    uint8_t parent;       /* role that starts it */
    uint8_t account;
    uint8_t signer;
    uint8_t shell; /* may be the parent of others */
} vd_prog;

/* One way of starting a program. */
typedef struct vd_launch {
    uint8_t prog;
    const char *args;
} vd_launch;

/* Something that a process does to a named thing: a file, a registry value. */
typedef struct vd_deed {
    const char *path;
    uint8_t actor;    /* role, or VD_ANYONE */
    const char *data; /* registry: the value's data; NULL: a number */
} vd_deed;

enum { VD_ANYONE = 255 };

/* A table with its length; `fixed` rows have no code, `fresh` rows have one. */
#define VD_TABLE(type)                                                                             \
    struct {                                                                                       \
        const type *rows;                                                                          \
        size_t count;                                                                              \
    }
typedef VD_TABLE(vd_role) vd_roles;
typedef VD_TABLE(vd_prog) vd_progs;
typedef VD_TABLE(vd_launch) vd_launches;
typedef VD_TABLE(vd_deed) vd_deeds;
typedef VD_TABLE(char *const) vd_names;
typedef VD_TABLE(uint8_t) vd_role_list;

/* All that is particular to an operating system. */
typedef struct vd_world {
    vd_roles roles;
    vd_progs progs;
    vd_launches fixed_launch, fresh_launch;
    vd_deeds fixed_file, fresh_file;
    vd_deeds fixed_registry, fresh_registry;
    vd_names fixed_module, fresh_module;
    vd_names host_prefix;
    vd_role_list talkers;    /* roles that use the network */
    const char *os_block[2]; /* host.os, two versions of it */
    uint8_t mix[7];          /* percent: process file registry library network dns logon */
    uint8_t shell_role;      /* a person's desktop or shell */
} vd_world;

extern const vd_world vd_windows_world, vd_linux_world, vd_macos_world;

/* Windows roles that planted attacks name. */
enum {
    VD_W_SYSTEM = 0,
    VD_W_SERVICES = 5,
    VD_W_EXPLORER = 11,
    VD_W_EDGE = 15,
    VD_W_WORD = 19,
    VD_W_EXCEL = 20,
};
enum { VD_L_SSHD = 1 };

extern const vd_names vd_words, vd_people, vd_domains, vd_fresh_domains;
extern const vd_names vd_frames; /* call stack symbols, outermost last */

#define VD_ROWS(a)                                                                                 \
    {                                                                                              \
        a, sizeof(a) / sizeof((a)[0])                                                              \
    }

#endif
