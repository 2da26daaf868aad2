#!/usr/bin/env python3
"""run and search over real files: forms of output, bad input, the terminal."""

import fcntl
import gzip
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import e2e
from e2e import Case, event, ndjson, rule_text

SEQUENCE = ("sequence by host.name with maxspan=1m [process where process.name == \"a.exe\"] "
            "[network where destination.port == 445]")


def story():
    return [event(1, process__name="a.exe", process__pid=7, user__name="ann", user__domain="CORP",
                  process__command_line="a.exe \x1b[31m-x\x07"),
            event(2, "network", process__name="a.exe", destination__ip="10.0.0.1",
                  destination__port=445),
            event(3, process__name="b.exe")]


class Forms(Case):
    def setUp(self):
        super().setUp()
        self.put("rules/one.toml", rule_text("One", severity="high", risk=73))
        self.put("rules/two.toml", rule_text("Two", SEQUENCE))
        self.put("rules/none.toml", rule_text("Silent", index='"other-*"'))
        self.put("e.ndjson", ndjson(story()))

    def test_first_screen(self):
        out = self.vedette("run", "e.ndjson").out
        for text in ("3 events in 1 file", "1 host: h1", "2023-11-14 22:13:21.000Z to", "HIGH  1 alert",
                     "One  risk 73, 1 alert on h1", "T1059.001 PowerShell", "CORP\\ann", "MEDIUM  1 alert",
                     "1 process", "2 network", "10.0.0.1:445", "3 ran: 2 alerted", "1 had no data",
                     "Silent", "--full"):
            self.assertIn(text, out)
        self.assertLess(out.index("HIGH"), out.index("MEDIUM"))
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_what_to_run_next_says_the_same_again(self):
        self.put("bad.toml", rule_text("Bad", query="process where"))
        out = self.vedette("run", "-r", "rules", "-r", "bad.toml", "-m", "medium", "e.ndjson").out
        self.assertIn(" run -r rules -r bad.toml -m medium e.ndjson --full\n", out)
        self.assertIn(" check rules bad.toml", out)
        out = self.vedette("run", "-f", "text", "e.ndjson").out
        self.assertIn(" run -f text e.ndjson -f ndjson -o alerts.ndjson\n", out)
        out = self.vedette("run", *["e.ndjson"] * 4).out
        self.assertIn(" run e.ndjson e.ndjson ... --full\n", out)

    def test_nothing_foreign_reaches_the_terminal(self):
        run = self.vedette("run", "--full", "e.ndjson")
        self.assertNotIn("\x1b", run.out)
        self.assertIn("\\x1b[31m", run.out)
        self.assertNotIn("\x1b", self.vedette("search", "any where true", "e.ndjson").out)

    def test_times_in_a_zone(self):
        self.assertIn("2023-11-15 00:13:21.000+02:00", self.vedette("run", "--tz", "+02:00", "e.ndjson").out)

    def test_the_local_zone_is_named(self):
        for tz, name in (("Europe/Berlin", "Europe/Berlin"), (":Europe/Berlin", "Europe/Berlin"),
                         ("XYZ-3", "local time, now UTC+03:00"), ("XYZ+3:30", "local time, now UTC-03:30"),
                         ("", "local time, now UTC+00:00")):
            out = self.vedette("run", "--tz", "local", "e.ndjson", env={"TZ": tz}).out
            self.assertIn(f"times in {name})", out)

    def test_matches(self):
        rows = self.lines(self.vedette("run", "-f", "matches", "e.ndjson").out)
        self.assertEqual({row["rule"]: row["events"] for row in rows},
                         {"One": ["e1"], "Two": ["e1", "e2"]})
        two = next(row for row in rows if row["rule"] == "Two")
        self.assertEqual(two, {"rule_id": "id-Two", "rule": "Two", "events": ["e1", "e2"],
                               "timestamp": "2023-11-14T22:13:22.000Z", "join_keys": ["h1"]})

    def test_alerts_to_a_file(self):
        self.vedette("run", "-o", "alerts.ndjson", "e.ndjson")
        alerts = self.lines((self.dir / "alerts.ndjson").read_text())
        self.assertEqual(len(alerts), 1 + 3)  # one event; a shell and its two blocks
        self.assertIn("kibana.alert.uuid", alerts[0])

    def test_full_and_exit_code(self):
        self.put("more", ndjson([event(i, process__name="a.exe") for i in range(3)]))
        self.assertEqual(self.vedette("run", "more").out.count(" a.exe"), 1)
        self.assertEqual(self.vedette("run", "--full", "more").out.count(" a.exe"), 3)
        self.vedette("run", "--exit-code", "more", status=1)
        self.vedette("run", "--exit-code", "--rule", "Silent", "more")

    def test_max_signals(self):
        self.put("cap.toml", rule_text("Cap", more="max_signals = 2"))
        self.put("more", ndjson([event(i, process__name="a.exe") for i in range(5)]))
        run = self.vedette("run", "-r", "cap.toml", "-f", "matches", "--max-signals", "more")
        self.assertEqual([row["events"] for row in self.lines(run.out)], [["e3"], ["e4"]])
        self.assertIn("3 alerts over the cap", run.err)
        self.assertIn("3 alerts over the cap", self.vedette("run", "-r", "cap.toml", "--max-signals", "more").out)

    def test_building_blocks_are_hidden(self):
        self.put("bb.toml", rule_text("Block", more='building_block_type = "default"'))
        self.assertNotIn("Block  risk", self.vedette("run", "-r", "bb.toml", "e.ndjson").out)
        self.assertIn("Block  risk", self.vedette("run", "-r", "bb.toml", "--building-blocks", "e.ndjson").out)

    def test_index(self):
        self.put("bare", ndjson([{"@timestamp": 1, "event.category": "process", "process.name": "a.exe"}]))
        count = lambda *args: len(self.lines(self.vedette("run", "-f", "matches", *args, "bare").out))
        self.assertEqual(count(), 0)
        self.assertIn("1 event did not say for which index", self.vedette("run", "bare").out)
        self.assertEqual(count("--index", "logs-x"), 1)
        self.assertEqual(count("--ignore-index"), 2)

    def test_missing_signatures_are_told(self):
        """A rule that asks who signed a process is told of where no event says so."""
        self.put("signed/one.toml", rule_text(query='process where not process.code_signature.trusted == true'))
        self.put("signed/other.toml", rule_text("Other", 'process where process.code_signature.exists == true',
                                                index='"other-*"'))
        note = "no event has process.code_signature, at which 1 rule with data would look"
        self.assertIn(note, " ".join(self.vedette("run", "-r", "signed", "e.ndjson").out.split()))
        self.assertIn(note, self.vedette("run", "-r", "signed", "-f", "matches", "e.ndjson").err)
        self.assertNotIn("code_signature", self.vedette("run", "e.ndjson").out)  # no rule asks
        self.put("s.ndjson", ndjson(story() + [event(4, process__code_signature__trusted=False)]))
        self.assertNotIn("code_signature", self.vedette("run", "-r", "signed", "s.ndjson").out)
        self.assertNotIn("code_signature", self.vedette("run", "-r", "signed/other.toml", "e.ndjson").out)

    def test_few_signatures_are_told(self):
        """One signed event among thousands does not say what the others are."""
        self.put("signed.toml", rule_text(query='process where process.code_signature.trusted == true'))
        signed = event(0, process__code_signature__trusted=False)
        self.put("few.ndjson", ndjson([signed] + [event(n) for n in range(1, 101)]))
        self.assertIn("only 1 event of 101 (0.99 %) has process.code_signature, at which 1 rule with data",
                      self.vedette("run", "-r", "signed.toml", "-f", "matches", "few.ndjson").err)
        self.put("enough.ndjson", ndjson([signed] + [event(n) for n in range(1, 100)]))
        self.assertNotIn("code_signature", self.vedette("run", "-r", "signed.toml", "-f", "matches", "enough.ndjson").err)

    def test_bytes_are_those_of_the_files(self):
        lines = ndjson([event(n, process__args=["x"] * 100) for n in range(3000)])
        self.put("many.ndjson", lines)
        self.put("many.ndjson.gz", gzip.compress(lines.encode()))
        self.assertIn(f", {len(lines) / 1e6:.1f} MB", self.vedette("run", "many.ndjson").out)
        self.assertIn(" KB", self.vedette("run", "many.ndjson.gz").out.splitlines()[0])
        self.assertIn(f", {len(lines) / 1e6:.1f} MB", self.vedette("run", "-", stdin=lines).out)  # a pipe has no size

    def test_window(self):
        self.put("many", ndjson([event(i, process__name="a.exe") for i in range(10)]))
        search = lambda *args: [hit["_id"] for hit in json.loads(self.vedette(
            "search", "-f", "json", "--size", "0", *args, "process where true", "many").out)["hits"]["events"]]
        self.assertEqual(search("--since", "2023-11-14T22:13:27Z"), ["e7", "e8", "e9"])
        self.assertEqual(search("--until", "2023-11-14T22:13:22.000Z"), ["e0", "e1", "e2"])
        self.assertEqual(search("--since", "-1d"), [])
        # What --until leaves out is taken whole.
        self.assertEqual(search("--until", "2023-11-14T22:13:21"), ["e0", "e1"])
        self.assertEqual(search("--until", "2023-11-14T23:13:21+01:00"), ["e0", "e1"])
        for until in ("2023-11-14T22:13", "2023-11-14T22", "2023-11-14", "2023-11"):
            self.assertEqual(len(search("--since", "2023-11-14", "--until", until)), 10, until)
        self.assertEqual(search("--until", "2023-11-14T22:12"), [])
        self.assertEqual(len(search("--until", "1700000003000")), 4)
        self.assertEqual(len(search("--until", "now")), 10)

    def test_window_of_a_rule_without_fallback(self):
        """timestamp_override_fallback_disabled: without the override an event is in no window."""
        self.put("two", ndjson([event(0, process__name="a.exe"),
                                event(1, process__name="a.exe", event__ingested=1_700_000_001_000)]))
        self.put("back.toml", rule_text())
        self.put("none.toml", rule_text(more="timestamp_override_fallback_disabled = true"))
        ids = lambda rule, *args: [json.loads(line)["events"] for line in self.vedette(
            "run", "-r", rule, "-f", "matches", "-q", *args, "two").out.splitlines()]
        self.assertEqual(ids("back.toml", "--since", "2023-01-01"), [["e0"], ["e1"]])
        self.assertEqual(ids("none.toml", "--since", "2023-01-01"), [["e1"]])
        self.assertEqual(ids("none.toml", "--until", "2024-01-01"), [["e1"]])
        self.assertEqual(ids("none.toml"), [["e0"], ["e1"]])


