"""The planted rules a second time, in Python: what vedette-gen must let them find.

Each rule is a list of stages (condition, key), a span in milliseconds and, where it
has one, an "until" or a missing stage. The matching follows Elastic's description of
EQL sequences: one pending partial for each key and stage, the newest wins.
"""
import ipaddress
import re
from datetime import datetime, timezone


def get(doc, path):
    """The values of a dotted field, as a list."""
    for part in path.split("."):
        doc = doc.get(part) if isinstance(doc, dict) else None
    if doc is None:
        return []
    return doc if isinstance(doc, list) else [doc]


def one(doc, path):
    values = get(doc, path)
    return values[0] if values else None


def wild(doc, path, *patterns):
    """True if a value of the field fits one of the patterns, whatever its case."""
    for p in patterns:
        regex = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in p)
        if any(re.fullmatch(regex, str(v), re.I | re.S) for v in get(doc, path)):
            return True
    return False


def ticks(doc):
    """@timestamp in units of 100 ns."""
    text = doc["@timestamp"]
    whole = datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc)
    return int(whole.timestamp()) * 10_000_000 + int(text[20:27])


def kind(doc, category, os, type_=None):
    if category not in get(doc, "event.category") or one(doc, "host.os.type") != os:
        return False
    return type_ is None or type_ in get(doc, "event.type")


def win(doc, category, type_=None):
    return kind(doc, category, "windows", type_)


def outside(doc):
    return not ipaddress.ip_address(one(doc, "destination.ip")).is_private


def attempted(doc):
    return win(doc, "network") and one(doc, "event.action") == "connection_attempted"


SCRIPT_HOSTS = ("wscript.exe", "cscript.exe", "mshta.exe", "powershell.exe")


def smb_start(d):
    subject = one(d, "process.code_signature.subject_name") or ""
    trusted = one(d, "process.code_signature.trusted") is True
    return (win(d, "process", "start") and one(d, "process.pid") != 4
            and one(d, "user.id") not in ("S-1-5-19", "S-1-5-20")
            and not (trusted and not subject.startswith("Microsoft")))


def smb_connect(d):
    return win(d, "network") and one(d, "destination.port") == 445 and one(d, "process.pid") != 4


def office_start(d):
    return (win(d, "process", "start") and wild(d, "process.name", *SCRIPT_HOSTS)
            and wild(d, "process.parent.name", "winword.exe", "excel.exe", "powerpnt.exe"))


def office_connect(d):
    return attempted(d) and wild(d, "process.name", *SCRIPT_HOSTS) and outside(d)


def lsass(d):
    return (win(d, "process", "start") and wild(d, "process.name", "rundll32.exe")
            and wild(d, "process.command_line", "*comsvcs*")
            and (wild(d, "process.command_line", "*MiniDump*") or wild(d, "process.args", "#24")))


def drop(d):
    return (win(d, "file", "creation") and wild(d, "file.extension", "exe")
            and wild(d, "file.path", "?:\\Windows\\*.exe"))


def service(d):
    return win(d, "registry", "change") and wild(
        d, "registry.path", "HKLM\\SYSTEM\\*ControlSet*\\Services\\*\\ImagePath")


def ssh(outcome):
    return lambda d: (kind(d, "authentication", "linux") and one(d, "event.action") == "ssh_login"
                      and one(d, "event.outcome") == outcome)


def regsvr(d):
    return wild(d, "process.name", "regsvr32.exe")


