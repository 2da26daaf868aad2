#!/usr/bin/env python3
"""info: what is in a pile of events and what rules lack; search -k and -e over all fields."""

import json
import random

import e2e
from e2e import Case, event, ndjson, rule_text

HOUR = 3600


def windows(number, code, channel, provider, **fields):
    return event(number, winlog__channel=channel, event__provider=provider, event__code=code,
                 data_stream__dataset="windows.sysmon_operational" if "Sysmon" in channel else "system.security",
                 host__os__type="windows", **fields)


class Info(Case):
    def info(self, *args):
        return json.loads(self.vedette("info", "-f", "json", *args).out)

    def test_hosts_and_gaps(self):
        times = [0, 10, 50 * 60, 3 * HOUR, 3 * HOUR + 59 * 60, 10 * HOUR]
        docs = [event(t, host__name="h1") for t in times] + [event(5 * HOUR, host__name="h2", host__os__type="linux")]
        random.Random(1).shuffle(docs)
        self.put("e", ndjson(docs))
        for threads in ("1", "3"):
            info = self.info("--threads", threads, "e")
            self.assertEqual(info["events"], 7)
            one, two = info["hosts"]
            self.assertEqual((one["name"], one["events"], two["name"], two["os"]), ("h1", 6, "h2", "linux"))
            self.assertEqual((one["first"], one["last"]), ("2023-11-14T22:13:20.000Z", "2023-11-15T08:13:20.000Z"))
            self.assertEqual(one["gaps"], [
                {"from": "2023-11-14T23:03:20.000Z", "to": "2023-11-15T01:13:20.000Z"},
                {"from": "2023-11-15T02:12:20.000Z", "to": "2023-11-15T08:13:20.000Z"}])
            self.assertEqual(two["gaps"], [])
        out = self.vedette("info", "e").out
        self.assertIn("gap of 6h 1m: 2023-11-15 02:12:20.000Z to 2023-11-15 08:13:20.000Z", out)
        self.assertIn("(10h, times in UTC)", out)

    def test_a_gap_is_more_than_an_hour(self):
        self.put("e", ndjson([event(0), event(HOUR)]))
        self.assertEqual(self.info("e")["hosts"][0]["gaps"], [])
        self.put("e", ndjson([event(0), event(HOUR + 1)]))
        self.assertEqual(len(self.info("e")["hosts"][0]["gaps"]), 1)

    def test_windows_logs_and_what_was_cleared(self):
        sysmon = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
        self.put("e", ndjson([windows(1, "1", *sysmon), windows(2, 1, *sysmon), windows(3, "3", *sysmon),
                              windows(4, "1102", "Security", "Microsoft-Windows-Eventlog", user__name="eve"),
                              windows(5, "104", "System", "Microsoft-Windows-Eventlog",
                                      **{"winlog.user_data.Channel": "Application"}),
                              windows(6, "104", "Setup", "x")]))
        info = self.info("e")
        self.assertEqual(info["channels"], {sysmon[0]: 3, "Security": 1, "Setup": 1, "System": 1})
        self.assertIn({"channel": sysmon[0], "provider": sysmon[1], "id": "1", "events": 2}, info["event_ids"])
        self.assertEqual([(c["log"], c["host"], c["user"]) for c in info["cleared"]],
                         [("Security", "h1", "eve"), ("Application", "h1", "")])
        out = self.vedette("info", "e").out
        self.assertIn("Logs cleared (2)\n  2023-11-14 22:13:24.000Z  Security on h1 by eve\n", out)
        self.assertIn("1 x 2 (Microsoft-Windows-Sysmon), 3 x 1\n", out)

    def test_counts_and_window(self):
        docs = [event(i, "process" if i % 3 else ["file", "process"]) for i in range(9)]
        self.put("e", ndjson(docs) + "{broken\n" + ndjson([{"event.category": "x", "host.name": "h1"}]))
        run = self.vedette("info", "-f", "json", "e")
        self.assertIn("e:10: not valid JSON", run.err)
        info = json.loads(run.out)
        self.assertEqual((info["events"], info["not_readable"], info["without_time"]), (10, 1, 1))
        self.assertEqual(info["categories"], {"process": 9, "file": 3, "x": 1})
        self.assertEqual(info["indices"], {"logs-endpoint.events.process-default": 9})
        info = json.loads(self.vedette("info", "-q", "-f", "json", "--since", "2023-11-14T22:13:25Z", "e").out)
        self.assertEqual((info["events"], info["outside_of_window"]), (4, 6))
        self.vedette("info", "--strict", "e", status=3)

    def test_nothing_foreign_reaches_the_terminal(self):
        self.put("e", ndjson([event(1, host__name="h\x1b[2J", winlog__channel="c\x1b[2J", event__code="\x1b[2J")]))
        self.assertNotIn("\x1b", self.vedette("info", "e").out)


