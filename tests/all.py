#!/usr/bin/env python3
"""Runs every test there is against one build folder and adds up what they say.

Each suite is a command that prints `N passed, N failed` (or cmocka's own lines) at its
end. Suites that need the reference material run where there is some (tools/reference.py).
VEDETTE_JOBS of them run at a time; two, unless it is set.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import reference  # noqa: E402


def suites(build):
    vedette = os.path.join(build, "src/cli/vedette")
    python = [sys.executable]
    for name in sorted(os.listdir(os.path.join(build, "tests"))):
        path = os.path.join(build, "tests", name)
        if name.startswith("test_") and os.access(path, os.X_OK) and os.path.isfile(path):
            yield name, [path]
    for name in sorted(os.listdir(os.path.join(ROOT, "tests/tools"))):
        if name.startswith("test_") and name.endswith(".py"):
            gen = [os.path.join(build, "bench/gen/vedette-gen")] if name == "test_gen.py" else []
            yield name, python + [os.path.join(ROOT, "tests/tools", name)] + gen
    yield "cases", python + [os.path.join(ROOT, "tests/cases/run.py"), vedette]
    for name in sorted(os.listdir(os.path.join(ROOT, "tests/e2e"))):
        if name.startswith("test_") and name.endswith(".py"):
            yield name, python + [os.path.join(ROOT, "tests/e2e", name), vedette]
    yield "fuzz inputs", python + [os.path.join(ROOT, "tests/fuzz/replay.py"), build]
    yield "random rules", python + [os.path.join(ROOT, "tests/model/random_rules.py"), build]
    for name, script, what, where in (("conformance", "conformance/run.py", vedette, "conformance/elasticsearch"),
                                      ("event logs", "corpus/evtx.py", build, "corpus/evtx"),
                                      ("recordings", "corpus/windows_json.py", build, "corpus"),
                                      ("recorded attacks", "corpus/recordings.py", build, "corpus"),
                                      ("corpus", "corpus/run.py", build, "corpus"),
                                      ("service with a million events", "corpus/service.py", build, "corpus")):
        material = reference.path(where)
        if material:
            yield name, python + [os.path.join(ROOT, "tests", script), what, material]


def count(output):
    """(passed, failed) of a suite's output; None if it says neither."""
    found = re.findall(r"^(?:\w+: )?(\d+) passed, (\d+) failed", output, re.M)
    if found:
        return int(found[-1][0]), int(found[-1][1])
    passed = re.findall(r"\[  PASSED  \] (\d+) test", output)
    failed = re.findall(r"\[  FAILED  \] (\d+) test", output)
    if passed or failed:
        return sum(map(int, passed)), sum(map(int, failed))
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    if ran:
        bad = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", output)))
        return int(ran.group(1)) - bad, bad
    return None


def run_suite(suite):
    """(passed, failed) of a suite, said in one line, and with what it said where something failed."""
    name, command = suite
    start = time.monotonic()
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    output = run.stdout.decode(errors="replace")
    ok, bad = count(output) or (0, 1)
    if bad == 0 and (run.returncode != 0 or ok == 0):
        bad = 1  # a suite that runs nothing is no suite
    print(f"{name}: {ok} passed, {bad} failed ({time.monotonic() - start:.1f} s)" + (f"\n{output}" if bad else ""), flush=True)
    return ok, bad


def main():
    build = os.path.abspath(sys.argv[1])
    only = sys.argv[2:]
    chosen = [s for s in suites(build) if not only or any(word in s[0] for word in only)]
    jobs = int(os.environ.get("VEDETTE_JOBS") or min(2, os.cpu_count() or 1))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        counts = list(pool.map(run_suite, chosen))
    passed, failed = (sum(c[i] for c in counts) for i in range(2))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
