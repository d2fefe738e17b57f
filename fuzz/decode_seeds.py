#!/usr/bin/env python3
"""Makes golden/fuzz/decode: half a second of a tone in each format, by ffmpeg, behind two bytes of a seek."""
import os
import subprocess

OUT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden", "fuzz", "decode")
FORMATS = {
    "flac": ["-c:a", "flac"], "mp3": ["-c:a", "libmp3lame", "-b:a", "64k"], "ogg": ["-c:a", "libvorbis", "-q:a", "0"],
    "opus": ["-c:a", "libopus", "-b:a", "32k"], "m4a": ["-c:a", "aac", "-b:a", "32k"], "wav": ["-c:a", "pcm_s16le"],
    "aiff": ["-c:a", "pcm_s16be"], "wv": ["-c:a", "wavpack"], "wma": ["-c:a", "wmav2", "-b:a", "32k"],
    "tta": ["-c:a", "tta"],
}
os.makedirs(OUT, exist_ok=True)
for ending, codec in FORMATS.items():
    path = os.path.join(OUT, ending)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "sine=440:r=16000:d=0.25", *codec,
                    "-bitexact", path + "." + ending], check=True)
    with open(path + "." + ending, "rb") as made, open(path, "wb") as seed:
        seed.write(b"\x00\x40" + made.read())
    os.remove(path + "." + ending)
