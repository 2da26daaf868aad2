"""`vedette run --follow`: alerts while files grow."""

import csv
import gzip
import json
import os
import random
import re
import signal
import subprocess
import time

import e2e
from e2e import ndjson, rule_text

SMB = str(e2e.ROOT / "rules/windows/lateral_movement_smb_lolbin_or_untrusted.toml")
PAIR = 'sequence by process.entity_id with maxspan=1m [process where true] [network where true]'
UNTIL = PAIR + ' until [file where true]'


def now():
    return int(time.time() * 1000)


def event(category, key, at=None, **fields):
    """One of a Windows host; its id is its category's first letter and the key."""
    doc = {"@timestamp": now() if at is None else at, "event.id": f"{category[0]}{key}", "event.category": category,
           "data_stream.dataset": f"endpoint.events.{category}", "host.os.type": "windows", "host.name": "h1",
           "user.id": "S-1-5-21-9", "process.pid": 77, "process.name": "rundll32.exe",
           "process.entity_id": f"E{key}"}
    if category == "process":
        doc["event.type"] = "start"
    if category == "network":
        doc.update({"destination.ip": "10.0.0.9", "destination.port": 445})
    doc.update({k.replace("__", "."): v for k, v in fields.items()})
    return doc


class Live(e2e.Case):
    def setUp(self):
        super().setUp()
        self.put("rules/pair.toml", rule_text(name="Pair", query=PAIR, index='"logs-endpoint.events.*"'))

    def start(self, *args, rules="rules"):
        """Runs in the background; what it says goes to the files out and err."""
        out, err = open(self.dir / "out", "wb"), open(self.dir / "err", "wb")
        self.addCleanup(out.close)
        self.addCleanup(err.close)
        run = subprocess.Popen([e2e.BINARY, "run", "--follow", "-r", rules, *args], cwd=self.dir, env=e2e.CLEAN,
                               stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        self.run_ = run
        return run

    def said(self, name):
        path = self.dir / name
        return path.read_text() if path.exists() else ""

    def wait_for(self, there, what):
        """Polls, since what is shown is shown soon; the program must be alive until then."""
        end = time.monotonic() + 60
        while not there():
            self.assertIsNone(self.run_.poll(), self.said("err"))
            if time.monotonic() > end:
                self.fail(f"{what} did not come: {self.said('out')[-500:]}{self.said('err')[-500:]}")
            time.sleep(0.05)
        self.assertIsNone(self.run_.poll())

    def wait_text(self, text, name="out"):
        self.wait_for(lambda: text in self.said(name), text)

    def wait_long(self, text):
        """The same for a long output, of which each part is read once."""
        with open(self.dir / "out", "rb") as f:
            last = b""

            def there():
                nonlocal last
                last = last[-len(text):] + f.read()
                return text.encode() in last
            self.wait_for(there, text)

    def wait_lines(self, n, name="out"):
        """That many whole lines, and no more."""
        self.wait_for(lambda: self.said(name).count("\n") >= n, f"line {n}")
        self.assertEqual(self.said(name).count("\n"), n)
        self.assertTrue(self.said(name).endswith("\n"))
        return self.lines(self.said(name))

    def matches(self, n):
        return [line["events"] for line in self.wait_lines(n)]

    def end(self, status=0, how=signal.SIGINT):
        self.run_.send_signal(how)
        self.assertEqual(self.run_.wait(timeout=60), status, self.said("err"))

    def add(self, name, *docs):
        with open(self.dir / name, "a") as f:
            f.write(ndjson(docs))


class Alerts(Live):
    def test_the_alert_is_there_before_the_end(self):
        self.put("log", ndjson([event("process", 1)]))
        self.start("log", rules=SMB)
        time.sleep(1.2)
        self.assertEqual(self.said("out"), "")
        self.add("log", event("network", 1))
        self.wait_text("10.0.0.9:445")
        first = self.said("out")
        self.assertRegex(first, r"^MEDIUM  SMB Connections via LOLBin or Untrusted Process  risk 47 on h1  [0-9a-f]{12}\n")
        self.assertRegex(first, r"1 process +rundll32.exe +77 ")
        self.assertNotIn("Vedette", first)
        self.end()
        rest = self.said("out")[len(first):]
        self.assertIn("Vedette  2 events in 1 file", rest)
        self.assertIn("1 alert on h1", rest)
        self.assertEqual(self.said("err"), "")

    def test_lines_are_written_at_once(self):
        self.put("log", "")
        self.start("-f", "ndjson", "log")
        for key in range(3):
            self.add("log", event("process", key), event("network", key))
            docs = self.wait_lines(3 * key + 3)  # a shell and two building blocks
            self.assertEqual(docs[-3]["kibana.alert.rule.name"], "Pair")
            self.assertEqual([doc["event.id"] for doc in docs[-2:]], [f"p{key}", f"n{key}"])
        self.end()
        self.assertEqual(self.said("out").count("\n"), 9)

    def test_a_file_of_alerts_grows(self):
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        self.start("-o", "alerts.ndjson", "log")
        self.wait_for(lambda: (self.dir / "alerts.ndjson").exists(), "alerts.ndjson")
        self.wait_lines(3, "alerts.ndjson")
        self.add("log", event("network", 2), event("process", 3), event("network", 3))
        self.wait_lines(6, "alerts.ndjson")
        self.end()
        self.assertEqual(self.said("out"), "")

    def test_a_single_event(self):
        self.put("rules/one.toml", rule_text(name="One", query="process where true", index='"logs-*"'))
        self.put("log", "")
        self.start("-f", "matches", "log")
        self.add("log", event("process", 1))
        self.assertEqual(self.matches(1), [["p1"]])
        self.add("log", event("process", 2))
        self.assertEqual(self.matches(2), [["p1"], ["p2"]])
        self.end()

    def test_forms_that_need_everything(self):
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        for form, text in (("html", "</html>"), ("markdown", "## "), ("timeline", "message,")):
            with self.subTest(form):
                self.start("-f", form, "-o", "file", "--navigator", "layer.json", "log")
                time.sleep(1.0)
                self.add("log", event("process", form), event("network", form))
                time.sleep(1.0)
                self.end()
                content = self.said("file")
                self.assertIn(text, content)
                self.assertIn("Pair", content)
                self.assertEqual(json.loads(self.said("layer.json"))["domain"], "enterprise-attack")
                os.unlink(self.dir / "file")
                self.put("log", ndjson([event("process", 1), event("network", 1)]))

    def test_where_events_came_from(self):
        self.put("a", ndjson([event("process", 1)]))
        self.put("b", "")
        self.start("-f", "timeline", "a", "b")
        time.sleep(0.8)
        self.add("b", event("network", 1))
        self.wait_for(lambda: self.said("out").count("\n") == 3, "an alert")
        self.assertEqual([row["source"] for row in csv.DictReader(self.said("out").splitlines())], ["a", "b"])
        self.end()


class Files(Live):
    def test_rotated_in_the_middle(self):
        self.put("log", ndjson([event("process", 1)]))
        self.start("-f", "matches", "log")
        time.sleep(0.8)
        os.rename(self.dir / "log", self.dir / "log.1")
        self.add("log.1", event("process", 2))
        self.put("log", ndjson([event("network", 1)]))
        self.assertEqual(self.matches(1), [["p1", "n1"]])
        os.unlink(self.dir / "log.1")
        self.add("log", event("network", 2))
        self.assertEqual(self.matches(2)[1], ["p2", "n2"])
        self.put("log", "")  # cut, as copytruncate does
        time.sleep(0.8)
        self.add("log", event("process", 3))
        time.sleep(0.5)
        self.add("log", event("network", 3))
        self.assertEqual(self.matches(3)[2], ["p3", "n3"])
        self.end()

    def test_half_a_line(self):
        self.put("log", ndjson([event("process", 1)]))
        self.start("-f", "matches", "log")
        line = ndjson([event("network", 1)])
        with open(self.dir / "log", "a") as f:
            f.write(line[:40])
            f.flush()
            time.sleep(0.8)
            self.assertEqual(self.said("out"), "")
            f.write(line[40:])
        self.assertEqual(self.matches(1), [["p1", "n1"]])
        self.end()

    def test_what_is_read_once_comes_before(self):
        """A packed file, and one of documents over many lines."""
        self.put("old.gz", gzip.compress(ndjson([event("process", 1)]).encode()))
        self.put("pretty", json.dumps(event("process", 2), indent=2) + "\n" + json.dumps(event("file", 2), indent=2))
        self.put("log", "")
        self.start("-f", "matches", "old.gz", "pretty", "log")
        time.sleep(0.8)
        self.add("log", event("network", 1), event("network", 2))
        self.assertEqual(self.matches(2), [["p1", "n1"], ["p2", "n2"]])
        self.end()

    def test_a_pipe_ends(self):
        run = self.vedette("run", "--follow", "-r", "rules", "-f", "matches", "-",
                           stdin=ndjson([event("process", 1), event("network", 1)]))
        self.assertEqual([line["events"] for line in self.lines(run.out)], [["p1", "n1"]])

    def test_a_pipe_that_somebody_writes_to(self):
        """Each line counts when it comes, and the clock goes on while none does."""
        self.put("rules/quiet.toml", rule_text(name="Quiet", index='"logs-endpoint.events.*"', query=(
            'sequence by process.entity_id with maxspan=1s [file where true] ![network where true]')))
        os.mkfifo(self.dir / "fifo")
        self.start("-f", "matches", "--lateness", "1s", "fifo")
        with open(self.dir / "fifo", "w") as f:
            for key in range(2):
                f.write(ndjson([event("process", key)]))
                f.flush()
                time.sleep(0.6)
                line = ndjson([event("network", key)])
                f.write(line[:30])
                f.flush()
                time.sleep(0.4)
                f.write(line[30:])
                f.flush()
                self.assertEqual(self.matches(key + 1)[key], [f"p{key}", f"n{key}"])
            f.write(ndjson([event("file", 9)]))
            f.flush()
            self.assertEqual(self.matches(3)[2], ["f9", None])
            f.write(ndjson([event("process", 3), event("network", 3)])[:-1])  # no end of the last line
        self.assertEqual(self.run_.wait(timeout=30), 0)
        self.assertEqual(self.said("out").count("\n"), 4)

    def test_a_pipe_of_long_documents(self):
        """A pipe that is slow to begin, of documents over many lines."""
        os.mkfifo(self.dir / "fifo")
        self.start("-f", "matches", "fifo")
        with open(self.dir / "fifo", "w") as f:
            for part in (json.dumps(event("process", 1), indent=2) + "\n" +
                         json.dumps(event("network", 1), indent=2)).partition("network"):
                f.write(part)
                f.flush()
                time.sleep(0.3)
        self.assertEqual(self.run_.wait(timeout=30), 0, self.said("err"))
        self.assertEqual([line["events"] for line in self.lines(self.said("out"))], [["p1", "n1"]])

    def test_windows_records_become_events(self):
        self.put("rules/logon.toml", rule_text(name="Logon", index='"logs-*"', query=(
            'sequence by user.name with maxspan=1m [any where event.code == "4625"] [any where event.code == "4624"]')))
        record = {"EventID": 4625, "Channel": "Security", "Provider": "Microsoft-Windows-Security-Auditing",
                  "Computer": "dc1", "TargetUserName": "ann", "EventRecordID": 1}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        self.put("log", ndjson([{**record, "TimeCreated": stamp + ".100Z"}]))
        self.start("-f", "matches", "log")
        time.sleep(0.8)
        self.add("log", {**record, "TimeCreated": stamp + ".200Z", "EventID": 4624, "EventRecordID": 2})
        self.assertEqual(len(self.matches(1)[0]), 2)
        self.end()

    def test_bad_lines_are_told_at_once(self):
        self.put("log", ndjson([event("process", 1)]) + "{\n")
        self.start("-f", "matches", "log")
        self.wait_text("log:2: ", "err")
        self.add("log", event("process", 2))
        self.put("more", "")
        with open(self.dir / "log", "a") as f:
            f.write("\n[]\n")
        self.wait_text("log:5: ", "err")
        self.add("log", event("network", 1))
        self.assertEqual(self.matches(1), [["p1", "n1"]])
        self.end()

    def test_strict(self):
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        self.start("--strict", "-f", "matches", "log")
        self.matches(1)
        self.add("log", "no object")
        self.assertEqual(self.run_.wait(timeout=30), 3)
        self.assertIn("stopped at the first fault", self.said("err"))


class Time(Live):
    def test_late_events(self):
        self.start("-f", "matches", self.put("log", ""))
        self.add("log", event("network", 1))
        time.sleep(0.8)
        self.assertEqual(self.said("out"), "")
        self.add("log", event("process", 1, now() - 30000))
        self.assertEqual(self.matches(1), [["p1", "n1"]])
        self.end()

    def test_superseded(self):
        self.put("rules/pair.toml", rule_text(name="Pair", query=UNTIL, index='"logs-endpoint.events.*"'))
        at = now() - 3000
        self.start("-f", "ndjson", self.put("log", ""))
        self.add("log", event("process", 1, at), event("network", 1, at + 2000))
        uuid = self.wait_lines(3)[0]["kibana.alert.uuid"]
        self.add("log", event("file", 1, at + 1000))
        self.wait_text(uuid, "err")
        self.assertIn(f'superseded by what came late: alert {uuid} of "Pair"', self.said("err"))
        self.end()
        self.assertIn("1 alert would not be found", self.said("err"))
        self.assertEqual(self.said("out").count("\n"), 3)

    def test_a_missing_event_fires_by_the_clock(self):
        self.put("rules/pair.toml", rule_text(name="Quiet", index='"logs-endpoint.events.*"', query=(
            'sequence by process.entity_id with maxspan=1s [process where true] ![network where true]')))
        self.start("-f", "matches", "--lateness", "1s", self.put("log", ""))
        began = time.monotonic()
        self.add("log", event("process", 1), event("process", 2, now() - 500), event("network", 2))
        self.assertEqual(self.matches(1), [["p1", None]])
        self.assertGreater(time.monotonic() - began, 1.9)
        time.sleep(0.6)
        self.end()
        self.assertEqual(self.said("out").count("\n"), 1)

    def test_what_waits_is_told_at_the_end(self):
        self.put("rules/pair.toml", rule_text(name="Quiet", index='"logs-endpoint.events.*"', query=(
            'sequence by process.entity_id with maxspan=1m [process where true] ![network where true]')))
        self.start("-f", "matches", self.put("log", ""))
        self.add("log", event("process", 1))
        time.sleep(0.8)
        self.assertEqual(self.said("out"), "")
        self.end()
        self.assertEqual([line["events"] for line in self.lines(self.said("out"))], [["p1", None]])

    def test_since_and_until(self):
        at = now()
        self.put("log", ndjson([event("process", 1, at - 10 * 60000), event("network", 1, at - 10 * 60000 + 1)]))
        self.start("-f", "matches", "--since", "now-5m", "--until", "now+5m", "log")
        time.sleep(0.8)
        self.add("log", event("process", 3, at + 6 * 60000), event("network", 3, at + 6 * 60000 + 1))
        self.add("log", event("process", 2), event("network", 2))
        self.assertEqual(self.matches(1), [["p2", "n2"]])
        time.sleep(0.5)
        self.end()
        self.assertEqual(self.said("out").count("\n"), 1)


class Ends(Live):
    def test_status_and_sigterm(self):
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        for options, how, status in (((), signal.SIGTERM, 0), (("--exit-code",), signal.SIGTERM, 1),
                                     (("--exit-code",), signal.SIGINT, 1), ((), signal.SIGINT, 0)):
            with self.subTest(options=options, how=how):
                self.start(*options, "log")
                self.wait_text("MEDIUM  Pair")
                self.end(status, how)
                self.assertIn("Vedette  2 events", self.said("out"))

    def test_options_that_do_not_go_with_it(self):
        self.put("log", "")
        for args, text in ((("--follow", "--max-signals"), "--max-signals"),
                           (("--follow", "--default-maxspan", "0s"), "more than 0"),
                           (("--lateness", "1m"), "--follow"), (("--default-maxspan", "1m"), "--follow")):
            with self.subTest(args):
                run = self.vedette("run", "-r", "rules", *args, "log", status=2)
                self.assertIn(text, run.err)

    def test_rules_that_need_an_end(self):
        self.put("rules/s.toml", rule_text(name="Survey", query=(
            'sample by host.name [process where true] [network where true]')))
        self.put("rules/t.toml", rule_text(name="Tail", query='process where true | tail 1'))
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        self.start("-f", "matches", "log")
        self.assertEqual(self.matches(1), [["p1", "n1"]])
        self.end()
        self.assertIn("2 rules left out with --follow", self.said("err"))
        self.assertIn("Survey; Tail", self.said("err"))
        self.start("-q", "-f", "matches", "log")
        self.matches(1)
        self.end()
        self.assertEqual(self.said("err"), "")

    def test_an_output_that_is_full(self):
        self.put("log", ndjson([event("process", 1), event("network", 1)]))
        run = self.start("-f", "matches", "-o", "/dev/full", "log")
        self.assertEqual(run.wait(timeout=30), 3)
        self.assertIn("No space left", self.said("err"))

    def test_no_room_for_what_is_kept(self):
        noise = random.Random(3)
        docs = [event("process", k, message=noise.randbytes(1500).hex()) for k in range(400)]
        self.put("log", ndjson(docs))
        run = subprocess.run([e2e.BINARY, "run", "--follow", "-r", "rules", "log"], cwd=self.dir, timeout=60,
                             env={**e2e.CLEAN, "TMPDIR": "/nonexistent"}, capture_output=True, text=True,
                             stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("TMPDIR", run.stderr)


class LikeABatch(Live):
    def ids(self, text):
        """Of the alerts without their building blocks."""
        return [doc["kibana.alert.uuid"] for doc in self.lines(text) if "kibana.alert.building_block_type" not in doc]

    def test_ten_thousand_events(self):
        """Two files that hold the same two hours, and what comes after: the alerts of a batch."""
        chance = random.Random(7)
        at = now() - 2 * 3600 * 1000
        starts, others = [], []
        keys = 1200 if e2e.sanitized() else 6000
        for key in range(keys):
            starts.append(event("process", key, at + key * 1100))
            for category, odds, far in (("network", 6, 80000), ("file", 1, 40000)):
                if chance.randrange(10) < odds:
                    others.append(event(category, key, at + key * 1100 + chance.randrange(1, far)))
        others.sort(key=lambda doc: doc["@timestamp"])
        self.put("rules/until.toml", rule_text(name="Until", query=UNTIL, index='"logs-endpoint.events.*"'))
        self.put("rules/host.toml", rule_text(name="Host", index='"logs-endpoint.events.*"', query=(
            'sequence by host.name with maxspan=5s [file where true] [network where true] [process where true]')))
        self.put("rules/quiet.toml", rule_text(name="Quiet", index='"logs-endpoint.events.*"', query=(
            'sequence by process.entity_id with maxspan=20s [file where true] ![network where true]')))
        cut = len(starts) - 500, len(others) - 300
        self.put("starts", ndjson(starts[:cut[0]]))
        self.put("others", ndjson(others[:cut[1]]))
        self.put("rules/mark.toml", rule_text(name="Mark", query='any where event.category == "mark"'))
        self.add("others", event("mark", "read", others[cut[1]]["@timestamp"]))
        self.start("-f", "ndjson", "starts", "others")
        self.wait_long('"mread"')
        for i in range(0, 500, 100):
            self.add("starts", *starts[cut[0] + i:cut[0] + i + 100])
            self.add("others", *others[cut[1] + i * 3 // 5:cut[1] + i * 3 // 5 + 60])
            time.sleep(0.3)
        self.add("others", event("mark", "end", others[-1]["@timestamp"]))
        self.wait_long('"mend"')
        self.end()
        batch = self.vedette("run", "-q", "-f", "ndjson", "-r", "rules", "starts", "others")
        want, told = self.ids(batch.out), self.ids(self.said("out"))
        gone = set(re.findall(r"late: alert ([0-9a-f]{64}) ", self.said("err")))
        self.assertGreater(len(want), keys / 2)
        self.assertEqual(len(told), len(set(told)))
        self.assertLessEqual(gone, set(told))
        mine, want = set(told) - gone, set(want)
        self.assertEqual((len(mine - want), len(want - mine), len(mine & want)), (0, 0, len(want)))


if __name__ == "__main__":
    e2e.main()
