# SPDX-License-Identifier: Apache-2.0
"""Every route of the hub's own description, asked by every role and by nobody.

    t_routes.py ROOT EXEUNT
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, same     # noqa: E402
from hub import PEOPLE, Hub     # noqa: E402

PRINCIPALS = {None: "anyone", "lane:demo-1": "lane",
              "program:watch": "auditor",
              **{role: role for role in PEOPLE}}
METHODS = ("get", "post", "put", "delete")
VALUES = {"crossing": "01J00000000000000000000000", "lane": "demo-1",
          "n": "1", "name": "o1", "user": "somebody", "language": "en",
          "token": "0123456789abcdef", "step": "hour", "state": "all",
          "id": "01J00000000000000000000000"}
MAY_NOT = "this is not for who is signed in"


def routes(api):
    for path, item in api["paths"].items():
        for method, route in item.items():
            yield method.upper(), path, route


def fill(path, route):
    for p in route["parameters"]:
        if p.get("in") == "path":
            schema = p["schema"]
            value = VALUES.get(p["name"]) or (
                schema["enum"][0] if "enum" in schema else "1")
            path = path.replace("{%s}" % p["name"], value)
    return path


def body_of(route):
    """Of the right kind, but of no use: nothing is changed by asking."""
    kinds = list(route.get("requestBody", {}).get("content", {}))
    if not kinds:
        return None, {}
    return b"[]", {"Content-Type": kinds[0]}


def ask(hub, method, path, route, who, purpose="review", **more):
    body, head = body_of(route)
    head.update(more)
    if path == "/v1/events":    # never ends
        return hub.ask(method, path + "?none=1", body, who, purpose, head)
    if (method, path) == ("DELETE", "/v1/session"):
        hub.sessions.pop(who, None)     # a new one for the next
    return hub.ask(method, fill(path, route), body, who, purpose, head)


def check_roles(hub, method, path, route):
    roles = set(route["x-roles"])
    if not roles:
        yield "for nobody"
    for who, role in PRINCIPALS.items():
        reply = ask(hub, method, path, route, who)
        what = "%s as %s" % (method, who)
        allowed = role in roles or "anyone" in roles
        if allowed:
            if reply.status == 401 and path != "/v1/session":
                yield "%s: 401" % what
            if reply.status == 403 and reply.problem() == MAY_NOT:
                yield "%s: refused" % what
            if reply.status >= 500:
                yield "%s: %d" % (what, reply.status)
        else:
            yield from same(what, reply.status, 401 if who is None else 403)
            if who is not None:
                yield from same(what, reply.problem(), MAY_NOT)
        if (method, path) == ("DELETE", "/v1/session"):
            hub.sessions.pop(who, None)


def check_csrf(hub, method, path, route):
    """No unsafe method by cookie alone."""
    who = next((r for r in PEOPLE if r in route["x-roles"]), None)
    if method == "GET" or who is None or "anyone" in route["x-roles"]:
        return
    for value in ("", "0" * 64):
        reply = ask(hub, method, path, route, who, **{"X-Exeunt-CSRF": value})
        yield from same("with csrf %r" % value, reply.status, 403)
        if "CSRF" not in reply.problem():
            yield "refused for another reason"


def check_purpose(hub, method, path, route):
    if not route["x-purpose"]:
        return
    role = route["x-roles"][0]
    who = next(w for w, r in PRINCIPALS.items() if r == role)
    for purpose in (None, "none", "curiosity"):
        reply = ask(hub, method, path, route, who, purpose)
        yield from same("purpose %s" % purpose, reply.status, 400)
        if "purpose" not in reply.problem():
            yield "refused for another reason"


def check_body(hub, method, path, route):
    """One byte more than it takes is refused before it is sent; so is another
    kind, and one of unknown length."""
    role = next(r for r in route["x-roles"])
    who = next(w for w, r in PRINCIPALS.items() if r == role)
    if "requestBody" not in route:
        reply = hub.ask(method, fill(path, route), b"x", who, "review")
        yield from same("a body where none is taken", reply.status, 413)
        return
    most = route["requestBody"]["x-most-bytes"]
    head = "".join("%s: %s\r\n" % pair for pair in
                   hub.head(who, method, "review").items())
    kind = list(route["requestBody"]["content"])[0]
    request = ("%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s"
               % (method, fill(path, route), kind, head))
    for more, status in (("Content-Length: %d" % (most + 1), b"413"),
                         ("Content-Length: 99999999999999999999", b"413"),
                         ("Transfer-Encoding: chunked", b"411")):
        got = hub.raw((request + more + "\r\n\r\n").encode(), 10)
        if not got.startswith(b"HTTP/1.1 " + status):
            yield "%s: %r" % (more, got[:40])
    reply = hub.ask(method, fill(path, route), b"x", who, "review",
                    {"Content-Type": "text/x-none"})
    yield from same("another kind", reply.status, 415)


def check_methods(hub, path, item):
    there = {m.upper() for m in item}
    some = next(iter(item.values()))
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "BREW"):
        if method in there:
            continue
        reply = hub.ask(method, fill(path, some), None, "admin")
        yield from same(method, reply.status, 405)
        yield from same("Allow",
                        set((reply.headers["Allow"] or "").split(", ")), there)
        reply.problem()


def check_unknown(hub):
    for path in ("/v1", "/v1/", "/v2/health", "/v1/health/", "/v1/healthz",
                 "/admin", "/v1/crossings/x", "/v1/session/", "//v1/health",
                 "/.git/config", "/hub.conf"):
        for who in (None, "admin"):
            reply = hub.ask("GET", path, None, who)
            if reply.status not in (400, 404):
                yield "%s: %d" % (path, reply.status)
            reply.problem()


def main():
    with Suite() as suite, Hub(suite) as hub:
        api = hub.ask("GET", "/v1/openapi.json").json()
        suite.case("what is not listed is not there", check_unknown, hub)
        for path, item in api["paths"].items():
            suite.case("%s: other methods are 405, with Allow" % path,
                       check_methods, hub, path, item)
        for name, check in (("each role", check_roles),
                            ("no change by cookie alone", check_csrf),
                            ("a purpose is named", check_purpose),
                            ("bodies are bounded", check_body)):
            for method, path, route in routes(api):
                suite.case("%s %s: %s" % (method, path, name), check, hub,
                           method, path, route)
        suite.case("the hub is alive, and ends cleanly", lambda: same(
            "exit", hub.stop(), 0))
        suite.case("it had nothing to complain of", lambda: same(
            "stderr", hub.said(), ""))
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
