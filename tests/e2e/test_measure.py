"""Guards levelling by our own measurement: a server measures what it scanned, plays loud and quiet tracks alike without
clipping, keeps what it measured over restarts and kill -9. Files of known loudness are made on the spot: a tone of 1 kHz
in both channels is as many LUFS as its peak has dBFS (EBU Tech 3341, case 1)."""
import array
import json
import os
import sqlite3
import subprocess
import unittest
import wave

from kit import Case, Server, wait_for
from music import scanned

RATE = 48000


def tone(dbfs, seconds, click=False):
    """Stereo, 16 bits. `click`: one sample at full scale, which is heard by no meter of loudness."""
    import math
    period = array.array("h")
    for i in range(48):
        value = round(32767 * 10 ** (dbfs / 20) * math.sin(2 * math.pi * i / 48))
        period.extend((value, value))
    samples = period * (RATE * seconds // 48)
    if click:
        samples[2 * RATE] = 32767
    return samples


def write_tone(path, title, album, number, dbfs, seconds=8, click=False):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wave.open(path + ".wav", "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(tone(dbfs, seconds, click).tobytes())
    # A gain as a careless tagger writes it: what we measure goes before it.
    tags = {"TITLE": title, "ARTIST": "Tone", "ALBUM": album, "TRACKNUMBER": str(number),
            "REPLAYGAIN_TRACK_GAIN": "-3.00 dB", "REPLAYGAIN_ALBUM_GAIN": "-4.00 dB"}
    subprocess.run(["flac", "-s", "-f", "-0", "-o", path, *(f"--tag={k}={v}" for k, v in tags.items()), path + ".wav"],
                   check=True)
    os.unlink(path + ".wav")


def measured(server, tracks, timeout=300):
    """Waits until so many tracks were dealt with and none is left: long, for a busy machine measures with what is left."""
    def state():
        status = server.json("/api/library/scan")
        return status if status["measured"] == tracks and status["to_measure"] == 0 else None
    status = wait_for(state, timeout)
    assert status, (server.json("/api/library/scan"), server.log())
    return status


class Measure(Case):
    def setUp(self):
        super().setUp()
        self.music = os.path.join(self.folder, "music")
        self.data = os.path.join(self.folder, "data")

    def start(self):
        server = Server(self.folder, "--music", self.music, data=self.data)
        self.addCleanup(server.stop)
        return server

    def rows(self, sql):
        with sqlite3.connect(f"file:{self.data}/library.db?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def send(self, server, method, path, **args):
        answer = server.get(path, method=method, body=json.dumps(args).encode())
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def path_of(self, server, title, level):
        """What is done to the samples of a track while it plays."""
        group = server.json("/api/groups")["groups"][0]["group"]
        track = next(t["id"] for t in server.json("/api/tracks?limit=500")["tracks"] if t["title"] == title)
        self.send(server, "PUT", f"/api/groups/{group}/options", level=level)
        self.send(server, "DELETE", f"/api/groups/{group}/queue")
        self.send(server, "POST", f"/api/groups/{group}/queue", tracks=[track], play=True)

        def playing():
            state = server.json(f"/api/groups/{group}")
            return state.get("path") if state["state"] == "playing" and state.get("track") == track else None
        path = wait_for(playing)
        self.assertTrue(path, server.json(f"/api/groups/{group}"))
        return path

    def test_loud_and_quiet_tracks_are_levelled_without_clipping_and_measured_once(self):
        write_tone(os.path.join(self.music, "a", "1.flac"), "Loud", "A", 1, -6)
        write_tone(os.path.join(self.music, "a", "2.flac"), "Quiet", "A", 2, -30)
        write_tone(os.path.join(self.music, "b", "1.flac"), "Peaky", "B", 1, -31, click=True)
        bad = os.path.join(self.music, "b", "2.flac")
        write_tone(bad, "Damaged", "B", 2, -20)
        with open(bad, "r+b") as file:  # its head is whole, so a scan takes it; its sound is not
            size = os.path.getsize(bad)
            file.seek(size // 3)
            file.write(os.urandom(size // 3))
        server = self.start()
        scanned(server, 4)
        measured(server, 4)
        wait_for(lambda: "measure.done" in server.log())
        for title, level, gain, limited in (("Loud", "track", -12, False), ("Quiet", "track", 12, False),
                                            ("Peaky", "track", 0, True), ("Loud", "album", -12, False),
                                            # the quiet one is gated out of its album's loudness, and goes down with it
                                            ("Quiet", "album", -12, False), ("Loud", "off", 0, False)):
            with self.subTest(title=title, level=level):
                path = self.path_of(server, title, level)
                self.assertAlmostEqual(path["gain_db"], gain, delta=0.15)
                self.assertEqual(path["gain_limited"], limited)
        failed = self.rows("SELECT reason FROM unmeasurable")
        self.assertEqual(len(failed), 1, failed)
        self.assertIn("measure.problem", server.log())
        server.stop()
        again = self.start()
        scanned(again, 4)
        measured(again, 4)
        self.assertAlmostEqual(self.path_of(again, "Quiet", "track")["gain_db"], 12, delta=0.15)
        self.assertNotIn("measure.", again.log())

    def test_what_was_measured_survives_kill_9_and_the_rest_follows(self):
        count = 16
        for n in range(count):
            write_tone(os.path.join(self.music, "a", f"{n}.flac"), f"Track {n}", "A", n, -10 - n, seconds=120)
        server = self.start()
        wait_for(lambda: self.rows("SELECT count(*) FROM measurements")[0][0], 120)
        server.kill()
        kept = self.rows("SELECT content, lufs, peak, id FROM measurements ORDER BY id")
        self.assertGreater(count, len(kept), "nothing is left to do: the kill came too late to show anything")
        self.assertEqual(self.rows("SELECT count(*) FROM album_loudness"), [(0,)])
        again = self.start()
        measured(again, count)
        line = wait_for(lambda: next((l for l in again.log().splitlines() if "measure.done" in l), None))
        self.assertIn(f"measured={count - len(kept)} failed=0 albums=1", line)
        after = self.rows("SELECT content, lufs, peak, id FROM measurements ORDER BY id")
        self.assertEqual(after[:len(kept)], kept)
        self.assertAlmostEqual(min(lufs for _, lufs, _, _ in after), -10 - (count - 1), delta=0.1)


if __name__ == "__main__":
    unittest.main()
