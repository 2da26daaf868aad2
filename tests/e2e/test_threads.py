"""Any number of threads gives the same matches: test_threads.py VEDETTE."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VEDETTE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
GENERATOR = os.path.join(os.path.dirname(VEDETTE), "../../bench/gen/vedette-gen")


def matches(threads, events, stdin=False):
    command = [VEDETTE, "run", "-q", "-f", "matches", "--ignore-index", "--threads", str(threads),
               "-r", os.path.join(ROOT, "rules"), "-r", os.path.join(ROOT, "bench/rules")]
    with open(events, "rb") as f:
        run = subprocess.run(command + (["-"] if stdin else [events]), capture_output=True,
                             stdin=f if stdin else subprocess.DEVNULL, check=False)
    return run.returncode, run.stdout, run.stderr


class Threads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.events = os.path.join(cls.folder.name, "events.ndjson")
        subprocess.run([GENERATOR, "--events", "20000", "--seed", "3", "--attacks", "40", "--late",
                        "30", "-o", cls.events], check=True, stderr=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_same_for_any_number_of_threads(self):
        one = matches(1, self.events)
        self.assertEqual(one[0], 0, one[2])
        self.assertGreater(one[1].count(b"\n"), 20)
        for threads in (2, 4, 7):
            self.assertEqual(matches(threads, self.events), one, f"{threads} threads")

    def test_the_same_where_events_are_kept_as_copies(self):
        one = matches(1, self.events, stdin=True)
        self.assertEqual(one[1], matches(1, self.events)[1])
        self.assertEqual(matches(4, self.events, stdin=True), one)


if __name__ == "__main__":
    unittest.main()
