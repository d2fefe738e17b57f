#!/usr/bin/env python3
"""Writes golden/fuzz/http: small streams of requests, one per rule, for fuzz_http to start from.

Usage: fuzz/http_seeds.py   (from anywhere). Each file: 3 bytes as http_fuzz.cpp reads them, then the stream.
"""
import pathlib

HOST = b"Host: h\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST /api/x?a=1 HTTP/1.1\r\n" + HOST
SEEDS = {
    "get": GET + b"\r\n",
    "pipelined": (GET + b"\r\n") * 3,
    "upgrade": GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x80abcd",
    "length": POST + b"Content-Length: 4\r\n\r\nabcd" + GET + b"\r\n",
    "length_twice": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "length_wrong": POST + b"Content-Length: 4x\r\n\r\nabcd",
    "too_large": POST + b"Content-Length: 99999\r\n\r\n",
    "chunked": POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n" + GET + b"\r\n",
    "chunk_extension": POST + b"Transfer-Encoding: chunked\r\n\r\n4;a=\"b\"\r\nabcd\r\n0\r\nTrailer: x\r\n\r\n",
    "chunk_wrong": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "chunk_end_wrong": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "both_lengths": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "other_coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "expect": POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    "folded": GET + b"X: a\r\n b\r\n\r\n",
    "old_version": b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "new_version": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "two_hosts": GET + HOST + b"\r\n",
    "blank_lines": b"\r\n\r\n" + GET + b"\r\n",
    "bare_newlines": b"GET / HTTP/1.1\nHost: h\n\n",
    "star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "many_headers": GET + b"".join(b"X%d: %d\r\n" % (i, i) for i in range(40)) + b"\r\n",
    "no_request": b"\x16\x03\x01\x02\x00",
}

# (unchecked_headers, last_chunk_alone, trailers: finds, kept beside these.)
root = pathlib.Path(__file__).resolve().parent.parent / "golden/fuzz/http"
root.mkdir(parents=True, exist_ok=True)
for name, stream in SEEDS.items():
    (root / name).write_bytes(bytes([15, len(name), 0]) + stream)
