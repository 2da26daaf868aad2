"""The service as a team uses it: events in, alerts out, rules changed while it runs."""

import json
import os
import pathlib
import signal
import time

import e2e
from service import Service, now_iso

SMB = e2e.ROOT / "rules/windows/lateral_movement_smb_lolbin_or_untrusted.toml"
INDEX = "logs-endpoint.events.process-default"
NET = "logs-endpoint.events.network-default"


def start(number, entity, at=None, **more):
    return dict({"@timestamp": at or now_iso(), "event": {"id": f"e{number}", "category": ["process"], "type": ["start"]},
                 "host": {"id": "h1", "name": "WKS-1", "os": {"type": "windows"}}, "user": {"name": "ann"},
                 "process": {"entity_id": entity, "pid": number, "name": "evil.exe"}}, **more)


def connect(number, entity, at=None, port=445):
    return {"@timestamp": at or now_iso(), "event": {"id": f"e{number}", "category": ["network"], "type": ["start"]},
            "host": {"id": "h1", "name": "WKS-1", "os": {"type": "windows"}}, "user": {"name": "ann"},
            "process": {"entity_id": entity, "pid": 4711 if number == 0 else number, "name": "evil.exe"},
            "destination": {"port": port, "ip": "10.0.0.5"}, "source": {"ip": "10.0.0.9"}}


SEQUENCE = ('sequence by host.id, process.entity_id with maxspan=1m '
            '[process where event.type == "start"] [network where destination.port == 445] ')


class ServiceCase(e2e.Case):
    def rules(self, **texts):
        for name, text in texts.items():
            self.put(f"rules/{name}.toml", text)
        return self.dir / "rules"

    def serve(self, *options, **more):
        return Service(self.dir / "data", *options, **more)

    def send(self, s, events, index=INDEX, **more):
        a = s.bulk(events, index=index, **more)
        self.assertEqual(a.status, 200, a.body)
        return a.json()


