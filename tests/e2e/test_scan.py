"""Guards: `tutti scan` finds what is there, keeps ids over moves and absences, and survives broken files, cancelling, killing and a
full disk. How: libraries of tools/make_library.py, real processes, the databases read with another SQLite. TUTTI_LONG=1: 200 kills and
100,000 files."""
import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from kit import LONG, ROOT, SANITIZED, TUTTI, Case, clean_environment, run, wait_for

sys.path.insert(0, os.path.join(ROOT, "tools"))
import make_library  # noqa: E402  pylint: disable=wrong-import-position

SCAN_S = 600 if SANITIZED or LONG else 120
FORMATS = ["flac", "mp3", "ogg", "opus", "m4a"]
TEMPLATE = {}


def library(folder, files=60):
    """A library of every format; made once for each size, then copied."""
    if files not in TEMPLATE:
        import tempfile  # pylint: disable=import-outside-toplevel
        TEMPLATE[files] = tempfile.mkdtemp(prefix="tutti-e2e-music-")
        make_library.make(TEMPLATE[files], files, FORMATS, 7, 1)
    shutil.copytree(TEMPLATE[files], folder)
    return folder


def tearDownModule():
    for folder in TEMPLATE.values():
        shutil.rmtree(folder, True)


class ScanCase(Case):
    def setUp(self):
        super().setUp()
        self.music = os.path.join(self.folder, "music")
        self.data = os.path.join(self.folder, "data")

    def scan(self, code=0, music=None):
        done = run("scan", music or self.music, "--data", self.data, "--json", timeout=SCAN_S)
        self.assertEqual(done.returncode, code, done)
        self.lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.problems = {line["path"]: line for line in self.lines if line.get("event") == "problem"}
        return self.lines[-1]

    def expect(self, sums, **wanted):
        self.assertEqual({name: sums[name] for name in wanted}, wanted, sums)

    def rows(self, sql, *args):
        with sqlite3.connect(f"file:{self.data}/library.db?mode=ro", uri=True) as base:
            base.text_factory = bytes
            found = base.execute(sql, args).fetchall()
        base.close()
        return found

    def ids(self):
        return dict(self.rows("SELECT name, track FROM tracks"))

    def check_sound(self):
        for name in ("house", "library"):
            base = sqlite3.connect(f"{self.data}/{name}.db")
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(base.execute("PRAGMA foreign_key_check").fetchall(), [])
            base.close()

    def files(self):
        return sorted(os.path.join(where, name) for where, _, names in os.walk(self.music) for name in names
                      if name.rsplit(".")[-1] in FORMATS)

    def put(self, name, content=b""):
        path = os.path.join(os.fsencode(self.music), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content)
        return path


