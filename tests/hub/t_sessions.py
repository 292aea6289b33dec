# SPDX-License-Identifier: Apache-2.0
"""Signing in, staying so, and being kept out.

    t_sessions.py ROOT EXEUNT
"""
import os
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, run, same     # noqa: E402
from hub import PASSWORD, Hub, Session, eventually     # noqa: E402

NOBODY = "secret-typed-as-a-name"


def sign_in(hub, user, password, **more):
    return hub.ask("POST", "/v1/session", {"user": user,
                                           "password": password}, **more)


def check_cookie(hub):
    reply = sign_in(hub, "officer", PASSWORD)
    yield from same("status", reply.status, 200)
    parts = [p.strip() for p in reply.headers["Set-Cookie"].split(";")]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        if part not in parts:
            yield "the cookie lacks %s" % part
    name, _, value = parts[0].partition("=")
    yield from same("name", name, "exeunt")
    yield from same("characters of an id of 256 bits", len(value), 64)
    yield from same("session", sorted(reply.json()),
                    ["csrf", "language", "role", "user"])
    if reply.json()["csrf"] in value or value in reply.json()["csrf"]:
        yield "the csrf value tells the id"


def check_rotation(hub):
    """A sign-in makes a new id and ends the one it came with."""
    old = Session(hub, "officer")
    reply = sign_in(hub, "officer", PASSWORD, who=old)
    yield from same("again", reply.status, 200)
    if reply.headers["Set-Cookie"].startswith(old.cookie):
        yield "the id stayed"
    yield from same("the old one", hub.ask("GET", "/v1/session", None,
                                           old).status, 401)
    forged = Session(hub, "officer")
    forged.cookie = "exeunt=" + "0" * 64
    yield from same("an id of the client's choice", hub.ask(
        "GET", "/v1/session", None, forged).status, 401)


def check_sign_out(hub):
    one, other = Session(hub, "officer"), Session(hub, "officer")
    yield from same("out", hub.ask("DELETE", "/v1/session", None,
                                   one).status, 204)
    yield from same("this one", hub.ask("GET", "/v1/session", None,
                                        one).status, 401)
    yield from same("the other", hub.ask("GET", "/v1/session", None,
                                         other).status, 200)


def check_disabled(hub):
    """By another program, while the hub runs."""
    held = Session(hub, "auditor")
    hub.must("hub", "user", "disable", "auditor", "--config", hub.conf)
    if not eventually(lambda: hub.ask("GET", "/v1/session", None,
                                      held).status == 401, 10):
        yield "the session of a disabled user lives on"
    yield from same("sign-in", sign_in(hub, "auditor", PASSWORD).status, 401)
    hub.must("hub", "user", "enable", "auditor", "--config", hub.conf)
    yield from same("sign-in, enabled", sign_in(hub, "auditor",
                                                PASSWORD).status, 200)
    yield from same("the old session", hub.ask("GET", "/v1/session", None,
                                               held).status, 401)


def check_token(hub):
    token = hub.token("gone")
    head = {"Authorization": "Bearer " + token}

    def status():
        return hub.ask("GET", "/v1/session", head=head).status
    yield from same("a lane's", status(), 403)
    listed = hub.must("hub", "token", "list", "--config", hub.conf, "--json")
    gone = next(t for t in listed.objects() if t["name"] == "gone")
    if gone["token"] in token:
        yield "the id is a part of the token"
    hub.must("hub", "token", "revoke", gone["token"], "--config", hub.conf)
    yield from same("withdrawn", status(), 401)
    for wrong in (token[:-1], token + "0", token.upper(), "", "exeunt-",
                  "exeunt-" + "g" * 64):
        head["Authorization"] = "Bearer " + wrong
        yield from same("wrong", status(), 401)


def check_password(hub):
    new = "a new and longer password"
    held, other = Session(hub, "supervisor"), Session(hub, "supervisor")
    change = {"old": PASSWORD, "new": new}
    wrong = hub.ask("PUT", "/v1/session/password",
                    {"old": "not it", "new": new}, held)
    yield from same("wrong old one", wrong.status, 403)
    short = hub.ask("PUT", "/v1/session/password",
                    {"old": PASSWORD, "new": "eleven char"}, held)
    yield from same("too short", short.status, 400)
    done = hub.ask("PUT", "/v1/session/password", change, held)
    yield from same("changed", done.status, 204)
    for one in (held, other):
        yield from same("a session from before", hub.ask(
            "GET", "/v1/session", None, one).status, 401)
    held.cookie = done.headers["Set-Cookie"].split(";")[0]
    yield from same("the session it came with", hub.ask(
        "GET", "/v1/session", None, held).status, 200)
    yield from same("old password", sign_in(hub, "supervisor",
                                            PASSWORD).status, 401)
    yield from same("new password", sign_in(hub, "supervisor", new).status,
                    200)


def check_disabled_meanwhile(hub):
    """While the old password is verified an administrator disables the user,
    or gives another role: that stands, whatever the user's own change does."""
    new = "a password of the one who goes"
    for pause in (0, 0.01, 0.02, 0.05, 0.1, 0.2):
        user = {"role": "supervisor", "password": PASSWORD, "language": "en"}
        yield from same("made", hub.ask("PUT", "/v1/users/eve", user,
                                        "admin").status, 200)
        held = Session(hub, "eve")
        change = threading.Thread(target=hub.ask, args=(
            "PUT", "/v1/session/password", {"old": PASSWORD, "new": new},
            held))
        change.start()
        time.sleep(pause)
        yield from same("disabled", hub.ask("PUT", "/v1/users/eve", {
            "role": "officer", "disabled": True}, "admin").status, 200)
        change.join()
        users = hub.ask("GET", "/v1/users", None, "admin").json()["items"]
        eve = next(u for u in users if u["user"] == "eve")
        yield from same("after %g s" % pause,
                        (eve["disabled"], eve["role"]), (True, "officer"))
    yield from same("dropped", hub.ask("DELETE", "/v1/users/eve", None,
                                       "admin").status, 204)


