"""Guards that no peer makes the server hold more than its bounds: floods of connects, of answers nobody reads, bombs.
Memory is looked at in builds without sanitizers, which keep what is freed; everything else holds in both."""
import json
import socket
import struct
import time
import unittest

from kit import LONG, Case, connect_session, identity_headers, wait_for
from wire import TEXT, Gone, WebSocket, deflated, frame, request_bytes

KEPT = 32  # connections of one address that have not signed in


class Connects(Case):
    def test_connects_without_a_request_are_kept_32_at_a_time(self):
        count = 10_000 if LONG else 2_000
        server = self.serve()
        self.assertIn("server.capacity connections=", server.log())
        self.assertEqual(server.get("/healthz").status, 200)
        held_before = server.quiet_descriptors()
        before = server.rss_anon()
        kept, told = [], 0
        with self.canary(server):
            for _ in range(count):
                http = server.http()
                if len(kept) < KEPT:
                    kept.append(http)
                    continue
                told += self.is_refused(http)
            self.assertEqual(told, count - KEPT)
            self.assertLessEqual(server.descriptors(), held_before + KEPT + 100)
            # The kept ones are served, and whoever is known by then counts no more.
            for http in kept[:5]:
                self.assertEqual(http.request("GET", "/api/server", identity_headers(server)).status, 200)
            spare = [server.http() for _ in range(5)]
            for http in spare:
                self.assertEqual(http.request("GET", "/healthz").status, 200)
            self.assertTrue(self.is_refused(server.http()))
            for http in (*kept, *spare):
                http.sock.close()
        self.assertGreaterEqual(server.stats("absorbed")["refused_by_address"], count - KEPT)
        self.assertTrue(wait_for(lambda: server.descriptors() <= held_before + 1), server.descriptors())
        self.assertEqual(sum(b["count"] for b in server.json("/api/stats")["held"]), 0)
        self.bounded(server, before, 8, f"{count} connects")

    def is_refused(self, http):
        """Without a request it is told in HTTP's own words, or closed."""
        try:
            answer = http.answer()
        except Gone:
            return True
        finally:
            http.sock.close()
        self.assertEqual((answer.status, answer.header("Retry-After")), (429, "5"), answer)
        return True

    def test_a_burst_of_connects_at_once_leaves_nothing(self):
        server = self.serve()
        held_before = server.quiet_descriptors()
        before = server.rss_anon()
        with self.canary(server):
            for _ in range(20 if LONG else 3):
                burst = []
                for _ in range(400):
                    sock = socket.socket()
                    sock.setblocking(False)
                    sock.connect_ex(("127.0.0.1", server.port))
                    burst.append(sock)
                time.sleep(0.2)
                for sock in burst:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.close()
        self.assertTrue(wait_for(lambda: server.descriptors() <= held_before + 1), server.descriptors())
        self.bounded(server, before, 8, "bursts of connects")


class Readers(Case):
    def flood(self, session, server):
        """Asks for echoes and reads none, until it is cut; how many bytes were asked for."""
        ask = frame(TEXT, json.dumps({"op": "echo", "text": "x" * 30000}).encode())
        session.ws.sock.settimeout(0.5)
        sent = 0
        end = time.monotonic() + 30
        while time.monotonic() < end and server.stats("closes")["slow_reader"] == self.cut:
            try:
                for _ in range(20):
                    session.ws.sock.sendall(ask)
                    sent += len(ask)
            except TimeoutError:
                session.ws.sock.close()
                self.fail("the server stopped reading instead of cutting")
            except OSError:
                break
        return sent

    def test_a_peer_that_never_reads_is_cut_and_costs_a_bounded_sum(self):
        server = self.serve()
        self.cut = server.stats("closes")["slow_reader"]
        before = server.rss_anon()
        peers = 20 if LONG else 4
        with self.canary(server):
            for _ in range(peers):
                # A small receive buffer: what the kernels hold is not the server's.
                session = connect_session(server, to={"receive_buffer": 4096})
                self.flood(session, server)
                self.assertTrue(wait_for(lambda: server.stats("closes")["slow_reader"] == self.cut + 1))
                self.cut += 1
                self.assertLess(sum(b["count"] for b in server.json("/api/stats")["held"]), 3 << 20)
                # What it has not read yet ends with a code that says: resume.
                session.ws.sock.settimeout(10)
                try:
                    while True:
                        session.ws.receive()
                except WebSocket.Closed as closed:
                    self.assertEqual(closed.code, 4001)
                except (Gone, OSError):
                    pass  # cut in the middle of a message
                session.ws.sock.close()
        self.assertTrue(wait_for(lambda: sum(b["count"] for b in server.json("/api/stats")["held"]) == 0))
        self.bounded(server, before, 12, "peers that do not read")

    def test_a_peer_that_never_reads_its_pipelined_answers_is_not_read_from(self):
        server = self.serve()
        before = server.rss_anon()
        data = request_bytes("GET", "/api/openapi.json", identity_headers(server)) * 200
        with self.canary(server):
            peers = [server.http(timeout=1, receive_buffer=4096) for _ in range(8)]
            for http in peers:
                try:
                    for _ in range(200):
                        http.send(data)
                except OSError:
                    pass
            self.assertLess(sum(b["count"] for b in server.json("/api/stats")["held"]), len(peers) * (3 << 20))
            self.bounded(server, before, len(peers) * 3 + 8, "answers that are not read")
            for http in peers:
                http.reset()
        self.assertTrue(wait_for(lambda: sum(b["count"] for b in server.json("/api/stats")["held"]) == 0))


