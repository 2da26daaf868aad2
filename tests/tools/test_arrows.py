"""The rooms depend one way: every include of src/ points to the same room or a lower one."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOMS = ["base", "field", "event", "eql", "rule", "plan", "match", "sequence", "alert", "engine",
         "windows", "source", "sink", "store", "schedule", "server", "cli"]
# The engine and below stand alone; the three above it know what they need of it.
KNOWS = {
    "base": [], "field": ["base"], "event": ["base", "field"], "eql": ["base", "field"],
    "rule": ["base", "field", "eql"], "plan": ["base", "field", "event", "eql", "rule"],
    "match": ["base", "field", "event", "eql", "plan"], "sequence": ["base"],
    "alert": ["base", "field", "eql", "rule"],
    "engine": ["base", "field", "event", "eql", "rule", "plan", "match", "sequence", "alert"],
    "windows": ["base", "field", "event"], "source": ["base", "field", "event", "windows"],
    "sink": ["base", "rule", "alert"], "store": ["base", "field", "event"],
    "schedule": ["base", "field", "event", "eql", "rule", "plan", "match", "sequence", "alert",
                 "engine", "store"],
    "server": ["base", "field", "event", "eql", "rule", "plan", "match", "sequence", "alert",
               "engine", "sink", "store", "schedule"],
    "cli": ROOMS,
}
LIBRARIES = {"simdjson.h": "event", "toml++/toml.h": "rule", "json-c/json.h": "base",
             "archive.h": "source", "zstd.h": "engine store server", "sqlite3.h": "store", "sodium.h": "store", "microhttpd.h": "server", "zlib.h": "server", "gnutls/gnutls.h": "server", "xxhash.h": "base match store"}


def sources():
    for room in ROOMS:
        folder = os.path.join(ROOT, "src", room)
        for name in sorted(os.listdir(folder)):
            if name.endswith((".c", ".h", ".cpp")):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    yield room, name, f.read()


class Arrows(unittest.TestCase):
    def test_includes_point_down(self):
        for room, name, text in sources():
            for path in re.findall(r'#include "([^"]+)"', text):
                target = path.split("/")[0]
                if target in ROOMS and target != room:
                    self.assertIn(target, KNOWS[room], f"{room}/{name} includes {path}")

    def test_private_headers_stay_in_their_room(self):
        for room, name, text in sources():
            for path in re.findall(r'#include "([^"]+_int\.h)"', text):
                self.assertEqual(path.split("/")[0], room, f"{room}/{name} includes {path}")

    def test_tables_are_for_match_alone(self):
        for room, name, text in sources():
            if '#include "plan/tables.h"' in text:
                self.assertIn(room, ("plan", "match", "engine"), f"{room}/{name}")

    def test_a_library_has_one_room(self):
        for room, name, text in sources():
            for path in re.findall(r"#include <([^>]+)>", text):
                if path in LIBRARIES:
                    self.assertIn(room, LIBRARIES[path].split(), f"{room}/{name} includes <{path}>")

    def test_no_file_is_a_hall(self):
        for room, name, text in sources():
            self.assertLess(text.count("\n"), 900, f"{room}/{name}")

    def test_banned_calls(self):
        banned = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets)\s*\(")
        for room, name, text in sources():
            self.assertIsNone(banned.search(text), f"{room}/{name}")


if __name__ == "__main__":
    unittest.main()
