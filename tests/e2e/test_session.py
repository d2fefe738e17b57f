"""Guards the native wire: operations over WebSocket, topics as state then dense deltas, the history of connections,
what a second edge must not change, and bytes that come before the handshake is answered."""
import json
import random
import re
import unittest

import openapi
from kit import LONG, Case, SharedCase, connect_session, identity_headers, wait_for
from wire import PING, TEXT, Refused, WebSocket, frame, handshake_headers, request_bytes


class Operations(SharedCase):
    def setUp(self):
        super().setUp()
        self.session = connect_session(self.server)
        self.addCleanup(self.session.ws.sock.close)

    def test_ping_and_echo_repeat_the_id(self):
        for identity in (1, "a", 1.5, -3, "", "é\U0001f3b5", 2**53):
            self.session.send(op="ping", id=identity)
            self.assertEqual(self.session.receive(), {"op": "pong", "id": identity})
        self.session.send(op="ping")
        self.assertEqual(self.session.receive(), {"op": "pong"})
        for text in ("", "hello", "é€\U0001f3b5", "\"\\\n\u0000", "x" * 60000):
            self.assertEqual(self.session.ask("echo", text=text)["text"], text)

    def test_every_operation_is_known_and_answers_as_documented_or_says_what_it_wants(self):
        """What needs arguments is called with good ones in test_music; here it says which are missing."""
        document = self.server.json("/api/openapi.json")
        answered = 0
        for _, _, operation in openapi.operations(document):
            name = operation["operationId"]
            with self.subTest(operation=name):
                answer = self.session.ask("call", name=name, args={})
                schema = openapi.answer_schema(document, operation, 200)
                wanted = openapi.required(document, operation)
                if schema is None:
                    self.assertEqual(answer["code"], "bad_request")
                    self.assertIn("HTTP", answer["text"])
                elif wanted:
                    self.assertEqual(answer["code"], "bad_request")
                    self.assertIn(answer["text"], [f"args.{each}: missing" for each in wanted])
                elif name in ("tracks.ids", "library.scan"):  # one of several arguments; a folder of music
                    self.assertIn(answer["code"], ("bad_request", "conflict"))
                else:
                    self.assertEqual(answer["op"], "result", answer)
                    self.assertEqual(openapi.problems(document, schema, answer["value"]), [])
                    answered += 1
        self.assertGreater(answered, 10)

    def test_what_cannot_be_done_is_an_error_with_the_id(self):
        ask = self.session.ask
        cases = (("dance", {}, "unknown_operation", "dance"), ("call", {"name": "server.inf"}, "unknown_operation", "no operation"),
                 ("call", {"name": "connections.list", "args": {"limit": 0}}, "bad_request", "limit"),
                 ("call", {"name": "connections.list", "args": {"limit": "5"}}, "bad_request", "limit"),
                 ("call", {"name": "server.info", "args": []}, "bad_request", "args"), ("call", {"name": 7}, "bad_request", "name"),
                 ("call", {"name": "backup.create", "args": {"file": "/tmp/x"}}, "forbidden", "backup"),
                 ("subscribe", {"topic": "nothing"}, "not_found", "nothing"), ("subscribe", {}, "bad_request", "topic"),
                 ("unsubscribe", {"topic": "server"}, "not_found", "server"), ("echo", {"text": 5}, "bad_request", "text"))
        for op, fields, code, word in cases:
            with self.subTest(op=op, fields=fields):
                answer = ask(op, **fields)
                self.assertEqual((answer["op"], answer["code"]), ("error", code), answer)
                self.assertIn(word, answer["text"])
        self.assertIn("server.info", ask("call", name="server.inf")["hint"])
        self.assertEqual(ask("ping")["op"], "pong")

    def test_calls_are_answered_each_with_its_own_id(self):
        for i in range(12):
            self.session.send(op="call", id=f"c{i}", name="server.stats" if i % 2 else "server.info")
        answers = [self.session.receive() for _ in range(12)]
        self.assertEqual(sorted(a["id"] for a in answers), sorted(f"c{i}" for i in range(12)))
        self.assertTrue(all(a["op"] == "result" for a in answers), answers)
        self.assertTrue(all(("registered" in a["value"]) == (int(a["id"][1:]) % 2 == 1) for a in answers))

    def test_too_many_waiting_calls_are_refused_not_lost(self):
        for i in range(200):
            self.session.send(op="call", id=i, name="server.stats")
        answers = [self.session.receive() for _ in range(200)]
        self.assertEqual(sorted(a["id"] for a in answers), list(range(200)))
        self.assertTrue(all(a["op"] == "result" or a["code"] == "busy" for a in answers))

    def test_websocket_pings_are_answered_with_their_payload(self):
        for payload in (b"", b"x" * 125):
            self.session.ws.send(PING, payload)
            self.assertEqual(self.session.ws.receive(), (10, payload))

    def test_messages_arrive_in_fragments_and_pieces(self):
        text = json.dumps({"op": "echo", "id": 1, "text": "é€\U0001f3b5" * 50}, ensure_ascii=False).encode()
        draw = random.Random(3)
        for _ in range(200 if LONG else 30):
            cuts = sorted(draw.sample(range(1, len(text)), draw.randrange(1, 6)))
            parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]
            stream = b""
            for i, part in enumerate(parts):
                stream += frame(TEXT if i == 0 else 0, part, fin=i == len(parts) - 1)
                stream += frame(PING, b"between") if draw.random() < 0.2 else b""
            while stream:
                size = draw.choice((1, 3, 50, 4000))
                self.session.ws.stream.send(stream[:size])
                stream = stream[size:]
            while (got := self.session.ws.receive())[0] == 10:
                self.assertEqual(got[1], b"between")
            self.assertEqual(json.loads(got[1])["text"], "é€\U0001f3b5" * 50)

    def test_deflate_is_agreed_on_and_used_for_what_gains(self):
        session = connect_session(self.server, deflate=True)
        self.assertTrue(session.ws.deflate)
        text = "again and again " * 2000
        session.ws.send_text(json.dumps({"op": "echo", "id": 1, "text": text}), compress=True)
        _, _, rsv, payload = session.ws.read_frame()
        self.assertEqual(rsv, 4)
        self.assertLess(len(payload), 2000)
        session.send(op="echo", id=2, text=text)  # not compressed by us: allowed
        self.assertEqual(session.receive()["text"], text)
        session.close()

    def test_a_session_without_the_subprotocol_is_refused(self):
        for protocol in (None, "chat"):
            with self.server.http() as http:
                answer = http.request("GET", "/ws", [*identity_headers(self.server), *handshake_headers(protocol)])
                self.assertEqual(answer.status, 400)
                self.assertIn("tutti.session.v1", answer.error()["message"])

    def test_a_client_id_is_taken_once_and_free_again_after_the_close(self):
        first = connect_session(self.server, client="kitchen")
        with self.assertRaises(Refused) as refused:
            connect_session(self.server, client="kitchen")
        self.assertEqual(refused.exception.answer.status, 409)
        first.close()
        connect_session(self.server, client="kitchen").close()
        with self.assertRaises(Refused) as refused:
            connect_session(self.server, client="k" * 65)
        self.assertEqual(refused.exception.answer.status, 400)

    def test_the_list_of_connections_tells_each_ones_history(self):
        other = connect_session(self.server, client="list-me", deflate=True)
        other.send(op="subscribe", id=1, topic="server")
        other.receive()
        found = self.session.call("connections.list")
        self.assertEqual(found["total"], len(found["connections"]))
        row = next(c for c in found["connections"] if c["client"] == "list-me")
        self.assertEqual((row["kind"], row["state"], row["encrypted"], row["deflate"], row["topics"]), ("websocket", "live", False, True, ["server"]))
        self.assertRegex(row["address"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual([(t["version"], t["from"], t["to"], t["cause"]) for t in row["history"]], [(1, "opening", "live", "latched")])
        cut = self.session.call("connections.list", limit=1)
        self.assertEqual((len(cut["connections"]), cut["total"]), (1, found["total"]))
        other.close()


class Topics(SharedCase):
    EDGES = 1

    def subscribe(self, session):
        session.send(op="subscribe", id="s", topic="server")
        state = session.push()
        self.assertEqual((state["op"], state["topic"]), ("state", "server"))
        return state

    def follow(self, session, state, until):
        """Applies deltas until the condition holds; they must be dense."""
        while not until(state["data"]):
            delta = session.push()
            self.assertEqual((delta["op"], delta["topic"]), ("delta", "server"))
            self.assertEqual(delta["version"], state["version"] + 1, "a gap")
            state = {**delta, "data": {**state["data"], **delta["data"]}}
        return state

    def settled(self, session, state, connections):
        return self.follow(session, state, lambda data: data["connections"] == connections)

    def test_a_topic_is_its_state_and_then_each_change(self):
        watcher = connect_session(self.server)
        total = lambda: self.server.json("/api/connections")["total"] - 1  # without the one that asks
        self.assertTrue(wait_for(lambda: total() == 1))
        state = self.subscribe(watcher)
        state = self.settled(watcher, state, 1)
        self.assertRegex(state["data"]["started_at"], r"Z$")
        for round_ in range(3):
            others = [connect_session(self.server) for _ in range(4 + round_)]
            state = self.settled(watcher, state, 5 + round_)
            for other in others:
                other.close()
            state = self.settled(watcher, state, 1)
        watcher.close()

    def test_subscribing_again_gives_the_whole_state_again(self):
        watcher = connect_session(self.server)
        first = self.subscribe(watcher)
        second = self.subscribe(watcher)
        self.assertGreaterEqual(second["version"], first["version"])
        other = connect_session(self.server)
        state = self.settled(watcher, second, 2)
        self.assertEqual(state["data"]["connections"], 2)
        other.close()
        watcher.close()

    def test_after_unsubscribing_nothing_comes(self):
        watcher = connect_session(self.server)
        self.subscribe(watcher)
        answer = watcher.ask("unsubscribe", topic="server")
        self.assertEqual((answer["op"], answer["value"]), ("result", True))
        watcher.pushed.clear()
        listener = connect_session(self.server)
        state = self.subscribe(listener)
        others = [connect_session(self.server) for _ in range(3)]
        self.settled(listener, state, 5)
        self.assertEqual(watcher.ask("ping")["op"], "pong")
        self.assertEqual(watcher.pushed, [])
        self.assertEqual(watcher.ask("unsubscribe", topic="server")["code"], "not_found")
        state = self.subscribe(watcher)
        self.settled(watcher, state, 5)
        for session in (*others, listener, watcher):
            session.close()

    def setUp(self):
        super().setUp()
        self.assertTrue(wait_for(lambda: self.server.json("/api/connections")["total"] == 1), "what an earlier test left")


class TopicsOnTwoEdges(Topics):
    SERVE = ("--edges", "2")

    def test_both_edges_serve(self):
        self.assertEqual(self.server.json("/api/server")["edges"], 2)
        edges = set()
        sessions = [connect_session(self.server, client=f"c{i}") for i in range(24)]
        for row in sessions[0].call("connections.list")["connections"]:
            edges.add(re.match(r"(\d+)-", row["id"])[1])
        self.assertEqual(edges, {"0", "1"})
        with self.assertRaises(Refused):
            connect_session(self.server, client="c3")
        for session in sessions:
            self.assertEqual(session.ask("ping")["op"], "pong")
            session.close()


class Upgrades(SharedCase):
    def ping_frames(self, count):
        return b"".join(frame(TEXT, json.dumps({"op": "ping", "id": i}).encode()) for i in range(count))

    def test_what_came_before_the_101_is_answered_after_it_in_order(self):
        for count in (1, 5, 300):
            session = connect_session(self.server, early=self.ping_frames(count))
            self.assertEqual([session.receive()["id"] for _ in range(count)], list(range(count)))
            session.close()

    def test_a_request_may_come_before_the_upgrade_on_one_connection(self):
        wish = [*identity_headers(self.server), *handshake_headers()]
        with self.server.http() as http:
            http.send(request_bytes("GET", "/healthz") + request_bytes("GET", "/ws", wish) + self.ping_frames(3))
            self.assertEqual(http.answer().status, 200)
            socket = WebSocket.accepted(http, wish)
            self.assertEqual([json.loads(socket.receive_text())["id"] for _ in range(3)], [0, 1, 2])

    def test_a_second_upgrade_behind_the_first_is_frames_and_wrong(self):
        wish = [*identity_headers(self.server), *handshake_headers()]
        with self.server.http() as http:
            http.send(request_bytes("GET", "/ws", wish) * 2)
            self.assertEqual(WebSocket.accepted(http, wish).closed_with(), 1002)


class Load(Case):
    def test_connections_come_and_go_and_nothing_remains(self):
        server = self.serve("--edges", 2)
        before = server.quiet_descriptors()
        for _ in range(20 if LONG else 4):
            sessions = [connect_session(server) for _ in range(30)]
            for i, session in enumerate(sessions):
                session.send(op="subscribe", id=1, topic="server")
                session.send(op="call", id=2, name="server.stats")
                if i % 3 == 0:
                    session.ws.stream.reset()
                elif i % 3 == 1:
                    session.close()
                else:
                    session.ws.sock.close()
        self.assertTrue(wait_for(lambda: server.stats("connections")["live"] == 0))
        self.assertTrue(wait_for(lambda: server.descriptors() <= before), (before, server.descriptors()))
        stats = server.json("/api/stats")
        self.assertEqual((sum(b["count"] for b in stats["held"]), stats["registered"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
