#!/usr/bin/env python3
"""Makes a library of tagged music for tests and benchmarks: artists, albums, covers, odd names; the same for a seed.

Usage: tools/make_library.py DIR --files N [--formats flac,mp3,ogg] [--seed N] [--seconds S]

ffmpeg encodes a few base files of each format; each track is one of them with tags of its own, built here byte by byte: ID3v2.4
(and some 2.3), Vorbis comments in FLAC and Ogg, and an ilst of MP4.
"""
import argparse
import base64
import os
import random
import struct
import subprocess
import sys
import tempfile

ENCODERS = {
    "flac": ["-c:a", "flac", "-sample_fmt", "s16"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0", "-write_xing", "1"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "4"],
    "opus": ["-c:a", "libopus", "-b:a", "96k"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
}
WORDS = ("river night glass ember hollow winter signal paper violet harbour tide lantern copper meadow static orbit mirror thunder "
         "velvet canyon echo marble falcon saffron drift cinder aurora willow quartz pilgrim Sömmer Öde été 夜 Мир").split()
GENRES = ["Rock", "Jazz", "Electronic", "Classical", "Folk", "Ambient", "Hip-Hop", "Chanson", "Drum & Bass", "Tango"]
BASES = 3


def base_files(folder, formats, seconds):
    """Three encodings of noisy tones a format, without tags; their bytes."""
    found = {}
    for name in formats:
        found[name] = []
        for number in range(BASES):
            path = os.path.join(folder, f"{number}.{name}")
            tone = f"sine=frequency={220 * (number + 1)}:duration={seconds}"
            noise = f"anoisesrc=amplitude=0.1:seed={number}:duration={seconds}"
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, "-f", "lavfi", "-i", noise, "-filter_complex",
                            "amix=inputs=2,aformat=channel_layouts=stereo:sample_rates=44100", "-map_metadata", "-1", "-fflags",
                            "+bitexact", "-flags:a", "+bitexact", *ENCODERS[name], path], check=True)
            with open(path, "rb") as file:
                found[name].append(file.read())
    return found


def covers(folder):
    made = []
    for number, size in enumerate((120, 240, 300, 500)):
        path = os.path.join(folder, f"{number}.jpg")
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=size={size}x{size}:rate=1:duration={number + 1}",
                        "-vf", f"hue=h={number * 70},select=eq(n\\,{number})", "-frames:v", "1", "-q:v", "6", path], check=True)
        with open(path, "rb") as file:
            made.append(file.read())
    return made


# ID3v2
def synchsafe(value):
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3_frame(name, body, version):
    return name.encode() + (synchsafe(len(body)) if version == 4 else struct.pack(">I", len(body))) + b"\0\0" + body


def id3_text(values, version):
    if version == 4:
        return b"\x03" + b"\0".join(v.encode() for v in values)
    return b"\x01" + "/".join(values).encode("utf-16")


ID3_NAMES = {"TITLE": "TIT2", "ALBUM": "TALB", "ARTIST": "TPE1", "ALBUMARTIST": "TPE2", "COMPOSER": "TCOM", "GENRE": "TCON",
             "ALBUMARTISTSORT": "TSO2", "ARTISTSORT": "TSOP", "DISCSUBTITLE": "TSST"}


def id3(tags, cover, version):
    out = b""
    for name, values in tags.items():
        if name in ID3_NAMES:
            out += id3_frame(ID3_NAMES[name], id3_text(values, version), version)
        elif name.startswith(("REPLAYGAIN", "MUSICBRAINZ")):
            out += id3_frame("TXXX", (b"\x03" if version == 4 else b"\x00") + name.encode() + b"\0" + values[0].encode(), version)
    out += id3_frame("TRCK", id3_text([f"{tags['TRACKNUMBER'][0]}/{tags['TRACKTOTAL'][0]}"], version), version)
    out += id3_frame("TPOS", id3_text(tags["DISCNUMBER"], version), version)
    out += id3_frame("TDRC" if version == 4 else "TYER", id3_text([tags["DATE"][0] if version == 4 else tags["DATE"][0][:4]], version),
                     version)
    if cover:
        out += id3_frame("APIC", b"\0image/jpeg\0\x03\0" + cover, version)
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(out) + 256) + out + bytes(256)


