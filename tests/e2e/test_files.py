"""Guards what a server does with files for its people: covers made to fit and kept, tags written only where that is switched
on, playlists of XSPF in and out; hostile images and playlists are refused and nothing falls."""
import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib
from urllib.parse import quote

from kit import Case, connect_session, wait_for
from music import scanned, write_flac


def png(width, height, rows=None):
    """Red on the left, blue on the right; `rows`: fewer than the header says."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    line = b"\0" + b"\xff\0\0" * (width // 2) + b"\0\0\xff" * (width - width // 2)
    pixels = zlib.compress(line * (height if rows is None else rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def jpeg_size(data):
    """Width and height from the frame header."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height


class Files(Case):
    FLAGS = ()

    def setUp(self):
        super().setUp()
        self.music = tempfile.mkdtemp(prefix="tutti-e2e-files-")
        self.addCleanup(shutil.rmtree, self.music, True)
        self.fill()
        self.server = self.serve("--music", self.music, *self.FLAGS)
        scanned(self.server, self.TRACKS)

    def path(self, *names):
        return os.path.join(self.music, *names)

    def put(self, data, *names):
        os.makedirs(os.path.dirname(self.path(*names)), exist_ok=True)
        with open(self.path(*names), "wb") as out:
            out.write(data)
        return self.path(*names)

    def bytes_of(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def track(self, title):
        return next(t for t in self.server.json("/api/tracks?limit=500")["tracks"] if t["title"] == title)

    def send(self, method, target, **args):
        return self.server.get(target, method=method, body=json.dumps(args).encode())


class Covers(Files):
    TRACKS = 5

    def fill(self):
        for album in ("Embedded", "Beside", "Text", "Huge", "Cut"):
            write_flac(self.path(album, "1.flac"), album, album=album, seconds=0.2)
        self.put(png(600, 300), "picture.png")
        subprocess.run(["metaflac", "--import-picture-from=" + self.path("picture.png"), self.path("Embedded", "1.flac")], check=True)
        self.put(png(300, 600), "Beside", "Folder.png")
        self.put(b"this is no image", "Text", "cover.jpg")
        self.put(png(20_000, 20_000, rows=1), "Huge", "cover.png")
        self.put(png(400, 400, rows=10), "Cut", "cover.png")

    def get(self, title, rest="", headers=()):
        return self.server.get(f"/api/artwork/{self.track(title)['artwork']}{rest}", headers)

    def test_a_cover_fits_into_what_was_asked_for_and_is_kept(self):
        for title, size, fits in (("Embedded", 64, (64, 32)), ("Embedded", 200, (256, 128)), ("Embedded", 1024, (600, 300)),
                                  ("Beside", 100, (64, 128)), ("Beside", 512, (256, 512))):
            answer = self.get(title, f"?size={size}")
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.header("Content-Type"), "image/jpeg")
            self.assertEqual(jpeg_size(answer.body), fits)
            self.assertIn("immutable", answer.header("Cache-Control"))
            again = self.get(title, f"?size={size}")
            self.assertEqual(again.body, answer.body)
            known = self.get(title, f"?size={size}", [("If-None-Match", answer.header("ETag"))])
            self.assertEqual((known.status, known.body), (304, b""))
        os.rename(self.path("Beside", "Folder.png"), self.path("Beside", "gone.png"))
        self.assertEqual(self.get("Beside", "?size=512").status, 200)  # from the file that was kept

    def test_the_album_has_its_tracks_cover(self):
        albums = {a["title"]: a for a in self.server.json("/api/albums")["albums"]}
        self.assertEqual(albums["Embedded"]["artwork"], self.track("Embedded")["artwork"])

    def test_what_is_no_image_is_refused_and_nothing_falls(self):
        self.assertEqual(self.get("Text").error()["code"], "unsupported")
        self.assertEqual(self.get("Huge").error()["code"], "too_large")
        cut = self.get("Cut")
        self.assertTrue(cut.status == 200 or cut.error()["code"] == "corrupt", cut)
        for key, status in (("0" * 32, 404), ("f" * 32, 404), ("F" * 32, 400), ("12", 400), (quote("../" * 10, safe=""), 400)):
            self.assertEqual(self.server.get("/api/artwork/" + key).status, status, key)
        for size in ("0", "1025", "-1", "big"):
            self.assertEqual(self.get("Embedded", "?size=" + size).status, 400)
        self.assertEqual(self.get("Embedded").status, 200)

    def test_a_cover_of_a_folder_that_is_not_seen_is_not_there(self):
        other = tempfile.mkdtemp(prefix="tutti-e2e-files-")
        self.addCleanup(shutil.rmtree, other, True)
        write_flac(os.path.join(other, "1.flac"), "Other", seconds=0.2)
        key = self.track("Embedded")["artwork"]
        self.server.stop()
        self.server = self.serve("--music", self.music, "--music", other)
        scanned(self.server, self.TRACKS + 1)
        self.assertEqual(self.server.get("/api/artwork/" + key).status, 200)
        account = self.server.json("/api/server")["account"]
        seen = next(f["id"] for f in self.server.json("/api/folders")["folders"] if f["tracks"] == 1)
        self.assertEqual(self.send("PUT", f"/api/accounts/{account}/folders", folders=[seen]).status, 200)
        self.assertEqual(self.server.get("/api/artwork/" + key).status, 404)

    def test_bytes_are_not_had_over_the_socket(self):
        session = connect_session(self.server)
        answer = session.ask("call", name="artwork.get", args={"artwork": "0" * 32})
        self.assertIn("HTTP", json.dumps(answer))
        session.close()


