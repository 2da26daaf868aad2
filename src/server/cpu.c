#include "server/cpu.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_NAMES 32

typedef struct used {
    char name[32];
    double seconds;
} used;

/* "123 (name) S 1 ... utime stime": the name may hold anything but ends at the last bracket. */
static bool read_task(const char *id, used *out)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", id);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    unsigned long user, kernel;
    if (!open || !close || sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return false;
    snprintf(out->name, sizeof out->name, "%.*s", (int)(close - open - 1), open + 1);
    out->seconds = (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

static void add(used *all, size_t *n, const used *one)
{
    size_t i = 0;
    while (i < *n && strcmp(all[i].name, one->name) != 0)
        i++;
    if (i == MAX_NAMES) return;
    if (i == *n) all[(*n)++] = (used){0};
    memcpy(all[i].name, one->name, sizeof one->name);
    all[i].seconds += one->seconds;
}

void vd_cpu_metrics(vd_text_out *out)
{
    used all[MAX_NAMES], one;
    size_t n = 0;
    DIR *dir = opendir("/proc/self/task");
    if (!dir) return;
    for (struct dirent *d; (d = readdir(dir));)
        if (d->d_name[0] != '.' && read_task(d->d_name, &one)) add(all, &n, &one);
    closedir(dir);
    vd_metric_head(out, "vedette_cpu_seconds_total", "counter", "Processor time by thread.");
    for (size_t i = 0; i < n; i++) {
        char label[64];
        vd_metric_label(label, sizeof label, "thread", vd_str_from(all[i].name));
        vd_metric(out, "vedette_cpu_seconds_total", label, all[i].seconds);
    }
}
