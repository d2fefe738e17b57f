"""Guards: the example in the explorer's README is the one that is compiled and run, word for word."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Example(unittest.TestCase):
    def test_readme_and_test_show_the_same_code(self):
        with open(os.path.join(ROOT, "sim/explore/README.md")) as file:
            shown = re.search(r"```cpp\n(.*?)```", file.read(), re.S).group(1)
        with open(os.path.join(ROOT, "sim/explore/example_test.cpp")) as file:
            compiled = re.search(r"// \[example\]\n(.*?)// \[example\]\n", file.read(), re.S).group(1)
        self.assertEqual(shown, compiled)
        model = re.search(r"struct .*?^};", shown, re.S | re.M).group(0)
        self.assertLessEqual(model.count("\n") + 1, 20, "a model in 20 lines")


if __name__ == "__main__":
    unittest.main()