class Closed(Files):
    TRACKS = 1

    def fill(self):
        write_flac(self.path("1.flac"), "One", seconds=0.2)

    def test_files_are_not_written_unless_that_is_switched_on(self):
        before = self.bytes_of("1.flac")
        answer = self.send("PATCH", f"/api/tracks/{self.track('One')['id']}/tags", edits=[{"field": "title", "values": ["Two"]}])
        self.assertEqual(answer.status, 403)
        self.assertIn("edit_tags", answer.error()["hint"])
        self.assertEqual(self.bytes_of("1.flac"), before)


class Tags(Files):
    TRACKS = 12
    FLAGS = ("--edit-tags",)

    def fill(self):
        for n in range(12):
            write_flac(self.path("Album", f"{n}.flac"), f"Track {n}", number=n + 1, seconds=0.2, tone=100 + n)

    def edit(self, which, /, **fields):
        edits = [{"field": k, "values": v} for k, v in fields.items()]
        return self.send("PATCH", f"/api/tracks/{which}/tags", edits=edits)

    def sum_of(self, n):
        return subprocess.run(["metaflac", "--show-md5sum", self.path("Album", f"{n}.flac")], check=True, capture_output=True).stdout

    def test_an_edit_is_in_the_file_and_then_in_the_library_under_the_same_id(self):
        track = self.track("Track 3")["id"]
        audio = self.sum_of(3)
        answer = self.edit(track, title=["Ärger im Bündel"], artist=["One", "Other"], genre=["Jazz", "Folk"], track=["4/12"],
                           date=["1994-05-01"], album=[])
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(self.sum_of(3), audio)
        tags = subprocess.run(["metaflac", "--export-tags-to=-", self.path("Album", "3.flac")], check=True, capture_output=True,
                              text=True).stdout
        self.assertIn("TITLE=Ärger im Bündel", tags)
        self.assertNotIn("ALBUM=", tags)
        found = wait_for(lambda: (t := self.server.json(f"/api/tracks/{track}"))["track"]["title"] == "Ärger im Bündel" and t)
        self.assertEqual([a["name"] for a in found["track"]["artists"]], ["One", "Other"])
        self.assertEqual(found["track"]["genres"], ["Jazz", "Folk"])
        self.assertEqual(sorted(os.listdir(self.path("Album"))), sorted(f"{n}.flac" for n in range(12)))

    def test_what_is_no_tag_is_refused_and_changes_nothing(self):
        track = self.track("Track 1")["id"]
        before = self.bytes_of("Album", "1.flac")
        for fields in ({"title": ["A", "B"]}, {"track": ["three"]}, {"date": ["yesterday"]}, {"title": [""]}, {"nonsense": ["x"]}, {}):
            answer = self.edit(track, **fields)
            self.assertEqual(answer.status, 400, fields)
            self.assertTrue(answer.error()["message"])
        self.assertEqual(self.edit("0000000000001", title=["x"]).status, 404)
        self.assertEqual(self.bytes_of("Album", "1.flac"), before)
        os.unlink(self.path("Album", "1.flac"))
        self.assertEqual(self.edit(track, title=["x"]).status, 404)

    def test_edits_beside_scans_all_arrive(self):
        ids = {n: self.track(f"Track {n}")["id"] for n in range(12)}
        for turn in range(3):
            for n, track in ids.items():
                self.assertEqual(self.edit(track, title=[f"Turn {turn} of {n}"]).status, 200)
                if n % 4 == 0:
                    self.assertEqual(self.send("POST", "/api/library/scan").status, 200)
        wanted = {track: f"Turn 2 of {n}" for n, track in ids.items()}
        state = lambda: {t["id"]: t["title"] for t in self.server.json("/api/tracks?limit=500")["tracks"]}
        self.assertTrue(wait_for(lambda: state() == wanted), state())


class Xspf(Files):
    TRACKS = 2

    def fill(self):
        for name in ("Öl & Wein", "b"):
            write_flac(self.path("A", name + ".flac"), name, seconds=0.2)

    def test_out_and_in_again_is_the_same_playlist(self):
        tracks = [self.track("Öl & Wein")["id"], self.track("b")["id"]]
        made = self.send("POST", "/api/playlists", name="Mine", tracks=tracks).json()["playlist"]["id"]
        folder = self.server.json("/api/folders")["folders"][0]["id"]
        out = self.server.json(f"/api/playlists/{made}/file?format=xspf&folder={folder}")
        self.assertEqual(out["name"], "Mine")
        self.assertIn("<location>A/%C3%96l%20%26%20Wein.flac</location>", out["text"])
        back = self.send("POST", "/api/playlists/import", name="Again", format="xspf", text=out["text"], folder=folder).json()
        self.assertEqual((back["found"], back["missing"]), (2, []))
        items = self.server.json(f"/api/playlists/{back['playlist']['id']}")["items"]
        self.assertEqual([i["id"] for i in items], tracks)

    def test_hostile_files_are_refused_and_foreign_paths_are_missing(self):
        bomb = '<!DOCTYPE p [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        track = "<track><location>{}</location></track>"
        form = bomb + '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>{}</trackList></playlist>'
        paths = ("file:///etc/passwd", "../../etc/passwd", "http://example.org/a.mp3", "&b;", "A/b.flac")
        text = form.format("".join(track.format(p) for p in paths))
        answer = self.send("POST", "/api/playlists/import", name="x", format="xspf", text=text).json()
        self.assertEqual(answer["found"], 1)
        self.assertEqual(len(answer["missing"]), 4)
        for text in ("", "<html/>", "<playlist", "\0\0\0"):
            self.assertEqual(self.send("POST", "/api/playlists/import", name="x", format="xspf", text=text).status, 400, text)


if __name__ == "__main__":
    unittest.main()
