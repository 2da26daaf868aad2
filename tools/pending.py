#!/usr/bin/env python3
"""Writes events that leave partial sequences open: pending.py OUT [--partials N] [--others N] [--none]

Within one minute N Windows processes start, each of which is the first stage of the rule "SMB
Connections via LOLBin or Untrusted Process" and waits for the second; then, before any of them has
waited its minute, come network connections, one in ten to port 445 by a process that was not seen
to start. With --none the processes are signed by somebody whom the rule does not ask about, and
nothing waits; the documents are else the same, byte for byte as long.
"""
import argparse
import sys

START = (
    '{"@timestamp":"2025-03-03T08:00:%010.7fZ","agent":{"type":"endpoint"},"data_stream":{"dataset":'
    '"endpoint.events.process","namespace":"default","type":"logs"},"event":{"action":"start","category":["process"],'
    '"id":"p%08d","kind":"event","type":["start"]},"host":{"id":"4a6be6a7","name":"WKS-00001","os":{"type":"windows"}},'
    '"process":{"code_signature":{"exists":true,"status":"trusted","subject_name":"%s","trusted":true},"command_line":'
    '"\\"C:\\\\Windows\\\\System32\\\\rundll32.exe\\" task%d","entity_id":"%s","executable":'
    '"C:\\\\Windows\\\\System32\\\\rundll32.exe","name":"rundll32.exe","parent":{"name":"svchost.exe","pid":912},"pid":%d},'
    '"user":{"id":"S-1-5-21-1","name":"anna"}}\n')
CONNECTION = (
    '{"@timestamp":"2025-03-03T08:00:%010.7fZ","agent":{"type":"endpoint"},"data_stream":{"dataset":'
    '"endpoint.events.network","namespace":"default","type":"logs"},"destination":{"ip":"10.20.0.%d","port":%d},"event":'
    '{"action":"connection_attempted","category":["network"],"id":"n%08d","kind":"event","type":["start"]},"host":'
    '{"id":"4a6be6a7","name":"WKS-00001","os":{"type":"windows"}},"network":{"transport":"tcp","type":"ipv4"},"process":'
    '{"entity_id":"%s","executable":"C:\\\\Program Files\\\\Chrome\\\\chrome.exe","name":"chrome.exe","pid":4711},'
    '"source":{"ip":"10.20.0.7","port":%d},"user":{"id":"S-1-5-21-1","name":"anna"}}\n')


def entity(kind, i):
    """An entity id as long as the agent's."""
    return f"{kind}WYxMjM0NTYtNzg5MC00YWJjLWRlZjAtMTIzNDU2Nzg5MGFi{i:016x}"


def write(out, partials, others, none):
    subject = "Example Publisher" if none else "Microsoft Windows"
    for i in range(partials):
        out.write(START % (50 * i / partials, i, subject, i, entity("s", i), 5000 + i % 50000))
    for i in range(others):
        port = 445 if i % 10 == 0 else 443
        out.write(CONNECTION % (50 + 9 * i / others, i % 250, port, i, entity("n", i), 1024 + i % 60000))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("out", help="a file, or - for standard output")
    parser.add_argument("--partials", type=int, default=1_000_000)
    parser.add_argument("--others", type=int, default=1_000_000)
    parser.add_argument("--none", action="store_true", help="the same events, but nothing waits")
    o = parser.parse_args()
    with sys.stdout if o.out == "-" else open(o.out, "w", encoding="ascii", buffering=1 << 20) as out:
        write(out, o.partials, o.others, o.none)


if __name__ == "__main__":
    main()
