#!/usr/bin/env python3
"""Event logs against libevtx: evtx.py BUILD CORPUS_DIR.

Every .evtx file of the folder is read by ours (BUILD/tests/corpus/evtx_dump) and by evtxexport
(Debian: libevtx-utils). For each file these must agree: the records counted by channel and event
id, every field of System, and every pair of EventData or UserData. What libevtx writes in another
way is brought to one form first: upper-case GUIDs, padded hexadecimal numbers, times of nine
digits. It fails if evtxexport is not there."""
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
EVENT = re.compile(r"^<Event .*?^</Event>", re.S | re.M)
GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
HEX = re.compile(r"0x[0-9a-fA-F]+")


def local(tag):
    return tag.rsplit("}", 1)[-1]


def plain(text):
    """A value in the form in which both are compared."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    text = GUID.sub(lambda m: m.group().lower(), text)
    return HEX.sub(lambda m: hex(int(m.group(), 16)), text).strip()


def leaves(element):
    for child in element:
        if len(child):
            yield from leaves(child)
        else:
            yield child


def pairs_of(event):
    """EventData's pairs as Winlogbeat names them, or UserData's leaves; empty ones left out."""
    found = []
    for part in event:
        if local(part.tag) not in ("EventData", "UserData"):
            continue
        for i, e in enumerate(leaves(part)):
            name = e.get("Name") or local(e.tag)
            found.append((f"param{i + 1}" if name == "Data" else name, plain(e.text)))
    return [p for p in found if p[1]]


def nanoseconds(text):
    """2019-08-03T15:08:06.262500300Z since 1970; libevtx gives nine digits."""
    import calendar
    import time
    whole, digits = text.rstrip("Z").split(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int(digits.ljust(9, "0"))


def theirs(path):
    run = subprocess.run(["evtxexport", "-f", "xml", path], capture_output=True)
    for text in EVENT.findall(run.stdout.decode("utf-8", "replace")):
        # Control characters stand in the values of some events and in no XML.
        event = ET.fromstring(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text))
        system = event.find(SPACE + "System")

        def get(name, attribute=None):
            e = system.find(SPACE + name)
            value = None if e is None else e.get(attribute) if attribute else e.text
            return plain(value)

        def number(name, attribute=None):
            return int(get(name, attribute) or "0", 0)

        yield {
            "id": number("EventRecordID"), "event": number("EventID"),
            "qualifiers": number("EventID", "Qualifiers"), "version": number("Version"),
            "level": number("Level"), "task": number("Task"), "opcode": number("Opcode"),
            "keywords": number("Keywords"), "pid": number("Execution", "ProcessID"),
            "tid": number("Execution", "ThreadID"),
            "time": nanoseconds(get("TimeCreated", "SystemTime")),
            "provider": get("Provider", "Name"), "guid": get("Provider", "Guid"),
            "source": get("Provider", "EventSourceName"), "channel": get("Channel"),
            "computer": get("Computer"), "user": get("Security", "UserID"),
            "activity": get("Correlation", "ActivityID"),
            "related": get("Correlation", "RelatedActivityID"), "data": pairs_of(event),
        }


def ours(dump, path):
    run = subprocess.run([dump, path], capture_output=True)
    for line in run.stdout.decode("utf-8").splitlines():
        record = json.loads(line)
        del record["user_data"]
        record = {k: plain(v) if isinstance(v, str) else v for k, v in record.items()}
        pairs = [(n, plain(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", v)))
                 for n, v in record["data"]]
        record["data"] = [p for p in pairs if p[1]]
        yield record


def counts(records):
    return collections.Counter((r["channel"], r["event"]) for r in records)


def first_difference(a, b):
    for x, y in zip(a, b):
        for key in y:
            if x.get(key) != y[key]:
                return f"record {y['id']}, {key}: {x.get(key)!r}, libevtx: {y[key]!r}"
    return ""


def main():
    build, corpus = sys.argv[1:3]
    dump = os.path.join(build, "tests/corpus/evtx_dump")
    if not shutil.which("evtxexport"):
        print("evtxexport is not installed (Debian: libevtx-utils); nothing compared")
        print("0 passed, 1 failed")
        sys.exit(1)
    passed = failed = total = 0
    for path in sorted(glob.glob(os.path.join(corpus, "*.evtx"))):
        a, b = list(ours(dump, path)), list(theirs(path))
        total += len(a)
        name = os.path.basename(path)
        for what, ok, detail in (
                ("counts", a and counts(a) == counts(b), f"{counts(a)} {counts(b)}"),
                ("values", a == b, first_difference(a, b))):
            passed += bool(ok)
            failed += not ok
            if not ok:
                print(f"{name}: {what}: {detail[:1500]}")
    print(f"{total} records")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
