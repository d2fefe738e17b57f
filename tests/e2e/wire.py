"""HTTP/1.1 and WebSocket (RFC 6455, 7692) over plain sockets, strict: whatever an answer may not contain is an error."""
import base64
import hashlib
import json
import os
import socket
import struct
import zlib

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(Exception):
    """The other side closed."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} twice: {values}"
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The error object, checked for what every refusal has."""
        assert self.header("Content-Type") == "application/json", self
        error = self.json()["error"]
        assert error["code"] and error["message"], self
        return error

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:400]!r}"


def request_bytes(method, target, headers=(), body=b"", host="localhost"):
    names = {key.lower() for key, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    if body and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{key}: {value}" for key, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Stream:
    """A connected socket with a buffer."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def more(self):
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionError as error:
            raise Gone("reset") from error
        if not data:
            raise Gone("end of file")
        self.buffer += data

    def take(self, size):
        parts, have = [self.buffer], len(self.buffer)
        while have < size:  # without copying what is there already
            self.buffer = b""
            self.more()
            parts.append(self.buffer)
            have += len(self.buffer)
        data = b"".join(parts)
        self.buffer = data[size:]
        return data[:size]

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def is_closed(self):
        """Waits for the end: True when nothing more came before it."""
        try:
            self.more()
        except Gone:
            return True
        return False

    def reset(self):
        """Closes with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Http(Stream):
    def __init__(self, host, port, timeout, family=None, source=None, tls=None, receive_buffer=None):
        family = family or (socket.AF_UNIX if port is None else socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock = socket.socket(family)
        sock.settimeout(timeout)
        try:
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if source:
                sock.bind((source, 0))
            sock.connect(host if port is None else (host, port))
            if tls:
                sock = tls.wrap_socket(sock, server_hostname="localhost")
        except BaseException:
            sock.close()
            raise
        super().__init__(sock)

    def request(self, method, target, headers=(), body=b""):
        self.send(request_bytes(method, target, headers, body))
        return self.answer(method == "HEAD")

    def chunks(self):
        """RFC 9112 section 7.1, without trailers."""
        while size := int(self.until(b"\r\n"), 16):
            yield self.take(size)
            assert self.take(2) == b"\r\n"
        assert self.take(2) == b"\r\n"

    def answer(self, head=False):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, reason = lines[0].split(" ", 2)
        assert version == "HTTP/1.1" and len(status) == 3 and reason, lines[0]
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(": ")
            assert colon and name and " " not in name, line
            headers.append((name, value))
        answer = Answer(int(status), headers, b"")
        length = answer.header("Content-Length")
        bodiless = answer.status < 200 or answer.status in (204, 304)
        if answer.header("Transfer-Encoding") == "chunked":
            assert length is None and not bodiless, answer
            if not head:
                answer.body = b"".join(self.chunks())
            return answer
        assert (length is None) == bodiless, answer
        if not bodiless and not head:
            answer.body = self.take(int(length))
        return answer


def mask_bytes(payload, key):
    whole = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, length=None):
    """length: bytes of the length field as they shall be, for what no honest client sends."""
    first = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    if length is None:
        size = len(payload)
        if size < 126:
            length = bytes([size])
        elif size < 65536:
            length = b"\x7e" + struct.pack(">H", size)
        else:
            length = b"\x7f" + struct.pack(">Q", size)
    length = bytes([length[0] | bit]) + length[1:]
    if not masked:
        return first + length + payload
    key = os.urandom(4)
    return first + length + key + mask_bytes(payload, key)


def deflated(payload):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def handshake_headers(protocol="tutti.session.v1", deflate=False, key=None):
    key = key or base64.b64encode(os.urandom(16)).decode()
    headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)]
    if protocol:
        headers.append(("Sec-WebSocket-Protocol", protocol))
    if deflate:
        headers.append(("Sec-WebSocket-Extensions", "permessage-deflate"))
    return headers


class Refused(Exception):
    def __init__(self, answer):
        super().__init__(repr(answer))
        self.answer = answer


