#!/usr/bin/env python3
"""Makes a larger rule set of one: multiply_rules.py RULES OUT [--copies N] [--maxspan FACTOR]

Each EQL rule of RULES (a file or folder: TOML of detection-rules, or NDJSON of Kibana) is written to OUT
N times: the first copy as it is, the others under a rule_id and name of their own and with other
constants in the query. A constant keeps its kind: a wildcard stays one, a path stays a path, the
ending of a file's name stays. What is compared with a field that has few values in any rule set
stays as it is: event.*, host.os.*, data_stream.* and the other fields of FEW.

--maxspan multiplies every maxspan, which makes partial sequences wait so much longer.
"""
import argparse
import json
import os
import re
import sys
import tomllib
import uuid

FEW = re.compile(
    r"event\.|host\.os\.|data_stream\.|.*\.code_signature\.(status|trusted|exists)$|file\.extension$|"
    r"file\.type$|network\.(direction|protocol|transport|type)$|registry\.data\.type$|registry\.hive$|"
    r"winlog\.logon\.type$|.*\.integrity_level_name$|.*\.entry_meta\.type$|dns\.question\.type$|"
    r"process\.thread\.|.*\.interactive$|_index$|agent\.type$")
TOKEN = re.compile(
    r'(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<raw>""".*?""")|(?P<text>"(?:\\.|[^"\\\n])*")|(?P<quoted>`[^`]*`)|'
    r"(?P<word>[A-Za-z_@][\w@.]*(?:\[\d*\])?)|(?P<other>\d[\w.]*|.)", re.S)
WORDS = {"and", "or", "not", "in", "like", "regex", "where", "sequence", "sample", "join", "by", "with", "until",
         "maxspan", "runs", "of", "any", "true", "false", "null"}
REGEX_CALLS = {"match", "matchLite", "regex"}
SPAN = re.compile(r"\b(maxspan\s*=\s*)(\d+)")


# ---- constants ----

def other_address(text, tag):
    """Another address or network of the same size."""
    octets = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\.(\d+)(/\d+)?", text)
    if not octets:
        return text
    a, b, c, d, size = octets.groups()
    if size and int(size[1:]) <= 24:
        return f"{(int(a) + 10 * tag) % 223 + 1}.{b}.{c}.{d}{size}"
    return f"{a}.{b}.{c}.{(int(d) + tag) % 256}{size or ''}"


def last_word(text):
    """Where the last word ends, if there is one. Escapes stay whole: \\n, \\\\, \\u{...}."""
    ends = [m.end() for m in re.finditer(r"\\u\{[^}]*\}|\\.|(?P<word>[^\W_]+)", text, re.S) if m["word"]]
    return ends[-1] if ends else None


def other_text(text, tag):
    """Another constant of the same kind: the last word before an ending grows by a few letters."""
    if re.fullmatch(r"[0-9a-fA-F.:]+(/\d+)?", text) and text.count(".") + text.count(":") >= 2:
        return other_address(text, tag)
    if re.fullmatch(r"-?[\d.]+", text):
        return text if "." in text else text + str(tag)
    ending = re.search(r"\.[A-Za-z][A-Za-z0-9]{0,4}[*?\"]*$", text)
    stem = text[:ending.start()] if ending else text
    if ending and stem in ("*", "?*"):
        return text  # as few-valued as file.extension
    at = last_word(stem) or last_word(text)
    return f"{text[:at]}q{tag}{text[at:]}" if at else text


def other_regex(text, tag):
    return f"{text}q{tag}" if text else text


class Scope:
    """What a constant is compared with: the last field before it, and whether as an expression."""

    def __init__(self):
        self.field = ""
        self.regex = False

    def word(self, word, called):
        if called:
            self.regex = word in REGEX_CALLS
        elif word in ("and", "or", "where"):
            self.regex = False
        elif word == "regex":
            self.regex = True
        elif word not in WORDS:
            self.field = word

    def other(self, text, tag):
        if FEW.match(self.field):
            return text
        return other_regex(text, tag) if self.regex else other_text(text, tag)


