"""Tests of what make bench measures with. BUILD in the environment names a build folder (build).

Without one the rules are only compared as text.
"""
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import tomllib
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench  # noqa: E402
import join_evtx  # noqa: E402
import multiply_rules as multiply  # noqa: E402
import pending  # noqa: E402
import reference  # noqa: E402

RULES = os.path.join(ROOT, "rules")
BUILD = os.environ.get("BUILD", "build")
VEDETTE = os.path.join(ROOT, BUILD, "src/cli/vedette")


class Constants(unittest.TestCase):
    def assert_becomes(self, query, other):
        self.assertEqual(multiply.other_constants(query, 3), other)

    def test_a_constant_keeps_its_kind(self):
        for text, other in (("powershell.exe", "powershellq3.exe"), ("*\\\\Temp\\\\*", "*\\\\Tempq3\\\\*"),
                            ("?:\\\\Users\\\\*.exe", "?:\\\\Usersq3\\\\*.exe"), ("-enc", "-encq3"), (".bashrc", ".bashrcq3"),
                            ("/etc/cron.d/*", "/etc/cron.dq3/*"), ("S-1-5-18", "S-1-5-18q3"), ("4624", "46243")):
            self.assertEqual(multiply.other_text(text, 3), other)

    def test_what_has_no_word_stays(self):
        for text in ("", "*", "?*", "*.exe", "* ", "*$", "\\u{202E}"):
            self.assertEqual(multiply.other_text(text, 3), text)

    def test_addresses_stay_addresses(self):
        self.assertEqual(multiply.other_text("10.0.0.0/8", 1), "21.0.0.0/8")
        self.assertEqual(multiply.other_text("127.0.0.1", 3), "127.0.0.4")
        self.assertEqual(multiply.other_text("FE80::/10", 3), "FE80::/10")

    def test_copies_differ(self):
        self.assertEqual(len({multiply.other_text("cmd.exe", tag) for tag in range(1, 10)}), 9)

    def test_few_valued_fields_stay(self):
        for field in ("event.action", "host.os.type", "data_stream.dataset", "file.extension",
                      "process.code_signature.status"):
            query = f'any where {field} in ("one", "two")'
            self.assert_becomes(query, query)

    def test_the_field_before_decides(self):
        self.assert_becomes('process where event.type == "start" and process.name : ("a.exe", "b*") and host.os.type == "x"',
                            'process where event.type == "start" and process.name : ("aq3.exe", "bq3*") and host.os.type == "x"')

    def test_expressions_stay_whole(self):
        self.assert_becomes('process where process.args regex~ """[a-z]{3}\\d+""" and process.name : "a1"',
                            'process where process.args regex~ """[a-z]{3}\\d+q3""" and process.name : "a1q3"')
        self.assert_becomes('process where match(process.name, "a+")', 'process where match(process.name, "a+q3")')

    def test_comments_and_fields_are_no_constants(self):
        query = '/* "one" */ process where `event.x-y` == "two" // "three"\n'
        self.assert_becomes(query, query)

    def test_spans(self):
        self.assertEqual(multiply.longer_spans("sequence with maxspan = 5m [a where true] with runs=3", 100),
                         "sequence with maxspan = 500m [a where true] with runs=3")


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.count = multiply.write(RULES, cls.dir.name, copies=10)

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def read(self):
        for folder, _, names in sorted(os.walk(self.dir.name)):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    yield os.path.basename(folder), tomllib.load(f)

    def test_ten_of_each_under_names_of_their_own(self):
        originals = list(multiply.rules_of(RULES))
        rules = [r["rule"] for _, r in self.read()]
        self.assertEqual((self.count, len(rules)), (10 * len(originals), 10 * len(originals)))
        self.assertEqual(len({r["rule_id"] for r in rules}), len(rules))
        self.assertEqual(len({r["name"] for r in rules}), len(rules))
        self.assertEqual(len({r["query"] for r in rules}), len(rules))

    def test_the_first_copy_is_the_rule(self):
        queries = {q.strip() for _, q, _ in multiply.rules_of(RULES)}
        self.assertEqual({r["rule"]["query"].strip() for tag, r in self.read() if tag == "00"}, queries)

    @unittest.skipUnless(os.path.exists(VEDETTE), "no build")
    def test_all_of_them_compile(self):
        run = subprocess.run([VEDETTE, "check", self.dir.name], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout[-2000:])
        self.assertRegex(run.stdout + run.stderr, rf"{self.count} run here, 0 with errors")

    @unittest.skipUnless(os.path.exists(VEDETTE), "no build")
    def test_exported_rules_can_be_multiplied(self):
        with tempfile.TemporaryDirectory() as folder:
            one, ten = os.path.join(folder, "one.ndjson"), os.path.join(folder, "ten")
            with open(one, "wb") as out:
                subprocess.run([VEDETTE, "check", "--export", "ndjson", RULES], stdout=out, check=True)
            self.assertEqual(multiply.write(one, ten, copies=10), self.count)
            run = subprocess.run([VEDETTE, "check", ten], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout[-2000:])


