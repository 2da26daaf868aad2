#!/usr/bin/env python3
"""Clients that others wrote, against a running service: Elastic's client for Node.js and rsyslog."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import e2e
from service import Service

CLIENTS = pathlib.Path(__file__).resolve().parent.parent / "clients"
RSYSLOG_MODULES = [pathlib.Path(p) for p in ("/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/aarch64-linux-gnu/rsyslog",
                                             "/usr/lib/rsyslog", "/usr/lib64/rsyslog")]


def must(found, what):
    """A client that is not installed is no reason to fail at home; in CI it is."""
    if found:
        return
    if os.environ.get("CI"):
        raise AssertionError(f"{what} is not installed")
    raise unittest.SkipTest(f"{what} is not installed")


class Elasticsearch(unittest.TestCase):
    """@elastic/elasticsearch, as it comes from npm."""

    @classmethod
    def setUpClass(cls):
        must(shutil.which("npm") and shutil.which("node"), "Node.js with npm")
        cls.folder = tempfile.TemporaryDirectory(prefix="vedette-clients-")
        cls.addClassCleanup(cls.folder.cleanup)
        here = pathlib.Path(cls.folder.name)
        for name in ("package.json", "package-lock.json", "elasticsearch.mjs"):
            shutil.copy(CLIENTS / name, here)
        install = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=here,
                                 capture_output=True, text=True, timeout=300)
        if install.returncode:
            raise AssertionError("npm ci failed:\n" + install.stderr[-4000:])
        with Service(here / "data") as s:
            run = subprocess.run(["node", "elasticsearch.mjs", s.url, s.key], cwd=here, capture_output=True,
                                 text=True, timeout=300)
        if run.returncode:
            raise AssertionError("the client failed:\n" + run.stderr[-4000:])
        cls.seen = json.loads(run.stdout)

    def test_handshake(self):
        info = self.seen["info"]
        self.assertEqual(info["tagline"], "You Know, for Search")
        self.assertTrue(info["version"]["number"].startswith("8."))
        self.assertEqual(info["version"]["build_flavor"], "default")
        self.assertEqual(len(info["cluster_uuid"]), 22)
        self.assertTrue(self.seen["ping"])
        self.assertEqual(self.seen["health"], "green")
        self.assertEqual(self.seen["license"], "basic")

    def test_setup_is_kept(self):
        self.assertEqual((self.seen["templateBefore"], self.seen["templateAfter"]), (False, True))
        self.assertEqual(self.seen["template"]["index_template"]["index_patterns"], ["logs-client-*"])
        self.assertEqual(self.seen["policy"], {"phases": {"hot": {"actions": {}}}})
        self.assertEqual((self.seen["noPolicy"]["status"], self.seen["noPolicy"]["type"]), (404, "resource_not_found_exception"))
        self.assertEqual((self.seen["exists"], self.seen["existsNot"]), (True, False))

    def test_bulk_helper(self):
        stats = self.seen["bulk"]["stats"]
        self.assertEqual((stats["total"], stats["successful"], stats["failed"], stats["retry"]), (1000, 1000, 0, 0))
        again = self.seen["again"]
        self.assertEqual((again["stats"]["failed"], again["stats"]["successful"]), (1000, 0))
        self.assertEqual({(d["status"], d["type"]) for d in again["dropped"]}, {(409, "version_conflict_engine_exception")})
        again = self.seen["indexAgain"]["stats"]  # nothing is stored twice: the count below stays
        self.assertEqual((again["successful"], again["failed"]), (10, 0))

    def test_documents(self):
        update = self.seen["update"]
        self.assertTrue(update["errors"])
        self.assertEqual([list(i.values())[0]["status"] for i in update["items"]], [400, 400])
        self.assertEqual((self.seen["one"]["result"], self.seen["one"]["_id"]), ("created", "single"))
        self.assertEqual((self.seen["oneAgain"]["status"], self.seen["oneAgain"]["type"]),
                         (409, "version_conflict_engine_exception"))
        filtered = self.seen["filtered"]
        self.assertEqual(sorted(filtered), ["errors", "items"])
        self.assertTrue(filtered["errors"])
        self.assertEqual([list(i["create"]) for i in filtered["items"]], [["error"]])

    def test_search(self):
        # 1,000 of the helper, the single one, one beside a conflict.
        self.assertEqual(self.seen["count"], 1002)
        self.assertEqual(self.seen["countOf"], 7)
        hits = self.seen["search"]["hits"]
        self.assertEqual(hits["total"], {"value": 7, "relation": "eq"})
        self.assertEqual([h["_source"] for h in hits["hits"]], [{"process": {"pid": 906}}, {"process": {"pid": 806}}])
        self.assertEqual(hits["hits"][0]["_id"], "e-906")
        self.assertEqual(hits["hits"][0]["sort"], [1767312000000 + 906000])
        self.assertEqual(self.seen["searchAll"]["value"], 1002)
        self.assertEqual(self.seen["words"], len([i for i in range(7, 1000, 100) if i % 3 == 1]))
        self.assertEqual((self.seen["noIndex"]["status"], self.seen["noIndex"]["type"]), (404, "index_not_found_exception"))
        self.assertEqual(self.seen["badQuery"]["status"], 400)
        self.assertIn("unknown query [more_like_this]", self.seen["badQuery"]["reason"])
        self.assertEqual(self.seen["aggs"]["status"], 400)

    def test_eql(self):
        events = self.seen["event"]["hits"]["events"]
        self.assertEqual([e["_id"] for e in events], ["e-7", "e-107", "e-207"])
        self.assertEqual(events[0]["_source"]["process"]["name"], "whoami.exe")
        self.assertEqual(events[0]["_index"], "logs-client-default")
        sequences = self.seen["sequence"]["hits"]["sequences"]
        self.assertEqual([[e["_id"] for e in s["events"]] for s in sequences],
                         [[f"e-{i}6", f"e-{i}7"] for i in ("", "10", "20", "30", "40", "50")])
        self.assertEqual(self.seen["narrowed"], 10)
        self.assertEqual((self.seen["parse"]["status"], self.seen["parse"]["type"]), (400, "parsing_exception"))
        self.assertEqual((self.seen["verify"]["status"], self.seen["verify"]["type"]), (400, "verification_exception"))
        self.assertIn("line 1:", self.seen["verify"]["reason"])

    def test_eql_beside(self):
        self.assertEqual(self.seen["begun"]["id"], "string")
        self.assertFalse(self.seen["async"]["is_running"])
        self.assertEqual(len(self.seen["async"]["hits"]["events"]), 5)
        self.assertEqual(self.seen["status"]["completion_status"], 200)
        self.assertTrue(self.seen["deleted"])
        self.assertEqual(self.seen["gone"]["status"], 404)


RSYSLOG_CONF = """\
global(workDirectory="{folder}")
module(load="{modules}/imfile")
module(load="{modules}/omelasticsearch")
template(name="index" type="string" string="logs-rsyslog-%programname%")
template(name="document" type="list" option.jsonf="on") {{
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}}
input(type="imfile" file="{folder}/in.log" tag="sshd:" freshStartTail="off")
action(type="omelasticsearch" server="http://127.0.0.1" serverport="{port}"
  template="document" searchIndex="index" dynSearchIndex="on" searchType="" bulkmode="on"
  uid="{uid}" pwd="{pwd}" errorfile="{folder}/errors.json"
  action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="LinkedList" queue.dequeueBatchSize="500")