class Stream(ServiceCase):
    def test_the_first_rule_alerts_at_once(self):
        with self.serve("-r", SMB) as s:
            self.assertFalse(self.send(s, [start(1, "p1")])["errors"])
            self.send(s, [connect(2, "p1")], NET)
            shells = s.wait_for(lambda: s.alerts())
            self.assertEqual([a["kibana.alert.rule.name"] for a in shells], ["SMB Connections via LOLBin or Untrusted Process"])
            blocks = [a for a in s.alerts(building_blocks="true") if a["kibana.alert.uuid"] != shells[0]["kibana.alert.uuid"]]
            self.assertEqual(len(blocks), 2)
            self.assertEqual({b["kibana.alert.group.id"] for b in blocks}, {shells[0]["kibana.alert.uuid"]})
            one = s.get("/api/alerts/" + shells[0]["kibana.alert.uuid"])
            self.assertEqual(one.json(), shells[0])
            self.assertEqual(s.get("/api/alerts/nothing").status, 404)
            self.assertGreaterEqual(s.metrics()['vedette_alerts_total{mode="stream"}'], 1)

    def test_sent_twice_is_one_event_and_one_alert(self):
        with self.serve("-r", SMB) as s:
            events = [start(1, "p1")]
            self.send(s, events, ids=["a"])
            again = self.send(s, events, ids=["a"])
            self.assertTrue(again["errors"])
            self.assertEqual(again["items"][0]["create"]["status"], 409)
            self.assertEqual(again["items"][0]["create"]["error"]["type"], "version_conflict_engine_exception")
            self.send(s, [connect(2, "p1")], NET)
            self.send(s, [connect(2, "p1")], NET)  # the same event.id
            s.matched()
            self.assertEqual(len(s.wait_for(s.alerts)), 1)
            self.assertEqual(s.metrics()["vedette_store_documents"], 2)

    def test_late_events_complete_a_sequence(self):
        with self.serve("-r", SMB) as s:
            self.send(s, [connect(2, "p1", now_iso(-20))], NET)
            s.matched()
            self.assertEqual(s.alerts(), [])
            self.send(s, [start(1, "p1", now_iso(-50))])
            self.assertEqual(len(s.wait_for(s.alerts)), 1)

    def test_an_until_that_comes_late_supersedes(self):
        rules = self.rules(one=e2e.rule_text("Until", SEQUENCE + 'until [process where event.type == "end"]'))
        with self.serve("-r", rules) as s:
            self.send(s, [start(1, "p1", now_iso(-50))])
            self.send(s, [connect(2, "p1", now_iso(-20))], NET)
            alert = s.wait_for(s.alerts)[0]
            end = start(3, "p1", now_iso(-40))
            end["event"]["type"] = ["end"]
            self.send(s, [end])
            gone = s.wait_for(lambda: s.alerts(superseded="true"))
            self.assertEqual(gone[0]["kibana.alert.uuid"], alert["kibana.alert.uuid"])
            self.assertIn("kibana.alert.superseded", json.dumps(gone[0]))
            self.assertEqual(s.alerts(superseded="false"), [])
            self.assertEqual(len(s.alerts()), 1)  # never taken back

    def test_a_missing_event_is_waited_for(self):
        query = ('sequence by host.id with maxspan=1s [process where event.type == "start"] '
                 '![network where destination.port == 445]')
        rules = self.rules(one=e2e.rule_text("Missing", query))
        with self.serve("-r", rules, "--lateness", "2s") as s:
            self.send(s, [start(1, "p1")])
            began = time.monotonic()
            s.matched()
            self.assertEqual(s.alerts(), [])
            self.assertEqual(len(s.wait_for(s.alerts, 15)), 1)
            self.assertGreater(time.monotonic() - began, 1.5)

    def test_alerts_are_events(self):
        rules = self.rules(one=e2e.rule_text("First", 'process where process.name == "evil.exe"'),
                           two=e2e.rule_text("Second", 'any where kibana.alert.rule.name == "First"',
                                             index='".alerts-security.*"'))
        with self.serve("-r", rules) as s:
            self.send(s, [start(1, "p1")])
            names = s.wait_for(lambda: len(s.alerts()) == 2 and [a["kibana.alert.rule.name"] for a in s.alerts()])
            self.assertEqual(sorted(names), ["First", "Second"])

    def test_a_restart_forgets_nothing(self):
        s = self.serve("-r", SMB).start()
        self.send(s, [start(1, "p1"), start(3, "p3")])
        self.send(s, [connect(8, "p3")], NET)  # pid 4 would be the kernel
        s.wait_for(s.alerts)
        self.assertEqual(s.stop(), 0)
        key = s.key
        with self.serve("-r", SMB, key=key) as s:
            self.send(s, [connect(2, "p1")], NET)
            s.wait_for(lambda: len(s.alerts()) == 2)
        s = self.serve("-r", SMB, key=key).start()
        self.send(s, [start(5, "p5")])
        s.kill()
        with self.serve("-r", SMB, key=key) as s:
            self.send(s, [connect(6, "p5")], NET)
            s.wait_for(lambda: len(s.alerts()) == 3)
            s.matched()
            self.assertEqual(len(s.alerts()), 3)

    def test_alerts_go_to_the_output(self):
        with self.serve("-r", SMB, "-o", self.dir / "alerts.ndjson") as s:
            self.send(s, [start(1, "p1")])
            self.send(s, [connect(2, "p1")], NET)
            s.wait_for(s.alerts)
        lines = [json.loads(x) for x in (self.dir / "alerts.ndjson").read_text().splitlines()]
        self.assertEqual(len(lines), 3)


