#!/usr/bin/env python3
"""Runs the text cases: tests/cases/run.py BINARY [FILE...]

Each case names a rule or a query, some events and what must come out; README.md beside this file
describes the format. A case runs twice, once over a file and once over gzip on standard input, and
both must give the same. Without FILE every case under this directory runs. With --check in BINARY's place the
cases are only read and looked over for mistakes, as they are before every run.
"""

import base64
import concurrent.futures
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORKERS = 2
TIMEOUT_S = 60
KEYS = {
    "name", "note", "rule", "query", "field_types", "args", "events", "events_file",
    "events_base64", "expect", "join_keys", "error", "no_error", "status",
}
SIZE_ARGS = ["--size", "1000"]
HEAD_ARGS = ["--result-position", "head"]


class CaseError(Exception):
    """A mistake in a case file, as opposed to a case that fails."""


def read_cases(path):
    """The cases of one file: the file itself, or its [[case]] tables over the file's defaults."""
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except tomllib.TOMLDecodeError as err:
        raise CaseError(f"{path}: {err}") from err
    defaults = {key: value for key, value in table.items() if key != "case"}
    cases = [{**defaults, **case} for case in table["case"]] if "case" in table else [defaults]
    for case in cases:
        case["path"] = path
    return cases


def event_bytes(case):
    """The bytes that the binary reads: inline text, inline base64, or a file beside the case."""
    if "events_base64" in case:
        return base64.b64decode(case["events_base64"], validate=False)
    if "events_file" in case:
        data = (case["path"].parent / case["events_file"]).read_bytes()
        return gzip.decompress(data) if case["events_file"].endswith(".gz") else data
    text = case["events"]
    return text[1:].encode() if text.startswith("\n") else text.encode()


def matches_of(expect):
    """`expect` as a list of lists of ids; a plain string is one match, its ids parted by spaces."""
    return [item.split() if isinstance(item, str) else item for item in expect]


def check_case(case):
    """Raises CaseError for what no engine could pass."""
    where = f"{case['path']}: {case.get('name', '(no name)')}"
    unknown = set(case) - KEYS - {"path"}
    if unknown:
        raise CaseError(f"{where}: unknown key {sorted(unknown)}")
    if "name" not in case or ("rule" in case) == ("query" in case):
        raise CaseError(f"{where}: needs a name and either rule or query")
    if sum(key in case for key in ("events", "events_file", "events_base64")) != 1:
        raise CaseError(f"{where}: needs exactly one of events, events_file, events_base64")
    if "expect" not in case and "error" not in case:
        raise CaseError(f"{where}: expects nothing")
    if "rule" in case and not (ROOT / case["rule"]).is_file():
        raise CaseError(f"{where}: no such rule file {case['rule']}")
    if "field_types" in case:
        json.loads(case["field_types"])
    known = set(re.findall(r'"(?:_id|id|event\.id)"\s*:\s*"([^"]+)"',
                           event_bytes(case).decode(errors="replace")))
    for ids in matches_of(case.get("expect", [])):
        missing = [i for i in ids if i != "-" and i not in known]
        if missing:
            raise CaseError(f"{where}: no event has the id {missing}")
    if "join_keys" in case and len(case["join_keys"]) != len(case.get("expect", [])):
        raise CaseError(f"{where}: join_keys and expect differ in length")


