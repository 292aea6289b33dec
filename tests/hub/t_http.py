# SPDX-License-Identifier: Apache-2.0
"""HTTP as clients get it wrong: sizes, targets, hosts, slowness, chance.

    t_http.py ROOT EXEUNT
"""
import os
import random
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import SANITIZED, Suite, same     # noqa: E402
from hub import Hub, eventually     # noqa: E402

LIMITS = {"request-seconds": 2, "idle-seconds": 4, "connections": 60,
          "per-address": 50, "header-bytes": 8192}
HOST = b"Host: localhost\r\n"
END = b"Connection: close\r\n\r\n"
RANDOM_REQUESTS = 10000
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; "
    "style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store"}


def status_of(answer):
    return answer.split(b" ", 2)[1].decode() if b" " in answer else "none"


def wants(hub, what, request, *statuses):
    got = status_of(hub.raw(request, 10))
    if got not in statuses:
        yield "%s: %s, wanted %s" % (what, got, " or ".join(statuses))


def check_sizes(hub):
    get = b"GET /v1/health HTTP/1.1\r\n" + HOST
    yield from wants(hub, "a long target", b"GET /" + b"a" * 4084
                     + b" HTTP/1.1\r\n" + HOST + END, "414")
    yield from wants(hub, "a large header", get + b"X: " + b"a" * 9000
                     + b"\r\n" + END, "431")
    yield from wants(hub, "many headers", get + b"X: y\r\n" * 2000 + END,
                     "431")
    yield from wants(hub, "an endless header", get + b"X: " + b"a" * 500000
                     + b"\r\n" + END, "431", "none")
    yield from wants(hub, "an endless target", b"GET /" + b"a" * 500000
                     + b" HTTP/1.1\r\n" + HOST + END, "414", "431", "none")
    yield from wants(hub, "a good one", get + END, "200")
    for request in (b"GET /" + b"a" * 4084 + b" HTTP/1.1\r\n" + HOST + END,
                    get + b"X: " + b"a" * 9000 + b"\r\n" + END):
        if b"application/problem+json" not in hub.raw(request, 10):
            yield "%s: not a problem" % request[:9]


def check_targets(hub):
    for target in ("/../etc/passwd", "/v1/../v1/health", "/%2e%2e/x",
                   "/v1/%2e/health", "/v1/health%00", "/v1%2fhealth",
                   "/v1//health", "/v1/health%", "/v1/health%zz",
                   "/v1/health?a=%ff", "/v1/health?%00=1",
                   "http://localhost/v1/health", "*", "/v1/health#x",
                   "/" + "a/" * 20, "/v1/health?" + "a=1&" * 20,
                   "/%c0%ae%c0%ae/x", "/..%5c..%5cx", "/v1/health?a=\x01"):
        yield from wants(hub, target, b"GET " + target.encode("latin-1")
                         + b" HTTP/1.1\r\n" + HOST + END, "400", "404")
    yield from wants(hub, "an unknown parameter", b"GET /v1/health?x=1 "
                     b"HTTP/1.1\r\n" + HOST + END, "400")


def check_files(hub):
    """Whatever is asked for, no file of the machine is answered."""
    secret = os.path.join(hub.dir, "master")
    with open(secret, "rb") as file:
        key = file.read()
    for start in ("/", "/v1/", "/icons/", "/./"):
        for path in (secret, hub.conf, "etc/passwd", "hub.conf", "hub.db"):
            for dots in ("", "../" * 8, "..%2f" * 8, "%2e%2e/" * 8,
                         "....//" * 8):
                got = hub.raw(("GET %s%s%s HTTP/1.1\r\n" % (
                    start, dots, path.lstrip("/"))).encode() + HOST + END, 10)
                if status_of(got) not in ("400", "404"):
                    yield "%s%s%s: %s" % (start, dots, path, status_of(got))
                if key.strip() in got or b"root:" in got:
                    yield "a file came back"


def check_host(hub):
    get = b"GET /v1/health HTTP/1.1\r\n"
    for host in (b"evil.example", b"localhost.evil.example", b"127.0.0.2",
                 b"localhost:x", b"", b"localhost:80:80", b"[::2]"):
        yield from wants(hub, host, get + b"Host: " + host + b"\r\n" + END,
                         "421", "400")
    yield from wants(hub, "no host", get + END, "421", "400")
    for host in (b"localhost", b"127.0.0.1", b"LOCALHOST:8080",
                 b"127.0.0.1:1"):
        yield from wants(hub, host, get + b"Host: " + host + b"\r\n" + END,
                         "200")