class Search(Case):
    def setUp(self):
        super().setUp()
        self.put("e", ndjson(story()))

    def search(self, *args):
        return json.loads(self.vedette("search", "-f", "json", *args).out)

    def test_response_of_events(self):
        answer = self.search("process where true", "e")
        self.assertEqual({k: answer[k] for k in ("is_partial", "is_running", "timed_out")},
                         {"is_partial": False, "is_running": False, "timed_out": False})
        self.assertEqual(answer["hits"]["total"], {"value": 2, "relation": "eq"})
        self.assertEqual([hit["_id"] for hit in answer["hits"]["events"]], ["e1", "e3"])
        self.assertEqual(answer["hits"]["events"][0]["_source"], story()[0])

    def test_response_of_sequences(self):
        answer = self.search(SEQUENCE, "e")
        sequence, = answer["hits"]["sequences"]
        self.assertEqual(sequence["join_keys"], ["h1"])
        self.assertEqual([hit["_id"] for hit in sequence["events"]], ["e1", "e2"])
        missing = self.search("sequence with maxspan=1m [process where process.name == \"b.exe\"] "
                              "![process where true]", "e")
        self.assertEqual(missing["hits"]["sequences"][0]["events"][1],
                         {"_index": "", "_id": "", "_source": {}, "missing": True})

    def test_size_and_position(self):
        ids = lambda *args: [hit["_id"] for hit in self.search(*args, "any where true", "e")["hits"]["events"]]
        self.assertEqual(ids("--size", "2"), ["e2", "e3"])
        self.assertEqual(ids("--size", "2", "--result-position", "head"), ["e1", "e2"])
        self.assertEqual(len(ids("--size", "0")), 3)

    def test_lines_go_in_again(self):
        out = self.vedette("search", "-f", "ndjson", "any where true", "e").out
        self.assertEqual(out, ndjson(story()))
        again = self.vedette("search", "-f", "ndjson", "any where true", "-", stdin=out).out
        self.assertEqual(again, out)
        row, = self.lines(self.vedette("search", "-f", "ndjson", SEQUENCE, "e").out)
        self.assertEqual(len(row["events"]), 2)

    def test_table(self):
        out = self.vedette("search", "any where true", "e").out
        self.assertIn("3 events found in 3 events", out)
        self.assertIn("10.0.0.1:445", out)


