"""Joins recorded Windows event logs into a large one: join(FILES, SIZE, OUT).

A log is a header and chunks of 64 KiB, and a chunk can be read by itself: what its offsets point to
is inside it. So the chunks of many files behind one header are a log. They are taken in turns until the
size is reached, byte for byte as they are; record numbers and times therefore start again
with each chunk. Chunks that are mostly empty, of which short recordings are made, would flatter a speed in
bytes, and are only taken where there are no others.
"""
import itertools
import struct
import zlib

HEADER, CHUNK = 4096, 65536
FULL = CHUNK * 7 // 8
MOST = 0xFFFF  # the header counts chunks in 16 bits


def chunks_of(path):
    """The chunks in use of a log."""
    with open(path, "rb") as f:
        log = f.read()
    if not log.startswith(b"ElfFile\0"):
        return
    for at in range(HEADER, len(log) - CHUNK + 1, CHUNK):
        if log.startswith(b"ElfChnk\0", at):
            yield log[at:at + CHUNK]


def used(chunk):
    """Bytes up to the chunk's free space."""
    return struct.unpack_from("<I", chunk, 48)[0]


def records(chunk):
    """How many records a chunk says it has."""
    first, last = struct.unpack_from("<QQ", chunk, 8)
    return last - first + 1


def header(count, last_record):
    """The header of a log of so many chunks, properly closed."""
    start = struct.pack("<8sQQQIHHHH76xI", b"ElfFile", 0, count - 1, last_record + 1, 128, 1, 3, HEADER, count, 0)
    return (start + struct.pack("<I", zlib.crc32(start[:120]))).ljust(HEADER, b"\0")


def join(files, size, out):
    """Writes a log of at most `size` bytes, but one chunk at least. Returns its records; 0 if the
    files hold none, and then nothing is written."""
    found = [chunk for path in files for chunk in chunks_of(path)]
    found = [chunk for chunk in found if used(chunk) >= FULL] or found
    if not found:
        return 0
    count = min(max((size - HEADER) // CHUNK, 1), MOST)
    last = max(struct.unpack_from("<Q", chunk, 16)[0] for chunk in found[:count])
    total = 0
    with open(out, "wb") as f:
        f.write(header(count, last))
        for chunk in itertools.islice(itertools.cycle(found), count):
            f.write(chunk)
            total += records(chunk)
    return total
