#!/usr/bin/env python3
"""Writes the C table of known fields from the lists in src/field/data.

Usage: gen_field_table.py OUT.c DATA.tsv...

A list starts with comment lines ("# ..."). Two kinds of them are read:
    # origin: ecs | endpoint | integration      once in every list
    # ecs-version: X.Y.Z                        in the one list of ECS
Every other line is a row, split by tabs: name, Elasticsearch type, in the lists
other than that of ECS the package (for the reader only), and an optional note,
"array" or "multi-field".

What several lists say of a name, ECS decides before Elastic Defend before the
integrations. Objects on the way to a field become rows too. The table that
comes out is declared in src/field/field_table.h.

Anything wrong with a list ends the program with status 1 and file:line.
"""
import os
import re
import sys

# Elasticsearch's type names and the C names of what they are to us.
TYPES = {
    "keyword": "KEYWORD",
    "constant_keyword": "CONSTANT_KEYWORD",
    "wildcard": "WILDCARD",
    "text": "TEXT",
    "match_only_text": "TEXT",
    "long": "LONG",
    "integer": "LONG",
    "short": "LONG",
    "byte": "LONG",
    "unsigned_long": "UNSIGNED_LONG",
    "double": "DOUBLE",
    "float": "DOUBLE",
    "half_float": "DOUBLE",
    "scaled_float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "date_nanos": "DATE",
    "ip": "IP",
    "version": "VERSION",
    "object": "OBJECT",
    "nested": "NESTED",
    "flattened": "FLATTENED",
    "binary": "OTHER",
    "geo_point": "OTHER",
    "geo_shape": "OTHER",
    "histogram": "OTHER",
    "date_range": "OTHER",
    "double_range": "OTHER",
    "float_range": "OTHER",
    "integer_range": "OTHER",
    "ip_range": "OTHER",
    "long_range": "OTHER",
}
ORIGINS = ["ecs", "endpoint", "integration"]  # the first to name a field decides
FLAGS = {"": "0", "array": "VD_FIELD_ROW_ARRAY", "multi-field": "VD_FIELD_ROW_MULTI"}
MAX_NAME = 512  # bytes; far above any real name, far below what name_len holds
# Printable ASCII that a C string takes as it stands, in parts with dots between.
NAME = re.compile(r"[^\x00-\x20\x7f-\U0010ffff\"\\?.]+(\.[^\x00-\x20\x7f-\U0010ffff\"\\?.]+)*")


class BadList(Exception):
    """A list that cannot be used; the text names file and line."""


class Row:
    """What one list says of one field."""

    def __init__(self, es_type, origin, flags, where):
        self.es_type = es_type
        self.origin = origin  # index into ORIGINS
        self.flags = flags
        self.where = where

    def c_type(self):
        return TYPES[self.es_type]


class Table:
    """All rows by name, and the version of ECS."""

    def __init__(self):
        self.rows = {}
        self.ecs_version = None

    def add(self, name, row):
        old = self.rows.get(name)
        if old is None or row.origin < old.origin:
            self.rows[name] = row
        elif row.origin == old.origin and row.es_type != old.es_type:
            raise BadList(f"{row.where}: {name} is {row.es_type} here and {old.es_type} at {old.where}")

    def add_objects(self):
        """Adds the objects on the way to a field. A field of that very name
        stays, unless only a lesser list knows it."""
        objects = {}
        for name, row in self.rows.items():
            if row.flags == FLAGS["multi-field"]:
                continue
            parts = name.split(".")
            for end in range(1, len(parts)):
                prefix = ".".join(parts[:end])
                objects[prefix] = min(row.origin, objects.get(prefix, row.origin))
        for name, origin in objects.items():
            old = self.rows.get(name)
            if old is None or origin < old.origin:
                self.rows[name] = Row("object", origin, "0", "derived")


