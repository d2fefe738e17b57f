#!/usr/bin/env python3
"""Writes golden/fuzz/sendspin: a message of each type and a frame of each kind, for fuzz_sendspin to start from.

Usage: fuzz/sendspin_seeds.py   (from anywhere). Each file: a byte as sendspin_fuzz.cpp reads it, then the message.
"""
import json
import pathlib
import struct

FORMAT = {"codec": "flac", "channels": 2, "sample_rate": 48000, "bit_depth": 16}
BINS = {"n_disp_bins": 8, "scale": "mel", "f_min": 40, "f_max": 16000}
CLIENT = {
    "client/hello": {
        "client_id": "c", "name": "n", "version": 1, "device_info": {"mac_address": "02:00:00:00:00:01"},
        "supported_roles": ["player@v1", "_tutti_sync@v1"],
        "player@v1_support": {"supported_formats": [FORMAT, {"codec": "lc3"}], "buffer_capacity": 1000,
                              "supported_commands": ["volume", "mute"]},
        "artwork@v1_support": {"channels": [{"source": "album", "format": "jpeg", "media_width": 9, "media_height": 9}]},
        "visualizer@v1_support": {"types": ["beat"], "buffer_capacity": 100, "rate_max": 30, "spectrum": BINS}},
    "client/init": {"client_id": "c", "version": 1, "suite": "25519_AESGCM_SHA256"},
    "client/time": {"client_transmitted": 123456789},
    "client/state": {"state": "synchronized",
                     "player": {"volume": 20, "muted": False, "static_delay_ms": 0, "required_lead_time_ms": 12.5,
                                "min_buffer_ms": 250, "supported_commands": ["set_static_delay"]},
                     "_tutti_sync": {"offset_us": 1.5, "drift_ppm": -2.5, "error_us": 9, "buffer_ms": 10, "late": 0}},
    "client/command": {"controller": {"command": "seek", "position_ms": 1000}},
    "stream/request-format": {"player": {"codec": "opus"}, "artwork": {"channel": 0, "source": "none"},
                              "visualizer": {"types": ["spectrum"], "rate_max": 10, "spectrum": BINS}},
    "client/goodbye": {"reason": "restart"},
    "client/leave": {},
}
SERVER = {
    "server/hello": {"server_id": "s", "name": "n", "version": 1, "active_roles": ["player@v1"],
                     "connection_reason": "discovery"},
    "server/time": {"client_transmitted": 1, "server_received": 2, "server_transmitted": 3},
    "server/state": {
        "metadata": {"timestamp": 1, "title": "t", "album": None, "year": 1999, "repeat": "all", "shuffle": True,
                     "progress": {"track_progress": 1, "track_duration": 2, "playback_speed": 1000}},
        "controller": {"supported_commands": ["play"], "volume": 1, "muted": False, "repeat": "off", "shuffle": False,
                       "seek_max_ms": None},
        "color": {"timestamp": 2, "primary": [1, 2, 3], "accent": None}},
    "server/command": {"player": {"command": "volume", "volume": 7}},
    "stream/start": {"player": {**FORMAT, "codec_header": "ZkxhQw=="},
                     "artwork": {"channels": [{"source": "artist", "format": "png", "width": 1, "height": 1}]},
                     "visualizer": {"types": ["spectrum"], "rate_max": 10, "tracks_downbeats": True, "spectrum": BINS}},
    "stream/clear": {"roles": ["player"]},
    "stream/end": {},
    "group/update": {"playback_state": "playing", "group_id": "g", "group_name": None},
}
FRAMES = {"audio": (4, b"audio"), "artwork": (8, b""), "loudness": (16, b"\1\2"), "beat": (17, b"\1"),
          "f_peak": (18, b"\1\2\3\4"), "spectrum": (19, b"\1\2" * 8), "peak": (20, b"\xff")}

root = pathlib.Path(__file__).resolve().parent.parent / "golden/fuzz/sendspin"
root.mkdir(parents=True, exist_ok=True)
for side, messages in (b"c", CLIENT), (b"s", SERVER):
    for kind, payload in messages.items():
        text = json.dumps({"type": kind, "payload": payload}, separators=(",", ":"))
        (root / kind.replace("/", "_")).write_bytes(side + text.encode())
for name, (kind, data) in FRAMES.items():
    (root / ("frame_" + name)).write_bytes(bytes([8]) + struct.pack(">Bq", kind, 1_700_000) + data)
