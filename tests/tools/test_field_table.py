#!/usr/bin/env python3
"""Tests of tools/gen_field_table.py and of the lists in src/field/data.

Run: python3 tests/tools/test_field_table.py
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GENERATOR = os.path.join(ROOT, "tools", "gen_field_table.py")
DATA = os.path.join(ROOT, "src", "field", "data")
LISTS = [os.path.join(DATA, name) for name in ("ecs.tsv", "endpoint.tsv", "integrations.tsv")]
ROW = re.compile(r'    \{"([^"]+)", (\d+), VD_TYPE_(\w+), VD_ORIGIN_(\w+), (\w+)\},')

ECS_HEAD = "# origin: ecs\n# ecs-version: 9.4.0\n"
ENDPOINT_HEAD = "# origin: endpoint\n"
INTEGRATION_HEAD = "# origin: integration\n"


def rows_of(source):
    """[(name, length, type, origin, flags)] of generated C text, in its order."""
    return [(m[1], int(m[2]), m[3], m[4], m[5]) for m in ROW.finditer(source)]


class GeneratorCase(unittest.TestCase):
    """Runs the generator in a directory of its own."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.out = os.path.join(self.dir.name, "out.c")

    def write(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return path

    def run_generator(self, *lists):
        return subprocess.run([sys.executable, GENERATOR, self.out, *lists],
                              capture_output=True, text=True, check=False)

    def generate(self, *lists):
        done = self.run_generator(*lists)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(self.out, encoding="ascii") as f:
            return f.read()

    def generate_texts(self, *texts):
        paths = [self.write(f"{i}.tsv", text) for i, text in enumerate(texts)]
        return {row[0]: row[1:] for row in rows_of(self.generate(*paths))}

    def assert_refused(self, text, line, why):
        path = self.write("bad.tsv", text)
        done = self.run_generator(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:{line}: ", done.stderr)
        self.assertIn(why, done.stderr)
        self.assertEqual(sorted(os.listdir(self.dir.name)), ["bad.tsv"], "nothing may be left behind")


class TestShippedLists(GeneratorCase):
    """The table that the program is built with."""

    def setUp(self):
        super().setUp()
        self.source = self.generate(*LISTS)
        self.rows = rows_of(self.source)
        self.by_name = {row[0]: row[2:] for row in self.rows}

    def test_sorted_and_unique(self):
        names = [row[0].encode() for row in self.rows]
        self.assertEqual(names, sorted(set(names)))
        self.assertTrue(all(row[1] == len(row[0]) for row in self.rows))

    def test_count_and_version(self):
        self.assertGreater(len(self.rows), 5900)
        self.assertIn(f"vd_field_row_count = {len(self.rows)};", self.source)
        self.assertRegex(self.source, r'vd_ecs_version\[\] = "9\.\d+\.\d+";')
        # Every row of the text was understood by this test.
        self.assertEqual(self.source.count("VD_ORIGIN_"), len(self.rows))

    def test_order_of_lists_does_not_matter(self):
        self.assertEqual(self.generate(*reversed(LISTS)), self.source)

    def test_known_fields(self):
        for name, es_type, origin in (
                ("@timestamp", "DATE", "ECS"),
                ("process.name", "KEYWORD", "ECS"),
                ("process.pid", "LONG", "ECS"),
                ("process.command_line", "WILDCARD", "ECS"),
                ("process.entity_id", "KEYWORD", "ECS"),
                ("process.code_signature.trusted", "BOOLEAN", "ECS"),
                ("destination.port", "LONG", "ECS"),
                ("source.ip", "IP", "ECS"),
                ("source.geo.location", "OTHER", "ECS"),
                ("data_stream.dataset", "CONSTANT_KEYWORD", "ECS"),
                ("message", "TEXT", "ECS"),
                ("event.risk_score", "DOUBLE", "ECS"),
                ("process.Ext.token.integrity_level_name", "KEYWORD", "ENDPOINT"),
                ("process.Ext.relative_file_creation_time", "DOUBLE", "ENDPOINT"),
                ("dll.Ext.relative_file_name_modify_time", "DOUBLE", "ENDPOINT"),
                ("file.Ext.windows.zone_identifier", "LONG", "ENDPOINT"),
                ("Effective_process.executable", "KEYWORD", "ENDPOINT"),
                ("winlog.event_data.SubjectLogonId", "KEYWORD", "INTEGRATION"),
                ("azure.signinlogs.properties.status.error_code", "LONG", "INTEGRATION"),
                ("aws.cloudtrail.flattened.request_parameters", "FLATTENED", "INTEGRATION"),
                ("kubernetes.audit.annotations.authorization_k8s_io/decision", "KEYWORD", "INTEGRATION"),
                ("problemchild.prediction_probability", "DOUBLE", "INTEGRATION"),
                ("kibana.alert.rule.rule_id", "KEYWORD", "INTEGRATION")):
            with self.subTest(name):
                self.assertEqual(self.by_name[name][:2], (es_type, origin))

    def test_objects(self):
        for name, origin in (("process", "ECS"), ("process.parent", "ECS"), ("process.Ext", "ENDPOINT"),
                             ("winlog", "ENDPOINT"), ("winlog.logon", "INTEGRATION")):
            with self.subTest(name):
                self.assertEqual(self.by_name[name], ("OBJECT", origin, "0"))

    def test_flags(self):
        self.assertEqual(self.by_name["host.ip"], ("IP", "ECS", "VD_FIELD_ROW_ARRAY"))
        self.assertEqual(self.by_name["process.name.text"], ("TEXT", "ECS", "VD_FIELD_ROW_MULTI"))
        self.assertEqual(self.by_name["process.name.caseless"], ("KEYWORD", "ENDPOINT", "VD_FIELD_ROW_MULTI"))

    def test_a_multi_field_has_a_leaf_above_it(self):
        for name, (_, _, flags) in self.by_name.items():
            if flags == "VD_FIELD_ROW_MULTI":
                with self.subTest(name):
                    self.assertNotEqual(self.by_name[name.rpartition(".")[0]][0], "OBJECT")

    def test_lists_are_sorted(self):
        for path in LISTS:
            with self.subTest(path), open(path, encoding="ascii") as f:
                names = [line.split("\t")[0] for line in f if not line.startswith("#")]
                self.assertEqual(names, sorted(set(names)))


class TestMerging(GeneratorCase):
    def test_ecs_before_endpoint_before_integrations(self):
        rows = self.generate_texts(INTEGRATION_HEAD + "a\tlong\tp\nb\tlong\tp\nc\tlong\tp\n",
                                   ENDPOINT_HEAD + "a\tip\tp\nb\tip\tp\n",
                                   ECS_HEAD + "a\tdate\n")
        self.assertEqual(rows, {"a": (1, "DATE", "ECS", "0"), "b": (1, "IP", "ENDPOINT", "0"),
                                "c": (1, "LONG", "INTEGRATION", "0")})

    def test_duplicates_merge(self):
        rows = self.generate_texts(ECS_HEAD + "a\tlong\na\tlong\n")
        self.assertEqual(rows, {"a": (1, "LONG", "ECS", "0")})

    def test_objects_are_derived(self):
        rows = self.generate_texts(ECS_HEAD + "a.b.c\tlong\n", INTEGRATION_HEAD + "a.x.y\tip\tp\n")
        self.assertEqual(rows, {"a": (1, "OBJECT", "ECS", "0"), "a.b": (3, "OBJECT", "ECS", "0"),
                                "a.b.c": (5, "LONG", "ECS", "0"), "a.x": (3, "OBJECT", "INTEGRATION", "0"),
                                "a.x.y": (5, "IP", "INTEGRATION", "0")})

    def test_a_field_above_a_field_stays(self):
        rows = self.generate_texts(ECS_HEAD + "a\tflattened\na.b\tkeyword\nc\tkeyword\nc.text\ttext\tmulti-field\n")
        self.assertEqual((rows["a"][1], rows["c"][1]), ("FLATTENED", "KEYWORD"))

    def test_an_object_of_ecs_beats_a_field_of_an_integration(self):
        rows = self.generate_texts(ECS_HEAD + "a.b\tlong\n", INTEGRATION_HEAD + "a\tkeyword\tp\n")
        self.assertEqual(rows["a"], (1, "OBJECT", "ECS", "0"))

    def test_order_is_by_bytes(self):
        rows = self.generate_texts(ECS_HEAD + "a_b\tlong\na.b\tlong\nB\tlong\nab\tlong\na-b\tlong\n")
        self.assertEqual(list(rows), ["B", "a", "a-b", "a.b", "a_b", "ab"])


class TestBadLists(GeneratorCase):
    def test_unknown_type(self):
        self.assert_refused(ECS_HEAD + "a\tlong\nb\tstring\n", 4, "unknown type 'string' of field b")

    def test_two_types_in_one_list(self):
        self.assert_refused(ECS_HEAD + "a\tlong\na\tkeyword\n", 4, "a is keyword here and long at")

    def test_columns(self):
        self.assert_refused(ECS_HEAD + "a long\n", 3, "columns")
        self.assert_refused(ECS_HEAD + "\n", 3, "columns")
        self.assert_refused(ECS_HEAD + "a\tlong\tarray\tx\n", 3, "columns")
        self.assert_refused(ENDPOINT_HEAD + "a\tlong\n", 2, "columns")

    def test_note(self):
        self.assert_refused(ECS_HEAD + "a\tlong\tlist\n", 3, "unknown note 'list'")

    def test_names(self):
        for name in ("", ".a", "a.", "a..b", "a b", 'a"b', "a\\b", "a\x01", "\u00e9", "a?", "a\r", "x" * 513):
            with self.subTest(name):
                self.assert_refused(ECS_HEAD + name + "\tlong\n", 3, "is no field name")

    def test_origin(self):
        self.assert_refused("# remark\na\tlong\n", 2, "before the '# origin:' line")
        self.assert_refused("# remark\n", 1, "no '# origin:' line")
        self.assert_refused("# origin: beats\n", 1, "unknown origin 'beats'")
        self.assert_refused(ECS_HEAD + "# origin: ecs\n", 3, "a second '# origin:' line")

    def test_version(self):
        self.assert_refused("# origin: ecs\na\tlong\n", 2, "no '# ecs-version:' line")
        self.assert_refused("# origin: ecs\n# ecs-version: nine\n", 2, "no version of ECS")
        self.assert_refused(ECS_HEAD + "# ecs-version: 9.4.0\n", 3, "a second '# ecs-version:' line")

    def test_line_end(self):
        self.assert_refused(ECS_HEAD + "a\tlong", 3, "no line end")

    def test_no_ecs_list(self):
        done = self.run_generator(self.write("e.tsv", ENDPOINT_HEAD + "a\tlong\tp\n"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("none of the lists has", done.stderr)

    def test_missing_file(self):
        done = self.run_generator(os.path.join(self.dir.name, "nowhere.tsv"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere.tsv", done.stderr)

    def test_a_failed_run_keeps_the_old_table(self):
        self.generate(self.write("good.tsv", ECS_HEAD + "a\tlong\n"))
        self.assertEqual(self.run_generator(self.write("bad.tsv", ECS_HEAD + "a\tno\n")).returncode, 1)
        with open(self.out, encoding="ascii") as f:
            self.assertEqual([row[0] for row in rows_of(f.read())], ["a"])

    def test_usage(self):
        done = self.run_generator()
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main()