class Pending(unittest.TestCase):
    @staticmethod
    def text(none):
        out = io.StringIO()
        pending.write(out, 500, 200, none)
        return out.getvalue()

    def test_in_order_and_within_a_minute(self):
        stamps = [json.loads(line)["@timestamp"] for line in self.text(False).splitlines()]
        self.assertEqual(len(stamps), 700)
        self.assertEqual(stamps, sorted(stamps))
        for stamp in stamps:
            self.assertRegex(stamp, r"^2025-03-03T08:00:[0-5]\d\.\d{7}Z$")

    def test_the_same_length_without(self):
        self.assertEqual([len(line) for line in self.text(False).splitlines()],
                         [len(line) for line in self.text(True).splitlines()])

    @unittest.skipUnless(os.path.exists(VEDETTE), "no build")
    def test_all_wait_or_none(self):
        for none in (False, True):
            run = subprocess.run([VEDETTE, "bench", "-f", "json", "-r", bench.SMB, "-"], input=self.text(none).encode(),
                                 capture_output=True, check=True)
            said = json.loads(run.stdout)
            self.assertEqual((said["pending_peak"], said["findings"]), (0 if none else 500, 0))
            self.assertEqual(said["kept_events"], 20 if none else 520)


def chunk(first, last, used, fill):
    """A made-up chunk with the fields of its head that joining looks at."""
    return struct.pack("<8sQQ24xI", b"ElfChnk", first, last, used).ljust(join_evtx.CHUNK, fill)


class Logs(unittest.TestCase):
    FULL = [chunk(1, 7, 65000, b"a"), chunk(8, 20, 60000, b"b"), chunk(40, 44, 57344, b"c")]
    EMPTY = chunk(1, 2, 57343, b"d")

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.out = os.path.join(self.dir, "out")

    def put(self, name, *chunks, start=b"ElfFile\0"):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(start.ljust(join_evtx.HEADER, b"\1"))
            f.writelines(chunks)
        return path

    def joined(self, files, chunks):
        """The records counted, the header and the chunks of a log of so many."""
        count = join_evtx.join(files, join_evtx.HEADER + chunks * join_evtx.CHUNK, self.out)
        with open(self.out, "rb") as f:
            head, rest = f.read(join_evtx.HEADER), f.read()
        return count, head, [rest[i:i + join_evtx.CHUNK] for i in range(0, len(rest), join_evtx.CHUNK)]

    def test_full_chunks_in_turns(self):
        a, b, c = self.FULL
        files = [self.put("1", a, self.EMPTY, b"not a chunk".ljust(join_evtx.CHUNK), b), self.put("2", c, a[:9000]),
                 self.put("3", a, start=b"something else")]
        count, _, chunks = self.joined(files, 5)
        self.assertEqual((count, chunks == [a, b, c, a, b]), (7 + 13 + 5 + 7 + 13, True))

    def test_header(self):
        _, head, _ = self.joined([self.put("1", *self.FULL)], 1000)
        first, last, following, size, minor, major, block, chunks = struct.unpack_from("<QQQIHHHH", head, 8)
        self.assertEqual((first, last, following, chunks), (0, 999, 45, 1000))
        self.assertEqual((head[:8], size, minor, major, block, len(head)), (b"ElfFile\0", 128, 1, 3, 4096, 4096))
        flags, check = struct.unpack_from("<II", head, 120)
        self.assertEqual((flags, check), (0, zlib.crc32(head[:120])))

    def test_never_larger_than_asked_for(self):
        join_evtx.join([self.put("1", *self.FULL)], 4096 + 7 * 65536 - 1, self.out)
        self.assertEqual(os.path.getsize(self.out), 4096 + 6 * 65536)
        join_evtx.join([self.put("1", *self.FULL)], 0, self.out)
        self.assertEqual(os.path.getsize(self.out), 4096 + 65536)

    def test_empty_ones_if_there_are_no_others(self):
        count, _, chunks = self.joined([self.put("1", self.EMPTY)], 2)
        self.assertEqual((count, chunks == [self.EMPTY] * 2), (4, True))

    def test_nothing_to_join(self):
        self.assertEqual(join_evtx.join([], 100_000, self.out), 0)
        self.assertEqual(join_evtx.join([self.put("1")], 100_000, self.out), 0)
        self.assertFalse(os.path.exists(self.out))

    @unittest.skipUnless(os.path.exists(VEDETTE) and reference.path("corpus/evtx"), "no build or no recordings")
    def test_every_record_of_a_joined_log_is_read(self):
        folder = reference.path("corpus/evtx")
        count, _, _ = self.joined([os.path.join(folder, name) for name in sorted(os.listdir(folder))], 60)
        run = subprocess.run([VEDETTE, "info", "-f", "json", "-r", bench.SMB, self.out], capture_output=True, text=True)
        said = json.loads(run.stdout)
        self.assertEqual((said["events"], said["not_readable"], run.stderr), (count, 0, ""))


