"""Guards what is served over HTTP: health, the REST operations against their own OpenAPI document, files, metrics, and
several requests on one connection."""
import os
import random
import re
import signal
import time
import unittest

import openapi
from kit import LONG, SPARE_S, Case, SharedCase, connect_session, identity_headers, wait_for
from wire import Gone, request_bytes

UTC = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


class Rest(SharedCase):
    def setUp(self):
        super().setUp()
        self.document = self.server.json("/api/openapi.json")

    def valid(self, method, path, answer):
        path = path.split("?")[0].replace("/api/v1/", "/api/")
        operation = self.document["paths"][path][method.lower()]
        schema = openapi.answer_schema(self.document, operation, answer.status)
        self.assertIsNotNone(schema, f"{method} {path} does not document {answer.status}")
        self.assertEqual(openapi.problems(self.document, schema, answer.json()), [])

    def test_the_validator_bites(self):
        schema = {"$ref": "#/components/schemas/server.info.answer"}
        good = self.server.json("/api/server")
        self.assertEqual(openapi.problems(self.document, schema, good), [])
        for key, value in (("name", 3), ("uptime_s", -1), ("edges", 0), ("edges", "1"), ("surprise", 1), ("edges", True)):
            self.assertNotEqual(openapi.problems(self.document, schema, {**good, key: value}), [], key)
        del good["version"]
        self.assertNotEqual(openapi.problems(self.document, schema, good), [])

    def test_health_is_open(self):
        answer = self.server.get("/healthz")
        self.assertEqual((answer.status, answer.json()), (200, {"status": "ok"}))
        self.assertEqual(answer.header("Cache-Control"), "no-store")

    def test_the_document_describes_what_there_is(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        names = {operation["operationId"] for _, _, operation in openapi.operations(self.document)}
        self.assertLessEqual({"server.info", "server.stats", "connections.list", "backup.create"}, names)

    def test_every_operation_answers_as_documented(self):
        seen = 0
        for method, path, operation in openapi.operations(self.document):
            if operation["tags"][0] not in ("server", "connections", "backup"):
                continue  # those of the music are asked in test_music.py, with what they need
            for prefix in (path, path.replace("/api/", "/api/v1/")):
                with self.subTest(method=method, path=prefix):
                    answer = self.server.get(prefix, method=method)
                    self.assertEqual(answer.status, 200, answer)
                    self.assertEqual(answer.header("Content-Type"), "application/json")
                    self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
                    self.valid(method, path, answer)
                    seen += 1
        self.assertGreaterEqual(seen, 8)

    def test_refusals_are_documented_errors(self):
        for method, path, body, status in (("GET", "/api/connections?limit=0", b"", 400), ("GET", "/api/connections?limit=x", b"", 400),
                                           ("POST", "/api/backup", b"[1]", 400),
                                           ("POST", "/api/backup", b"{", 400), ("POST", "/api/backup", b"{\"file\":\"/x\"}", 403),
                                           ("POST", "/api/backup", b"{\"overwrite\":1}", 400)):
            with self.subTest(path=path, body=body):
                answer = self.server.get(path, method=method, body=body)
                self.assertEqual(answer.status, status, answer)
                answer.error()
                self.valid(method, path, answer)

    def test_the_server_tells_about_itself(self):
        info = self.server.json("/api/server")
        self.assertRegex(info["started_at"], UTC)
        self.assertEqual(info["edges"], 1)
        self.assertEqual(info, {**self.server.json("/api/v1/server"), "uptime_s": info["uptime_s"]})

    def test_what_is_not_there_is_404_and_the_wrong_method_405_with_allow(self):
        for target in ("/api/nothing", "/api", "/api/", "/nothing", "/api/v1", "/api/v2/server", "/api/server/", "/%00", "/../etc/passwd"):
            with self.subTest(target=target):
                answer = self.server.get(target)
                self.assertIn(answer.status, (400, 404), answer)
                answer.error()
        answer = self.server.get("/api/server", method="DELETE")
        self.assertEqual((answer.status, answer.header("Allow")), (405, "GET, HEAD"))
        answer = self.server.get("/api/backup", method="GET")
        self.assertEqual((answer.status, answer.header("Allow")), (405, "POST"))
        answer = self.server.get("/api/server", method="BREW")
        self.assertEqual(answer.status, 405)

    def test_head_is_get_without_a_body(self):
        with self.server.http() as http:
            head = http.request("HEAD", "/api/server")
            whole = http.request("GET", "/api/server")
            self.assertEqual(head.status, 200)
            self.assertEqual(head.header("Content-Length"), str(len(whole.body)))

    def test_ws_without_a_handshake_says_what_it_wants(self):
        answer = self.server.get("/ws")
        self.assertEqual(answer.status, 400)
        self.assertIn("handshake", answer.error()["message"])

    def test_the_players_door_is_open_and_says_later(self):
        self.assertEqual(self.server.get("/sendspin").status, 404)

    def test_metrics_are_prometheus_text(self):
        self.server.json("/api/server")
        answer = self.server.get("/metrics")
        self.assertEqual(answer.header("Content-Type"), "text/plain; version=0.0.4")
        families, samples = parse_prometheus(answer.body.decode())
        self.assertGreater(samples[("tutti_messages_in_total", "")], 0)
        self.assertGreater(samples[("tutti_rss_anon_bytes", "")], 1 << 20)
        self.assertIn(("tutti_connections", 'state="opening"'), samples)
        self.assertEqual(families["tutti_loop_turn_us"], "histogram")
        self.assertEqual(samples[("tutti_tracks", "")], 0)
        self.assertEqual(samples[("tutti_groups", 'state="stopped"')], 1)
        self.assertEqual(samples[("tutti_streams", 'state="open"')], 0)
        self.assertEqual(families["tutti_late_chunks_total"], "counter")
        stats = self.server.json("/api/stats")
        for row in stats["closes"]:
            self.assertGreaterEqual(row["count"], samples[("tutti_closes_total", f'reason="{row["name"]}"')])


def parse_prometheus(text):
    """The text format 0.0.4, strict: every sample belongs to the family announced before it."""
    families, samples, help_of = {}, {}, set()
    family = None
    assert text.endswith("\n")
    for line in text.splitlines():
        if match := re.fullmatch(r"# HELP ([a-z_]+) (.+)", line):
            assert match[1] not in help_of, line
            help_of.add(match[1])
        elif match := re.fullmatch(r"# TYPE ([a-z_]+) (counter|gauge|histogram)", line):
            family = match[1]
            assert family not in families and family in help_of, line
            families[family] = match[2]
        else:
            match = re.fullmatch(r"([a-z_]+)(?:\{((?:[a-z_]+=\"[^\"\\\n]*\",?)*)\})? (\d+(?:\.\d+)?)", line)
            assert match, line
            name = match[1]
            plain = re.sub(r"_(bucket|sum|count)$", "", name) if families.get(family) == "histogram" else name
            assert plain == family, line
            key = (name, match[2] or "")
            assert key not in samples, line
            samples[key] = float(match[3])
    for family_name, kind in families.items():
        assert kind != "counter" or family_name.endswith("_total"), family_name
    return families, samples


class OneConnection(SharedCase):
    def test_many_requests_on_one_connection_and_close_when_asked(self):
        with self.server.http() as http:
            for _ in range(50):
                self.assertEqual(http.request("GET", "/healthz").status, 200)
            answer = http.request("GET", "/healthz", [("Connection", "close")])
            self.assertEqual(answer.header("Connection"), "close")
            self.assertTrue(http.is_closed())

    def test_http_1_0_is_answered_and_closed(self):
        with self.server.http() as http:
            http.send(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            self.assertEqual(http.answer().status, 200)
            self.assertTrue(http.is_closed())

    def pipeline(self, count):
        """Requests whose answers tell them apart, and what each must be."""
        wishes = []
        for i in range(count):
            wishes.append((("GET", "/healthz", b""), 200) if i % 4 == 0 else
                          (("GET", f"/api/connections?limit={i % 1000 + 1}", b""), 200) if i % 4 == 1 else
                          (("GET", f"/nothing/{i}", b""), 404) if i % 4 == 2 else
                          (("POST", "/api/backup", b"[%d]" % i), 400))
        return wishes, b"".join(request_bytes(method, target, identity_headers(self.server), body) for (method, target, body), _ in wishes)

    def check_answers(self, http, wishes):
        for i, ((_, target, _), status) in enumerate(wishes):
            answer = http.answer()
            self.assertEqual(answer.status, status, (i, target, answer))
            if "nothing" in target:
                self.assertIn(target, answer.error()["message"])

    def test_pipelined_requests_are_answered_in_order(self):
        wishes, data = self.pipeline(2000 if LONG else 400)
        with self.server.http() as http:
            http.send(data)
            self.check_answers(http, wishes)

    def test_pipelined_requests_are_answered_however_they_are_split(self):
        wishes, data = self.pipeline(40)
        draw = random.Random(7)
        with self.server.http() as http:
            while data:
                size = draw.choice((1, 2, 3, 7, 40, 200))
                http.send(data[:size])
                data = data[size:]
                if draw.random() < 0.05:
                    time.sleep(0.002)
            self.check_answers(http, wishes)

    def test_pipelined_requests_are_answered_to_one_who_sends_no_more(self):
        wishes, data = self.pipeline(100)
        with self.server.http() as http:
            http.send(data)
            http.sock.shutdown(1)
            self.check_answers(http, wishes)
            self.assertTrue(http.is_closed())

    def test_expect_100_continue(self):
        with self.server.http() as http:
            http.send(b"POST /api/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(http.answer().status, 100)
            http.send(b"[1]")
            self.assertEqual(http.answer().status, 400)
            # A body that comes at once needs no leave.
            http.send(request_bytes("POST", "/api/backup", [("Expect", "100-continue")], b"[1]"))
            self.assertEqual(http.answer().status, 400)
            self.assertEqual(http.request("GET", "/healthz").status, 200)

    def test_chunked_bodies_are_read(self):
        with self.server.http() as http:
            head = b"POST /api/backup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            http.send(head + b"4;note=1\r\n{\"ov\r\n8\r\nerwrite\"\r\n3\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n")
            answer = http.answer()
            self.assertEqual(answer.status, 400)
            self.assertIn("overwrite", answer.error()["message"])
            self.assertEqual(http.request("GET", "/healthz").status, 200)

    def test_an_empty_chunked_body_may_come_byte_by_byte(self):
        with self.server.http() as http:
            for byte in b"POST /api/server HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":
                http.send(bytes([byte]))
                time.sleep(0.002)
            self.assertEqual(http.answer().status, 405)
            self.assertEqual(http.request("GET", "/healthz").status, 200)

    def test_requests_of_many_connections_at_once(self):
        streams = [self.server.http() for _ in range(20)]
        for _ in range(10):
            for http in streams:
                http.send(request_bytes("GET", "/api/stats"))
            for http in streams:
                self.assertEqual(http.answer().status, 200)
        for http in streams:
            http.sock.close()


class Files(Case):
    def setUp(self):
        super().setUp()
        self.big = random.Random(1).randbytes(6 << 20)
        self.contents = {"index.html": b"<!doctype html><title>t</title>", "app-3f2a91bc.js": b"let x = 1;", "style.css": b"p {}",
                         "empty.txt": b"", "deep/er/icon.svg": b"<svg/>", "big.bin": self.big, "music-player.js": b"1"}
        for name, content in self.contents.items():
            self.write("web/" + name, content)
        self.server = self.serve("--web", self.folder + "/web")

    def test_files_arrive_intact_with_their_types(self):
        types = {"index.html": "text/html; charset=utf-8", "app-3f2a91bc.js": "text/javascript; charset=utf-8",
                 "style.css": "text/css; charset=utf-8", "deep/er/icon.svg": "image/svg+xml", "big.bin": "application/octet-stream",
                 "empty.txt": "text/plain; charset=utf-8", "music-player.js": "text/javascript; charset=utf-8"}
        with self.server.http() as http:
            for name, content in self.contents.items():
                answer = http.request("GET", "/" + name)
                self.assertEqual(answer.status, 200, name)
                self.assertTrue(answer.body == content, name)
                self.assertEqual(answer.header("Content-Type"), types[name])
                self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
                self.assertIn("frame-ancestors 'none'", answer.header("Content-Security-Policy"))
            self.assertEqual(http.request("GET", "/").body, self.contents["index.html"])
            self.assertEqual(http.request("GET", "/?room=kitchen").body, self.contents["index.html"])
            for nothing in ("/web", "/deep", "/../data/house.db", "/deep/../index.html", "//index.html", "/index.html/"):
                self.assertEqual(http.request("GET", nothing).status, 404, nothing)

    def test_etags_spare_what_did_not_change_and_hashed_names_never_do(self):
        with self.server.http() as http:
            answer = http.request("GET", "/style.css")
            etag = answer.header("ETag")
            self.assertEqual(answer.header("Cache-Control"), "no-cache")
            for match in (etag, f"\"x\", {etag}", "W/" + etag):
                again = http.request("GET", "/style.css", [("If-None-Match", match)])
                self.assertEqual((again.status, again.body, again.header("ETag")), (304, b"", etag), match)
            self.assertEqual(http.request("GET", "/style.css", [("If-None-Match", "\"other\"")]).status, 200)
            self.assertIn("immutable", http.request("GET", "/app-3f2a91bc.js").header("Cache-Control"))
            self.assertEqual(http.request("GET", "/music-player.js").header("Cache-Control"), "no-cache")

    def test_head_and_other_methods(self):
        with self.server.http() as http:
            head = http.request("HEAD", "/big.bin")
            self.assertEqual((head.status, head.header("Content-Length")), (200, str(len(self.big))))
            answer = http.request("POST", "/style.css", body=b"x")
            self.assertEqual((answer.status, answer.header("Allow")), (405, "GET, HEAD"))
            self.assertEqual(http.request("GET", "/style.css").status, 200)

    def test_slow_readers_get_all_of_it_and_disturb_nobody(self):
        with self.canary(self.server):
            readers = [self.server.http(receive_buffer=16384) for _ in range(6)]
            for http in readers:
                http.send(request_bytes("GET", "/big.bin") + request_bytes("GET", "/style.css"))
            time.sleep(0.5)
            for http in readers:
                answer = http.answer()
                self.assertTrue(answer.body == self.big)
                self.assertEqual(http.answer().body, self.contents["style.css"])
                http.sock.close()

    def test_a_slow_reader_who_sends_no_more_costs_nothing(self):
        with self.server.http(receive_buffer=8192) as http:
            http.send(request_bytes("GET", "/big.bin"))
            time.sleep(0.2)
            http.send(request_bytes("GET", "/style.css"))
            http.sock.shutdown(1)
            time.sleep(0.3)
            before = self.server.cpu_s()
            time.sleep(1)
            self.assertLess(self.server.cpu_s() - before, 0.3, "CPU seconds in a second of waiting")
            self.assertTrue(http.answer().body == self.big)
            self.assertEqual(http.answer().body, self.contents["style.css"])
            self.assertTrue(http.is_closed())

    def test_a_reader_who_leaves_in_the_middle_frees_what_it_held(self):
        before = self.server.quiet_descriptors()
        for _ in range(10):
            http = self.server.http(receive_buffer=8192)
            http.send(request_bytes("GET", "/big.bin"))
            http.until(b"\r\n\r\n")
            http.reset()
        self.assertTrue(wait_for(lambda: self.server.descriptors() <= before), self.server.descriptors())

    def test_a_file_that_shrank_is_cut_off_not_filled_up(self):
        self.write("web/big.bin", self.big[:100000])
        with self.server.http() as http:
            http.send(request_bytes("GET", "/big.bin"))
            http.until(b"\r\n\r\n")
            with self.assertRaises(Gone):
                http.take(len(self.big))
        self.assertEqual(self.server.get("/healthz").status, 200)


class Stop(Case):
    def test_sigterm_finishes_answers_and_closes_sockets_with_1012(self):
        self.write("web/big.bin", os.urandom(3 << 20))
        server = self.serve("--web", self.folder + "/web")
        sessions = [connect_session(server) for _ in range(5)]
        idle = server.http()
        idle.request("GET", "/healthz")
        fresh = server.http()
        silent = connect_session(server)  # does not answer the close
        server.process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        for session in sessions:
            self.assertEqual(session.ws.closed_with(), 1012)
        self.assertEqual(server.process.wait(SPARE_S), 0)
        self.assertLess(time.monotonic() - begin, 5 * (2 if SPARE_S > 30 else 1))
        server.process.stdout.close()
        for http in (idle, fresh, silent.ws.stream):
            http.sock.close()
        self.assertIn("server.stopped", server.log())


if __name__ == "__main__":
    unittest.main()
