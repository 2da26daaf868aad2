#!/usr/bin/env python3
"""Writes the lists in docs/windows.md from the maps in src/windows/data.

Usage: gen_windows_docs.py [--check] [ROOT]

Between the lines "<!-- NAME: made by tools/gen_windows_docs.py -->" and "<!-- end -->" stands
what this program writes: `functions` (from the table in src/windows/funcs.c), `events` (every
event id that a map speaks of) and `fields` (which data go where). With --check nothing is
written; status 1 says that the file is not what it would be.
"""
import collections
import glob
import os
import re
import sys


class Section:
    """What one header of the maps starts."""

    def __init__(self, title):
        self.title = title
        self.rows = []    # (ids, {key: value})
        self.fields = []  # (ids or "all", field line)


def parse_map(path):
    section, ids = None, "all"
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            ids = "all"
            section = None if line.startswith("[list ") else Section(line[1:-1])
            if section:
                yield section
        elif section is None:
            continue
        elif line.startswith("on "):
            ids = line[3:].strip()
        elif line[0].isdigit():
            number, rest = line.split(None, 1)
            section.rows.append((number, dict(re.findall(r'(\S+?)=((?:"[^"]*"|[^\s"])+)', rest))))
        else:
            section.fields.append((ids, line))


def cell(text):
    return text.replace("|", "\\|").replace('"', "")


def events_of(section):
    out = ["| id | category | type | action | outcome |", "|---|---|---|---|---|"]
    for ids, row in section.rows:
        values = [row.get(k, "").replace(",", ", ") for k in
                  ("category", "type", "action", "outcome")]
        out.append(f"| {ids} | " + " | ".join(cell(v) for v in values) + " |")
    return out


def fields_of(section):
    groups = collections.OrderedDict()
    for ids, line in section.fields:
        groups.setdefault(ids, []).append(line)
    out = []
    for ids, lines in groups.items():
        out += [f"Events {ids}:" if ids != "all" else "All events:", "", "```"] + lines + ["```", ""]
    return out


def functions(root):
    out = ["| function | what comes out |", "|---|---|"]
    text = open(f"{root}/src/windows/funcs.c", encoding="utf-8").read()
    for name, arg, what in re.findall(
            r'\{"(\w+)", nz_\w+, NZ_ARG_(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}', text):
        what = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', what))
        what = what.replace('\\"', '"').replace("\\\\", "\\")
        shown = name if arg == "NONE" else f"{name}:{arg.lower()}"
        out.append(f"| `{shown}` | {what.replace('|', chr(92) + '|')} |")
    return out


def parts(root):
    sections = [s for path in sorted(glob.glob(f"{root}/src/windows/data/*.map"))
                for s in parse_map(path)]
    events, fields = [], []
    for s in sections:
        if s.rows:
            events += [f"### {s.title}", ""] + events_of(s) + [""]
        if s.fields:
            fields += [f"### {s.title}", ""] + fields_of(s)
    return {"functions": functions(root) + [""], "events": events, "fields": fields}


def main():
    args = [a for a in sys.argv[1:] if a != "--check"]
    root = args[0] if args else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = f"{root}/docs/windows.md"
    old = new = open(path, encoding="utf-8").read()
    for name, lines in parts(root).items():
        start = f"<!-- {name}: made by tools/gen_windows_docs.py -->\n"
        if new.count(start) != 1:
            sys.exit(f"{path}: the mark of {name} is not there once")
        head, rest = new.split(start)
        tail = rest[rest.index("<!-- end -->"):]
        new = head + start + "\n" + "\n".join(lines) + tail
    if "--check" in sys.argv[1:]:
        if new != old:
            sys.exit(f"{path} is out of date: run tools/gen_windows_docs.py")
        return
    with open(path, "w", encoding="utf-8") as f:
        f.write(new)


if __name__ == "__main__":
    main()