class Rules(Case):
    def setUp(self):
        super().setUp()
        rules = {
            "ready": 'process where process.name == "a.exe" and not process.code_signature.trusted == true',
            "no-category": "registry where registry.path : \"*run*\"",
            "no-field": 'process where process.parent.name == "x" or process.parent.name == "y"',
            "either": 'process where process.parent.name == "x" or process.name == "y"',
            "not-null": "process where process.parent.name != null",
            "null": "process where process.parent.name == null",
            "sequence": ("sequence by host.name with maxspan=1m [process where process.name == \"a.exe\"] "
                         "[library where dll.name == \"b.dll\"]"),
            "keys": "sequence by process.entity_id with maxspan=1m [process where true] [process where true]",
            "missing": "sequence by host.name with maxspan=1m [process where true] ![library where true]",
        }
        for name, query in rules.items():
            self.put(f"rules/{name}.toml", rule_text(name, query, index='"logs-endpoint.events.*"'))
        self.put("rules/elsewhere.toml", rule_text("elsewhere", index='"logs-okta*"'))
        self.put("rules/sysmon.toml", rule_text("sysmon", "library where true", index='"winlogbeat-*"'))
        linux = rule_text("linux", "process where true").replace('tags = [', 'tags = ["OS: Linux", ')
        self.put("rules/linux.toml", linux)
        self.put("rules/kuery.toml", rule_text("kuery", type_="query", more='language = "kuery"').replace('language = "eql"', ""))
        self.put("e", ndjson([event(1, process__name="z.exe", host__os__type="windows")]))

    def rules(self, *args):
        return json.loads(self.vedette("info", "-q", "-r", "rules", "-f", "json", *args, "e").out)["rules"]

    def test_what_can_run_and_what_is_lacking(self):
        rules = self.rules()
        self.assertEqual(set(rules["can_run"]), {"ready", "either", "null", "missing"})
        self.assertEqual(rules["other_system"], 1)
        self.assertEqual(rules["systems"], [{"system": "Linux", "rules": ["linux"]}])
        needed = {lack["field"]: set(lack["rules"]) for lack in rules["fields_needed"]}
        self.assertEqual(needed, {"process.parent.name": {"no-field", "not-null"}, "process.entity_id": {"keys"}})
        lacking = {lack["what"]: lack["rules"] for lack in rules["switch_on"]}
        self.assertEqual(lacking, {
            "registry changes: Elastic Defend registry events": ["no-category"],
            "loaded libraries: Elastic Defend library events": ["sequence"],
            "loaded libraries: Sysmon event id 7 (image load)": ["sysmon"],
            "process events of logs-okta*": ["elsewhere"]})
        self.assertEqual((rules["without_source"], rules["without_field"], rules["judged"]), (4, 3, 12))
        blind = {lack["field"]: set(lack["rules"]) for lack in rules["fields_never_seen"]}
        self.assertEqual(blind["process.code_signature.trusted"], {"ready"})
        self.assertEqual(sum(rules["types_not_run"].values()), 1)

    def test_any_index(self):
        self.assertIn("elsewhere", self.rules("--ignore-index")["can_run"])
        self.put("e", ndjson([{"@timestamp": 1, "event.category": "process", "process.name": "a"}]))
        self.assertEqual(self.rules()["can_run"], [])
        self.assertIn("elsewhere", self.rules("--index", "logs-okta-x")["can_run"])
        # A document that stands for several indices.
        self.put("e", ndjson([{"_index": ["x", "logs-okta-1"], "_source": {
            "@timestamp": 1, "event.category": "process", "process.name": "a"}}]))
        self.assertIn("elsewhere", self.rules()["can_run"])

    def test_text(self):
        out = self.vedette("info", "-q", "-r", "rules", "e").out
        for part in ("Rules (12): 4 can run on this", "4 rules lack a data source; switch on",
                     "1 rule   loaded libraries: Sysmon event id 7 (image load)", "2 rules  process.parent.name: ",
                     "1 rule for systems", "process.code_signature.trusted"):
            self.assertIn(part, out)
        self.assertNotIn("Rules", self.vedette("info", "e").out)

    def test_rules_that_alert_can_run(self):
        self.put("e", ndjson([event(1, process__name="a.exe"), event(2, "library", dll__name="b.dll"),
                              event(3, process__name="y")]))
        alerted = {row["rule"] for row in
                   self.lines(self.vedette("run", "-q", "-r", "rules", "-f", "matches", "e").out)}
        self.assertLessEqual({"ready", "sequence", "either", "null", "linux"}, alerted)
        # Without a system named, every rule is looked at.
        self.assertLessEqual(alerted, set(self.rules()["can_run"]))