class ListReader:
    """Reads one list into a table."""

    def __init__(self, path, table):
        self.path = path
        self.table = table
        self.line_no = 0
        self.origin = None

    def fail(self, why):
        raise BadList(f"{self.path}:{self.line_no}: {why}")

    def read(self):
        with open(self.path, encoding="utf-8", newline="\n") as lines:
            for self.line_no, line in enumerate(lines, 1):
                if not line.endswith("\n"):
                    self.fail("the last line has no line end")
                self.line(line[:-1])
        if self.origin is None:
            self.fail("no '# origin:' line")
        if self.origin == 0 and self.table.ecs_version is None:
            self.fail("no '# ecs-version:' line")

    def line(self, line):
        if line.startswith("#"):
            self.directive(line)
        else:
            self.row(line)

    def directive(self, line):
        m = re.fullmatch(r"# (origin|ecs-version): (\S+)", line)
        if m is None:
            return  # a remark
        if m[1] == "origin":
            self.set_origin(m[2])
        else:
            self.set_ecs_version(m[2])

    def set_origin(self, origin):
        if self.origin is not None:
            self.fail("a second '# origin:' line")
        if origin not in ORIGINS:
            self.fail(f"unknown origin '{origin}', known: {', '.join(ORIGINS)}")
        self.origin = ORIGINS.index(origin)

    def set_ecs_version(self, version):
        if self.table.ecs_version is not None:
            self.fail("a second '# ecs-version:' line")
        if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
            self.fail(f"'{version}' is no version of ECS")
        self.table.ecs_version = version

    def row(self, line):
        if self.origin is None:
            self.fail("a row before the '# origin:' line")
        columns = line.split("\t")
        before_note = 2 if self.origin == 0 else 3
        if len(columns) not in (before_note, before_note + 1):
            self.fail(f"a row of this list has {before_note} columns and an optional note")
        name, es_type = columns[:2]
        note = columns[before_note] if len(columns) > before_note else ""
        if not NAME.fullmatch(name) or len(name) > MAX_NAME:
            self.fail(f"'{name}' is no field name")
        if es_type not in TYPES:
            self.fail(f"unknown type '{es_type}' of field {name}")
        self.table.add(name, Row(es_type, self.origin, self.flags(note), f"{self.path}:{self.line_no}"))

    def flags(self, note):
        if note not in FLAGS:
            self.fail(f"unknown note '{note}', known: array, multi-field")
        return FLAGS[note]


def read_lists(paths):
    table = Table()
    for path in paths:
        ListReader(path, table).read()
    if table.ecs_version is None:
        raise BadList("none of the lists has an '# ecs-version:' line")
    table.add_objects()
    return table


def c_source(table):
    out = [
        "/* Written by tools/gen_field_table.py from src/field/data; do not edit. */",
        '#include "field/field_table.h"',
        "",
        "const struct vd_field_row vd_field_rows[] = {",
    ]
    for name in sorted(table.rows, key=str.encode):
        row = table.rows[name]
        origin = ORIGINS[row.origin].upper()
        out.append(f'    {{"{name}", {len(name)}, VD_TYPE_{row.c_type()}, VD_ORIGIN_{origin}, {row.flags}}},')
    out += [
        "};",
        "",
        f"const uint32_t vd_field_row_count = {len(table.rows)};",
        "",
        f'const char vd_ecs_version[] = "{table.ecs_version}";',
        "",
    ]
    return "\n".join(out)


def write_whole(path, text):
    """Writes a file so that a broken run leaves no half of it behind."""
    part = path + ".part"
    with open(part, "w", encoding="ascii", newline="\n") as out:
        out.write(text)
    os.replace(part, path)


def main(args):
    if len(args) < 2:
        print("usage: gen_field_table.py OUT.c DATA.tsv...", file=sys.stderr)
        return 2
    try:
        write_whole(args[0], c_source(read_lists(args[1:])))
    except (BadList, OSError, UnicodeDecodeError) as err:
        print(f"gen_field_table.py: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
