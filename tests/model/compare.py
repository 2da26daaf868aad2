#!/usr/bin/env python3
"""Runs rules over events through Vedette and through the plain evaluator, and says where they differ.

    compare.py VEDETTE VD_MODEL -r RULES [-r RULES]... [OPTIONS] FILE...

OPTIONS go to both programs (--ignore-index, --field-types, --index, ...). A match is its rule, its
events in stage order, its join keys and its time; the order of matches does not count, their number
does. Exit status 1 if there is a difference."""

import collections
import json
import pathlib
import subprocess
import sys


def plain(value):
    """1.0 and 1 are one key."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def matches_of(text):
    """The matches of one program's output, each with how often it is there."""
    out = collections.Counter()
    for line in text.splitlines():
        m = json.loads(line)
        out[json.dumps([m["rule_id"], m["rule"], m["timestamp"], m["events"],
                        [plain(k) for k in m.get("join_keys") or []]], ensure_ascii=False)] += 1
    return out


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done


def files_of(args):
    """The events' folders as the files in them."""
    out = []
    for arg in args:
        path = pathlib.Path(arg)
        inside = sorted(str(p) for p in path.rglob("*") if p.is_file()) if path.is_dir() else [arg]
        out += inside
    return out


def compare(vedette, model, arguments, files):
    """(only Vedette's, only the model's, what both have, stderr of both)"""
    ours = run([vedette, "run", "-f", "matches", *arguments, *files])
    theirs = run([model, *arguments, *files])
    a, b = matches_of(ours.stdout), matches_of(theirs.stdout)
    return a - b, b - a, sum((a & b).values()), ours.stderr + theirs.stderr


def split_arguments(argv):
    """Options that take a value, options that take none, and the files."""
    options, files = [], []
    at = 0
    while at < len(argv):
        arg = argv[at]
        if arg == "--ignore-index" or not arg.startswith("-"):
            (options if arg.startswith("-") else files).append(arg)
            at += 1
        else:
            options += argv[at:at + 2]
            at += 2
    return options, files


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    options, files = split_arguments(sys.argv[3:])
    ours, theirs, both, _ = compare(sys.argv[1], sys.argv[2], options, files_of(files))
    for name, rows in (("only vedette", ours), ("only vd_model", theirs)):
        for row, times in list(rows.items())[:20]:
            print(f"{name} ({times}): {row}")
    print(f"{both} matches the same, {sum(ours.values())} only vedette's, "
          f"{sum(theirs.values())} only vd_model's")
    return 1 if ours or theirs else 0


if __name__ == "__main__":
    sys.exit(main())
