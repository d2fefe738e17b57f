"""Guards `tutti explore`: a violation's trace runs again, and each thing that is not as it should be is said as what it is.

How: the wrong variant of one row, whose trace is damaged, cut, taken from another build or made to diverge.
"""
import json
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree

from kit import Case, run

ROW = "RC-9"
WRONG = ROW + " wrong"


class Explore(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp()
        self.trace = os.path.join(self.folder, "trace.txt")

    def file(self, text):
        path = os.path.join(self.folder, "other.txt")
        with open(path, "w") as out:
            out.write(text)
        return path

    def found(self):
        done = run("explore", "--scenario", WRONG, "--exhaustive", "--trace", self.trace)
        self.assertEqual(done.returncode, 0, done)
        with open(self.trace) as file:
            return file.read()

    def test_a_row_is_found_clean_and_shipped(self):
        done = run("explore", "--scenario", ROW, "--times", "0.01", "--json", timeout=120)
        self.assertEqual(done.returncode, 0, done)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        kinds = {line["kind"] for line in lines if "kind" in line}
        self.assertEqual(kinds, {"wrong", "repaired", "shipped"})
        for line in lines:
            if "kind" not in line:
                continue
            self.assertEqual(line["violations"] > 0, line["kind"] == "wrong", line)
            self.assertGreater(line["runs"], 0)
        row = next(line for line in lines if "title" in line)
        self.assertEqual((row["fifo"], row["faults"]), ("passes", []))
        for hits in row["schedules_to_first_violation"].values():
            self.assertLessEqual(1, hits["median"])
        self.assertLessEqual(row["trace_steps"]["after"], row["trace_steps"]["before_shrinking"])
        self.assertEqual(lines[-1]["faults"], 0)

    def test_a_trace_runs_again(self):
        text = self.found()
        core = run("--version").stdout.split()[-1]
        self.assertIn(f"\nbuild {core}\n", text)  # what was explored is what is shipped
        done = run("explore", "--replay", self.trace)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^reproduced in \d+ steps: ")
        broken = re.search(r"^broken (.*)$", text, re.M).group(1)
        self.assertEqual(json.loads(run("explore", "--replay", self.trace, "--json").stdout)["violation"], broken)

    def test_a_trace_of_another_build_is_said_to_be_one_and_run(self):
        done = run("explore", "--replay", self.file(with_hash(re.sub(r"^build .*$", "build 0123", self.found(), flags=re.M))))
        self.assertIn("the trace is from another build: its core is 0123", done.stderr)
        self.assertIn("reproduced", done.stdout)

    def test_a_damaged_trace_is_said_to_be_one_and_not_run(self):
        text = self.found()
        lines = text.splitlines(keepends=True)
        for damaged, why in ((text[:-10], "damaged in line"), ("".join(lines[:4] + lines[5:]), "missing or were changed"),
                             (text.replace("|", "!", 1), "damaged in line"), ("", "this is no trace"), ("\x7fELF", "this is no trace")):
            done = run("explore", "--replay", self.file(damaged))
            self.assertEqual(done.returncode, 2, done)
            self.assertRegex(done.stderr, "^error: .*" + why)
            self.assertEqual(done.stdout, "")

    def test_a_trace_that_does_not_fit_diverges(self):
        other = with_hash(re.sub(r"^(\d+ \| [^|]* \|) [^|]* \|", r"\1 sings |", self.found(), count=1, flags=re.M))
        done = run("explore", "--replay", self.file(other))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^diverged at step 1: \".* sings\" is not possible here")

    def test_what_is_unknown_is_said_with_the_nearest(self):
        done = run("explore", "--scenario", "RC-99")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r'no scenario "RC-99", did you mean "RC-\d+"\?')
        self.assertEqual(run("explore", "--report", "007").returncode, 2)
        self.assertEqual(run("explore").returncode, 2)
        self.assertEqual(run("explore", "--scenario", WRONG, "--exhaustive", "--seed", "1").returncode, 2)
        missing = run("explore", "--replay", os.path.join(self.folder, "none"))
        self.assertEqual((missing.returncode, "cannot be read" in missing.stderr), (2, True))
        unknown = run("explore", "--replay", self.file(with_hash(self.found().replace("scenario RC-9 wrong", "scenario RC-8x wrong"))))
        self.assertIn("no scenario", unknown.stderr)

    def test_the_same_seed_says_the_same(self):
        told = [run("explore", "--scenario", "registry", "--seed", "7", "--schedules", "500", "--json").stdout for _ in range(2)]
        without_time = [re.sub(r'"seconds":[^,]*,', "", text) for text in told]
        self.assertEqual(without_time[0], without_time[1])
        self.assertEqual(json.loads(told[0])["runs"], 500)

    def test_pictures_are_whole_pages(self):
        page = os.path.join(self.folder, "page.html")
        run("explore", "--scenario", WRONG, "--exhaustive", "--html", page)
        gallery = os.path.join(self.folder, "gallery")
        self.assertEqual(run("explore", "--gallery", gallery, timeout=120).returncode, 0)
        pages = [page] + [os.path.join(gallery, name) for name in os.listdir(gallery)]
        self.assertGreater(len(pages), 2)
        for path in pages:
            with open(path) as file:
                text = file.read()
            self.assertRegex(text, r"(?is)^<!doctype html>.*</html>\s*$")
            for picture in re.findall(r"(?s)<svg.*?</svg>", text):
                xml.etree.ElementTree.fromstring(picture)
            self.assertIn(ROW if path.endswith("index.html") else "<svg", text)
        bad = run("explore", "--gallery", os.path.join(self.folder, "no", "such"))
        self.assertEqual(bad.returncode, 2)


def with_hash(text):
    """The trace with the last line that its other lines need: by asking for it, since the hash is tutti's own."""
    above = text[:text.rindex("end ")]
    return above + f"end {len(re.findall(r'^[0-9]+ [|]', above, re.M))} {digest(above.encode()):016x}\n"


def mix(value):
    value &= (1 << 64) - 1
    value = ((value ^ (value >> 30)) * 0xbf58476d1ce4e5b9) & ((1 << 64) - 1)
    value = ((value ^ (value >> 27)) * 0x94d049bb133111eb) & ((1 << 64) - 1)
    return value ^ (value >> 31)


def digest(data, seed=0x9e3779b97f4a7c15):
    value = seed
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        value = (mix(value ^ int.from_bytes(data[at:at + 8], "little")) + seed) & ((1 << 64) - 1)
    for byte in data[whole:]:
        value = (mix(value ^ byte) + seed) & ((1 << 64) - 1)
    return value


if __name__ == "__main__":
    unittest.main()
