#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lane and the hub itself: the demonstration as it stays at a terminal, and
deliveries that come twice.

    t_hub.py ROOT EXEUNT MAKE_SPOOL
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import EXEUNT, Suite, ended, run, same     # noqa: E402

MAKE_SPOOL = os.path.abspath(sys.argv[3])
LIMIT_S = 600


class Demo:
    """The demonstration at a terminal of its own, until it stays."""

    def __init__(self, f):
        self.out = f.path("demo")
        # Somebody has the first port.
        self.taken = socket.socket()
        self.taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.taken.bind(("127.0.0.1", 8080))
            self.taken.listen()
        except OSError:
            pass               # somebody else has it: just as good
        self.text = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv(EXEUNT, [EXEUNT, "demo", "--out", self.out,
                              "--vehicles", "2"])
        self.code = None
        self.read_until(rb"until Ctrl-C")
        self.base = re.search(rb"Console: (http://localhost:\d+)",
                              self.text).group(1).decode()
        self.password = re.search(rb"password (\S+)",
                                  self.text).group(1).decode()

    def read_until(self, pattern):
        end = time.monotonic() + LIMIT_S
        while not re.search(pattern, self.text):
            if not select.select([self.terminal], [], [], 1)[0]:
                if time.monotonic() > end:
                    raise TimeoutError(self.text.decode(errors="replace"))
                continue
            try:
                more = os.read(self.terminal, 65536)
            except OSError:
                more = b""
            if not more:
                raise EOFError(self.text.decode(errors="replace"))
            self.text += more

    def call(self, path, body=None, cookie=None):
        headers = {"Content-Type": "application/json"}
        if cookie:
            headers["Cookie"] = cookie
        request = urllib.request.Request(
            self.base + path, headers=headers,
            data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()

    def stop(self):
        os.kill(self.pid, signal.SIGINT)
        end = time.monotonic() + 60
        while self.code is None and time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.close(self.terminal)
        self.taken.close()


def the_demonstration_stays_with_its_console(f):
    d = f.demo = Demo(f)
    if d.base.endswith(":8080"):
        yield "it took a port that was taken"
    if b"2 delivered, 0 waiting" not in d.text:
        yield d.text.decode(errors="replace")
    status, headers, page = d.call("/")
    yield from same("console", status, 200)
    if b"<html" not in page.lower():
        yield "this is no page"
    status, headers, _ = d.call("/v1/session", {
        "user": "officer", "password": d.password})
    yield from same("sign-in", status, 200)
    cookie = headers["Set-Cookie"].split(";")[0]
    _, _, answer = d.call("/v1/crossings?purpose=review", cookie=cookie)
    items = json.loads(answer)["items"]
    yield from same("crossings", len(items), 2)
    shown = json.loads(d.call("/v1/crossings/%s?purpose=review" % max(
        items, key=lambda c: c["seen"])["crossing"], cookie=cookie)[2])
    if not shown["pictures"]:
        yield "there are no pictures"
    for p in shown["pictures"]:
        _, headers, jpeg = d.call("/v1/crossings/%s/pictures/%s?purpose="
                                  "review" % (shown["crossing"], p["name"]),
                                  cookie=cookie)
        if not jpeg.startswith(b"\xff\xd8\xff"):
            yield "%s is no JPEG" % p["name"]
        if not 2000 < len(jpeg) <= 24 * 1024:
            yield "%s has %d bytes" % (p["name"], len(jpeg))


def loopback_alone_is_listened_to(f):
    port = int(f.demo.base.rsplit(":", 1)[1])
    with open("/proc/net/tcp", encoding="ascii") as file:
        lines = [line.split() for line in file.readlines()[1:]]
    where = {line[1].split(":")[0] for line in lines
             if line[3] == "0A" and int(line[1].split(":")[1], 16) == port}
    yield from same("listens at", where, {"0100007F"})


def twice_is_as_good_as_once(f):
    """Two copies of one spool, delivered to the hub one after the other."""
    hub = os.path.join(f.demo.out, "hub")
    vault = run("vault", "recipient", "--vault", os.path.join(hub, "vault"),
                "--master-key", os.path.join(hub, "master.key"),
                "--same-disk")
    yield from same("exit", vault.code, 0)
    recipient = re.search(rb"[0-9a-f]{64}", vault.out).group(0).decode()
    first, second = f.path("spool"), f.path("spool")
    subprocess.run([MAKE_SPOOL, first, recipient, "40", "3000", "demo-1"],
                   check=True)
    shutil.copytree(first, second)
    args = ("--hub", f.demo.base, "--hub-token",
            os.path.join(hub, "lane.token"))
    for spool in (first, second):
        r = run("lane", "deliver", "--spool", spool, *args)
        yield from ended(r, 0)
        if b"40 delivered, 0 waiting, 0 set aside" not in r.out:
            yield r.out.decode()
    kept = run("ledger", "show", "--json", "--ledger",
               os.path.join(hub, "ledger.db")).objects()
    yield from same("crossings at the hub", len(kept), 42)
    # Another lane's crossings are not this lane's to bring.
    other = f.path("spool")
    subprocess.run([MAKE_SPOOL, other, recipient, "1", "300", "demo-2"],
                   check=True)
    r = run("lane", "deliver", "--spool", other, *args)
    yield from ended(r, 3, "HTTP 403")
    yield from same("set aside", len([n for n in os.listdir(os.path.join(
        other, "refused")) if n.endswith(".envelope")]), 1)


def ctrl_c_ends_it_with_0(f):
    f.demo.stop()
    yield from same("exit", f.demo.code, 0)


def a_folder_of_somebody_else_is_left_alone(f):
    out = f.path("demo")
    os.makedirs(os.path.join(out, "hub"))
    r = run("demo", "--out", out, "--vehicles", "1")
    yield from same("exit", r.code, 4)
    yield from same("there", os.listdir(os.path.join(out, "hub")), [])


CASES = (the_demonstration_stays_with_its_console,
         loopback_alone_is_listened_to, twice_is_as_good_as_once,
         ctrl_c_ends_it_with_0, a_folder_of_somebody_else_is_left_alone)


def main():
    with Suite() as f:
        for check in CASES:
            f.case(check.__name__.replace("_", " "), check, f)
        return f.tap.end()


if __name__ == "__main__":
    sys.exit(main())
