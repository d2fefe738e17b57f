"""Guards: the page at / goes live in a real browser: script runs under the content policy, the native wire answers, the
topic's state is shown. How: headless Chromium loads it from a real server and prints the document it ended with."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TUTTI = os.path.join(ROOT, "build", "release", "tutti")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"]


class Page(unittest.TestCase):
    def setUp(self):
        if BROWSER is None:
            message = "NOT RUN: no Chromium on this machine (install the package chromium)"
            print(message)
            self.fail(message) if os.environ.get("CI") else self.skipTest(message)
        self.folder = tempfile.mkdtemp()
        env = {k: v for k, v in os.environ.items() if not k.startswith("TUTTI_")}
        self.server = subprocess.Popen([TUTTI, "serve", "--data", self.folder + "/data", "--port", "0", "--json"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True)
        self.port = json.loads(self.server.stdout.readline())["port"]

    def tearDown(self):
        if BROWSER is None:
            return
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(10), 0)
        self.server.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self):
        run = subprocess.run([BROWSER, *FLAGS, f"--user-data-dir={self.folder}/profile", "--virtual-time-budget=5000",
                              "--dump-dom", f"http://localhost:{self.port}/"], capture_output=True, text=True, timeout=90)
        return run.stdout, [line for line in run.stderr.split("\n") if "CONSOLE" in line]

    def picture(self, name, size, address):
        """A screenshot below build/, and with --update-images the README's."""
        picture = os.path.join(ROOT, "build", name)
        subprocess.run([BROWSER, *FLAGS, f"--user-data-dir={self.folder}/profile", f"--window-size={size}", "--timeout=3000",
                        f"--screenshot={picture}", address], capture_output=True, timeout=90, check=True)
        with open(picture, "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        if os.environ.get("UPDATE_IMAGES") == "1":
            shutil.copy(picture, os.path.join(ROOT, "docs", "images", name))

    def test_the_page_can_be_pictured(self):
        self.picture("page.png", "900,640", f"http://localhost:{self.port}/")

    def test_a_race_can_be_pictured(self):
        lanes = self.folder + "/rc9.html"
        subprocess.run([TUTTI, "explore", "--scenario", "RC-9 wrong", "--exhaustive", "--html", lanes], capture_output=True,
                       timeout=30, check=True)
        self.picture("rc9.png", "840,600", "file://" + lanes)

    def test_the_page_goes_live_and_shows_the_server(self):
        dom, console = self.load()
        self.assertIn('data-state="live"', dom)
        self.assertRegex(dom, r'id="version">\d+\.\d+\.\d+<')
        self.assertGreaterEqual(int(re.search(r'id="connections">(\d+)<', dom).group(1)), 1)
        self.assertRegex(dom, r"<td>websocket</td><td>live</td>")
        self.assertEqual(console, [])


if __name__ == "__main__":
    unittest.main()
