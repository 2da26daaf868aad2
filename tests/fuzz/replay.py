#!/usr/bin/env python3
"""Replays every fuzz target's corpus (tests/fuzz/corpus/TARGET/*) through the plain build
of the target: one test an input, so a crash names its file."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    build = sys.argv[1]
    passed = failed = 0
    for target in sorted(os.listdir(os.path.join(HERE, "corpus"))):
        program = os.path.join(build, "tests/fuzz", target)
        folder = os.path.join(HERE, "corpus", target)
        for name in sorted(os.listdir(folder)):
            run = subprocess.run([program, os.path.join(folder, name)], capture_output=True)
            if run.returncode == 0:
                passed += 1
            else:
                failed += 1
                print(f"{target}/{name}: status {run.returncode}\n{run.stderr.decode(errors='replace')}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
