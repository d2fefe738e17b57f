"""`tutti bench` runs from begin to end and says what it promises: every row, both peers, a chart. No figure is judged.

Needs build/release/tutti, node and npm.
"""
import json
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build", "release", "tutti")
SMALL = ["--clients", "20", "--runs", "1", "--seconds", "0.1"]
PEERS = {"echo_1": "ws", "echo_1_bare": "bare", "echo_16": "ws", "echo_16_bare": "bare", "echo_alone": "ws",
         "echo_alone_bare": "bare", "echo_tls": "clear text", "broadcast": "bare send", "broadcast_ws": "ws", "idle_mb": "ws", "idle_kb": "ws",
         "accept_rate": "ws", "accept_cpu": "ws"}


def bench(*arguments):
    return subprocess.run([PROGRAM, "bench", *arguments], capture_output=True, text=True, timeout=120, check=False)


class Bench(unittest.TestCase):
    def test_every_row_is_measured_and_the_chart_is_xml(self):
        with tempfile.TemporaryDirectory() as folder:
            chart = os.path.join(folder, "chart.svg")
            run = bench("ws", *SMALL, "--json", "--svg", chart)
            self.assertEqual(run.returncode, 0, run.stderr)
            report = json.loads(run.stdout)
            self.assertEqual({row["name"]: row["peer"] for row in report["rows"]}, PEERS)
            for row in report["rows"]:
                self.assertEqual(len(row["samples"]), 1, row)
                self.assertEqual(len(row["peer_samples"]), 1, row)
                if row["name"].startswith(("echo", "accept", "idle_mb")):
                    self.assertGreater(row["tutti"], 0, row)
                    self.assertGreater(row["peer_value"], 0, row)
            self.assertEqual(report["ok"], all(row.get("ok", True) for row in report["rows"]))
            texts = [e.text for e in xml.etree.ElementTree.parse(chart).iter() if e.text and e.tag.endswith("text")]
            self.assertEqual(texts.count("tutti"), len(PEERS))

    def test_the_table_has_a_line_for_each_row(self):
        run = bench("ws", *SMALL)
        self.assertEqual(run.returncode, 0, run.stderr)
        for peer in set(PEERS.values()):
            self.assertIn(f"({peer})", run.stdout)
        self.assertEqual(sum(line.endswith((" ok", " short")) for line in run.stdout.splitlines()), 7)

    def test_the_explorer_is_measured_and_both_come_one_after_the_other(self):
        run = bench("all", "--clients", "20", "--runs", "1", "--seconds", "0.05", "--files", "100", "--tracks", "2000", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        reports = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual([report["bench"] for report in reports], ["ws", "explore", "render", "play", "scan", "search", "clock"])
        rows = {row["name"]: row for row in reports[1]["rows"]}
        for name in ("walk", "surw", "pct", "portfolio", "stateless", "stateful", "shipped_registry", "shipped_server_2x2"):
            self.assertGreater(rows[name]["tutti"], 0, name)
        self.assertEqual(rows["not_found"]["tutti"], 0)
        self.assertEqual(len(reports[3]["rows"]), 11)
        for row in reports[3]["rows"]:
            self.assertGreater(row["tutti"], 0, row)
        for row in reports[4]["rows"]:
            self.assertGreater(row["tutti"], 0, row)
            self.assertEqual(row.get("peer", ""), "" if row["name"] == "tags" else "mpd", row)
        search = {row["name"]: row for row in reports[5]["rows"]}
        for name in ("write_cpu", "letters_1_p99", "letters_9_max", "all_median", "all_p99"):
            self.assertGreater(search[name]["tutti"], 0, name)
        self.assertEqual(search["all_median"]["peer"], "LIKE")
        self.assertGreater(search["all_median"]["peer_value"], 0)

    def test_the_clock_stands_beside_three_methods_and_repeats(self):
        with tempfile.TemporaryDirectory() as folder:
            chart = os.path.join(folder, "chart.svg")
            run = bench("clock", "--runs", "1", "--json", "--svg", chart)
            self.assertEqual(run.returncode, 0, run.stderr)
            rows = json.loads(run.stdout)["rows"]
            names = {row["name"]: row for row in rows}
            for network, target in (("wired", 4), ("wifi", 60), ("wide", 240)):
                for ppm in (0, 20, 100):
                    ours = {names[f"{network}_{ppm}_{method}"]["tutti"] for method in ("aioresonate", "reference", "snapcast")}
                    self.assertEqual(len(ours), 1)
                    self.assertEqual(names[f"{network}_{ppm}_snapcast"]["target"], target)
                # Without a drift the lag is 100 s times the drift: 2 ms at 20 ppm, 10 ms at 100.
                self.assertGreater(names[f"{network}_100_snapcast"]["peer_value"], 9000)
                self.assertGreater(names[f"step_{network}"]["peer_value"], names[f"step_{network}"]["tutti"])
            texts = [e.text for e in xml.etree.ElementTree.parse(chart).iter() if e.text and e.tag.endswith("text")]
            self.assertEqual(texts.count("tutti"), len(rows))
            self.assertEqual(texts.count("Snapcast"), 9)
        # Simulated: the same figures again, but for the CPU time.
        again = json.loads(bench("clock", "--runs", "1", "--json").stdout)["rows"]
        self.assertEqual(again[:-1], rows[:-1])
        self.assertEqual(rows[-1]["name"], "cpu")

    def test_no_server_is_left_behind(self):
        before = tutti_servers()
        self.assertEqual(bench("ws", *SMALL, "--json").returncode, 0)
        self.assertEqual(tutti_servers() - before, set())

    def test_wrong_usage_is_said(self):
        for wrong in (["nothing"], ["--runs", "0"], ["--clients", "x"]):
            run = bench(*wrong)
            self.assertEqual(run.returncode, 2, wrong)
            self.assertIn("error:", run.stderr)

    def test_more_connections_than_files_may_be_open_is_said_at_once(self):
        run = bench("ws", "--clients", "1000000")
        self.assertEqual(run.returncode, 1)
        self.assertIn("ulimit", run.stderr)


def tutti_servers():
    """Pids of servers that a bench of this program started."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
            executable = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue
        if executable == PROGRAM and b"tutti-bench-" in command:
            found.add(pid)
    return found


if __name__ == "__main__":
    unittest.main()
