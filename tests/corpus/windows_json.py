#!/usr/bin/env python3
"""Recordings of Windows events in JSON: windows_json.py BUILD CORPUS.

CORPUS/windows-json holds zip files with one JSON object a line (Security-Datasets). All lines are
read, as they are and unpacked: counted by channel and event id, what `vedette search` gives equals
what counting the lines gives, with one thread and with three; every event has the time of its own
clock, and the computer of the record, not the collector's."""
import collections
import datetime
import glob
import json
import os
import subprocess
import sys
import tempfile
import zipfile

ZONE = datetime.timedelta(hours=-4)  # of EventTime in these recordings


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {detail}")


def lines_of(path):
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            for line in z.read(name).split(b"\n"):
                if line.strip():
                    yield json.loads(line)


def instant(text):
    return datetime.datetime.fromisoformat(text.rstrip("Z").replace("T", " "))


def own_time(record):
    """The event's own clock, in UTC, to the millisecond."""
    if "UtcTime" in record:
        return instant(record["UtcTime"])
    return instant(record["EventTime"]) - ZONE


def key_of_record(record):
    own = own_time(record).isoformat(timespec="milliseconds")
    return record["Channel"], str(record["EventID"]), record["Hostname"], own


def key_of_document(doc):
    when = instant(doc["@timestamp"]).isoformat(timespec="milliseconds")
    return doc["winlog"]["channel"], doc["event"]["code"], doc["winlog"]["computer_name"], when


def documents(vedette, path, *options):
    run = subprocess.run([vedette, "search", "-f", "ndjson", "--size", "0", "--input-tz", "-04:00", *options,
                          "any where true", path], capture_output=True)
    return [json.loads(line) for line in run.stdout.splitlines()], run.stderr.decode()


def difference(want, got):
    return f"missing {list((want - got).items())[:3]}, too many {list((got - want).items())[:3]}"


def check_file(checks, vedette, path):
    name = os.path.basename(path)
    records = list(lines_of(path))
    want = collections.Counter(map(key_of_record, records))
    for threads in ("1", "3"):
        docs, err = documents(vedette, path, "--threads", threads)
        got = collections.Counter(map(key_of_document, docs))
        checks.check(f"{name}, {threads} threads: channel, id, host and time", want == got, difference(want, got))
        checks.check(f"{name}, {threads} threads: nothing is said", not err, err[:1000])
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as z:
            z.extractall(folder)
        docs, _ = documents(vedette, folder)
        got = collections.Counter(map(key_of_document, docs))
        checks.check(f"{name}, unpacked", want == got, difference(want, got))
    by_channel = collections.Counter(r["Channel"] for r in records)
    print(f"{name}: {len(records)} events, " + ", ".join(f"{n} {c}" for c, n in by_channel.most_common(3)))


def main():
    vedette = os.path.join(sys.argv[1], "src/cli/vedette")
    paths = sorted(glob.glob(os.path.join(sys.argv[2], "windows-json", "*.zip")))
    checks = Checks()
    checks.check("there are recordings", paths, sys.argv[2])
    for path in paths:
        check_file(checks, vedette, path)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