def check_program(hub):
    """A token that is called as a user is has no session of theirs."""
    program = "program:officer"
    for method, path, body in (
            ("GET", "/v1/session", None), ("DELETE", "/v1/session", None),
            ("PUT", "/v1/session/password", {
                "old": PASSWORD, "new": "another good password"})):
        reply = hub.ask(method, path, body, program)
        yield from same(method, reply.status, 404)
        yield from same("cookie", reply.headers["Set-Cookie"], None)
    yield from same("sign-in", sign_in(hub, "officer", PASSWORD).status, 200)


def check_token_time(hub):
    made = hub.ask("POST", "/v1/tokens", {"role": "lane", "name": "new"},
                   "admin")
    yield from same("status", made.status, 201)
    yield from same("the year", made.json()["made"][:4],
                    time.strftime("%Y", time.gmtime()))


def check_many(hub):
    """One user's sessions are bounded; the oldest go."""
    first = Session(hub, "admin")
    for _ in range(16):
        last = Session(hub, "admin")
    yield from same("the first", hub.ask("GET", "/v1/session", None,
                                         first).status, 401)
    yield from same("the last", hub.ask("GET", "/v1/session", None,
                                        last).status, 200)


def check_limits(hub):
    """Guessing gets slower; whoever has signed in from here is not shut out
    by guesses at others."""
    waits = []
    for _ in range(12):
        reply = sign_in(hub, NOBODY, "guess")
        if reply.status == 429:
            waits.append(int(reply.headers["Retry-After"]))
            time.sleep(waits[-1] if waits[-1] < 3 else 0)
            if waits[-1] > 3:
                break
    if not waits or max(waits) < 4:
        yield "waits of %s s for 12 guesses" % waits
    yield from same("somebody else", sign_in(hub, "officer",
                                             PASSWORD).status, 200)


def check_at_once(hub):
    """Guesses that come together are no more than guesses that come one by
    one: those in line hear what came of the first."""
    said = []
    crowd = [threading.Thread(target=lambda: said.append(sign_in(
        hub, "nobody-else", "guess").status)) for _ in range(24)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    if said.count(401) > 6:     # 3, one that makes them wait, two at work
        yield "%d of 24 guesses at once were looked at" % said.count(401)
    yield from same("others", sorted(set(said)), [401, 429])


def check_audited(hub):
    """Every sign-in and refusal is in the chain; what was typed as a name of
    nobody is nowhere."""
    db = sqlite3.connect(os.path.join(hub.dir, "hub.db"))
    dump = "\n".join(db.iterdump())
    db.close()
    for word in ("sign-in", "sign-in-refused", "sign-out", "user:officer",
                 "unknown user", "from 127.0.0.1", "start"):
        if word not in dump:
            yield "nothing in the ledger says %s" % word
    for word in (NOBODY, PASSWORD, "not it", "guess"):
        if word in dump:
            yield "the ledger holds what was typed"
    for token in hub.tokens.values():
        if token in dump or token[7:] in dump:
            yield "the ledger holds a token"


def check_idle():
    with Suite() as suite, Hub(suite, people=("officer",), settings={
            "limits": {"sessions": 2}}) as hub:
        held = [Session(hub, "officer") for _ in range(3)]
        said = [hub.ask("GET", "/v1/session", None, s).status for s in held]
        yield from same("three where two have room", said, [401, 200, 200])


def check_commands(hub):
    for args, code in ((("hub", "user", "add", "officer"), 3),
                       (("hub", "user", "add", "Ana"), 3),
                       (("hub", "user", "add", "x" * 33), 3),
                       (("hub", "user", "disable", "nobody"), 3),
                       (("hub", "token", "revoke", "0" * 16), 3),
                       (("hub", "token", "add"), 3),
                       (("hub", "token", "add", "--role", "admin", "--name",
                         "x"), 3),
                       (("hub", "user", "shout"), 2),
                       (("hub", "user", "list", "x"), 2)):
        done = run(*args, "--config", hub.conf,
                   stdin=(PASSWORD + "\n").encode())
        yield from same(" ".join(args)[:40], done.code, code)
    made = hub.must("hub", "user", "add", "eve", "--config", hub.conf)
    yield from same("with the password that was made", sign_in(
        hub, "eve", made.lines()[0]).status, 200)
    listed = hub.must("hub", "user", "list", "--config", hub.conf, "--json")
    if PASSWORD in listed.out.decode() or "scrypt" in listed.out.decode():
        yield "the list tells passwords"


def main():
    with Suite() as suite, Hub(suite) as hub:
        for name, check in (
                ("a cookie is what it should be", check_cookie),
                ("signing in makes a new session", check_rotation),
                ("signing out ends one session", check_sign_out),
                ("a disabled user is out", check_disabled),
                ("a withdrawn token is out", check_token),
                ("a new password ends what was before", check_password),
                ("a user disabled meanwhile stays so",
                 check_disabled_meanwhile),
                ("a token is nobody's session", check_program),
                ("a token says when it was made", check_token_time),
                ("one user has so many sessions at most", check_many),
                ("guesses get slower", check_limits),
                ("guesses at once are not more guesses", check_at_once),
                ("sign-ins are audited, names of nobody are not",
                 check_audited),
                ("users and tokens from the command line", check_commands)):
            suite.case(name, check, hub)
        suite.case("sessions are bounded in number", check_idle)
        suite.case("the hub ends cleanly", lambda: same("exit", hub.stop(),
                                                        0))
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
