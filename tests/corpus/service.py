#!/usr/bin/env python3
"""A million generated events through the service with all of Elastic's rules: service.py BUILD CORPUS

Some events come late and out of order. The planted attacks are found once each and nothing else is
by their rules, in a stream and on the schedule (run by hand over the events' time, since they are
of another day). VEDETTE_SERVICE_EVENTS sets how many events there are; with a sanitizer 20,000.
"""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
import e2e  # noqa: E402
from service import Service  # noqa: E402

PLANTED = ["rules/windows/lateral_movement_smb_lolbin_or_untrusted.toml", "bench/rules"]


def key_of(rule_id, events):
    return rule_id, tuple(events)


def event_ids(service):
    """(rule_id, the ids of its events) of every alert that was not superseded."""
    out, blocks = [], {}
    for a in service.alerts(building_blocks="true", superseded="false"):
        group = a.get("kibana.alert.group.id")
        own = a.get("kibana.alert.original_event.id")
        if group and group != a["kibana.alert.uuid"]:
            blocks.setdefault(group, []).append((a["kibana.alert.group.index"], own))
        else:
            out.append((a["kibana.alert.rule.rule_id"], a["kibana.alert.uuid"], own))
    return [key_of(rule, [e for _, e in sorted(blocks[uuid])] if uuid in blocks else [own]) for rule, uuid, own in out]


def run(mode, build, rules, scratch, events):
    gen, load = build / "bench/gen/vedette-gen", build / "bench/load/vedette-load"
    planted = max(20, events // 10000)
    want = scratch / f"planted-{mode}.json"
    options = [x for r in rules for x in ("-r", r)]
    with Service(scratch / mode, *options, "--mode", mode, wait=120) as s:
        began = time.monotonic()
        made = subprocess.Popen([gen, "--events", str(events), "--late", "20", "--attacks", str(planted),
                                   "--planted", want], stdout=subprocess.PIPE)
        sent = subprocess.run([load, "--port", str(s.port), "--key", s.key, "--connections", "4", "-"],
                              stdin=made.stdout, capture_output=True, text=True, timeout=1500)
        made.stdout.close()
        assert made.wait() == 0 and sent.returncode == 0, sent.stderr
        s.matched(600)
        seconds = time.monotonic() - began
        # Rules with a missing stage wait until time is over: an event of a quarter of an hour later says so.
        last = s.get("/api/stats").json()["last_ts"]
        late = datetime.datetime.fromisoformat(last) + datetime.timedelta(minutes=15)
        assert s.bulk([{"@timestamp": late.isoformat().replace("+00:00", "Z")}], index="logs-clock-default").status == 200
        s.matched()
        time.sleep(1)
        if mode == "schedule":
            a = s.post("/api/rules/_all/_run", {"since": "2025-03-03T07:50:00Z",
                                                "until": last}, timeout=1500)
            assert a.status == 200, a.body
        m = s.metrics()
        assert m["vedette_store_documents"] == events + 1, m["vedette_store_documents"]
        found = event_ids(s)
    expected = sorted(key_of(p["rule_id"], p["events"]) for p in json.loads(want.read_text()))
    of_planted = {rule for rule, _ in expected}
    found = sorted(f for f in found if f[0] in of_planted)
    failed = 0
    for what, extra in (("not found", [e for e in expected if e not in found]),
                        ("found and not planted", [f for f in found if f not in expected])):
        for one in extra[:10]:
            print(f"{mode}: {what}: {one}")
        failed += len(extra)
    if len(set(found)) != len(found):
        print(f"{mode}: an attack was alerted twice")
        failed += 1
    if len(expected) < planted // 2:
        print(f"{mode}: only {len(expected)} attacks were planted")
        failed += 1
    print(f"# {mode}: {events} events in {seconds:.0f} s with what the client costs, "
          f"{json.loads(sent.stdout)['refused']} refused, {len(found)} planted attacks found of {len(expected)}")
    return len(expected), failed


def main():
    build, corpus = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    e2e.BINARY = build / "src/cli/vedette"
    events = int(os.environ.get("VEDETTE_SERVICE_EVENTS", "20000" if e2e.sanitized() else "1000000"))
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        with tarfile.open(corpus / "elastic-rules.tar.gz") as t:
            t.extractall(scratch / "rules", filter="data")
        rules = [scratch / "rules"] + [ROOT / p for p in PLANTED]
        for mode in ("stream", "schedule"):
            n, bad = run(mode, build, rules, scratch, events)
            passed += n
            failed += bad
    print(f"{passed - failed if failed < passed else 0} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
