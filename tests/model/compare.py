#!/usr/bin/env python3
"""Runs rules over events through Vedette and through the plain evaluator, and says where they differ.

    compare.py VEDETTE VD_MODEL -r RULES [-r RULES]... [OPTIONS] FILE...

OPTIONS go to both programs (--ignore-index, --field-types, --index, ...). A match is its rule, its
events in stage order, its join keys and its time; the order of matches does not count, their number
does. Exit status 1 if there is a difference."""

import collections
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile


def plain(value):
    """1.0 and 1 are one key."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def matches_of(lines):
    """The matches that the lines (each with how often it is there) say, each with how often."""
    out = collections.Counter()
    for line, times in lines.items():
        m = json.loads(line)
        out[json.dumps([m["rule_id"], m["rule"], m["timestamp"], m["events"],
                        [plain(k) for k in m.get("join_keys") or []]], ensure_ascii=False)] += times
    return out


def run_both(*commands):
    """(stdout, stderr) of each, run at the same time."""
    with contextlib.ExitStack() as stack:
        outs = [(stack.enter_context(tempfile.TemporaryFile()), stack.enter_context(tempfile.TemporaryFile()))
                for _ in commands]
        runs = [subprocess.Popen(c, stdout=o, stderr=e) for c, (o, e) in zip(commands, outs)]
        for process in runs:
            process.wait()
        texts = []
        for process, files in zip(runs, outs):
            for file in files:
                file.seek(0)
            texts.append(tuple(file.read().decode("utf-8", "replace") for file in files))
            if process.returncode != 0:
                sys.exit(f"{' '.join(process.args)}\nended with {process.returncode}:\n{texts[-1][1][-2000:]}")
        return texts


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
    (ours, our_words), (theirs, their_words) = run_both([vedette, "run", "-f", "matches", *arguments, *files],
                                                        [model, *arguments, *files])
    a, b = collections.Counter(ours.splitlines()), collections.Counter(theirs.splitlines())
    same = sum((a & b).values())
    a, b = matches_of(a - b), matches_of(b - a)  # only what is not the same text need be understood
    return a - b, b - a, same + sum((a & b).values()), our_words + their_words


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
