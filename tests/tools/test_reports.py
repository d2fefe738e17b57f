"""Guards: docs/reports.md has a line for every race, each line names only what exists, and none waits for what is there.

How: the page is checked against the sources (reports_check.py). Then the checker is checked: each defect is put into a copy
of the page, or of what the sources say, and must be found.
"""
import dataclasses
import os
import re
import subprocess
import unittest

from reports_check import (PAGE, PARTS, ROOT, WITHOUT_SCENARIO, Row, faults, read, read_tree, sections, sources, table)

TEXT = read(PAGE)
TREE = read_tree()


class Page(unittest.TestCase):
    def test_the_page_is_true(self):
        self.assertEqual(faults(TEXT, TREE), [])

    def test_every_row_of_the_program_was_read(self):
        listed = re.findall(r"^      row_(\w+)\(\),$", read("sim/races/rows.cpp"), re.M)
        self.assertGreater(len(listed), 50)
        self.assertEqual(sorted(listed), sorted(path[len("sim/races/row_"):-len(".cpp")]
                                                for path in sources("sim/races/row_*.cpp")))
        self.assertEqual(len(TREE.rows), len(listed))
        for name, row in TREE.rows.items():
            self.assertEqual(bool(row.waits) + bool(row.shipped) + bool(row.tested), 1, name)
            self.assertLessEqual(set(row.shipped), TREE.scenarios, name)

    def test_the_program_lists_the_same_names(self):
        program = os.path.join(ROOT, "build", "release", "tutti")
        if not os.path.exists(program):
            message = "NOT RUN: build/release/tutti is not there yet"
            self.fail(message) if os.environ.get("CI") else self.skipTest(message)
        out = subprocess.run([program, "explore", "--list"], capture_output=True, text=True, check=True).stdout
        names = {re.split(r"  +", line)[0] for line in out.splitlines()}
        names = {re.sub(r" (00\d|beyond)$", "", name) for name in names}
        variants = {f"{name} {variant}" for name in TREE.rows for variant in ("wrong", "repaired")}
        self.assertEqual(names, TREE.scenarios - variants)


