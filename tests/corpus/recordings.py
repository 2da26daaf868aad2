#!/usr/bin/env python3
"""Elastic's rules over recorded attacks: recordings.py BUILD CORPUS [--write].

CORPUS holds elastic-rules.tar.gz (rules/ and rules_building_block/ of detection-rules), evtx/
(EVTX-ATTACK-SAMPLES) and windows-json/ (Security-Datasets). How many alerts each rule raises on each
recording is what recordings.toml says, which docs/recordings.md explains. Vedette's SMB rule raises
none, but does when the two events of its sequence are planted in one of them; and a run says that
these logs know no signatures. The matches, with all indices ignored, equal those of the plain
evaluator. --write makes recordings.toml anew."""
import collections
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recordings.toml")
SMB_RULE = os.path.join(ROOT, "rules/windows/lateral_movement_smb_lolbin_or_untrusted.toml")
FOLDERS = ("evtx", "windows-json")
UNSIGNED = "no event has process.code_signature"
PLANTED_IN = "empire_smbexec_dcerpc_smb_svcctl.zip"


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {detail}")


def run(vedette, rules, form, paths, *options):
    """The recorded machines' local times, which Security events have, are those of UTC-4."""
    done = subprocess.run([vedette, "run", "-r", rules, "-f", form, "--input-tz=-04:00", *options, *paths],
                          capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def recording_of(source, corpus):
    """evtx/x.evtx, windows-json/x.zip: the file in the corpus that a source is, or is in."""
    return "/".join(os.path.relpath(source, corpus).split(os.sep)[:2])


def count_alerts(lines, corpus):
    """Alerts by recording and rule. A line is an event of an alert."""
    alerts = collections.defaultdict(lambda: collections.defaultdict(set))
    for line in lines:
        row = json.loads(line)
        alerts[recording_of(row["source"], corpus)][row["rule"]].add(row["alert_id"])
    return {name: {rule: len(ids) for rule, ids in rules.items()} for name, rules in alerts.items()}


def write_list(counts, names):
    with open(LIST, "w", encoding="utf-8") as out:
        out.write("# Alerts of Elastic's rules on recorded attacks, by recording and rule: docs/recordings.md\n"
                  "# says what they are. Made by recordings.py --write.\n")
        for name in names:
            out.write(f"\n[{json.dumps(name)}]\n")
            for rule, n in sorted(counts.get(name, {}).items()):
                out.write(f"{json.dumps(rule)} = {n}\n")


def check_list(checks, counts, names, how):
    with open(LIST, "rb") as f:
        want = tomllib.load(f)
    checks.check(f"the list's recordings, {how}", sorted(want) == names, sorted(set(want) ^ set(names)))
    for name in names:
        got = counts.get(name, {})
        checks.check(f"{name}, {how}", got == want.get(name), f"list {want.get(name)}, run {got}")


def check_explained(checks):
    """docs/recordings.md has a row for every rule that alerts, under the recording's name, with the count."""
    with open(os.path.join(ROOT, "docs/recordings.md"), encoding="utf-8") as f:
        parts = f.read().split("\n### ")
    rows = {p.split("\n")[0].strip("`"): p for p in parts[1:]}
    with open(LIST, "rb") as f:
        for name, rules in tomllib.load(f).items():
            for rule, n in rules.items():
                row = f"| {rule} | {n} | "
                checks.check(f"docs/recordings.md: {name}", row in rows.get(name, ""), row)


def check_elastic(checks, vedette, corpus, folder):
    with tarfile.open(os.path.join(corpus, "elastic-rules.tar.gz")) as tar:
        tar.extractall(folder)
    names = sorted(f"{d}/{f}" for d in FOLDERS for f in os.listdir(os.path.join(corpus, d)))
    paths = [os.path.join(corpus, d) for d in FOLDERS]
    for threads in ("1", "3"):
        status, out, err = run(vedette, folder, "timeline-ndjson", paths, "--threads", threads)
        checks.check(f"status, {threads} threads", status == 0, err[-2000:])
        checks.check(f"missing signatures are told, {threads} threads", UNSIGNED in err, err[-2000:])
        counts = count_alerts(out.splitlines(), corpus)
        if "--write" in sys.argv:
            write_list(counts, names)
        check_list(checks, counts, names, f"{threads} threads")
    print(f"{len(names)} recordings, {sum(sum(c.values()) for c in counts.values())} alerts")


def check_model(checks, build, vedette, corpus, folder):
    """What the plain evaluator finds in the same documents."""
    documents = os.path.join(folder, "documents.ndjson")
    with open(documents, "wb") as out:
        subprocess.run([vedette, "search", "-f", "ndjson", "--size", "0", "any where true",
                        *(os.path.join(corpus, d) for d in FOLDERS)], stdout=out, stderr=subprocess.DEVNULL)
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests/model/compare.py"), vedette,
                           os.path.join(build, "tests/model/vd_model"), "-r", os.path.join(folder, "rules"),
                           "--ignore-index", documents], capture_output=True, text=True)
    said = done.stdout.strip().splitlines()
    checks.check("the plain evaluator's matches", done.returncode == 0 and said and said[-1][0] != "0",
                 done.stdout[-2000:] + done.stderr[-2000:])
    print(f"plain evaluator: {said[-1] if said else done.stderr}")


