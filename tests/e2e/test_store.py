#!/usr/bin/env python3
"""store and keys: what a service has stored, looked at and looked after from outside."""

import base64
import json
import pathlib
import sqlite3
import subprocess

import e2e
from e2e import Case, event, ndjson
from service import Service


class Stored(Case):
    """A store in ./data with 300 events of two indices, in batches of 50."""

    COUNT = 300

    def setUp(self):
        super().setUp()
        self.docs = [event(i, process__name=f"p{i}.exe",
                           data_stream__dataset=f"endpoint.events.{'file' if i % 3 == 0 else 'process'}")
                     for i in range(self.COUNT)]
        self.fill(self.docs)

    def fill(self, docs, alerts=(), batch=50, data="data"):
        self.put("events", ndjson(docs))
        self.put("alerts", ndjson(alerts))
        tool = pathlib.Path(e2e.BINARY).parents[2] / "tests/store_fill"
        subprocess.run([tool, data, "events", str(batch), "alerts"], cwd=self.dir, check=True,
                       stdout=subprocess.DEVNULL, timeout=60)

    def store(self, *args, **kw):
        return self.vedette("store", *args, "--data", "data", **kw)

    def stats(self):
        return json.loads(self.store("stats", "-f", "json").out)

    def export(self, *args):
        return self.lines(self.store("export", *args).out)

    def database(self, name):
        db = sqlite3.connect(self.dir / "data" / name)
        self.addCleanup(db.close)
        return db