class Checker(unittest.TestCase):
    """Each defect is found, by what is wrong with it."""

    def found(self, why, text=TEXT, tree=TREE):
        self.assertRegex("\n".join(faults(text, tree)), why)

    def replaced(self, old, new, why, **where):
        self.assertIn(old, TEXT)
        self.found(why, TEXT.replace(old, new, 1), **where)

    def line_of(self, name):
        return next(line for line in TEXT.splitlines() if line.startswith(f"| {name} |"))

    def test_each_missing_line(self):
        for name in [*TREE.rows, *WITHOUT_SCENARIO]:
            self.replaced(self.line_of(name) + "\n", "", rf"(?m)^{re.escape(name)}: 0 lines under report ")

    def test_each_missing_fix_step_or_test(self):
        for report, cells in table(TEXT)[0]:
            if cells["item"] not in TREE.rows and cells["item"] not in WITHOUT_SCENARIO:
                found = [line for under, line in sections(TEXT)
                         if under == report and line.startswith(f"| {cells['item']} |")]
                self.assertEqual(len(found), 1, cells["item"])
                self.replaced(found[0] + "\n", "", rf"report {report}, .* lines instead of ")

    def test_a_new_row_without_a_line(self):
        rows = {**TREE.rows, "RC-99": Row("000", waits="rooms")}
        self.found("(?m)^RC-99: 0 lines", tree=dataclasses.replace(TREE, rows=rows))

    def test_a_line_twice_or_under_another_report(self):
        line = self.line_of("CC-01") + "\n"
        self.replaced(line, line + line, "CC-01: 2 lines")
        there = self.line_of("Netra 1")
        self.found("CC-01: 0 lines under report 002", TEXT.replace(line, "", 1).replace(there, line + there, 1))

    def test_cells_that_are_missing_or_empty(self):
        line = self.line_of("S5")
        self.replaced(line, line.rsplit("|", 2)[0] + "|", "S5: 4 cells")
        self.replaced(line, line.replace("The goodbye's reason is ignored.", " "), "S5: 4 cells")

    def test_files_that_do_not_exist(self):
        for old, new in (("`core/live/registry.cpp`", "`core/live/register.cpp`"), ("`tools/layers`", "`tools/layer`"),
                         ("`docs/ARCHITECTURE.md`", "`DESIGN.md`"), ("`shell/loop/mutex.hpp`:", "`shell/loop/lock.hpp`:")):
            self.replaced(old, new, re.escape(new.strip("`:")) + ": there is no such file")

    def test_commands_that_lead_nowhere(self):
        scenario = "tutti explore --scenario "
        for old, new in (("RC-9`", "RC-11`"), ('"suite 1"', '"suite 5"'), ("dialer", "dialler"),
                         ('"RC-6 wrong"', '"Netra 5 wrong"')):
            self.replaced(scenario + old, scenario + new, "there is none of this name")
        self.replaced("    tutti explore --report 000", "    tutti explore --report 005", "there is none of this name")
        self.replaced(scenario + "RC-9`", "tutti explore --row RC-9`", "only with --scenario")
        for old, new in (("./test shell/store", "./test shell/stores"), ("./test bench", "./test benches")):
            self.replaced(old, new, new + ": no such step")

    def test_tests_that_do_not_exist_or_are_another_modules(self):
        missing = ": there is no such test"
        self.replaced('"lane: a full queue refuses', '"lane: a full queue accepts', "accepts with an error" + missing)
        self.replaced("`test_metrics_are_prometheus_text`", "`test_metrics_are_text`", "test_metrics_are_text" + missing)
        self.replaced("`./test shell/store`: ", "`./test shell/loop`: ", "is no test of shell/loop")
        self.replaced("`./test e2e`: `test_conn", "`./test page`: `test_conn", "is no test of page")

    def test_lines_that_show_nothing_or_another_row(self):
        shown = "`tutti explore --scenario RC-9` |"
        self.replaced(shown, "by reading |", "RC-9: nothing shows it")
        self.replaced(shown, "due with the part |", "RC-9: nothing shows it")
        self.replaced(shown, shown.replace("RC-9", "RC-8"), "RC-9: does not show its own")

    def test_waiting_for_what_exists(self):
        waiting = {part for part in PARTS if f"with the part: {part}" in TEXT}
        self.assertGreater(len(waiting), 2)
        for part in waiting:
            tree = dataclasses.replace(TREE, parts={part})
            self.found(f"still waits for {part}, which exists: ", tree=tree)
            # The rows' own words count too, whatever the page says.
            told = "\n".join(faults(TEXT.replace(f"with the part: {part}", "by then"), tree))
            for name, row in TREE.rows.items():
                self.assertEqual(f"{name}: its row still waits for {part}, which exists" in told, row.waits == part, name)

    def test_waiting_otherwise_than_the_row(self):
        line = self.line_of("S3")
        for new, why in (("with the part: library", "S3: says that it waits for .*, its row says rooms"),
                         ("one owner", r"S3: says that it waits for \[\], its row says rooms"),
                         ("with the part: cellar", "cellar: there is no such part")):
            self.replaced(line, line.replace("with the part: rooms", new), why)
        shipped = {**TREE.rows, "S3": Row("beyond", shipped=("dialer",))}
        self.found("S3: says that it waits for .*, its row says nothing", tree=dataclasses.replace(TREE, rows=shipped))

    def test_a_part_that_came_with_its_scenarios_is_no_fault(self):
        rows = {name: dataclasses.replace(row, waits="", shipped=("edge",)) if row.waits == "rooms" else row
                for name, row in TREE.rows.items()}
        text = TEXT.replace("with the part: rooms", "in one machine")
        self.assertEqual(faults(text, dataclasses.replace(TREE, rows=rows, parts={"rooms"})), [])


if __name__ == "__main__":
    unittest.main()
