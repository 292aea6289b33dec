# SPDX-License-Identifier: Apache-2.0
"""TLS: what is offered and what is not, certificates of lanes, plain HTTP.

    t_tls.py ROOT EXEUNT
"""
import os
import socket
import ssl
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, ended, run, same     # noqa: E402
from hub import Hub, trusting     # noqa: E402

EXTENSIONS = {"server": "serverAuth", "client": "clientAuth"}


class Pki:
    """An authority, and certificates of its making."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *args):
        subprocess.run(("openssl",) + args, check=True, capture_output=True)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=%s" % name, "-keyout",
                     self.path(name + ".key"), "-out",
                     self.path(name + ".pem"))
        return self.path(name + ".pem")

    def issue(self, ca, name, kind, days="2"):
        """(certificate, key) of the common name `name`."""
        stem = self.path("%s-%s-%s" % (ca, name.replace("/", "_"), kind))
        with open(stem + ".ext", "w", encoding="ascii") as file:
            file.write("extendedKeyUsage=%s\n" % EXTENSIONS[kind])
            if kind == "server":
                file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-subj",
                     "/CN=%s" % name.replace("/", "\\/"), "-keyout",
                     stem + ".key", "-out", stem + ".csr")
        self.openssl("x509", "-req", "-in", stem + ".csr", "-CA",
                     self.path(ca + ".pem"), "-CAkey",
                     self.path(ca + ".key"), "-CAcreateserial", "-days", days,
                     "-extfile", stem + ".ext", "-out", stem + ".pem")
        return stem + ".pem", stem + ".key"


def shows(context, pair):
    """The context with a client's certificate."""
    if pair:
        context.load_cert_chain(*pair)
    return context


def check_lanes(hub, pki, ca):
    def status(pair):
        hub.context = shows(trusting(ca), pair)
        try:
            return hub.ask("GET", "/v1/session").status
        except (OSError, ssl.SSLError):
            return None
        finally:
            hub.context = trusting(ca)
    # A lane is known (and has no session: 403); nobody is not (401).
    yield from same("a lane", status(pki.issue("lanes", "demo-1", "client")),
                    403)
    yield from same("nobody", status(None), 401)
    pki.authority("strangers")
    for what, pair in (
            ("of another authority", pki.issue("strangers", "demo-1",
                                               "client")),
            ("made for servers", pki.issue("lanes", "demo-1", "server")),
            ("of a name that is no lane's", pki.issue("lanes", "Demo 1",
                                                      "client")),
            ("of a path", pki.issue("lanes", "../x", "client")),
            ("of a long name", pki.issue("lanes", "x" * 60, "client")),
            ("that is over", pki.issue("lanes", "demo-1", "client", "-1"))):
        got = status(pair)
        if got not in (401, None):
            yield "a certificate %s: %s" % (what, got)


def check_versions(hub, ca):
    warnings.simplefilter("ignore", DeprecationWarning)
    for version, good in ((ssl.TLSVersion.TLSv1_3, True),
                          (ssl.TLSVersion.TLSv1_2, True),
                          (ssl.TLSVersion.TLSv1_1, False),
                          (ssl.TLSVersion.TLSv1, False)):
        context = trusting(ca)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        hub.context = context
        try:
            got = hub.ask("GET", "/v1/health").status == 200
        except (OSError, ssl.SSLError):
            got = False
        yield from same(version.name, got, good)
    for ciphers, good in (("ECDHE-ECDSA-AES256-GCM-SHA384", True),
                          ("ECDHE-ECDSA-CHACHA20-POLY1305", True),
                          ("ECDHE-ECDSA-AES256-SHA", False),
                          ("AES256-GCM-SHA384", False)):
        context = trusting(ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
        hub.context = context
        try:
            got = hub.ask("GET", "/v1/health").status == 200
        except (OSError, ssl.SSLError):
            got = False
        yield from same(ciphers, got, good)
    hub.context = trusting(ca)


def check_browser(hub):
    reply = hub.ask("GET", "/v1/health")
    if not (reply.headers["Strict-Transport-Security"] or "").startswith(
            "max-age="):
        yield "no Strict-Transport-Security"
    cookie = hub.ask("POST", "/v1/session", {
        "user": "officer", "password": "correct horse battery staple"}
        ).headers["Set-Cookie"]
    if "; Secure" not in cookie:
        yield "the cookie goes over plain HTTP too"
    yield from same("signed in", hub.ask("GET", "/v1/session", None,
                                         "officer").status, 200)


def check_plain(hub):
    """Plain HTTP on the port of TLS gets no answer that tells anything."""
    got = hub.raw(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 5)
    if b"200" in got or b"version" in got:
        yield "answered %r" % got[:40]


def check_half_open(hub):
    """Who never says hello is cut, and keeps nobody waiting."""
    held = [socket.create_connection(("127.0.0.1", hub.port), 20)
            for _ in range(20)]
    yield from same("beside them", hub.ask("GET", "/v1/health").status, 200)
    for s in held:
        s.settimeout(20)
        try:
            if s.recv(1) != b"":
                yield "something came"
        except OSError:
            pass
        s.close()


def check_start(suite, pki, ca):
    """What cannot be served does not start, and says why in one line."""
    good = pki.issue("hubs", "localhost", "server")
    other = pki.issue("hubs", "other", "server")
    broken = pki.path("broken.pem")
    with open(broken, "w", encoding="ascii") as file:
        file.write("-----BEGIN CERTIFICATE-----\nAAAA\n")
    for what, tls, code, says in (
            ("off loopback without TLS", {}, 3, "loopback"),
            ("a certificate without its key", {"certificate": good[0]}, 3,
             "goes with"),
            ("another's key", {"certificate": good[0], "key": other[1]}, 4,
             "key"),
            ("no such file", {"certificate": "none", "key": good[1]}, 3,
             "(?i)no such file"),
            ("a broken certificate", {"certificate": broken,
                                      "key": good[1]}, 4, "certificate"),
            ("a broken authority", {"certificate": good[0], "key": good[1],
                                    "client-ca": broken}, 4, "client-ca")):
        hub = Hub(suite, {"tls": tls, "hub": {"listen": "0.0.0.0:0"}},
                  people=())
        for args in (("hub",), ("hub", "check")):
            done = run(*args, "--config", hub.conf, limit_s=20)
            for problem in ended(done, code, says):
                yield "%s: %s: %s" % (what, args[-1], problem)


def main():
    with Suite() as suite:
        pki = Pki(suite.path("pki"))
        ca = pki.authority("hubs")
        lanes = pki.authority("lanes")
        cert, key = pki.issue("hubs", "localhost", "server")
        settings = {"hub": {"listen": "0.0.0.0:0"},
                    "tls": {"certificate": cert, "key": key,
                            "client-ca": lanes},
                    "limits": {"request-seconds": 3}}
        hub = Hub(suite, settings)
        hub.context = trusting(ca)
        with hub:
            suite.case("TLS 1.2 and 1.3, and nothing weak", check_versions,
                       hub, ca)
            suite.case("a browser is told to stay with TLS", check_browser,
                       hub)
            suite.case("a lane is who its certificate says", check_lanes, hub,
                       pki, ca)
            suite.case("plain HTTP is not answered", check_plain, hub)
            suite.case("half-open connections are cut", check_half_open, hub)
            suite.case("it ends cleanly", lambda: same("exit", hub.stop(), 0))
            suite.case("nothing to complain of", lambda: same(
                "stderr", hub.said(), ""))
        suite.case("what cannot be served does not start", check_start,
                   suite, pki, ca)
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