"""


class Rsyslog(unittest.TestCase):
    """rsyslogd with omelasticsearch, as Debian has it: lines of a file, each once in the store."""

    LINES = 5000

    def setUp(self):
        self.modules = next((m for m in RSYSLOG_MODULES if (m / "omelasticsearch.so").exists()), None)
        self.rsyslogd = shutil.which("rsyslogd") or next(
            (p for p in ("/usr/sbin/rsyslogd", "/sbin/rsyslogd") if os.path.exists(p)), None)
        must(self.modules and self.rsyslogd, "rsyslog with omelasticsearch")
        folder = tempfile.TemporaryDirectory(prefix="vedette-rsyslog-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def conf(self, s):
        uid, pwd = basic(s.key)
        path = self.folder / "rsyslog.conf"
        path.write_text(RSYSLOG_CONF.format(folder=self.folder, modules=self.modules, port=s.port, uid=uid, pwd=pwd))
        return path

    def test_every_line_once(self):
        (self.folder / "in.log").write_text("".join(f'line {i} with "quotes" and \\ in it\n' for i in range(self.LINES)))
        with Service(self.folder / "data") as s:
            conf = self.conf(s)
            said = open(self.folder / "rsyslog.log", "wb")
            self.addCleanup(said.close)
            r = subprocess.Popen([self.rsyslogd, "-n", "-f", conf, "-i", self.folder / "rsyslog.pid"], stdout=said,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            try:
                found = self.wait_for_lines(s)
            finally:
                r.terminate()
                r.wait(30)
            why = (self.folder / "rsyslog.log").read_text(errors="replace")[-3000:]
            errors = self.folder / "errors.json"
            self.assertFalse(errors.exists() and errors.stat().st_size, errors.exists() and errors.read_text()[:2000])
            self.assertEqual(found, self.LINES, why)
            hits = s.post("/logs-rsyslog-sshd/_search", {"size": self.LINES, "_source": ["message"]}).json()["hits"]["hits"]
            said_lines = sorted(h["_source"]["message"].strip() for h in hits)
            self.assertEqual(said_lines, sorted(f'line {i} with "quotes" and \\ in it' for i in range(self.LINES)))

    def wait_for_lines(self, s, seconds=60):
        """How many lines there are once all are, or time is over."""
        found, end = 0, time.monotonic() + seconds
        while found < self.LINES and time.monotonic() < end:
            time.sleep(0.3)
            answer = s.post("/logs-rsyslog-sshd/_count", {})
            found = answer.json()["count"] if answer.status == 200 else 0
        return found


def basic(key):
    """User and password of a key: what it is in base64 of."""
    import base64
    uid, _, pwd = base64.b64decode(key).decode().partition(":")
    return uid, pwd


if __name__ == "__main__":
    e2e.main()