# Vorbis comments
def picture_block(cover):
    mime = b"image/jpeg"
    return (struct.pack(">II", 3, len(mime)) + mime + struct.pack(">IIIIII", 0, 0, 0, 24, 0, len(cover)) + cover)


def vorbis_comment(tags, cover=None):
    fields = [f"{name}={value}".encode() for name, values in tags.items() for value in values]
    if cover:
        fields.append(b"METADATA_BLOCK_PICTURE=" + base64.b64encode(picture_block(cover)))
    vendor = b"tutti"
    return (struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(fields))
            + b"".join(struct.pack("<I", len(field)) + field for field in fields))


def flac(base, tags, cover):
    at = 4
    kept = []
    while True:
        kind, size = base[at] & 0x7F, int.from_bytes(base[at + 1:at + 4], "big")
        last = base[at] & 0x80
        if kind in (0, 3):  # stream info, seek table
            kept.append((kind, base[at + 4:at + 4 + size]))
        at += 4 + size
        if last:
            break
    kept.append((4, vorbis_comment(tags)))
    if cover:
        kept.append((6, picture_block(cover)))
    kept.append((1, bytes(1024)))
    blocks = b""
    for number, (kind, body) in enumerate(kept):
        blocks += bytes([kind | (0x80 if number + 1 == len(kept) else 0)]) + len(body).to_bytes(3, "big") + body
    return b"fLaC" + blocks + base[at:]


# Ogg
def ogg_crc_table():
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


CRC = ogg_crc_table()


def ogg_page(serial, number, packets):
    """One page of whole packets."""
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    assert len(lacing) <= 255
    page = bytearray(b"OggS\0\0" + bytes(8) + serial + struct.pack("<I", number) + bytes(4) + bytes([len(lacing)]) + lacing
                     + b"".join(packets))
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ CRC[value >> 24 ^ byte]
    page[22:26] = struct.pack("<I", value)
    return bytes(page)


def ogg_pages(data):
    at = 0
    while at < len(data):
        segments = data[at + 26]
        lacing = data[at + 27:at + 27 + segments]
        size = 27 + segments + sum(lacing)
        yield at, size, lacing
        at += size


def ogg(base, tags, cover, is_opus):
    """Only where the header stays on one page, so that no later page has to be numbered anew: small covers, few tags."""
    pages = list(ogg_pages(base))
    comment = (b"OpusTags" if is_opus else b"\x03vorbis") + vorbis_comment(tags, cover) + (b"" if is_opus else b"\x01")
    at, size, lacing = pages[1]
    packets, begin, length = [], at + 27 + len(lacing), 0
    for value in lacing:
        length += value
        if value < 255:
            packets.append(base[begin:begin + length])
            begin, length = begin + length, 0
    packets[0] = comment
    assert not length and len(packets) == (1 if is_opus else 2)
    return base[:pages[0][1]] + ogg_page(base[14:18], 1, packets) + base[at + size:]


# MP4
def atom(name, body):
    return struct.pack(">I", 8 + len(body)) + name + body


MP4_NAMES = {"TITLE": b"\xa9nam", "ALBUM": b"\xa9alb", "ARTIST": b"\xa9ART", "ALBUMARTIST": b"aART", "COMPOSER": b"\xa9wrt",
             "GENRE": b"\xa9gen", "DATE": b"\xa9day"}


