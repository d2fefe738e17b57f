"""Guards the command line: the ready line, exit codes, errors that say what to do, and what a start refuses."""
import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import unittest

from kit import TUTTI, Case, clean_environment, connect_session, free_port, run
from wire import Refused


class CommandLine(Case):
    def test_version_names_version_commit_and_core(self):
        done = run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^tutti \d+\.\d+\.\d+ commit \S+ core [0-9a-f]{16,}\n$")

    def test_wrong_usage_is_2_and_leads_to_help(self):
        for args in ([], ["sing"], ["serve", "--colour", "red"], ["serve", "--edges", "0"], ["serve", "--edges", "many"],
                     ["serve", "--tls", "maybe"], ["serve", "--cert", "x.pem"], ["serve", "--port", "65536"], ["backup"],
                     ["serve", "--base-path", "/x"], ["serve", "--trusted-proxies", "somebody"]):
            with self.subTest(args=args):
                done = run(*args)
                self.assertEqual(done.returncode, 2, done)
                self.assertRegex(done.stderr, r"^error: .")
                self.assertEqual(done.stdout, "")

    def test_help_lists_the_commands_and_every_setting(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for command in ("serve", "backup", "restore", "doctor"):
            self.assertIn(command, done.stdout)
        options = run("serve", "--help").stdout
        for option in ("--data", "--port", "--edges", "--tls", "--trusted-proxies", "--limits.message-bytes", "--config"):
            self.assertIn(option, options)

    def test_an_unknown_variable_or_key_names_the_nearest(self):
        done = run("serve", "--data", self.folder, env={"TUTTI_PROT": "1"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("TUTTI_PROT", done.stderr)
        self.assertIn("did you mean TUTTI_PORT?", done.stderr)
        config = self.write("t.toml", "host = \"127.0.0.1\"\n[limits]\nmesage_bytes = 5000\n")
        done = run("serve", "--data", self.folder, "--config", config)
        self.assertEqual(done.returncode, 2)
        self.assertIn("t.toml:3", done.stderr)
        self.assertIn("did you mean limits.message_bytes?", done.stderr)

    def test_settings_without_effect_are_unknown(self):
        for key in ("base_path = \"/x\"", "[limits]\nmessages_per_s = 5"):
            done = run("serve", "--data", self.folder, "--config", self.write("t.toml", key))
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("unknown setting", done.stderr)


class Start(Case):
    def test_the_ready_line_says_where_it_is(self):
        server = self.serve()
        ready = server.ready
        self.assertEqual(ready["port"], server.port)
        self.assertEqual(ready["url"], f"http://localhost:{server.port}")
        self.assertEqual(ready["pid"], server.pid)
        self.assertEqual(ready["tls_fingerprint"], "")
        self.assertGreater(ready["max_connections"], 0)
        self.assertIn(f"connections={ready['max_connections']} ", server.log())
        self.assertEqual(server.json("/api/server")["max_connections"], ready["max_connections"])

    def test_without_json_a_person_is_told_the_same(self):
        process = subprocess.Popen([TUTTI, "serve", "--data", self.folder + "/d", "--port", "0", "--host", "127.0.0.1"],
                                   env=clean_environment(self.folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertRegex(process.stdout.readline(), r"^tutti is at http://localhost:\d+\n$")
        self.assertIn(self.folder + "/d", process.stdout.readline())
        process.terminate()
        process.communicate()
        self.assertEqual(process.returncode, 0)

    def test_the_config_file_counts_and_flags_go_over_it(self):
        config = self.write("t.toml", "[limits]\nmessage_bytes = 2048\nconnections_per_account = 2\n")
        server = self.serve("--config", config, "--limits.connections-per-account", 3)
        sessions = [connect_session(server) for _ in range(3)]
        with self.assertRaises(Refused) as refused:
            connect_session(server)
        self.assertEqual(refused.exception.answer.status, 429)
        sessions[0].ws.send_text("x" * 2049)
        self.assertEqual(sessions[0].ws.closed_with(), 1009)
        for session in sessions[1:]:
            session.close()

    def test_a_taken_port_names_its_holder(self):
        server = self.serve()
        done = run("serve", "--data", self.folder + "/other", "--host", "127.0.0.1", "--port", server.port)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"port {server.port} is in use by pid {server.pid} (tutti)", done.stderr)
        server.check()

    def test_a_taken_8927_gives_8937_said_in_one_line(self):
        held = []
        try:
            for port in (8927, 8937):
                probe = socket.socket()
                held.append(probe)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    self.cannot(f"port {port} of this machine is taken: {error}")
            held.pop().close()
            held[0].listen()
            server = self.serve(port=None)
            self.assertEqual(server.port, 8937)
            lines = [line for line in server.log().splitlines() if "8927" in line]
            self.assertEqual(len(lines), 1, server.log())
            self.assertIn(f"port 8927 is in use by pid {os.getpid()} ", lines[0])
            self.assertIn("using 8937", lines[0])
        finally:
            for probe in held:
                probe.close()

    def test_two_edges_do_not_share_a_port_with_another_server(self):
        server = self.serve("--edges", 2)
        done = run("serve", "--data", self.folder + "/other", "--host", "127.0.0.1", "--edges", 2, "--port", server.port)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("in use", done.stderr)

    def test_the_control_socket_is_the_owners_alone(self):
        server = self.serve()
        path = os.path.join(server.data, "tutti.sock")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with server.http(host=path, port=None) as http:
            self.assertEqual(http.request("GET", "/api/server").status, 200)

    def test_ctrl_c_ends_it_too(self):
        self.serve().stop(signal.SIGINT)

    def test_a_web_folder_that_is_not_there_is_said(self):
        server = self.serve("--web", self.folder + "/nowhere")
        self.assertIn("web.missing", server.log())
        self.assertEqual(server.get("/").status, 404)


class DataDirectory(Case):
    def test_it_survives_a_restart(self):
        server = self.serve()
        account = server.json("/api/server")["account"]
        server.stop()
        again = self.serve(data=server.data)
        self.assertEqual(again.json("/api/server")["account"], account)
        other = self.serve(data=self.folder + "/other")
        self.assertNotEqual(other.json("/api/server")["account"], account)

    def test_it_survives_being_killed(self):
        server = self.serve()
        account = server.json("/api/server")["account"]
        server.kill()
        again = self.serve(data=server.data)
        self.assertEqual(again.json("/api/server")["account"], account)

    def test_a_second_server_is_refused_with_the_pid_of_the_first(self):
        server = self.serve()
        done = run("serve", "--data", server.data, "--port", "0", "--host", "127.0.0.1", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(server.pid), done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(said["event"], "error")
        self.assertIn(said["message"], done.stderr)
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertTrue(os.path.exists(server.data + "/tutti.sock"))

    def test_data_and_music_lie_apart(self):
        music = self.folder + "/music"
        os.makedirs(music + "/inner")
        for data in (music, music + "/data", music + "/inner/../data"):
            done = run("serve", "--data", data, "--music", music, "--port", "0", "--host", "127.0.0.1")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(music, done.stderr)
        self.assertEqual(sorted(os.listdir(music)), ["inner"])
        done = run("serve", "--data", self.folder + "/d", "--music", self.folder + "/nowhere", "--port", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere", done.stderr)

    def refused_untouched(self, data, word):
        path = os.path.join(data, "house.db")
        with open(path, "rb") as file:
            before = file.read()
        done = run("serve", "--data", data, "--port", "0", "--host", "127.0.0.1")
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, r"error: .*" + word)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before, "the file was changed")

    def test_a_damaged_database_is_refused_and_not_touched(self):
        server = self.serve()
        server.stop()
        path = os.path.join(server.data, "house.db")
        shutil.copy(path, self.folder + "/good.db")
        size = os.path.getsize(path)
        for name, at, bytes_ in (("head", 0, b"no database at all, really"), ("pages", 4096, b"\xff" * (size - 4096))):
            with self.subTest(damage=name):
                shutil.copy(self.folder + "/good.db", path)
                with open(path, "r+b") as file:
                    file.seek(at)
                    file.write(bytes_)
                self.refused_untouched(server.data, "(damaged|database|corrupt|malformed)")

    def test_a_newer_database_is_refused_and_not_touched(self):
        server = self.serve()
        server.stop()
        path = os.path.join(server.data, "house.db")
        with sqlite3.connect(path) as db:
            version = db.execute("pragma user_version").fetchone()[0]
            db.execute(f"pragma user_version = {version + 1000}")
        db.close()
        self.refused_untouched(server.data, "(versions up to)")

    def test_a_data_directory_that_cannot_be_made_is_said(self):
        self.write("file")
        done = run("serve", "--data", self.folder + "/file/data", "--port", "0", "--host", "127.0.0.1")
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.folder + "/file", done.stderr)

    def test_no_address_is_said(self):
        for host in ("nowhere.example", "203.0.113.7"):
            done = run("serve", "--data", self.folder + "/d", "--host", host, "--port", free_port())
            self.assertEqual(done.returncode, 1)
            self.assertIn(host, done.stderr)


if __name__ == "__main__":
    unittest.main()
