/* The service's numbers as Prometheus reads them. */
#include "base/clock.h"
#include "server/cpu.h"
#include "server/service_int.h"

static void one(vd_text_out *out, const char *name, const char *type, const char *help, double value)
{
    vd_metric_head(out, name, type, help);
    vd_metric(out, name, NULL, value);
}

/* What one thread does for two parts of the way. */
static void cpu_parts(vd_service *s, vd_text_out *out)
{
    vd_store_stats st = vd_store_stats_of(s->store);
    const struct {
        const char *label;
        uint64_t ns;
    } parts[] = {{"part=\"json\"", atomic_load(&s->read_cpu_ns)},
                 {"part=\"journal_compression\"", atomic_load(&s->pack_cpu_ns)},
                 {"part=\"block_compression\"", st.blocks_cpu_ns},
                 {"part=\"sqlite\"", st.sqlite_cpu_ns}};
    vd_metric_head(out, "vedette_cpu_part_seconds_total", "counter", "Processor time by what it was used for.");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        vd_metric(out, "vedette_cpu_part_seconds_total", parts[i].label, (double)parts[i].ns / 1e9);
}

static void store_numbers(vd_service *s, vd_text_out *out)
{
    vd_store_stats st = vd_store_stats_of(s->store);
    one(out, "vedette_store_documents", "gauge", "Documents stored now.", (double)st.documents);
    one(out, "vedette_store_duplicates_total", "counter", "Documents that were there already.", (double)st.duplicates);
    one(out, "vedette_store_blocks", "gauge", "Sealed blocks.", (double)st.blocks);
    one(out, "vedette_store_damaged_blocks", "gauge", "Blocks that failed their checksum.", (double)st.damaged_blocks);
    one(out, "vedette_store_raw_bytes", "gauge", "Bytes of the documents in blocks.", (double)st.raw_bytes);
    one(out, "vedette_store_disk_bytes", "gauge", "Bytes of all files of the store.", (double)st.disk_bytes);
    one(out, "vedette_store_journal_bytes", "gauge", "Bytes of the journal.", (double)st.journal_bytes);
    one(out, "vedette_store_waiting_bytes", "gauge", "Bytes of documents that are not sealed yet.", (double)st.waiting_bytes);
    one(out, "vedette_store_busy_total", "counter", "Requests refused because too much waited.", (double)st.busy);
    one(out, "vedette_store_commits_total", "counter", "Batches written to the journal.", (double)st.commits);
    one(out, "vedette_store_syncs_total", "counter", "Syncs of the journal to disk.", (double)st.syncs);
    one(out, "vedette_store_removed_blocks_total", "counter", "Blocks removed by age or size.", (double)st.removed_blocks);
    one(out, "vedette_store_blocks_read_total", "counter", "Blocks that searches and runs read.", (double)st.blocks_read);
    one(out, "vedette_store_blocks_skipped_total", "counter", "Blocks that searches skipped: they hold none of the values wanted.", (double)st.blocks_skipped);
    one(out, "vedette_store_last_seq", "gauge", "Number of the newest document.", (double)st.last_seq);
    one(out, "vedette_store_sealed_seq", "gauge", "Number of the newest sealed document.", (double)st.sealed_seq);
}

