#!/usr/bin/env python3
"""Elasticsearch's own EQL cases through `vedette search -f json`.

    run.py BINARY FOLDER [--show N] [--keyword-type keyword|wildcard]

FOLDER holds files of x-pack/plugin/eql/qa/common/src/main/resources of elastic/elasticsearch, which are
not part of this project: test_queries.toml, additional_test_queries.toml and test_extra.toml, the data
endgame-140.json and extra.data, the mappings endgame-140.mapping and extra*.mapping. They are prepared in
a temporary folder as Elasticsearch's loader does it: times, placeholders in mappings, types that dynamic
mapping would give. Each case runs with --result-position head and tail, as its answer must not depend on
it; ids and join keys must be equal, in order. Then the queries that stand in comments because only
Endgame's EQL has what they use must each be refused.

Prints what fails and closes with `N passed, N failed`; exit status 1 if one failed."""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

PLACEHOLDER = "[runtime_random_keyword_type]"

# What Endgame's EQL has and Elasticsearch's has not; a query in comments without any of these is legal
# and has another answer (case, null logic).
ENDGAME_ONLY = [
    r"\|\s*(filter|unique|unique_count|sort|count)\b",
    r"\b(descendant|child|event) of\b",
    r"^\s*join\b",
    r"\bfork\b",
    r"\b(arrayContains|arrayCount|arraySearch|safe|match|matchLite)\s*\(",
    r"\w\[\d+\]",
    r"\bin\s*\([^)]*\b(parent_process_name)\b",
    r"\]\s*by\s+\w+\s*\*",
    r"\b(missing_field|bad_field|null_field|bad_process_name|fake_field|invalid_field_name)\b",
    r"\bopcode\s*==\s*pid\b",
    r"process_name\s*(<=|[=!]=|>=|<|>)\s*(parent_process_name|original_file_name)",
    r"original_file_name\s*[=!]=\s*process_name",
    r"\)\)\s*==\s*serial_event_id",
]

DATA_SETS = [
    # cases, events, mappings (the first that is there), field that is id and tiebreaker
    (["test_queries.toml", "additional_test_queries.toml"], "endgame-140.json", ["endgame-140.mapping"],
     "serial_event_id"),
    (["test_extra.toml"], "extra.data", ["extra-1a009ea2.mapping", "extra.mapping"], "sequence"),
]


# ---- data ----