class Inputs(Case):
    def ids(self, *paths, **more):
        out = self.vedette("search", "-f", "json", "--size", "0", "any where true", *paths, **more).out
        return [hit["_id"] for hit in json.loads(out)["hits"]["events"]]

    def test_every_form_is_the_same(self):
        docs, text = story(), ndjson(story())
        want = ["e1", "e2", "e3"]
        self.put("lines", text)
        self.put("array", json.dumps(docs))
        self.put("pretty-array", json.dumps(docs, indent=2))
        self.put("pretty", "\n".join(json.dumps(doc, indent=2) for doc in docs))
        self.put("crlf", "\ufeff" + text.replace("\n", "\r\n"))
        self.put("lines.gz", gzip.compress(text.encode()))
        self.put("pretty.gz", gzip.compress(json.dumps(docs, indent=2).encode()))
        for name in os.listdir(self.dir):
            self.assertEqual(self.ids(name), want, name)
            self.assertEqual(self.ids("--threads", "3", name), want, name)
        self.assertEqual(self.ids("-", stdin=text), want)
        self.assertEqual(self.ids(stdin=text), want)

    def test_folder(self):
        self.put("d/2/b", ndjson([event(2)]))
        self.put("d/1/a", ndjson([event(1)]))
        self.put("d/notes.txt", "read me\n")
        self.put("d/2/README.md", "read me\n")
        self.put("d/log.evtx", b"ElfFile\0" + bytes(100))
        run = self.vedette("search", "-f", "json", "any where true", "d")
        self.assertIn("left alone: d/notes.txt", run.err)
        self.assertIn("d/log.evtx: the file ends in its header", run.err)
        self.assertNotIn("README", run.err)
        self.assertEqual(len(json.loads(run.out)["hits"]["events"]), 2)

    def test_more_files_than_descriptors(self):
        for i in range(300):
            self.put(f"d/{i:03}", ndjson([event(i)]))
        run = subprocess.run(["sh", "-c", 'ulimit -n 160; exec "$@"', "sh", e2e.BINARY, "search", "-f",
                              "json", "--size", "0", "any where true", "d"], cwd=self.dir,
                             capture_output=True, check=True)
        self.assertEqual(len(json.loads(run.stdout)["hits"]["events"]), 300)

    def test_cut_off_gzip(self):
        packed = gzip.compress(ndjson(story() * 2000).encode())
        self.put("cut.gz", packed[:len(packed) // 2])
        run = self.vedette("search", "-f", "json", "any where true", "cut.gz")
        self.assertIn("cut.gz: broken compressed data", run.err)
        self.assertGreater(json.loads(run.out)["hits"]["total"]["value"], 0)
        self.vedette("search", "--strict", "any where true", "cut.gz", status=3)


class BadInput(Case):
    def test_faults_are_told_and_the_rest_is_read(self):
        bad = ['{"a":', "17", '{"@timestamp":1,"@timestamp":2}', '{"@timestamp":"soon"}', '{"a":"\x00"}']
        self.put("e", "\n".join(bad) + "\n" + ndjson([event(1)]))
        run = self.vedette("search", "-f", "json", "any where true", "e")
        self.assertEqual(len(json.loads(run.out)["hits"]["events"]), 1)
        for line, text in enumerate(("not valid JSON", "not a JSON object", "the same key twice", "timestamp"), 1):
            self.assertRegex(run.err, rf"(?m)^e:{line}: .*{text}")
        self.assertRegex(run.err, r"(?m)^e:5: ")

    def test_ten_of_a_kind_then_a_count(self):
        self.put("e", "{\n" * 25 + ndjson([event(1)]))
        err = self.vedette("search", "any where true", "e").err
        self.assertEqual(err.count("not valid JSON\n"), 10)
        self.assertIn("and 15 more: not valid JSON (25 in all)", err)

    def test_strict_stops(self):
        self.put("e", ndjson([event(1, process__name="a.exe")]) + "{\n")
        self.put("r.toml", rule_text())
        run = self.vedette("run", "-r", "r.toml", "--strict", "-f", "matches", "e", status=3)
        self.assertEqual(run.out, "")
        self.assertIn("e:2: not valid JSON", run.err)
        self.put("bad.toml", rule_text("Bad", query="process where"))
        self.put("good", ndjson([event(1)]))
        self.vedette("run", "-r", "r.toml", "-r", "bad.toml", "--strict", "good", status=3)
        run = self.vedette("run", "-r", "r.toml", "-r", "bad.toml", "good")
        self.assertIn("bad.toml", run.err)
        self.assertIn("1 with errors", run.out)

    def test_strict_leaves_no_file(self):
        self.put("e", ndjson([event(1, process__name="a.exe")]) + "{\n")
        self.put("r.toml", rule_text())
        for form in ("out.ndjson", "out.html", "out.txt"):
            self.vedette("run", "-r", "r.toml", "--strict", "-o", form, "e", status=3)
            self.assertFalse((self.dir / form).exists(), form)
            self.vedette("run", "-r", "r.toml", "-q", "-o", form, "e")
            self.assertTrue((self.dir / form).exists(), form)
        self.vedette("search", "--strict", "-f", "ndjson", "-o", "hits", "any where true", "e", status=3)
        self.assertFalse((self.dir / "hits").exists())
        (self.dir / "link").symlink_to("behind")
        self.vedette("run", "-r", "r.toml", "--strict", "-o", "link", "-f", "ndjson", "e", status=3)
        self.assertTrue((self.dir / "link").is_symlink())

    def test_strict_tells_the_first_fault_only(self):
        self.put("e", "nope\n" * 5)
        err = self.vedette("search", "--strict", "any where true", "e", status=3).err
        self.assertEqual(err, "e:1: not valid JSON\nvedette: stopped at the first fault (--strict)\n")

    def test_closed_streams(self):
        self.put("e", "nope\n" + ndjson([event(1)]))
        line = "exec \"$@\" <e 2>&-"
        subprocess.run(["sh", "-c", line, "sh", e2e.BINARY, "search", "any where true", "-", "-f",
                        "ndjson", "-o", "out"], cwd=self.dir, check=True)
        self.assertEqual((self.dir / "out").read_text(), ndjson([event(1)]))

    def test_long_lines(self):
        self.put("e", ndjson([event(1), event(2, x="y" * 5000), event(3)]))
        run = self.vedette("search", "-f", "json", "--max-line", "4k", "any where true", "e")
        self.assertEqual([hit["_id"] for hit in json.loads(run.out)["hits"]["events"]], ["e1", "e3"])
        self.assertIn("e:2: longer than --max-line", run.err)

    def test_input_is_not_written_over(self):
        text = ndjson([event(1, process__name="a.exe")])
        self.put("e.ndjson", text)
        self.put("r.toml", rule_text())
        os.symlink("e.ndjson", self.dir / "link.ndjson")
        for args in (["run", "-r", "r.toml", "e.ndjson", "-o", "link.ndjson"],
                     ["search", "any where true", "e.ndjson", "-o", "./e.ndjson"],
                     ["check", "r.toml", "-f", "json", "-o", "r.toml"]):
            self.assertIn("not written over", self.vedette(*args, status=3).err)
        self.assertEqual((self.dir / "e.ndjson").read_text(), text)
        self.assertEqual((self.dir / "r.toml").read_text(), rule_text())

    def test_no_room_for_temporary_files(self):
        """Reading ends soon after the first block that could not be kept, and nothing is reported."""
        block = ndjson([event(i, noise=os.urandom(300).hex()) for i in range(2000)]).encode()
        run = subprocess.Popen([e2e.BINARY, "search", "process where true", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=dict(e2e.CLEAN, TMPDIR="/nowhere/at/all"))
        taken = 0
        try:
            while taken < 100:
                run.stdin.write(block)
                taken += 1
        except BrokenPipeError:
            pass
        try:
            run.stdin.close()
        except BrokenPipeError:
            pass
        out, err = run.stdout.read(), run.stderr.read().decode()
        run.stdout.close()
        run.stderr.close()
        self.assertEqual((run.wait(), out), (3, b""), err)
        self.assertIn("no temporary file in /nowhere/at/all: No such file or directory", err)
        self.assertLess(taken, 100)

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.put("e", ndjson([event(1, process__name="a.exe")]))
        run = self.vedette("search", "-f", "ndjson", "-o", "/dev/full", "any where true", "e", status=3)
        self.assertEqual(run.err.count("\n"), 1, run.err)
        self.put("r.toml", rule_text())
        run = self.vedette("run", "-r", "r.toml", "-f", "ndjson", "-q", "-o", "/dev/full", "e", status=3)
        self.assertEqual(run.err.count("\n"), 1, run.err)


class Terminal(Case):
    """The program with a pseudo terminal for its stdout and stderr."""

    def on_terminal(self, *args, env=None, columns=90):
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        run = subprocess.Popen([e2e.BINARY, *args], cwd=self.dir, env={**e2e.CLEAN, **(env or {})},
                               stdin=subprocess.DEVNULL, stdout=child, stderr=child)
        os.close(child)
        out = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
        os.close(parent)
        run.wait(60)
        return out.decode()

    def test_colours(self):
        self.put("r.toml", rule_text(severity="high"))
        self.put("e", ndjson(story()))
        args = ("run", "-r", "r.toml", "e")
        self.assertIn("\x1b[1;35mHIGH", self.on_terminal(*args))
        self.assertNotIn("\x1b[", self.on_terminal(*args, env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b[", self.on_terminal(*args, env={"TERM": "dumb"}))

    def test_width(self):
        self.put("e", ndjson([event(1, process__command_line="x" * 300)]))
        plain = self.on_terminal("search", "any where true", "e", env={"NO_COLOR": "1"}, columns=70)
        self.assertEqual(max(map(len, plain.replace("\r", "").splitlines())), 70)

    def slow_input(self, *args):
        """Runs with a pipe as input that stays open; gives the process, the pipe and stderr."""
        parent, child = pty.openpty()
        run = subprocess.Popen([e2e.BINARY, *args], cwd=self.dir, env=e2e.CLEAN,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=child)
        os.close(child)
        self.addCleanup(os.close, parent)
        return run, parent

    def test_progress_bar(self):
        run, screen = self.slow_input("search", "-f", "ndjson", "any where false", "-")
        seen, deadline = b"", time.monotonic() + 30
        while b"events/s" not in seen and time.monotonic() < deadline:
            run.stdin.write((ndjson([event(1)]) * 300).encode())
            run.stdin.flush()
            if select.select([screen], [], [], 0.05)[0]:
                seen += os.read(screen, 65536)
        run.stdin.close()
        self.assertIn(b"MB, ", seen)
        self.assertEqual(run.stdout.read(), b"")
        run.stdout.close()
        self.assertEqual(run.wait(60), 0)

    def test_interrupt_reports_what_was_read(self):
        self.put("r.toml", rule_text())
        run, _ = self.slow_input("run", "-r", "r.toml", "-f", "matches", "-")
        run.stdin.write((ndjson([event(1, process__name="a.exe")]) * 9000).encode())
        run.stdin.flush()
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        out = run.stdout.read().decode()
        run.stdout.close()
        run.stdin.close()
        self.assertEqual(run.wait(60), 130)
        self.assertEqual(self.lines(out)[0]["events"], ["e1"])


if __name__ == "__main__":
    e2e.main()
