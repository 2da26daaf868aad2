#!/usr/bin/env python3
"""Measures what docs/performance.md promises and says which promises hold.

bench.py BUILD [--rules PATH] [--size BYTES] [--rounds N] [--only WORD]... [--long]
         [--logs PATH] [--markdown] [--update PAGE]

BUILD is a folder with a release build. Without --rules it takes elastic-rules.tar.gz where there is
reference material (reference.py), else rules/; event logs likewise, or none. Every row is a ratio of two things measured in turns
in one run, or an amount. Seconds are the processor's (user and system) where one thread works, and
the clock's where two do: on an idle machine they are the same, on a busy one only the former say
what the program costs. The status is 1 if a row is below its bar.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

import bench_service
import join_evtx
import multiply_rules
import pending
import reference

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORPUS = reference.path("corpus/elastic-rules.tar.gz")
LOGS = reference.path("corpus/evtx")
SMB = os.path.join(ROOT, "rules/windows/lateral_movement_smb_lolbin_or_untrusted.toml")
MB = 1_000_000
MAX_STATE = 1 << 30
NEVER = """[rule]
rule_id = "c2f1d7c8-6f0b-4a53-9f5e-0d6a3f1b7e21"
name = "Never"
description = "Holds for no event."
risk_score = 1
severity = "low"
type = "eql"
language = "eql"
query = 'any where event.code == "none of them"'
"""


class Row:
    """A line of the table: what, the figure, the bar, and whether it is reached (None: not measured)."""

    def __init__(self, what, figure, bar, ok, more=""):
        self.what, self.figure, self.bar, self.ok, self.more = what, figure, bar, ok, more

    def verdict(self):
        return "-" if self.ok is None else "ok" if self.ok else "below"


def ratio_row(what, figure, bar, more=""):
    return Row(what, f"{figure:.2f}", f"{bar:g}", figure >= bar, more)


def best(run, of, kind="cpu"):
    """The least seconds of a run's rounds: noise only ever adds."""
    return min(r[kind] for r in run[f"{of}_rounds"])


def speed(run):
    """GB/s through the rules."""
    return run["bytes"] / best(run, "rules") / 1e9


def against_parsing(runs):
    """Speed through the rules over that of parsing only, the median of all rounds."""
    return statistics.median(p["cpu"] / r["cpu"] for run in runs
                             for p, r in zip(run["parse_rounds"], run["rules_rounds"]))


def against(runs, others, kind="cpu"):
    """Speed of `runs` over that of `others`, which were measured in turns with them."""
    return statistics.median((best(b, "rules", kind) / b["bytes"]) / (best(a, "rules", kind) / a["bytes"])
                             for a, b in zip(runs, others))