def dynamic_type(value):
    """The type that Elasticsearch's dynamic mapping gives a field with this first value."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "long"}
    if isinstance(value, float):
        return {"type": "float"}
    return {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}


def leaves(document, prefix=""):
    for name, value in document.items():
        path = prefix + name
        if isinstance(value, dict):
            yield from leaves(value, path + ".")
        else:
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    yield path, one


def add_dynamic(mapping, documents):
    """Adds a type for every field of the documents that the mapping does not name."""
    for document in documents:
        for path, value in leaves(document):
            at, parts = mapping, path.split(".")
            for part in parts[:-1]:
                at = at.setdefault("properties", {}).setdefault(part, {})
            at.setdefault("properties", {}).setdefault(parts[-1], dynamic_type(value))


def read_mapping(path, keyword_type):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return json.loads("\n".join(lines).replace(PLACEHOLDER, keyword_type))


def read_events(path):
    events = json.loads(path.read_text())
    for event in events:
        if "@timestamp" not in event:  # Windows' ticks of 100 ns since 1601
            event["@timestamp"] = event["timestamp"] // 10000 - 11644473600000
    return events


class DataSet:
    """Events and mapping, written where the program can read them."""

    def __init__(self, folder, events, mappings, key, keyword_type, temp):
        self.key = key
        documents = read_events(folder / events)
        mapping = next(folder / m for m in mappings if (folder / m).exists())
        types = read_mapping(mapping, keyword_type)
        add_dynamic(types, documents)
        self.events = temp / (events + ".ndjson")
        self.mapping = temp / (events + ".mapping.json")
        self.events.write_text("".join(json.dumps(d) + "\n" for d in documents))
        self.mapping.write_text(json.dumps(types))

    def command(self, binary, query, position):
        return [binary, "search", "-f", "json", "--size", "50", "--result-position", position,
                "--tiebreaker-field", self.key, "--field-types", str(self.mapping), query,
                str(self.events)]


# ---- cases ----

def read_cases(path, commented=False):
    text = path.read_text()
    if commented:
        text = commented_out(text)
    # A bare null is no TOML; Elasticsearch's reader takes it for the word.
    text = re.sub(r"(join_keys\s*=\s*\[[^\]]*\])",
                  lambda m: re.sub(r'(?<!")\bnull\b(?!")', '"null"', m.group(1)), text)
    return tomllib.loads(text).get("queries", [])


def commented_out(text):
    """The cases that stand in comments, as text of their own."""
    out, inside = [], False
    for line in text.splitlines():
        inside = line.startswith("#") and (inside or line.startswith("#[[queries]]"))
        bare = line[1:] if inside else ""
        out.append("" if re.match(r"\s*#", bare) else bare)
    return "\n".join(out)


def key_text(key):
    return "null" if key is None else str(key).lower() if isinstance(key, bool) else str(key)


def answer(text, key):
    """(ids, join keys) of an answer in the shape of _eql/search."""
    hits = json.loads(text)["hits"]
    groups = hits.get("sequences")
    events = hits.get("events", []) if groups is None else [e for s in groups for e in s["events"]]
    ids = [-1 if e.get("missing") else e["_source"][key] for e in events]
    return ids, [key_text(k) for s in groups or [] for k in s.get("join_keys") or []]


def one_run(binary, data, case, position):
    """None, or what went wrong."""
    done = subprocess.run(data.command(binary, case["query"].strip(), position), capture_output=True,
                          text=True, check=False, timeout=60)
    if done.returncode != 0:
        return f"status {done.returncode}: {done.stderr.strip()}"
    ids, keys = answer(done.stdout, data.key)
    wanted = case["expected_event_ids"]
    choices = wanted if wanted and isinstance(wanted[0], list) else [wanted]
    if ids not in choices:
        return f"expected {wanted}\n  got      {ids}"
    if "join_keys" in case and keys != case["join_keys"]:
        return f"expected keys {case['join_keys']}\n  got           {keys}"
    return None


def run_case(binary, data, case):
    for position in ("head", "tail"):
        wrong = one_run(binary, data, case, position)
        if wrong:
            return f"{case.get('name')} ({position})\n  {case['query'].strip()}\n  {wrong}"
    return None


def is_endgame_only(query):
    return any(re.search(pattern, query, re.M) for pattern in ENDGAME_ONLY)


def run_refused(binary, data, case):
    done = subprocess.run(data.command(binary, case["query"].strip(), "head"), capture_output=True,
                          text=True, check=False, timeout=60)
    if done.returncode not in (0, 1) and done.stderr.strip():
        return None
    return f"{case.get('name')}: not refused, status {done.returncode}\n  {case['query'].strip()}"


def jobs_of(folder, temp, keyword_type):
    """(check, data, case) of everything that is to be run."""
    for files, events, mappings, key in DATA_SETS:
        data = DataSet(folder, events, mappings, key, keyword_type, temp)
        for name in files:
            for case in read_cases(folder / name):
                yield run_case, data, case
            for case in read_cases(folder / name, commented=True):
                if is_endgame_only(case["query"]):
                    yield run_refused, data, case


def main():
    parser = argparse.ArgumentParser(description="Elasticsearch's EQL cases through vedette search")
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=50, help="failures that are printed")
    parser.add_argument("--keyword-type", default="keyword", choices=["keyword", "wildcard"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        jobs = list(jobs_of(args.folder, pathlib.Path(temp), args.keyword_type))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            wrong = list(pool.map(lambda job: job[0](args.binary, job[1], job[2]), jobs))
    failures = [w for w in wrong if w]
    for text in failures[:args.show]:
        print(text)
    cases = sum(job[0] is run_case for job in jobs)
    print(f"{cases} cases, {len(jobs) - cases} queries that must be refused")
    print(f"{len(jobs) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
