#!/usr/bin/env python3
"""Writes the inputs of fuzz_evtx: make_evtx.py [FOLDER].

Each is a small chunk of an event log, made here token by token: what the binary XML of Windows
can say, and the ways in which it can lie. They are cut behind their last record, as a chunk at
the end of a cut file is."""
import os
import struct
import sys
import zlib

HEAD = 512
NULL, STRING, ANSI, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64 = range(11)
REAL32, REAL64, BOOL, BINARY, GUID, SIZE, FILETIME, SYSTEMTIME, SID, HEX32, HEX64 = range(11, 22)
HANDLE, BINXML, XML, ARRAY = 0x20, 0x21, 0x23, 0x80
NO_DEPENDENCY = 0xFFFF


class Chunk:
    def __init__(self):
        self.b = bytearray(HEAD)
        self.names = {}
        self.id = 1

    def put(self, form, *values):
        self.b += struct.pack("<" + form, *values)

    def units(self, text):
        self.b += text.encode("utf-16-le")

    def name(self, text):
        if text in self.names:
            return self.put("I", self.names[text])
        self.names[text] = len(self.b) + 4
        self.put("IIHH", len(self.b) + 4, 0, 0, len(text))
        self.units(text + "\0")

    def token(self, number, form="", *values):
        self.put("B" + form, number, *values)

    def open(self, name, dependency=NO_DEPENDENCY, inside=True):
        self.token(0x41)
        if dependency is not None:
            self.put("H", dependency)
        self.put("I", 0)
        self.name(name)
        self.put("I", 0)
        if inside:
            self.token(2)

    def attribute(self, name, text=None, hole=None):
        self.token(0x46)
        self.name(name)
        self.content(text, hole)

    def content(self, text=None, hole=None):
        if text is not None:
            self.token(5, "BH", 1, len(text))
            self.units(text)
        if hole is not None:
            self.token(0x0E, "HB", hole, STRING)

    def leaf(self, name, text=None, hole=None, dependency=NO_DEPENDENCY, **attributes):
        self.open(name, dependency, inside=False)
        for key, value in attributes.items():
            if isinstance(value, int):
                self.attribute(key, hole=value)
            else:
                self.attribute(key, value)
        self.token(2)
        self.content(text, hole)
        self.token(4)

    def instance(self, body=None, definition=None, values=()):
        """With a body (a function that writes it) the template is here."""
        self.token(0x0C, "BI", 1, 7)
        if body:
            definition = len(self.b) + 4
            self.put("IIQQI", definition, 0, 7, 0, 0)
            self.b += b"\x0f\x01\x01\x00"
            body()
            self.token(0)
            struct.pack_into("<I", self.b, definition + 20, len(self.b) - definition - 24)
        else:
            self.put("I", definition)
        self.put("I", len(values))
        lengths = len(self.b)
        for kind, data in values:
            self.put("HBB", 0 if callable(data) else len(data), kind, 0)
        for i, (kind, data) in enumerate(values):
            if callable(data):
                start = len(self.b)
                data()
                struct.pack_into("<H", self.b, lengths + 4 * i, len(self.b) - start)
            else:
                self.b += data
        return definition

    def record(self, body):
        start = len(self.b)
        self.put("4sIQQ", b"**\0\0", 0, self.id, 132102604959215075)
        self.id += 1
        self.b += b"\x0f\x01\x01\x00"
        body()
        size = len(self.b) + 4 - start
        self.put("I", size)
        struct.pack_into("<I", self.b, start + 4, size)

    def done(self):
        struct.pack_into("<8sQQQQIII", self.b, 0, b"ElfChnk\0", 1, self.id - 1, 1, self.id - 1, 128,
                         len(self.b), len(self.b))
        struct.pack_into("<I", self.b, 52, zlib.crc32(self.b[HEAD:]))
        struct.pack_into("<I", self.b, 124, zlib.crc32(self.b[128:HEAD], zlib.crc32(self.b[:120])))
        return bytes(self.b)


def utf16(text):
    return text.encode("utf-16-le")


