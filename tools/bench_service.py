"""The service's rows of the table: how fast events are taken in, how soon they alert, what they take on disk."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests/e2e"))
import e2e  # noqa: E402
from service import Service  # noqa: E402

EVENTS = 200_000
RATE_BAR = 40_000
LATENCY_BAR = 0.010
DISK_BAR = 0.25


def load(binary, service, file, *options):
    run = subprocess.run([binary, "--port", str(service.port), "--key", service.key, "--preload", *options, file],
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"vedette-load: {run.stderr}")
    return json.loads(run.stdout)


def sealed(s):
    s.matched(120)
    s.wait_for(lambda: s.metrics()["vedette_store_waiting_bytes"] == 0, 120, 0.2)
    return s.metrics()


def parts(metrics):
    """Processor seconds by what they went to."""
    thread = {k.split('"')[1]: v for k, v in metrics.items() if k.startswith("vedette_cpu_seconds_total")}
    part = {k.split('"')[1]: v for k, v in metrics.items() if k.startswith("vedette_cpu_part_seconds_total")}
    out = {"HTTP": thread.get("MHD-worker", 0) - part["json"] - part["journal_compression"], "JSON": part["json"],
           "rules": thread["vd-rules"], "compression": part["journal_compression"] + part["block_compression"],
           "SQLite": part["sqlite"] + thread.get("vd-sqlite", 0), "journal": thread["vd-journal"]}
    out["the rest"] = sum(thread.values()) - sum(out.values())
    return out


def quantile(metrics, name, share):
    """Upper bound of the bucket in which that share of the observations lies."""
    buckets = sorted((float(k.split('le="')[1].split('"')[0].replace("+Inf", "inf")), v)
                     for k, v in metrics.items() if k.startswith(name + "_bucket"))
    total = buckets[-1][1] if buckets else 0
    return next((le for le, n in buckets if total and n >= share * total), float("inf")), int(total)


def highest(bench, file):
    """Everything at once: events a second until the last was acknowledged, and what it took."""
    e2e.BINARY = bench.vedette
    with Service(bench.path("service-fast"), "-r", bench.rules, "--log-level", "warn", wait=120) as s:
        before = parts(s.metrics())
        sent = load(bench.load, s, file, "--connections", "3")
        end = time.monotonic()
        s.matched(120)
        behind = time.monotonic() - end
        used = parts(sealed(s))
    stats = json.loads(subprocess.run([bench.vedette, "store", "stats", "--data", s.data, "-f", "json"],
                                      capture_output=True, text=True, check=True).stdout)
    return sent, {k: v - before[k] for k, v in used.items()}, behind, stats


def latency(bench, file, rate):
    with Service(bench.path("service-paced"), "-r", bench.rules, "--log-level", "warn", wait=120) as s:
        sent = load(bench.load, s, file, "--connections", "2", "--batch", "100", "--rate", f"{rate:.0f}")
        s.matched(120)
        p99, n = quantile(s.metrics(), "vedette_alert_latency_seconds", 0.99)
        p50, _ = quantile(s.metrics(), "vedette_alert_latency_seconds", 0.5)
    return sent, p99, p50, n


def rows(bench, make_row):
    """make_row(what, figure, bar, ok, more)"""
    file = bench.generated("service", size=EVENTS * 3900)
    sent, cpu, behind, stats = highest(bench, file)
    total = sum(cpu.values()) + sent["cpu_seconds"]
    cpu["the client"] = sent["cpu_seconds"]
    shares = [f"{name} {100 * seconds / total:.0f} %" for name, seconds in cpu.items()]
    rate = sent["events_per_second"]
    yield make_row(f"taken in by _bulk, {bench.count:,} rules and the store on", f"{rate:,.0f} events/s", f"{RATE_BAR:,}",
                   rate >= RATE_BAR, f"{sent['bytes'] / sent['seconds'] / 1e6:.0f} MB/s; the last was matched {behind:.1f} s after it "
                   f"was acknowledged; {1e6 * total / sent['events']:.0f} us of processor an event: " + ", ".join(shares))
    _, p99, p50, n = latency(bench, file, 0.8 * rate)
    yield make_row("from the last byte to the alert, p99, at 80 % of that", f"at most {1000 * p99:.1f} ms", f"{1000 * LATENCY_BAR:.0f} ms",
                   p99 <= LATENCY_BAR, f"p50 at most {1000 * p50:.1f} ms; {n:,} requests of 100 events that alerted")
    ratio = stats["disk_bytes"] / stats["raw_bytes"]
    yield make_row("on disk, of the raw JSON", f"{ratio:.3f}", f"at most {DISK_BAR:g}", ratio <= DISK_BAR,
                   "blocks, filters, ids, candidates and the journal")
