#!/usr/bin/env python3
"""Inputs of every kind, and those that mean harm: archives, Windows logs, growing files."""

import gzip
import io
import json
import os
import signal
import subprocess
import tarfile
import threading
import time
import zipfile

import e2e
from e2e import Case, event, ndjson

FLAT = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "W1.example.org", "host": "collector", "EventTime": "2024-03-01 08:00:01",
        "EventReceivedTime": "2024-03-01 08:00:09", "@timestamp": "2024-03-01T12:00:10.000Z",
        "UtcTime": "2024-03-01 12:00:00.250", "Image": "C:\\Windows\\cmd.exe", "ProcessId": "77",
        "ProcessGuid": "{d273d0f0-8065-5f67-ca06-000000000800}", "CommandLine": "cmd /c x"}
LOGON = {"EventID": 4624, "Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing",
         "Hostname": "W1.example.org", "EventTime": "2024-03-01 08:00:02", "TargetUserName": "ann"}
XML = ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
       "<Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID>"
       "<TimeCreated SystemTime='2024-03-01T12:00:00.9Z'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
       "<Computer>W1</Computer></System><EventData><Data Name='UtcTime'>2024-03-01 12:00:00.250</Data>"
       "<Data Name='Image'>C:\\a&amp;b\\cmd.exe</Data></EventData></Event>")


