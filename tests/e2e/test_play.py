"""Guards `tutti play`: a piece cut anywhere and played as a queue is the piece again, real albums follow each other without a
frame more or less, and what cannot be played is named. How: the files that come out, compared with the piece and with ffmpeg."""
import array
import json
import os
import random
import subprocess
import sys
import unittest
import wave

from kit import SANITIZED, Case, run
from music import wesnoth

PLAY_S = 600 if SANITIZED else 120
RATE = 48000
# Frames at which the piece is cut; none falls on a block of any codec.
CUTS = (0, 48_311, 97_001, 150_007, 201_413, 260_009, 309_317, 361_111)
LOSSLESS = ("wav", "flac", "wav", "flac", "flac", "wav", "flac")
MIXED = ("wav", "mp3", "flac", "opus", "wav", "m4a", "flac")
ENCODERS = {"wav": ["-c:a", "pcm_s16le"], "flac": ["-c:a", "flac"], "mp3": ["-c:a", "libmp3lame", "-b:a", "256k"],
            "opus": ["-c:a", "libopus", "-b:a", "192k"], "m4a": ["-c:a", "aac", "-b:a", "256k"]}


def piece(frames, seed=5):
    """Stereo of 16 bits that repeats itself nowhere: noise through a low pass, so that lossy codecs keep its shape."""
    draw = random.Random(seed)
    samples = array.array("h")
    low = [0.0, 0.0]
    for _ in range(frames):
        common = draw.uniform(-1500, 1500)
        for channel in (0, 1):
            low[channel] = 0.93 * low[channel] + common + draw.uniform(-900, 900)
            samples.append(max(-32768, min(32767, round(low[channel]))))
    return samples


def read_wav(path):
    """Rate, and the samples of both channels in one row, as integers of the file's width."""
    with wave.open(path, "rb") as file:
        width, data = file.getsampwidth(), file.readframes(file.getnframes())
        if width == 2:
            samples = array.array("h", data)
        else:
            wide = bytearray(len(data) // 3 * 4)  # 24 bits in the upper three bytes of 32
            for i in range(3):
                wide[i + 1::4] = data[i::3]
            samples = array.array("i", bytes(wide))
            samples = array.array("i", (value >> 8 for value in samples))
        return file.getframerate(), file.getnchannels(), samples


def decoded(path):
    """What ffmpeg makes of an Ogg Vorbis: floats of both channels, without what lies before position 0, which is not to be
    heard (Vorbis I, appendix A.2) and which ffmpeg leaves in."""
    first = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "frame=pts", "-read_intervals", "%+#4", "-of", "csv=p=0", path],
                           capture_output=True, text=True, check=True).stdout.split()[0]
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "2", "-"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=True)
    return array.array("f", done.stdout)[2 * max(0, -int(first.strip(","))):]


def first_difference(a, b):
    return None if a == b else next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def distance(ours, theirs, lag):
    """Sum of squares of the differences of one channel, `theirs` moved by so many frames."""
    return sum((ours[i] - theirs[i + 2 * lag]) ** 2 for i in range(0, len(ours), 2))