class Table(unittest.TestCase):
    RUN = {"bytes": 100, "parse_rounds": [{"cpu": 1.0, "clock": 9}, {"cpu": 1.0, "clock": 9}, {"cpu": 1.0, "clock": 9}],
           "rules_rounds": [{"cpu": 2.0, "clock": 9}, {"cpu": 4.0, "clock": 9}, {"cpu": 5.0, "clock": 9}]}
    HALF = {"bytes": 200, "rules_rounds": [{"cpu": 8.0, "clock": 4}]}

    def test_ratios(self):
        self.assertEqual(bench.against_parsing([self.RUN]), 0.25)
        self.assertEqual(bench.against([self.HALF], [self.RUN]), 0.5)
        self.assertEqual(bench.against([self.HALF], [self.RUN], "clock"), 4.5)

    def test_verdicts(self):
        self.assertEqual([bench.ratio_row("", x, 0.5).verdict() for x in (0.49, 0.5)], ["below", "ok"])
        self.assertEqual(bench.Row("", "", "", None).verdict(), "-")

    def test_the_page_keeps_what_is_around_the_table(self):
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page.md")
            with open(page, "w", encoding="utf-8") as f:
                f.write("before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n")
            bench.update(page, bench.markdown([bench.ratio_row("speed", 0.75, 0.5, "more")]))
            with open(page, encoding="utf-8") as f:
                text = f.read()
        self.assertTrue(text.startswith("before\n<!-- table -->\nMeasured on "), text)
        self.assertTrue(text.endswith("| speed | 0.75 | 0.5 | ok | more |\n<!-- end of table -->\nafter\n"), text)

    def test_the_page_has_its_marks(self):
        with open(os.path.join(ROOT, "docs/performance.md"), encoding="utf-8") as f:
            text = f.read()
        self.assertEqual([text.count("<!-- table -->\n"), text.count("<!-- end of table -->")], [1, 1])

    @unittest.skipUnless(os.path.exists(os.path.join(ROOT, BUILD, "bench/gen/vedette-gen")), "no build")
    def test_a_short_run(self):
        run = subprocess.run([sys.executable, os.path.join(ROOT, "tools/bench.py"), os.path.join(ROOT, BUILD), "--rules", RULES,
                              "--size", "30000000", "--rounds", "1", "--only", "planted", "--markdown"],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertTrue(re.search(r"^\| planted attacks found \| (\d+) of \1, 0 others \|", run.stdout, re.M), run.stdout)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]}; BUILD names the build folder")
    unittest.main()
