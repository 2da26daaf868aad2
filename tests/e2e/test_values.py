#!/usr/bin/env python3
"""Searches for a value skip blocks that cannot hold it, and find what they would find without that."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import e2e
from e2e import event, ndjson
from service import Service

HOSTS = 16
EACH = 10
BLOCKS = 2 * HOSTS  # an index for each host, filled twice
# Nothing has it, and no filter knows it: with `or` beside it every block is read.
NOWHERE = "process.pid == 987654321"


def document(number):
    host = number % HOSTS
    address = [f"10.1.0.{host}", f"::ffff:10.1.0.{host}", f"0:0:0:0:0:FFFF:10.1.0.{host}"][number % 3]
    name = [f"host-{host}", f"Host-{host}", f"HOST-{host}"][number % 3]
    return event(number, category=["process", "network"][number // HOSTS % 2], host__name=name, host__id=f"id-{host}",
                 user__name=["ann", "bob", "cy"][number % 3], process__entity_id=f"Entity{number}",
                 process__hash__sha256=f"{host:x}".rjust(2, "0") * 32, source__ip=address,
                 data_stream__dataset=f"endpoint.h{host}")


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-values-")
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        tool = pathlib.Path(e2e.BINARY).parents[2] / "tests/store_fill"
        docs = [document(i) for i in range(HOSTS * EACH)]
        for half in (docs[:len(docs) // 2], docs[len(docs) // 2:]):
            (cls.dir / "events").write_text(ndjson(half))
            subprocess.run([tool, "data", "events"], cwd=cls.dir, check=True, stdout=subprocess.DEVNULL, timeout=60)
        cls.s = Service(cls.dir / "data", "--log-level", "debug").start()
        cls.addClassCleanup(cls.s.kill)

    @classmethod
    def tearDownClass(cls):
        if cls.s.stop() != 0:
            raise AssertionError("the service did not end well:\n" + cls.s.said()[-4000:])

    def counted(self, ask):
        """What ask() gives, and how many blocks were read and skipped for it."""
        before = self.s.metrics()
        answer = ask()
        after = self.s.metrics()
        return answer, *(int(after[n] - before[n]) for n in ("vedette_store_blocks_read_total", "vedette_store_blocks_skipped_total"))

    def same(self, ask, query, wide, hits, most):
        """ask(query) has so many hits, those of ask(wide), and reads at most `most` blocks."""
        some, read, skipped = self.counted(lambda: ask(query))
        every, all_read, none = self.counted(lambda: ask(wide))
        self.assertEqual(some, every, query)
        self.assertEqual(len(some), hits, query)
        self.assertEqual((all_read, none), (BLOCKS, 0), wide)
        self.assertEqual(read + skipped, BLOCKS, query)
        self.assertLessEqual(read, most, query)

    # --- _search, _count ---

    def search(self, query):
        answer = self.s.post("/logs-*/_search", {"query": query, "size": 1000, "sort": ["@timestamp"]})
        self.assertEqual(answer.status, 200, answer.body)
        said = answer.json()["hits"]
        count = self.s.post("/logs-*/_count", {"query": query}).json()["count"]
        self.assertEqual(said["total"]["value"], count)
        return [h["_source"]["process.entity_id"] for h in said["hits"]]

    def test_query_dsl(self):
        sha = "07" * 32
        cases = [({"term": {"host.id": "id-7"}}, EACH),
                 ({"term": {"host.name": {"value": "hOsT-7", "case_insensitive": True}}}, EACH),
                 ({"terms": {"host.id": ["id-7", "id-9"]}}, 2 * EACH),
                 ({"match": {"host.id": "id-7"}}, EACH),
                 ({"match_phrase": {"process.entity_id": "Entity23"}}, 1),
                 ({"term": {"source.ip": "::ffff:a01:7"}}, EACH),
                 ({"term": {"source.ip": "10.1.0.7"}}, EACH),
                 ({"term": {"process.hash.sha256": sha}}, EACH),
                 ({"term": {"process.hash.sha256": {"value": sha.upper(), "case_insensitive": True}}}, EACH),
                 ({"bool": {"filter": [{"term": {"host.id": "id-7"}}], "must_not": [{"term": {"user.name": "ann"}}]}}, None),
                 ({"bool": {"should": [{"term": {"host.id": "id-7"}}, {"term": {"source.ip": "10.1.0.8"}}]}}, 2 * EACH),
                 ({"query_string": {"query": "host.id:id-7 AND user.name:(ann OR bob)"}}, None),
                 ({"term": {"host.id": "nobody"}}, 0)]
        for query, hits in cases:
            wide = {"bool": {"should": [query, {"term": {"process.pid": 987654321}}]}}
            if hits is None:
                hits = len(self.search(wide))
                self.assertTrue(0 < hits < EACH)
            some, read, skipped = self.counted(lambda: self.search(query))
            every, all_read, none = self.counted(lambda: self.search(wide))
            self.assertEqual(some, every, query)
            self.assertEqual(len(some), hits, query)
            # Twice each: the search and its count.
            self.assertEqual((all_read, none), (2 * BLOCKS, 0), query)
            self.assertEqual(read + skipped, 2 * BLOCKS, query)
            self.assertLess(read, BLOCKS, query)

    def test_what_cannot_be_asked_reads_all(self):
        for query in ({"prefix": {"host.id": "id-7"}}, {"wildcard": {"host.id": "id-7*"}}, {"term": {"source.ip": "10.1.0.7/32"}},
                      {"bool": {"must_not": [{"term": {"host.id": "id-7"}}]}}, {"exists": {"field": "host.id"}},
                      {"match_all": {}}):
            hits, read, skipped = self.counted(lambda: self.search(query))
            self.assertEqual((read, skipped), (2 * BLOCKS, 0), query)
            self.assertTrue(hits)

    # --- _eql/search ---

    def eql(self, query, **more):
        answer = self.s.post("/logs-*/_eql/search", {"query": query, "size": 1000, **more})
        self.assertEqual(answer.status, 200, answer.body)
        hits = answer.json()["hits"]
        ids = [[e["_source"]["process.entity_id"] for e in s["events"]] for s in hits.get("sequences", [])]
        return ids or [e["_source"]["process.entity_id"] for e in hits.get("events", [])]

    def test_eql_events(self):
        for condition, hits in [('host.id == "id-7"', EACH), ('host.name : "HOST-7"', EACH),
                                ('host.name in~ ("host-7", "HOST-8")', 2 * EACH), ('source.ip == "10.1.0.7"', EACH),
                                (f'process.hash.sha256 : "{("0A" * 32)}"', EACH),
                                ('process.entity_id in ("Entity3", "Entity70")', 2),
                                ('host.id == "id-7" and (user.name == "ann" or source.ip == "10.1.0.7")', EACH)]:
            self.same(self.eql, f"any where {condition}", f"any where ({condition}) or {NOWHERE}", hits, BLOCKS // 2)

    def test_sequences(self):
        def of(a, b, more=""):
            return f"sequence by host.id [process where {a}] [network where {b}]{more}"
        seven = 'host.name : "host-7"'
        self.same(self.eql, of(seven, seven), of(f"({seven} or {NOWHERE})", seven), EACH // 2, BLOCKS // 2)
        whole = self.eql(of('host.id == "id-7"', 'host.id == "id-7"'))
        self.assertEqual(whole[1][0], "Entity39")
        # What ends a sequence must be seen, wherever it is.
        _, read, skipped = self.counted(lambda: self.eql(of(seven, seven, " until [any where process.pid == 1]")))
        self.assertEqual((read, skipped), (BLOCKS, 0))
        # A stage that any event may meet needs all blocks.
        _, read, skipped = self.counted(lambda: self.eql(of(seven, "true")))
        self.assertEqual((read, skipped), (BLOCKS, 0))
        # A filter beside the query narrows every stage.
        hits, read, skipped = self.counted(lambda: self.eql(of("true", "true"), filter={"term": {"host.id": "id-7"}}))
        self.assertEqual(hits, whole)
        self.assertLessEqual(read, BLOCKS // 2)
        self.assertEqual(read + skipped, BLOCKS)

    # --- where it is told ---

    def test_preview(self):
        rule = {"rule_id": "r", "name": "r", "description": "d", "risk_score": 1, "severity": "low", "type": "eql",
                "language": "eql", "index": ["logs-*"], "query": 'any where host.id == "id-7"'}
        answer = self.s.post("/api/rules/_preview", {"rule": rule, "since": "2023-11-14T00:00:00Z", "until": "2023-11-16T00:00:00Z"})
        self.assertEqual(answer.status, 200, answer.body)
        said = answer.json()
        self.assertEqual(said["findings"], EACH)
        self.assertEqual(said["blocks_read"] + said["blocks_skipped"], BLOCKS)
        self.assertLessEqual(said["blocks_read"], BLOCKS // 2)

    def test_log(self):
        self.eql('any where process.entity_id == "Entity11"')
        said = [o["message"] for o in self.s.logged() if o.get("event.action") == "search.blocks"]
        self.assertRegex(said[-1], r"^[1-9] blocks read, \d+ skipped$")

    def test_a_hunt_beside_the_service(self):
        def hunt(query, *args):
            done = subprocess.run([e2e.BINARY, "search", "--store", "data", query, *args], cwd=self.dir, env=e2e.CLEAN,
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        query = 'any where host.name : "host-7"'
        self.assertRegex(hunt(query), rf"\d+ of {BLOCKS} blocks were read: the others cannot hold what the query wants\n")
        self.assertNotIn("blocks were read", hunt(f"{query} or {NOWHERE}"))
        hits = [json.loads(hunt(q, "-f", "json", "--size", "100"))["hits"]["events"] for q in (query, f"{query} or {NOWHERE}")]
        self.assertEqual(hits[0], hits[1])
        self.assertEqual(len(hits[0]), EACH)


if __name__ == "__main__":
    e2e.main()
