"""Guards what happens when the machine itself runs out: of descriptors, of disk, and peers that vanish without a word.
Disk and vanishing need namespaces of their own; where those are not permitted the tests say so."""
import os
import resource
import subprocess
import time
import unittest

from kit import LONG, Case, connect_session, wait_for
from wire import Gone, Refused


def may_unshare(*flags):
    return subprocess.run(["unshare", *flags, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


class Descriptors(Case):
    def test_without_descriptors_the_next_are_refused_and_later_served_again(self):
        limit = 300
        server = self.serve("--limits.connections-per-account", 1000, "--limits.unauthenticated-per-address", 1000,
                            preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        most = server.ready["max_connections"]
        self.assertLess(most, limit)
        canary = connect_session(server)
        sessions, refused = [], 0
        for _ in range(most + 60):
            try:
                sessions.append(connect_session(server))
            except Refused as error:
                self.assertEqual((error.answer.status, error.answer.header("Retry-After")), (503, "5"))
                self.assertEqual(error.answer.error()["code"], "overloaded")
                refused += 1
            except (Gone, OSError):
                refused += 1  # reset: it had sent its request already
        self.assertGreaterEqual(refused, 50)
        self.assertGreaterEqual(len(sessions), most - 10)
        self.assertEqual(canary.ask("ping")["op"], "pong")
        for session in sessions:
            self.assertEqual(session.ask("ping")["op"], "pong")
        for session in sessions:
            session.ws.sock.close()
        self.assertTrue(wait_for(lambda: self.served(server)), "the server did not recover")
        self.assertGreater(int(self.metric(server, "tutti_refused_full_total")), 0)
        canary.close()

    def served(self, server):
        try:
            return server.get("/healthz").status == 200
        except (Gone, OSError):
            return False

    def metric(self, server, name):
        return next(line.split()[-1] for line in server.get("/metrics").body.decode().splitlines() if line.startswith(name + " "))

    def test_a_limit_below_what_the_server_needs_itself_still_serves_a_few(self):
        server = self.serve(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        held = []
        for _ in range(100):
            try:
                held.append(server.http())
            except OSError:
                break
        time.sleep(0.3)
        for http in held:
            http.sock.close()
        self.assertTrue(wait_for(lambda: self.served(server)))
        session = connect_session(server)
        self.assertEqual(session.ask("ping")["op"], "pong")
        session.close()


class Disk(Case):
    def test_a_full_disk_refuses_a_backup_and_nothing_else(self):
        if not may_unshare("-m"):
            self.cannot("no mount namespace may be made here (needs root): a full disk")
        data = self.folder + "/small"
        os.makedirs(data)
        script = f"mount -t tmpfs -o size=8m tmpfs {data} && exec \"$@\""
        server = self.serve(data=data, prefix=("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"))
        inside = f"/proc/{server.pid}/root{data}"  # the disk is seen by the server alone
        with self.canary(server):
            with open(inside + "/filler", "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(bytes(65536))
                except OSError:
                    pass
            answer = server.get("/api/backup", method="POST")
            self.assertEqual(answer.error()["code"], "no_space", answer)
            self.assertIn(answer.status, (503, 507), answer)
            self.assertTrue(answer.error()["hint"], answer)
            self.assertEqual(server.get("/api/server").status, 200)
            self.assertEqual([name for name in os.listdir(inside + "/backups") if not name.startswith(".")] if os.path.isdir(inside + "/backups") else [], [])
            os.unlink(inside + "/filler")
            answer = server.get("/api/backup", method="POST")
            self.assertEqual(answer.status, 200, answer)
            self.assertGreater(answer.json()["bytes"], 0)


class Vanishing(Case):
    def test_a_peer_that_vanishes_without_a_word_is_ended_by_the_heartbeat(self):
        """75 s in real time, so in the long form only. The peer lives in a network of its own, whose cable is cut."""
        if not LONG:
            self.skipTest("75 s of waiting: in the long form")
        if not may_unshare("-n"):
            self.cannot("no network namespace may be made here (needs root): a vanished peer")
        name, ours, theirs = f"tutti{os.getpid() % 10000}", "10.213.7.1", "10.213.7.2"
        def ip(*args):
            subprocess.run(["ip", *args], check=True)
        try:
            ip("netns", "add", name)
            ip("link", "add", name + "a", "type", "veth", "peer", "name", name + "b", "netns", name)
        except (OSError, subprocess.CalledProcessError) as error:
            self.cannot(f"no pair of network interfaces can be made here: {error}")
        self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=False)
        ip("addr", "add", ours + "/24", "dev", name + "a")
        ip("link", "set", name + "a", "up")
        ip("-n", name, "addr", "add", theirs + "/24", "dev", name + "b")
        ip("-n", name, "link", "set", name + "b", "up")
        # Through a trusted proxy's address the peer may be anybody: here the local account.
        server = self.serve("--trusted-proxies", theirs, host="0.0.0.0")
        relay = ("import os,sys,time; sys.path.insert(0, %r); from wire import Http, WebSocket; "
                 "w = WebSocket.connect(Http(%r, %d, 10), '/ws?client=far', [('X-Forwarded-For', '127.0.0.1')]); "
                 "print('connected', flush=True); time.sleep(200)") % (os.path.dirname(__file__), ours, server.port)
        peer = subprocess.Popen(["ip", "netns", "exec", name, "python3", "-c", relay], stdout=subprocess.PIPE)
        self.addCleanup(peer.communicate)
        self.addCleanup(peer.kill)
        self.assertEqual(peer.stdout.readline(), b"connected\n")
        ip("link", "set", name + "a", "down")
        server.host = "127.0.0.1"
        begin = time.monotonic()
        with self.canary(server):
            self.assertTrue(wait_for(lambda: server.stats("closes")["heartbeat_lost"] == 1, 100, 0.5))
        self.assertAlmostEqual(time.monotonic() - begin, 75, delta=15)


if __name__ == "__main__":
    unittest.main()
