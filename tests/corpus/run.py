#!/usr/bin/env python3
"""Real rules and real documents: run.py BUILD CORPUS.

CORPUS holds elastic-rules.tar.gz (rules/ and rules_building_block/ of detection-rules) and
defend/ (documents of Elastic Defend). Checked: every rule is read and every EQL rule compiles,
lints are silent on 99 % of them; alerts over the documents, and over generated events, equal those
of the plain evaluator. VEDETTE_CORPUS_EVENTS: how many events are generated (100000)."""
import collections
import json
import os
import subprocess
import sys
import tarfile
import tempfile

TYPES = {"eql": 1024, "query": 454, "new_terms": 241, "esql": 209, "machine_learning": 106,
         "threshold": 28, "threat_match": 6}


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {detail}")


def check_rules(checks, vedette, rules):
    run = subprocess.run([vedette, "check", "-f", "json", rules], capture_output=True, text=True)
    checks.check("check's status", run.returncode == 0, f"{run.returncode}: {run.stderr[-2000:]}")
    read = json.loads(run.stdout)
    counted = collections.Counter(r["type"] for r in read)
    checks.check("rules read", dict(counted) == TYPES, str(counted))
    broken = [(r["name"], r["errors"]) for r in read if r["errors"]]
    checks.check("rules without an error", not broken, str(broken[:5]))
    warned = [r["name"] for r in read if r["type"] == "eql" and r["warnings"]]
    checks.check("EQL rules without a warning", len(warned) <= 10, str(warned))
    missing = [r["name"] for r in read if not r.get("rule_id") or not r.get("risk_score")]
    checks.check("metadata is kept", not missing, str(missing[:5]))


def check_export(checks, vedette, rules, folder):
    """What is exported in Kibana's form and read again is the same."""
    out = os.path.join(folder, "export.ndjson")
    with open(out, "wb") as f:
        run = subprocess.run([vedette, "check", "--export", "ndjson", rules], stdout=f,
                             stderr=subprocess.PIPE)
    checks.check("export's status", run.returncode == 0, run.stderr.decode()[-1000:])
    again = subprocess.run([vedette, "check", "-f", "json", out], capture_output=True, text=True)
    read = json.loads(again.stdout)
    checks.check("the export is read again", len(read) == sum(TYPES.values()), str(len(read)))


def compare(checks, build, name, rules, events):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    run = subprocess.run(
        [sys.executable, os.path.join(root, "model/compare.py"),
         os.path.join(build, "src/cli/vedette"), os.path.join(build, "tests/model/vd_model"),
         "-r", rules, "--ignore-index", events], capture_output=True, text=True)
    checks.check(name, run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:])
    print(f"{name}: {run.stdout.strip().splitlines()[-1] if run.stdout.strip() else run.stderr}")


def main():
    build, corpus = sys.argv[1:3]
    checks = Checks()
    vedette = os.path.join(build, "src/cli/vedette")
    count = os.environ.get("VEDETTE_CORPUS_EVENTS", "100000")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(os.path.join(corpus, "elastic-rules.tar.gz")) as tar:
            tar.extractall(folder)
        rules = os.path.join(folder)
        check_rules(checks, vedette, rules)
        check_export(checks, vedette, rules, folder)
        os.remove(os.path.join(folder, "export.ndjson"))
        compare(checks, build, "Elastic Defend's documents", rules, os.path.join(corpus, "defend"))
        events = os.path.join(folder, "events.ndjson")
        subprocess.run([os.path.join(build, "bench/gen/vedette-gen"), "--events", count, "--seed",
                        "7", "--late", "20", "-o", events], check=True)
        compare(checks, build, f"{count} generated events", rules, events)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
