"""Random EQL over a small vocabulary, and random events in it: what random_rules.py compares with.

Values come from small pools, so that conditions are met about as often as not, keys meet and patterns
match. Everything is drawn from the random.Random that is passed in."""

import json

STRINGS = ["cmd.exe", "CMD.EXE", "cmd*", "a", "A", "", "abc", "abcabc", "ab?c", "C:\\Windows\\x.exe",
           "C:\\windows\\X.EXE", "net.exe", "net1.exe", "\u00e4pfel", "\u00c4pfel", "10", "0x1F", "-2.5",
           "true", "a b", "[x](y)", "10.0.0.1", "x\u20ac\U0001f600y", "line\nbreak", " 7 "]
LONGS = [-5, -1, 0, 1, 2, 3, 4, 7, 10, 100, 445, 65535, 2147483647, 2147483648, -2147483648,
         9007199254740993, 9223372036854775807, -9223372036854775808]
DOUBLES = [-2.5, -1.0, 0.0, 0.5, 1.0, 1.5, 2.25, 3.0, 10.0, 42.5, 1e10, 0.001]
IPS = ["10.0.0.1", "10.1.2.3", "192.168.0.1", "8.8.8.8", "::1", "fe80::1", "2001:db8::7", "0.0.0.0"]
BLOCKS = ["10.0.0.0/8", "10.6.48.157/8", "192.168.0.0/16", "0.0.0.0/0", "::1/128", "2001:db8::/32",
          "8.8.8.8/32", "10.0.0.0/31"]
DATES = ["2024-01-01T00:00:00.000Z", "2024-01-01T23:59:59.999Z", "2024-01-02T00:00:00Z",
         "2024-01-02T12:30:15.500Z", "2024-02-29T10:00:00+02:00", "2023-12-31", "1704067200000"]
DATE_CONSTANTS = DATES + ["2024-01-01", "2024-01-02", "2024-01-02T12", "2024-01-02T12:30",
                          "2024-01-02T12:30:15", "2024-01-01||+1d", "2024-01-02T12:30:15Z||/d", "now-1h"]
VERSIONS = ["1.5.0", "1.2.4", "1.2.4-SNAPSHOT", "1.11.3", "2", "bad", "1.5", "1.5.0-alpha.1"]
CATEGORIES = ["process", "file", "network"]

# name -> kind; the built-in tables know the first ones, the last are typed by their values
OPEN = {
    "process.name": "s", "user.name": "s", "process.command_line": "s", "process.pid": "l",
    "destination.port": "l", "host.cpu.usage": "d", "source.ip": "ip", "process.start": "date",
    "process.code_signature.trusted": "b", "x.text": "s?", "x.num": "l?", "x.mix": "?", "x.flag": "b?",
}
MAPPED = {
    "name": "s", "user": "s", "nick": "s", "short": "s", "full": "s", "pid": "l", "big": "l", "ratio": "d",
    "ip": "ip", "when": "date", "ok": "b", "ver": "v", "other": "s",
}
MAPPING = {"properties": {
    "@timestamp": {"type": "date"},
    "event": {"properties": {"category": {"type": "keyword"}, "id": {"type": "keyword"}}},
    "name": {"type": "keyword"}, "user": {"type": "wildcard"},
    "nick": {"type": "keyword", "null_value": "abc"}, "short": {"type": "keyword", "ignore_above": 3},
    "full": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
    "other": {"type": "alias", "path": "name"}, "pid": {"type": "long"}, "big": {"type": "long"},
    "ratio": {"type": "double"}, "ip": {"type": "ip"}, "when": {"type": "date"},
    "ok": {"type": "boolean"}, "ver": {"type": "version"}, "tie": {"type": "long"},
}}
POOLS = {"s": STRINGS, "l": LONGS, "d": DOUBLES, "ip": IPS, "date": DATES, "b": [True, False], "v": VERSIONS}


def quote(text):
    """A string constant of EQL."""
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{out}"'


