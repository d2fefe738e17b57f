"""Guards: a GUARD costs nothing in the shipped build, and what must not be written does not compile.

How: a small file compiled with GUARD and with the bare expression must give the same machine code, and with
TUTTI_MUTANTS another; snippets that compare what has no order or no equality must be refused by the compiler, and the
same snippets spelled as meant must pass.
"""
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CXX = os.environ.get("CXX", "g++")
FLAGS = ["-std=c++23", "-I", ROOT]

CHECKS = """
#include "core/base/check.hpp"
#include "core/base/table.hpp"
struct Row { int state; bool ended; };
#ifdef BARE
#define CHECKED(name, expr) (expr)
#else
#define CHECKED(name, expr) GUARD(name, expr)
#endif
bool one(const Row& row) { return CHECKED("a.one", !row.ended); }
int two(const Row& row, int x) { if (!CHECKED("a.two", row.state == x && !row.ended)) return x * 3; return row.state; }
bool three(tutti::Generation a, tutti::Generation b) { return !CHECKED("a.three", is_current(a, b)); }
"""


def compiled(text, *flags):
    """The instructions of each function, without addresses."""
    with tempfile.TemporaryDirectory() as folder:
        source, assembly = os.path.join(folder, "a.cpp"), os.path.join(folder, "a.s")
        with open(source, "w") as file:
            file.write(text)
        subprocess.run([CXX, *FLAGS, *flags, "-S", "-o", assembly, source], check=True)
        with open(assembly) as file:
            lines = [line.strip() for line in file]
    return [line for line in lines if line and not line.startswith((".file", ".ident"))]


def accepted(expression):
    text = ('#include "core/base/ids.hpp"\n#include "core/base/observed.hpp"\n#include "core/base/table.hpp"\n'
            "using namespace tutti;\n"
            "bool f(Generation g, Generation h, Epoch e, Version v, AccountId a, AccountId b, FeedId feed, Handle x, Handle y,\n"
            "       Observed<int>& seen) {\n"
            f"  (void)g; (void)h; (void)e; (void)v; (void)a; (void)b; (void)feed; (void)x; (void)y; (void)seen;\n"
            f"  return static_cast<bool>({expression});\n}}\n")
    run = subprocess.run([CXX, *FLAGS, "-fsyntax-only", "-x", "c++", "-"], input=text, capture_output=True, text=True)
    return run.returncode == 0, run.stderr


class MachineCode(unittest.TestCase):
    def test_a_guard_is_exactly_its_expression_in_the_shipped_build(self):
        for level in ("-O1", "-O2"):
            self.assertEqual(compiled(CHECKS, level), compiled(CHECKS, level, "-DBARE"))

    def test_the_comparison_sees_a_guard_that_can_be_switched_off(self):
        self.assertNotEqual(compiled(CHECKS, "-O2", "-DTUTTI_MUTANTS"), compiled(CHECKS, "-O2", "-DBARE"))

    def test_the_shipped_core_knows_no_mutants(self):
        with open(os.path.join(ROOT, "core/base/check.hpp")) as file:
            text = file.read()
        self.assertRegex(text, r"#else\n#define GUARD\(name, expr\) \(expr\)\n")

    def test_every_guard_has_a_name_of_its_own(self):
        names = []
        for folder, _, files in os.walk(os.path.join(ROOT, "core")):
            for name in files:
                if name.endswith((".cpp", ".hpp")):
                    with open(os.path.join(folder, name)) as file:
                        names += re.findall(r'GUARD\("([^"]+)"', file.read())
        self.assertGreater(len(names), 5)
        self.assertEqual(sorted(names), sorted(set(names)))
        for name in names:
            self.assertRegex(name, r"^[a-z_]+\.[a-z_]+$")


class MustNotCompile(unittest.TestCase):
    def refused(self, expression, why):
        ok, errors = accepted(expression)
        self.assertFalse(ok, expression)
        self.assertRegex(errors, why)

    def test_generations_epochs_and_versions_have_neither_equality_nor_order(self):
        for expression in ("g == h", "g != h", "g < h", "e == e", "e < e", "v == v", "v >= v"):
            self.refused(expression, "no match for .operator")

    def test_incarnations_of_different_things_are_not_compared_at_all(self):
        for expression in ("is_current(g, e)", "is_current(v, e)"):
            self.refused(expression, "no matching function")

    def test_ids_have_no_order_and_do_not_mix(self):
        for expression in ("a < b", "a > b", "a == feed", "x < y"):
            self.refused(expression, "no match for .operator")

    def test_what_is_observed_cannot_be_read_by_the_machine(self):
        self.refused("seen.value_ == 1", "private")
        self.refused("seen == 1", "no match for .operator")

    def test_the_same_things_as_they_are_meant_compile(self):
        for expression in ("is_current(g, h)", "a == b", "x == y", "a", "Projection::of(seen) == 1"):
            ok, errors = accepted(expression)
            self.assertTrue(ok, errors)


if __name__ == "__main__":
    unittest.main()
