"""A running `vedette serve` for tests: started on a free port of this machine, always stopped."""

import json
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import e2e


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Service:
    """with Service(folder, "-r", rules) as s: s.post("/_bulk", lines)"""

    def __init__(self, data, *options, key=None, wait=60, env=None, binary=None):
        self.data = pathlib.Path(data)
        self.options = [str(o) for o in options]
        self.key, self.wait, self.env = key, wait, dict(e2e.CLEAN, **(env or {}))
        self.binary = binary or e2e.BINARY
        self.process = self.url = None
        self.log = self.data.with_name(self.data.name + ".log")

    def start(self):
        self.data.parent.mkdir(parents=True, exist_ok=True)
        ready = self.data.with_name(self.data.name + ".ready")
        ready.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
                 "--ready-file", ready, *self.options],
                stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL, env=self.env,
                cwd=self.data.parent)
        end = time.monotonic() + self.wait
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"the service did not start ({self.process.returncode}):\n" + self.said()[-4000:])
            time.sleep(0.01)
        said = json.loads(ready.read_text())
        self.url = said["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.key = said.get("key") or self.key
        return self

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def logged(self):
        """What was logged, as objects (a sanitizer's lines are left out)."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def stop(self, wait=60):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(wait)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the service did not stop:\n" + self.said()[-4000:])
        return self.process.returncode if self.process else None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *rest):
        if kind:
            self.kill()
        else:
            code = self.stop()
            if code != 0:
                raise AssertionError(f"the service ended with {code}:\n" + self.said()[-4000:])

    # --- requests ---

    def request(self, method, path, body=None, headers=None, key="own", timeout=60):
        headers = dict(headers or {})
        key = self.key if key == "own" else key
        if key:
            headers.setdefault("Authorization", "ApiKey " + key)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        r = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        context = None
        if self.url.startswith("https"):
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            with urllib.request.urlopen(r, timeout=timeout, context=context) as a:
                return Answer(a.status, a.headers, a.read())
        except urllib.error.HTTPError as e:
            with e:
                return Answer(e.code, e.headers, e.read())

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def bulk(self, events, index="logs-test-default", action="create", ids=None, **more):
        lines = []
        for i, event in enumerate(events):
            head = {"_index": index}
            if ids:
                head["_id"] = ids[i]
            lines.append(json.dumps({action: head}))
            lines.append(json.dumps(event))
        return self.post("/_bulk", "\n".join(lines) + "\n", headers={"Content-Type": "application/x-ndjson"}, **more)

    def alerts(self, **query):
        """Every alert of the query, oldest first."""
        out, after = [], 0
        while True:
            q = "&".join(f"{k}={v}" for k, v in dict(query, after=after, size=1000).items())
            a = self.get("/api/alerts?" + q)
            assert a.status == 200, a.body
            page = a.json()
            out += page["alerts"]
            if not page["alerts"]:
                return out
            after = page["last"]

    def wait_for(self, what, seconds=30, every=0.05):
        """Waits until what() is true and gives its value."""
        end = time.monotonic() + seconds
        while True:
            value = what()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError("it did not happen:\n" + self.said()[-4000:])
            time.sleep(every)

    def matched(self, seconds=60):
        """Waits until every document of this run met the rules."""
        def done():
            m = self.metrics()
            return m["vedette_ready"] == 1 and m["vedette_matched_seq"] >= m["vedette_store_last_seq"]
        return self.wait_for(done, seconds)

    def metrics(self):
        out = {}
        for line in self.get("/metrics").body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out


def now_iso(offset=0.0):
    t = time.time() + offset
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + f".{int(t * 1000) % 1000:03d}Z"