class Rules:
    """Draws queries over `fields` (name -> kind)."""

    def __init__(self, rnd, fields, closed):
        self.r = rnd
        self.fields = fields
        self.closed = closed

    def field(self, *kinds):
        names = [n for n, k in self.fields.items() if k.rstrip("?") in kinds or (k == "?" and "?" in kinds)]
        name = self.r.choice(names)
        return ("?" if self.r.random() < 0.15 else "") + name

    # ---- values ----

    def string(self):
        return quote(self.r.choice(STRINGS))

    def small(self):
        return str(self.r.choice([-3, -2, -1, 0, 0, 1, 1, 2, 3, 5, 8]))

    def number_constant(self):
        r = self.r.random()
        if r < 0.6:
            return self.small()
        if r < 0.8:
            return str(self.r.choice(LONGS[:-2]))
        return repr(self.r.choice(DOUBLES[:-2]))

    def text(self, depth):
        """An expression of strings that holds a field."""
        pick = self.r.randrange(9) if depth > 0 else 0
        if pick <= 2:
            return self.field("s")
        inner = self.text(depth - 1)
        if pick == 3:
            end = self.r.choice(["", f", {self.small()}"])
            return f"substring({inner}, {self.small()}{end})"
        if pick == 4:
            greedy = self.r.choice(["", ", true", ", false"])
            ci = self.r.choice(["", "~"])
            return f"between{ci}({inner}, {self.part()}, {self.part()}{greedy})"
        if pick == 5:
            return f"concat({inner}, {self.r.choice([self.string(), self.number(0), self.text(0), 'true'])})"
        if pick == 6:
            return f"string({self.number(depth - 1)})"
        if pick == 7:
            return f"concat({self.string()}, {inner})"
        return f"string({self.field('b', 'l', 's')})"

    def number(self, depth):
        """An expression of numbers that holds a field."""
        pick = self.r.randrange(10) if depth > 0 else 0
        if pick <= 2:
            return self.field("l", "d")
        inner = self.number(depth - 1)
        if pick == 3:
            return f"length({self.text(depth - 1)})"
        if pick == 4:
            start = self.r.choice(["", f", {self.small()}"])
            ci = self.r.choice(["", "~"])
            return f"indexOf{ci}({self.text(depth - 1)}, {self.part()}{start})"
        if pick == 5:
            return f"number({self.text(depth - 1)}{self.r.choice(['', ', 16', ', 10', ', 8', ', null'])})"
        if pick == 6:
            name = self.r.choice(["add", "subtract", "multiply", "divide", "modulo"])
            return f"{name}({inner}, {self.r.choice([self.number_constant(), self.number(0)])})"
        if pick == 7:
            return f"(-{inner})"
        return f"({inner} {self.r.choice('+-*/%')} {self.r.choice([self.number_constant(), self.number(0)])})"

    def part(self):
        whole = self.r.choice(STRINGS)
        at = self.r.randrange(len(whole) + 1)
        return quote(whole[at:at + self.r.randrange(1, 4)] or self.r.choice("abcx."))

    # ---- patterns ----

    def glob(self):
        out = "".join("*" if self.r.random() < 0.15 else "?" if self.r.random() < 0.12 else c
                      for c in self.r.choice(STRINGS))
        out = self.r.choice([out, out, "*" + out[1:], out[:2] + "*", "*" + out[2:4] + "*"])
        return quote(out.swapcase() if self.r.random() < 0.2 else out)

    def regex_atom(self, depth):
        pick = self.r.randrange(12)
        if pick < 5 or depth == 0:
            return self.r.choice(["a", "b", "c", "m", "d", "x", "e", "\\.", ".", "n", "1", "0", "t"])
        if pick == 5:
            return self.r.choice(["[a-c]", "[^a]", "[0-9x]", "[A-Z]", "\\d", "\\w", "\\s", "[.*]", "[^a-z.]"])
        if pick == 6:
            return f"({self.regex(depth - 1)}|{self.regex(depth - 1)})"
        if pick == 7:
            return self.r.choice(["<0-12>", "<1-9>", "<00-99>", "\"md.e\"", "@", "#", "()"])
        if pick == 8:
            return f"~({self.regex(depth - 1)})"
        if pick == 9:
            return f"({self.regex(depth - 1)}&{self.regex(depth - 1)})"
        return f"({self.regex(depth - 1)})"

    def regex(self, depth):
        ends = ["", "", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"]
        atoms = [self.regex_atom(depth) + self.r.choice(ends) for _ in range(self.r.randrange(1, 4))]
        return "".join(atoms)

    def whole_regex(self):
        r = self.r.random()
        if r < 0.4:
            word = self.r.choice([s for s in STRINGS if s.isascii()])
            plain = "".join("\\" + c if not (c.isalnum() or c == " ") else c for c in word)
            return quote(self.r.choice([plain, plain[:1] + ".*", ".*" + plain[-3:].lstrip("\\"), plain + "?"])
                         .replace("\n", "n"))
        if r < 0.6:
            return quote(".*" + self.regex(1) + ".*")
        return quote(self.regex(2))

    # ---- conditions ----

    def compare(self, left, right):
        op = self.r.choice(["==", "==", "!=", "<", "<=", ">", ">="])
        if self.r.random() < 0.1:
            return f"{right} {op} {left}"
        return f"{left} {op} {right}"

    def list_of(self, one):
        return "(" + ", ".join(one() for _ in range(self.r.randrange(1, 5))) + ")"

    def leaf_string(self):
        f = self.r.choice([self.field("s"), self.field("s"), self.text(2)])
        pick = self.r.randrange(9)
        if pick == 0:
            return self.compare(f, self.string())
        if pick == 1:
            return f"{f} {self.r.choice(['in', 'in~', 'not in', 'not in~'])} {self.list_of(self.string)}"
        if pick in (2, 3):
            return f"{f} : {self.r.choice([self.glob(), self.list_of(self.glob)])}"
        if pick == 4:
            return f"{f} {self.r.choice(['like', 'like~'])} {self.r.choice([self.glob(), self.list_of(self.glob)])}"
        if pick == 5:
            return (f"{f} {self.r.choice(['regex', 'regex~'])} "
                    f"{self.r.choice([self.whole_regex(), self.list_of(self.whole_regex)])}")
        if pick in (6, 7):
            name = self.r.choice(["startsWith", "endsWith", "stringContains"]) + self.r.choice(["", "~"])
            return f"{name}({f}, {self.part()})"
        return self.compare(f, self.string())

    def leaf_number(self):
        f = self.r.choice([self.field("l", "d"), self.number(2)])
        pick = self.r.randrange(6)
        if pick == 0:
            return f"{f} {self.r.choice(['in', 'not in'])} {self.list_of(self.small)}"
        if pick == 1:
            return f"{self.field('l', 'd')} {self.r.choice(['==', '>', '<='])} {self.r.choice(LONGS[:-1])}"
        # Whether "1.0" in a field without a type equals 1 is nothing Elasticsearch could tell: not asked.
        return self.compare(f, self.small() if "x.num" in f else self.number_constant())

    def leaf_other(self):
        pick = self.r.randrange(8)
        if pick == 0:
            f = self.field("ip")
            return self.r.choice([f"cidrMatch({f}, {', '.join(quote(self.r.choice(BLOCKS)) for _ in range(2))})",
                                  f"{f} == {quote(self.r.choice(IPS + BLOCKS))}",
                                  f"{f} in {self.list_of(lambda: quote(self.r.choice(IPS)))}",
                                  self.compare(f, quote(self.r.choice(IPS)))])
        if pick == 1:
            return self.compare(self.field("date"), quote(self.r.choice(DATE_CONSTANTS)))
        if pick == 2:
            f = self.field("b")
            return self.r.choice([f, f"{f} == true", f"{f} == false", f"{f} != true", f"not {f}"])
        if pick == 3 and self.closed:
            return self.compare("ver", quote(self.r.choice(VERSIONS)))
        if pick == 4 and not self.closed:
            return self.compare("x.mix", self.r.choice([self.string(), self.small(), "true"]))
        if pick == 5 and self.closed:
            return self.r.choice(["?zz == null", "?zz != null", "?zz == 1", "?zz != 1"])
        f = self.r.choice([self.field("s", "l", "d", "ip", "date", "b"), self.number(1), self.text(1)])
        return f"{f} {self.r.choice(['==', '!='])} null"

    def leaf(self):
        pick = self.r.random()
        if pick < 0.45:
            text = self.leaf_string()
        elif pick < 0.72:
            text = self.leaf_number()
        elif pick < 0.95:
            text = self.leaf_other()
        else:
            return f"null == ({self.field('l', 'd')} {self.r.choice(['<', '>'])} {self.small()})"
        if self.r.random() < 0.05:
            return f"({text}) {self.r.choice(['== true', '== false', '!= true'])}"
        return text

    def condition(self, depth):
        pick = self.r.random()
        if depth == 0 or pick < 0.35:
            return self.leaf()
        if pick < 0.5:
            return f"not ({self.condition(depth - 1)})"
        word = self.r.choice([" and ", " or "])
        return "(" + word.join(self.condition(depth - 1) for _ in range(self.r.randrange(2, 5))) + ")"

    def event(self, depth):
        category = self.r.choice(CATEGORIES + ["any", "any"])
        return f"{category} where {self.condition(depth)}"

    # ---- queries ----

    def item_event(self):
        if self.r.random() < 0.6:
            return f"{self.r.choice(CATEGORIES + ['any'])} where true"
        return self.event(1)

    def by(self, kind, n):
        keys = []
        for _ in range(n):
            name = self.r.choice([f for f, k in self.fields.items() if k.rstrip("?") == kind])
            keys.append(("?" if self.r.random() < 0.3 else "") + name)
        return " by " + ", ".join(keys) if keys else ""

    def sequence(self):
        n = self.r.randrange(2, 5)
        kind = self.r.choice("sl")
        common, own = self.r.choice([(0, 0), (1, 0), (1, 0), (2, 0), (0, 1), (1, 1)])
        span = self.r.choice(["", "", " with maxspan=5ms", " with maxspan=20ms", " with maxspan=1s"])
        missing = span and self.r.random() < 0.35
        items = []
        for _ in range(n):
            runs = f" with runs={self.r.randrange(1, 4)}" if self.r.random() < 0.1 else ""
            items.append(f"[{self.item_event()}]{self.by(kind, own)}{runs}")
        if missing:
            for at in self.r.sample(range(n), self.r.randrange(1, n)):
                items[at] = "!" + items[at]
        until = f" until [{self.item_event()}]{self.by(kind, own)}" if self.r.random() < 0.3 else ""
        pipes = "".join(f" | {self.r.choice(['head', 'tail'])} {self.r.randrange(0, 9)}"
                        for _ in range(self.r.choice([0, 0, 0, 0, 1, 2])))
        return f"sequence{self.by(kind, common)}{span} " + " ".join(items) + until + pipes

    def sample(self):
        kind = self.r.choice("sl")
        items = [f"[{self.item_event()}]" for _ in range(self.r.randrange(2, 4))]
        return f"sample{self.by(kind, 1)} " + " ".join(items)

    def query(self):
        pick = self.r.random()
        if pick < 0.78:
            pipe = f" | {self.r.choice(['head', 'tail'])} {self.r.randrange(0, 30)}" if self.r.random() < 0.03 else ""
            return self.event(3) + pipe
        return self.sequence() if pick < 0.97 else self.sample()


# ---- events ----

def value_of(rnd, kind):
    """A value, as a rule of its field's kind."""
    if rnd.random() < 0.04:
        kind = rnd.choice(["s", "l", "d", "b"])
    kind = kind.rstrip("?") or rnd.choice(["s", "l", "b", "d"])
    value = rnd.choice(POOLS[kind])
    if kind == "l" and rnd.random() < 0.05:
        return str(value)
    return value


def field_value(rnd, kind):
    pick = rnd.random()
    if pick < 0.06:
        return rnd.choice([None, [], [None], {}, {"deep": 1}])
    if pick < 0.25:
        return [value_of(rnd, kind) if rnd.random() < 0.9 else None for _ in range(rnd.randrange(1, 4))]
    return value_of(rnd, kind)


def place(rnd, doc, path, value):
    """Puts the value under its path, nested or dotted."""
    at = doc
    parts = path.split(".")
    while len(parts) > 1 and rnd.random() < 0.8 and isinstance(at.setdefault(parts[0], {}), dict):
        at = at[parts.pop(0)]
    if ".".join(parts) not in at:
        at[".".join(parts)] = value


def event(rnd, fields, number):
    doc = {"_id": f"e{number}", "@timestamp": 1704067200000 + rnd.randrange(0, 40) * rnd.choice([1, 1, 7])}
    if rnd.random() < 0.3:
        doc["@timestamp"] = f"2024-01-01T00:00:00.{doc['@timestamp'] % 1000:03d}Z"
    category = rnd.choice(CATEGORIES)
    place(rnd, doc, "event.category", category if rnd.random() < 0.8 else [category, rnd.choice(CATEGORIES)])
    for name, kind in fields.items():
        if rnd.random() < 0.65 and name != "other":
            place(rnd, doc, name, field_value(rnd, kind))
    if rnd.random() < 0.5:
        doc["tie"] = rnd.randrange(0, 4)
    if rnd.random() < 0.1:
        doc["_index"] = rnd.choice(["logs-a", "logs-b", "other"])
    return doc


def rule_line(rnd, rules, number, prefix):
    rule = {"rule_id": f"{prefix}-{number}", "name": f"rule {number}", "description": "random",
            "risk_score": 21, "severity": "low", "type": "eql", "language": "eql", "query": rules.query()}
    if rnd.random() < 0.15:
        rule["tiebreaker_field"] = "tie"
    if rnd.random() < 0.1:
        rule["index"] = rnd.choice([["logs-*"], ["logs-*", "-logs-b"], ["other"]])
    return rule


def write_batch(rnd, folder, closed, n_rules, n_events):
    """Writes rules.ndjson, events.ndjson and mapping.json; gives (rules, events) as objects."""
    fields = MAPPED if closed else OPEN
    rules = Rules(rnd, fields, closed)
    lines = [rule_line(rnd, rules, i, "closed" if closed else "open") for i in range(n_rules)]
    events = [event(rnd, fields, i) for i in range(n_events)]
    (folder / "mapping.json").write_text(json.dumps(MAPPING))
    (folder / "rules.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    ascii_only = rnd.random() < 0.5
    (folder / "events.ndjson").write_text(
        "".join(json.dumps(e, ensure_ascii=ascii_only) + "\n" for e in events), encoding="utf-8")
    return lines, events
