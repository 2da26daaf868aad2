"""Tests of the tools that make the built-in maps and their list in docs/windows.md."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "tools/gen_windows_table.py")
DOCS = os.path.join(ROOT, "tools/gen_windows_docs.py")


def run(*args):
    return subprocess.run([sys.executable, *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


class Table(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.out = os.path.join(self.dir.name, "out.c")

    def tearDown(self):
        self.dir.cleanup()

    def map(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_text_without_comments(self):
        done = run(TABLE, self.out, self.map("a", "# no\n[all]\n\n  x = y\n"), self.map("b", "z"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = open(self.out, encoding="utf-8").read()
        data = text[text.index("{") + 1:text.index("}")]
        got = bytes(int(b) for b in data.replace("\n", " ").split(",") if b.strip())
        self.assertEqual(got, b"[all]\nx = y\nz\n\0")

    def test_only_ascii(self):
        path = self.map("a", "[all]\nx = \u00e9\n")
        done = run(TABLE, self.out, path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:2: not ASCII", done.stderr)


class Docs(unittest.TestCase):
    def test_up_to_date(self):
        done = run(DOCS, "--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_new_row_is_missed(self):
        with tempfile.TemporaryDirectory() as root:
            for part in ("docs/windows.md", "src/windows/funcs.c"):
                os.makedirs(os.path.join(root, os.path.dirname(part)), exist_ok=True)
                shutil.copy(os.path.join(ROOT, part), os.path.join(root, part))
            shutil.copytree(os.path.join(ROOT, "src/windows/data"),
                            os.path.join(root, "src/windows/data"))
            self.assertEqual(run(DOCS, "--check", root).returncode, 0)
            with open(os.path.join(root, "src/windows/data/99-x.map"), "w") as f:
                f.write('[channel X]\n5 action="new thing"\n')
            done = run(DOCS, "--check", root)
            self.assertEqual(done.returncode, 1)
            self.assertIn("out of date", done.stderr)
            run(DOCS, root)
            self.assertEqual(run(DOCS, "--check", root).returncode, 0)
            with open(os.path.join(root, "docs/windows.md"), encoding="utf-8") as f:
                self.assertIn("| 5 |  |  | new thing |  |", f.read())


if __name__ == "__main__":
    unittest.main()
