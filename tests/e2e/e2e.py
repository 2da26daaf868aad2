"""What the end-to-end tests share: the binary, a scratch folder, some rules and events."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = None
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "xterm"}
# Sanitizers report through these.
CLEAN.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})

RULE = """
[metadata]
maturity = "production"
[rule]
author = ["A"]
description = "d"
from = "now-9m"
index = [{index}]
language = "eql"
license = "Apache-2.0"
name = "{name}"
risk_score = {risk}
rule_id = "{rule_id}"
severity = "{severity}"
tags = ["Domain: Endpoint", "Tag {name}"]
timestamp_override = "event.ingested"
type = "{type}"
{more}
query = '''
{query}
'''
[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "T1059"
name = "Command and Scripting Interpreter"
reference = "https://attack.mitre.org/techniques/T1059/"
[[rule.threat.technique.subtechnique]]
id = "T1059.001"
name = "PowerShell"
reference = "https://attack.mitre.org/techniques/T1059/001/"
[rule.threat.tactic]
id = "TA0002"
name = "Execution"
reference = "https://attack.mitre.org/tactics/TA0002/"
"""


def rule_text(name="One", query='process where process.name == "a.exe"', severity="medium",
              risk=47, rule_id=None, index='"logs-*"', type_="eql", more=""):
    return RULE.format(name=name, query=query, severity=severity, risk=risk, index=index,
                       rule_id=rule_id or f"id-{name}", type=type_, more=more)


def event(number, category="process", **fields):
    """A document in the shape of Elastic Defend's; `a__b` stands for the field a.b."""
    doc = {"@timestamp": 1_700_000_000_000 + number * 1000, "event.id": f"e{number}",
           "event.category": category, "data_stream.dataset": "endpoint.events.process",
           "host.name": "h1"}
    doc.update({key.replace("__", "."): value for key, value in fields.items()})
    return doc


def sanitized():
    """The binary was built with a sanitizer: it is slow, and takes no LD_PRELOAD."""
    with open(BINARY, "rb") as f:
        text = f.read()
    return b"__asan_init" in text or b"__tsan_init" in text


def ndjson(docs):
    return "".join(json.dumps(doc) + "\n" for doc in docs)


class Case(unittest.TestCase):
    """Every test works in a folder of its own."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)

    def put(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def vedette(self, *args, stdin=None, status=0, env=None):
        run = subprocess.run([BINARY, *args], cwd=self.dir, env={**CLEAN, **(env or {})},
                             input=stdin if stdin is None else stdin.encode(),
                             stdin=subprocess.DEVNULL if stdin is None else None,
                             capture_output=True, timeout=120)
        run.out = run.stdout.decode()
        run.err = run.stderr.decode()
        if status is not None:
            self.assertEqual(run.returncode, status, run.err + run.out)
        return run

    def lines(self, text):
        return [json.loads(line) for line in text.splitlines()]


def main():
    global BINARY
    # The test modules import this file under its own name, not as __main__.
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
