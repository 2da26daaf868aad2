#!/usr/bin/env python3
"""Speed against the Python engine of EQL: compare_eql.py BUILD [--rules PATH] [--events N]

Installs the package `eql` into build-compare/ of its own, takes the EQL rules that both engines
take, and runs them over the same generated events: ours one thread, every rule sees every event.
Rules with what that engine parses but does not run (runs, missing events, samples) are left out, and
as it knows no lists of values, the events hold the first value of each.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import multiply_rules
import reference

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORPUS = reference.path("corpus/elastic-rules.tar.gz")
PACKAGE = "eql==1.0.1"
BAR = 1000
NOT_RUN = re.compile(r"with\s+runs\s*=|!\s*\[|^\s*sample\s", re.M)


# ---- in the environment of its own ----

def engine_of(eql, queries):
    """An engine with every query it takes, and the numbers of these."""
    taken = []
    engine = eql.PythonEngine({"print": False})
    for number, query in enumerate(queries):
        try:
            with eql.parser.elasticsearch_syntax, eql.parser.ignore_missing_functions:
                tree = eql.parse_query(query)
                eql.PythonEngine({"print": False}).add_query(tree)
                engine.add_query(tree)
        except (eql.EqlError, NotImplementedError):
            continue
        taken.append(number)
    return engine, taken


def event_of(eql, document):
    category = document.get("event", {}).get("category") or "generic"
    stamp = time.mktime(time.strptime(document["@timestamp"][:19], "%Y-%m-%dT%H:%M:%S"))
    return eql.Event(category, int(stamp) * 10_000_000, document)


def measure(path):
    """Reads {"queries", "events"} and prints {"taken", "seconds", "events", "results"}."""
    import eql
    import eql.parser
    with open(path, encoding="utf-8") as f:
        work = json.load(f)
    engine, taken = engine_of(eql, work["queries"])
    results = []
    engine.add_output_hook(results.append)
    with open(work["events"], encoding="utf-8") as f:
        documents = [json.loads(line) for line in f]
    start = time.process_time()
    engine.stream_events([event_of(eql, d) for d in documents])
    json.dump({"taken": taken, "seconds": time.process_time() - start, "events": len(documents),
               "results": len(results)}, sys.stdout)


# ---- outside ----

def environment():
    """The Python that has the package."""
    python = os.path.join(ROOT, "build-compare/bin/python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(ROOT, "build-compare")], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
    return python


def single(value):
    """The value with the first of every list of plain values in its place."""
    if isinstance(value, dict):
        return {k: single(v) for k, v in value.items()}
    if isinstance(value, list) and not any(isinstance(v, dict) for v in value):
        return value[0] if value else None
    return value


def events_of(options, path, n):
    run = subprocess.run([os.path.join(options.build, "bench/gen/vedette-gen"), "--events", str(n), "--seed", "7"],
                         stdout=subprocess.PIPE, check=True)
    with open(path, "w", encoding="utf-8") as f:
        for line in run.stdout.splitlines():
            json.dump(single(json.loads(line)), f, separators=(",", ":"))
            f.write("\n")


def ours(build, rules, events):
    run = subprocess.run([os.path.join(build, "src/cli/vedette"), "bench", "-f", "json", "--ignore-index", "-r", rules, events],
                         capture_output=True, text=True, check=True)
    said = json.loads(run.stdout)
    return said["events"] / min(r["cpu"] for r in said["rules_rounds"]), said


def rules_from(options, folder):
    if options.rules or not CORPUS:
        return options.rules or os.path.join(ROOT, "rules")
    import tarfile
    with tarfile.open(CORPUS) as tar:
        tar.extractall(os.path.join(folder, "corpus"), filter="data")
    return os.path.join(folder, "corpus")


def compare(options, folder):
    python = environment()
    events = os.path.join(folder, "events.ndjson")
    events_of(options, events, options.events)
    rules = [r for r in multiply_rules.rules_of(rules_from(options, folder)) if not NOT_RUN.search(r[1])]
    work = os.path.join(folder, "work.json")
    with open(work, "w", encoding="utf-8") as f:
        json.dump({"queries": [r[1] for r in rules], "events": events}, f)
    run = subprocess.run([python, os.path.abspath(__file__), "--measure", work], stdout=subprocess.PIPE, text=True, check=True)
    theirs = json.loads(run.stdout)
    both = os.path.join(folder, "both")
    os.mkdir(both)
    for number in theirs["taken"]:
        ending, query, copy = rules[number]
        with open(os.path.join(both, f"{number:05d}{ending}"), "w", encoding="utf-8") as f:
            f.write(copy(query, 0))
    same, said = ours(options.build, both, events)
    rate = theirs["events"] / theirs["seconds"]
    print(f"{len(theirs['taken'])} rules that both take, {theirs['events']} events, {said['rules']} rules run here")
    print(f"{PACKAGE:<24} {rate:>12,.0f} events/s  {theirs['results']} results")
    print(f"{'vedette, one thread':<24} {same:>12,.0f} events/s  {said['findings']} results")
    print(f"ratio {same / rate:,.0f}, bar {BAR:,}: {'ok' if same / rate >= BAR else 'below'}")
    return 0 if same / rate >= BAR else 1


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--measure":
        measure(sys.argv[2])
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--rules", help="a file or folder of rules")
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vedette-compare-") as folder:
        sys.exit(compare(options, folder))


if __name__ == "__main__":
    main()