class Words(Case):
    def setUp(self):
        super().setUp()
        self.docs = [event(1, process__command_line="C:\\Tools\\MimiKatz.exe \"x/y\""),
                     event(2, process__args=["a", {"deep": ["LSASS"]}], user__name="J\u00f6rg"),
                     event(3, destination__port=4444, dll__signed=True),
                     event(4, process__name="lsass.exe", note="mimikatz")]
        # Texts as other writers escape them.
        lines = [json.dumps(doc) for doc in self.docs]
        lines[0] = lines[0].replace("x/y", "x\\/y").replace("Tools", "\\u0054ools")
        self.put("e", "\n".join(lines) + "\n")

    def found(self, *args):
        answer = json.loads(self.vedette("search", "-f", "json", *args, "e").out)
        return [hit["_id"] for hit in answer["hits"]["events"]]

    def test_words(self):
        for word, ids in (("mimikatz", ["e1", "e4"]), ("LSASS", ["e2", "e4"]), ("tools\\mimi", ["e1"]),
                          ('"X/Y"', ["e1"]), ("4444", ["e3"]), ("true", ["e3"]), ("j\u00f6rg", ["e2"]),
                          ("process.name", []), ("nowhere", [])):
            self.assertEqual(self.found("-k", word), ids, word)

    def test_expressions(self):
        for regex, ids in ((".*mimikatz.*", ["e1", "e4"]), ("mimikatz", ["e4"]), ("lsass(.exe)?", ["e2", "e4"]),
                           ("<4000-5000>", ["e3"]), (".*MIMIkatz.*", ["e1", "e4"]), ("mimikatzz?", ["e4"]),
                           ("(nothing|mimi)katz", ["e4"]), ("else|lsass", ["e2"]), ("lsass(.exe){0,1}", ["e2", "e4"]),
                           ("z*lsass", ["e2"]), ("x{0,3}lsass", ["e2"]), ("c:\\\\tools.*", ["e1"]), ("(abc)?lsass", ["e2"]),
                           ("~(.*)", []), ("[m]imikatz", ["e4"]), ("\"mimikatz\"", ["e4"]), ("lsass\\.exe", ["e4"]), ("[0-9]{4}", ["e3"])):
            self.assertEqual(self.found("-e", regex), ids, regex)
        run = self.vedette("search", "-e", "a(", "e", status=2)
        self.assertIn('-e "a("', run.err)

    def test_all_must_be_found_and_the_window_counts(self):
        self.assertEqual(self.found("-k", "mimikatz", "-k", "lsass"), ["e4"])
        self.assertEqual(self.found("-k", "lsass", "-e", "J.rg"), ["e2"])
        self.assertEqual(self.found("-k", "mimikatz", "--since", "2023-11-14T22:13:22Z"), ["e4"])
        self.assertEqual(self.found("-k", "h1", "--size", "2"), ["e3", "e4"])
        self.assertEqual(self.found("-k", "h1", "--size", "2", "--result-position", "head"), ["e1", "e2"])

    def test_forms(self):
        lines = self.vedette("search", "-f", "ndjson", "-k", "4444", "e").out
        self.assertEqual(self.lines(lines), [self.docs[2]])
        self.assertIn("2 events found in 4 events", self.vedette("search", "-k", "mimikatz", "e").out)
        self.assertEqual(self.lines(self.vedette("search", "-f", "ndjson", "-k", "4444", "-", stdin=lines).out),
                         [self.docs[2]])

    def test_documents_over_many_lines(self):
        self.put("e", json.dumps(self.docs, indent=1))
        self.assertEqual(self.found("-k", "mimikatz"), ["e1", "e4"])

    def test_what_is_broken_is_told_where_the_word_is(self):
        self.put("e", '{"a": "mimikatz"\n{"a": "else"\n')
        run = self.vedette("search", "-k", "mimikatz", "e")
        self.assertIn("e:1: not valid JSON", run.err)

    def test_against_plain_reading(self):
        draw = random.Random(7)
        letters = "abAB1 \\\"/\u00e9.-"
        docs = [event(i, text="".join(draw.choices(letters, k=12)), more=["".join(draw.choices(letters, k=5))])
                for i in range(300)]
        self.put("e", "".join(json.dumps(doc, ensure_ascii=i % 2 == 0) + "\n" for i, doc in enumerate(docs)))
        lower = lambda s: "".join(c.lower() if c.isascii() else c for c in s)
        for _ in range(40):
            word = "".join(draw.choices(letters.strip(), k=draw.choice((1, 2, 2, 3))))
            want = {doc["event.id"] for doc in docs if any(lower(word) in lower(text) for text in
                    (doc["text"], doc["more"][0], doc["event.id"], str(doc["@timestamp"]), "process", "h1",
                     doc["data_stream.dataset"]))}
            self.assertEqual(set(self.found("--size", "0", f"--keyword={word}")), want, word)

    def test_usage(self):
        self.assertIn("no query", self.vedette("search", status=2).err)
        self.vedette("search", "-k", "", "e", status=2)


if __name__ == "__main__":
    e2e.main()
