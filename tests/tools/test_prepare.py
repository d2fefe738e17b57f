"""Guards: ./run and ./test know each supported release, say what is missing, and never guess. How: the shell functions of
tools/prepare.sh with made-up releases and package tables."""
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def shell(script, release=None, install="no"):
    with tempfile.NamedTemporaryFile("w", suffix=".release") as file:
        file.write(release or "")
        file.flush()
        env = {**os.environ, "ROOT": ROOT, "INSTALL": install}
        if release is not None:
            env["OS_RELEASE"] = file.name
        run = subprocess.run(["bash", "-c", f'. "$ROOT/tools/prepare.sh"; {script}'], capture_output=True, text=True, env=env)
        return run.returncode, run.stdout, run.stderr


class Prepare(unittest.TestCase):
    def test_each_release_has_its_column(self):
        for release, column in (("ID=debian\nVERSION_ID=12", "3"), ("ID=debian\nVERSION_ID=\"13\"", "4"),
                                ("ID=ubuntu\nVERSION_ID=\"24.04\"", "5")):
            self.assertEqual(shell("release_column", release)[1].strip(), column)

    def test_an_unknown_release_gets_the_list(self):
        code, out, _ = shell("command() { return 1; }; install_packages build", "ID=slackware\nVERSION_ID=15")
        self.assertEqual(code, 1)
        self.assertIn("libuv1-dev", out)
        self.assertEqual(shell("release_column", "ID=slackware\nVERSION_ID=15")[1].strip(), "")

    def test_what_is_missing_is_named_and_not_installed(self):
        code, out, _ = shell("missing_packages() { echo libfoo-dev; }; install_packages build", "ID=debian\nVERSION_ID=12")
        self.assertEqual(code, 1)
        self.assertIn("apt-get install libfoo-dev", out)

    def test_every_row_has_a_package_for_every_release(self):
        with open(os.path.join(ROOT, "packages.txt")) as file:
            rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertEqual(len(row), 5, row)
            self.assertIn(row[0], ("build", "test", "command"))

    def test_compile_jobs_are_at_least_one_and_at_most_the_cores(self):
        jobs = int(shell("compile_jobs")[1])
        self.assertTrue(1 <= jobs <= os.cpu_count())

    def test_wrong_usage_is_told_apart_from_failure(self):
        self.assertEqual(subprocess.run([os.path.join(ROOT, "run"), "--bogus"], capture_output=True).returncode, 2)
        run = subprocess.run([os.path.join(ROOT, "run"), "/nowhere/at/all"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("/nowhere/at/all", run.stderr)


if __name__ == "__main__":
    unittest.main()
