"""What the end-to-end tests share: the server as a process, its memory and descriptors, and who the tests are.

The program comes from the folder in E2E_BUILD (else build/asan, else build/release). TUTTI_LONG=1 selects larger numbers.
Nothing of the test's own environment reaches the server but PATH. Sockets: wire.py.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from wire import Http, WebSocket

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG = os.environ.get("TUTTI_LONG") == "1"
START_S = 60  # a loaded machine with sanitizers; a start takes well below one second otherwise
STOP_S = 5    # what the server promises


def build_folder():
    if os.environ.get("E2E_BUILD"):
        return os.path.join(ROOT, os.environ["E2E_BUILD"])
    for name in ("asan", "release"):
        folder = os.path.join(ROOT, "build", name)
        if os.path.exists(os.path.join(folder, "tutti")):
            return folder
    raise SystemExit("error: there is no tutti below build/; set E2E_BUILD to the folder that holds it")


BUILD = build_folder()
TUTTI = os.path.join(BUILD, "tutti")
with open(TUTTI, "rb") as program:
    content = program.read()
SANITIZED = b"__asan_init" in content or b"__tsan_init" in content
del content
SPARE_S = 60 if SANITIZED else 30  # patience with whatever should come at once
# What a sanitizer, a broken invariant or an uncaught exception leaves in the log.
BUGS = ("Sanitizer", "runtime error:", "bug:", "terminate called", "invariant")


def clean_environment(home):
    return {"PATH": os.environ.get("PATH", ""), "HOME": home,
            "ASAN_OPTIONS": "detect_leaks=1:exitcode=99", "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99",
            "TSAN_OPTIONS": "exitcode=99:ignore_noninstrumented_modules=1"}


def run(*args, home="/nonexistent", timeout=SPARE_S, env=None, preexec=None):
    """A command of tutti that ends by itself; its outcome with text outputs."""
    done = subprocess.run([TUTTI, *map(str, args)], env={**clean_environment(home), **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, preexec_fn=preexec, check=False)
    for bug in BUGS:
        assert bug not in done.stderr, done.stderr
    return done


def wait_for(what, timeout=SPARE_S, pause=0.02):
    """Polls what() until it is true and returns that value, or the last one after the timeout."""
    end = time.monotonic() + timeout
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`tutti serve` on a free port of 127.0.0.1. check() and stop() assert that it found no bug in itself."""

    def __init__(self, folder, *args, data=None, host="127.0.0.1", port=0, env=None, preexec=None, prefix=()):
        self.folder = folder
        self.data = data or os.path.join(folder, "data")
        self.host = host
        handle, self.log_path = tempfile.mkstemp(prefix="server-", suffix=".log", dir=folder)
        command = [*prefix, TUTTI, "serve", "--data", self.data, "--host", host, "--json"]
        if port is not None:
            command += ["--port", str(port)]
        self.process = subprocess.Popen([*command, *map(str, args)], env={**clean_environment(folder), **(env or {})},
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=handle, preexec_fn=preexec)
        os.close(handle)
        self.pid = self.process.pid
        self.ready = self._ready_line()
        self.port = self.ready["port"]

    def _ready_line(self):
        killer = threading.Timer(START_S, self.process.kill)
        killer.start()
        line = self.process.stdout.readline()
        killer.cancel()
        if not line or json.loads(line).get("event") != "ready":
            self.process.wait()
            self.process.stdout.close()
            raise AssertionError(f"no ready line but {line!r}, exit code {self.process.returncode}\n{self.log()}")
        return json.loads(line)

    def log(self):
        with open(self.log_path, errors="replace") as text:
            return text.read()

    def check(self):
        log = self.log()
        for bug in BUGS:
            assert bug not in log, log
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}\n{log}"

    def stop(self, sign=signal.SIGTERM):
        """Ends it and asserts that it ended well and in time; a second call does nothing."""
        if self.process.stdout.closed:
            return
        begin = time.monotonic()
        alive = self.process.poll() is None
        if alive:
            self.process.send_signal(sign)
        try:
            code = self.process.wait(STOP_S + (START_S if SANITIZED else 10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        took = time.monotonic() - begin
        self.process.stdout.close()
        log = self.log()
        for bug in BUGS:
            assert bug not in log, log
        assert alive, f"the server had ended with {code}\n{log}"
        assert code == 0, f"exit code {code}\n{log}"
        # The sanitizers' search for leaks at the end is not the server's.
        limit = STOP_S + (5 if SANITIZED else 0)
        assert took < limit, f"stopping took {took:.1f} s\n{log}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    # What /proc knows.
    def rss_anon(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def quiet_descriptors(self):
        """How many it holds when nothing goes on: the databases' files are opened a moment after the start."""
        self.json("/api/stats")
        last = []
        wait_for(lambda: last.append(self.descriptors()) or len(set(last[-10:])) == 1 and len(last) >= 10, pause=0.05)
        return last[-1]

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Talking to it.
    def http(self, timeout=SPARE_S, **kwargs):
        return Http(kwargs.pop("host", self.host), kwargs.pop("port", self.port), timeout, **kwargs)

    def get(self, target, headers=(), method="GET", body=b""):
        with self.http() as http:
            return http.request(method, target, [*identity_headers(self), *headers], body)

    def json(self, target, **kwargs):
        answer = self.get(target, **kwargs)
        assert answer.status == 200, answer
        return answer.json()

    def stats(self, group):
        return {row["name"]: row["count"] for row in self.json("/api/stats")[group]}


def identity_headers(server):
    """Whoever the tests are: on this machine, the one built-in account."""
    del server
    return []


class Session:
    """A WebSocket that speaks tutti.session.v1. Frames that no call waits for are kept in `pushed`."""

    def __init__(self, socket_):
        self.ws = socket_
        self.pushed = []
        self.ids = 0

    def send(self, **frame):
        self.ws.send_text(json.dumps(frame))

    def receive(self):
        return json.loads(self.ws.receive_text())

    def ask(self, op, **fields):
        self.ids += 1
        self.send(op=op, id=self.ids, **fields)
        while (frame := self.receive()).get("id") != self.ids:
            self.pushed.append(frame)
        return frame

    def call(self, name, **args):
        answer = self.ask("call", name=name, args=args)
        assert answer["op"] == "result", answer
        return answer["value"]

    def push(self):
        """The next frame that answers nothing."""
        return self.pushed.pop(0) if self.pushed else self.receive()

    def close(self):
        return self.ws.close()


def connect_session(server, client=None, timeout=SPARE_S, **kwargs):
    """Every test's session comes from here: the one place that knows how to become somebody."""
    target = "/ws" + (f"?client={client}" if client else "")
    headers = [*identity_headers(server), *kwargs.pop("headers", ())]
    return Session(WebSocket.connect(server.http(timeout, **kwargs.pop("to", {})), target, headers, **kwargs))


class Canary:
    """A session that pings throughout: whatever is done to the server meanwhile, it is answered, and soon."""

    def __init__(self, server):
        self.session = connect_session(server)
        self.worst = 0.0
        self.pings = 0
        self.failure = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            last = False
            while not last:
                last = self.over.wait(0.01)  # one more when all is over: it must still be served
                begin = time.monotonic()
                answer = self.session.ask("ping")
                assert answer["op"] == "pong", answer
                self.worst = max(self.worst, time.monotonic() - begin)
                self.pings += 1
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def finish(self):
        self.over.set()
        self.thread.join()
        if self.failure is None:
            self.session.close()
        self.session.ws.sock.close()


class Case(unittest.TestCase):
    """Gives each test a folder and servers that must end well."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tutti-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def serve(self, *args, **kwargs):
        server = Server(self.folder, *args, **kwargs)
        self.addCleanup(server.stop)
        return server

    @contextlib.contextmanager
    def canary(self, server, worst_s=2.0):
        watch = Canary(server)
        try:
            yield watch
        finally:
            watch.finish()
        self.assertIsNone(watch.failure, f"the canary: {watch.failure!r}")
        self.assertGreater(watch.pings, 0)
        self.assertLess(watch.worst, worst_s * (5 if SANITIZED else 1), "a peer was kept waiting")
        server.check()

    def bounded(self, server, before, most_mb, what):
        """Memory returns, or stays below a bound; sanitizers keep what is freed, so they are not asked."""
        if SANITIZED:
            return
        grown = lambda: (server.rss_anon() - before) / (1 << 20)
        wait_for(lambda: grown() < most_mb, 10)
        self.assertLess(grown(), most_mb, f"MB of memory after {what}")

    def write(self, name, content=""):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def cannot(self, why):
        """What cannot be tried on this machine is said, and is a failure where everything must be."""
        print(f"\nNOT TESTED: {self.id()}: {why}", file=sys.stderr, flush=True)
        if os.environ.get("CI"):
            self.fail(f"not tested: {why}")
        self.skipTest(why)


class SharedCase(Case):
    """One server for all tests of a class: for those that leave it as it was. SERVE: its further arguments."""
    SERVE = ()

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="tutti-e2e-")
        cls.server = Server(cls.home, *cls.SERVE)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.stop()
        finally:
            shutil.rmtree(cls.home, True)

    def tearDown(self):
        self.server.check()