class Rules(ServiceCase):
    def test_files_are_watched(self):
        rules = self.rules(one=e2e.rule_text("One", 'process where process.name == "none"'))
        with self.serve("-r", rules) as s:
            self.assertEqual([r["name"] for r in s.get("/api/rules").json()["rules"]], ["One"])
            self.put("rules/two.toml", e2e.rule_text("Two", 'process where process.name == "evil.exe"'))
            s.wait_for(lambda: s.get("/api/rules").json()["total"] == 2, 20)
            self.send(s, [start(1, "p1")])
            s.wait_for(s.alerts)
            self.put("rules/three.toml", e2e.rule_text("Three", "process where ("))
            broken = s.wait_for(lambda: [r for r in s.get("/api/rules").json()["rules"] if "error" in r], 20)
            self.assertEqual(broken[0]["name"], "Three")
            (self.dir / "rules/two.toml").unlink()
            s.process.send_signal(signal.SIGHUP)
            s.wait_for(lambda: s.get("/api/rules").json()["total"] == 2, 20)

    def test_a_reload_keeps_what_is_pending(self):
        with self.serve("-r", SMB, "-r", self.rules(one=e2e.rule_text("One"))) as s:
            self.send(s, [start(1, "p1")])
            s.matched()
            self.put("rules/two.toml", e2e.rule_text("Two"))
            s.wait_for(lambda: s.get("/api/rules").json()["total"] == 3, 20)
            self.send(s, [connect(2, "p1")], NET)
            self.assertEqual(len(s.wait_for(s.alerts)), 1)

    def test_rules_by_api(self):
        rule = {"name": "By API", "description": "d", "risk_score": 21, "severity": "low", "type": "eql",
                "language": "eql", "query": 'process where process.name == "evil.exe"', "index": ["logs-*"],
                "rule_id": "by-api"}
        with self.serve() as s:
            made = s.post("/api/rules", rule)
            self.assertEqual(made.status, 201, made.body)
            self.assertEqual(made.json()["revision"], 0)
            self.assertEqual(s.post("/api/rules", rule).status, 409)
            bad = s.post("/api/rules", dict(rule, rule_id="bad", query="process where"))
            self.assertEqual(bad.status, 400)
            self.assertIn("line 1", bad.json()["error"]["reason"])
            self.send(s, [start(1, "p1")])
            self.assertEqual(len(s.wait_for(s.alerts)), 1)
            self.assertEqual(s.post("/api/rules/by-api/_disable").json()["enabled"], False)
            self.send(s, [start(2, "p2")])
            s.matched()
            self.assertEqual(len(s.alerts()), 1)
            self.assertEqual(s.post("/api/rules/by-api/_enable").json()["enabled"], True)
            self.send(s, [start(3, "p3")])
            s.wait_for(lambda: len(s.alerts()) == 2)
            changed = s.request("PUT", "/api/rules/by-api", dict(rule, severity="high"))
            self.assertEqual((changed.status, changed.json()["revision"]), (200, 1))
            copy = s.post("/api/rules/by-api/_duplicate")
            self.assertEqual(copy.status, 201, copy.body)
            self.assertEqual((copy.json()["name"], copy.json()["enabled"]), ("By API [Duplicate]", False))
            self.assertEqual(s.request("DELETE", "/api/rules/by-api").status, 200)
            self.assertEqual(s.get("/api/rules/by-api").status, 404)
            key = s.key
        with self.serve(key=key) as s:
            self.assertEqual([r["name"] for r in s.get("/api/rules").json()["rules"]], ["By API [Duplicate]"])

    def test_a_preview_writes_nothing(self):
        with self.serve() as s:
            self.send(s, [start(1, "p1")])
            self.send(s, [connect(2, "p1")], NET)
            s.matched()
            rule = {"name": "P", "description": "d", "risk_score": 21, "severity": "low", "type": "eql",
                    "language": "eql", "query": SEQUENCE, "index": ["logs-*"], "rule_id": "p"}
            a = s.post("/api/rules/_preview", {"rule": rule, "since": "now-5m"})
            self.assertEqual(a.status, 200, a.body)
            self.assertEqual((a.json()["findings"], len(a.json()["alerts"])), (1, 3))
            self.assertEqual(s.alerts(building_blocks="true"), [])
            none = s.post("/api/rules/_preview", {"rule": rule, "since": "now-2h", "until": "now-1h"})
            self.assertEqual(none.json()["findings"], 0)


