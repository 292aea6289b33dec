#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sqlmap on one parameter of each kind that is bound into a statement, on both
stores. For `make soak`: minutes, and a program that tests do not need.

    sqlmap.py ROOT EXEUNT MAKE_CROSSING [REPORT]
"""
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite  # noqa: E402
from hub import Hub  # noqa: E402
from deliver import deliver  # noqa: E402

FOUND = b"sqlmap identified the following injection point"
CLEAN = b"do not appear to be injectable"
REFUSALS = "400,404,409,413,422"


class Cluster:
    """A PostgreSQL server of our own, on a socket in its folder. It refuses
    to be root's."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="exeunt-pg-")
        os.chmod(self.dir, 0o755)
        versions = os.listdir("/usr/lib/postgresql")
        self.bin = os.path.join("/usr/lib/postgresql",
                                max(versions, key=int), "bin")
        self.user = None
        if os.geteuid() == 0:
            self.user = "postgres"
            who = pwd.getpwnam(self.user)
            os.chown(self.dir, who.pw_uid, who.pw_gid)
        self.data = os.path.join(self.dir, "data")
        self.run("initdb", "-D", self.data, "-U", "exeunt", "-A", "trust")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.dir + "/log",
                 "-o", "-c listen_addresses='' -k %s" % self.dir, "start")
        self.run("createdb", "-h", self.dir, "-U", "exeunt", "hub")
        self.uri = "postgres://exeunt@/hub?host=" + self.dir

    def run(self, program, *args):
        before = ["runuser", "-u", self.user, "--"] if self.user else []
        subprocess.run(before + [os.path.join(self.bin, program)]
                       + list(args), check=True, cwd=self.dir,
                       stdout=subprocess.DEVNULL)

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "stop")
        shutil.rmtree(self.dir, ignore_errors=True)


def targets(hub, crossing):
    """(what is bound, who asks, method, path with `*` at the place, body)."""
    there = "/v1/crossings"
    return (
        ("text of a query", "program:watch", "GET", there + "?lane=demo-1*",
         None),
        ("whole number", "program:watch", "GET", there + "?limit=2*", None),
        ("time", "program:watch", "GET",
         there + "?from=2026-01-01T00:00:00Z*", None),
        ("id of a query", "program:watch", "GET",
         there + "?after=%s*" % crossing, None),
        ("id of a path", "program:watch", "GET",
         there + "/%s*" % crossing, None),
        ("word", "program:watch", "GET", there + "?state=open*", None),
        ("actor", "program:watch", "GET", "/v1/audit?actor=user:admin*",
         None),
        ("subject", "program:watch", "GET", "/v1/audit?subject=%s*" % crossing,
         None),
        ("key of a thing", "admin", "PUT", "/v1/users/somebody*",
         '{"role":"officer","language":"en"}'),
        ("text of a body", "admin", "PUT", "/v1/lanes/demo-1",
         '{"name":"Lane*","direction":"out"}'),
        ("hashed text", "lane:demo-1", "POST", "/v1/lanes/demo-1/earlier",
         '{"type":"P","issuer":"UTO","number":"X1*","nationality":"UTO"}'),
    )


def attack(hub, out, who, method, path, body):
    head = hub.head(who, method, "review")
    if body:
        head["Content-Type"] = "application/json"
    args = ["sqlmap", "-u", "http://127.0.0.1:%d%s" % (hub.port, path),
            "--method", method, "--batch", "--disable-coloring",
            "--flush-session", "--level", "2", "--risk", "2", "--threads",
            "4", "--ignore-code", REFUSALS, "--output-dir", out,
            "--headers", "\n".join("%s: %s" % pair for pair in head.items()),
            "--dbms", "PostgreSQL" if hub.postgres else "SQLite"]
    if body:
        args += ["--data", body]
    done = subprocess.run(args, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=3600, check=False)
    if FOUND in done.stdout:
        yield done.stdout[-3000:].decode(errors="replace")
    elif CLEAN not in done.stdout:
        yield "sqlmap did not come to an end: " + done.stdout[
            -1500:].decode(errors="replace")
    if not hub.alive():
        yield "the hub died: " + hub.said()[-1000:]


def try_store(suite, name, uri):
    begun = time.monotonic()
    hub = Hub(suite, {"hub": {"ledger-key": "numbers.key"}} if uri else None,
              uri)
    hub.postgres = bool(uri)
    with hub:
        crossing = deliver(hub)[0]["crossing"]
        for what, who, method, path, body in targets(hub, crossing):
            suite.case("%s: %s" % (name, what), attack, hub,
                       suite.path("sqlmap"), who, method, path, body)
    return time.monotonic() - begun


def main():
    if not shutil.which("sqlmap"):
        sys.exit("sqlmap.py: no sqlmap; `scripts/setup soak` installs it")
    rows = []
    with Suite() as suite:
        rows.append(("SQLite", try_store(suite, "SQLite", None)))
        cluster = Cluster()
        try:
            rows.append(("PostgreSQL", try_store(suite, "PostgreSQL",
                                                 cluster.uri)))
        finally:
            cluster.stop()
        result = suite.tap.end()
    if len(sys.argv) > 4:
        commit = subprocess.run(
            ["git", "-C", sys.argv[1], "rev-parse", "--short", "HEAD"],
            capture_output=True, text=True, check=False).stdout.strip()
        with open(sys.argv[4], "a", encoding="utf-8") as file:
            for name, seconds in rows:
                file.write("| sqlmap, 11 parameters, %s | %.0f s | %s | %s |\n"
                           % (name, seconds, "found something" if result
                              else "clean", commit or "unknown"))
    return result


if __name__ == "__main__":
    sys.exit(main())
