#!/usr/bin/env python3
"""Reports of run: a timeline for Timesketch, Markdown, HTML in a real browser, a layer."""

import csv
import html.parser
import io
import json
import re
import shutil
import subprocess

import e2e
from e2e import Case, event, ndjson, rule_text

SEQUENCE = ("sequence by host.name with maxspan=1m [process where process.name == \"a.exe\"] "
            "[network where destination.port == 445]")
EVIL = "a.exe <img src=x onerror=\"document.title='pwned'\"></td><script>document.title='pwned'</script> \x1b[2J"


def story():
    return [event(1, process__name="a.exe", process__pid=7, process__entity_id="P7", user__name="ann",
                  process__command_line=EVIL, process__parent__name="word.exe",
                  process__parent__pid=6, process__parent__entity_id="P6"),
            event(2, "network", process__name="a.exe", process__pid=7, process__entity_id="P7",
                  destination__ip="10.0.0.1", destination__port=445)]


class Page(html.parser.HTMLParser):
    """Names every tag and address of a page, and whether tags close as they open."""

    VOID = {"meta", "br", "img", "link", "input"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.open, self.wrong = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        self.wrong += [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


class Reports(Case):
    def setUp(self):
        super().setUp()
        self.put("rules/one.toml", rule_text("One", severity="high", risk=73,
                                             more='references = ["https://example.org/x"]\nnote = "## Look\\nTwice."'))
        self.put("rules/two.toml", rule_text("Two", SEQUENCE))
        self.put("e.ndjson", ndjson(story()))

    def written(self, name, *args):
        self.vedette("run", "-o", name, *args, "e.ndjson")
        return (self.dir / name).read_bytes().decode()

    def test_timeline(self):
        rows = list(csv.DictReader(io.StringIO(self.written("t.csv"), newline="")))
        self.assertEqual([(row["rule"], row["stage"], row["event_id"]) for row in rows],
                         [("One", "", "e1"), ("Two", "1/2", "e1"), ("Two", "2/2", "e2")])
        row = rows[0]
        self.assertEqual(row["timestamp"], "1700000001000000")
        self.assertEqual(row["datetime"], "2023-11-14T22:13:21.000+00:00")
        self.assertTrue(row["timestamp_desc"])
        self.assertEqual((row["severity"], row["risk_score"], row["host"], row["user"], row["process"],
                          row["technique"]), ("high", "73", "h1", "ann", "a.exe", "T1059.001"))
        self.assertIn(EVIL[:-4], row["message"])
        self.assertIn("\\x1b[2J", row["message"])

    def test_timeline_as_ndjson(self):
        by_form = self.vedette("run", "-f", "timeline-ndjson", "e.ndjson").out
        self.assertEqual(by_form, self.written("t.jsonl", "-f", "timeline"))
        rows = self.lines(by_form)
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertLessEqual({"message", "timestamp", "datetime", "timestamp_desc", "rule"}, set(row))

    def test_markdown(self):
        text = self.written("r.md")
        for part in ("# Vedette report", "- 2 alerts, 1 high, 1 medium", "| High | 73 | One | 1 |",
                     "| TA0002 Execution | T1059.001 PowerShell | 2 | 2 |", "- word.exe (6)\n  - a.exe (7): ",
                     "10.0.0.1:445", "> Twice.", "https://example.org/x"):
            self.assertIn(part, text)
        self.assertEqual(text, self.vedette("run", "-f", "markdown", "e.ndjson").out)

    def test_navigator(self):
        self.vedette("run", "-q", "--navigator", "layer.json", "e.ndjson")
        layer = json.loads((self.dir / "layer.json").read_text())
        self.assertEqual((layer["versions"]["layer"], layer["domain"]), ("4.5", "enterprise-attack"))
        scores = {t["techniqueID"]: (t.get("score"), t.get("comment")) for t in layer["techniques"]}
        self.assertEqual(scores["T1059.001"], (2, "One\nTwo"))
        self.assertIn("T1059", scores)
        run = self.vedette("run", "--navigator", "no/such/place.json", "e.ndjson", status=3)
        self.assertIn("no/such/place.json", run.err)

    def test_more_hosts_than_are_told_apart(self):
        self.put("r.toml", e2e.rule_text())
        for n, text in ((100_000, "100,000 hosts"), (100_001, "more than 100,000 hosts")):
            self.put("many.ndjson", "".join(
                f'{{"@timestamp":{i},"event.category":"file","host.name":"h{i}"}}\n' for i in range(n)))
            for form, want in (("text", "  " + text), ("markdown", "- " + text),
                               ("html", "<b>" + text.replace(" hosts", "</b>hosts"))):
                self.assertIn(want, self.vedette("run", "-r", "r.toml", "-f", form, "many.ndjson").out)

    def test_html_asks_for_nothing(self):
        text = self.written("r.html")
        page = Page(text)
        self.assertEqual(page.wrong, [])
        self.assertEqual(page.open, [])
        self.assertFalse({"script", "img", "link", "iframe", "object", "embed"} & set(page.tags))
        self.assertEqual([a for a in page.addresses if not a.startswith("#")], ["https://example.org/x"])
        self.assertIsNone(re.search(r"url\(|@import", text))

    def test_html_in_a_browser(self):
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not chromium:
            self.skipTest("no Chromium here: the page is not opened in a browser")
        self.written("r.html")
        run = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu",
                              f"--user-data-dir={self.dir / 'profile'}", "--dump-dom",
                              (self.dir / "r.html").as_uri()],
                             capture_output=True, timeout=120, env={**e2e.CLEAN, "HOME": str(self.dir)})
        dom = run.stdout.decode()
        self.assertIn("<title>Vedette report</title>", dom)
        self.assertNotIn("<title>pwned", dom)
        self.assertNotIn("<img", dom)
        for part in ("<b>2</b>alerts", "T1059.001", "Lateral Movement", "Alerts over time", "word.exe", "10.0.0.1:445",
                     "&lt;script&gt;document.title=", "Investigation guide", "</html>"):
            self.assertIn(part, dom)

    def test_what_extension_is_which_form(self):
        run = self.vedette("run", "-o", "x.pdf", "e.ndjson", status=2)
        self.assertIn("html", run.err)
        self.assertFalse((self.dir / "x.pdf").exists())


if __name__ == "__main__":
    e2e.main()
