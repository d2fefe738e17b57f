"""Guards the WebSocket against peers that break it: each error of RFC 6455 and 7692 has its close code, a bomb stays
small, and other sessions notice nothing."""
import json
import struct
import unittest
import zlib

from kit import LONG, Case, SharedCase, connect_session, wait_for
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Gone, WebSocket, deflated, frame


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


PING_TEXT = b'{"op":"ping"}'
EURO = "€".encode()
PROTOCOL = 1002
BROKEN = {  # what is sent: the code that must come back
    "reserved bit 2": (frame(TEXT, PING_TEXT, rsv=2), PROTOCOL),
    "reserved bit 3": (frame(TEXT, PING_TEXT, rsv=1), PROTOCOL),
    "compressed, not agreed on": (frame(TEXT, PING_TEXT, rsv=4), PROTOCOL),
    "reserved opcode 3": (frame(3, b"x"), PROTOCOL),
    "reserved opcode 7": (frame(7, b"x"), PROTOCOL),
    "reserved opcode 11": (frame(11, b"x"), PROTOCOL),
    "reserved opcode 15": (frame(15, b"x"), PROTOCOL),
    "unmasked text": (frame(TEXT, PING_TEXT, masked=False), PROTOCOL),
    "unmasked close": (frame(CLOSE, b"", masked=False), PROTOCOL),
    "length 5 in 16 bits": (frame(TEXT, b"hello", length=b"\x7e\x00\x05"), PROTOCOL),
    "length 125 in 16 bits": (frame(TEXT, b"x" * 125, length=b"\x7e\x00\x7d"), PROTOCOL),
    "length 5 in 64 bits": (frame(TEXT, b"hello", length=b"\x7f" + struct.pack(">Q", 5)), PROTOCOL),
    "length 65535 in 64 bits": (frame(TEXT, b"x" * 10, length=b"\x7f" + struct.pack(">Q", 65535)), PROTOCOL),
    "length with the highest bit": (frame(TEXT, b"x", length=b"\x7f" + struct.pack(">Q", 1 << 63)), PROTOCOL),
    "ping of 126": (frame(PING, b"x" * 126), PROTOCOL),
    "close of 126": (frame(CLOSE, struct.pack(">H", 1000) + b"x" * 124), PROTOCOL),
    "ping in fragments": (frame(PING, b"x", fin=False), PROTOCOL),
    "close in fragments": (frame(CLOSE, struct.pack(">H", 1000), fin=False), PROTOCOL),
    "continuation of nothing": (frame(CONTINUATION, b"x"), PROTOCOL),
    "continuation after the end": (frame(TEXT, PING_TEXT) + frame(CONTINUATION, b"x"), PROTOCOL),
    "text within a text": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), PROTOCOL),
    "close of one byte": (frame(CLOSE, b"x"), PROTOCOL),
    "binary": (frame(BINARY, PING_TEXT), 1003),
    "no UTF-8": (frame(TEXT, b"\xff"), 1007),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "an overlong slash": (frame(TEXT, b"\xc0\xaf"), 1007),
    "beyond Unicode": (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    "a cut character": (frame(TEXT, EURO[:2]), 1007),
    "no UTF-8 across frames": (frame(TEXT, EURO[:1], fin=False) + frame(CONTINUATION, b"\x28\xa1"), 1007),
    "a character cut by the end of the message": (frame(TEXT, EURO[:1], fin=False) + frame(CONTINUATION, EURO[1:2]), 1007),
    "no UTF-8 seen before the end": (frame(TEXT, b"\xf4", fin=False) + frame(CONTINUATION, b"\x90", fin=False), 1007),
    "no UTF-8 in a close": (close(1000, b"\xff"), 1007),
    "65 537 bytes": (frame(TEXT, b"x" * 65537), 1009),
    "too large before it is sent": (frame(TEXT, b"", length=b"\x7f" + struct.pack(">Q", 1 << 40)), 1009),
    "too large in fragments": (frame(TEXT, b"x" * 40000, fin=False) + frame(CONTINUATION, b"x" * 40000), 1009),
}
for wrong in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535):
    BROKEN[f"close code {wrong}"] = (close(wrong), PROTOCOL)