def sysmon(event_id, when, guid, **more):
    """A record of Sysmon in the form that the recordings' collector gave it."""
    return {"EventID": event_id, "Channel": "Microsoft-Windows-Sysmon/Operational",
            "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "WORKSTATION6.theshire.local",
            "UserID": "S-1-5-18", "UtcTime": when, "ProcessGuid": guid,
            "Image": "C:\\Users\\Public\\x.exe", "User": "THESHIRE\\somebody", **more}


def pair(connected="2020-09-20 06:58:12.000", port="445", pid="4711", end=None):
    guid = "{d273d0f0-1111-2222-3333-000000000800}"
    more = {"ProcessId": pid} if pid else {}
    events = [sysmon(1, "2020-09-20 06:58:07.000", guid, CommandLine="C:\\Users\\Public\\x.exe 10.0.0.9",
                     ParentImage="C:\\Windows\\explorer.exe", **more),
              sysmon(3, connected, guid, Protocol="tcp", Initiated="true", SourceIp="172.18.39.6",
                     SourcePort="50999", DestinationIp="10.0.0.9", DestinationPort=port, **more)]
    if end:
        events.insert(1, sysmon(5, end, guid, **more))
    return events


def planted(checks, vedette, corpus, folder, name, events, want, *options):
    """Alerts of the SMB rule on a copy of a recording with these events in its midst."""
    with zipfile.ZipFile(os.path.join(corpus, "windows-json", PLANTED_IN)) as z:
        lines = z.read(z.namelist()[0]).splitlines()
    middle = len(lines) // 2
    copy = os.path.join(folder, "planted.json")
    with open(copy, "wb") as f:
        added = [json.dumps(e).encode() for e in events]
        f.write(b"\n".join(lines[:middle] + added + lines[middle:]) + b"\n")
    _, out, err = run(vedette, SMB_RULE, "timeline-ndjson", [copy], *options)
    rows = [json.loads(line) for line in out.splitlines()]
    checks.check(f"planted: {name}", len({r["alert_id"] for r in rows}) == want, f"{rows} {err[-500:]}")
    return rows


def check_smb(checks, vedette, corpus, folder):
    paths = [os.path.join(corpus, d) for d in FOLDERS]
    status, out, err = run(vedette, SMB_RULE, "timeline-ndjson", paths, "--ignore-index")
    checks.check("the SMB rule is silent on the recordings", status == 0 and not out, out[:1000] + err[-1000:])
    checks.check("the SMB rule's run tells of missing signatures", UNSIGNED in err, err[-1000:])
    kernels = subprocess.run([vedette, "search", "-f", "ndjson", "--size", "0",
                              "network where destination.port == 445 and process.pid == 4", *paths],
                             capture_output=True, text=True).stdout.splitlines()
    checks.check("the recordings have SMB connections of the kernel", kernels)
    by_hand = [checks, vedette, corpus, folder]
    rows = planted(*by_hand, "start and connection", pair(), 1, "--ignore-index")
    checks.check("planted: its two events", [r["process"] for r in rows] == ["x.exe"] * 2, rows)
    planted(*by_hand, "the rule's own indices", pair(), 0)
    planted(*by_hand, "another port", pair(port="446"), 0, "--ignore-index")
    planted(*by_hand, "the kernel", pair(pid="4"), 0, "--ignore-index")
    planted(*by_hand, "at the end of a minute", pair("2020-09-20 06:59:07.000"), 1, "--ignore-index")
    planted(*by_hand, "after a minute", pair("2020-09-20 06:59:07.001"), 0, "--ignore-index")
    planted(*by_hand, "after its end", pair(end="2020-09-20 06:58:09.000"), 0, "--ignore-index")


def main():
    vedette = os.path.join(sys.argv[1], "src/cli/vedette")
    corpus = os.path.abspath(sys.argv[2])
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        check_elastic(checks, vedette, corpus, os.path.join(folder, "rules"))
        check_model(checks, sys.argv[1], vedette, corpus, folder)
        check_explained(checks)
        check_smb(checks, vedette, corpus, folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
