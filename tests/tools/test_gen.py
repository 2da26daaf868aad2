"""Tests of vedette-gen: python3 test_gen.py PATH/TO/vedette-gen"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gen_rules import RULES, get, matches, one, ticks  # noqa: E402

GEN = "vedette-gen"
SHARES = {"registry.path": 74, "dll.path": 79, "process.args": 78, "process.command_line": 62}
WINDOW = 10_000


def run(*args):
    return subprocess.run([GEN, *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def documents(*args):
    """The documents and what was planted."""
    with tempfile.TemporaryDirectory() as tmp:
        side = os.path.join(tmp, "planted.ndjson")
        out = run("--planted", side, *args).stdout
        with open(side, encoding="utf-8") as f:
            planted = [json.loads(line) for line in f]
    return [json.loads(line) for line in out.splitlines()], planted


def leaves(value, path=""):
    """(path, string) of every string value."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves(v, f"{path}.{k}" if path else k)
    elif isinstance(value, list):
        for v in value:
            yield from leaves(v, path)
    elif isinstance(value, str):
        yield path, value


class Shape(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.docs, cls.planted = documents("--events", "20000", "--attacks", "21", "--seed", "5")

    def test_every_document_has_the_common_parts(self):
        for d in self.docs:
            for path in ("@timestamp", "agent.id", "ecs.version", "data_stream.dataset", "elastic.agent.id", "message",
                         "host.id", "host.hostname", "host.ip", "host.mac", "host.os.type", "host.architecture",
                         "event.id", "event.action", "event.category", "event.type", "event.kind", "event.module",
                         "event.sequence", "event.created", "event.ingested", "user.id", "user.name",
                         "process.entity_id", "process.pid", "process.name", "process.executable",
                         "process.Ext.ancestry"):
                if not (path == "process.Ext.ancestry" and one(d, "process.parent.entity_id")):
                    self.assertTrue(get(d, path), (path, d))
            self.assertRegex(d["@timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$")
            self.assertEqual(d["event"]["dataset"], d["data_stream"]["dataset"])

    def test_every_kind_has_its_own_parts(self):
        need = {"endpoint.events.file": ("file.path", "file.name"),
                "endpoint.events.registry": ("registry.path", "registry.hive", "registry.key", "registry.value",
                                             "registry.data.strings"),
                "endpoint.events.library": ("dll.path", "dll.name", "dll.hash.sha256", "dll.code_signature.exists"),
                "endpoint.events.network": ("destination.ip", "destination.port", "source.ip", "source.port",
                                            "network.transport", "network.direction"),
                "endpoint.events.security": ("event.outcome", "source.ip"),
                "endpoint.events.process": ("process.args", "process.args_count", "process.command_line",
                                            "process.parent.entity_id", "process.parent.command_line",
                                            "process.hash.sha256", "process.working_directory")}
        seen = Counter(d["event"]["dataset"] for d in self.docs)
        self.assertEqual(set(seen), set(need))
        for d in self.docs:
            for path in need[d["event"]["dataset"]]:
                self.assertTrue(get(d, path), (path, d))
        for d in self.docs:
            if "registry" in d:
                r = d["registry"]
                self.assertEqual(r["path"], "\\".join((r["hive"], r["key"], r["value"])))
            if "file" in d:
                self.assertTrue(d["file"]["path"].endswith(d["file"]["name"]))
            if d["event"]["dataset"].endswith("process"):
                self.assertEqual(len(d["process"]["args"]), d["process"]["args_count"])

    def test_systems_and_kinds_are_mixed(self):
        systems = Counter(d["host"]["os"]["type"] for d in self.docs)
        self.assertGreater(systems["windows"], systems["linux"])
        self.assertGreater(systems["linux"], systems["macos"])
        windows = [d for d in self.docs if d["host"]["os"]["type"] == "windows"]
        kinds = Counter("dns" if "dns" in d else d["event"]["dataset"].split(".")[-1] for d in windows)
        mix = {"file": 30, "library": 20, "registry": 15, "network": 12, "dns": 8, "process": 13, "security": 2}
        for kind, percent in mix.items():
            self.assertAlmostEqual(100 * kinds[kind] / len(windows), percent, delta=1.5, msg=kind)

    def test_ids_order_and_sequence_numbers(self):
        ids = [d["event"]["id"] for d in self.docs]
        self.assertEqual(len(ids), len(set(ids)))
        times = [d["@timestamp"] for d in self.docs]
        self.assertEqual(times, sorted(times))
        last = {}
        for d in self.docs:
            host, number = d["host"]["id"], d["event"]["sequence"]
            self.assertGreater(number, last.get(host, -1))
            last[host] = number

    def test_process_trees_are_consistent(self):
        starts, ended, parents = {}, set(), 0
        for d in self.docs:
            p = d["process"]
            self.assertNotIn(p["entity_id"], ended)
            begin = starts.get(p["entity_id"])
            if begin is not None:
                for field in ("pid", "name", "executable"):
                    self.assertEqual(p[field], begin[field])
            if not d["event"]["dataset"].endswith("process"):
                continue
            parent = starts.get(p["parent"]["entity_id"])
            self.assertNotIn(p["parent"]["entity_id"], ended)
            if d["event"]["type"] == ["start"]:
                self.assertIsNone(begin)
                starts[p["entity_id"]] = p
                self.assertEqual(p["start"], d["@timestamp"])
            else:
                ended.add(p["entity_id"])
            if parent is not None:
                parents += 1
                for field in ("pid", "name", "command_line", "args"):
                    self.assertEqual(p["parent"][field], parent[field])
        self.assertGreater(len(ended), 500)
        self.assertGreater(parents, 50)

    def test_only_the_kernel_speaks_smb(self):
        planted = {i for p in self.planted for i in p["events"]}
        kernel = 0
        for d in self.docs:
            if d["host"]["os"]["type"] == "windows" and one(d, "destination.port") == 445:
                if d["event"]["id"] not in planted:
                    self.assertEqual(d["process"]["pid"], 4)
                    kernel += 1
        self.assertGreater(kernel, 10)


class Repetition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        out = run("--size", "120M", "--stats")
        cls.lines, cls.stats = out.stdout.splitlines(), out.stderr.decode()
        cls.sizes = len(out.stdout) / len(cls.lines)
        cls.found = {f: [0, 0] for f in SHARES}
        docs = [json.loads(line) for line in cls.lines]
        for first in range(0, len(docs) - WINDOW + 1, WINDOW):
            for f, count in cls.found.items():
                seen = set()
                for d in docs[first:first + WINDOW]:
                    for v in get(d, f):
                        count[0] += 1
                        count[1] += v in seen
                        seen.add(v)

    def test_shares(self):
        for f, percent in SHARES.items():
            total, repeats = self.found[f]
            self.assertAlmostEqual(100 * repeats / total, percent, delta=3, msg=f)

    def test_stats_say_the_same(self):
        for f, (total, repeats) in self.found.items():
            said = re.search(rf"^seen before {re.escape(f)} ([\d.]+) %$", self.stats, re.M)
            self.assertAlmostEqual(float(said.group(1)), 100 * repeats / total, delta=0.1, msg=f)

    def test_mean_size(self):
        self.assertAlmostEqual(self.sizes, 3900, delta=120)


class Amount(unittest.TestCase):
    def test_size_is_met(self):
        for size in (1_000_000, 4_000_000, 25_000_000):
            for more in ((), ("--distinct-values",), ("--late", "50"), ("--attacks-per-million", "2000")):
                n = len(run("--size", str(size), *more).stdout)
                self.assertAlmostEqual(n, size, delta=size / 100, msg=(size, more))

    def test_units(self):
        self.assertAlmostEqual(len(run("--size", "2M").stdout), 2_000_000, delta=20_000)
        self.assertAlmostEqual(len(run("--size", "3000K").stdout), 3_000_000, delta=30_000)

    def test_events_are_exact(self):
        for n in (1, 100, 3000):
            self.assertEqual(run("--events", str(n)).stdout.count(b"\n"), n)
        self.assertEqual(run("--events", "3000", "--attacks", "50", "--late", "30").stdout.count(b"\n"), 3000)

    def test_start_and_hosts(self):
        docs, _ = documents("--events", "3000", "--hosts", "7", "--start", "2031-12-31T23:59:59Z")
        self.assertTrue(docs[0]["@timestamp"].startswith("2031-12-31T23:59:59."))
        self.assertTrue(docs[-1]["@timestamp"].startswith("2032-01-01T00:0"))
        self.assertEqual(len({d["host"]["id"] for d in docs}), 7)

    def test_same_seed_same_bytes(self):
        args = ("--size", "3M", "--attacks", "10", "--late", "20")
        first = run(*args, "--seed", "9").stdout
        self.assertEqual(first, run(*args, "--seed", "9").stdout)
        self.assertNotEqual(first, run(*args, "--seed", "10").stdout)

    def test_output_file_is_what_stdout_would_be(self):
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "e.ndjson")
            run("--size", "2M", "-o", path)
            with open(path, "rb") as f:
                self.assertEqual(f.read(), run("--size", "2M").stdout)

    def test_wrong_use_is_refused(self):
        for args in (["--size", "x"], ["--size", "5T"], ["--start", "yesterday"], ["--late", "1001"], ["--hosts", "0"], ["--size", "0"],
                     ["--events", "10", "--attacks", "9"], ["--size", "1M", "--events", "4"], ["surplus"], ["--what"]):
            done = subprocess.run([GEN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.assertIn(b"vedette-gen: ", done.stderr)

    def test_output_that_cannot_be_written(self):
        for args in (["-o", "/nonexistent/x"], ["--planted", "/nonexistent/x"], ["-o", "/dev/full"]):
            done = subprocess.run([GEN, "--size", "1M", *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  check=False)
            self.assertEqual(done.returncode, 3, args)
            self.assertIn(b"vedette-gen: /", done.stderr)


class Planted(unittest.TestCase):
    def check(self, docs, planted):
        """Every rule finds what was planted for it, in that order, and no more."""
        ids = {d["event"]["id"] for d in docs}
        for p in planted:
            self.assertLessEqual(set(p["events"]), ids)
        docs = sorted(docs, key=ticks)
        for name in RULES:
            want = sorted(p["events"] for p in planted if p["rule"] == name)
            self.assertGreater(len(want), 0, name)
            self.assertEqual(sorted(matches(name, docs)), want, name)

    def test_all_are_found_and_nothing_else(self):
        docs, planted = documents("--events", "12000", "--attacks", "140", "--seed", "3")
        self.assertEqual(len(planted), 140)
        self.check(docs, planted)

    def test_on_few_hosts(self):
        docs, planted = documents("--events", "8000", "--attacks", "70", "--hosts", "4")
        self.assertEqual(len(planted), 70)
        self.check(docs, planted)

    def test_with_late_events(self):
        docs, planted = documents("--events", "8000", "--attacks", "70", "--late", "100")
        self.assertNotEqual([ticks(d) for d in docs], sorted(ticks(d) for d in docs))
        self.check(docs, planted)

    def test_with_distinct_values(self):
        self.check(*documents("--events", "8000", "--attacks", "70", "--distinct-values"))

    def test_near_misses_are_there(self):
        def public_starts(*args):
            docs, _ = documents("--events", "6000", "--attacks", "70", *args)
            return sum(d["event"]["type"] == ["start"] and "Users\\Public" in d["process"]["executable"]
                       and "process" in d["event"]["category"] for d in docs)
        self.assertEqual(public_starts("--no-decoys"), 10)
        self.assertEqual(public_starts(), 20)

    def test_rules_have_the_recorded_names_and_ids(self):
        try:
            import tomllib
        except ImportError:
            self.skipTest("no tomllib in this Python")
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        known = {}
        for top in ("bench/rules", "rules/windows"):
            for name in os.listdir(os.path.join(root, top)):
                if name.endswith(".toml"):
                    with open(os.path.join(root, top, name), "rb") as f:
                        rule = tomllib.load(f)["rule"]
                    known[rule["rule_id"]] = rule["name"]
        _, planted = documents("--events", "3000", "--attacks", "14")
        for p in planted:
            self.assertEqual(known.get(p["rule_id"]), p["rule"])

    def test_side_file_as_an_array(self):
        for attacks in ("0", "1", "14"):
            with tempfile.TemporaryDirectory() as tmp:
                path = os.path.join(tmp, "planted.json")
                run("--events", "3000", "--attacks", attacks, "--planted", path)
                with open(path, encoding="utf-8") as f:
                    array = json.load(f)
                self.assertEqual(len(array), int(attacks))
                self.assertEqual(array, documents("--events", "3000", "--attacks", attacks)[1])


class Late(unittest.TestCase):
    def test_share_and_bound(self):
        docs, _ = documents("--events", "60000", "--late", "50", "--hosts", "20")
        newest, late, most = 0, 0, 0
        for d in docs:
            t = ticks(d)
            late += t < newest
            most = max(most, newest - t)
            newest = max(newest, t)
        self.assertAlmostEqual(1000 * late / len(docs), 50, delta=10)
        self.assertLessEqual(most, 180 * 10_000_000 + 10_000_000)
        self.assertGreater(most, 60 * 10_000_000)


class Distinct(unittest.TestCase):
    KEPT = re.compile(r"^(@timestamp|event\.(category|type|kind|action|dataset|created|ingested)|data_stream\..*|"
                      r"host\.os\.type|.*\.ip|.*\.address|dns\.resolved_ip|process\..*\.?(start|end)|"
                      r".*\.client_address)$")

    def test_no_value_twice(self):
        docs, planted = documents("--events", "4000", "--distinct-values", "--attacks", "0")
        self.assertEqual(planted, [])
        seen = {}
        for n, d in enumerate(docs):
            for path, value in leaves(d):
                if not self.KEPT.match(path):
                    self.assertEqual(seen.setdefault((path, value), n), n, (path, value))

    def test_the_rest_is_as_it_was(self):
        plain, _ = documents("--events", "4000", "--attacks", "0")
        tagged, _ = documents("--events", "4000", "--attacks", "0", "--distinct-values")
        for n, (a, b) in enumerate(zip(plain, tagged)):
            for (path, before), (_, after) in zip(leaves(a), leaves(b)):
                if self.KEPT.match(path):
                    self.assertEqual(before, after)
                else:
                    tag = "-" + base36(n)
                    self.assertEqual(len(after), len(before) + len(tag), path)
                    at = after.rfind(tag)
                    self.assertEqual(after[:at] + after[at + len(tag):], before)


def base36(n):
    """Least digit first, as the tags are."""
    out = ""
    while True:
        out += "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36]
        n //= 36
        if n == 0:
            return out


if __name__ == "__main__":
    GEN = sys.argv.pop(1)
    unittest.main()
