"""What strangers do to an HTTP server: slow, huge, broken and forged requests. Against
tests/tools/http_echo.c, a server with a few routes on src/server/http.h."""

import base64
import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import resource
import select
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
import zlib

import e2e

MIB = 1 << 20


def echo_binary():
    """Beside the unit tests of the build that `vedette` is of; or the program itself."""
    path = pathlib.Path(e2e.BINARY)
    return path if path.name.startswith("http_echo") else path.parents[2] / "tests" / "http_echo"


class Server:
    def __init__(self, folder, *flags):
        self.errors = open(folder / "stderr", "w+b")
        self.process = subprocess.Popen([echo_binary(), *map(str, flags)], stdout=subprocess.PIPE,
                                        stderr=self.errors, env=e2e.CLEAN, cwd=folder)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.log())
        ready = json.loads(line)
        self.port, self.keys = ready["port"], ready["keys"]

    def log(self):
        self.errors.flush()
        return pathlib.Path(self.errors.name).read_bytes().decode(errors="replace")

    def stats(self):
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.process.stdout.readline())

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))

    def stop(self, timeout=20):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.errors.close()

    def connect(self, timeout=15):
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def read_answer(f, head=False):
    """One answer from a file over a socket; None: the connection ended."""
    line = f.readline()
    if not line:
        return None
    status = int(line.split()[1])
    headers = {}
    while (line := f.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    if status == 100:
        return Answer(status, headers, b"")
    length = int(headers.get("content-length", ["0"])[0])
    return Answer(status, headers, b"" if head else f.read(length))


def head(method, path, headers=(), version="1.1", host="localhost"):
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class HttpCase(e2e.Case):
    flags = ()

    def serve(self, *flags):
        server = Server(self.dir, *(flags or self.flags))
        self.addCleanup(self.check_stop, server)
        self.server = server
        return server

    def check_stop(self, server):
        """Whatever was done to it, it is still there and ends as it should (sanitizers too)."""
        alive = server.process.poll() is None
        status, log = server.stop(), pathlib.Path(self.dir / "stderr").read_text(errors="replace")
        self.assertTrue(alive, log)
        self.assertEqual(status, 0, log)

    def ask(self, method, path, body=None, headers=(), sock=None, key=None, host="localhost"):
        headers = list(headers)
        if key:
            headers.append("Authorization: ApiKey " + self.server.keys[key])
        if body is not None:
            headers.append(f"Content-Length: {len(body)}")
        with contextlib.ExitStack() as stack:
            if sock is None:
                sock = stack.enter_context(self.server.connect())
            sock.sendall(head(method, path, headers, host=host) + (body or b""))
            return read_answer(sock.makefile("rb"), method == "HEAD")

    def check_error(self, answer, status):
        self.assertIsNotNone(answer, "the connection was closed without an answer")
        self.assertEqual(answer.status, status, answer.body)
        said = answer.json()
        self.assertEqual(said["status"], status)
        self.assertEqual(said["error"]["root_cause"][0]["type"], said["error"]["type"])
        self.assertTrue(said["error"]["reason"])
        self.assertEqual(answer.headers["x-elastic-product"], ["Elasticsearch"])
        return said["error"]

    def check_serves(self):
        body = os.urandom(1000)
        answer = self.ask("POST", "/echo", body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["sha256"], hashlib.sha256(body).hexdigest())


def drip(sock, data, gap, limit):
    """Sends a byte now and then until the other side ends it; seconds that took, None: limit."""
    began = time.monotonic()
    try:
        for byte in data:
            sock.sendall(bytes([byte]))
            ended, _, _ = select.select([sock], [], [], gap)
            if ended and not sock.recv(4096):
                return time.monotonic() - began
            if time.monotonic() - began > limit:
                return None
    except OSError:
        return time.monotonic() - began
    return None


def send_until_answered(sock, pieces, enough):
    """Sends pieces while no answer has come; bytes sent."""
    sent = 0
    try:
        for piece in pieces:
            while piece:
                answered, writable, _ = select.select([sock], [sock], [], 10)
                if answered or not writable:
                    return sent
                n = sock.send(piece[:65536])
                sent += n
                piece = piece[n:]
            if sent > enough:
                return sent
    except OSError:
        pass
    return sent


class Slow(HttpCase):
    flags = ("--timeout", 1, "--request", 1)

    def check_dripped(self, data, limit):
        self.serve()
        with self.server.connect() as sock:
            took = drip(sock, data, 0.2, limit)
            self.assertIsNotNone(took, "was not ended")
        self.check_serves()
        self.assertGreaterEqual(self.server.stats()["timed_out"], 1)

    def test_a_line_that_does_not_end(self):
        self.check_dripped(b"GET /" + b"a" * 1000, 5)

    def test_headers_that_do_not_end(self):
        self.check_dripped(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 1000, 9)

    def test_headers_after_a_whole_line(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n")
            took = drip(sock, b"X-A: b\r\n" * 1000, 0.2, 5)
            self.assertIsNotNone(took)
            self.assertLess(took, 3)

    def test_a_body(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", ["Content-Length: 100000"]))
            took = drip(sock, b"x" * 1000, 0.2, 5)
            self.assertIsNotNone(took)
            self.assertLess(took, 3)
        self.check_serves()

    def test_nothing_at_all(self):
        self.serve()
        with self.server.connect() as sock:
            began = time.monotonic()
            self.assertEqual(sock.recv(1), b"")
            self.assertLess(time.monotonic() - began, 6)

    def test_an_answer_that_is_not_read(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(head("GET", "/big?bytes=100000000"))
            for _ in range(50):
                time.sleep(0.2)
                if self.server.stats()["connections"] == 0:
                    break
            self.assertEqual(self.server.stats()["connections"], 0)
        self.check_serves()

    def test_a_slow_handler_is_no_slow_request(self):
        self.serve()
        self.assertEqual(self.ask("GET", "/slow?ms=2500").status, 200)

    def test_a_connection_is_used_again_after_a_pause(self):
        self.serve("--timeout", 3, "--request", 1)
        with self.server.connect() as sock:
            for _ in range(2):
                self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200)
                time.sleep(1.5)
            self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200)


class Many(HttpCase):
    def test_a_thousand_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
        self.serve("--timeout", 60)
        idle = [self.server.connect() for _ in range(1000)]
        for sock in idle[::2]:
            sock.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\n")
        for _ in range(20):
            self.check_serves()
        self.assertGreaterEqual(self.server.stats()["connections"], 1000)
        self.assertLess(self.server.memory(), 400 * MIB)
        for sock in idle:
            sock.close()

    def test_the_limit_of_connections(self):
        self.serve("--connections", 8, "--threads", 2)
        socks = [self.server.connect() for _ in range(8)]
        for sock in socks:
            self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200)
        waiting = self.server.connect()
        waiting.sendall(head("GET", "/open"))
        self.assertFalse(select.select([waiting], [], [], 0.5)[0])
        for sock in socks:
            sock.close()
        answer = read_answer(waiting.makefile("rb"))
        self.assertEqual(answer.status, 200)
        waiting.close()

    def test_lengths_that_are_only_said(self):
        self.serve()
        before = self.server.memory()
        socks = [self.server.connect() for _ in range(60)]
        for sock in socks:
            sock.sendall(head("POST", "/echo", ["Content-Length: 100000000"]) + b"x" * 1000)
        time.sleep(0.5)
        self.assertLess(self.server.memory() - before, 64 * MIB)
        self.check_serves()
        for sock in socks:
            sock.close()


class Searches(HttpCase):
    def begin(self, n, path):
        socks = [self.server.connect() for _ in range(n)]
        self.addCleanup(lambda: [sock.close() for sock in socks])
        for sock in socks:
            sock.sendall(head("GET", path))
        return socks

    def answers(self, socks):
        return [read_answer(sock.makefile("rb")).status for sock in socks]

    def test_what_takes_long_holds_nothing_up(self):
        self.serve("--threads", 1)
        socks = self.begin(6, "/search?ms=1000")
        time.sleep(0.2)
        began = time.monotonic()
        self.check_serves()
        self.assertLess(time.monotonic() - began, 0.6)
        self.assertEqual(self.answers(socks), [200] * 6)
        self.assertEqual(self.answers(self.begin(1, "/search?ms=1")), [200])

    def test_too_many_wait(self):
        self.serve()
        socks = self.begin(200, "/search?ms=80")
        statuses = self.answers(socks)
        self.assertEqual(set(statuses), {200, 429})
        self.assertGreaterEqual(statuses.count(200), 128)
        self.assertEqual(self.ask("GET", "/search?ms=1").status, 200)

    def test_a_body_lives_as_long_as_its_search(self):
        self.serve()
        body = os.urandom(3000000)
        for packed, headers in ((body, []), (gzip.compress(body, 1), ["Content-Encoding: gzip"])):
            said = self.ask("POST", "/search?ms=100", packed, headers).json()
            self.assertEqual(said["sha256"], hashlib.sha256(body).hexdigest())
        self.assertEqual(self.server.stats()["in_flight"], 0)

    def test_clients_that_do_not_wait(self):
        self.serve()
        for sock in self.begin(50, "/search?ms=20"):
            sock.close()
        time.sleep(0.5)
        self.assertEqual(self.server.stats()["connections"], 0)
        self.check_serves()

    def test_the_end_comes_while_they_run(self):
        server = self.serve("--drain", 300)
        socks = self.begin(10, "/search?ms=1000")
        time.sleep(0.3)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(sorted(self.answers(socks)), [200] * 4 + [503] * 6)

    def check_stop(self, server):
        self.assertEqual(server.stop(), 0)


class Large(HttpCase):
    flags = ("--max-body", 16 * MIB)
    gigabyte = 1000 * MIB

    def check_refused(self, sock, pieces, status=413):
        sent = send_until_answered(sock, pieces, 200 * MIB)
        self.check_error(read_answer(sock.makefile("rb")), status)
        return sent

    def test_a_gigabyte_by_length(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", [f"Content-Length: {self.gigabyte}"]))
            sent = self.check_refused(sock, (b"x" * MIB for _ in range(1000)))
            self.assertLess(sent, 32 * MIB)
        self.check_serves()

    def test_a_gigabyte_in_chunks(self):
        self.serve()
        chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", ["Transfer-Encoding: chunked"]))
            sent = self.check_refused(sock, (chunk for _ in range(1000)))
            self.assertGreaterEqual(sent, 16 * MIB)
            self.assertLess(sent, 64 * MIB)
        self.check_serves()
        self.assertEqual(self.server.stats()["in_flight"], 0)

    def test_a_client_that_sends_first_still_gets_the_answer(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", [f"Content-Length: {20 * MIB}"]) + b"x" * (20 * MIB))
            self.check_error(read_answer(sock.makefile("rb")), 413)

    def test_at_the_limit_and_one_past_it(self):
        self.serve()
        body = b"x" * (16 * MIB)
        self.assertEqual(self.ask("POST", "/echo", body).json()["bytes"], 16 * MIB)
        packed = gzip.compress(body, 1)
        self.assertEqual(self.ask("POST", "/echo", packed, ["Content-Encoding: gzip"]).json()["bytes"],
                         16 * MIB)
        self.assertEqual(self.ask("POST", "/echo", zstd_zeros(128), ["Content-Encoding: zstd"])
                         .json()["bytes"], 16 * MIB)
        packed = gzip.compress(body + b"x", 1)
        self.check_error(self.ask("POST", "/echo", packed, ["Content-Encoding: gzip"]), 413)
        self.check_error(self.ask("POST", "/echo", zstd_zeros(129), ["Content-Encoding: zstd"]), 413)
        self.check_error(self.ask("POST", "/echo", body + b"x"), 413)

    def test_expect(self):
        self.serve()
        with self.server.connect() as sock:
            f = sock.makefile("rb")
            sock.sendall(head("POST", "/echo", ["Content-Length: 5", "Expect: 100-continue"]))
            self.assertEqual(read_answer(f).status, 100)
            sock.sendall(b"hello")
            self.assertEqual(read_answer(f).json()["bytes"], 5)
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", [f"Content-Length: {self.gigabyte}", "Expect: 100-continue"]))
            answer = read_answer(sock.makefile("rb"))
            self.check_error(answer, 413)
            self.assertEqual(answer.headers["connection"], ["close"])

    def test_bombs(self):
        self.serve()
        deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(deflate.compress(bytes(MIB)) for _ in range(300)) + deflate.flush()
        before = self.server.memory()
        self.check_error(self.ask("POST", "/echo", bomb, ["Content-Encoding: gzip"]), 413)
        self.check_error(self.ask("POST", "/echo", zstd_zeros(80000), ["Content-Encoding: zstd"]), 413)
        self.assertLess(self.server.memory() - before, 100 * MIB)
        self.check_serves()
        self.assertEqual(self.server.stats()["in_flight"], 0)

    def test_all_bodies_together_are_bounded(self):
        self.serve("--max-body", 3 * MIB, "--in-flight", 4 * MIB)
        held = self.server.connect()
        held.sendall(head("POST", "/echo", [f"Content-Length: {3 * MIB}"]) + b"x" * (3 * MIB - 1))
        self.wait_for_bytes(3 * MIB - 1)
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", [f"Content-Length: {2 * MIB}"]))
            answer = read_answer(sock.makefile("rb"))
            self.check_error(answer, 429)
            self.assertEqual(answer.headers["retry-after"], ["1"])
        with self.server.connect() as sock: # nothing was said, so it is seen underway
            sock.sendall(head("POST", "/echo", ["Transfer-Encoding: chunked"]))
            chunk = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"
            self.check_error(self.read_after(sock, [chunk] * 8), 429)
        bomb = gzip.compress(bytes(2 * MIB))
        self.check_error(self.ask("POST", "/echo", bomb, ["Content-Encoding: gzip"]), 429)
        held.sendall(b"x")
        self.assertEqual(read_answer(held.makefile("rb")).json()["bytes"], 3 * MIB)
        held.close()
        self.assertEqual(self.ask("POST", "/echo", b"x" * (2 * MIB)).status, 200)
        self.assertEqual(self.server.stats()["in_flight"], 0)

    def read_after(self, sock, pieces):
        send_until_answered(sock, pieces, 1 << 30)
        return read_answer(sock.makefile("rb"))

    def wait_for_bytes(self, n):
        for _ in range(100):
            if self.server.stats()["in_flight"] >= n:
                return
            time.sleep(0.05)
        self.fail("the body did not arrive")

    def test_an_answer_of_many_bytes(self):
        self.serve()
        answer = self.ask("GET", f"/big?bytes={50 * MIB}")
        self.assertEqual(len(answer.body), 50 * MIB)


def zstd_zeros(blocks):
    """A zstd frame (RFC 8878) of blocks of 128 KiB of zeros, four bytes each."""
    frame = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x50" # no content size, a window of 1 MiB
    size = 128 << 10
    for i in range(blocks):
        last = i == blocks - 1
        frame += ((size << 3) | (1 << 1) | last).to_bytes(3, "little") + b"\0"
    return frame


class Broken(HttpCase):
    flags = ("--max-body", 4 * MIB, "--timeout", 3)

    def check_body(self, body, coding, status):
        """It is refused, and the connection goes on."""
        with self.server.connect() as sock:
            answer = self.ask("POST", "/echo", body, [f"Content-Encoding: {coding}"], sock)
            self.check_error(answer, status)
            self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200)

    def test_packed_bodies(self):
        self.serve()
        packed = gzip.compress(os.urandom(50000))
        for body in (packed[:-1], packed[:5000], packed + b"tail", b"not gzip at all", packed[:10],
                     packed[:-8] + b"\0" * 8, packed[:500] + b"!" + packed[501:]):
            self.check_body(body, "gzip", 400)
        frame = zstd_zeros(4)
        for body in (frame[:-1], frame[:5], frame + b"tail", b"not zstd",
                     b"\x28\xb5\x2f\xfd\x00\xf8" + frame[6:]):
            self.check_body(body, "zstd", 400)
        for coding in ("br", "gzip, gzip", "compress", "\x01"):
            self.check_body(packed, coding, 415)

    def test_packed_bodies_that_are_right(self):
        self.serve()
        plain = os.urandom(300000)
        digest = hashlib.sha256(plain).hexdigest()
        for body, coding in ((gzip.compress(plain), "gzip"), (gzip.compress(plain), "X-GZIP"),
                             (gzip.compress(plain[:1000]) + gzip.compress(plain[1000:]), "gzip"),
                             (zlib.compress(plain), "deflate"), (plain, "identity"), (plain, "")):
            said = self.ask("POST", "/echo", body, [f"Content-Encoding: {coding}"]).json()
            self.assertEqual((said["sha256"], said["padding"]), (digest, 0), coding)
        said = self.ask("POST", "/echo", zstd_zeros(3) + zstd_zeros(1), ["Content-Encoding: zstd"]).json()
        self.assertEqual(said["sha256"], hashlib.sha256(bytes(4 * 131072)).hexdigest())
        said = self.ask("POST", "/echo", b"", ["Content-Encoding: gzip"]).json()
        self.assertEqual(said["bytes"], 0)

    def raw(self, data):
        with self.server.connect() as sock:
            with contextlib.suppress(OSError):
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                answer = read_answer(sock.makefile("rb"))
                return answer.status if answer else None
        return None

    def test_chunks(self):
        self.serve()
        start = head("POST", "/echo", ["Transfer-Encoding: chunked"])
        for chunks in (b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n", b"\r\nabc\r\n0\r\n\r\n",
                       b"FFFFFFFFFFFFFFFFFF\r\nabc", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"0x5\r\nabcde\r\n0\r\n\r\n",
                       b"5 \r\nabcde\r\n0\r\n\r\n", b"5;" + b"x" * 500000):
            self.assertNotEqual(self.raw(start + chunks), 200, chunks[:40])
        self.check_serves()

    def test_framing_that_two_readers_could_read_in_two_ways(self):
        self.serve()
        for lines, body in ((["Content-Length: 3", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
                            (["Content-Length: 3", "Content-Length: 5"], b"abcde"),
                            (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
                            (["Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"),
                            (["Transfer-Encoding: identity"], b"abc"), (["Content-Length: -1"], b""),
                            (["Content-Length: +3"], b"abc"), (["Content-Length: 3, 3"], b"abc"),
                            (["Content-Length: 99999999999999999999999"], b"abc")):
            self.assertIn(self.raw(head("POST", "/echo", lines) + body), (400, 413), lines)
        self.check_serves()

    def test_lines_and_headers(self):
        self.serve()
        long = b"GET /open HTTP/1.1\r\nHost: x\r\nX: " + b"a" * MIB + b"\r\n\r\n"
        for data in (long, b"GET /" + b"a" * MIB + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01" * 50, b"\r\n" * 100,
                     b"GET\r\n\r\n", b"GET /open HTTP/9.9\r\n\r\n", b"GET  /open\r\n\r\n",
                     b"GET /ope\0n HTTP/1.1\r\nHost: x\r\n\r\n", b"get /open HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"A" * 300000,
                     b"GET /open HTTP/1.1\r\n" + b"A: b\r\n" * 100000 + b"\r\n"):
            self.assertNotEqual(self.raw(data), 200, data[:40])
        self.check_serves()

    def test_paths(self):
        self.serve()
        for path in ("/open%00", "/%00", "/a/parts/..", "/../../etc/passwd", "/%2e%2e/parts/x", "/a/parts/%2e",
                     "/a/parts/..%2f..%2fetc", "/a/parts/x%2f..", "/a/parts/%1b[2J", "/open?x=%", "/open?x=%4",
                     "/a/parts/%zz", "/a/parts/" + "x/" * 100, "/open?" + "&".join("abc") + "&a=b" * 100):
            self.check_error(self.ask("GET", path), 400)
        for path in ("/nope", "/open/x", "/a/parts", "/", "//", "/a/parts/b/c", "*"):
            self.check_error(self.ask("GET", path), 404)
        said = self.ask("GET", "/a%2Fb%20c/parts/%C3%A4+x?q=1%2B1+2%26&pretty").json()
        self.assertEqual((said["parts"], said["q"]), (["a/b c", "\u00e4+x"], "1+1 2&"))
        self.assertEqual(self.ask("GET", "http://localhost/open").status, 200)
        self.assertEqual(self.ask("GET", "//open/").status, 200)

    def test_methods(self):
        self.serve()
        answer = self.ask("GET", "/echo")
        self.check_error(answer, 405)
        self.assertEqual(answer.headers["allow"], ["POST, PUT"])
        self.assertEqual(self.ask("DELETE", "/open").headers["allow"], ["GET, HEAD"])
        for method in ("OPTIONS", "TRACE", "CONNECT", "FROB"):
            self.check_error(self.ask(method, "/open"), 405)
        with self.server.connect() as sock:
            answer = self.ask("HEAD", "/open", sock=sock)
            self.assertEqual(answer.status, 200)
            self.assertGreater(int(answer.headers["content-length"][0]), 50)
            self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200) # and no body came

    def test_many_at_once_on_one_connection(self):
        self.serve()
        with self.server.connect() as sock:
            bodies = [os.urandom(i * 997) for i in range(40)]
            data = b"".join(head("POST", "/echo", [f"Content-Length: {len(b)}"]) + b for b in bodies)
            sock.sendall(data)
            f = sock.makefile("rb")
            for body in bodies:
                self.assertEqual(read_answer(f).json()["sha256"], hashlib.sha256(body).hexdigest())

    def test_a_refused_request_does_not_swallow_the_next(self):
        self.serve()
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/nope", ["Content-Length: 30000"]) + b"GET /open HTTP/1.1\r\n" * 1500 +
                         head("GET", "/open"))
            f = sock.makefile("rb")
            self.check_error(read_answer(f), 404)
            self.assertEqual(read_answer(f).status, 200)

    def test_headers_of_answers(self):
        self.serve()
        answer = self.ask("GET", "/open", headers=["X-Opaque-Id: mine"])
        self.assertEqual(answer.headers["x-opaque-id"], ["mine"])
        self.assertEqual(answer.headers["content-type"], ["application/json"])
        self.assertNotIn("x-opaque-id", self.ask("GET", "/open", headers=["X-Opaque-Id: \x01"]).headers)
        for accept, want in (("application/vnd.elasticsearch+json; compatible-with=8,text/plain", "8"),
                             ("application/vnd.elasticsearch+json;compatible-with=9", "9")):
            for path in ("/open", "/nope"):
                answer = self.ask("GET", path, headers=["Accept: " + accept])
                self.assertEqual(answer.headers["content-type"],
                                 [f"application/vnd.elasticsearch+json;compatible-with={want}"])
        self.assertIn(b'\n  "bytes"', self.ask("GET", "/open?pretty").body)
        self.assertIn(b'\n  "bytes"', self.ask("GET", "/open?pretty=true").body)
        self.assertNotIn(b"\n", self.ask("GET", "/open?pretty=false").body)


class Keys(HttpCase):
    def setUp(self):
        super().setUp()
        self.serve("--db", self.dir / "keys.db")

    def authorised(self, value, path="/read", method="GET"):
        return self.ask(method, path, headers=[f"Authorization: {value}"])

    def test_who_may_what(self):
        may = {"/read": ("GET", "read analyst admin"), "/echo": ("POST", "ingest analyst admin"),
               "/admin/x": ("DELETE", "admin"), "/slow": ("GET", "ingest read analyst admin")}
        for path, (method, roles) in may.items():
            for role in ("ingest", "read", "analyst", "admin"):
                answer = self.ask(method, path, key=role)
                if role in roles.split():
                    self.assertEqual((answer.status, answer.json()["role"]), (200, role))
                else:
                    self.check_error(answer, 403)
            self.check_error(self.ask(method, path), 401)
        self.assertEqual(self.ask("GET", "/open").status, 200)

    def test_forms_of_a_key(self):
        key = self.server.keys["read"]
        user, secret = base64.b64decode(key).decode().split(":", 1)
        basic = [base64.b64encode(f"{u}:{p}".encode()).decode()
                 for u, p in ((user, secret), ("elastic", key), ("", key))]
        for value in (f"ApiKey {key}", f"apikey  {key} ", f"Bearer {key}", *("Basic " + b for b in basic)):
            answer = self.authorised(value)
            self.assertEqual((answer.status, answer.json()["who"]), (200, user), value)

    def test_wrong_keys(self):
        key = self.server.keys["admin"]
        user, secret = base64.b64decode(key).decode().split(":", 1)
        wrong = [base64.b64encode(s.encode()).decode() for s in
                 (f"{user}:{secret[:-1]}", f"{user}:{secret}x", f"{user}:", f"x{user}:{secret}", ":", "a:b")]
        values = ["ApiKey", "ApiKey ", f"Basic {wrong[0]}", "Basic !!!", "Digest x", key, "\x01\x02",
                  "ApiKey " + "A" * 100000, "ApiKey " + "A" * 900, "Bearer a.b.c"]
        for value in values + [f"ApiKey {w}" for w in wrong]:
            answer = self.authorised(value, "/admin/x", "DELETE")
            if answer.status == 431:
                continue
            self.check_error(answer, 401)
            self.assertIn("ApiKey", answer.headers["www-authenticate"])
        # What does not exist is told to those with a key alone.
        self.check_error(self.ask("GET", "/nope"), 401)
        self.check_error(self.ask("GET", "/nope", key="read"), 404)
        self.assertGreater(self.server.stats()["unauthorised"], 10)
        for text in (key, secret, wrong[0]):
            self.assertNotIn(text, self.server.log())

    def test_pages_of_other_sites(self):
        for origin in ("http://evil.example", "null", "https://localhost:1", "http://localhost.evil.example"):
            answer = self.ask("POST", "/echo", b"x", [f"Origin: {origin}"], key="ingest")
            self.check_error(answer, 403)
        host = f"localhost:{self.server.port}"
        self.assertEqual(self.ask("POST", "/echo", b"x", [f"Origin: http://{host}"], key="ingest",
                                  host=host).status, 200)
        self.assertEqual(self.ask("GET", "/read", headers=["Origin: http://evil.example"],
                                  key="read").status, 200)

    def test_names_that_were_pointed_at_loopback(self):
        self.check_error(self.ask("GET", "/open", host="evil.example:9200"), 403)
        self.check_error(self.ask("GET", "/open", host="localhost.evil.example"), 403)
        for host in ("localhost:9200", "127.0.0.1", "[::1]:80", "LOCALHOST"):
            self.assertEqual(self.ask("GET", "/open", host=host).status, 200, host)
        self.assertEqual(self.ask("GET", "/read", key="read", host="detect.example").status, 200)

    def test_no_control_bytes_in_the_log(self):
        self.send_only(b"GET /\x1b[2J\x07\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        self.ask("GET", "/x", headers=["Authorization: \x1b]0;x\x07"])
        time.sleep(1.2)
        self.send_only(b"GET /a\x1b[31mb\x07\x9b\xff\" HTTP/1.1\r\nHost: x\r\n\r\n")
        log = self.server.log()
        self.assertIn("http.refused", log)
        self.assertFalse([c for c in log if ord(c) < 32 and c != "\n"], log)
        for line in log.splitlines():
            json.loads(line)


    def send_only(self, data):
        with self.server.connect() as sock:
            sock.sendall(data)
            sock.recv(1)


class Stops(HttpCase):
    def test_what_is_under_way_is_answered(self):
        server = self.serve()
        idle = server.connect()
        self.assertEqual(self.ask("GET", "/open", sock=idle).status, 200)
        with server.connect() as sock:
            sock.sendall(head("GET", "/slow?ms=1900"))
            time.sleep(0.4)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(idle.recv(1), b"") # those that are idle are ended at once
            self.assertLess(time.monotonic() - began, 1.4)
            answer = read_answer(sock.makefile("rb"))
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["connection"], ["close"])
        self.assertEqual(server.process.wait(10), 0)
        idle.close()

    def check_stop(self, server):
        self.assertEqual(server.stop(), 0)

    def test_what_never_ends_is_not_waited_for(self):
        server = self.serve("--drain", 500)
        sock = server.connect()
        sock.sendall(head("POST", "/echo", ["Content-Length: 100000"]) + b"x")
        time.sleep(0.3)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)
        sock.close()

    def test_the_address_is_free_again(self):
        # A second server finds it taken while it runs; messages name it.
        server = self.serve()
        run = subprocess.run([echo_binary(), "--cert", "missing.pem", "--key", "missing.pem"], cwd=self.dir,
                             env=e2e.CLEAN, capture_output=True, timeout=20, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"missing.pem", run.stderr)
        self.assertIsNone(server.process.poll())


class Tls(HttpCase):
    def certificate(self, name, prefix="server"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", self.dir / f"{prefix}.key", "-out",
                        self.dir / f"{prefix}.crt"], check=True, capture_output=True, timeout=30)

    def setUp(self):
        super().setUp()
        self.certificate("first")
        self.serve("--cert", "server.crt", "--key", "server.key", "--max-body", 8 * MIB)
        plain = self.server.connect
        self.server.connect = lambda: self.context().wrap_socket(plain(), server_hostname="localhost")
        self.plain = plain

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.dir / "server.crt")
        return context

    def subject(self, sock):
        return dict(pair[0] for pair in sock.getpeercert()["subject"])["commonName"]

    def reload(self, message):
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if message in self.server.log():
                return
            time.sleep(0.05)
        self.fail(self.server.log())

    def test_requests(self):
        self.check_serves()
        body = os.urandom(8 * MIB)
        said = self.ask("POST", "/echo", body).json()
        self.assertEqual(said["sha256"], hashlib.sha256(body).hexdigest())
        self.assertEqual(len(self.ask("GET", f"/big?bytes={8 * MIB}").body), 8 * MIB)

    def test_refusals(self):
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", ["Content-Length: 100000000"]))
            self.check_error(read_answer(sock.makefile("rb")), 413)
        with self.server.connect() as sock:
            sock.sendall(head("POST", "/echo", ["Transfer-Encoding: chunked"]))
            sock.sendall((b"100000\r\n" + b"x" * MIB + b"\r\n") * 8 + b"100000\r\nxx")
            self.check_error(read_answer(sock.makefile("rb")), 413)
        self.check_serves()

    def test_a_new_certificate(self):
        with self.server.connect() as old:
            self.assertEqual(self.subject(old), "first")
            self.certificate("second")
            self.reload("reloaded")
            with self.server.connect() as sock:
                self.assertEqual(self.subject(sock), "second")
                self.assertEqual(self.ask("GET", "/open", sock=sock).status, 200)
            self.assertEqual(self.ask("GET", "/open", sock=old).status, 200)
            # One that cannot be used changes nothing.
            good = (self.dir / "server.crt").read_bytes()
            self.certificate("third", "other")
            (self.dir / "server.crt").write_bytes((self.dir / "other.crt").read_bytes())
            self.reload("is not the key of the certificate")
            (self.dir / "server.crt").write_bytes(b"")
            self.reload("server.crt: ")
            (self.dir / "server.crt").write_bytes(good)
            with self.server.connect() as sock:
                self.assertEqual(self.subject(sock), "second")

    def test_what_is_no_tls(self):
        for data in (b"GET /open HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 1000, b"\0" * 100):
            with self.plain() as sock:
                sock.sendall(data)
                with contextlib.suppress(OSError):
                    self.assertNotIn(b"200 OK", sock.recv(4096))
        self.check_serves()

    def test_old_versions_are_refused(self):
        context = self.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.plain() as sock, self.assertRaises((ssl.SSLError, OSError)):
            context.wrap_socket(sock, server_hostname="localhost")

    def test_a_handshake_that_does_not_end(self):
        socks = [self.plain() for _ in range(50)]
        for sock in socks:
            sock.sendall(b"\x16\x03\x01\x02")
        self.check_serves()
        for sock in socks:
            sock.close()


if __name__ == "__main__":
    e2e.main()