class Store(Stored):
    def test_statistics(self):
        s = self.stats()
        self.assertEqual((s["events"], s["damaged_blocks"], s["alerts"], s["waiting_bytes"]), (300, 0, 0, 0))
        self.assertEqual((s["first"], s["last"]), ("2023-11-14T22:13:20.000Z", "2023-11-14T22:18:19.000Z"))
        self.assertEqual([(i["index"], i["events"]) for i in s["indices"]],
                         [("logs-endpoint.events.file-default", 100), ("logs-endpoint.events.process-default", 200)])
        self.assertEqual(sum(i["raw_bytes"] for i in s["indices"]), s["raw_bytes"])
        self.assertEqual(sum(i["block_bytes"] for i in s["indices"]), s["block_bytes"])
        self.assertAlmostEqual(s["ratio"], (s["block_bytes"] + s["filter_bytes"] + s["id_bytes"]) / s["raw_bytes"])
        self.assertLess(0, s["ratio"])
        self.assertLess(s["ratio"], 0.5)
        files = sum(f.stat().st_size for f in (self.dir / "data").rglob("*") if f.is_file())
        self.assertLess(abs(s["disk_bytes"] - files), 100_000)
        out = self.store("stats", "--tz", "+02:00").out
        self.assertIn("300 events in ", out)
        self.assertIn("2023-11-15 00:13:20.000+02:00", out)
        self.assertRegex(out, r"\n +200 +\d+ .* logs-endpoint.events.process-default\n")

    def test_an_export_gives_back_what_went_in(self):
        lines = self.export()
        self.assertEqual(len(lines), 300)
        by_name = {line["_source"]["process.name"]: line for line in lines}
        for doc in self.docs:
            line = by_name[doc["process.name"]]
            self.assertEqual(line["_index"], f"logs-{doc['data_stream.dataset']}-default")
            self.assertLessEqual(doc.items(), line["_source"].items())
        self.assertEqual(len({line["_id"] for line in lines}), 300)
        # What was exported is read again, by a store and by a hunt, under the same ids.
        self.fill(lines, data="again")
        again = self.lines(self.vedette("store", "export", "--data", "again").out)
        self.assertEqual({line["_id"] for line in lines}, {line["_id"] for line in again})
        self.put("exported", ndjson(lines))
        hits = self.lines(self.vedette("search", "-q", "-f", "ndjson", 'any where process.name == "p7.exe"', "exported").out)
        self.assertEqual([h["_id"] for h in hits], [by_name["p7.exe"]["_id"]])

    def test_an_export_of_some(self):
        names = lambda lines: sorted(int(line["_source"]["process.name"][1:-4]) for line in lines)
        self.assertEqual(names(self.export("--index", "*.file-*")), list(range(0, 300, 3)))
        self.assertEqual(names(self.export("--index", "logs-*,-*.file-*")), [i for i in range(300) if i % 3])
        self.assertEqual(names(self.export("--since", "2023-11-14T22:14:00Z", "--until", "2023-11-14T22:14:09Z")),
                         list(range(40, 50)))
        self.assertEqual(self.export("--since", "2023-11-15"), [])
        self.store("export", "-o", "out.ndjson")
        self.assertEqual(len((self.dir / "out.ndjson").read_text().splitlines()), 300)
        # A default for documents without an index chooses none.
        self.put("vedette.toml", '[defaults]\nindex = "other"\n')
        self.assertEqual(len(self.export()), 300)

    def test_alerts(self):
        alerts = [{"@timestamp": f"2026-01-01T00:{i:02}:00.000Z", "kibana.alert.uuid": f"{i:064x}",
                   "kibana.alert.severity": "high", "kibana.alert.rule.rule_id": "r", "note": "x" * 2000}
                  for i in range(60)]
        self.fill([], alerts)
        self.fill([], alerts[:10])
        self.assertEqual(self.export("--alerts"), alerts)
        self.assertEqual(self.export("--alerts", "--since", "2026-01-01T00:57:30Z"), alerts[58:])
        self.assertEqual(self.stats()["alerts"], 60)
        self.store("export", "--alerts", "--index", "x", status=2)
        self.assertIn("0 damaged alerts", self.store("verify").out)
        db = self.database("papers.db")
        db.execute("UPDATE alert_documents SET document = zeroblob(length(document)) WHERE number = 33")
        db.commit()
        out = self.store("verify", status=3).out
        self.assertIn(f"alert {32:064x} is damaged\n", out)
        self.assertIn("1 damaged alert\n", out)
        run = self.store("export", "--alerts", status=3)
        self.assertIn(f"alert {32:064x} is damaged", run.err)
        self.assertEqual(self.lines(run.out), alerts[:32] + alerts[33:])

    def test_a_damaged_block_is_found_and_left_out(self):
        self.assertIn("0 damaged;", self.store("verify").out)
        db = self.database("vedette.db")
        row = db.execute("SELECT b.id, b.docs, d.data FROM blocks b JOIN block_data d USING (id)").fetchone()
        block, docs, data = row
        spoiled = bytearray(data)
        spoiled[len(spoiled) // 2] ^= 0x10
        db.execute("UPDATE block_data SET data = ? WHERE id = ?", (bytes(spoiled), block))
        db.commit()
        self.assertIn(f"block {block} is damaged", self.store("verify", status=3).out)
        run = self.store("export", status=3)
        self.assertEqual(len(run.out.splitlines()), 300 - docs)
        self.assertIn("damaged", run.err)
        db.execute("UPDATE block_data SET data = ? WHERE id = ?", (data, block))
        db.commit()
        self.store("verify")

    def test_compact_keeps_everything(self):
        for i in range(4):
            self.fill([event(1000 + i)])
        before = self.stats()
        self.store("compact")
        after = self.stats()
        self.assertLess(after["blocks"], before["blocks"])
        self.assertEqual(after["events"], before["events"])
        self.assertEqual(len(self.export()), before["events"])
        self.store("verify")

    def test_wrong_use(self):
        for args in ([], ["statistics"], ["stats", "verify"]):
            self.assertIn("stats, verify, compact and export", self.vedette("store", *args, status=2).err)
        run = self.vedette("store", "compact", "--data", "elsewhere", status=3)
        self.assertIn("elsewhere/vedette.db: there is no store", run.err)
        self.assertFalse((self.dir / "elsewhere").exists())
        self.store("stats", "-f", "xml", status=2)
        self.store("export", "--since", "yesterday", status=2)
        self.store("export", "-f", "csv", status=2)
        self.put("data2/vedette.db", b"this is no database" * 100)
        self.vedette("store", "stats", "--data", "data2", status=3)


class Hunt(Stored):
    def hunt(self, query, *args, **kw):
        return self.vedette("search", "--store", "data", "-q", "-f", "json", query, *args, **kw)

    def names(self, *args):
        hits = json.loads(self.hunt(*args).out)["hits"]
        return [h["_source"]["process.name"] for h in hits.get("events", [])]

    def test_a_query_over_a_store(self):
        query = 'any where process.name like "p10?.exe"'
        self.assertEqual(self.names(query), [f"p{i}.exe" for i in range(100, 110)])
        self.assertEqual(self.names(query, "--size", "3", "--result-position", "head"),
                         ["p100.exe", "p101.exe", "p102.exe"])
        self.assertEqual(self.names("any where true", "--size", "0", "--since", "2023-11-14T22:14:00Z",
                                    "--until", "2023-11-14T22:14:02Z"), ["p40.exe", "p41.exe", "p42.exe"])
        # Files give the same.
        hits = json.loads(self.hunt(query).out)["hits"]["events"]
        self.put("exported", self.store("export").out)
        files = json.loads(self.vedette("search", "-q", "-f", "json", query, "exported").out)["hits"]["events"]
        self.assertEqual([(h["_index"], h["_id"], h["_source"]) for h in hits],
                         [(h["_index"], h["_id"], h["_source"]) for h in files])

    def test_a_sequence_over_blocks_of_a_store(self):
        out = self.hunt('sequence with maxspan=10m [any where process.name == "p1.exe"]'
                        ' [any where process.name == "p299.exe"]').out
        found, = json.loads(out)["hits"]["sequences"]
        self.assertEqual([e["_source"]["process.name"] for e in found["events"]], ["p1.exe", "p299.exe"])
        self.assertIn("p299.exe", self.vedette("search", "--store", "data", 'any where process.name == "p299.exe"').out)

    def test_wrong_use(self):
        self.assertIn("vedette store export", self.vedette("search", "--store", "data", "-k", "x", status=2).err)
        self.hunt("any where true", "events", status=2)
        self.hunt("any where", status=2)
        self.hunt("any where true", "--since", "yesterday", status=2)
        self.assertIn("there is no store", self.vedette("search", "--store", "other", "any where true", status=3).err)


class Keys(Stored):
    COUNT = 1

    def keys(self, *args, **kw):
        return self.vedette("keys", *args, "--data", "data", **kw)

    def list(self):
        return json.loads(self.keys("list", "-f", "json").out)

    def test_life_of_a_key(self):
        self.assertEqual(self.list(), [])
        text = self.keys("make", "web 1", "--role", "ingest").out.strip()
        id, secret = base64.b64decode(text, validate=True).decode().split(":")
        self.assertGreaterEqual(len(secret), 43)
        other = json.loads(self.keys("make", "two", "--role", "admin", "--expires", "30d", "-f", "json").out)
        first, second = sorted(self.list(), key=lambda k: k["name"] == "two")
        self.assertEqual((first["id"], first["name"], first["role"], "expires" in first), (id, "web 1", "ingest", False))
        self.assertEqual((second["name"], second["role"]), ("two", "admin"))
        self.assertGreater(second["expires"], second["created"])
        self.assertNotEqual(other["encoded"], text)
        out = self.keys("list").out
        self.assertRegex(out, rf"{id}  ingest .*never +web 1\n")
        for place in (self.dir / "data").rglob("*"):
            if place.is_file():
                self.assertNotIn(secret.encode(), place.read_bytes())
                self.assertNotIn(text.encode(), place.read_bytes())
        self.keys("revoke", id)
        self.assertEqual([k["name"] for k in self.list()], ["two"])
        self.assertIn("there is no key", self.keys("revoke", id, status=3).err)

    def test_wrong_use(self):
        for args in ([], ["make"], ["make", "a", "b", "--role", "read"], ["revoke"], ["lst"], ["list", "x"]):
            self.keys(*args, status=2)
        for args in (["make", "a"], ["make", "a", "--role", "root"], ["make", "", "--role", "read"],
                     ["make", "x" * 201, "--role", "read"], ["make", "a", "--role", "read", "--expires", "soon"]):
            self.keys(*args, status=2)
        self.assertEqual(self.list(), [])
        self.vedette("keys", "make", "a", "--role", "read", "--data", "elsewhere", status=3)
        self.assertFalse((self.dir / "elsewhere").exists())

    def test_nothing_foreign_reaches_the_terminal(self):
        self.keys("make", "a\x1b[2J", "--role", "read")
        self.assertNotIn("\x1b", self.keys("list").out)


class BesideAService(Case):
    def test_looking_and_keys_while_it_runs(self):
        data = self.dir / "data"
        with Service(data) as service:
            admin = service.key
            service.post("/api/ingest", ndjson([event(i, process__name=f"p{i}.exe") for i in range(20)]))
            stats = json.loads(self.vedette("store", "stats", "-f", "json", "--data", "data").out)
            self.assertEqual(stats["events"], 20)
            self.assertEqual(len(self.vedette("store", "export", "--data", "data").out.splitlines()), 20)
            self.assertIn("0 damaged;", self.vedette("store", "verify", "--data", "data").out)
            self.assertIn("p7.exe", self.vedette("search", "--store", "data", 'any where process.name == "p7.exe"').out)
            self.assertIn("another process", self.vedette("store", "compact", "--data", "data", status=3).err)
            # A key that is made is good at once, one that is revoked is not.
            service.key = self.vedette("keys", "make", "x", "--role", "read", "--data", "data").out.strip()
            self.assertEqual(service.get("/api/alerts").status, 200)
            id = base64.b64decode(service.key).decode().split(":")[0]
            self.vedette("keys", "revoke", id, "--data", "data")
            self.assertEqual(service.get("/api/alerts").status, 401)
            service.key = admin
            self.assertEqual(service.get("/api/alerts").status, 200)
        self.vedette("store", "compact", "--data", "data")


if __name__ == "__main__":
    e2e.main()