class Bombs(Case):
    def test_deflate_bombs_stay_small(self):
        server = self.serve()
        session = connect_session(server, deflate=True)
        session.ask("ping")
        before = server.rss_anon()
        # One message of a thousand times its size, and one that grows frame by frame.
        big = deflated(bytes(64 << 20))
        with self.canary(server):
            session.ws.send(TEXT, big[:65000], rsv=4)
            self.assertEqual(session.ws.closed_with(), 1009)
            for _ in range(50 if LONG else 8):
                session = connect_session(server, deflate=True)
                try:
                    session.ws.send(TEXT, big[:1000], rsv=4, fin=False)
                    for at in range(1000, len(big), 1000):
                        session.ws.send(0, big[at:at + 1000], fin=at + 1000 >= len(big))
                except OSError:
                    pass
                self.assertEqual(session.ws.closed_with(), 1009)
        self.bounded(server, before, 8, "deflate bombs")

    def test_messages_that_never_end_are_ended(self):
        server = self.serve()
        before = server.rss_anon()
        with self.canary(server):
            sessions = [connect_session(server) for _ in range(30)]
            for session in sessions:  # each within its limit: 30 times 60 KiB
                session.ws.send(TEXT, b"x" * 60000, fin=False)
            self.assertTrue(wait_for(lambda: sum(b["count"] for b in server.json("/api/stats")["held"]) >= 30 * 60000))
            self.bounded(server, before, 12, "unfinished messages")
            for session in sessions:
                session.ws.send(0, b"x" * 10000, fin=False)
                self.assertEqual(session.ws.closed_with(), 1009)
        self.assertTrue(wait_for(lambda: sum(b["count"] for b in server.json("/api/stats")["held"]) == 0))

    def test_json_bombs_stay_small(self):
        server = self.serve()
        session = connect_session(server)
        session.ask("ping")
        before = server.rss_anon()
        with self.canary(server):
            for _ in range(200 if LONG else 20):
                for text in ("[" * 65000, "[" + "0," * 32000 + "0]", "{\"a\":" * 13000, "[" + "{}," * 21000 + "{}]"):
                    session.ws.send_text(text)
                    self.assertEqual(session.receive()["op"], "error")
        session.close()
        self.bounded(server, before, 8, "JSON bombs")

    def test_requests_of_every_size_leave_nothing(self):
        server = self.serve()
        before = server.rss_anon()
        with self.canary(server):
            for _ in range(300 if LONG else 30):
                for data in (b"GET /" + b"a" * 60000, request_bytes("POST", "/api/backup", [], b"[" * 65000),
                             b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"x" * 32768):
                    http = server.http()
                    http.send(data)
                    http.reset()
        self.assertTrue(wait_for(lambda: sum(b["count"] for b in server.json("/api/stats")["held"]) == 0))
        self.bounded(server, before, 8, "large requests")


if __name__ == "__main__":
    unittest.main()
