/* store/alerts_read.c - alerts one after another, and as events */
#include "base/clock.h"
#include "base/limits.h"
#include "store/papers_int.h"

/* Alerts that are unpacked at once. */
#define PAGE 500

vd_alert_query vd_alerts_all(void)
{
    return (vd_alert_query){.since = VD_TIME_NONE,
                            .until = VD_TIME_NONE,
                            .created_since = VD_TIME_NONE,
                            .created_until = VD_TIME_NONE,
                            .superseded = -1,
                            .building_blocks = true};
}

int vd_alerts_each(vd_db *db, const vd_alert_query *q, vd_alerts_page *page, void *ctx, vd_err *err)
{
    vd_alert_query next = *q;
    vd_arena a;
    size_t n = PAGE;
    int code = 0;
    next.size = PAGE;
    vd_arena_init(&a, 0);
    while (!code && n == PAGE) {
        vd_alert_row *rows;
        vd_arena_reset(&a);
        code = vd_alerts_find(db, &next, &a, &rows, &n, NULL, err);
        if (code || !n) break;
        code = page(ctx, rows, n, err);
        next.after = rows[n - 1].number;
    }
    vd_arena_fini(&a);
    return code == VD_ALERTS_ENOUGH ? 0 : code;
}

static char *put(char *to, vd_str s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

/* Ids are hex digits and documents are JSON on one line: nothing is to be escaped. */
vd_str vd_alert_line(vd_arena *a, const vd_alert_row *row)
{
    vd_str head = VD_STR("{\"_index\":\"" VD_ALERTS_INDEX "\",\"_id\":\""), source = VD_STR("\",\"_source\":");
    size_t n = head.n + row->id.n + source.n + row->document.n + 1;
    char *line = vd_arena_alloc(a, n + VD_PADDING);
    char *end = put(put(put(put(line, head), row->id), source), row->document);
    *end = '}';
    memset(end + 1, 0, VD_PADDING);
    return (vd_str){line, n};
}

int vd_alerts_read(vd_db *db, uint64_t number, vd_arena *a, vd_str *line, vd_err *err)
{
    vd_alert_row *rows;
    size_t n;
    vd_alert_query q = vd_alerts_all();
    q.after = number - 1;
    q.size = 1;
    int code = vd_alerts_find(db, &q, a, &rows, &n, NULL, err);
    if (code) return code;
    if (n != 1 || rows[0].number != number)
        return vd_fail(err, VD_IO, "alert %llu is gone", (unsigned long long)number);
    *line = vd_alert_line(a, &rows[0]);
    return 0;
}