def zipped(members, level=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as z:
        for name, content in members:
            z.writestr(name, content)
    return out.getvalue()


class Inputs(Case):
    def hits(self, *args, status=0, **kw):
        self.run_ = self.vedette("search", "-f", "json", "--size", "0", "any where true", *args, status=status, **kw)
        return json.loads(self.run_.out)["hits"]["events"]

    def ids(self, *args, **kw):
        return [hit["_source"].get("event.id", hit["_source"].get("event", {})) for hit in self.hits(*args, **kw)]


class Windows(Inputs):
    def one(self, *args):
        hits = self.hits(*args)
        self.assertEqual(len(hits), 1, self.run_.err)
        return hits[0]["_source"]

    def test_flat_json(self):
        self.put("f", ndjson([FLAT]))
        doc = self.one("f")
        self.assertEqual(doc["@timestamp"], "2024-03-01T12:00:00.250Z")
        self.assertEqual(doc["event"]["category"], ["process"])
        self.assertEqual(doc["host"]["name"], "W1.example.org")
        self.assertEqual(doc["process"]["name"], "cmd.exe")
        self.assertEqual(doc["winlog"]["channel"], FLAT["Channel"])

    def test_time_without_a_zone(self):
        self.put("f", ndjson([LOGON]))
        self.assertEqual(self.one("f")["@timestamp"], "2024-03-01T08:00:02.000Z")
        self.assertEqual(self.one("f", "--input-tz", "-04:00")["@timestamp"], "2024-03-01T12:00:02.000Z")
        for zone in ("-0400", "-04"):
            self.assertEqual(self.one("f", "--input-tz", zone)["@timestamp"], "2024-03-01T12:00:02.000Z")
        for zone in ("Mars", "4", "+4:00x", "+25:00", "-04:0x", ""):
            self.assertIn("--input-tz wants", self.vedette("search", "any where true", "f", "--input-tz", zone, status=2).err)

    def test_time_in_a_named_zone(self):
        winter, summer = dict(LOGON, EventTime="2024-03-30 12:00:00"), dict(LOGON, EventTime="2024-04-01 12:00:00")
        twice, skipped = dict(LOGON, EventTime="2024-10-27 02:30:00"), dict(LOGON, EventTime="2024-03-31 02:30:00")
        self.put("f", ndjson([winter, summer, twice, skipped]))
        times = [hit["_source"]["@timestamp"] for hit in self.hits("f", "--input-tz", "Europe/Berlin", "--tz", "America/New_York")]
        self.assertEqual(sorted(times), ["2024-03-30T11:00:00.000Z", "2024-03-31T01:30:00.000Z",
                                         "2024-04-01T10:00:00.000Z", "2024-10-27T00:30:00.000Z"])

    def test_zone_that_can_be_seen_is_said(self):
        self.put("f", ndjson([FLAT, LOGON]))
        self.hits("f")
        self.assertIn("--input-tz -04:00", self.run_.err)
        self.hits("f", "--input-tz", "-04:00")
        self.assertEqual(self.run_.err, "")
        self.hits("-q", "f")
        self.assertEqual(self.run_.err, "")

    def test_host(self):
        nameless = {k: v for k, v in LOGON.items() if k != "Hostname"}
        self.put("f", ndjson([nameless]))
        self.assertEqual(self.one("f", "--host", "pc7")["host"]["name"], "pc7")

    def test_no_derive(self):
        self.put("f", ndjson([FLAT]))
        self.assertIn("id", self.one("f")["host"])
        self.assertNotIn("id", self.one("f", "--no-derive")["host"])

    def test_map(self):
        self.put("f", ndjson([FLAT]))
        self.put("own.map", "[channel " + FLAT["Channel"] + "]\non 1\nlabels.line = CommandLine\n")
        self.assertEqual(self.one("f", "--map", "own.map")["labels"]["line"], "cmd /c x")

    def test_map_that_is_none(self):
        self.put("f", ndjson([FLAT]))
        self.put("bad.map", "\n= = =\n")
        self.assertIn("bad.map:2:", self.vedette("search", "any where true", "f", "--map", "bad.map", status=3).err)
        self.assertIn("nowhere", self.vedette("search", "any where true", "f", "--map", "nowhere", status=3).err)

    def test_xml(self):
        for name, text in (("a", XML), ("b", "<?xml version='1.0'?>\n<Events>" + XML + "</Events>")):
            for encoding in ("utf-8", "utf-8-sig", "utf-16"):
                self.put(name, text.encode(encoding))
                doc = self.one(name)
                self.assertEqual(doc["@timestamp"], "2024-03-01T12:00:00.250Z")
                self.assertEqual(doc["event"]["created"], "2024-03-01T12:00:00.900Z")
                self.assertEqual(doc["process"]["executable"], "C:\\a&b\\cmd.exe")

    def test_forms_of_one_record(self):
        system = {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": 1, "Computer": "W1",
                  "Channel": FLAT["Channel"], "TimeCreated": {"#attributes": {"SystemTime": "2024-03-01T12:00:00.9Z"}}}
        data = {"UtcTime": "2024-03-01 12:00:00.250", "Image": "C:\\a&b\\cmd.exe"}
        beat = {"@timestamp": "2024-03-01T12:00:00.900Z", "event": {"code": "1", "kind": "event"},
                "winlog": {"channel": FLAT["Channel"], "provider_name": "Microsoft-Windows-Sysmon", "event_id": "1",
                           "computer_name": "W1", "event_data": data}}
        forms = {"object": {"Event": {"System": system, "EventData": data}}, "beat": beat,
                 "flat": {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Channel": FLAT["Channel"],
                          "Computer": "W1", "TimeCreated": "2024-03-01T12:00:00.9Z", **data}}
        self.put("xml", XML)
        want = self.one("xml")
        for name, doc in forms.items():
            self.put(name, json.dumps(doc, indent=1))
            got = self.one(name)
            for field in ("@timestamp", "process", "host"):
                self.assertEqual(got[field], want[field], name)

    def test_elasticsearch_envelopes(self):
        hits = [{"_index": "i", "_id": str(n), "_source": doc} for n, doc in enumerate([FLAT, event(1)])]
        self.put("answer", json.dumps({"took": 1, "hits": {"total": {"value": 2}, "hits": hits}}))
        self.put("lines", ndjson(hits))
        self.put("bulk", ndjson([{"index": {"_index": "i", "_id": "0"}}, FLAT,
                                 {"create": {"_index": "i", "_id": "1"}}, event(1)]))
        for name in ("answer", "lines", "bulk"):
            got = self.hits(name)
            indices = {hit["_id"]: hit["_index"] for hit in got}
            self.assertEqual(indices, {"0": "i", "1": "i"}, name)
            self.assertEqual(self.run_.err.count("vedette:"), 1, self.run_.err)  # the note on the zone

    def test_places_of_faults(self):
        self.put("f", ndjson([FLAT]) + "\n{broken\n" + ndjson([FLAT]))
        self.hits("f")
        self.assertIn("f:3: ", self.run_.err)

    def test_rules_hold(self):
        self.put("r.toml", e2e.rule_text("Cmd", 'process where process.name == "cmd.exe"',
                                         index='"logs-windows.sysmon_operational-*"'))
        self.put("f", ndjson([FLAT, LOGON]))
        self.assertEqual(len(self.lines(self.vedette("run", "-r", "r.toml", "-f", "matches", "f").out)), 1)


class Archives(Inputs):
    def test_a_folder_in_every_wrapping(self):
        files = [("d/a.json", ndjson([event(1)])), ("d/b.xml", XML), ("d/c.json.gz", gzip.compress(ndjson([event(2)]).encode())),
                 ("d/notes.txt", "words\n")]
        self.put("e.zip", zipped(files))
        for suffix, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")):
            with tarfile.open(self.dir / f"e.{suffix}", mode) as tar:
                for name, content in files:
                    content = content if isinstance(content, bytes) else content.encode()
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        for name in sorted(os.listdir(self.dir)):
            self.assertEqual(len(self.hits(name)), 3, name)
            self.assertIn(f"left alone: {name}/d/notes.txt: not JSON", self.run_.err)
            self.assertEqual(len(self.hits("--threads", "3", name)), 3)

    def test_bomb_of_lines(self):
        self.put("bomb.zip", zipped([("x.json", b"{}\n" * (100 << 20))]))
        run = self.vedette("run", "-q", "-r", self.put("r.toml", e2e.rule_text("R")), "bomb.zip")
        self.assertIn("bomb.zip: unpacks to more than 500 times its size", run.err)

    def test_bomb_of_nothing(self):
        self.put("zeros.zip", zipped([("x", bytes(200 << 20)), ("y.json", ndjson([event(1)]))]))
        self.assertEqual(len(self.hits("zeros.zip")), 1)
        self.assertIn("left alone: zeros.zip/x: neither JSON nor text", self.run_.err)

    def test_matryoshka(self):
        content = ndjson([event(1)])
        for _ in range(40):
            content = zipped([("x.zip", content)])
        self.put("m.zip", content)
        self.assertEqual(self.hits("m.zip"), [])
        self.assertIn("an archive in an archive in an archive", self.run_.err)

    def test_a_zip_in_itself_many_times(self):
        inner = zipped([(f"{i}", ndjson([event(i)])) for i in range(20)])
        self.put("m.zip", zipped([(f"{i}.zip", inner) for i in range(20)]))
        self.assertEqual(len(self.hits("m.zip")), 400)

    def test_names_that_lead_out(self):
        victim = self.dir / "victim"
        victim.write_text("untouched")
        with tarfile.open(self.dir / "p.tar", "w") as tar:
            for n, name in enumerate(("../victim", str(victim), "a\x1b]0;x\x07\n.json", "x/../../y")):
                info = tarfile.TarInfo(name)
                content = (ndjson([event(n)]) + "{broken\n").encode()
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "../victim")):
                link = tarfile.TarInfo("link.json")
                link.type, link.linkname = kind, target
                tar.addfile(link)
        before = sorted(os.listdir(self.dir))
        self.assertEqual(len(self.hits("p.tar")), 4)
        self.assertNotIn("\x1b", self.run_.err)
        self.assertIn("p.tar/a\\x1b]0;x\\x07\\x0a.json:2: ", self.run_.err)
        self.assertEqual(sorted(os.listdir(self.dir)), before)
        self.assertEqual(victim.read_text(), "untouched")

    def test_cut_off(self):
        text = "".join(json.dumps(event(n, pad=os.urandom(40).hex())) + "\n" for n in range(3000))
        whole = {"a.gz": gzip.compress(text.encode()), "a.zip": zipped([("x", text), ("y", text)])}
        for name, content in whole.items():
            self.put(name, content[:len(content) // 2])
            self.assertGreater(len(self.hits(name)), 1000, name)
            self.assertIn(f"vedette: {name}", self.run_.err)

    def test_rubbish_that_begins_well(self):
        for n, start in enumerate((b"PK\3\4", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"ElfFile\0",
                                   b"\xff\xfe", b"<Event ", b"\xfd7zXZ\0")):
            self.put(f"d/{n}", start + os.urandom(20000))
        self.put("d/good", ndjson([event(1)]))
        self.assertEqual(len([h for h in self.hits("d") if h["_source"].get("event.id") == "e1"]), 1)

    def test_encrypted_is_said(self):
        if subprocess.run(["sh", "-c", "command -v zip"], capture_output=True).returncode:
            self.skipTest("no zip program")
        self.put("x.json", ndjson([event(1)]))
        subprocess.run(["zip", "-q", "-P", "secret", "e.zip", "x.json"], cwd=self.dir, check=True)
        self.assertEqual(self.hits("e.zip"), [])
        self.assertIn("e.zip/x.json: ", self.run_.err)


class Folders(Inputs):
    def test_ten_thousand_tiny_files(self):
        for i in range(10000):
            self.put(f"d/{i % 100:02}/{i:05}.json", ndjson([event(i)]))
        self.assertEqual(len(self.hits("d")), 10000)

    def test_loops_and_a_fifo(self):
        self.put("d/a/x.json", ndjson([event(1)]))
        os.symlink("..", self.dir / "d/a/up")
        os.symlink("self", self.dir / "d/self")
        os.symlink("/dev/zero", self.dir / "d/zero")
        os.mkfifo(self.dir / "d/fifo")
        self.assertEqual(len(self.hits("d")), 1)
        for text in ("d/a/up: a link back", "d/fifo: no regular file", "d/zero: no regular file", "d/self: "):
            self.assertIn(text, self.run_.err)

    def test_a_fifo_that_is_named(self):
        os.mkfifo(self.dir / "fifo")
        content = zipped([("x", ndjson([FLAT]))])
        writer = threading.Thread(target=lambda: (self.dir / "fifo").write_bytes(content))
        writer.start()
        self.assertEqual(len(self.hits("fifo")), 1)
        writer.join()


class Follow(Inputs):
    def start(self, *args):
        out = open(self.dir / "out", "wb")
        self.addCleanup(out.close)
        run = subprocess.Popen([e2e.BINARY, "search", "-f", "ndjson", "--size", "0", "--follow", "any where true", *args],
                               cwd=self.dir, env=e2e.CLEAN, stdout=out, stderr=subprocess.PIPE)
        self.addCleanup(run.kill)
        return run

    def finish(self, run, want):
        """Interrupts it when it has had the time to see what there is."""
        time.sleep(1.0)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 0, err)
        docs = self.lines((self.dir / "out").read_text())
        self.assertEqual(sorted(doc["event.id"] for doc in docs), sorted(want), err)

    def append(self, name, text):
        with open(self.dir / name, "a") as f:
            f.write(text)

    def test_growth_and_rotation(self):
        self.put("log", ndjson([event(1)]))
        run = self.start("log")
        time.sleep(0.6)
        line = ndjson([event(2)])
        self.append("log", line[:10])
        time.sleep(0.6)
        self.append("log", line[10:])
        os.rename(self.dir / "log", self.dir / "log.1")
        self.append("log.1", ndjson([event(3)]))
        self.put("log", ndjson([event(4)]))
        time.sleep(0.8)
        self.put("log", "")  # cut to nothing, as copytruncate does
        time.sleep(0.6)
        self.append("log", ndjson([event(5)]))
        self.finish(run, ["e1", "e2", "e3", "e4", "e5"])

    def test_what_cannot_grow_is_read_once(self):
        self.put("d/a.json.gz", gzip.compress(ndjson([event(1)]).encode()))
        self.put("d/b.json", ndjson([event(2)]))
        self.put("d/c.json", "")
        run = self.start("d")
        time.sleep(0.6)
        self.append("d/c.json", ndjson([event(3)])[:-1])  # its end is the end of reading
        self.finish(run, ["e1", "e2", "e3"])


if __name__ == "__main__":
    e2e.main()