static void stream_numbers(vd_service *s, vd_text_out *out)
{
    pthread_mutex_lock(&s->detecting);
    vd_stream_stats st = vd_stream_stats_of(s->stream);
    pthread_mutex_unlock(&s->detecting);
    one(out, "vedette_stream_documents_total", "counter", "Documents that met the rules.", (double)st.documents);
    one(out, "vedette_stream_bytes_total", "counter", "Bytes of them.", (double)st.bytes);
    one(out, "vedette_stream_candidates_total", "counter", "Events that met a stage of a sequence.", (double)st.candidates);
    one(out, "vedette_stream_findings_total", "counter", "Findings, those known already too.", (double)st.findings);
    one(out, "vedette_stream_superseded_total", "counter", "Alerts that would not be found any more.", (double)st.superseded);
    one(out, "vedette_stream_late_total", "counter", "Candidates that came behind a later one of their key.", (double)st.late);
    one(out, "vedette_stream_replays_total", "counter", "Keys that were set back and replayed.", (double)st.replays);
    one(out, "vedette_stream_too_late_total", "counter", "Candidates that came when their time was over.", (double)st.too_late);
    one(out, "vedette_stream_future_total", "counter", "Documents with a time beyond now.", (double)st.future);
    one(out, "vedette_stream_pending", "gauge", "Open partial sequences.", (double)st.pending);
    one(out, "vedette_stream_state_bytes", "gauge", "Memory of open sequences.", (double)st.state_bytes);
    one(out, "vedette_stream_state_dropped_total", "counter", "Partials dropped at --max-state.", (double)st.state_dropped);
    one(out, "vedette_stream_log_bytes", "gauge", "Candidates kept for late events.", (double)st.log_bytes);
    one(out, "vedette_stream_log_dropped_total", "counter", "Candidates dropped because too many were kept.", (double)st.log_dropped);
    one(out, "vedette_stream_waiting", "gauge", "Candidates that wait for the lateness.", (double)st.waiting);
    vd_metric_head(out, "vedette_stream_faults_total", "counter", "Documents and values that could not be read.");
    for (unsigned i = 1; i < VD_FAULT_COUNT; i++) {
        char label[64];
        vd_metric_label(label, sizeof label, "fault", vd_str_from(vd_fault_name((vd_fault)i)));
        vd_metric(out, "vedette_stream_faults_total", label, (double)st.faults[i]);
    }
    double behind = st.clock == VD_TIME_NONE ? 0 : (double)(vd_now_ms() - st.clock) / 1000;
    one(out, "vedette_stream_clock_behind_seconds", "gauge", "How far the stream's time is behind the clock.", behind);
}

static void rule_numbers(vd_service *s, vd_text_out *out)
{
    vd_plan *plan = vd_service_plan(s);
    pthread_mutex_lock(&s->book_lock);
    one(out, "vedette_rules_running", "gauge", "Rules that run.", (double)vd_plan_rule_count(plan));
    one(out, "vedette_rules_broken", "gauge", "Rules that do not run because of an error.", (double)s->book->broken);
    pthread_mutex_unlock(&s->book_lock);
    one(out, "vedette_rules_reloads_total", "counter", "Times the rules were read anew.", (double)atomic_load(&s->reloads));
    vd_plan_unref(plan);
}

void vd_service_metrics(vd_service *s, vd_text_out *out)
{
    vd_metric_head(out, "vedette_alerts_total", "counter", "New alerts since the start, by what found them.");
    vd_metric(out, "vedette_alerts_total", "mode=\"stream\"", (double)atomic_load(&s->stream_alerts));
    vd_metric(out, "vedette_alerts_total", "mode=\"schedule\"", (double)atomic_load(&s->schedule_alerts));
    one(out, "vedette_detect_errors_total", "counter", "Times alerts could not be written.", (double)atomic_load(&s->detect_errors));
    one(out, "vedette_start_time_seconds", "gauge", "When the service started.", (double)s->started / 1000);
    one(out, "vedette_matched_seq", "gauge", "Number of the newest document that met the rules.", (double)atomic_load(&s->matched_seq));
    one(out, "vedette_ready", "gauge", "1 when everything taken in before the start is matched.", vd_service_ready(s));
    vd_cpu_metrics(out);
    cpu_parts(s, out);
    store_numbers(s, out);
    stream_numbers(s, out);
    rule_numbers(s, out);
    vd_metric_head(out, "vedette_alert_latency_seconds", "histogram", "From the last byte of a request to its alerts being written.");
    vd_histogram_print(out, s->alert_latency, "vedette_alert_latency_seconds", NULL);
    vd_metric_head(out, "vedette_detect_seconds", "histogram", "Matching one batch.");
    vd_histogram_print(out, s->detect_time, "vedette_detect_seconds", NULL);
    vd_metric_head(out, "vedette_commit_seconds", "histogram", "Writing one batch to disk.");
    vd_histogram_print(out, s->commit_time, "vedette_commit_seconds", NULL);
}
