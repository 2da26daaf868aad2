/* The program: finds the command, reads its options, runs it. */
#include "cli/cli.h"

#include <fcntl.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned command;
    int (*run)(vd_options *o);
} commands[] = {
    {"run", VD_CMD_RUN, vd_cmd_run},
    {"search", VD_CMD_SEARCH, vd_cmd_search},
    {"check", VD_CMD_CHECK, vd_cmd_check},
    {"bench", VD_CMD_BENCH, vd_cmd_bench},
    {"info", VD_CMD_INFO, vd_cmd_info},
    {"serve", VD_CMD_SERVE, vd_cmd_serve},
    {"store", VD_CMD_STORE, vd_cmd_store},
    {"keys", VD_CMD_KEYS, vd_cmd_keys},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static size_t find_command(const char *name)
{
    size_t i = 0;
    while (i < N_COMMANDS && strcmp(commands[i].name, name) != 0)
        i++;
    return i;
}

static const char *next_command(const void *ctx, size_t i)
{
    static const char *const more[] = {"help", "version", NULL};
    (void)ctx;
    return i < N_COMMANDS ? commands[i].name : more[i - N_COMMANDS];
}

static int unknown_command(const char *name)
{
    const char *near = vd_cli_nearest(name, next_command, NULL);
    if (near)
        vd_say("there is no command \"%s\", did you mean %s?", name, near);
    else
        vd_say("there is no command \"%s\" (see vedette help)", name);
    return VD_EXIT_USAGE;
}

static int run_command(size_t c, int argc, char **argv)
{
    vd_options o;
    vd_options_init(&o, commands[c].command);
    int rc = vd_options_parse(&o, argc, argv);
    if (!rc && o.help) {
        vd_help_print(stdout, o.command);
    } else if (!rc) {
        rc = vd_config_read(&o);
        if (!rc) rc = commands[c].run(&o);
    }
    vd_options_fini(&o);
    return rc;
}

static int help(const char *about)
{
    size_t c = about ? find_command(about) : N_COMMANDS;
    if (about && c == N_COMMANDS) return unknown_command(about);
    vd_help_print(stdout, c < N_COMMANDS ? commands[c].command : 0);
    return VD_EXIT_OK;
}

/* A stream that the caller closed would be the number of the next file opened, and what
 * is meant for it would be written there. */
static bool open_standard_streams(void)
{
    int fd = 0;
    while (fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR);
        if (fd < 0) return false;
    }
    close(fd);
    return true;
}

int main(int argc, char **argv)
{
    if (!open_standard_streams()) return VD_EXIT_FAILURE;
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        vd_help_print(stderr, 0);
        return VD_EXIT_USAGE;
    }
    size_t c = find_command(name);
    if (c < N_COMMANDS) return run_command(c, argc - 2, argv + 2);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        puts("vedette " VD_PROGRAM_VERSION);
        return VD_EXIT_OK;
    }
    return unknown_command(name);
}