class Scan(ScanCase):
    def test_a_first_scan_takes_in_every_format_and_a_second_finds_nothing_to_do(self):
        library(self.music)
        self.expect(self.scan(), tracks=60, added=60, changed=0, removed=0, failed=0)
        self.assertEqual(self.rows("SELECT count(*) FROM tracks WHERE title = ''"), [(0,)])
        self.assertEqual({codec for codec, in self.rows("SELECT DISTINCT codec FROM tracks")}, {b"flac", b"mp3", b"vorbis", b"opus", b"aac"})
        self.expect(self.scan(), tracks=60, added=0, changed=0, removed=0, failed=0)
        self.check_sound()

    def test_people_get_a_line_and_wrong_usage_is_2(self):
        library(self.music)
        done = run("scan", self.music, "--data", self.data)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^60 tracks: 60 added, 0 changed, 0 removed, 0 failed, [\d.]+ s\n$")
        self.assertEqual(run("scan", "--data", self.data).returncode, 2)
        missing = run("scan", os.path.join(self.folder, "none"), "--data", os.path.join(self.folder, "none2"))
        self.assertEqual(missing.returncode, 1)
        self.assertIn("is no folder", missing.stderr)

    def test_moved_and_renamed_files_keep_their_ids_and_removed_ones_go(self):
        library(self.music)
        self.scan()
        before = self.ids()
        files = self.files()
        os.rename(files[0], os.path.join(self.music, "renamed" + os.path.splitext(files[0])[1]))
        album = os.path.dirname(files[-1])
        moved = len([name for name in files if os.path.dirname(name) == album])
        os.rename(album, os.path.join(self.music, "0 moved first"))
        self.expect(self.scan(), tracks=60, added=0, changed=moved + 1, removed=0)
        self.assertEqual(sorted(before.values()), sorted(self.ids().values()))
        gone = self.files()[:5]
        for path in gone:
            os.remove(path)
        self.expect(self.scan(), tracks=55, added=0, removed=5)
        self.assertTrue(set(self.ids().values()) < set(before.values()))

    def test_a_file_that_comes_back_has_the_id_it_had(self):
        library(self.music)
        self.scan()
        before = self.ids()
        path = self.files()[3]
        os.rename(path, os.path.join(self.folder, "aside"))
        self.expect(self.scan(), removed=1)
        os.rename(os.path.join(self.folder, "aside"), path)
        self.expect(self.scan(), added=1)
        # What is personal hangs on it: the house knows the content where an account has something of it.
        self.assertEqual(set(before), set(self.ids()))

    def test_a_changed_file_is_read_again_under_its_id(self):
        library(self.music)
        self.scan()
        before = self.ids()
        path = next(name for name in self.files() if name.endswith(".mp3"))
        with open(path, "rb") as file:
            content = file.read()
        tags = {"TITLE": ["Another Title"], "TRACKNUMBER": ["1"], "TRACKTOTAL": ["1"], "DISCNUMBER": ["1"], "DATE": ["1999"]}
        size = int.from_bytes(bytes(b for b in content[6:10]), "big")
        size = (content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]) + 10
        with open(path, "wb") as file:
            file.write(make_library.id3(tags, None, 4) + content[size:])
        self.expect(self.scan(), tracks=60, added=0, changed=1)
        name = os.path.basename(os.fsencode(path))
        self.assertEqual(self.rows("SELECT title, track FROM tracks WHERE name = ?", name), [(b"Another Title", before[name])])

    def test_a_cover_and_lyrics_beside_tracks_are_seen_new_changed_and_gone(self):
        library(self.music)
        self.scan()
        before = self.ids()
        album = os.path.join(self.music, "1 bare")
        os.mkdir(album)
        base = next(name for name in self.files() if name.endswith(".mp3"))
        with open(base, "rb") as file:
            content = file.read()
        size = (content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]) + 10
        for name in ("one", "two"):  # without a picture of their own
            tags = {"TITLE": [name], "TRACKNUMBER": ["1"], "TRACKTOTAL": ["1"], "DISCNUMBER": ["1"], "DATE": ["1999"]}
            self.put(f"1 bare/{name}.mp3", make_library.id3(tags, None, 4) + content[size:])
        self.expect(self.scan(), added=2)
        covers = "SELECT count(*), count(DISTINCT artwork), max(length(artwork)) FROM tracks WHERE title IN ('one', 'two')"
        self.assertEqual(self.rows(covers), [(2, 1, 0)])
        self.put("1 bare/Cover.JPG", b"first")
        self.expect(self.scan(), added=0, changed=2, removed=0)
        self.assertEqual(self.rows(covers), [(2, 1, 16)])
        first = self.rows("SELECT artwork FROM tracks WHERE title = 'one'")
        self.expect(self.scan(), added=0, changed=0)
        self.put("1 bare/Cover.JPG", b"other")  # as large
        self.expect(self.scan(), changed=2)
        self.assertNotEqual(self.rows("SELECT artwork FROM tracks WHERE title = 'one'"), first)
        self.put("1 bare/two.lrc", b"[00:01.00]words")
        self.expect(self.scan(), changed=1)
        lyrics = "SELECT t.title, l.synced FROM lyrics l JOIN tracks t ON t.id = l.track WHERE t.title IN ('one', 'two')"
        self.assertEqual(self.rows(lyrics), [(b"two", b"[00:01.00]words")])
        os.remove(os.path.join(album, "two.lrc"))
        os.remove(os.path.join(album, "Cover.JPG"))
        self.expect(self.scan(), changed=2)
        self.assertEqual(self.rows(covers), [(2, 1, 0)])
        self.assertEqual(self.rows(lyrics), [])
        self.expect(self.scan(), changed=0)
        self.assertEqual({name: self.ids()[name] for name in before}, before)
        self.check_sound()

    def test_broken_files_are_listed_with_their_reason_once_and_the_rest_goes_in(self):
        library(self.music)
        whole = self.files()[0]
        with open(whole, "rb") as file:
            start = file.read(30)
        self.put("empty.mp3")
        self.put("text.flac", b"this is no music")
        self.put("cut." + whole.rsplit(".")[-1], start)
        self.put(b"\xff\xfe name.ogg", b"OggS no more")
        sums = self.scan()
        self.expect(sums, tracks=60, added=60, failed=4)
        self.assertEqual(len(self.problems), 4)
        self.assertEqual(self.problems["empty.mp3"]["message"], "the file is empty")
        self.assertIn("\ufffd\ufffd name.ogg", self.problems)
        self.expect(self.scan(), failed=0)
        self.assertEqual(self.problems, {})
        self.put("text.flac", b"still no music, but other")
        self.expect(self.scan(), failed=1)
        os.remove(os.path.join(self.music, "empty.mp3"))
        self.expect(self.scan(), tracks=60, failed=0)

    def test_pipes_links_loops_odd_names_and_ignored_folders(self):
        library(self.music)
        files = self.files()
        os.mkfifo(os.path.join(self.music, "pipe.mp3"))
        os.symlink(self.music, os.path.join(self.music, "loop"))
        os.symlink("nowhere.mp3", os.path.join(self.music, "dangling.mp3"))
        shutil.copy(files[0], os.path.join(os.fsencode(self.music), b"\xe9\xff\n." + os.fsencode(files[0].rsplit(".")[-1])))
        shutil.copytree(os.path.dirname(files[0]), os.path.join(self.music, "ignored", "album"))
        self.put(".tuttiignore", b"ignored/\n")
        self.put(".hidden.mp3", b"x")
        self.expect(self.scan(), tracks=61, failed=0)
        self.put(".tuttiignore", b"")
        added = self.scan()["added"]
        self.assertGreater(added, 0)
        self.put(".tuttiignore", b"ignored/\n")
        self.expect(self.scan(), tracks=61, removed=added)

    def test_a_file_that_hangs_is_told_and_the_scan_ends_without_it(self):
        library(self.music)
        path = self.files()[7]
        with hanging(path) as hangs:
            if not hangs:
                self.cannot("this kernel lets this user hold up nobody")
            begin = time.monotonic()
            self.expect(self.scan(), tracks=59, added=59, failed=1)
            took = time.monotonic() - begin
            name = os.path.relpath(path, self.music)
            self.assertEqual(self.problems[name]["code"], "timeout", self.lines)
            self.assertGreater(took, 5, "it did not hang")
            self.assertEqual(readers_below(self.music), [])
        # It is no damage of the file: the next scan tries it again.
        self.expect(self.scan(), tracks=60, added=1, failed=0)
        self.check_sound()

    def test_a_folder_that_vanishes_keeps_its_tracks_and_comes_back_with_them(self):
        library(self.music)
        self.scan()
        before = self.ids()
        os.rename(self.music, self.music + "-away")
        self.expect(self.scan(code=1), tracks=60, removed=0)
        self.assertEqual(self.lines[-2]["code"], "not_found")
        os.mkdir(self.music)  # a mount point without its disk
        self.expect(self.scan(code=1), tracks=60, removed=0)
        os.rmdir(self.music)
        os.rename(self.music + "-away", self.music)
        self.expect(self.scan(), tracks=60, added=0, removed=0)
        self.assertEqual(before, self.ids())
        self.assertEqual(self.rows("SELECT count(*) FROM folders WHERE available = 0"), [(0,)])

    def test_two_folders_live_side_by_side(self):
        library(self.music)
        other = library(os.path.join(self.folder, "other"), 20)
        self.scan()
        self.expect(self.scan(music=other), tracks=80, added=20)
        self.expect(self.scan(), tracks=80, added=0, removed=0)

    def test_data_among_the_music_is_refused(self):
        library(self.music)
        done = run("scan", self.music, "--data", os.path.join(self.music, "data"))
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(os.path.join(self.music, "data")))


