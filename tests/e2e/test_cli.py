#!/usr/bin/env python3
"""The command line itself: help, wrong usage, settings, choosing rules."""

import json

import e2e
from e2e import Case, event, ndjson, rule_text


class Help(Case):
    def test_fits_a_screen_and_has_examples(self):
        for args in (["--help"], ["help"], ["run", "--help"], ["help", "search"], ["check", "-h"],
                     ["help", "info"], ["help", "store"], ["keys", "-h"]):
            out = self.vedette(*args).out
            self.assertIn("xamples", out)
            self.assertLessEqual(max(map(len, out.splitlines())), 100, args)
            self.assertLessEqual(len(out.splitlines()), 50, args)

    def test_version(self):
        self.assertRegex(self.vedette("--version").out, r"^vedette \d+\.\d+\.\d+\n$")

    def test_every_option_of_the_help_is_in_the_manual(self):
        manual = (e2e.ROOT / "docs/vedette.1").read_text().replace("\\-", "-")
        page = (e2e.ROOT / "docs/cli.md").read_text()
        for command in ("run", "search", "check", "bench", "info", "store", "keys"):
            for word in self.vedette(command, "--help").out.split():
                if word.startswith("--") and len(word) > 2 and word.strip("-").replace("-", "").isalpha():
                    self.assertIn(word[2:], manual)
                    self.assertIn(word, page)


class Usage(Case):
    def expect(self, words, *args, status=2):
        run = self.vedette(*args, status=status)
        self.assertEqual(run.out, "")
        self.assertIn(words, run.err)

    def test_wrong_usage_is_status_2_and_suggests(self):
        self.put("e", ndjson([event(1)]))
        self.put("r.toml", rule_text())
        self.expect("did you mean run?", "rnu")
        self.expect("did you mean --min-severity?", "run", "--min-severty", "high")
        self.expect("does not belong to this command", "check", "--since", "-2d")
        self.expect("no query", "search")
        self.expect("text, ndjson, matches", "run", "-r", "r.toml", "-f", "xml", "e")
        self.expect("low, medium, high or critical", "run", "-r", "r.toml", "-m", "urgent", "e")
        self.expect("--since wants a time", "run", "-r", "r.toml", "--since", "yesterday", "e")
        self.expect("no time zone", "run", "-r", "r.toml", "--tz", "Mars/Base", "e")
        self.expect("head or tail", "search", "--result-position", "middle", "any where true", "e")
        self.expect("--fetch-size", "search", "--fetch-size", "1", "any where true", "e")
        self.expect("-r RULES", "run", "e")
        self.expect('did you mean "One"?', "run", "-r", "r.toml", "--rule", "Onn", "e")

    def test_what_is_not_there_is_status_3(self):
        self.put("r.toml", rule_text())
        self.put("e", ndjson([event(1)]))
        self.expect("nowhere", "run", "-r", "r.toml", "nowhere", status=3)
        self.expect("nowhere", "run", "-r", "nowhere", "e", status=3)
        self.expect("nowhere", "run", "-r", "r.toml", "-o", "nowhere/x.ndjson", "e", status=3)
        self.expect("nowhere", "search", "--field-types", "nowhere", "any where true", "e", status=3)
        self.expect("nowhere", "check", "--config", "nowhere", "r.toml", status=3)

    def test_no_rule_to_run_is_no_clean_run(self):
        self.put("e", ndjson([event(1)]))
        self.put("bad.toml", rule_text("Bad", query="process where"))
        self.put("notes/a.txt", "nothing")
        self.expect("no rule is left to run", "run", "-r", "bad.toml", "e", status=3)
        self.expect("no rule is left to run", "run", "-r", "notes", "e", status=3)

    def test_a_window_that_ends_before_it_begins(self):
        self.put("e", ndjson([event(1)]))
        self.expect("--since is later than --until", "search", "--since", "2026-02-01", "--until",
                    "2026-01-31", "any where true", "e")

    def test_a_query_of_words_gets_a_hint(self):
        self.put("e", ndjson([event(1)]))
        self.expect("process.name", "search", "psexec lateral", "e")

    def test_errors_of_a_query_have_a_caret(self):
        self.put("e", ndjson([event(1)]))
        err = self.vedette("search", "process where foo(process.name)", "e", status=2).err
        self.assertEqual("query:1:15: error: Unknown function [foo] [verification_exception]\n"
                         "    process where foo(process.name)\n                  ^~~\n", err)

    def test_of_a_long_line_the_part_around_the_mark_is_shown(self):
        self.put("e", ndjson([event(1)]))
        more = ' or process.name == "Ä.exe"' * 100
        for query in ("process where true" + more + " or foo(1)", "process where true" + more +
                      " or foo(1)" + more, "process where foo(1)" + more,
                      "process where (" + more + ")"):
            place, line, mark = self.vedette("search", query, "e", status=2).err.splitlines()[:3]
            self.assertLess(len(line), 170)
            self.assertLess(len(mark), 170)
            self.assertEqual(line[mark.index("^"):][:3], "foo" if "foo(1)" in query else "or ")

    def test_a_slip_in_a_query_that_runs_is_a_warning(self):
        self.put("e", ndjson([event(1)]))
        query = 'process where proces.name == "a.exe"'
        run = self.vedette("search", "-f", "json", query, "e")
        self.assertIn("query:1:15: warning: unknown field [proces.name], did you mean "
                      "[process.name]? [unknown-field]\n    process where", run.err)
        self.assertEqual(json.loads(run.out)["hits"]["total"]["value"], 0)
        self.assertEqual(self.vedette("search", "-q", query, "e").err, "")
        plain = "sequence [process where true] [any where true]"
        self.assertEqual(self.vedette("search", plain, "e").err, "")


