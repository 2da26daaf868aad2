"""Tests of where the reference material is looked for."""
import os
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import reference  # noqa: E402


class Reference(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.root = self.make("checkout")
        env = {k: v for k, v in os.environ.items() if k != "VEDETTE_REFERENCE"}
        patch = mock.patch.dict(os.environ, env, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def make(self, *names):
        path = os.path.join(self.dir, *names)
        os.makedirs(path)
        return path

    def test_the_folder_beside_with_both_parts(self):
        self.make("a", "corpus")
        self.assertIsNone(reference.folder(self.root))
        self.assertIsNone(reference.path("corpus", self.root))
        self.make("b", "conformance")
        corpus = self.make("b", "corpus")
        self.assertEqual(reference.folder(self.root), os.path.join(self.dir, "b"))
        self.assertEqual(reference.path("corpus", self.root), corpus)
        self.assertIsNone(reference.path("corpus/nothing", self.root))

    def test_the_environment_names_it(self):
        self.make("b", "conformance")
        self.make("b", "corpus")
        other = self.make("c", "corpus")
        with mock.patch.dict(os.environ, {"VEDETTE_REFERENCE": os.path.dirname(other)}):
            self.assertEqual(reference.path("corpus", self.root), other)
            self.assertIsNone(reference.path("conformance", self.root))


if __name__ == "__main__":
    unittest.main()
