"""Guards: two clones make equal objects (so that ccache serves both), the programs link nothing under the GPL, and the
archive that is shipped is the one whose hash is printed. How: one file compiled in two folders; ldd; sha256."""
import hashlib
import os
import re
import shlex
import json
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
# What the program may load: permissive licences and the C and C++ runtimes (whose licence excepts linking).
MAY_LINK = ("linux-vdso", "libuv", "libssl", "libcrypto", "libz", "libsqlite3", "libfmt", "libstdc++", "libm", "libgcc_s",
            "libc", "ld-linux", "libpthread", "libdl", "librt", "libzstd", "libtag", "libjpeg", "libpng16", "libwebp", "libsoxr", "libgomp",
            "libpugixml", "libxxhash", "libFLAC", "libogg", "libopus")


class Build(unittest.TestCase):
    def setUp(self):
        for needed in ("compile_commands.json", "tutti"):
            if not os.path.exists(os.path.join(BUILD, needed)):
                message = f"NOT RUN: build/release/{needed} is not there yet"
                self.fail(message) if os.environ.get("CI") else self.skipTest(message)

    def command_of(self, source):
        with open(os.path.join(BUILD, "compile_commands.json")) as file:
            entry = next(e for e in json.load(file) if e["file"] == os.path.join(ROOT, source) and "mutants" not in e["command"])
        return [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]

    def test_one_file_in_two_folders_gives_equal_objects(self):
        digests = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as clone:
                shutil.copytree(os.path.join(ROOT, "core"), os.path.join(clone, "core"))
                words = [word.replace(ROOT, clone) for word in self.command_of("core/live/registry.cpp")]
                words[words.index("-o") + 1] = os.path.join(clone, "out.o")
                subprocess.run(words, cwd=clone, check=True)
                with open(os.path.join(clone, "out.o"), "rb") as file:
                    digests.append(hashlib.sha256(file.read()).hexdigest())
        self.assertEqual(digests[0], digests[1])

    def test_the_program_links_what_its_licence_allows(self):
        out = subprocess.run(["ldd", os.path.join(BUILD, "tutti")], capture_output=True, text=True, check=True).stdout
        names = [os.path.basename(line.split()[0]) for line in out.splitlines() if line.strip()]
        self.assertGreater(len(names), 5)
        for name in names:
            self.assertTrue(re.match(r"(%s)[-.\d]" % "|".join(map(re.escape, MAY_LINK)), name), name)

    def test_the_printed_hash_is_of_the_archives(self):
        each = ""
        for archive in ("libmachines.a", "libsignal.a"):
            with open(os.path.join(BUILD, archive), "rb") as file:
                each += hashlib.sha256(file.read()).hexdigest()
        wanted = hashlib.sha256(each.encode()).hexdigest()[:16]
        out = subprocess.run([os.path.join(BUILD, "tutti"), "--version"], capture_output=True, text=True, check=True).stdout
        self.assertIn("core " + wanted, out)


if __name__ == "__main__":
    unittest.main()