def other_constants(query, tag):
    """The query with other constants; tag: 1 to 9, another text for each."""
    out, scope, tokens = [], Scope(), list(TOKEN.finditer(query))
    for i, m in enumerate(tokens):
        text = m[0]
        if m["word"]:
            after = next((t[0] for t in tokens[i + 1:] if not t["skip"] and t[0] != "~"), "")
            scope.word(text, after == "(" and text not in WORDS)
        elif m["quoted"]:
            scope.field = text.strip("`")
        elif m["raw"] or m["text"]:
            q = 3 if m["raw"] else 1
            text = text[:q] + scope.other(text[q:-q], tag) + text[-q:]
        out.append(text)
    return "".join(out)


def longer_spans(query, factor):
    return SPAN.sub(lambda m: f"{m[1]}{int(m[2]) * factor}", query)


# ---- rules ----

QUERY = re.compile(r"^query\s*=\s*('''.*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'[^'\n]*'|\"(?:\\.|[^\"\\\n])*\")", re.S | re.M)


def other_id(rule_id, tag):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{rule_id}/{tag}"))


def literal(query):
    """As a TOML string, literal if that can be."""
    return f"'''\n{query}'''" if "'''" not in query else json.dumps(query)


def toml_copy(text, query, tag):
    head, rule = text.split("[rule]\n", 1)
    if tag:
        rule = re.sub(r'^rule_id = "([^"]+)"', lambda m: f'rule_id = "{other_id(m[1], tag)}"', rule, count=1, flags=re.M)
        rule = re.sub(r'^name = "', f'name = "Copy {tag}: ', rule, count=1, flags=re.M)
    return head + "[rule]\n" + QUERY.sub(lambda _: "query = " + literal(query), rule, count=1)


def read_toml(text):
    """(query, copy) of an EQL rule, or None."""
    if not re.search(r'^type\s*=\s*"eql"', text, re.M) or "[rule]\n" not in text:
        return None
    found = QUERY.search(text.split("[rule]\n", 1)[1])
    if not found:
        return None
    query = found[1][3:-3].removeprefix("\n") if found[1].startswith("'''") else tomllib.loads(found[0])["query"]
    return query, lambda changed, tag: toml_copy(text, changed, tag)


def json_copy(rule, query, tag):
    copy = dict(rule, query=query)
    if tag:
        copy["name"] = f"Copy {tag}: {rule.get('name', '')}"
        copy["rule_id"] = other_id(rule.get("rule_id", ""), tag)
        copy.pop("id", None)
    return json.dumps(copy)


def read_ndjson(text):
    for line in text.splitlines():
        rule = json.loads(line) if line.strip() else {}
        if rule.get("type") == "eql" and "query" in rule:
            yield rule["query"], lambda query, tag, rule=rule: json_copy(rule, query, tag)


def rules_of(path):
    """(ending, query, copy) of every EQL rule below a path, in order of their files."""
    files = [path]
    if os.path.isdir(path):
        files = sorted(os.path.join(d, f) for d, _, names in os.walk(path) if "_deprecated" not in d for f in names)
    for file in files:
        if not file.endswith((".toml", ".ndjson")):
            continue
        with open(file, encoding="utf-8") as f:
            text = f.read()
        if file.endswith(".ndjson"):
            for query, copy in read_ndjson(text):
                yield ".ndjson", query, copy
        elif rule := read_toml(text):
            yield ".toml", *rule


def write(rules, out, copies=1, maxspan=1):
    """Writes every rule `copies` times to the folder `out`; returns how many rules these are."""
    n = 0
    for ending, query, copy in rules_of(rules):
        longer = longer_spans(query, maxspan)
        for tag in range(copies):
            folder = os.path.join(out, f"{tag:02d}")
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{n // copies:05d}{ending}"), "w", encoding="utf-8") as f:
                f.write(copy(other_constants(longer, tag) if tag else longer, tag))
            n += 1
    return n


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("rules")
    parser.add_argument("out")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--maxspan", type=int, default=1, metavar="FACTOR")
    o = parser.parse_args()
    n = write(o.rules, o.out, o.copies, o.maxspan)
    print(f"{n} rules")
    sys.exit(0 if n else 1)


if __name__ == "__main__":
    main()
