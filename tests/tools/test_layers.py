"""Guards: tools/layers catches what it is for. How: plants one violation of each kind in a small tree of its own."""
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYERS = os.path.join(ROOT, "tools", "layers")


def layers(files, *options):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as file:
                file.write(text)
        run = subprocess.run([LAYERS, "--root", root, *options], capture_output=True, text=True)
        return run.returncode, run.stdout


GOOD = {"core/base/a.hpp": "#pragma once\n#include <string>\nstd::string a();\n"}


class Layers(unittest.TestCase):
    def refused(self, files, word, *options):
        code, out = layers({**GOOD, **files}, *options)
        self.assertEqual(code, 1, out)
        self.assertIn(word, out)

    def test_a_clean_tree_passes(self):
        self.assertEqual(layers(GOOD, "--headers")[0], 0)

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(layers({})[0], 1)

    def test_an_include_against_the_direction(self):
        self.refused({"core/base/b.cpp": '#include "core/live/edge.hpp"\n'}, "core/base may not include core/live")
        self.refused({"core/live/b.cpp": '#include "shell/net/tls.hpp"\n'}, "may not include shell/net")

    def test_each_banned_header_in_core(self):
        for header in ("thread", "mutex", "condition_variable", "chrono", "random", "fstream", "iostream",
                       "sys/socket.h", "unistd.h", "fcntl.h", "uv.h"):
            self.refused({"core/base/b.cpp": f"#include <{header}>\n"}, f"<{header}> is banned in core/")

    def test_the_same_header_is_fine_in_the_shell(self):
        code, out = layers({**GOOD, "shell/loop/b.cpp": "#include <thread>\n#include <uv.h>\n"})
        self.assertEqual(code, 0, out)

    def test_throw_as_code_but_not_as_a_word(self):
        self.refused({"core/base/b.cpp": "void f() { throw 1; }\n"}, "throw is banned")
        code, out = layers({**GOOD, "core/base/b.cpp": '// we never throw\nconst char* x = "throw";\n'})
        self.assertEqual(code, 0, out)

    def test_a_third_party_header_outside_its_place(self):
        self.refused({"core/live/b.cpp": "#include <boost/json.hpp>\n"}, "belongs in core/base/json.cpp")
        self.refused({"core/wire/b.cpp": "#include <openssl/evp.h>\n"}, "belongs in core/crypt/")

    def test_a_header_that_does_not_compile_alone(self):
        self.refused({"core/base/b.hpp": "#pragma once\nstd::string b();\n"}, "does not compile alone", "--headers")

    def test_a_hub_that_grew(self):
        self.refused({"core/hub/h.cpp": "int x;\n" * 1501}, "core/hub: 1501 lines")

    def test_a_file_that_grew(self):
        self.refused({"core/base/long.cpp": "int x;\n" * 501}, "501 lines, at most 500")

    def test_a_folder_that_the_table_does_not_know(self):
        self.refused({"core/misc/b.cpp": "int x;\n"}, "no module of the table")


if __name__ == "__main__":
    unittest.main()
