# SPDX-License-Identifier: Apache-2.0
"""A hub for tests: set up in a folder of its own, started, asked, stopped."""
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse

from program import EXEUNT, run

PASSWORD = "correct horse battery staple"
PEOPLE = ("officer", "supervisor", "auditor", "admin")
START_S = 60


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def problem(self):
        """Its detail; raises unless it is a problem as RFC 9457 has it."""
        if self.headers["Content-Type"] != "application/problem+json":
            raise ValueError("%d is %s, not a problem" % (
                self.status, self.headers["Content-Type"]))
        if self.json()["status"] != self.status:
            raise ValueError("a problem of another status")
        return self.json()["detail"]


class Session:
    """A signed-in browser."""

    def __init__(self, hub, user, password=PASSWORD):
        reply = hub.ask("POST", "/v1/session",
                        {"user": user, "password": password})
        if reply.status != 200:
            raise ValueError("sign-in of %s: %d" % (user, reply.status))
        self.cookie = reply.headers["Set-Cookie"].split(";")[0]
        self.csrf = reply.json()["csrf"]


class Hub:
    """settings: {"limits": {"queue": 8}}; they come behind the usual ones."""

    def __init__(self, suite, settings=None, ledger=None, people=PEOPLE):
        self.dir = suite.path("hub")
        os.mkdir(self.dir)
        self.process = None
        self.context = None
        self.port = 0
        self.err = os.path.join(self.dir, "err")
        self.sessions = {}
        self.tokens = {}
        self.conf = os.path.join(self.dir, "hub.conf")
        self._write_conf(settings or {}, ledger)
        self.must("vault", "init", "--vault", os.path.join(self.dir, "vault"),
                  "--master-key", os.path.join(self.dir, "master"),
                  "--same-disk")
        for role in people:
            self.must("hub", "user", "add", role, "--role", role, "--config",
                      self.conf, stdin=(PASSWORD + "\n").encode())

    def _write_conf(self, settings, ledger):
        usual = {"hub": {"listen": "127.0.0.1:0", "vault": "vault",
                         "master-key": "master", "same-disk": "yes",
                         "ledger": ledger or "sqlite:hub.db"}}
        for section, keys in settings.items():
            usual.setdefault(section, {}).update(keys)
        with open(self.conf, "w", encoding="utf-8") as file:
            for section, keys in usual.items():
                file.write("[%s]\n" % section)
                for key, value in keys.items():
                    file.write("%s = %s\n" % (key, value))

    @staticmethod
    def must(*args, **more):
        done = run(*args, **more)
        if done.code != 0:
            raise ValueError("%s: exit %d: %s" % (
                " ".join(args[:3]), done.code, done.err.decode()))
        return done

    def token(self, name, role="lane"):
        if name not in self.tokens:
            self.tokens[name] = self.must(
                "hub", "token", "add", "--role", role, "--name", name,
                "--config", self.conf).lines()[0]
        return self.tokens[name]

    def start(self):
        with open(self.err, "ab") as err:
            self.process = subprocess.Popen(
                [EXEUNT, "hub", "--config", self.conf, "--json"],
                stdout=subprocess.PIPE, stderr=err)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(START_S)
            raise ValueError("no start: %s" % self.said())
        self.port = urllib.parse.urlsplit(json.loads(line)["url"]).port
        return self

    def said(self):
        with open(self.err, encoding="utf-8", errors="replace") as file:
            return file.read()

    def alive(self):
        return self.process.poll() is None

    def stop(self, signum=signal.SIGTERM):
        """Its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signum)
        code = self.process.wait(START_S)
        self.process.stdout.close()
        self.process = None
        return code

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.alive():
            self.stop()

    # ---- asking ---------------------------------------------------------

    def connect(self, timeout=30):
        if self.context:
            return http.client.HTTPSConnection(
                "localhost", self.port, timeout=timeout, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def session(self, role):
        """Signed in once."""
        if role not in self.sessions:
            self.sessions[role] = Session(self, role)
        return self.sessions[role]

    def head(self, who, method="GET", purpose=None):
        """Headers of `who`: a role of people, "lane:NAME", "program:NAME"
        (an auditor's token), a Session, or None."""
        head = {}
        if isinstance(who, str) and who.startswith("lane:"):
            head["Authorization"] = "Bearer " + self.token(who[5:])
        elif isinstance(who, str) and who.startswith("program:"):
            head["Authorization"] = "Bearer " + self.token(who[8:], "auditor")
        elif who is not None:
            session = self.session(who) if isinstance(who, str) else who
            head["Cookie"] = session.cookie
            if method != "GET":
                head["X-Exeunt-CSRF"] = session.csrf
        if purpose:
            head["X-Exeunt-Purpose"] = purpose
        return head

    def ask(self, method, path, body=None, who=None, purpose=None, head=None,
            over=None):
        """`body`: bytes, or what becomes JSON; `over`: a connection kept."""
        headers = self.head(who, method, purpose)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        headers.update(head or {})
        connection = over or self.connect()
        try:
            connection.request(method, path, body, headers)
            return Reply(connection.getresponse())
        finally:
            if over is None:
                connection.close()

    def raw(self, data, timeout=30, most=1 << 20):
        """Bytes as they are; what comes back until the end or `timeout`."""
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout) as s:
            got = b""
            try:
                s.sendall(data)
                while len(got) < most:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    got += piece
            except OSError:
                pass
            return got


class Events:
    """A stream, read line by line."""

    def __init__(self, hub, who, last=None, timeout=40):
        self.connection = hub.connect(timeout)
        head = hub.head(who)
        if last is not None:
            head["Last-Event-ID"] = str(last)
        self.connection.request("GET", "/v1/events", None, head)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self):
        """(id, event, data); a comment is (None, None, its text); None at
        the end."""
        event = {}
        while True:
            line = self.response.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line == "" and event:
                return (event.get("id"), event.get("event"),
                        json.loads(event["data"]) if "data" in event
                        else event.get(""))
            name, _, value = line.partition(": ")
            if line:
                event[name.rstrip(":") if value else ""] = value or line

    def until(self, word, seconds=40):
        """The next event of that name; raises where none comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            event = self.next()
            if event is None:
                raise ValueError("the stream ended before %s" % word)
            if event[1] == word:
                return event
        raise ValueError("no %s in %d s" % (word, seconds))

    def close(self):
        self.connection.close()


def trusting(ca):
    """A TLS context that trusts this file alone."""
    return ssl.create_default_context(cafile=ca)


def eventually(check, seconds=20):
    """Is it true before the time is over?"""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return True
        time.sleep(0.05)
    return False