TEN = [
    lambda d: win(d, "file", "creation") and wild(d, "file.path", "?:\\Users\\*\\Downloads\\*.iso"),
    lambda d: win(d, "file", "creation") and wild(d, "file.path", "?:\\Users\\*\\AppData\\Local\\Temp\\*.pdf.lnk"),
    lambda d: win(d, "process", "start") and wild(d, "process.name", "cmd.exe") and wild(d, "process.args", "*.pdf.lnk"),
    lambda d: win(d, "process", "start") and regsvr(d) and wild(d, "process.args", "?:\\Users\\*\\Temp\\*.ocx"),
    lambda d: (win(d, "library") and regsvr(d) and wild(d, "dll.path", "?:\\Users\\*\\Temp\\*.ocx")
               and one(d, "dll.code_signature.trusted") is not True),
    lambda d: (win(d, "network") and one(d, "event.action") == "lookup_requested" and regsvr(d)
               and wild(d, "dns.question.name", "*.badger.example")),
    lambda d: attempted(d) and regsvr(d) and one(d, "destination.port") == 443,
    lambda d: (win(d, "registry", "change") and wild(d, "registry.path", "HKEY_USERS\\*\\CurrentVersion\\Run\\*")
               and wild(d, "registry.data.strings", "regsvr32*")),
    lambda d: (win(d, "process", "start") and wild(d, "process.name", "nltest.exe")
               and wild(d, "process.parent.name", "regsvr32.exe") and wild(d, "process.args", "/domain_trusts")),
    lambda d: win(d, "file", "creation") and regsvr(d) and wild(d, "file.path", "?:\\ProgramData\\*.zip"),
]


def public_start(d):
    return (win(d, "process", "start") and wild(d, "process.executable", "?:\\Users\\Public\\*.exe")
            and one(d, "process.code_signature.trusted") is not True)


def looked_up(d):
    return win(d, "network") and one(d, "event.action") == "lookup_requested"


def fields(*names):
    return lambda d: tuple(one(d, n) for n in names)


ENTITY, HOST = fields("process.entity_id"), fields("host.id")
LOGIN = fields("host.id", "source.ip", "user.name")

# rule's name -> stages, span in ms, until, missing between the last two stages
RULES = {
    "SMB Connections via LOLBin or Untrusted Process":
        ([(smb_start, ENTITY), (smb_connect, ENTITY)], 60_000, lambda d: win(d, "process", "end"), None),
    "Bench: Office Program's Script Host Goes Out":
        ([(office_start, ENTITY), (office_connect, ENTITY)], 30_000, None, None),
    "Bench: Memory of LSASS Dumped by COM Services Library": ([(lsass, ENTITY)], 1, None, None),
    "Bench: Dropped Program Becomes a Service":
        ([(drop, fields("host.id", "file.path")), (service, fields("host.id", "registry.data.strings"))],
         60_000, None, None),
    "Bench: Ten Refused SSH Logins and One Accepted":
        ([(ssh("failure"), LOGIN)] * 10 + [(ssh("success"), LOGIN)], 60_000, None, None),
    "Bench: Disk Image to Archive in Ten Steps": ([(s, HOST) for s in TEN], 300_000, None, None),
    "Bench: Outbound Connection Without a Lookup":
        ([(public_start, ENTITY), (lambda d: attempted(d) and outside(d), ENTITY)], 30_000, None, looked_up),
}


def _advance(slots, stages, span, doc, found):
    last = len(stages) - 1
    for i in range(last, -1, -1):
        holds, key = stages[i]
        if not holds(doc):
            continue
        k = key(doc)
        if i == 0:
            partial = [doc]
        else:
            before = slots.pop((k, i - 1), None)
            if before is None or ticks(doc) // 10_000 - ticks(before[0]) // 10_000 > span:
                continue
            partial = before + [doc]
        if i == last:
            found.append(partial)
        else:
            slots[k, i] = partial


def matches(name, docs):
    """The id lists that the rule finds in documents ordered by time."""
    stages, span, until, missing = RULES[name]
    slots, found, spoilers = {}, [], {}
    for doc in docs:
        _advance(slots, stages, span, doc, found)
        if until is not None and until(doc):
            slots.pop((ENTITY(doc), 0), None)
        if missing is not None and missing(doc):
            spoilers.setdefault(ENTITY(doc), []).append(ticks(doc) // 10_000)
    if missing is not None:
        found = [f for f in found if not any(
            ticks(f[0]) // 10_000 < t < ticks(f[1]) // 10_000 for t in spoilers.get(ENTITY(f[0]), []))]
    return [[d["event"]["id"] for d in f] for f in found]
