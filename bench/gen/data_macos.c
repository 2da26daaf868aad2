/* bench/gen/data_macos.c - what runs and is written on a Mac */
#include "data.h"

enum {
    LAUNCHD,
    WINDOWSERVER,
    FINDER,
    SAFARI,
    CHROME,
    MDS,
    TRUSTD,
    CFPREFS,
    ENDPOINT,
    ZSH,
    SLACK,
    NSURL
};

static const vd_role roles[] = {
    {"/sbin/launchd", NULL, LAUNCHD, VD_SYSTEM, 9},
    {"/System/Library/PrivateFrameworks/SkyLight.framework/Resources/WindowServer", NULL, LAUNCHD,
     VD_SYSTEM, 9},
    {"/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", NULL, LAUNCHD, VD_PERSON, 9},
    {"/Applications/Safari.app/Contents/MacOS/Safari", NULL, LAUNCHD, VD_PERSON, 9},
    {"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", NULL, LAUNCHD, VD_PERSON, 10},
    {"/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/Support/mds",
     NULL, LAUNCHD, VD_SYSTEM, 9},
    {"/usr/libexec/trustd", "/usr/libexec/trustd|--agent", LAUNCHD, VD_SYSTEM, 9},
    {"/usr/sbin/cfprefsd", "/usr/sbin/cfprefsd|agent", LAUNCHD, VD_PERSON, 9},
    {"/Library/Elastic/Endpoint/elastic-endpoint.app/Contents/MacOS/elastic-endpoint", NULL,
     LAUNCHD, VD_SYSTEM, 7},
    {"/bin/zsh", "-zsh", FINDER, VD_PERSON, 9},
    {"/Applications/Slack.app/Contents/MacOS/Slack", NULL, LAUNCHD, VD_PERSON, 8},
    {"/usr/libexec/nsurlsessiond", NULL, LAUNCHD, VD_PERSON, 9},
};

enum { P_MDWORKER, P_CHROME, P_GIT, P_CLANG, P_SH, P_XPC };

static const vd_prog progs[] = {
    {"/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/Support/"
     "mdworker_shared",
     NULL, MDS, VD_PERSON, 9, 0},
    {"/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Helper", NULL, CHROME,
     VD_PERSON, 10, 0},
    {"/usr/bin/git", NULL, ZSH, VD_PERSON, 9, 0},
    {"/usr/bin/clang", NULL, ZSH, VD_PERSON, 9, 0},
    {"/bin/sh", NULL, ZSH, VD_PERSON, 9, 1},
    {"/usr/libexec/xpcproxy", NULL, LAUNCHD, VD_SYSTEM, 9, 0},
};

static const vd_launch fixed_launch[] = {
    {P_MDWORKER, "mdworker_shared|-s|mdworker|-c|MDSImporterWorker|-m|com.apple.mdworker.shared"},
    {P_XPC, "xpcproxy|com.apple.geod"},
    {P_GIT, "git|status|-sb"},
    {P_XPC, "xpcproxy|com.apple.nsurlsessiond"},
};

static const vd_launch fresh_launch[] = {
    {P_CHROME,
     "Google Chrome Helper|--type=renderer|--renderer-client-id=%d|--field-trial-handle=%d,r,%d%d"},
    {P_CLANG, "clang|-c|-O2|src/%w_%w.c|-o|build/%x.o"},
    {P_GIT, "git|log|--oneline|-n|%n|%x%x"},
    {P_SH, "/bin/sh|-c|make %w-%d"},
    {P_XPC, "xpcproxy|application.com.%w.%w.%d.%d"},
};

static const vd_deed fixed_file[] = {
    {"/Users/%u/Library/Preferences/com.apple.finder.plist", CFPREFS, NULL},
    {"/Users/%u/Library/Safari/History.db-wal", SAFARI, NULL},
    {"/private/var/db/analyticsd/events.allowlist", LAUNCHD, NULL},
};

static const vd_deed fresh_file[] = {
    {"/Users/%u/Library/Caches/com.apple.Safari/fsCachedData/%g", SAFARI, NULL},
    {"/Users/%u/Library/Caches/Google/Chrome/Default/Cache/Cache_Data/%x%x_0", CHROME, NULL},
    {"/private/var/folders/%n%n/%t%t/T/com.apple.%w/%d.tmp", VD_ANYONE, NULL},
    {"/Users/%u/Documents/%w/%w %d.pages", FINDER, NULL},
    {"/Users/%u/Library/Application Support/Slack/Cache/%x", SLACK, NULL},
};

static const char *const host_prefix[] = {"mbp-", "imac-"};
static const uint8_t talkers[] = {SAFARI, CHROME, SLACK, NSURL, TRUSTD, ENDPOINT};

const vd_world vd_macos_world = {
    .roles = VD_ROWS(roles),
    .progs = VD_ROWS(progs),
    .fixed_launch = VD_ROWS(fixed_launch),
    .fresh_launch = VD_ROWS(fresh_launch),
    .fixed_file = VD_ROWS(fixed_file),
    .fresh_file = VD_ROWS(fresh_file),
    .host_prefix = VD_ROWS(host_prefix),
    .talkers = VD_ROWS(talkers),
    .os_block =
        {"\"Ext\":{\"variant\":\"macOS\"},\"kernel\":\"Darwin Kernel Version "
         "23.6.0\",\"name\":\"macOS\",\"family\":\"macos\","
         "\"type\":\"macos\",\"version\":\"14.7\",\"platform\":\"macos\",\"full\":\"macOS 14.7\"",
         "\"Ext\":{\"variant\":\"macOS\"},\"kernel\":\"Darwin Kernel Version "
         "24.1.0\",\"name\":\"macOS\",\"family\":\"macos\","
         "\"type\":\"macos\",\"version\":\"15.1\",\"platform\":\"macos\",\"full\":\"macOS 15.1\""},
    .mix = {28, 42, 0, 0, 20, 8, 2},
    .shell_role = FINDER,
};
