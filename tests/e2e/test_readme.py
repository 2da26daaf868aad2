"""The README's requests, run as they stand there against a service on another port."""

import json
import os
import re
import subprocess

import e2e
from service import Service


class Readme(e2e.Case):
    def test_every_request_is_answered(self):
        text = (e2e.ROOT / "README.md").read_text()
        commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
        self.assertGreaterEqual(len(commands), 5)
        answers = {}
        with Service(self.dir / "data", "-r", e2e.ROOT / "rules") as s:
            for command in commands:
                self.assertTrue(command.startswith("curl "), command)
                run = subprocess.run(["sh", "-c", command.replace("http://127.0.0.1:7723", s.url) + ' -f -w "\\n%{http_code}"'],
                                     cwd=e2e.ROOT, env={"PATH": os.environ["PATH"], "KEY": s.key},
                                     capture_output=True, text=True, timeout=60)
                self.assertEqual(run.returncode, 0, command + "\n" + run.stdout + run.stderr)
                body, status = run.stdout.rsplit("\n", 1)
                self.assertIn(status, ("200", "201"), command)
                answers[command] = body
                s.matched()
            found = {name: next(body for command, body in answers.items() if name in command)
                     for name in ("/api/ingest", "/api/alerts", "_eql/search", "/metrics", "/api/keys")}
            self.assertEqual(json.loads(found["/api/ingest"])["accepted"], 199)
            self.assertGreaterEqual(json.loads(found["/api/alerts"])["total"], 2)
            self.assertEqual(len(json.loads(found["_eql/search"])["hits"]["events"]), 1)
            self.assertIn("vedette_alerts_total", found["/metrics"])
            self.assertTrue(json.loads(found["/api/keys"])["encoded"])

    def test_the_dashboard_shows_what_is_measured(self):
        board = json.loads((e2e.ROOT / "examples/grafana/vedette.json").read_text())
        asked = {name for panel in board["panels"] for target in panel["targets"]
                 for name in re.findall(r"vedette_\w+", target["expr"])}
        self.assertGreater(len(asked), 15)
        with Service(self.dir / "data") as s:
            given = set(re.findall(r"^(vedette_\w+)", s.get("/metrics").body.decode(), re.M))
        self.assertEqual(asked - given, set())


if __name__ == "__main__":
    e2e.main()
