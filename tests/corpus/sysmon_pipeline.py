#!/usr/bin/env python3
"""Compares the normaliser with the examples of Elastic's own pipeline tests.

Usage: sysmon_pipeline.py NORMALISE_LINES FOLDER [--rules DIR] [--winlog] [--all]

FOLDER holds examples in one of two forms, at any depth:
  - elastic/integrations, packages/*/data_stream/*/_dev/test/pipeline: NAME.json with
    {"events": [..]} and NAME.json-expected.json with {"expected": [..]};
  - elastic/beats, x-pack/winlogbeat/module/*/test/testdata: collection/NAME.evtx.golden.json
    and ingest/NAME.golden.json, both lists of documents.
They are Elastic's and not part of this project.

Only fields that some rule below DIR names count (all fields without --rules or with --all);
those of winlog.* only with --winlog, since what a log says besides is kept there. A list of
one value equals the value, lists are compared without order, times to the millisecond,
numbers with a fraction to ten digits.

Fields that are known to differ, and why, are in docs/windows.md and in KNOWN below.
Exit status: 0 if nothing else differs, 1 if something does, 2 without examples.
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys

# (field, event code or None): why the two may differ.
KNOWN = {
    ("ecs.version", None): "the version of ECS moves on with Elastic's packages",
    ("event.module", None): "Winlogbeat names its module, the integrations their package",
    ("event.ingested", None): "the time at which Elasticsearch took the document",
    ("event.original", None): "the raw event, which Winlogbeat keeps only when told to",
    ("host.name", None): "the test documents of the integrations carry no host",
    ("dns.question.registered_domain", None): "needs the list of public suffixes",
    ("dns.question.subdomain", None): "needs the list of public suffixes",
    ("dns.question.top_level_domain", None): "needs the list of public suffixes",
    ("process.args", "4688"): "parted as Windows does; Winlogbeat keeps the quotes",
    ("process.hash.sha256", "26"): "the integrations say file.hash of a deleted file",
    ("related.user", "4625"): "the subject too, as the pipeline itself has it",
    ("related.user", "4817"): "accounts in security descriptors are not taken apart",
    ("event.action", "7"): "load was added in 2025 with the dll.* fields",
    ("event.category", "7"): "library was added in 2025 with the dll.* fields",
    ("event.type", "7"): "start was added in 2025 with the dll.* fields",
}


def earlier(name, got, want):
    """What the integrations said until they changed it: Sysmon's event.action was the
    task's text until 2023, a DWORD of the registry was left in hex until 2022."""
    if name == "event.action":
        return "(rule: " in str(want)
    if name == "registry.data.strings" and len(got) == len(want) == 1:
        return re.fullmatch(r"0x[0-9a-f]{8}", want[0]) and str(int(want[0], 16)) == got[0]
    return False


def flatten(value, path, out):
    if isinstance(value, dict):
        for key, inner in value.items():
            flatten(inner, f"{path}.{key}" if path else key, out)
    elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        for inner in value:
            flatten(inner, path, out)
    else:
        out.setdefault(path, []).extend(value if isinstance(value, list) else [value])
    return out


def comparable(values):
    def one(v):
        if isinstance(v, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", v):
            v = re.sub(r"(\.\d{3})\d+", r"\1", v)
            v = re.sub(r":(\d\d)Z", r":\1.000Z", v)
            v = re.sub(r"(\.\d)Z", r"\g<1>00Z", re.sub(r"(\.\d\d)Z", r"\g<1>0Z", v))
        if isinstance(v, float):
            return f"{v:.10g}"
        return str(v).lower() if isinstance(v, bool) else str(v)
    return sorted(set(one(v) for v in values))


def pairs_of_files(folder):
    for expected in sorted(glob.glob(f"{folder}/**/*.json-expected.json", recursive=True)):
        given = expected[:-len("-expected.json")]
        if os.path.exists(given):
            yield given, json.load(open(given))["events"], json.load(open(expected))["expected"]
    for expected in sorted(glob.glob(f"{folder}/**/ingest/*.golden.json", recursive=True)):
        name = os.path.basename(expected)[:-len(".golden.json")]
        given = f"{os.path.dirname(expected)}/../collection/{name}.evtx.golden.json"
        if os.path.exists(given):
            yield name, json.load(open(given)), json.load(open(expected))


def normalise(program, documents):
    text = "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in documents)
    run = subprocess.run([program, "--no-derive"], input=text.encode(), stdout=subprocess.PIPE,
                         check=True)
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


def rule_names(folder):
    names = set()
    for path in glob.glob(f"{folder}/**/*.toml", recursive=True):
        names.update(re.findall(r"@?[A-Za-z_][\w]*(?:\.[\w]+)+|@timestamp", open(path).read()))
    return names


class Report:
    def __init__(self):
        self.equal = collections.Counter()
        self.known = collections.Counter()
        self.wrong = collections.defaultdict(list)
        self.documents = 0

    def field(self, name, code, got, want, where):
        if comparable(got) == comparable(want):
            self.equal[name] += 1
        elif (name, None) in KNOWN or (name, code) in KNOWN or (want == ["-"] and not got) \
                or earlier(name, got, want):
            # A dash stands for nothing; the integrations drop it.
            self.known[name] += 1
        else:
            self.wrong[name].append((where, code, got, want))

    def show(self):
        print(f"{self.documents} documents, {len(self.equal)} fields agree "
              f"({sum(self.equal.values())} values)")
        for name, count in sorted(self.known.items()):
            print(f"  known: {name} differs in {count}")
        for name, cases in sorted(self.wrong.items()):
            print(f"  DIFFERS: {name} in {len(cases)}")
            for where, code, got, want in cases[:3]:
                print(f"      {where} (event {code}): {got!r:.300} is not {want!r:.300}")


def wanted(name, names, options):
    if name.startswith("winlog."):
        return options.winlog
    return names is None or name in names


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--rules")
    parser.add_argument("--winlog", action="store_true")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    names = rule_names(options.rules) if options.rules and not options.all else None
    report = Report()
    for where, given, expected in pairs_of_files(options.folder):
        for got, want in zip(normalise(options.program, given), expected):
            report.documents += 1
            got, want = flatten(got or {}, "", {}), flatten(want, "", {})
            code = str((want.get("event.code") or [""])[0])
            for name in want:
                if wanted(name, names, options):
                    report.field(name, code, got.get(name, []), want[name],
                                 os.path.basename(where))
    report.show()
    if not report.documents:
        return 2
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