class Choosing(Case):
    def setUp(self):
        super().setUp()
        for name, severity in (("Low", "low"), ("Mid", "medium"), ("Top", "critical")):
            self.put(f"rules/{name}.toml", rule_text(name, severity=severity))
        self.put("e", ndjson([event(1, process__name="a.exe")]))

    def rules(self, *args, status=0):
        run = self.vedette("run", "-f", "matches", *args, "e", status=status)
        return sorted(line["rule"] for line in self.lines(run.out))

    def test_rules_of_the_working_folder_are_the_default(self):
        self.assertEqual(self.rules(), ["Low", "Mid", "Top"])

    def test_options(self):
        self.assertEqual(self.rules("-m", "medium"), ["Mid", "Top"])
        self.assertEqual(self.rules("--rule", "id-Low", "--rule", "top"), ["Low", "Top"])
        self.assertEqual(self.rules("--exclude", "id-Low", "--exclude", "Tag Mid"), ["Top"])
        self.assertEqual(self.rules("--tag", "tag m*"), ["Mid"])
        self.assertEqual(self.rules("--tag", "nothing"), [])
        self.assertEqual(len(self.rules("--technique", "T1059")), 3)
        self.assertEqual(len(self.rules("--technique", "t1059.001")), 3)
        self.assertEqual(len(self.rules("--technique", "TA0002")), 3)
        self.assertEqual(self.rules("--technique", "T105"), [])

    def test_settings(self):
        self.put("vedette.toml", '[defaults]\nmin-severity = "medium"\nexclude = ["id-Top"]\n'
                                 '[rules.low]\nseverity = "high"\n[rules."id-Mid"]\nenabled = false\n')
        self.assertEqual(self.rules(), ["Low"])
        self.assertEqual(self.rules("-m", "critical", "--exclude", "none"), ["Top"])
        alert = self.lines(self.vedette("run", "-f", "ndjson", "e").out)[0]
        self.assertEqual(alert["kibana.alert.severity"], "high")

    def test_settings_count_once(self):
        self.put("vedette.toml", "[rules.nobody]\nenabled = false\n")
        for command in ("run", "bench"):
            run = self.vedette(command, "-r", "rules", "e")
            self.assertEqual(run.err.count('no rule is called "nobody"'), 1, command)

    def test_wrong_settings_are_told(self):
        self.put("vedette.toml", "[defaults]\nnonsense = 1\n")
        self.assertIn('no option "nonsense"', self.vedette("run", "e", status=2).err)
        self.put("vedette.toml", "[defaults]\nquiet = 7\n")
        self.assertIn("wrong kind", self.vedette("run", "e", status=2).err)
        self.put("vedette.toml", "[defaults\n")
        self.assertIn("vedette.toml:1", self.vedette("run", "e", status=2).err)
        self.put("vedette.toml", '[rules.Low]\nenabled = "no"\n')
        self.assertIn("enabled wants true or false", self.vedette("run", "e", status=2).err)
        self.put("vedette.toml", '[rules.Low]\nseverity = "hihg"\n')
        self.assertIn('"hihg" is no severity', self.vedette("check", "rules", status=2).err)
        self.put("vedette.toml", '[rules."No Such Rule"]\nenabled = false\n')
        self.assertIn("No Such Rule", self.vedette("run", "e").err)

    def test_rules_that_do_not_run_are_counted(self):
        self.put("rules/kql.toml", rule_text("K", query="process.name: a.exe", type_="query")
                 .replace('language = "eql"', 'language = "kuery"'))
        run = self.vedette("run", "e")
        self.assertIn("1 query (kuery)", run.err)
        self.assertIn("1 query (kuery)", run.out)
        out = self.vedette("check", "rules").out
        self.assertIn("4 rules in 4 files: 3 run here, 0 with errors", out)
        self.assertIn("1 query (kuery)", out)


