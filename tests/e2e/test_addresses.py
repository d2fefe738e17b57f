"""Guards who is let in: this machine by its own names, nobody else, whatever page or name or header leads here. And a
trusted proxy's word about its client."""
import subprocess
import unittest

from kit import Case, connect_session, wait_for
from wire import Refused, handshake_headers


def own_address():
    """An address of this machine that is not loopback, or None."""
    shown = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    return next((a for a in shown if ":" not in a and not a.startswith("127.")), None)


class Addresses(Case):
    def ask(self, server, target="/api/server", **headers):
        with server.http() as http:
            return http.request("GET", target, [(name.replace("_", "-"), value) for name, value in headers.items()])

    def upgrade(self, server, **headers):
        with server.http() as http:
            return http.request("GET", "/ws", [*handshake_headers(), *((name.replace("_", "-"), value) for name, value in headers.items())])

    def test_names_that_lead_here_are_not_this_machine(self):
        server = self.serve()
        good = ("localhost", f"localhost:{server.port}", "127.0.0.1", f"127.0.0.1:{server.port}", "127.9.9.9", f"[::1]:{server.port}")
        bad = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.evil.example", "localhost@evil.example", "",
               "0.0.0.0", "[::]", "10.0.0.1", "xlocalhost", "evil.example:80", "localhost evil")
        with self.canary(server):
            for host in good:
                self.assertEqual(self.ask(server, Host=host).status, 200, host)
            for host in bad:
                for target in ("/api/server", "/", "/metrics", "/api/openapi.json", "/ws", "/nothing"):
                    answer = self.ask(server, target, Host=host)
                    self.assertIn(answer.status, (400, 403), (host, target, answer))
                self.assertIn(self.upgrade(server, Host=host).status, (400, 403), host)

    def test_pages_of_other_sites_may_nothing(self):
        server = self.serve()
        here = f"http://localhost:{server.port}"
        host = f"localhost:{server.port}"
        self.assertEqual(self.ask(server, Host=host, Origin=here).status, 200)
        self.assertEqual(self.upgrade(server, Host=host, Origin=here).status, 101)
        with self.canary(server):
            for origin in ("http://evil.example", "null", f"http://localhost:{server.port + 1}", "http://localhost", f"http://127.0.0.1:{server.port}",
                           f"http://localhost:{server.port}.evil.example", "file://", f"http://evil.example/localhost:{server.port}"):
                self.assertEqual(self.ask(server, Host=host, Origin=origin).status, 403, origin)
                self.assertEqual(self.upgrade(server, Host=host, Origin=origin).status, 403, origin)
                with server.http() as http:
                    answer = http.request("POST", "/api/backup", [("Host", host), ("Origin", origin)], b"{}")
                    self.assertEqual(answer.status, 403, origin)

    def test_another_machine_gets_health_and_nothing_else(self):
        address = own_address()
        if address is None:
            self.cannot("this machine has no address but loopback")
        self.write("web/index.html", "x")
        server = self.serve("--web", self.folder + "/web", host="0.0.0.0")
        local, server.host = "127.0.0.1", address
        for target, status in (("/healthz", 200), ("/sendspin", 404), ("/", 403), ("/index.html", 403), ("/api/server", 403), ("/metrics", 403),
                               ("/api/openapi.json", 403), ("/ws", 403), ("/nothing", 403)):
            for headers in ({}, {"Host": f"{address}:{server.port}"}, {"X_Forwarded_For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
                self.assertEqual(self.ask(server, target, **headers).status, status, (target, headers))
        with self.assertRaises(Refused) as refused:
            connect_session(server)
        self.assertEqual(refused.exception.answer.status, 403)
        # Its connections are counted by its address, and this machine's own are not touched by that.
        held = [server.http() for _ in range(40)]
        server.host = local
        connect_session(server).close()
        for http in held:
            http.sock.close()

    def test_other_loopback_addresses_are_this_machine_too(self):
        server = self.serve(host="0.0.0.0")
        server.host = "127.0.0.1"
        with server.http(host="127.0.0.2", source="127.0.0.3") as http:
            self.assertEqual(http.request("GET", "/api/server").status, 200)

    def test_ipv6_serves_both_families_of_this_machine(self):
        try:
            server = self.serve(host="::1")
        except AssertionError as error:
            if "cannot listen" in str(error):
                self.cannot("this machine has no IPv6")
            raise
        with server.http() as http:
            self.assertEqual(http.request("GET", "/api/server", [("Host", f"[::1]:{server.port}")]).status, 200)


class Proxies(Case):
    def status(self, server, forwarded=None, http=None, **more):
        stream = http or server.http(**more)
        try:
            return stream.request("GET", "/api/server", [("X-Forwarded-For", forwarded)] if forwarded else []).status
        finally:
            if http is None:
                stream.sock.close()

    def test_without_the_list_a_forwarded_request_is_not_local(self):
        server = self.serve()
        self.assertEqual(self.status(server), 200)
        for forwarded in ("127.0.0.1", "::1", "192.168.1.9", "unknown"):
            self.assertEqual(self.status(server, forwarded), 403)

    def test_a_trusted_proxys_last_word_decides(self):
        server = self.serve("--trusted-proxies", "127.0.0.2,10.0.0.0/8", host="0.0.0.0")
        server.host = "127.0.0.1"
        proxy = {"source": "127.0.0.2"}
        for forwarded, status in (("127.0.0.1", 200), ("192.168.1.9, 127.0.0.1", 200), ("[::1]:99", 200), ("192.168.1.9", 403),
                                  ("127.0.0.1, 192.168.1.9", 403), ("unknown", 403), ("127.0.0.1,", 403)):
            self.assertEqual(self.status(server, forwarded, **proxy), status, forwarded)
            # From an address beside it the header gains nothing.
            self.assertEqual(self.status(server, forwarded, source="127.0.0.3"), 403, forwarded)

    def test_clients_behind_a_proxy_are_limited_each_for_itself(self):
        server = self.serve("--trusted-proxies", "127.0.0.2", "--limits.unauthenticated-per-address", 3, host="0.0.0.0")
        server.host = "127.0.0.1"
        streams = [server.http(source="127.0.0.2") for _ in range(12)]
        status = lambda i, client: self.status(server, client, streams[i])
        for i in range(3):
            self.assertEqual(status(i, "192.168.1.9"), 403)
        self.assertEqual(status(3, "192.168.1.9"), 429)
        self.assertEqual(status(4, "192.168.1.8"), 403)
        self.assertEqual(status(5, "127.0.0.1"), 200)
        streams[0].sock.close()
        self.assertTrue(wait_for(lambda: status(3, "192.168.1.9") == 403))
        for http in streams:
            http.sock.close()


if __name__ == "__main__":
    unittest.main()