class WebSocket:
    """A client. Answers pings by itself; close frames end the reading with Closed."""

    class Closed(Exception):
        def __init__(self, code, reason):
            super().__init__(f"{code} {reason}")
            self.code, self.reason = code, reason

    def __init__(self, stream, deflate):
        self.stream, self.deflate = stream, deflate
        self.sock = stream.sock

    @staticmethod
    def connect(http, target, headers=(), deflate=False, early=b"", protocol="tutti.session.v1"):
        """early: bytes sent together with the handshake, before its answer."""
        wish = [*handshake_headers(protocol, deflate), *headers]
        http.send(request_bytes("GET", target, wish) + early)
        return WebSocket.accepted(http, wish, deflate, protocol)

    @staticmethod
    def accepted(http, wish, deflate=False, protocol="tutti.session.v1"):
        answer = http.answer()
        if answer.status != 101:
            http.sock.close()
            raise Refused(answer)
        key = dict(wish)["Sec-WebSocket-Key"]
        expected = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        assert answer.header("Sec-WebSocket-Accept") == expected, answer
        assert answer.header("Upgrade").lower() == "websocket" and answer.header("Connection").lower() == "upgrade", answer
        assert answer.header("Sec-WebSocket-Protocol") == protocol, answer
        agreed = (answer.header("Sec-WebSocket-Extensions") or "").startswith("permessage-deflate")
        assert not agreed or deflate, answer
        return WebSocket(http, agreed)

    def send(self, opcode, payload=b"", **kwargs):
        self.stream.send(frame(opcode, payload, **kwargs))

    def send_text(self, text, compress=False):
        payload = text.encode()
        if compress:
            return self.send(TEXT, deflated(payload), rsv=4)
        return self.send(TEXT, payload)

    def read_frame(self):
        first, second = self.stream.take(2)
        opcode, fin, rsv, size = first & 15, first >> 7, first >> 4 & 7, second & 127
        assert second < 128, "a server masks nothing"
        assert opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), opcode
        assert rsv in (0, 4) and (not rsv or self.deflate and opcode in (TEXT, BINARY)), rsv
        if size == 126:
            size = struct.unpack(">H", self.stream.take(2))[0]
            assert size > 125, "the shortest length"
        elif size == 127:
            size = struct.unpack(">Q", self.stream.take(8))[0]
            assert size > 65535, "the shortest length"
        assert opcode < 8 or fin and size < 126, "control frames are whole and small"
        return opcode, fin, rsv, self.stream.take(size)

    def receive(self):
        """The next message or pong: (opcode, payload)."""
        kind, parts, packed = None, b"", 0
        while True:
            opcode, fin, rsv, payload = self.read_frame()
            if opcode == PING:
                self.send(PONG, payload)
                continue
            if opcode == CLOSE:
                assert len(payload) != 1, payload
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                raise WebSocket.Closed(code, payload[2:].decode())
            if opcode == PONG:
                assert kind is None or fin
                return opcode, payload
            assert (opcode == CONTINUATION) == (kind is not None), "continuations continue"
            if kind is None:
                kind, packed = opcode, rsv
            parts += payload
            if fin:
                break
        if packed:
            parts = zlib.decompressobj(-15).decompress(parts + b"\0\0\xff\xff")
        return kind, parts

    def receive_text(self):
        opcode, payload = self.receive()
        assert opcode == TEXT, opcode
        return payload.decode()

    def closed_with(self):
        """Reads on until the server's close frame, answers it, waits for the end; its code."""
        try:
            while True:
                self.receive()
        except WebSocket.Closed as closed:
            code = closed.code
        try:
            self.send(CLOSE, struct.pack(">H", 1000))
            while True:
                self.stream.more()
        except (Gone, OSError):
            pass
        self.sock.close()
        return code

    def close(self, code=1000):
        """A clean close from this side; the code that came back."""
        self.send(CLOSE, struct.pack(">H", code))
        return self.closed_with()