class Bench:
    def __init__(self, options, folder):
        self.o = options
        self.folder = folder
        options.build = os.path.abspath(options.build)
        self.vedette = os.path.join(options.build, "src/cli/vedette")
        self.gen = os.path.join(options.build, "bench/gen/vedette-gen")
        self.load = os.path.join(options.build, "bench/load/vedette-load")
        self.files = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    # ---- what is measured with ----

    def unpack(self):
        """The folder or file of rules as it was given or found."""
        if self.o.rules:
            return self.o.rules
        if CORPUS:
            with tarfile.open(CORPUS) as tar:
                tar.extractall(self.path("corpus"), filter="data")
            return self.path("corpus")
        print("no corpus here: the rules of rules/ stand in for it; RULES=PATH names another set")
        return os.path.join(ROOT, "rules")

    def prepare_rules(self):
        source = self.unpack()
        self.rules, self.many, self.long = self.path("rules"), self.path("many"), self.path("long")
        self.count = multiply_rules.write(source, self.rules)
        multiply_rules.write(source, self.many, copies=10)
        multiply_rules.write(source, self.long, maxspan=100)
        if not self.count:
            sys.exit(f"{source}: no EQL rules")
        check = subprocess.run([self.vedette, "check", "-q", self.many], capture_output=True, text=True)
        if check.returncode != 0:
            sys.exit(f"rules with other constants do not compile:\n{check.stdout[-2000:]}{check.stderr[-2000:]}")

    def generated(self, name, *options, size=0):
        """A file of events, made when first asked for."""
        if name not in self.files:
            self.files[name] = self.path(name + ".ndjson")
            subprocess.run([self.gen, "--seed", "7", "--size", str(size or self.o.size), *options, "-o", self.files[name]],
                           check=True)
        return self.files[name]

    def waiting(self, none):
        name = "none" if none else "pending"
        if name not in self.files:
            self.files[name] = self.path(name + ".ndjson")
            with open(self.files[name], "w", encoding="ascii", buffering=1 << 20) as out:
                pending.write(out, self.o.partials, self.o.partials, none)
        return self.files[name]

    def events(self):
        return self.generated("events", "--attacks", "140", "--planted", self.path("planted.json"))

    # ---- measuring ----

    def bench(self, rules, file, *options, honour_index=False, pipe=False):
        """What `vedette bench` says of rules over a file; pipe: through standard input."""
        command = [self.vedette, "bench", "-f", "json", "-r", rules, *options]
        if not honour_index:
            command.append("--ignore-index")
        with open(file, "rb") as events:
            run = subprocess.run([*command, "-" if pipe else file], stdin=events, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{' '.join(command)}: {run.stderr}")
        return json.loads(run.stdout)

    def in_turns(self, **runs):
        """Each (rules, file, options...) once a turn; lists by name. What is called "index" goes by
        the index patterns of its rules."""
        out = {name: [] for name in runs}
        for _ in range(self.o.rounds):
            for name, what in runs.items():
                out[name].append(self.bench(*what, honour_index=name == "index"))
        return out

    def side_by_side(self, *what):
        """The same in two processes at once: how far two cores can come on this machine."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda _: self.bench(*what), range(2)))

    def streamed(self, size):
        """Peak memory of `vedette run` over `size` generated bytes from a pipe, and its seconds."""
        start = time.monotonic()
        gen = subprocess.Popen([self.gen, "--seed", "7", "--size", str(size)], stdout=subprocess.PIPE)
        run = subprocess.Popen([self.vedette, "run", "-q", "-r", self.rules, "--ignore-index", "-f", "matches",
                                "-o", "/dev/null", "-"], stdin=gen.stdout)
        gen.stdout.close()
        _, status, usage = os.wait4(run.pid, 0)
        if gen.wait() or status:
            sys.exit(f"vedette run over a pipe: status {status}")
        return usage.ru_maxrss * 1024, time.monotonic() - start

    def seconds(self, *command):
        """Processor seconds and peak memory of a command whose output nobody reads."""
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode:
            sys.exit(f"{' '.join(command)}: status {run.returncode}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024

    def over_log(self, rules, log, *options):
        """The same of `vedette run` over an event log."""
        return self.seconds(self.vedette, "run", "-q", "-r", rules, "-f", "matches", "-o", "/dev/null", *options, log)

    def log_speeds(self, log, part, short):
        """Bytes a second of the processor, a list by name with one figure a turn: one rule that never
        holds (parse), all rules (rules), these without their index patterns (any), and evtxexport
        over a part of the log, as it comes and with XML. Ours are less what the same command takes for a log of one chunk."""
        never, export = self.path("never.toml"), shutil.which("evtxexport")
        with open(never, "w", encoding="ascii") as f:
            f.write(NEVER)
        commands = {"parse": (never, "--ignore-index"), "rules": (self.rules,), "any": (self.rules, "--ignore-index")}
        theirs = {"evtxexport": (), "xml": ("-f", "xml")}
        out = {name: [] for name in (*commands, *theirs)}
        more = os.path.getsize(log) - os.path.getsize(short)
        for _ in range(self.o.rounds):
            for name, (rules, *options) in commands.items():
                start, whole = (self.over_log(rules, f, "--threads", "1", *options)[0] for f in (short, log))
                out[name].append(more / (whole - start))
            for name, options in theirs.items() if export else ():
                out[name].append(os.path.getsize(part) / self.seconds(export, *options, part)[0])
        return out

    def records_read(self, log):
        """How many records of a log become events."""
        run = subprocess.run([self.vedette, "info", "-f", "json", "-r", self.path("never.toml"), log], capture_output=True,
                             text=True, check=True)
        return json.loads(run.stdout)["events"]

    # ---- the rows ----

    def row_rules(self):
        """All rules: against parsing only, against one rule, and with the index patterns."""
        runs = self.in_turns(all=(self.rules, self.events()), one=(SMB, self.events()),
                             index=(self.rules, self.events()))
        rate = runs["all"][0]["events"] / min(best(r, "rules") for r in runs["all"])
        yield ratio_row(f"{self.count:,} rules, one thread, against DOM parsing only", against_parsing(runs["all"]), 0.5,
                        f"{rate:,.0f} events/s, {max(map(speed, runs['all'])):.2f} GB/s; "
                        f"with index patterns {against_parsing(runs['index']):.2f}")
        yield ratio_row(f"{self.count:,} rules against one", against(runs["all"], runs["one"]), 0.6,
                        f"one rule {against_parsing(runs['one']):.2f} of parsing only; with index patterns "
                        f"{against(runs['index'], runs['one']):.2f}")

    def row_distinct(self):
        file = self.generated("distinct", "--distinct-values")
        runs = self.in_turns(all=(self.rules, file), index=(self.rules, file))
        yield ratio_row("the same, no string value twice", against_parsing(runs["all"]), 0.25,
                        f"{max(map(speed, runs['all'])):.2f} GB/s; with index patterns {against_parsing(runs['index']):.2f}")

    def row_many(self):
        runs = self.in_turns(many=(self.many, self.events()), all=(self.rules, self.events()))
        yield ratio_row(f"{10 * self.count:,} rules against {self.count:,}", against(runs["many"], runs["all"]), 0.5,
                        f"{against_parsing(runs['many']):.2f} of parsing only")
        for name, bar in (("all", 0.5), ("many", 5)):
            first = runs[name][0]
            load = min(r["load_cpu_seconds"] for r in runs[name])
            plan = min(r["plan_seconds"] for r in runs[name])
            yield Row(f"reading, checking and planning {first['rules']:,} rules", f"{load:.2f} s", f"under {bar:g} s",
                      load < bar, f"the plan alone {plan:.2f} s")
        most = max(max(r["load_rss_bytes"], r["plan_bytes"]) for r in runs["all"])
        yield Row(f"memory of {self.count:,} rules", f"{most / MB:.0f} MB", "under 150 MB", most < 150 * MB,
                  f"the plan's tables {runs['all'][0]['plan_bytes'] / MB:.1f} MB, the rest is the rules themselves; "
                  f"{10 * self.count:,} rules {runs['many'][0]['load_rss_bytes'] / MB:.0f} MB")

    def row_threads(self):
        what = "two threads against one"
        cores = len(os.sched_getaffinity(0))
        if cores < 2:
            yield Row(what, "one core", "1.8", None)
            return
        # Longer than the others: each worker has memos of its own to fill.
        file = self.generated("long", size=3 * self.o.size)
        runs = self.in_turns(two=(self.rules, file, "--threads", "2"), one=(self.rules, file))
        apart = sum(against([run], runs["one"][-1:], "clock") for run in self.side_by_side(self.rules, file))
        work = statistics.median(best(a, "rules") / best(b, "rules") for a, b in zip(runs["two"], runs["one"]))
        yield ratio_row(what, against(runs["two"], runs["one"], "clock"), 1.8,
                        f"on {cores} cores; together they take {work:.2f} of the processor time of one; "
                        f"two processes side by side {apart:.2f}")

    def row_planted(self):
        """Planted attacks, by the ids of their events."""
        events = self.events()
        run = subprocess.run([self.vedette, "run", "-q", "-f", "matches", "--ignore-index", "-r",
                              os.path.join(ROOT, "bench/rules"), "-r", SMB, events], capture_output=True, text=True, check=True)
        found = [json.loads(line) for line in run.stdout.splitlines()]
        found = {(m["rule_id"], tuple(e for e in m["events"] if e)) for m in found}
        with open(self.path("planted.json"), encoding="utf-8") as f:
            planted = {(p["rule_id"], tuple(p["events"])) for p in json.load(f)}
        yield Row("planted attacks found", f"{len(planted & found)} of {len(planted)}, {len(found - planted)} others",
                  "all, no other", bool(planted) and planted == found, f"{len({p[0] for p in planted})} rules")

    def row_stream(self):
        sizes = [100 * MB, 10_000 * MB if self.o.long else 2_000 * MB]
        peaks = [self.streamed(size) for size in sizes]
        more = peaks[1][0] - peaks[0][0]
        yield Row(f"memory of {sizes[1] // MB / 1000:g} GB from a pipe, over that of 0.1 GB", f"{more / MB:+.0f} MB",
                  "at most 16 MB", more <= 16 * MB,
                  f"{peaks[1][0] / MB:.0f} and {peaks[0][0] / MB:.0f} MB; {sizes[1] / peaks[1][1] / 1e9:.2f} GB/s")

    def row_pending(self):
        files = self.waiting(False), self.waiting(True)
        runs = self.in_turns(with_them=(SMB, files[0]), none=(SMB, files[1]))
        kept = self.bench(SMB, files[0], pipe=True)
        run = runs["with_them"][0]
        n, state = run["pending_peak"], run["state_bytes_peak"]
        bar = self.o.partials * 128
        inside = kept["state_dropped"] == 0 and kept["state_bytes_peak"] + kept["kept_bytes"] <= MAX_STATE
        yield Row(f"state of {n:,} pending partials", f"{state / MB:.0f} MB", f"under {bar / MB:.0f} MB",
                  n >= self.o.partials and state < bar and inside,
                  f"from a pipe {kept['kept_bytes'] / MB:.0f} MB of kept events, in a temporary file; "
                  f"both {'inside' if inside else 'over'} --max-state")
        yield ratio_row("speed with them, against none", against(runs["with_them"], runs["none"]), 0.8,
                        f"{run['events'] / best(run, 'rules'):,.0f} events/s")

    def row_maxspan(self):
        file = self.generated("hours", "--hosts", "10")
        runs = self.in_turns(long=(self.long, file), all=(self.rules, file))
        yield ratio_row("every maxspan 100 times as long", against(runs["long"], runs["all"]), 0.9,
                        f"{runs['long'][0]['pending_peak']:,} partials at most, else {runs['all'][0]['pending_peak']:,}")

    def row_evtx(self):
        """Recorded event logs, joined into large ones."""
        folder = self.o.logs or LOGS
        files = sorted(glob.glob(os.path.join(glob.escape(folder), "*.evtx"))) if folder else []
        log, part, short, large = (self.path(name + ".evtx") for name in ("log", "part", "short", "large"))
        records = join_evtx.join(files, 200 * MB, log)
        if not records:
            yield Row("event logs (EVTX)", "no recordings", "", None, "--logs PATH names a folder of them")
            return
        join_evtx.join(files, 20 * MB, part)
        join_evtx.join(files, 0, short)
        speeds = self.log_speeds(log, part, short)
        parse, rules, free = (max(speeds[name]) / MB for name in ("parse", "rules", "any"))
        read = self.records_read(log)
        yield Row("EVTX parsed and normalised, one core", f"{parse:.0f} MB/s", "200 MB/s", parse >= 200 and read == records,
                  f"{os.path.getsize(log) / MB:.0f} MB; {read:,} of {records:,} records read, "
                  f"{parse * MB * records / os.path.getsize(log):,.0f} a second")
        yield Row(f"EVTX through {self.count:,} rules, one core", f"{rules:.0f} MB/s", "100 MB/s", rules >= 100,
                  f"{free:.0f} MB/s if every rule sees every event")
        yield self.row_large_log(files, large)
        yield self.row_evtxexport(speeds)

    def row_large_log(self, files, log):
        join_evtx.join(files, 1000 * MB, log)
        peaks = [self.over_log(self.rules, log, *threads)[1] / MB for threads in ((), ("--threads", "1"))]
        os.unlink(log)
        return Row("memory of an event log of 1 GB, through all rules", f"{peaks[0]:.0f} MB", "under 256 MB", peaks[0] < 256,
                   f"all cores; {peaks[1]:.0f} MB on one")

    @staticmethod
    def row_evtxexport(speeds):
        what = "EVTX parsed and normalised, against evtxexport"
        if not speeds["evtxexport"]:
            return Row(what, "not installed", "15", None, "Debian: libevtx-utils")
        times = statistics.median(a / b for a, b in zip(speeds["parse"], speeds["evtxexport"]))
        plain, xml = (max(speeds[name]) / MB for name in ("evtxexport", "xml"))
        return ratio_row(what, times, 15, f"evtxexport over the log's first 20 MB: {plain:.1f} MB/s, as XML {xml:.1f} MB/s")

    def row_service(self):
        yield from bench_service.rows(self, Row)

    def rows(self):
        names = ("rules", "distinct", "many", "threads", "planted", "stream", "pending", "maxspan", "evtx", "service")
        for name in names:
            if not self.o.only or name in self.o.only:
                yield from getattr(self, f"row_{name}")()


# ---- printing ----

def show(row):
    print(f"{row.what:<58} {row.figure:>18}  {row.bar:<14} {row.verdict()}")
    if row.more:
        print(f"  {row.more}")
    sys.stdout.flush()


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def markdown(rows):
    """The table as docs/performance.md has it."""
    lines = [f"Measured on {os.cpu_count()} cores of {processor()}.", "",
             "| what | figure | bar | | besides |", "|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.figure} | {r.bar} | {r.verdict()} | {r.more} |" for r in rows]
    return "\n".join(lines) + "\n"


def update(path, text):
    """Puts the table between its marks in a page."""
    with open(path, encoding="utf-8") as f:
        head, rest = f.read().split("<!-- table -->\n", 1)
    tail = rest.split("<!-- end of table -->", 1)[1]
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"{head}<!-- table -->\n{text}<!-- end of table -->{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--rules", help="a file or folder of rules")
    parser.add_argument("--logs", metavar="PATH", help="a folder of .evtx files")
    parser.add_argument("--size", type=int, default=300 * MB, help="bytes of generated events in a file")
    parser.add_argument("--partials", type=int, default=MB, help="partial sequences that wait")
    parser.add_argument("--rounds", type=int, default=3, help="turns; each has three rounds of its own")
    parser.add_argument("--only", action="append", help="these rows: rules, distinct, many, threads, planted, ...")
    parser.add_argument("--long", action="store_true", help="10 GB from a pipe instead of 2")
    parser.add_argument("--markdown", action="store_true", help="print the table once more as Markdown")
    parser.add_argument("--update", metavar="PAGE", help="put it between the marks of a page: docs/performance.md")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="vedette-bench-")
    start = time.monotonic()
    try:
        bench = Bench(options, folder)
        bench.prepare_rules()
        rows = []
        for row in bench.rows():
            show(row)
            rows.append(row)
        if options.markdown:
            print("\n" + markdown(rows))
        if options.update:
            update(options.update, markdown(rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    below = sum(row.ok is False for row in rows)
    print(f"{len(rows)} rows, {below} below their bar ({time.monotonic() - start:.0f} s)")
    sys.exit(1 if below or not rows else 0)


if __name__ == "__main__":
    main()
