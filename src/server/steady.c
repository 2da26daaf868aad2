#include "server/steady.h"

#include <stddef.h>

void vd_steady_init(vd_steady *s, int64_t wall_ms, int64_t mono_ms)
{
    *s = (vd_steady){.offset = wall_ms - mono_ms};
}

int64_t vd_steady_now(vd_steady *s, int64_t wall_ms, int64_t mono_ms, int64_t *jump)
{
    int64_t offset = wall_ms - mono_ms, away = offset - s->offset, ignored;
    if (!jump) jump = &ignored;
    *jump = 0;
    if (away < VD_STEADY_STEP && away > -VD_STEADY_STEP) {
        s->offset = offset;
        s->jumped_at = 0;
    } else if (!s->jumped_at) {
        s->jumped_at = mono_ms ? mono_ms : 1;
        *jump = away;
    } else if (mono_ms - s->jumped_at >= VD_STEADY_DOUBT) {
        s->offset = offset;
        s->jumped_at = 0;
        *jump = away;
    }
    return mono_ms + s->offset;
}