class Protocol(SharedCase):
    def code_of(self, stream, pieces=None, **kwargs):
        """The code that the server closes with when these bytes come."""
        session = connect_session(self.server, **kwargs)
        try:
            for at in range(0, len(stream), pieces or len(stream)):
                session.ws.stream.send(stream[at:at + (pieces or len(stream))])
        except OSError:
            pass  # it closed before it had all of them
        return session.ws.closed_with()

    def test_every_broken_stream_gets_its_code(self):
        with self.canary(self.server):
            for name, (stream, code) in BROKEN.items():
                with self.subTest(name):
                    self.assertEqual(self.code_of(stream), code)
                    if len(stream) < 300:
                        self.assertEqual(self.code_of(stream, pieces=1), code)

    def test_every_broken_stream_gets_its_code_also_before_the_101(self):
        for name, (stream, code) in BROKEN.items():
            if len(stream) > 300:
                continue
            with self.subTest(name):
                session = connect_session(self.server, early=stream)
                self.assertEqual(session.ws.closed_with(), code)

    def test_sound_closes_are_answered(self):
        for code in (1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999):
            with self.subTest(code=code):
                self.assertIn(self.code_of(close(code, "gehört".encode())), (1000, code))
        session = connect_session(self.server)
        session.ws.send(CLOSE)
        self.assertIn(session.ws.closed_with(), (1000, 1005))

    def test_what_comes_after_a_close_is_not_heard(self):
        session = connect_session(self.server)
        session.ws.stream.send(close(1000) + frame(TEXT, PING_TEXT) * 20)
        with self.assertRaises(WebSocket.Closed):
            session.receive()
        session.ws.sock.close()

    def test_unsolicited_pongs_are_fine(self):
        session = connect_session(self.server)
        session.ws.send(PONG, b"x" * 125)
        self.assertEqual(session.ask("ping")["op"], "pong")
        session.close()

    def test_the_largest_message_is_taken(self):
        session = connect_session(self.server)
        frame_ = {"op": "echo", "id": 1, "text": ""}
        frame_["text"] = "x" * (65536 - len(json.dumps(frame_)))
        self.assertEqual(len(json.dumps(frame_)), 65536)
        session.send(**frame_)
        self.assertEqual(session.receive()["text"], frame_["text"])
        session.close()

    def test_frames_that_are_no_commands_are_errors_and_the_session_lives(self):
        session = connect_session(self.server)
        texts = ["", " ", "null", "5", "[]", "{}", "{\"op\":", "{\"op\":5}", "{\"op\":null,\"id\":1}", "{\"op\":\"ping\",\"id\":[]}",
                 "{\"op\":\"ping\",\"id\":{}}", "[" * 60000, "{\"a\":" * 10000, "1" * 60000, "{\"op\":\"ping\"}x", "\"\\ud800\"",
                 "{\"op\":\"call\",\"name\":\"server.info\",\"args\":" + "[" * 30000, "{\"op\":\"\"}", "{\"op\":\"ping\",\"id\":1e999}",
                 "{" + ",".join(f"\"k{i}\":{i}" for i in range(5000)) + "}", "\ufeff{\"op\":\"ping\"}"]
        with self.canary(self.server):
            for text in texts:
                with self.subTest(text=text[:40]):
                    session.ws.send_text(text)
                    answer = session.receive()
                    self.assertEqual(answer["op"], "error", answer)
                    self.assertTrue(answer["code"] and answer["text"], answer)
            for identity in (True, False, None, 10**30):
                session.send(op="ping", id=identity)
                self.assertIn(session.receive()["op"], ("pong", "error"))
            self.assertEqual(session.ask("ping")["op"], "pong")
        session.close()

    def test_broken_deflate_gets_its_code(self):
        final = zlib.compressobj(6, zlib.DEFLATED, -15)
        cases = {"damaged": (frame(TEXT, b"\xff\xff\xff", rsv=4), (1002, 1007)), "a ping": (frame(PING, b"x", rsv=4), (1002,)),
                 "a continuation": (frame(TEXT, deflated(PING_TEXT)[:3], rsv=4, fin=False) + frame(CONTINUATION, b"x", rsv=4), (1002,)),
                 "no UTF-8 inside": (frame(TEXT, deflated(b"\xff\xfe"), rsv=4), (1007,)),
                 "a distance into nothing": (frame(TEXT, bytes([0x03, 0x01 | 0x20, 0x00, 0x00]), rsv=4), (1002, 1007)),
                 "a bomb": (frame(TEXT, deflated(b"x" * (1 << 20)), rsv=4), (1009,)),
                 "a bomb that ends itself": (frame(TEXT, final.compress(b" " * (1 << 20)) + final.flush(), rsv=4), (1009,))}
        with self.canary(self.server):
            for name, (stream, codes) in cases.items():
                with self.subTest(name):
                    self.assertIn(self.code_of(stream, deflate=True), codes)


class Vanishing(Case):
    def test_peers_that_reset_or_leave_halfway_are_counted_and_forgotten(self):
        server = self.serve()
        count = 400 if LONG else 40
        with self.canary(server):
            for i in range(count):
                session = connect_session(server)
                session.send(op="subscribe", id=1, topic="server")
                session.ws.stream.send(frame(TEXT, b'{"op":"echo","text":"' + b"x" * 500)[:i * 10 + 1])
                if i % 2:
                    session.ws.stream.reset()
                else:
                    session.ws.sock.shutdown(1)
                    try:
                        while True:
                            session.ws.stream.more()
                    except Gone:
                        session.ws.sock.close()
            self.assertTrue(wait_for(lambda: server.stats("connections")["live"] == 1), server.stats("connections"))
        closes = server.stats("closes")
        self.assertGreaterEqual(closes["peer_reset"], count // 2)
        self.assertGreaterEqual(closes["peer_closed"], count // 2)


if __name__ == "__main__":
    unittest.main()
