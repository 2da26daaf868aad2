"""What goes wrong around a service: it is killed, the disk is full, a block is damaged, the clock jumps.

Nothing that was acknowledged may be lost or doubled by any of it.
"""

import http.client
import itertools
import json
import os
import pathlib
import random
import resource
import select
import socket
import sqlite3
import subprocess
import threading
import time
import unittest
import zlib

import e2e
from service import Service
from test_service import INDEX, NET, SEQUENCE, SMB, ServiceCase, connect, start



def kills_wanted():
    return int(os.environ.get("VEDETTE_KILLS", "10" if e2e.sanitized() else "100"))


def own(event, ident):
    """With an event.id of its own: it is known by that too."""
    event["event"]["id"] = ident
    return event


class Sender(threading.Thread):
    """Sends batches one after another until it is stopped; each again until it is acknowledged."""

    def __init__(self, number, port_of, key_of):
        super().__init__(daemon=True)
        self.number, self.port_of, self.key_of = number, port_of, key_of
        self.batches = self.documents = self.again = self.pairs = 0
        self.enough = threading.Event()
        self.wrong = []

    def body(self):
        """Ten pairs, one of which alerts: the second event of a pair comes a batch later."""
        lines = []

        def add(index, ident, event):
            lines.append(json.dumps({"create": {"_index": index, "_id": ident}}))
            lines.append(json.dumps(event))
            self.documents += 1

        for i in range(10):
            entity = f"s{self.number}-b{self.batches}-{i}"
            add(INDEX, "start-" + entity, own(start(i + 1, entity), "start-" + entity))
            if self.batches:
                before = f"s{self.number}-b{self.batches - 1}-{i}"
                add(NET, "net-" + before, own(connect(i + 10, before, port=80 if i else 445), "net-" + before))
                self.pairs += i == 0
        return "\n".join(lines) + "\n"

    def deliver(self, body):
        while True:
            try:
                c = http.client.HTTPConnection("127.0.0.1", self.port_of(), timeout=20)
                c.request("POST", "/_bulk", body, {"Content-Type": "application/x-ndjson",
                                                  "Authorization": "ApiKey " + self.key_of()})
                a = c.getresponse()
                text = a.read()
                if a.status == 200:
                    items = [x["create"]["status"] for x in json.loads(text)["items"]]
                    if not set(items) <= {201, 409}:
                        self.wrong.append(text[:500])
                    return
                if a.status not in (429, 503):
                    self.wrong.append((a.status, text[:500]))
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                c.close()
            self.again += 1
            time.sleep(0.02)

    def run(self):
        while not self.enough.is_set() and not self.wrong:
            self.deliver(self.body())
            self.batches += 1


def end(case, senders):
    """Lets them deliver what they have begun."""
    for sender in senders:
        sender.enough.set()
    for sender in senders:
        sender.join(60)
        case.assertFalse(sender.is_alive(), "a batch was never acknowledged")
        case.assertEqual(sender.wrong, [])


class Killed(ServiceCase):
    def test_a_hundred_kills_lose_and_double_nothing(self):
        # A start takes up the events of the last maxspan and lateness: they are short, so that a hundred
        # starts in a minute do not each take up all that was sent.
        rules = self.rules(one=e2e.rule_text("Pair", SEQUENCE.replace("maxspan=1m", "maxspan=20s")), two=e2e.rule_text("Single", 'process where process.name == "none"'))
        s = self.serve("-r", rules, "--lateness", "5s")
        s.start()
        senders = [Sender(i, lambda: s.port, lambda: s.key) for i in range(2)]
        for sender in senders:
            sender.start()
        dice = random.Random(7)
        began = time.monotonic()
        kills, wanted = 0, kills_wanted()
        while kills < wanted and time.monotonic() - began < 240:
            time.sleep(dice.uniform(0.02, 0.35))
            s.kill()
            s.start()
            kills += 1
        end(self, senders)
        self.assertEqual(kills, wanted)
        s.matched()
        sent = sum(x.documents for x in senders)
        pairs = sum(x.pairs for x in senders)
        self.assertGreater(sent, 100)
        self.assertEqual(s.metrics()["vedette_store_documents"], sent)
        alerts = s.alerts()
        self.assertEqual(len({a["kibana.alert.uuid"] for a in alerts}), len(alerts))
        self.assertEqual(len(alerts), pairs)
        count = s.post("/logs-*/_count", {"query": {"match_all": {}}})
        self.assertEqual((count.status, count.json()["count"]), (200, sent), count.body)
        self.assertEqual(s.stop(), 0)
        self.vedette("store", "verify", "--data", str(s.data))
        print(f"# {kills} kills, {sent} documents, {pairs} alerts, {sum(x.again for x in senders)} sent again")