def mp4(base, tags, cover):
    """ffmpeg writes moov behind mdat, so it can grow."""
    at = base.rindex(b"moov") - 4
    moov = base[at + 8:]
    kept = b""
    while moov:
        size = int.from_bytes(moov[:4], "big")
        if moov[4:8] != b"udta":
            kept += moov[:size]
        moov = moov[size:]
    items = b""
    for name, values in tags.items():
        if name in MP4_NAMES:
            items += atom(MP4_NAMES[name], b"".join(atom(b"data", struct.pack(">II", 1, 0) + v.encode()) for v in values))
        elif name.startswith(("REPLAYGAIN", "MUSICBRAINZ")):
            items += atom(b"----", atom(b"mean", bytes(4) + b"com.apple.iTunes") + atom(b"name", bytes(4) + name.lower().encode())
                          + atom(b"data", struct.pack(">II", 1, 0) + values[0].encode()))
    items += atom(b"trkn", atom(b"data", struct.pack(">IIHHHH", 0, 0, 0, int(tags["TRACKNUMBER"][0]), int(tags["TRACKTOTAL"][0]), 0)))
    if cover:
        items += atom(b"covr", atom(b"data", struct.pack(">II", 13, 0) + cover))
    meta = atom(b"meta", bytes(4) + atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9)) + atom(b"ilst", items))
    return base[:at] + atom(b"moov", kept + atom(b"udta", meta))


def tagged(name, base, tags, cover, draw):
    if name == "flac":
        return flac(base, tags, cover)
    if name == "mp3":
        return id3(tags, cover, 4 if draw.random() < 0.8 else 3) + base
    if name == "m4a":
        return mp4(base, tags, cover)
    return ogg(base, tags, cover if cover and len(cover) < 20_000 else None, name == "opus")


def words(draw, most):
    return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, most))).capitalize()


def uuid(draw):
    text = f"{draw.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def file_name(text):
    return text.replace("/", "_")


def album_tags(draw, artist, total):
    tags = {"ALBUM": [words(draw, 4)], "ALBUMARTIST": [artist], "ALBUMARTISTSORT": [artist], "DATE": [f"{draw.randint(1955, 2024)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}"],
            "GENRE": draw.sample(GENRES, draw.choice((1, 1, 1, 2))), "DISCNUMBER": ["1"], "TRACKTOTAL": [str(total)],
            "MUSICBRAINZ_ALBUMID": [uuid(draw)], "REPLAYGAIN_ALBUM_GAIN": [f"{draw.uniform(-12, 2):.2f} dB"]}
    return tags


def make(folder, files, formats, seed, seconds):
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        bases = base_files(scratch, formats, seconds)
        images = covers(scratch)
    made = albums = 0
    while made < files:
        artist = words(draw, 3)
        for _ in range(draw.randint(1, 4)):
            total = min(draw.randint(6, 16), files - made)
            if total <= 0:
                return
            album = album_tags(draw, artist, total)
            where = os.path.join(folder, file_name(artist), f"{album['DATE'][0][:4]} {file_name(album['ALBUM'][0])} {made}")
            os.makedirs(where, exist_ok=True)
            cover = draw.choice(images) if draw.random() < 0.4 else None
            if draw.random() < 0.5:
                with open(os.path.join(where, draw.choice(("cover.jpg", "Folder.jpg"))), "wb") as file:
                    file.write(draw.choice(images))
            kind = formats[albums % len(formats)]
            albums += 1
            for number in range(1, total + 1):
                guest = [words(draw, 2)] if draw.random() < 0.1 else []
                tags = {"TITLE": [words(draw, 5)], "ARTIST": [artist, *guest], **album, "TRACKNUMBER": [str(number)],
                        "MUSICBRAINZ_TRACKID": [uuid(draw)], "REPLAYGAIN_TRACK_GAIN": [f"{draw.uniform(-12, 2):.2f} dB"],
                        "REPLAYGAIN_TRACK_PEAK": [f"{draw.uniform(0.5, 1):.6f}"]}
                if draw.random() < 0.3:
                    tags["COMPOSER"] = [words(draw, 2)]
                with open(os.path.join(where, f"{number:02d} {file_name(tags['TITLE'][0])}.{kind}"), "wb") as file:
                    file.write(tagged(kind, draw.choice(bases[kind]), tags, cover, draw))
                made += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--formats", default="flac,mp3,ogg")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8)
    args = parser.parse_args()
    formats = args.formats.split(",")
    unknown = set(formats) - set(ENCODERS)
    if unknown:
        print(f"error: no format {', '.join(sorted(unknown))}; there are {', '.join(ENCODERS)}", file=sys.stderr)
        return 2
    make(args.folder, args.files, formats, args.seed, args.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