def key_text(value):
    """A join key as the cases write it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def hit_id(hit):
    """The id by which a case knows an event of a search response; '-' for a missing event."""
    if hit.get("missing"):
        return "-"
    source = hit.get("_source") or {}
    event = source.get("event")
    named = "_id" in source or "event.id" in source or (isinstance(event, dict) and "id" in event)
    if not named and "id" in source:
        return str(source["id"])
    return str(hit["_id"])


def read_search(out):
    """(matches, join keys) of a response in the shape of _eql/search."""
    hits = json.loads(out)["hits"]
    if "sequences" in hits:
        sequences = hits["sequences"]
        return ([[hit_id(hit) for hit in s["events"]] for s in sequences],
                [[key_text(k) for k in s.get("join_keys") or []] for s in sequences])
    events = hits.get("events") or []
    return [[hit_id(hit)] for hit in events], [[] for _ in events]


def read_matches(out):
    """(matches, join keys) of `run -f matches`, sorted: the order between rules is not promised."""
    rows = [json.loads(line) for line in out.splitlines() if line.strip()]
    pairs = sorted(([i if i is not None else "-" for i in row["events"]],
                    [key_text(k) for k in row.get("join_keys") or []]) for row in rows)
    return [p[0] for p in pairs], [p[1] for p in pairs]


def command(binary, case, types_file, source):
    """The command line for one way of reading the events."""
    args = list(case.get("args", []))
    if "rule" in case:
        return [binary, "run", "-r", str(ROOT / case["rule"]), "-f", "matches", *args, source]
    if "--size" not in args:
        args += SIZE_ARGS
    if "--result-position" not in args:
        args += HEAD_ARGS
    if types_file:
        args += ["--field-types", types_file]
    return [binary, "search", "-f", "json", *args, case["query"].strip(), source]


def status_fits(case, status):
    """A case that expects no matches but an error fails in any way; all others exit as told, or 0."""
    if "status" in case:
        return status == case["status"]
    return status != 0 if "expect" not in case else status == 0


def judge(case, run, from_file):
    """What is wrong with one run, or None."""
    err = run.stderr.decode(errors="replace")
    if not status_fits(case, run.returncode):
        return f"exit status {run.returncode}: {err.strip()[:300]!r}"
    if from_file:
        lost = [text for text in case.get("error", []) if text not in err]
        if lost:
            return f"stderr lacks {lost}; it says {err.strip()[:300]!r}"
        odd = [text for text in case.get("no_error", []) if text in err]
        if odd:
            return f"stderr must not say {odd}; it says {err.strip()[:300]!r}"
    if "expect" not in case:
        return None
    reader = read_matches if "rule" in case else read_search
    try:
        got, got_keys = reader(run.stdout.decode(errors="replace"))
    except (ValueError, KeyError, TypeError) as problem:
        return f"output not understood ({problem!r}): {run.stdout[:200]!r}"
    want = matches_of(case["expect"])
    want_keys = case.get("join_keys")
    if "rule" in case:
        order = sorted(range(len(want)), key=lambda i: (want[i], want_keys[i] if want_keys else []))
        want_keys = [want_keys[i] for i in order] if want_keys else None
        want = [want[i] for i in order]
    if got != want:
        return f"expected {show(want)} | got {show(got)}"
    if want_keys is not None and got_keys != want_keys:
        return f"expected keys {show(want_keys)} | got keys {show(got_keys)}"
    return None


def show(lists):
    """Matches on one line: `1 2 / 3 -`."""
    return " / ".join(" ".join(items) for items in lists) or "nothing"


def run_case(binary, case):
    """None if the case passes, else why not."""
    data = event_bytes(case)
    with tempfile.TemporaryDirectory() as folder:
        types_file = None
        if "field_types" in case:
            types_file = f"{folder}/field_types.json"
            pathlib.Path(types_file).write_text(case["field_types"])
        events = pathlib.Path(folder, "events.ndjson")
        events.write_bytes(data)
        ways = [("file", str(events), None), ("gzip on stdin", "-", gzip.compress(data, 1))]
        for way, source, stdin in ways:
            try:
                run = subprocess.run(command(binary, case, types_file, source), input=stdin,
                                     stdin=subprocess.DEVNULL if stdin is None else None,
                                     capture_output=True, timeout=TIMEOUT_S, cwd=folder)
            except subprocess.TimeoutExpired:
                return f"{way}: no end after {TIMEOUT_S} s"
            wrong = judge(case, run, from_file=stdin is None)
            if wrong:
                return f"{way}: {wrong}"
    return None


def load(files):
    """All cases of the files, checked."""
    cases = [case for path in files for case in read_cases(path)]
    seen = set()
    for case in cases:
        check_case(case)
        if case["name"] in seen:
            raise CaseError(f"{case['path']}: {case['name']}: the name is used twice")
        seen.add(case["name"])
    return cases


def main(argv):
    if not argv:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    files = [pathlib.Path(name).resolve() for name in argv[1:]] or sorted(HERE.rglob("*.toml"))
    try:
        cases = load(files)
    except (CaseError, OSError, ValueError) as problem:
        print(f"bad case: {problem}", file=sys.stderr)
        return 2
    if argv[0] == "--check":
        print(f"{len(cases)} cases in {len(files)} files read well")
        return 0
    binary = str(pathlib.Path(argv[0]).resolve())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for case, wrong in zip(cases, pool.map(lambda c: run_case(binary, c), cases)):
            if wrong:
                failed += 1
                print(f"FAIL {case['path'].relative_to(ROOT)}: {case['name']}: {wrong}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
