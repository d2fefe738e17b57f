"""Guards backups: made while the server runs and when it does not, put back only when it does not, and `doctor`."""
import json
import os
import sqlite3
import unittest

from kit import Case, connect_session, run
from wire import TEXT, frame


class Backup(Case):
    def whole(self, path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return db.execute("pragma integrity_check").fetchall() == [("ok",)]
        finally:
            db.close()

    def test_a_backup_of_a_running_server_becomes_the_same_server(self):
        server = self.serve()
        account = server.json("/api/server")["account"]
        file = self.folder + "/one.db"
        done = run("backup", file, "--data", server.data, "--json")
        self.assertEqual(done.returncode, 0, done)
        said = json.loads(done.stdout)
        self.assertEqual((said["event"], said["file"], said["bytes"]), ("backup", file, os.path.getsize(file)))
        self.assertTrue(self.whole(file))
        again = run("backup", file, "--data", server.data)
        self.assertEqual(again.returncode, 1)
        self.assertIn("one.db", again.stderr)
        self.assertEqual(run("backup", file, "--data", server.data, "--overwrite").returncode, 0)
        refused = run("restore", file, "--data", server.data)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(str(server.pid), refused.stderr)
        server.check()
        elsewhere = self.folder + "/elsewhere"
        restored = run("restore", file, "--data", elsewhere)
        self.assertEqual(restored.returncode, 0, restored)
        self.assertIn("restored the backup of", restored.stdout)
        other = self.serve(data=elsewhere)
        self.assertEqual(other.json("/api/server")["account"], account)

    def test_a_backup_of_a_stopped_server_and_what_was_there_is_kept(self):
        server = self.serve()
        account = server.json("/api/server")["account"]
        server.stop()
        file = self.folder + "/two.db"
        self.assertEqual(run("backup", file, "--data", server.data).returncode, 0)
        elsewhere = self.serve(data=self.folder + "/elsewhere")
        other = elsewhere.json("/api/server")["account"]
        elsewhere.stop()
        done = run("restore", file, "--data", elsewhere.data, "--json")
        self.assertEqual(done.returncode, 0, done)
        kept = json.loads(done.stdout)["kept"]
        self.assertTrue(os.path.exists(kept), kept)
        self.assertEqual(self.serve(data=elsewhere.data).json("/api/server")["account"], account)
        self.assertNotEqual(account, other)

    def test_what_is_no_backup_is_refused_and_changes_nothing(self):
        server = self.serve()
        account = server.json("/api/server")["account"]
        server.stop()
        for name, content in (("junk.db", "no database"), ("empty.db", ""), ("sqlite.db", None)):
            path = self.write(name, content or "")
            if content is None:
                os.unlink(path)
                with sqlite3.connect(path) as db:
                    db.execute("create table t (x)")
                db.close()
            done = run("restore", path, "--data", server.data)
            self.assertEqual(done.returncode, 1, (name, done))
            self.assertIn(name, done.stderr)
        self.assertEqual(run("restore", self.folder + "/none.db", "--data", server.data).returncode, 1)
        self.assertEqual(self.serve(data=server.data).json("/api/server")["account"], account)

    def test_a_backup_of_nothing_or_to_nowhere_is_refused(self):
        done = run("backup", self.folder + "/x.db", "--data", self.folder + "/nothing")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no tutti data", done.stderr)
        server = self.serve()
        done = run("backup", self.folder + "/no/such/folder/x.db", "--data", server.data)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^error: .")
        server.check()

    def test_rest_and_sessions_make_them_in_the_data_directory(self):
        server = self.serve()
        made = server.json("/api/backup", method="POST")
        session = connect_session(server)
        also = session.call("backup.create")
        for backup in (made, also):
            self.assertTrue(backup["file"].startswith(server.data + "/"), backup)
            self.assertEqual(os.path.getsize(backup["file"]), backup["bytes"])
            self.assertTrue(self.whole(backup["file"]))
        self.assertNotEqual(made["file"], also["file"])
        session.close()

    def test_work_that_takes_long_holds_up_nobody(self):
        """What was asked in one write after a backup is answered before it, on this connection and on another."""
        server = self.serve()
        session, other = connect_session(server), connect_session(server)
        for _ in range(10):
            wishes = [{"op": "call", "id": 1, "name": "backup.create", "args": {}}, {"op": "echo", "id": 2, "text": "x"},
                      {"op": "ping", "id": 3}]
            session.ws.stream.send(b"".join(frame(TEXT, json.dumps(wish).encode()) for wish in wishes))
            self.assertEqual([session.receive()["id"] for _ in wishes], [2, 3, 1])
            self.assertEqual(other.ask("echo", text="y")["text"], "y")
        server.check()

    def test_an_asker_who_leaves_does_not_stop_it_and_stopping_the_server_is_clean(self):
        server = self.serve()
        for _ in range(5):
            with server.http() as http:
                http.send(b"POST /api/backup HTTP/1.1\r\nHost: localhost\r\n\r\n")
                http.reset()
        with server.http() as http:
            http.send(b"POST /api/backup HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server.stop()


class Doctor(Case):
    def findings(self, data):
        done = run("doctor", "--data", data, "--json")
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_sound_directory_is_sound_while_the_server_runs_and_after(self):
        server = self.serve()
        code, found = self.findings(server.data)
        self.assertEqual(code, 0, found)
        server.stop()
        code, found = self.findings(server.data)
        self.assertEqual(code, 0, found)
        self.assertTrue(found)
        for finding in found:
            self.assertTrue(finding["severity"] and finding["subject"] and finding["what"], finding)
        done = run("doctor", "--data", server.data)
        self.assertEqual(done.returncode, 0)

    def test_damage_is_found_and_says_what_to_do(self):
        server = self.serve()
        server.stop()
        with open(server.data + "/house.db", "r+b") as file:
            file.write(b"no database any more")
        code, found = self.findings(server.data)
        self.assertEqual(code, 1, found)
        errors = [finding for finding in found if finding["severity"] == "error"]
        self.assertTrue(errors and errors[0]["hint"], found)


if __name__ == "__main__":
    unittest.main()
