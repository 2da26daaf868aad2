#!/usr/bin/env python3
"""The part of Elasticsearch's API that the service speaks: documents in, what is asked before, searches."""

import json
import pathlib
import tempfile
import unittest

import e2e
from service import Service

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(*objects):
    return "".join((o if isinstance(o, str) else json.dumps(o)) + "\n" for o in objects)


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-api-")
        cls.addClassCleanup(folder.cleanup)
        cls.s = Service(pathlib.Path(folder.name) / "data").start()

    @classmethod
    def tearDownClass(cls):
        if cls.s.stop() != 0:
            raise AssertionError("the service did not end well:\n" + cls.s.said()[-4000:])

    def bulk(self, *objects, path="/_bulk", **more):
        return self.s.post(path, lines(*objects), headers=NDJSON, **more)

    def count(self, index):
        answer = self.s.get(f"/{index}/_count?ignore_unavailable=true")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["count"]

    def error(self, answer):
        said = answer.json()
        self.assertEqual(said["status"], answer.status)
        self.assertEqual(said["error"]["root_cause"][0]["type"], said["error"]["type"])
        return answer.status, said["error"]["type"], said["error"]["reason"]

    # --- bulk ---

    def test_items(self):
        answer = self.bulk({"create": {"_id": "1"}}, {"@timestamp": "2026-01-02T00:00:00Z", "a": 1},
                           {"index": {}}, {"a": 2},
                           {"create": {"_id": "1"}}, {"a": 3},
                           {"index": {"_id": "1"}}, {"a": 4},
                           {"create": {"_id": "2"}}, '{"a": broken}',
                           {"delete": {"_id": "1"}},
                           {"create": {"_index": "Upper"}}, {"a": 5},
                           {"create": {"_index": ".alerts-security.alerts-default"}}, {"a": 6},
                           {"create": {"_id": "x" * 513}}, {"a": 7},
                           path="/logs-items-default/_bulk")
        self.assertEqual(answer.status, 200)
        said = answer.json()
        self.assertTrue(said["errors"])
        seen = [(list(i)[0], list(i.values())[0]) for i in said["items"]]
        self.assertEqual([(op, v["status"]) for op, v in seen],
                         [("create", 201), ("index", 201), ("create", 409), ("index", 200), ("create", 400),
                          ("delete", 400), ("create", 400), ("create", 403), ("create", 400)])
        first = seen[0][1]
        self.assertEqual((first["_index"], first["_id"], first["result"], first["_version"]),
                         ("logs-items-default", "1", "created", 1))
        self.assertTrue(seen[1][1]["_id"])
        self.assertEqual(seen[2][1]["error"]["type"], "version_conflict_engine_exception")
        self.assertEqual(seen[3][1]["result"], "noop")
        self.assertEqual(seen[4][1]["error"]["type"], "document_parsing_exception")
        self.assertIn("data streams", seen[5][1]["error"]["reason"])
        self.assertEqual(seen[6][1]["error"]["type"], "invalid_index_name_exception")
        self.assertEqual(seen[7][1]["error"]["type"], "security_exception")
        self.assertEqual(self.count("logs-items-default"), 2)

    def test_whole_requests_refused(self):
        good = [{"create": {"_id": "g"}}, {"a": 1}]
        cases = [("", "parse_exception", "request body is required"),
                 ("\n\n", "action_request_validation_exception", "no requests added"),
                 (lines(*good)[:-1], "illegal_argument_exception", "must be terminated by a newline"),
                 (lines(*good, {"upsert": {}}, {}), "illegal_argument_exception", "found [upsert]"),
                 (lines(*good, "[]", {}), "illegal_argument_exception", "found [START_ARRAY]"),
                 (lines(*good, {"create": {}}), "illegal_argument_exception", "no document follows")]
        for body, kind, reason in cases:
            status, type_, why = self.error(self.s.post("/logs-refused-default/_bulk", body, headers=NDJSON))
            self.assertEqual((status, type_), (400, kind), body)
            self.assertIn(reason, why)
        self.assertEqual(self.count("logs-refused-default"), 0)

    def test_filter_path(self):
        body = ({"create": {"_id": "f1"}}, {"a": 1}, {"create": {"_id": "f1"}}, {"a": 1})
        answer = self.bulk(*body, path="/logs-filter-default/_bulk?filter_path=errors,items.*.error.type,items.*.status")
        self.assertEqual(answer.json(), {"errors": True, "items": [
            {"create": {"status": 201}},
            {"create": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}}]})
        self.assertEqual(self.bulk(*body, path="/logs-filter-default/_bulk?filter_path=-items,-took").json(), {"errors": True})
        good = self.bulk({"create": {}}, {"a": 1}, path="/logs-filter-default/_bulk?filter_path=errors,items.*.error")
        self.assertEqual(good.json(), {"errors": False})

    def test_the_same_event_is_one(self):
        event = {"@timestamp": "2026-01-02T00:00:00Z", "event": {"id": "same"}}
        first = self.bulk({"create": {}}, event, path="/logs-same-default/_bulk").json()["items"][0]["create"]
        again = self.bulk({"create": {}}, event, path="/logs-same-default/_bulk").json()["items"][0]["create"]
        other = self.bulk({"create": {}}, event, path="/logs-other-default/_bulk").json()["items"][0]["create"]
        self.assertEqual((first["status"], again["status"], other["status"]), (201, 409, 201))

    def test_single_documents(self):
        made = self.s.post("/logs-single-default/_doc", {"a": 1})
        self.assertEqual((made.status, made.json()["result"]), (201, "created"))
        put = self.s.request("PUT", "/logs-single-default/_doc/7", {"a": 1})
        self.assertEqual((put.status, put.json()["_id"]), (201, "7"))
        self.assertEqual(self.s.request("PUT", "/logs-single-default/_doc/7", {"a": 2}).json()["result"], "noop")
        self.assertEqual(self.error(self.s.request("PUT", "/logs-single-default/_create/7", {"a": 1}))[:2],
                         (409, "version_conflict_engine_exception"))
        self.assertEqual(self.error(self.s.post("/logs-single-default/_doc", "{"))[:2], (400, "document_parsing_exception"))
        self.assertEqual(self.error(self.s.post("/logs-single-default/_doc", ""))[:2], (400, "parse_exception"))

    # --- NDJSON ---

    def test_ingest(self):
        body = lines({"a": 1, "event": {"id": "i1"}}, "", "{bad", {"a": 2, "event": {"id": "i1"}},
                     {"_index": "logs-ingest2-default", "_id": "e", "_source": {"a": 3}}, "[1]")
        answer = self.s.post("/api/ingest?index=logs-ingest-default", body, headers=NDJSON)
        said = answer.json()
        self.assertEqual(answer.status, 200)
        self.assertEqual((said["accepted"], said["duplicates"], said["rejected_count"]), (2, 1, 2))
        self.assertEqual([r["line"] for r in said["rejected"]], [3, 6])
        self.assertEqual((self.count("logs-ingest-default"), self.count("logs-ingest2-default")), (1, 1))
        hit = self.s.get("/logs-ingest2-default/_search").json()["hits"]["hits"][0]
        self.assertEqual((hit["_id"], hit["_source"]["a"]), ("e", 3))

    def test_ingest_of_bad_lines_alone(self):
        answer = self.s.post("/api/ingest", lines(*["{"] * 150), headers=NDJSON)
        said = answer.json()
        self.assertEqual((answer.status, said["accepted"], said["rejected_count"], len(said["rejected"])), (400, 0, 150, 100))
        self.assertEqual(self.error(self.s.post("/api/ingest", "\n", headers=NDJSON))[0], 400)

    # --- handshake ---

    def test_handshake(self):
        for path in ("/", "/_license", "/_xpack", "/_cluster/health", "/_cluster/health/logs-*", "/_cluster/settings", "/_nodes",
                     "/_nodes/http", "/_nodes/_local", "/_nodes/_local/http", "/_alias", "/_cat/health?v", "/_cat/indices",
                     "/_cat/indices?format=json", "/_index_template", "/_ilm/policy", "/_ingest/pipeline", "/_data_stream"):
            answer = self.s.get(path)
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(answer.headers["X-Elastic-Product"], "Elasticsearch", path)
        self.assertEqual(self.s.get("/?filter_path=version.number").json().keys(), {"version"})
        self.assertEqual(self.s.request("HEAD", "/").body, b"")
        node = list(self.s.get("/_nodes/http").json()["nodes"].values())[0]
        self.assertEqual(node["http"]["publish_address"], self.s.url.split("//")[1])

    def test_setup(self):
        for path in ("/_index_template/t", "/_component_template/t", "/_template/t", "/_ilm/policy/t", "/_ingest/pipeline/t"):
            body = {"policy": {"phases": {}}} if "ilm" in path else {"description": "x"}
            self.assertEqual(self.s.request("HEAD", path).status, 404, path)
            self.assertEqual(self.s.request("GET", path).status, 404, path)
            self.assertEqual(self.s.request("PUT", path, body).json(), {"acknowledged": True}, path)
            self.assertEqual(self.s.request("HEAD", path).status, 200, path)
            self.assertIn("t", self.s.get(path).body.decode())
            self.assertEqual(self.s.request("DELETE", path).status, 200, path)
            self.assertEqual(self.s.request("HEAD", path).status, 404, path)
            self.assertEqual(self.s.request("PUT", path, "[").status, 400, path)
        big = {"description": "x" * (5 << 20)}
        self.assertEqual(self.s.request("PUT", "/_ingest/pipeline/big", big).status, 400)

    def test_data_streams(self):
        self.assertEqual(self.error(self.s.get("/_data_stream/logs-none-default"))[:2], (404, "index_not_found_exception"))
        self.assertEqual(self.s.request("PUT", "/_data_stream/logs-none-default").status, 200)
        streams = self.s.get("/_data_stream/logs-none-default").json()["data_streams"]
        self.assertEqual([d["name"] for d in streams], ["logs-none-default"])
        self.assertEqual(self.s.request("HEAD", "/logs-none-default").status, 200)
        self.assertEqual(self.s.request("HEAD", "/logs-nothing-default").status, 404)

    # --- searches ---

    def test_search_refusals(self):
        self.bulk({"create": {"_id": "s"}}, {"@timestamp": "2026-01-02T00:00:00Z", "process": {"name": "a\"b\\c", "pid": 4}},
                  path="/logs-search-default/_bulk")
        path = "/logs-search-default/_search"
        for body in ({"query": {"span_term": {}}}, {"aggs": {}}, {"size": 10001}, {"from": 9999, "size": 2}, {"size": -1}, {"sort": [{"a": "up"}]},
                     {"query": {"term": {"a` or true or `b": 1}}}, {"_source": [5]}, {"search_after": [1]}, {"query": []}):
            self.assertEqual(self.error(self.s.post(path, body))[0], 400, body)
        self.assertEqual(self.error(self.s.post(path, "{"))[:2], (400, "parsing_exception"))
        hits = self.s.post(path, {"query": {"term": {"process.name": "a\"b\\c"}}}).json()["hits"]
        self.assertEqual((hits["total"]["value"], hits["max_score"], hits["hits"][0]["_score"]), (1, 1.0, 1.0))
        self.assertEqual(self.s.get(path + "?q=process.pid:4&_source=false").json()["hits"]["hits"][0].keys(), {"_index", "_id", "_score"})

    def test_eql_refusals(self):
        self.bulk({"create": {"_id": "s"}}, {"@timestamp": "2026-01-02T00:00:00Z", "a": 1}, path="/logs-eql-default/_bulk")
        path = "/logs-eql-default/_eql/search"
        for body in ({}, {"query": ""}, {"query": "any where true", "size": 10001}, {"query": "any where true", "fetch_size": 1},
                     {"query": "any where true", "result_position": "middle"}, {"query": "any where true", "runtime_mappings": {}},
                     {"query": "any where true", "filter": {"nested": {}}}, {"query": "any where true", "keep_alive": "soon"}):
            self.assertEqual(self.error(self.s.post(path, body))[0], 400, body)
        self.assertEqual(self.error(self.s.post("/logs-absent/_eql/search", {"query": "any where true"}))[0], 404)
        for method in ("GET", "DELETE"):
            self.assertEqual(self.error(self.s.request(method, "/_eql/search/abc"))[:2], (404, "resource_not_found_exception"))
        fields = self.s.post(path, {"query": "any where a == 1", "fields": ["a"], "timestamp_field": "@timestamp"}).json()
        self.assertEqual(fields["hits"]["events"][0]["fields"], {"a": [1]})
        self.assertNotIn("id", fields)


if __name__ == "__main__":
    e2e.main()