class Schedule(ServiceCase):
    def test_a_rule_runs_on_its_interval(self):
        rules = self.rules(one=e2e.rule_text("Soon", SEQUENCE, more='interval = "1s"'))
        with self.serve("-r", rules, "--mode", "schedule") as s:
            self.send(s, [start(1, "p1")])
            self.send(s, [connect(2, "p1")], NET)
            self.assertEqual(len(s.wait_for(s.alerts)), 1)
            runs = s.wait_for(lambda: len(s.get("/api/runs?rule_id=id-Soon").json()["runs"]) > 2
                              and s.get("/api/runs?rule_id=id-Soon").json()["runs"])
            self.assertEqual({r["status"] for r in runs[:1]}, {"succeeded"}, runs)
            self.assertEqual(sum(r["alerts"] for r in runs), 1)
            self.assertEqual(s.alerts(mode="schedule"), s.alerts())

    def test_by_hand(self):
        rules = self.rules(one=e2e.rule_text("Hand", SEQUENCE))
        with self.serve("-r", rules, "--mode", "schedule") as s:
            s.wait_for(lambda: s.get("/api/runs").json()["runs"])
            def ingested(event):  # the rule goes by it
                event["event"]["ingested"] = event["@timestamp"]
                return event
            self.send(s, [ingested(start(1, "p1", now_iso(-7200))), ingested(start(3, "p3", now_iso(-7200)))])
            self.send(s, [ingested(connect(2, "p1", now_iso(-7190)))], NET)
            s.matched()
            self.assertEqual(s.alerts(), [])
            a = s.post("/api/rules/id-Hand/_run", {"since": "now-3h", "until": "now-1h"})
            self.assertEqual((a.status, a.json()), (200, {"new_alerts": 1}), a.body)
            again = s.post("/api/rules/id-Hand/_run", {"since": "now-3h", "until": "now-1h"})
            self.assertEqual(again.json(), {"new_alerts": 0})
            self.assertEqual(s.post("/api/rules/none/_run", {"since": "now-3h"}).status, 404)


class Safety(ServiceCase):
    def test_keys_and_roles(self):
        with self.serve() as s:
            self.assertEqual(s.get("/", key=None).status, 401)
            self.assertEqual(s.get("/healthz", key=None).status, 200)
            keys = {role: s.post("/api/keys", {"name": role, "role": role}).json()["encoded"]
                    for role in ("ingest", "read", "analyst", "admin")}
            doc = json.dumps(start(1, "p1"))
            may = {"ingest": (200, 403, 403), "read": (403, 200, 403), "analyst": (200, 200, 403), "admin": (200, 200, 200)}
            for role, (ingest, read, admin) in may.items():
                self.assertEqual(s.post("/api/ingest", doc, key=keys[role]).status, ingest, role)
                self.assertEqual(s.get("/api/alerts", key=keys[role]).status, read, role)
                self.assertEqual(s.get("/api/keys", key=keys[role]).status, admin, role)
            listed = s.get("/api/keys").json()["keys"]
            self.assertEqual(len(listed), 5)
            self.assertNotIn(keys["read"], json.dumps(listed))
            gone = next(k["id"] for k in listed if k["name"] == "read")
            self.assertEqual(s.request("DELETE", f"/api/keys/{gone}").status, 200)
            self.assertEqual(s.get("/api/alerts", key=keys["read"]).status, 401)
            for key in keys.values():
                self.assertNotIn(key, s.said())

    def test_who_waits_for_nobody_goes_last(self):
        """The threads' nice values: rules before requests before blocks."""
        with self.serve("-r", SMB) as s:
            self.send(s, [start(1, "p1")])
            nice = {}
            for stat in pathlib.Path(f"/proc/{s.process.pid}/task").glob("*/stat"):
                name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
                nice[name] = max(int(rest.split()[16]), nice.get(name, -20))
            base = os.getpriority(os.PRIO_PROCESS, 0)
            self.assertEqual((nice["vd-rules"], nice["vd-journal"]), (base, base))
            self.assertEqual((nice["MHD-worker"], nice["vd-seal"]), (min(base + 10, 19), 19))

    def test_other_machines_want_tls(self):
        run = self.vedette("serve", "--listen", "0.0.0.0:0", status=2)
        self.assertIn("--tls-cert", run.err)

    def test_one_store_one_service(self):
        with self.serve() as s:
            run = self.vedette("serve", "--data", str(s.data), "--listen", "127.0.0.1:0", status=3)
            self.assertIn("another", run.err)


if __name__ == "__main__":
    e2e.main()