def system(c):
    c.open("System")
    c.leaf("Provider", Name="Vedette-Test", Guid=0, EventSourceName="Src")
    c.leaf("EventID", hole=2, Qualifiers=1)
    for i, name in enumerate(("Version", "Level", "Task", "Opcode", "Keywords")):
        c.leaf(name, hole=3 + i)
    c.leaf("TimeCreated", SystemTime=8)
    c.leaf("EventRecordID", hole=9)
    c.leaf("Correlation", ActivityID=10, RelatedActivityID=0)
    c.leaf("Execution", ProcessID=11, ThreadID=11)
    c.leaf("Channel", "Test/Operational")
    c.leaf("Computer", "HOST")
    c.leaf("Security", UserID=12)
    c.token(4)


SYSTEM_VALUES = [
    (GUID, bytes(range(16))), (UINT16, b"\0\x40"), (UINT16, b"\x10\x12"), (UINT8, b"\2"),
    (UINT8, b"\4"), (UINT16, b"\0\x31"), (UINT8, b"\0"), (HEX64, struct.pack("<Q", 0x8020 << 48)),
    (FILETIME, struct.pack("<Q", 132102604959215075)), (UINT64, struct.pack("<Q", 77)), (NULL, b""),
    (UINT32, b"\4\0\0\0"), (SID, bytes((1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0)))]

TYPED = [
    (STRING, utf16("caf\u00e9 \U0001f600\0")), (ANSI, b"ansi\x80\0"), (INT8, b"\xff"),
    (UINT8, b"\xff"), (INT16, b"\0\x80"), (UINT16, b"\0\x80"), (INT32, b"\xfe\xff\xff\xff"),
    (UINT32, b"\1\0\0\0"), (INT64, b"\xff" * 8), (UINT64, b"\xff" * 8),
    (REAL32, struct.pack("<f", 0.1)), (REAL64, struct.pack("<d", 1e300)), (BOOL, b"\1\0\0\0"),
    (BINARY, bytes(range(8))), (GUID, bytes(16)), (SIZE, b"\1" * 8), (FILETIME, b"\xff" * 8),
    (SYSTEMTIME, struct.pack("<8H", 2024, 2, 4, 29, 23, 59, 58, 7)),
    (SID, bytes((1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0))), (HEX32, b"\xe7\3\0\0"),
    (HEX64, b"\xe7\3\0\0\0\0\0\0"), (HANDLE, b"\1\0\0\0"), (XML, utf16("<a/>")), (NULL, b"")]

ARRAYS = [
    (ARRAY | STRING, utf16("one\0\0three\0")), (ARRAY | ANSI, b"a\0b"),
    (ARRAY | UINT32, b"\1\0\0\0\2\0\0\0"), (ARRAY | GUID, bytes(32)), (ARRAY | SIZE, bytes(12)),
    (ARRAY | SID, TYPED[18][1] * 2), (ARRAY | BINXML, b"\0"), (ARRAY | UINT16, b"\1\0\2")]


def usual(c):
    """The outer template holds System, the value at its end EventData by another one."""
    def outer():
        c.open("Event", inside=False)
        c.attribute("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")
        c.token(2)
        system(c)
        c.content(hole=13)
        c.token(4)

    def inner():
        c.open("EventData")
        c.leaf("Data", hole=0, Name="Image")
        c.leaf("Data", hole=1, Name="ProcessId")
        c.leaf("Binary", hole=2)
        c.token(4)

    at = {}
    values = [(STRING, utf16("C:\\Windows\\System32\\cmd.exe\0")), (UINT32, b"\1\2\0\0"), (NULL, b"")]

    def first():
        at["inner"] = c.instance(inner, values=values)

    def later():
        c.instance(definition=at["inner"], values=values)

    c.record(lambda: at.update(outer=c.instance(outer, values=SYSTEM_VALUES + [(BINXML, first)])))
    c.record(lambda: c.instance(definition=at["outer"],
                                values=SYSTEM_VALUES + [(BINXML, later)]))