class Checking(Case):
    def test_errors_and_status(self):
        self.put("ok.toml", rule_text("Fine"))
        self.assertEqual(self.vedette("check", "ok.toml").returncode, 0)
        self.put("bad.toml", rule_text("Bad", query="process where a == (\n   1"))
        run = self.vedette("check", "bad.toml", status=1)
        self.assertRegex(run.out, r"bad\.toml:\d+:\d+: error: .*\[parsing_exception\]")
        self.assertIn("^", run.out)
        self.assertIn("1 with errors", run.out)

    def test_nothing_chosen_is_said(self):
        self.put("low.toml", rule_text("Fine", severity="low"))
        run = self.vedette("check", "-m", "critical", "low.toml")
        self.assertIn("the options leave out all rules (1): nothing was checked", run.err)
        self.assertEqual(self.vedette("check", "low.toml").err, "")

    def test_every_error_of_a_query_has_its_place_once(self):
        query = 'process where length(process.pid) > 3 and\n  length(process.pid) > 4'
        self.put("bad.toml", rule_text("Bad", query=query))
        run = self.vedette("check", "bad.toml", status=1)
        self.assertRegex(run.out, r"bad\.toml:20:22: error: argument of \[length\(process\.pid\)\]")
        self.assertRegex(run.out, r"bad\.toml:21:10: error: argument of \[length\(process\.pid\)\]")
        self.assertIn("2 errors, 0 warnings", run.out)
        # A line of NDJSON is no place in a query: there it stays in the words.
        rule = json.loads(self.vedette("check", "-f", "json", "bad.toml", status=1).out)[0]
        self.assertEqual([e["line"] for e in rule["errors"]], [20, 21])
        self.put("bad.ndjson", json.dumps(rule) + "\n")
        run = self.vedette("check", "bad.ndjson", status=1)
        self.assertIn("bad.ndjson:1: error: line 1:22: argument of", run.out)
        rule["tags"] = 5
        self.put("bad.ndjson", '{"rule_id"\n' + json.dumps(rule) + "\n")
        out = self.vedette("check", "bad.ndjson", status=1).out
        self.assertIn("bad.ndjson:1:11: error: not valid JSON: it ends too early", out)
        self.assertIn('bad.ndjson:2: error: "tags" must be', out)
        self.put("bad.json", json.dumps([rule], indent=1))
        self.assertIn('bad.json: error: in "Bad": "tags" must be', self.vedette("check", "bad.json", status=1).out)
        self.put("bad.ndjson", json.dumps(rule) + "\n")
        run = self.vedette("check", "bad.ndjson", status=1)
        self.assertIn("bad.ndjson:1: error: line 2:10: argument of", run.out)

    def test_rules_that_differ_by_mode_are_named(self):
        span = "sequence by host.id with maxspan=1h [process where true] [file where true]"
        self.put("span.toml", rule_text("Long", query=span))
        self.put("fine.toml", rule_text("Fine"))
        out = self.vedette("check", "span.toml", "fine.toml").out
        self.assertIn("1 rule runs differently in a stream and on a schedule: 1 with a maxspan beyond", out)
        self.assertNotIn('note: "Long"', out)
        out = self.vedette("check", "-v", "span.toml", "fine.toml").out
        self.assertIn('span.toml: note: "Long" runs differently', out)
        self.assertNotIn('"Fine" runs differently', out)
        rules = json.loads(self.vedette("check", "-f", "json", "span.toml", "fine.toml").out)
        self.assertEqual([r["differences"] for r in rules], [["maxspan_beyond_look_back"], []])
        self.assertNotIn("differently", self.vedette("check", "fine.toml").out)

    def test_json_has_all_metadata(self):
        self.put("ok.toml", rule_text("Fine"))
        self.put("bad.toml", rule_text("Bad", query="process where"))
        run = self.vedette("check", "-f", "json", "ok.toml", "bad.toml", status=1)
        fine, bad = json.loads(run.out)
        self.assertEqual(fine["rule_id"], "id-Fine")
        self.assertEqual(fine["timestamp_override"], "event.ingested")
        self.assertEqual(fine["threat"][0]["tactic"]["id"], "TA0002")
        self.assertEqual((fine["errors"], fine["file"]), ([], "ok.toml"))
        self.assertEqual(bad["errors"][0]["code"], "parsing_exception")
        self.assertGreater(bad["errors"][0]["line"], 1)
        self.assertEqual(json.loads(self.vedette("check", "-f", "json", "--tag", "none", "ok.toml").out), [])

    def test_sarif(self):
        self.put("bad 50%.toml", rule_text("Bad", query="process where"))
        sarif = json.loads(self.vedette("check", "-f", "sarif", "bad 50%.toml", status=1).out)
        result = sarif["runs"][0]["results"][0]
        self.assertEqual(sarif["version"], "2.1.0")
        self.assertEqual(result["level"], "error")
        where = result["locations"][0]["physicalLocation"]
        self.assertEqual(where["artifactLocation"]["uri"], "bad%2050%25.toml")
        self.assertEqual(sarif["runs"][0]["columnKind"], "unicodeCodePoints")

    def test_export_comes_in_again(self):
        self.put("a.toml", rule_text("A"))
        self.put("b.toml", rule_text("B", severity="low"))
        out = self.vedette("check", "--export", "ndjson", "a.toml", "b.toml").out
        *rules, summary = self.lines(out)
        self.assertEqual([rule["name"] for rule in rules], ["A", "B"])
        self.assertEqual(summary["exported_rules_count"], 2)
        self.put("out.ndjson", out)
        self.assertEqual(self.vedette("check", "--export", "ndjson", "out.ndjson").out, out)

    def test_plan(self):
        self.put("a.toml", rule_text("A"))
        self.assertIn("process.name", self.vedette("check", "--plan", "a.toml").out)

    def test_terminal_stays_safe(self):
        self.put("bad.toml", rule_text("Bad", query='process where "\\u{1b}[31m" \x9b'))
        run = self.vedette("check", "bad.toml", status=1)
        self.assertNotIn("\x1b", run.out)
        self.assertNotIn("\x9b", run.out)


if __name__ == "__main__":
    e2e.main()