def check_bodies(hub):
    post = (b"POST /v1/session HTTP/1.1\r\n" + HOST
            + b"Content-Type: application/json\r\n")
    yield from wants(hub, "too large", post + b"Content-Length: 2049\r\n\r\n",
                     "413")
    yield from wants(hub, "chunks", post
                     + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411")
    yield from wants(hub, "no length", post + END, "411")
    yield from wants(hub, "a negative length", post
                     + b"Content-Length: -1\r\n\r\n", "400", "413", "none")
    good = b'{"user":"nobody","password":"x"}'
    length = b"Content-Length: %d\r\n" % len(good)
    yield from wants(hub, "one length", post + length + END + good, "401")
    for twice in (length, b"Content-Length: 2\r\n", b"Host: localhost\r\n",
                  b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
                  b"Content-Type: text/plain\r\n"):
        yield from wants(hub, b"twice " + twice, post + length + twice + END
                         + good, "400")
    for body in (b"", b"{", b"[]", b"null", b"1", b'"x"', b"{}",
                 b'{"user":"a","user":"b","password":"x"}',
                 b'{"user":"a","password":"x","more":1}',
                 b'{"user":1,"password":"x"}',
                 b'{"user":"\\u0000","password":"x"}',
                 b'{"user":"","password":"x"}', b"\xff\xfe{}",
                 b'{"user":"a","password":"%s"}' % (b"x" * 257),
                 b"[" * 2000, b'{"a":' * 400):
        yield from wants(hub, body[:30], post + b"Content-Length: %d\r\n"
                         % len(body) + END + body, "400")


def check_headers(hub):
    for path, who in (("/v1/health", None), ("/v1/nothing", None),
                      ("/v1/session", None), ("/v1/session", "officer")):
        reply = hub.ask("GET", path, None, who)
        for name, value in SECURITY.items():
            yield from same("%s: %s" % (path, name), reply.headers[name],
                            value)
    if hub.ask("GET", "/v1/session").headers["WWW-Authenticate"] is None:
        yield "a 401 without WWW-Authenticate"


def check_keep_alive(hub):
    kept = hub.connect()
    for path, status in (("/v1/health", 200), ("/v1/nothing", 404),
                         ("/v1/session", 401), ("/v1/health", 200)):
        reply = hub.ask("GET", path, over=kept)
        yield from same(path, reply.status, status)
    kept.close()


def dribble(hub, start, seconds, closed):
    """A byte every half second; True if the hub had enough before."""
    with socket.create_connection(("127.0.0.1", hub.port), 30) as s:
        s.sendall(start)
        until = time.monotonic() + seconds
        s.settimeout(0.5)
        while time.monotonic() < until:
            try:
                s.sendall(b"x")
                if s.recv(4096) == b"":
                    closed.append(True)
                    return
            except socket.timeout:
                continue
            except OSError:
                closed.append(True)
                return


def check_slow(hub):
    """Slow heads, slow bodies and silence are cut, and others are served all
    the while."""
    closed, threads = [], []
    starts = [b"GET /v1/he", b"GET /v1/health HTTP/1.1\r\n" + HOST + b"X: ",
              b"POST /v1/session HTTP/1.1\r\n" + HOST
              + b"Content-Type: application/json\r\n"
              b"Content-Length: 2000\r\n\r\n", b""] * 8
    for start in starts:
        threads.append(threading.Thread(
            target=dribble, args=(hub, start, 12, closed)))
        threads[-1].start()
    slowest = 0
    for _ in range(40):
        begun = time.monotonic()
        yield from same("health", hub.ask("GET", "/v1/health").status, 200)
        slowest = max(slowest, time.monotonic() - begun)
        time.sleep(0.05)
    if slowest > (5 if SANITIZED else 1):
        yield "an answer beside slow ones took %.2f s" % slowest
    for thread in threads:
        thread.join()
    yield from same("slow requests cut", len(closed), len(starts))


def check_crowd(hub):
    """More connections than allowed from an address: they are refused, and
    when they are gone the next is served."""
    crowd = [socket.create_connection(("127.0.0.1", hub.port), 10)
             for _ in range(70)]
    refused = 0
    for s in crowd:
        s.settimeout(0.2)
        try:
            refused += s.recv(1) == b""
        except ConnectionError:
            refused += 1
        except OSError:
            pass
    if refused < 15:
        yield "%d of 70 refused" % refused
    for s in crowd:
        s.close()

    def served():
        try:
            return hub.ask("GET", "/v1/health").status == 200
        except OSError:
            return False
    if not eventually(served):
        yield "nobody is served after them"


# ---- chance --------------------------------------------------------------

PIECES = [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE",
          b"/", b"/v1/", b"health", b"session", b"events", b"crossings",
          b"openapi.json", b"lanes", b"..", b"%2e", b"%00", b"%", b"?", b"&",
          b"=", b"purpose=review", b"limit=1", b" ", b"HTTP/1.1", b"HTTP/1.0",
          b"HTTP/9.9", b"\r\n", b"\n", b"\r", b"Host: localhost\r\n",
          b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
          b"Content-Length: -3\r\n", b"Transfer-Encoding: chunked\r\n",
          b"Content-Type: application/json\r\n", b"Expect: 100-continue\r\n",
          b"Authorization: Bearer ", b"Cookie: exeunt=", b"exeunt-", b"0" * 64,
          b"X-Exeunt-Purpose: review\r\n", b"X-Exeunt-CSRF: 1\r\n",
          b"Last-Event-ID: 99999999999999999999\r\n",
          b"Connection: keep-alive\r\n", b"{", b"}", b"[]", b'"user":', b"5\r\n",
          b"hello", b"\0", b"\xff\xfe", b"\xc3\xa9"]


def random_request(rng):
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(1, 400))
    data = bytearray()
    if rng.random() < 0.7:
        data += rng.choice(PIECES[:7]) + b" /v1/" + rng.choice(
            [b"health", b"session", b"openapi.json", b"events",
             b"crossings/01J00000000000000000000000", b"session/password"])
        data += b" HTTP/1.1\r\nHost: localhost\r\n"
    for _ in range(rng.randrange(0, 12)):
        data += rng.choice(PIECES)
    data += b"\r\n\r\n" * (rng.random() < 0.8)
    for _ in range(rng.randrange(0, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def throw(hub, seed, count, wrong):
    rng = random.Random(seed)
    for _ in range(count):
        request = random_request(rng)
        try:
            with socket.create_connection(("127.0.0.1", hub.port), 10) as s:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
                s.settimeout(10)
                got = s.recv(4096)
        except OSError:
            continue
        if got and not got.startswith(b"HTTP/1.1 "):
            wrong.append(request[:60])
        if got.startswith(b"HTTP/1.1 5") and b" 505 " not in got[:14]:
            wrong.append(got[:40] + request[:60])


def check_random(hub):
    wrong, threads = [], []
    for seed in range(4):
        threads.append(threading.Thread(target=throw, args=(
            hub, seed, RANDOM_REQUESTS // 4, wrong)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    yield from (repr(w) for w in wrong[:5])
    yield from same("alive", hub.alive(), True)
    yield from same("health", hub.ask("GET", "/v1/health").status, 200)


def check_end(hub):
    yield from same("exit", hub.stop(), 0)
    said = hub.said()
    if "Sanitizer" in said or "runtime error" in said:
        yield said[:4000]
    yield from same("stderr", said[:300], "")


def main():
    with Suite() as suite, Hub(suite, {"limits": LIMITS}) as hub:
        for name, check in (
                ("heads and targets are bounded", check_sizes),
                ("targets are taken in their plain form only", check_targets),
                ("no request reaches a file", check_files),
                ("hosts that are not ours are refused", check_host),
                ("bodies are what they must be", check_bodies),
                ("every answer has its security headers", check_headers),
                ("a connection serves again", check_keep_alive),
                ("slow clients are cut and hold up nobody", check_slow),
                ("a crowd is kept out, then served", check_crowd),
                ("%d random requests" % RANDOM_REQUESTS, check_random),
                ("the hub is well after all this", check_end)):
            suite.case(name, check, hub)
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
