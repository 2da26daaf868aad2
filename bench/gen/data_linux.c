/* bench/gen/data_linux.c - what runs and is written on a Linux server */
#include "data.h"

enum {
    INIT,
    SSHD,
    CRON,
    DOCKERD,
    CONTAINERD,
    NGINX,
    POSTGRES,
    RSYSLOG,
    AGENT,
    ENDPOINT,
    JOURNAL,
    NETWORKD,
    BASH,
    APP
};

static const vd_role roles[] = {
    {"/usr/lib/systemd/systemd", "/sbin/init", INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener]", INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/sbin/cron", "/usr/sbin/cron|-f|-P", INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/bin/dockerd", "/usr/bin/dockerd|-H|fd://", INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/bin/containerd", NULL, INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/sbin/nginx", "nginx: worker process", INIT, VD_PERSON, VD_UNSIGNED},
    {"/usr/lib/postgresql/15/bin/postgres",
     "/usr/lib/postgresql/15/bin/postgres|-D|/var/lib/postgresql/15/main", INIT, VD_PERSON,
     VD_UNSIGNED},
    {"/usr/sbin/rsyslogd", "/usr/sbin/rsyslogd|-n|-iNONE", INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/opt/Elastic/Agent/elastic-agent", NULL, INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/opt/Elastic/Endpoint/elastic-endpoint", "/opt/Elastic/Endpoint/elastic-endpoint|run", INIT,
     VD_SYSTEM, VD_UNSIGNED},
    {"/usr/lib/systemd/systemd-journald", NULL, INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/lib/systemd/systemd-networkd", NULL, INIT, VD_SYSTEM, VD_UNSIGNED},
    {"/usr/bin/bash", "-bash", SSHD, VD_PERSON, VD_UNSIGNED},
    {"/usr/bin/python3.11", "/usr/bin/python3|/srv/app/serve.py|--workers|4", INIT, VD_PERSON,
     VD_UNSIGNED},
};

enum {
    P_SH,
    P_LS,
    P_GREP,
    P_SED,
    P_CAT,
    P_AWK,
    P_PS,
    P_RUNC,
    P_PYTHON,
    P_GIT,
    P_DPKG,
    P_READY,
    P_SLEEP,
    P_PG,
    P_DATE,
    P_FIND
};

static const vd_prog progs[] = {
    {"/usr/bin/dash", NULL, CRON, VD_SYSTEM, 0, 1},
    {"/usr/bin/ls", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/grep", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/sed", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/cat", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/mawk", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/ps", NULL, AGENT, VD_SYSTEM, 0, 0},
    {"/usr/sbin/runc", NULL, CONTAINERD, VD_SYSTEM, 0, 1},
    {"/usr/bin/python3.11", NULL, APP, VD_PERSON, 0, 1},
    {"/usr/bin/git", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/bin/dpkg-query", NULL, AGENT, VD_SYSTEM, 0, 0},
    {"/usr/bin/pg_isready", NULL, POSTGRES, VD_PERSON, 0, 0},
    {"/usr/bin/sleep", NULL, BASH, VD_PERSON, 0, 0},
    {"/usr/lib/postgresql/15/bin/postgres", NULL, POSTGRES, VD_PERSON, 0, 0},
    {"/usr/bin/date", NULL, CRON, VD_SYSTEM, 0, 0},
    {"/usr/bin/find", NULL, CRON, VD_SYSTEM, 0, 0},
};

static const vd_launch fixed_launch[] = {
    {P_SH, "/bin/sh|-c|   cd / && run-parts --report /etc/cron.hourly"},
    {P_SLEEP, "sleep|5"},
    {P_PS, "ps|-eo|pid,rss"},
    {P_DATE, "date|+%%s"},
    {P_LS, "ls|--color=auto|-la"},
    {P_READY, "pg_isready|-q"},
    {P_GIT, "git|status"},
    {P_CAT, "cat|/proc/loadavg"},
    {P_RUNC, "runc|--version"},
};

static const vd_launch fresh_launch[] = {
    {P_RUNC, "runc|--root|/var/run/docker/runtime-runc/moby|exec|--process|/tmp/"
             "runc-process%d|--pid-file|/run/docker/%x%x|%x%x%x%x"},
    {P_GREP, "grep|-rn|%w_%w_%d|/srv/app/src/%w/%t"},
    {P_SED, "sed|-n|%d,%dp|/var/log/app/%w-%x.log"},
    {P_AWK, "awk|/%x/{print $%n}|/var/log/app/%w-%d.log"},
    {P_CAT, "cat|/srv/app/conf/%w-%t.yml|/srv/app/conf/%t-%h.env"},
    {P_PYTHON, "/usr/bin/python3|/srv/app/job.py|--task|%w-%h|--id|%g"},
    {P_PYTHON, "/usr/bin/python3|-m|%w.worker%d|--shard|%x"},
    {P_GIT, "git|fetch|origin|%x%x%x%x%x"},
    {P_DPKG, "dpkg-query|-W|-f|${Version}|lib%w%n-%t|lib%t-dev"},
    {P_PG, "postgres: 15/main: autovacuum worker %w_%d"},
    {P_FIND, "find|/var/lib/%w-%t|-newermt|@17%d%d|-name|%t*"},
    {P_SH, "/bin/sh|-c|/srv/app/bin/%w --once --token=%x"},
    {P_LS, "ls|-l|/srv/app/data/%w/%d|/srv/app/data/%t"},
};

static const vd_deed fixed_file[] = {
    {"/var/log/syslog", RSYSLOG, NULL},
    {"/var/log/auth.log", RSYSLOG, NULL},
    {"/var/log/nginx/access.log", NGINX, NULL},
    {"/var/lib/postgresql/15/main/pg_stat/global.stat", POSTGRES, NULL},
    {"/opt/Elastic/Endpoint/state/log/endpoint-000000.log", ENDPOINT, NULL},
    {"/run/systemd/timesync/synchronized", NETWORKD, NULL},
};

static const vd_deed fresh_file[] = {
    {"/var/log/journal/%x%x%x%x/system@%x-%x.journal", JOURNAL, NULL},
    {"/var/lib/docker/overlay2/%x%x/diff/srv/cache/%t", DOCKERD, NULL},
    {"/srv/app/data/%w/%d.json", APP, NULL},
    {"/srv/app/cache/%h/%x%x.bin", APP, NULL},
    {"/var/lib/postgresql/15/main/base/16384/%d_fsm", POSTGRES, NULL},
    {"/var/cache/nginx/%h/%x%x", NGINX, NULL},
    {"/home/%u/src/%w/%w_%d.py", BASH, NULL},
    {"/opt/Elastic/Agent/data/queue/%x%x.tmp", AGENT, NULL},
};

static const char *const host_prefix[] = {"web-", "db-", "build-", "k8s-node-"};
static const uint8_t talkers[] = {APP, NGINX, AGENT, ENDPOINT, DOCKERD, POSTGRES};

const vd_world vd_linux_world = {
    .roles = VD_ROWS(roles),
    .progs = VD_ROWS(progs),
    .fixed_launch = VD_ROWS(fixed_launch),
    .fresh_launch = VD_ROWS(fresh_launch),
    .fixed_file = VD_ROWS(fixed_file),
    .fresh_file = VD_ROWS(fresh_file),
    .host_prefix = VD_ROWS(host_prefix),
    .talkers = VD_ROWS(talkers),
    .os_block = {"\"Ext\":{\"variant\":\"Debian\"},\"kernel\":\"6.1.0-26-amd64 #1 SMP "
                 "PREEMPT_DYNAMIC Debian 6.1.112-1 (2024-09-30)\","
                 "\"name\":\"Linux\",\"family\":\"debian\",\"type\":\"linux\",\"version\":\"12.7\","
                 "\"platform\":\"debian\","
                 "\"full\":\"Debian 12.7\"",
                 "\"Ext\":{\"variant\":\"Ubuntu\"},\"kernel\":\"6.8.0-48-generic #48-Ubuntu SMP "
                 "PREEMPT_DYNAMIC Fri Sep 27 14:04:52 UTC 2024\","
                 "\"name\":\"Linux\",\"family\":\"ubuntu\",\"type\":\"linux\",\"version\":\"24.04."
                 "1\",\"platform\":\"ubuntu\","
                 "\"full\":\"Ubuntu 24.04.1\""},
    .mix = {40, 30, 0, 0, 20, 6, 4},
    .shell_role = BASH,
};
