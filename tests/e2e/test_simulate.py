"""Guards `tutti simulate`: a seed repeats a run, wrong usage says so, and the picture is one."""
import json
import os
import unittest
import xml.etree.ElementTree

from kit import Case, run


class Simulate(Case):
    def lines(self, *args):
        done = run("simulate", "--json", "--minutes", "0.5", *args)
        self.assertEqual(done.returncode, 0, done)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_the_same_seed_is_the_same_run_and_another_is_another(self):
        one, two = self.lines("--seed", "5", "--seeds", "2")
        again = self.lines("--seed", "5")[0]
        for report in (one, again):
            for measured in ("wall_seconds", "steps_per_second", "times_real_time"):
                del report[measured]
        self.assertEqual(one, again)
        self.assertEqual((one["seed"], one["violations"]), (5, 0))
        self.assertRegex(one["trace"], r"^[0-9a-f]{32}$")
        self.assertGreater(one["steps"], 1000)
        self.assertNotEqual(one["trace"], two["trace"])

    def test_a_run_is_drawn(self):
        picture = os.path.join(self.folder, "run.svg")
        done = run("simulate", "--minutes", "0.5", "--workload", "idle", "--faults", "none", "--svg", picture)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("no violation", done.stdout)
        self.assertTrue(xml.etree.ElementTree.parse(picture).getroot().tag.endswith("svg"))

    def test_wrong_usage_is_2_and_says_what_is_known(self):
        for args, known in ((["--faults", "weather"], "network, clock, disk"), (["--hours", "0"], "more than nothing"),
                            (["--clients", "0"], "--clients"), (["--workload", "sleep"], "idle")):
            with self.subTest(args=args):
                done = run("simulate", *args)
                self.assertEqual(done.returncode, 2, done)
                self.assertRegex(done.stderr, r"^error: .")
                self.assertIn(known, done.stderr)


if __name__ == "__main__":
    unittest.main()
