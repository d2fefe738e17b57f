#!/usr/bin/env python3
"""Writes golden/fuzz/websocket: small streams, one per rule of the protocol, for fuzz_websocket to start from.

Usage: fuzz/websocket_seeds.py   (from the root). Each file: 4 bytes as websocket_fuzz.cpp reads them, then frames.
"""
import pathlib
import struct
import zlib

CLIENT, DEFLATE, KEPT = 1, 2, 4
KEY = bytes([0x37, 0xFA, 0x21, 0x3D])


def frame(first, payload=b"", masked=True, length=None):
    size = len(payload)
    bit = 0x80 if masked else 0
    if length is None:
        length = bytes([bit | size]) if size < 126 else bytes([bit | 126]) + struct.pack(">H", size)
    if masked:
        payload = KEY + bytes(b ^ KEY[i % 4] for i, b in enumerate(payload))
    return bytes([first]) + length + payload


def packed(payload, bits=15):
    stream = zlib.compressobj(6, zlib.DEFLATED, -bits)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def close(code, reason=b""):
    return frame(0x88, struct.pack(">H", code) + reason)


TEXT = "room é € \U0001f3b5".encode()
HELLO = packed(b"Hello")
SEEDS = {
    "text": (0, frame(0x81, TEXT)),
    "binary": (0, frame(0x82, bytes(range(200)))),
    "empty": (0, frame(0x81) + frame(0x82)),
    "length_125": (0, frame(0x82, b"x" * 125)),
    "length_126": (0, frame(0x82, b"x" * 126)),
    "plain_client": (CLIENT, frame(0x81, TEXT, masked=False) + frame(0x89, b"p", masked=False)),
    "unmasked": (0, frame(0x81, b"x", masked=False)),
    "masked": (CLIENT, frame(0x81, b"x")),
    "fragments": (0, frame(0x01, b"a") + frame(0x00, b"b") + frame(0x80, b"c")),
    "ping_between": (0, frame(0x01, TEXT[:6]) + frame(0x89, b"p" * 20) + frame(0x80, TEXT[6:])),
    "lone_continuation": (0, frame(0x80, b"x")),
    "nested": (0, frame(0x01, b"a") + frame(0x81, b"b")),
    "pong": (0, frame(0x8A, b"late") + frame(0x89)),
    "long_ping": (0, frame(0x89, b"p" * 126)),
    "cut_ping": (0, frame(0x09, b"p")),
    "reserved_bit": (0, frame(0xC1, b"x")),
    "reserved_opcode": (0, frame(0x83, b"x")),
    "not_minimal_16": (CLIENT, frame(0x82, b"x" * 5, masked=False, length=b"\x7e\x00\x05")),
    "not_minimal_64": (CLIENT, frame(0x82, b"x", masked=False, length=b"\x7f" + struct.pack(">Q", 1))),
    "highest_bit": (CLIENT, frame(0x82, b"x", masked=False, length=b"\x7f" + struct.pack(">Q", 1 << 63))),
    "too_big": (0, frame(0x82, b"x" * 70)),
    "too_big_in_parts": (0, frame(0x02, b"x" * 60) + frame(0x80, b"x" * 5)),
    "bad_utf8": (0, frame(0x81, b"abc\xed\xa0\x80")),
    "cut_utf8": (0, frame(0x81, b"abcdefgh\xf0\x9f\x8e")),
    "bad_utf8_early": (0, frame(0x01, b"\xf4") + frame(0x00, b"\x90")),
    "close": (0, close(1000, b"bye") + frame(0x81, b"late")),
    "close_empty": (0, frame(0x88)),
    "close_one_byte": (0, frame(0x88, b"x")),
    "close_code": (0, close(1005)),
    "close_reason": (0, close(1000, b"\xce")),
    "deflate": (DEFLATE, frame(0xC1, HELLO) + frame(0x81, b"plain")),
    "deflate_parts": (DEFLATE, frame(0x41, HELLO[:3]) + frame(0x89, b"p") + frame(0x80, HELLO[3:])),
    "deflate_kept": (DEFLATE | KEPT, frame(0xC1, HELLO) + frame(0xC1, bytes([0xF2, 0x00, 0x11, 0x00, 0x00]))),
    "deflate_final_block": (DEFLATE, frame(0xC1, bytes([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]))),
    "deflate_tail": (DEFLATE, frame(0xC1, HELLO + b"\0\0\xff\xff")),
    "deflate_damaged": (DEFLATE, frame(0xC2, b"\xff\xff")),
    "deflate_bomb": (DEFLATE, frame(0xC2, packed(bytes(100000)))),
    "deflate_continuation": (DEFLATE, frame(0x01, b"a") + frame(0xC0, b"b")),
}

root = pathlib.Path(__file__).resolve().parent.parent / "golden/fuzz/websocket"
root.mkdir(parents=True, exist_ok=True)
for name, (flags, stream) in SEEDS.items():
    # The limit of 64 bytes for what is about limits, else 16 KiB.
    limit = 0 if name.startswith("too_big") else 255
    (root / name).write_bytes(bytes([flags, limit, len(name), 0]) + stream)
