"""Guards TLS: the certificate that is printed is the one that is served, everything works through it, and files that
cannot be used are named."""
import hashlib
import os
import ssl
import stat
import unittest
import warnings

from kit import Case, connect_session, run
from wire import request_bytes


def client_context(trusted=None):
    context = ssl.create_default_context(cafile=trusted)
    if trusted is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Tls(Case):
    def test_auto_makes_a_certificate_prints_it_and_keeps_it(self):
        server = self.serve("--tls", "auto")
        self.assertTrue(server.ready["url"].startswith("https://"))
        with server.http(tls=client_context()) as http:
            served = hashlib.sha256(http.sock.getpeercert(binary_form=True)).hexdigest().upper()
            self.assertEqual(server.ready["tls_fingerprint"], ":".join(served[i:i + 2] for i in range(0, 64, 2)))
            self.assertIn(http.sock.version(), ("TLSv1.2", "TLSv1.3"))
            self.assertEqual(http.request("GET", "/api/server").status, 200)
        self.assertEqual(stat.S_IMODE(os.stat(server.data + "/tls-key.pem").st_mode), 0o600)
        # It names this machine: a client that trusts it has nothing to object to.
        with server.http(tls=client_context(server.data + "/tls-cert.pem")) as http:
            self.assertEqual(http.request("GET", "/healthz").status, 200)
        server.stop()
        again = self.serve("--tls", "auto", data=server.data)
        self.assertEqual(again.ready["tls_fingerprint"], server.ready["tls_fingerprint"])

    def test_sessions_files_and_stopping_work_through_it(self):
        big = os.urandom(3 << 20)
        self.write("web/big.bin", big)
        server = self.serve("--tls", "auto", "--edges", 2, "--web", self.folder + "/web")
        to = {"tls": client_context()}
        sessions = [connect_session(server, to=to, deflate=bool(i % 2)) for i in range(6)]
        for session in sessions:
            self.assertEqual(session.ask("echo", text="x" * 50000)["text"], "x" * 50000)
        rows = sessions[0].call("connections.list")["connections"]
        self.assertTrue(all(row["encrypted"] for row in rows))
        with server.http(**to) as http:
            http.send(request_bytes("GET", "/big.bin") + request_bytes("GET", "/healthz"))
            self.assertTrue(http.answer().body == big)
            self.assertEqual(http.answer().status, 200)
        # The control socket stays plain.
        with server.http(host=server.data + "/tutti.sock", port=None) as http:
            self.assertEqual(http.request("GET", "/api/server").status, 200)
        server.process.terminate()
        for session in sessions:
            self.assertEqual(session.ws.closed_with(), 1012)
        self.assertEqual(server.process.wait(), 0)
        server.process.stdout.close()

    def test_plain_http_and_broken_hellos_get_nothing_and_disturb_nobody(self):
        server = self.serve("--tls", "auto")
        session = connect_session(server, to={"tls": client_context()})
        for data in (request_bytes("GET", "/healthz"), b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x16\x03\x01\x00\x05hello", os.urandom(500), b"\x80"):
            with server.http(timeout=2) as http:
                try:
                    http.send(data)
                    http.sock.shutdown(1)
                    while True:
                        http.more()
                except Exception:  # pylint: disable=broad-except
                    pass
                self.assertNotIn(b"HTTP/1.1 200", http.buffer)
        old = client_context()
        with warnings.catch_warnings(action="ignore"), self.assertRaises((ssl.SSLError, OSError, ValueError)):
            old.minimum_version = ssl.TLSVersion.TLSv1_1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            server.http(tls=old)
        self.assertEqual(session.ask("ping")["op"], "pong")
        session.close()

    def test_own_files_are_served_and_bad_ones_named(self):
        server = self.serve("--tls", "auto")
        cert, key = server.data + "/tls-cert.pem", server.data + "/tls-key.pem"
        own = self.serve("--cert", cert, "--key", key, data=self.folder + "/own")
        self.assertEqual(own.ready["tls_fingerprint"], server.ready["tls_fingerprint"])
        with own.http(tls=client_context(cert)) as http:
            self.assertEqual(http.request("GET", "/healthz").status, 200)
        other = self.serve("--tls", "auto", data=self.folder + "/other")
        junk = self.write("junk.pem", "no certificate\n")
        for bad_cert, bad_key, named in ((junk, key, junk), (cert, junk, junk), (self.folder + "/none.pem", key, "none.pem"),
                                         (cert, other.data + "/tls-key.pem", "tls-key.pem"), (key, cert, "tls-key.pem")):
            with self.subTest(cert=bad_cert, key=bad_key):
                done = run("serve", "--data", self.folder + "/x", "--port", "0", "--host", "127.0.0.1", "--cert", bad_cert, "--key", bad_key)
                self.assertEqual(done.returncode, 1, done)
                self.assertRegex(done.stderr, r"^error: the (certificate|key) .* cannot be used: ")
                self.assertIn(named, done.stderr)
        done = run("serve", "--data", self.folder + "/x", "--cert", cert)
        self.assertEqual(done.returncode, 2)
        self.assertIn("key", done.stderr)


if __name__ == "__main__":
    unittest.main()
