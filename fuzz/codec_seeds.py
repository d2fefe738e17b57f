#!/usr/bin/env python3
"""Writes golden/fuzz/codec: chunks of each codec, good and damaged, for fuzz_codec to start from.

Usage: fuzz/codec_seeds.py   (from anywhere). Each file: two bytes as codec_fuzz.cpp reads them, then pieces with lengths.
"""
import pathlib
import struct


def crc(data, poly, bits):
    state = 0
    for byte in data:
        state ^= byte << (bits - 8)
        for _ in range(8):
            state = (state << 1) ^ (poly if state >> (bits - 1) & 1 else 0)
    return state & ((1 << bits) - 1)


def flac(subframe, channels=1, block=16, number=b"\x00"):
    """A frame (RFC 9639 section 9) of 16 bits at 48 kHz, of variable block size, with this subframe in each channel."""
    head = b"\xff\xf9" + bytes([0x6A, (channels - 1) << 4 | 8]) + number + bytes([block - 1])
    head += bytes([crc(head, 0x07, 8)])
    frame = head + subframe * channels
    return frame + struct.pack(">H", crc(frame, 0x8005, 16))


def header(channels=1, bits=16, rate=48000):
    shape = rate << 44 | (channels - 1) << 41 | (bits - 1) << 36
    return b"fLaC\x80\0\0\x22" + struct.pack(">HH", 16, 4800) + bytes(6) + struct.pack(">Q", shape) + bytes(16)


CONSTANT = b"\x00\x12\x34"
VERBATIM = b"\x02" + bytes(range(32))
FIXED = b"\x10\x00\x3f\xff\xc0"  # order 0, one partition, Rice parameter 0, 16 residuals of 0
OPUS_SILENCE = b"\xfc\xff\xfe"  # 20 ms of CELT, full band, stereo
SEEDS = {
    "flac_constant": (0, 0, [flac(CONSTANT)]),
    "flac_verbatim": (0, 0, [flac(VERBATIM), flac(VERBATIM, number=b"\x10")]),
    "flac_fixed": (0, 0, [flac(FIXED)]),
    "flac_stereo": (4, 0, [flac(VERBATIM, 2)]),
    "flac_header": (0, 1, [header(), flac(CONSTANT)]),
    "flac_other_header": (0, 1, [header(2), flac(CONSTANT)]),
    "flac_long": (0, 0, [flac(CONSTANT, block=256) * 3]),
    "flac_cut": (0, 0, [flac(VERBATIM)[:20], flac(VERBATIM)[20:]]),
    "flac_number": (0, 0, [flac(CONSTANT, number=b"\xfe\xbf\xbf\xbf\xbf\xbf\xbf")]),
    "opus_silence": (5, 0, [OPUS_SILENCE, OPUS_SILENCE]),
    "opus_two_frames": (1, 0, [b"\xf9" + bytes(20)]),
    "opus_many_frames": (1, 0, [b"\xfb\x03" + bytes(30)]),
    "opus_silk": (1, 0, [b"\x08" + bytes(range(40))]),
    "opus_hybrid": (5, 0, [b"\x7c" + bytes(range(60))]),
    "pcm_16": (2, 0, [bytes(range(8))]),
    "pcm_24_stereo": (14, 0, [bytes(range(12)), b"\0"]),
}

folder = pathlib.Path(__file__).resolve().parent.parent / "golden" / "fuzz" / "codec"
folder.mkdir(parents=True, exist_ok=True)
for name, (form, with_header, pieces) in SEEDS.items():
    body = b"".join(struct.pack(">H", len(piece)) + piece for piece in pieces)
    (folder / name).write_bytes(bytes([form, with_header]) + body)
