"""Music for the end-to-end tests: real albums where the machine has them, else small files made on the spot."""
import glob
import os
import struct
import subprocess
import wave

from kit import wait_for


def wesnoth():
    """The folder of the 41 tagged tracks of Debian's wesnoth music, or None."""
    found = sorted(glob.glob("/usr/share/games/wesnoth/*/data/core/music"))
    return found[0] if found else None


def write_wav(path, seconds=1.0, rate=44100, channels=2, tone=440):
    """A saw of 16 bits: every sample tells where it is."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wave.open(path, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        frames = bytearray()
        for i in range(int(seconds * rate)):
            value = (i * tone * 65536 // rate) % 65536 - 32768
            frames += struct.pack("<h", value // 4) * channels
        out.writeframes(bytes(frames))
    return path


def write_flac(path, title, artist="Somebody", album="Something", number=1, **kwargs):
    wav = write_wav(path + ".wav", **kwargs)
    tags = {"TITLE": title, "ARTIST": artist, "ALBUM": album, "TRACKNUMBER": str(number)}
    subprocess.run(["flac", "-s", "-f", "-o", path, *(f"--tag={k}={v}" for k, v in tags.items()), wav], check=True)
    os.unlink(wav)
    return path


def scanned(server, tracks, timeout=60):
    """Waits until the library holds so many tracks and nothing is being scanned."""
    def state():
        status = server.json("/api/library/scan")
        return status if status["tracks"] == tracks and not status["scanning"] else None
    status = wait_for(state, timeout)
    assert status, server.json("/api/library/scan")
    return status
