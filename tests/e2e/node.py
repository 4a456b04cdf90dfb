"""A real leptond for tests: starts it, talks to it, breaks it, ends it.

Nothing here waits for a fixed time: `until` polls with a deadline. Ports are
any free ones, read from the line `ready: node NAME, api http://HOST:PORT`.
"""

import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LEPTON_BUILD", SOURCE / "build/release"))
LEPTOND = os.environ.get("LEPTOND", str(BUILD / "apps/leptond/leptond"))
LEPTON = os.environ.get("LEPTON", str(BUILD / "apps/lepton/lepton"))
DIGITS = SOURCE / "models/data/digits.csv"
CONFIG = SOURCE / "config/single.toml"

# How much slower than on an idle machine things may be before a test fails.
PATIENCE = float(os.environ.get("LEPTON_TEST_PATIENCE", "60"))
FULL = os.environ.get("LEPTON_FULL", "") not in ("", "0")

FINAL = ("succeeded", "failed", "cancelled")


class Failure(AssertionError):
    pass


def until(what, probe, within=None, every=0.01):
    """The first true value of `probe`; `what` names it if there is none."""
    deadline = time.monotonic() + (within or PATIENCE)
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"gave up waiting for {what}")
        time.sleep(every)


def alive(pid):
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def open_files(pid):
    """What the descriptors of a process are: `{number: target}`."""
    files = {}
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            files[int(fd.name)] = os.readlink(fd)
        except FileNotFoundError:
            pass
    return files


def listening_inodes(pid):
    """Inodes of the sockets that listen in the process's network namespace."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        lines = pathlib.Path(f"/proc/{pid}/net/{table}").read_text()
        for line in lines.splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes.add(fields[9])
    for line in pathlib.Path(f"/proc/{pid}/net/unix").read_text().splitlines():
        fields = line.split()
        if fields[3] == "00010000":
            inodes.add(fields[6])
    return inodes


class Node:
    def __init__(self, directory=None, config=CONFIG, **settings):
        self.own = directory is None
        self.home = pathlib.Path(directory or tempfile.mkdtemp(prefix="lepton-"))
        self.config = config
        self.settings = {"chaos.enabled": "true",
                         "node.data_dir": self.home / "data",
                         "api.listen": "127.0.0.1:0"}
        self.settings.update(settings)
        self.process = None
        self.port = 0

    # -- its life -------------------------------------------------------------

    def command(self):
        line = [LEPTOND, "--config", str(self.config)]
        for key, value in self.settings.items():
            line += ["--set", f"{key}={value}"]
        return line

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log,
                                            stdout=subprocess.PIPE, text=True)
        lines = queue.Queue()

        def read(pipe=self.process.stdout):
            for line in pipe:
                lines.put(line)
            lines.put("")
            pipe.close()

        threading.Thread(target=read, daemon=True).start()
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Failure("no ready line; " + self.last_words()) from None
        if not line.startswith("ready: node "):
            self.process.wait(PATIENCE)
            raise Failure(f"not ready: {line!r}; " + self.last_words())
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def again(self):
        """Starts on the same port and data directory."""
        self.settings["api.listen"] = f"127.0.0.1:{self.port}"
        return self.start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, within=None):
        """Asks it to end; the exit status."""
        self.process.terminate()
        return self.process.wait(within or PATIENCE)

    def last_words(self):
        return (self.home / "log").read_text(errors="replace")[-4000:]

    def __enter__(self):
        return self.start() if self.process is None else self

    def __exit__(self, kind, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        if kind is not None:
            print(f"--- log of {self.home} ---\n{self.last_words()}")
        if self.own and kind is None:
            shutil.rmtree(self.home, ignore_errors=True)

    # -- its API --------------------------------------------------------------

    def raw(self, method, path, body=None, timeout=None, headers={}):
        """Status and bytes of the answer."""
        link = http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout or PATIENCE)
        try:
            link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def api(self, method, path, body=None, timeout=None):
        """Status and document of the answer."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        status, text = self.raw(method, path, body, timeout)
        return status, json.loads(text)

    def get(self, route, **query):
        """The document; asks again while the node says 503 or is not there."""
        if query:
            route += "?" + urllib.parse.urlencode(query)

        def probe():
            try:
                status, answer = self.api("GET", route)
            except (OSError, http.client.HTTPException):
                if self.process.poll() is not None:
                    raise
                return None
            if status not in (200, 503):
                raise Failure(f"GET {route}: {status} {answer}")
            return [answer] if status == 200 else None

        return until(f"an answer to GET {route}", probe)[0]

    def post(self, path, body=None):
        status, answer = self.api("POST", path, body or {})
        if status != 200:
            raise Failure(f"POST {path}: {status} {answer}")
        return answer

    def put(self, name, content):
        query = urllib.parse.urlencode({"name": name})
        status, text = self.raw("PUT", "/api/v1/store?" + query, content)
        answer = json.loads(text)
        if status != 200:
            raise Failure(f"put {name}: {status} {answer}")
        return answer

    def shell(self, *words, **options):
        """The exit status and what `lepton` printed."""
        api = options.pop("api", f"http://127.0.0.1:{self.port}")
        done = subprocess.run([LEPTON, "--api", api, *map(str, words)],
                              capture_output=True, text=True,
                              timeout=PATIENCE * 2,
                              stdin=subprocess.DEVNULL, **options)
        return done.returncode, done.stdout, done.stderr

    # -- its tree -------------------------------------------------------------

    def ps(self, path=""):
        return self.get("/api/v1/ps", **({"path": path} if path else {}))

    def workers(self):
        """The worker processes that run: `{path: pid}`."""
        return {x["path"]: x["pid"] for x in self.ps("compute/workers")
                if x.get("pid") and x["state"] == "running"}

    def chaos(self, fault, path):
        return self.api("POST", "/api/v1/chaos/" + fault, {"path": path})

    def ready(self):
        try:
            return self.api("GET", "/readyz")[0] == 200
        except OSError:
            return False

    # -- jobs -----------------------------------------------------------------

    def digits(self, **options):
        """The digits as the data of a job."""
        self.put("data/digits", DIGITS.read_bytes())
        data = {"name": "data/digits", "path": "digits.csv"}
        if options:
            data["options"] = options
        return data

    def train(self, params, data=None, name="digits"):
        body = {"kind": "mlp", "name": name, "data": data or self.digits(),
                "params": params}
        return self.post("/api/v1/jobs", body)["job"]

    def job(self, job):
        return self.get("/api/v1/jobs/" + job)

    def running(self, job, from_step=1):
        """Waits until the job is in the middle; its record."""
        def probe():
            x = self.job(job)
            if x["state"] in FINAL:
                raise Failure(f"{job} is over before it was broken: {x}")
            return x["state"] == "running" and x["step"] >= from_step and x
        return until(f"{job} to run", probe)

    def finished(self, job, state="succeeded", within=None):
        """Waits for the end of the job; its record."""
        def probe():
            x = self.job(job)
            return x["state"] in FINAL and x
        x = until(f"the end of {job}", probe, within or PATIENCE * 3, 0.03)
        if x["state"] != state:
            raise Failure(f"{job} is {x['state']}: {x.get('error')}")
        return x