class Hostile(ServiceCase):
    """Clients that mean harm beside one that sends events: all of its events are there in the end."""

    def connect(self, s):
        sock = socket.create_connection(("127.0.0.1", s.port), 30)
        self.addCleanup(sock.close)
        return sock

    def head(self, s, *lines):
        return "\r\n".join(["POST /_bulk HTTP/1.1", "Host: x", "Authorization: ApiKey " + s.key,
                            "Content-Type: application/x-ndjson", *lines, "", ""]).encode()

    def status_of(self, sock):
        line = sock.makefile("rb").readline()
        return int(line.split()[1]) if line else None

    def idle(self, s):
        """A thousand connections; half of them begin a request and stop there."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
        socks = [self.connect(s) for _ in range(1000)]
        for sock in socks[::2]:
            sock.sendall(b"POST /_bulk HTTP/1.1\r\nHost: x\r\n")
        return socks

    def drip(self, s, stop):
        """Ten requests of which a byte comes now and then."""
        socks = [self.connect(s) for _ in range(10)]
        text = self.head(s, "Content-Length: 1000") + b'{"create":{}}\n' * 20
        for byte in text:
            for sock in socks:
                try:
                    sock.sendall(bytes([byte]))
                except OSError:
                    pass  # ended by the service, which may
            if stop.wait(0.02):
                return

    def huge(self, s, begin, pieces):
        """Sends a gigabyte, or as much as is taken; the status of the answer."""
        sock = self.connect(s)
        sock.sendall(begin)
        try:
            for piece in pieces:
                sock.sendall(piece)
                if select.select([sock], [], [], 0)[0]:
                    break
        except OSError:
            pass
        try:
            return self.status_of(sock)
        except OSError:
            return None  # ended before the answer was read

    def bomb(self):
        z = zlib.compressobj(1, zlib.DEFLATED, 31)
        line = b'{"create":{}}\n' * 75000
        return b"".join(z.compress(line) for _ in range(1000)) + z.flush()

    def test_strangers_take_nothing_away(self):
        rules = self.rules(one=e2e.rule_text("Pair", SEQUENCE), two=e2e.rule_text("Single", 'process where process.name == "none"'))
        with self.serve("-r", rules) as s:
            senders = [Sender(i, lambda: s.port, lambda: s.key) for i in range(2)]
            stop = threading.Event()
            dripper = threading.Thread(target=self.drip, args=(s, stop), daemon=True)
            for thread in [*senders, dripper]:
                thread.start()
            idle = self.idle(s)
            self.assertEqual(s.get("/healthz").status, 200)
            piece = b"x" * (1 << 20)
            said = self.huge(s, self.head(s, f"Content-Length: {1 << 30}"), itertools.repeat(piece, 1024))
            self.assertIn(said, (413, None))
            chunk = b"100000\r\n" + piece + b"\r\n"
            said = self.huge(s, self.head(s, "Transfer-Encoding: chunked"), itertools.repeat(chunk, 1024))
            self.assertIn(said, (413, None))
            a = s.post("/_bulk", self.bomb(), headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"})
            self.assertEqual(a.status, 413, a.body[:300])
            before = [x.batches for x in senders]
            s.wait_for(lambda: all(x.batches > n + 5 for x, n in zip(senders, before)), 60)
            stop.set()
            end(self, senders)
            for sock in idle:
                sock.close()
            s.matched()
            self.assertEqual(s.metrics()["vedette_store_documents"], sum(x.documents for x in senders))
            self.assertEqual(len(s.alerts()), sum(x.pairs for x in senders))
            status = pathlib.Path(f"/proc/{s.process.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0])
            if not e2e.sanitized():
                self.assertLess(peak, 1_000_000, "KiB at most: a gigabyte that was announced is never kept")


class FullDisk(ServiceCase):
    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_a_full_disk_refuses_and_recovers(self):
        disk = self.dir / "disk"
        disk.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True, text=True)
        if mount.returncode:
            self.skipTest("a small disk cannot be mounted here: " + mount.stderr.strip())
        try:
            self.fill_and_recover(disk)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)

    def fill_and_recover(self, disk):

        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (8 << 20))
        noise = random.Random(3)
        with Service(disk / "data", "-r", SMB) as s:
            stored, refused = 0, 0
            for i in range(400):
                text = "".join(chr(noise.randrange(33, 126)) for _ in range(40000)).replace('"', "'").replace("\\", "/")
                a = s.bulk([start(i, f"p{i}", message=text)] * 1, ids=[f"d{i}"], index=INDEX)
                if a.status == 200 and not a.json()["errors"]:
                    stored += 1
                else:
                    self.assertIn(a.status, (429, 503), a.body)
                    self.assertIn("error", a.json())
                    refused += 1
                if refused >= 5:
                    break
            self.assertGreater(stored, 20)
            self.assertGreaterEqual(refused, 5, "the disk never was full")
            self.assertEqual(s.get("/healthz").status, 200)
            ballast.unlink()
            s.wait_for(lambda: s.bulk([start(1000, "after")], ids=["after"], index=INDEX).status == 200, 30, 0.2)
            s.matched()
            self.assertEqual(s.metrics()["vedette_store_documents"], stored + 1)
            self.send(s, [connect(1001, "after")], NET)
            s.wait_for(s.alerts)
            key = s.key
        with Service(disk / "data", "-r", SMB, key=key) as s:
            self.assertEqual(s.metrics()["vedette_store_documents"], stored + 2)


class Damaged(ServiceCase):
    def test_a_damaged_block_is_told_and_left_out(self):
        with self.serve() as s:
            self.send(s, [start(i, f"p{i}") for i in range(50)])
            self.send(s, [dict(connect(i, f"p{i}"), event={"id": f"n{i}", "category": ["network"]}) for i in range(30)], NET)
            s.matched()
            key = s.key
        db = sqlite3.connect(s.data / "vedette.db")
        rows = db.execute("SELECT id, data FROM block_data").fetchall()
        self.assertEqual(len(rows), 2)
        rowid, data = rows[0]
        middle = len(data) // 2
        db.execute("UPDATE block_data SET data = ? WHERE id = ?",
                   (data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1:], rowid))
        db.commit()
        db.close()
        run = self.vedette("store", "verify", "--data", str(s.data), status=3)
        self.assertIn("block", run.out + run.err)
        with self.serve(key=key) as s:
            count = s.post("/logs-*/_count", {"query": {"match_all": {}}}).json()["count"]
            self.assertIn(count, (30, 50))
            self.send(s, [start(100, "more")])
            s.matched()
            self.assertEqual(s.post("/logs-*/_count", {"query": {"match_all": {}}}).json()["count"], count + 1)
            self.assertGreaterEqual(s.metrics()["vedette_store_damaged_blocks"], 1)

    def test_a_torn_journal_keeps_what_was_acknowledged(self):
        s = self.serve().start()
        self.send(s, [start(i, f"p{i}") for i in range(20)])
        s.kill()
        newest = max((s.data / "journal").iterdir() if (s.data / "journal").is_dir() else s.data.glob("*.vdj"),
                     key=lambda p: p.name)
        with open(newest, "ab") as f:
            f.write(os.urandom(1000))
        with self.serve(key=s.key) as s:
            s.matched()
            self.assertEqual(s.metrics()["vedette_store_documents"], 20)


LIBFAKETIME = next((p for p in ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
                                "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1") if os.path.exists(p)), None)


class Clock(ServiceCase):
    def test_a_clock_that_jumps(self):
        if e2e.sanitized():
            self.skipTest("a sanitizer and libfaketime cannot be loaded together")
        self.assertTrue(LIBFAKETIME, "install the tests' packages: scripts/install test")
        clock = self.dir / "clock"
        clock.write_text("+0\n")
        env = {"LD_PRELOAD": LIBFAKETIME, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
               "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        rules = self.rules(soon=e2e.rule_text("Soon", SEQUENCE, more='interval = "2s"\nmode = "schedule"'))
        with self.serve("-r", SMB, "-r", rules, env=env) as s:
            self.send(s, [start(1, "p1")])
            s.matched()
            for offset in ("+3600", "-86400", "+0"):
                clock.write_text(offset + "\n")
                time.sleep(1.5)
                self.assertEqual(s.get("/healthz").status, 200)
            self.send(s, [connect(2, "p1")], NET)
            modes = s.wait_for(lambda: len(s.alerts()) == 2 and s.alerts(), 30)
            self.assertEqual(sorted(a["kibana.alert.rule.name"] for a in modes),
                             ["SMB Connections via LOLBin or Untrusted Process", "Soon"])
            runs = s.get("/api/runs?rule_id=id-Soon&size=1000").json()["runs"]
            self.assertLess(len(runs), 60, "a jump must not be caught up run by run")
            time.sleep(1)
            self.assertEqual(len(s.alerts()), 2)

    def test_events_from_the_future_do_not_stop_the_clock(self):
        with self.serve("-r", SMB) as s:
            self.send(s, [start(9, "px", "2099-01-01T00:00:00Z")])
            self.send(s, [start(1, "p1")])
            self.send(s, [connect(2, "p1")], NET)
            self.assertEqual(len(s.wait_for(s.alerts)), 1)
            self.assertEqual(s.metrics()["vedette_stream_future_total"], 1)


if __name__ == "__main__":
    e2e.main()
