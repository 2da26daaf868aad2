#include "engine/stream_int.h"

int64_t vd_stream_horizon(const vd_stream *s)
{
    int64_t watermark = vd_stream_watermark(s);
    return watermark == VD_TIME_NONE ? VD_TIME_NONE : vd_ts_minus(watermark, s->longest);
}

static void add_state(vd_stream_stats *st, const vd_sequencer *seq)
{
    vd_sequence_stats one = vd_sequencer_stats(seq);
    st->pending += one.pending;
    st->state_bytes += one.bytes;
    st->state_dropped += one.dropped;
}

vd_stream_stats vd_stream_stats_of(const vd_stream *s)
{
    vd_stream_stats st = s->stats; /* and what was carried over */
    vd_engine_stats e = vd_engine_stats_of(s->engine);
    st.documents += e.documents;
    st.bytes += e.bytes;
    for (unsigned i = 0; i < VD_FAULT_COUNT; i++) st.faults[i] += e.faults[i];
    st.keys = s->keys.n;
    st.log_bytes = s->room.bytes + vd_keys_bytes(&s->keys) +
                   s->reports.cap * sizeof *s->reports.v;
    st.waiting = s->wait[VD_LANE_LIVE].heap.n + s->wait[VD_LANE_PAST].heap.n;
    for (vd_lane lane = 0; lane < VD_LANES; lane++) {
        st.log_bytes += s->wait[lane].heap.cap * sizeof *s->wait[lane].heap.v;
        add_state(&st, s->seq[lane]);
        add_state(&st, s->wait[lane].seq);
    }
    add_state(&st, s->scratch);
    st.clock = s->clock;
    st.watermark = vd_stream_watermark(s);
    return st;
}

vd_engine *vd_stream_engine(const vd_stream *s) { return s->engine; }

vd_engine_rule_stats vd_stream_rule_stats_of(const vd_stream *s, uint32_t rule)
{
    vd_engine_rule_stats st = vd_engine_rule_stats_of(s->engine, rule);
    const vd_stream_rule *own = &s->rules[rule];
    st.documents += own->carried.documents;
    st.candidates += own->carried.candidates;
    st.findings = own->carried.findings + own->findings;
    return st;
}

/* Counters go on from where the old stream's were; what is kept is counted anew. */
void vd_stats_adopt(vd_stream *s, const vd_stream *old, const uint32_t *to)
{
    vd_stream_stats mine = s->stats, st = vd_stream_stats_of(old);
    st.findings += mine.findings;
    st.superseded += mine.superseded;
    st.pending = st.state_bytes = 0;
    s->stats = st;
    for (uint32_t i = 0; i < vd_plan_rule_count(old->cfg.plan); i++)
        if (to[i] != UINT32_MAX) s->rules[to[i]].carried = vd_stream_rule_stats_of(old, i);
}
