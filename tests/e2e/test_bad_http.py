"""Guards against requests that no honest client sends: each gets the status that says why, its connection ends, and a
session beside it is answered throughout."""
import threading
import time
import unittest

from kit import LONG, SharedCase, identity_headers
from wire import Gone, handshake_headers, request_bytes

HEAD = b"Host: localhost\r\n"


class BadRequests(SharedCase):
    def refused(self, data, status, then_closed=True, in_pieces=0):
        with self.server.http() as http:
            try:
                if in_pieces:
                    for at in range(0, len(data), in_pieces):
                        http.send(data[at:at + in_pieces])
                else:
                    http.send(data)
            except OSError:
                pass  # it has heard enough
            answer = http.answer()
            self.assertIn(answer.status, status if isinstance(status, tuple) else (status,), (data[:200], answer))
            answer.error()
            if then_closed:
                self.assertEqual(answer.header("Connection"), "close")
                self.assertTrue(http.is_closed())

    def test_malformed_requests(self):
        bad = [(b"GARBAGE\r\n\r\n", 400), (b"GET\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n", 505),
               (b"GET / HTTP/1.1\r\n" + HEAD * 2 + b"\r\n", 400), (b"GET x HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
               (b"GET http://h/ HTTP/1.1\r\n" + HEAD + b"\r\n", 400), (b"CONNECT h:1 HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
               (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n" + HEAD + b"X\r\n\r\n", 400),
               (b"GET / HTTP/1.1\r\n" + HEAD + b"X: a\0b\r\n\r\n", 400), (b"G\xffT / HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
               (b"GET /\x01 HTTP/1.1\r\n" + HEAD + b"\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
               (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)), (b"GET / HTTP/1.1 x\r\n" + HEAD + b"\r\n", (400, 505))]
        with self.canary(self.server):
            for data, status in bad:
                with self.subTest(data=data):
                    self.refused(data, status)
                    self.refused(data, status, in_pieces=1)

    def test_malformed_bodies(self):
        post = b"POST /api/backup HTTP/1.1\r\n" + HEAD
        chunked = post + b"Transfer-Encoding: chunked\r\n\r\n"
        bad = [(post + b"Content-Length: x\r\n\r\n", 400), (post + b"Content-Length: -1\r\n\r\n", 400),
               (post + b"Content-Length: 99999999999999999999999\r\n\r\n", (400, 413)), (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
               (post + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400), (chunked + b"zz\r\n", 400),
               (chunked + b"-1\r\n", 400), (chunked + b"fffffffffffffffffffff\r\n", (400, 413)), (chunked + b"ffffffff\r\n", (400, 413)),
               (chunked + b"3\r\nabcdef\r\n", 400), (post + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
               (chunked + b"4;" + b"e" * 40000, (400, 413, 431)), (post + b"Content-Length: 65537\r\n\r\n", 413),
               (chunked + b"400\r\n" + b"x" * 1024 + b"\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 70, 413)]
        with self.canary(self.server):
            for data, status in bad:
                with self.subTest(data=data[:150]):
                    self.refused(data, status)

    def test_what_is_too_large_is_refused_before_it_is_all_sent(self):
        many = b"".join(b"X%d: y\r\n" % i for i in range(5000))
        for data in (b"GET /" + b"a" * 100000, b"G" * 100000, b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"y" * 100000,
                     b"GET / HTTP/1.1\r\n" + HEAD + many):
            with self.subTest(data=data[:40]):
                self.refused(data, (400, 431))

    def test_a_request_of_the_largest_size_is_still_served(self):
        body = b"{\"note\":\"" + b"x" * (65536 - 11) + b"\"}"
        self.assertEqual(len(body), 65536)
        answer = self.server.get("/healthz", method="POST", body=body)
        self.assertLess(answer.status, 413, answer)
        answer = self.server.get("/healthz", headers=[("X", "y" * 15000)])
        self.assertEqual(answer.status, 200)

    def test_json_bombs_in_bodies(self):
        bombs = [b"[" * 60000, b"{\"a\":" * 10000, b"{\"a\":" * 10000 + b"1" + b"}" * 10000, b"\"" + b"\\u0000" * 10000, b"1" * 60000,
                 b"1e999999999", b"-", b"{\"a\":1,}", b"\xff\xfe", b"{\"file\":\"\\ud800\"}", b"{" + b",".join(b"\"%d\":0" % i for i in range(6000)) + b"}"]
        with self.canary(self.server):
            for bomb in bombs:
                with self.subTest(bomb=bomb[:30]):
                    answer = self.server.get("/api/backup", method="POST", body=bomb)
                    if answer.status != 200:  # unknown members are passed over, however many
                        self.assertIn(answer.status, (400, 413, 409, 503), answer)
                        answer.error()

    def test_a_body_where_none_belongs_does_not_become_a_request(self):
        smuggled = request_bytes("GET", "/nothing/smuggled")
        with self.server.http() as http:
            self.assertEqual(http.request("GET", "/healthz", body=smuggled).status, 200)
            self.assertEqual(http.request("GET", "/healthz").status, 200)

    def test_handshakes_that_are_none(self):
        def without(name, value=None):
            headers = [(k, v) for k, v in handshake_headers() if k != name]
            return headers + ([(name, value)] if value is not None else [])

        cases = [(without("Sec-WebSocket-Key"), "GET", 400), (without("Sec-WebSocket-Key", "short"), "GET", 400),
                 (without("Sec-WebSocket-Key", "!" * 24), "GET", 400), (without("Sec-WebSocket-Version"), "GET", (400, 426)),
                 (without("Sec-WebSocket-Version", "8"), "GET", 426), (without("Connection", "keep-alive"), "GET", 400),
                 (handshake_headers() + [("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")], "GET", 400),
                 (handshake_headers(), "POST", 405), (handshake_headers(), "HEAD", 405),
                 (handshake_headers(protocol="a b,,"), "GET", 400)]
        with self.canary(self.server):
            for headers, method, status in cases:
                with self.subTest(headers=headers, method=method), self.server.http() as http:
                    answer = http.request(method, "/ws", [*identity_headers(self.server), *headers])
                    self.assertIn(answer.status, status if isinstance(status, tuple) else (status,), answer)
                    if answer.status == 426:
                        self.assertEqual(answer.header("Sec-WebSocket-Version"), "13")
                    if answer.status == 405:
                        self.assertEqual(answer.header("Allow"), "GET")
            for target in ("/", "/api/server", "/nothing"):
                with self.server.http() as http:
                    answer = http.request("GET", target, [*identity_headers(self.server), *handshake_headers()])
                    self.assertEqual(answer.status, 404, answer)

    def test_connections_that_end_anywhere(self):
        data = request_bytes("POST", "/api/connections", [("Content-Length", "10")], b"0123456789") + request_bytes("GET", "/ws", handshake_headers())
        with self.canary(self.server):
            for cut in range(0, len(data), 1 if LONG else 9):
                for how in ("fin", "rst", "half"):
                    http = self.server.http()
                    http.send(data[:cut])
                    if how == "rst":
                        http.reset()
                        continue
                    if how == "half":
                        http.sock.shutdown(1)
                        try:
                            while True:
                                http.more()
                        except Gone:
                            pass
                    http.sock.close()


class SlowLoris(SharedCase):
    """In real time: headers have 10 s, bodies 20 s, a kept connection 60 s (in the long form)."""

    def drip(self, first, piece, seconds, status):
        """Sends a piece every half second until the server ends it; asserts when and how."""
        with self.server.http(timeout=0.5) as http:
            begin = time.monotonic()
            http.send(first)
            while time.monotonic() - begin < seconds + 15:
                try:
                    http.more()
                    break
                except TimeoutError:
                    http.send(piece)
                except Gone:
                    if status == 0:
                        break
                    raise
            took = time.monotonic() - begin
            assert seconds - 1 < took < seconds + 8, f"ended after {took:.1f} s instead of {seconds}"
            if status:
                http.sock.settimeout(5)
                answer = http.answer()
                assert answer.status == status, answer

    def test_dripping_peers_are_ended_in_time_and_disturb_nobody(self):
        cases = [(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"y", 10, 408), (b"", b"", 10, 0),
                 (b"POST /api/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", b"x", 20, 408)]
        failures = []

        def attempt(case):
            try:
                self.drip(*case)
            except Exception as error:  # pylint: disable=broad-except
                failures.append((case, error))

        with self.canary(self.server):
            threads = [threading.Thread(target=attempt, args=(case,)) for case in cases]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        if LONG:
            with self.server.http(timeout=90) as http:
                http.request("GET", "/healthz")
                begin = time.monotonic()
                self.assertTrue(http.is_closed())
                self.assertAlmostEqual(time.monotonic() - begin, 60, delta=5)


if __name__ == "__main__":
    unittest.main()