class PlayCase(Case):
    def play(self, *paths, code=0, more=()):
        self.out = os.path.join(self.folder, "out.wav")
        self.done = run("play", *paths, "--out", self.out, "--json", *more, timeout=PLAY_S)
        self.assertEqual(self.done.returncode, code, self.done)
        lines = [json.loads(line) for line in self.done.stdout.splitlines()]
        self.tracks = [line for line in lines if line.get("event") == "track"]
        return lines[-1] if lines else {}

    def cut(self, kinds):
        """The piece as files of these kinds."""
        self.piece = piece(CUTS[-1])
        paths = []
        for number, kind in enumerate(kinds):
            path = os.path.join(self.folder, f"{number + 1}.{kind}")
            part = self.piece[2 * CUTS[number]:2 * CUTS[number + 1]]
            subprocess.run(["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "-", *ENCODERS[kind], path],
                           input=part.tobytes(), check=True)
            paths.append(path)
        return paths


class Pieces(PlayCase):
    def test_a_piece_cut_anywhere_is_the_piece_again(self):
        sums = self.play(*self.cut(LOSSLESS))
        self.assertEqual((sums["tracks"], sums["failed"]), (len(LOSSLESS), 0))
        rate, channels, samples = read_wav(self.out)
        self.assertEqual((rate, channels, samples.typecode), (RATE, 2, "h"))
        self.assertIsNone(first_difference(samples, self.piece), "the first sample that differs")
        for line, cut in zip(self.tracks, CUTS):
            self.assertAlmostEqual(line["at_s"], cut / RATE, delta=0.001)

    def test_a_folder_is_played_in_the_order_of_its_names(self):
        self.cut(LOSSLESS)
        self.assertEqual(self.play(self.folder)["tracks"], len(LOSSLESS))
        self.assertIsNone(first_difference(read_wav(self.out)[2], self.piece))

    def test_lossy_pieces_keep_their_length_and_place_to_the_sample(self):
        self.play(*self.cut(MIXED))
        rate, _, samples = read_wav(self.out)
        self.assertEqual(rate, RATE)
        self.assertEqual(len(samples), 2 * CUTS[-1])
        for number, kind in enumerate(MIXED):
            begin, end = 2 * CUTS[number], 2 * CUTS[number + 1]
            with self.subTest(number=number, kind=kind):
                if kind in LOSSLESS:
                    wanted = array.array("i", (value << 8 for value in self.piece[begin:end]))
                    self.assertIsNone(first_difference(samples[begin:end], wanted))
                    continue
                # Away from the cut, where the codec has heard only this piece; then right behind it.
                for at in ((begin + end) // 4 * 2, begin + 2 * 2400):
                    ours = [value / 256 for value in samples[at:at + 8000]]
                    lags = {lag: distance(ours, self.piece[at - 40:at + 8040], 20 + lag) for lag in range(-10, 11)}
                    self.assertEqual(min(lags, key=lags.get), 0, lags)
                    loud = distance(ours, [0] * 8000, 0)
                    self.assertLess(lags[0], loud / 10, "it is not what was encoded")

    def test_ten_thousand_frames_of_silence_are_not_shortened(self):
        quiet = os.path.join(self.folder, "quiet.wav")
        with wave.open(quiet, "wb") as out:
            out.setparams((2, 2, RATE, 0, "NONE", ""))
            out.writeframes(bytes(4 * 10_000))
        paths = self.cut(LOSSLESS[:2])
        self.play(paths[0], quiet, paths[1])
        samples = read_wav(self.out)[2]
        wanted = self.piece[:2 * CUTS[1]] + array.array("h", bytes(4 * 10_000)) + self.piece[2 * CUTS[1]:2 * CUTS[2]]
        self.assertIsNone(first_difference(samples, wanted))


class Wesnoth(PlayCase):
    def test_real_tracks_follow_each_other_without_a_frame_more_or_less(self):
        folder = wesnoth()
        if not folder:
            self.cannot("the wesnoth music is not installed")
        names = ["victory", "defeat", "silence", "elf-land", "victory2", "defeat2", "sad", "transience"]
        if SANITIZED:
            names = names[:5]
        paths = [os.path.join(folder, name + ".ogg") for name in names]
        sums = self.play(*paths)
        self.assertEqual((sums["tracks"], sums["failed"]), (len(names), 0))
        _, _, samples = read_wav(self.out)
        parts = [decoded(path) for path in paths]
        self.assertEqual(len(samples), sum(len(part) for part in parts))
        at = 0
        for path, part in zip(paths, parts):
            # The whole of a seam, and what is in between now and then: of 24 bits the last may differ by rounding.
            for begin in (0, *range(8192, len(part) - 8192, 400_000), len(part) - 8192):
                ours = samples[at + begin:at + begin + 8192]
                worst = max(abs(a - max(-1.0, min(1.0, b)) * (1 << 23)) for a, b in zip(ours, part[begin:begin + 8192]))
                self.assertLessEqual(worst, 4, f"{path} from sample {begin}")
            at += len(part)
        print(f"\n{len(names)} tracks, {sums['seconds']:.1f} s, {sums['times']:.0f} times real time", file=sys.stderr)


class Problems(PlayCase):
    def test_a_missing_file_is_named_and_nothing_is_played(self):
        present = self.cut(LOSSLESS[:1])[0]
        self.play(present, os.path.join(self.folder, "none.flac"), code=1)
        self.assertIn("none.flac", self.done.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_a_broken_file_between_others_is_named_and_passed(self):
        paths = self.cut(LOSSLESS[:3])
        self.write("2.flac", b"fLaC and nothing more")
        self.assertEqual(self.play(*paths, code=1)["failed"], 1)
        self.assertIn("2.flac", self.done.stderr)
        wanted = self.piece[:2 * CUTS[1]] + self.piece[2 * CUTS[2]:2 * CUTS[3]]
        self.assertIsNone(first_difference(read_wav(self.out)[2], wanted))

    def test_nothing_that_plays_says_why(self):
        path = self.write("text.mp3", "this is no music at all, " * 40)
        self.play(path, code=1)
        self.assertIn("text.mp3", self.done.stderr)
        os.mkdir(self.folder + "/empty-folder")
        empty = run("play", self.folder + "/empty-folder", timeout=PLAY_S)
        self.assertEqual(empty.returncode, 1)
        self.assertIn("no music", empty.stderr)

    def test_a_file_that_cannot_be_written_is_said(self):
        done = run("play", *self.cut(LOSSLESS[:1]), "--out", "/nonexistent/out.wav", timeout=PLAY_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/out.wav", done.stderr)

    def test_people_see_each_track_and_the_sum(self):
        paths = self.cut(LOSSLESS[:2])
        done = run("play", *paths, "--out", "null", timeout=PLAY_S)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^\[1/2\] .*1\.wav\n\[2/2\] .*2\.flac\n2 of 2 tracks, 2\.021 s of audio in [\d.]+ s \(\d+ times real time\)\n$")


if __name__ == "__main__":
    unittest.main()
