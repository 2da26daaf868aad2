#!/usr/bin/env python3
"""Writes the maps of src/windows/data into a C file, so that the program carries them.

Usage: gen_windows_table.py OUT.c DATA.map...

The maps are joined in the order given. Comments and empty lines stay out; so the place
that an error names is not the one in the file, but maps that are built in are loaded by
the tests and have no errors. The maps' form is described in docs/windows.md; they are
parsed by src/windows/map_parse.c when a normaliser is made, which takes about a millisecond.

A map that is not ASCII ends the program with status 1 and file:line.
"""
import sys


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line.isascii():
                sys.exit(f"{path}:{number}: not ASCII")
            if line and not line.startswith("#"):
                yield line


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    lines = [line for path in sys.argv[2:] for line in lines_of(path)]
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write("/* Made by tools/gen_windows_table.py from src/windows/data. */\n")
        out.write('#include "windows/builtin_map.h"\n\n')
        # Bytes, not one string literal: compilers need not take one this long.
        data = "\n".join(lines).encode() + b"\n"
        out.write("const char vd_builtin_map[] = {\n")
        for at in range(0, len(data), 20):
            out.write("    " + ", ".join(str(b) for b in data[at:at + 20]) + ",\n")
        out.write("    0};\n")
        out.write("const size_t vd_builtin_map_size = sizeof vd_builtin_map - 1;\n")


if __name__ == "__main__":
    main()