class Ended(ScanCase):
    def start(self):
        return subprocess.Popen([TUTTI, "scan", self.music, "--data", self.data, "--json"], env=clean_environment(self.folder),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_two_scans_at_once_do_not_meet(self):
        library(self.music, 600)
        processes = [self.start() for _ in range(3)]
        outcomes = [(process.communicate(timeout=SCAN_S), process.returncode) for process in processes]
        codes = sorted(code for _, code in outcomes)
        self.assertEqual(codes[0], 0, outcomes)
        self.assertTrue(set(codes) <= {0, 1}, outcomes)
        for (_, errors), code in outcomes:
            if code == 1:
                self.assertRegex(errors.decode(), r"(?s)\d+")  # who holds the directory
        self.expect(self.scan(), tracks=600, added=0)
        self.check_sound()

    def test_an_interrupt_ends_it_in_order_and_the_next_goes_on(self):
        library(self.music, 600)
        process = self.start()
        self.assertTrue(wait_for(lambda: os.path.exists(os.path.join(self.data, "library.db"))))
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
        self.assertIn(process.returncode, (0, 1), errors)
        if process.returncode == 1:
            self.assertIn("cancelled", errors.decode())
            self.assertIn("tracks", json.loads(out.splitlines()[-1]))
        self.check_sound()
        self.expect(self.scan(), tracks=600)

    def test_killed_at_any_moment_the_next_scan_ends_right(self):
        library(self.music, 600)
        draw = random.Random(11)
        whole = 0.0
        for number in range(200 if LONG else 10):
            begin = time.monotonic()
            process = self.start()
            if number == 0:
                process.communicate(timeout=SCAN_S)
                whole = time.monotonic() - begin
            else:
                time.sleep(draw.uniform(0, whole))
                process.kill()
                process.communicate()
            self.check_sound()
            sums = self.scan()
            self.expect(sums, tracks=600, failed=0)
            self.expect(self.scan(), tracks=600, added=0, changed=0, removed=0)
            # Something to do for the next: an album goes, another changes its place.
            os.rename(self.files()[0], os.path.join(self.music, f"moved {number}{os.path.splitext(self.files()[0])[1]}"))
            for path in self.files()[:200]:
                os.utime(path)

    def test_no_reader_is_left_behind(self):
        library(self.music, 600)
        process = self.start()
        time.sleep(0.2)
        process.kill()
        process.communicate()
        deadline = time.monotonic() + 10
        while (left := readers_below(self.music)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(left, [])

    def test_a_full_disk_is_said_and_room_makes_it_go_on(self):
        library(self.music, 600)
        os.mkdir(self.data)
        script = ("mount -t tmpfs -o size=700k none $3 || exit 77; $1 scan $2 --data $3 --json; echo code=$?; "
                  "mount -o remount,size=100m $3; $1 scan $2 --data $3 --json; echo code=$?")
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", TUTTI, self.music, self.data],
                              env={**clean_environment(self.folder), "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}, capture_output=True, text=True,
                              timeout=SCAN_S, check=False)
        if done.returncode == 77 or "unshare" in done.stderr:
            self.cannot("this kernel lets this user mount nothing")
        lines = done.stdout.splitlines()
        self.assertIn("code=1", lines, done)
        self.assertEqual(lines[-1], "code=0", done)
        self.assertIn('"no_space"', done.stdout)
        self.expect(json.loads(lines[-2]), tracks=600)


@contextlib.contextmanager
def hanging(path):
    """Whoever opens the file waits, as on a disk that does not answer: the kernel asks us whether it may be opened
    (FAN_OPEN_PERM of fanotify(7)), and we say nothing. Gives False where that cannot be had: it takes root."""
    libc = ctypes.CDLL(None, use_errno=True)
    content, close_on_exec, add, open_perm, here = 0x4, 0x1, 0x1, ctypes.c_uint64(0x10000), -100
    asked = libc.fanotify_init(content | close_on_exec, os.O_RDONLY)
    try:
        yield asked >= 0 and libc.fanotify_mark(asked, add, open_perm, here, os.fsencode(path)) == 0
    finally:
        if asked >= 0:
            os.close(asked)  # whoever still waits is let in


def readers_below(folder):
    """Processes named tutti-media with a file below the folder open, or any at all."""
    del folder
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as name, open(f"/proc/{pid}/stat") as stat:
                if name.read().strip() == "tutti-media" and stat.read().rsplit(")", 1)[1].split()[1] == "1":
                    found.append(pid)
        except OSError:
            continue
    return found


@unittest.skipUnless(LONG, "the long form")
class Large(ScanCase):
    def test_a_hundred_thousand_files(self):
        make_library.make(self.music, 100_000, ["mp3", "ogg"], 3, 0.3)
        self.expect(self.scan(), tracks=100_000, added=100_000, failed=0)
        begin = time.monotonic()
        self.expect(self.scan(), tracks=100_000, added=0)
        self.assertLess(time.monotonic() - begin, 60 if SANITIZED else 5)


if __name__ == "__main__":
    unittest.main()