def event(c, body, container="EventData"):
    c.open("Event")
    c.open(container)
    body()
    c.token(4)
    c.token(4)


def pairs_of(values):
    def make(c):
        def body():
            for i in range(len(values)):
                c.leaf("Data", hole=i, **({"Name": f"n{i}"} if i % 2 else {}))
        c.record(lambda: c.instance(lambda: event(c, body), values=values))
    return make


def user_data(c):
    def body():
        c.open("p:LogFileCleared", inside=False)
        c.attribute("xmlns", "x")
        c.token(2)
        c.leaf("SubjectUserName", hole=0)
        c.open("Group", dependency=1)
        c.leaf("Deep", "2")
        c.token(4)
        c.leaf("Xml", hole=2)
        c.token(4)

    def embedded():
        c.b += b"\x0f\x01\x01\x00"
        c.open("X", dependency=None)
        c.leaf("Leaf", "w", dependency=None)
        c.token(4)
        c.token(0)

    c.record(lambda: c.instance(lambda: event(c, body, "UserData"),
                                values=[(STRING, utf16("bob")), (NULL, b""), (BINXML, embedded)]))


def plain(c):
    """No template; references, CDATA, processing instructions."""
    def body():
        c.open("Data", inside=False)
        c.attribute("Name", "A")
        c.token(2)
        c.content("1 ")
        for entity in ("lt", "gt", "amp", "quot", "apos", "other"):
            c.token(0x49)
            c.name(entity)
        c.token(0x48, "H", 0xE9)
        c.token(0x48, "H", 0xD800)
        c.token(7, "H", 5)
        c.units("<raw>")
        c.token(4)
        c.token(0x0A)
        c.name("target")
        c.token(0x0B, "H", 2)
        c.units("pi")

    c.record(lambda: (event(c, body), c.token(0)))


def rendering(c):
    def body():
        c.leaf("Message", "m")
        c.open("Keywords")
        for _ in range(10):
            c.leaf("Keyword", "k")
        c.token(4)

    c.record(lambda: (event(c, body, "RenderingInfo"), c.token(0)))


def cycle(c):
    """A template with itself inside, twice."""
    def body():
        c.leaf("A", hole=0)
        here = c.b.rfind(b"\x0f\x01\x01\x00") - 24
        for _ in range(2):
            c.instance(definition=here, values=[(STRING, utf16("x"))])

    c.record(lambda: c.instance(lambda: event(c, body), values=[(STRING, utf16("x"))]))


def bomb(c):
    """A value shown many times, itself XML with a value shown many times."""
    def many():
        for _ in range(40):
            c.leaf("D", hole=0)

    def inner():
        c.instance(lambda: event(c, many), values=[(BINARY, bytes(2000))])

    c.record(lambda: c.instance(lambda: event(c, many), values=[(BINXML, inner)]))


def deep(c):
    c.record(lambda: [c.open("D") for _ in range(100)])


def lies(offset, form, value):
    """The usual chunk with something else written at an offset."""
    def make(c):
        usual(c)
        struct.pack_into("<" + form, c.b, offset, value)
    return make


CASES = {
    "usual": usual, "types": pairs_of(TYPED), "arrays": pairs_of(ARRAYS), "user-data": user_data,
    "plain": plain, "rendering": rendering, "cycle": cycle, "bomb": bomb, "deep": deep,
    "record-size": lies(HEAD + 4, "I", 0xFFFFFFF0), "record-magic": lies(HEAD, "I", 0),
    "template-offset": lies(HEAD + 34, "I", 0xFFFFFFFF),
    "template-size": lies(HEAD + 58, "I", 0xFFFFFFFF), "name-offset": lies(HEAD + 73, "I", 65535),
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "corpus/fuzz_evtx")
    os.makedirs(folder, exist_ok=True)
    for name, make in CASES.items():
        chunk = Chunk()
        make(chunk)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(chunk.done())
    with open(os.path.join(folder, "zeros"), "wb") as f:
        f.write(bytes(1024))
    print(f"{len(CASES) + 1} inputs in {folder}")


if __name__ == "__main__":
    main()
