#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exeunt audit verify, show and head; and a verifier written from
docs/audit.md alone.

    t_audit.py ROOT EXEUNT MAKE_CHAIN
"""
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, ended, run, same     # noqa: E402

MAKE_CHAIN = os.path.abspath(sys.argv[3])
LINKS = 9


class Chain:
    """A ledger with the chain of one node, made once; each case that breaks
    it takes a copy."""

    def __init__(self, s):
        self.suite = s
        self.vault = s.path("vault")
        self.ledger = s.path("ledger.db")
        self.grow(self.ledger, "hub-1", LINKS)
        self.head = s.path("head.json")
        self.exported = run("audit", "head", "--ledger", self.ledger, "--out",
                            self.head)

    def grow(self, ledger, node, n):
        subprocess.run([MAKE_CHAIN, ledger, self.vault, node, str(n)],
                       check=True)

    def copy(self, *sql):
        """A copy, changed behind the program's back."""
        path = self.suite.path("copy.db")
        shutil.copy(self.ledger, path)
        shutil.copy(self.ledger + ".key", path + ".key")
        with sqlite3.connect(path) as db:
            for text in sql:
                db.execute(text)
        db.close()
        return path


def verify(ledger, *args):
    return run("audit", "verify", "--ledger", ledger, *args)


def show(ledger, *args):
    return run("audit", "show", "--ledger", ledger, *args)


def broken(result, why):
    """Exit 1, and the fault in the one line on stdout."""
    yield from ended(result, 1)
    lines = result.lines()
    if len(lines) != 1 or "BROKEN: " not in lines[0] or why not in lines[0]:
        yield "stdout: %r, wanted %r" % (lines, why)


# ---- verify ----------------------------------------------------------------

def a_sound_chain_is_0(c):
    r = verify(c.ledger)
    yield from ended(r, 0)
    yield from same("stdout", r.out.decode(),
                    "hub-1: ok, links 1 to 9, 2 signed heads\n")
    r = verify(c.ledger, "--json")
    yield from ended(r, 0)
    yield from same("objects", r.objects(), [
        {"node": "hub-1", "ok": True, "links": 9, "heads": 2, "first": 1,
         "last": 9, "pruned": False}])


CHANGES = (
    ("UPDATE link SET detail = 'o2' WHERE seq = 4",
     "link 4 is not as it was written"),
    ("UPDATE link SET actor = 'officer:eve' WHERE seq = 2", "link 2 is not"),
    ("UPDATE link SET at_ms = at_ms - 1 WHERE seq = 9", "link 9 is not"),
    ("DELETE FROM link WHERE seq = 3", "link 3 is missing"),
    ("DELETE FROM link WHERE seq = 9", "a head signed at 2026-01-05T08:09"),
    ("DELETE FROM link", "ends at link 0"),
    ("DELETE FROM link WHERE seq = 1", "link 1 is missing"),
    ("UPDATE link SET hash = zeroblob(32) WHERE seq = 9", "link 9 is not"),
    ("UPDATE link SET before = zeroblob(32) WHERE seq = 5",
     "link 5 does not follow"),
    ("UPDATE thing SET value = CAST(replace(value, 'seq\":9', 'seq\":8')"
     " AS BLOB) WHERE kind = 'audit-last'", "signature"),
    ("UPDATE thing SET value = X'00' WHERE key LIKE 'hub-1:%5'",
     "is not as it was signed"),
)


def a_change_is_1_and_named(c, sql, why):
    ledger = c.copy(sql)
    yield from broken(verify(ledger), why)
    r = verify(ledger, "--json")
    yield from ended(r, 1)
    found, = r.objects()
    if found["ok"] or why not in found["fault"]:
        yield str(found)


CUT = ("DELETE FROM link WHERE seq > 6",
       "DELETE FROM thing WHERE kind IN ('audit-head', 'audit-last')")


def a_cut_tail_shows_by_a_head_from_elsewhere(c):
    yield from ended(c.exported, 0)
    ledger = c.copy(*CUT)
    # What no verifier can see: the heads are gone as well.
    yield from ended(verify(ledger), 0)
    yield from broken(verify(ledger, "--head", c.head), "ends at link 6")
    gone = c.copy("DELETE FROM link", CUT[1])
    yield from ended(verify(gone), 0)
    yield from broken(verify(gone, "--head", c.head), "ends at link 0")


def a_chain_goes_on_behind_its_head(c):
    ledger = c.copy()
    c.grow(ledger, "hub-1", 4)
    r = verify(ledger, "--head", c.head)
    yield from ended(r, 0)
    yield from same("stdout", r.out.decode(),
                    "hub-1: ok, links 1 to 13, 4 signed heads\n")


def the_verifier_may_be_known_from_elsewhere(c):
    key = json.loads(open(c.head, encoding="ascii").read())["verifier"]
    yield from ended(verify(c.ledger, "--verifier", key), 0)
    yield from ended(verify(c.ledger, "--verifier", key.upper()), 0)
    other = "%064x" % (int(key, 16) ^ 1)
    yield from broken(verify(c.ledger, "--verifier", other),
                      "signed by another key")
    for bad in ("12", key[:-1] + "g", key + "00"):
        yield from ended(verify(c.ledger, "--verifier", bad), 2,
                         "--verifier: must be")


def each_node_has_its_line(c):
    ledger = c.copy()
    c.grow(ledger, "hub-0", 3)
    r = verify(ledger)
    yield from ended(r, 0)
    yield from same("lines", [line.split(":")[0] for line in r.lines()],
                    ["hub-0", "hub-1"])
    with sqlite3.connect(ledger) as db:
        db.execute("UPDATE link SET subject = '' WHERE node = 'hub-1'")
    db.close()
    r = verify(ledger)
    yield from ended(r, 1)
    yield from same("hub-0", r.lines()[0],
                    "hub-0: ok, links 1 to 3, 2 signed heads")
    if not r.lines()[1].startswith("hub-1: BROKEN: link 2 "):
        yield r.lines()[1]
    yield from ended(verify(ledger, "--node", "hub-0"), 0)
    yield from broken(verify(ledger, "--node", "hub-1"), "link 2 ")
    yield from ended(verify(ledger, "--node", "hub-2"), 3,
                     "--node: .*no audit chain of hub-2")
    yield from ended(verify(ledger, "--node", "hub-0", "--head", c.head), 2,
                     "--head: is one of node hub-1")
    yield from ended(run("audit", "head", "--ledger", ledger), 2,
                     "--node: is missing: .*2 nodes")
    r = run("audit", "head", "--ledger", ledger, "--node", "hub-0")
    yield from ended(r, 0)
    yield from same("seq", r.objects()[0]["seq"], 3)


def another_port_has_other_rows(c):
    for port in ("elsewhere", "local"):
        r = verify(c.ledger, "--port", port)
        yield from ended(r, 0)
        yield from same(port, "no audit chain" in r.out.decode(),
                        port == "elsewhere")
    yield from ended(verify(c.ledger, "--port", "no port"), 2, "port")


def what_is_no_head_is_3(c):
    bad = c.suite.path("bad.json")
    for text in (b"", b"{}", open(c.head, "rb").read()[:-20],
                 b"x" * 10000):
        with open(bad, "wb") as file:
            file.write(text)
        yield from ended(verify(c.ledger, "--head", bad), 3, bad)
    yield from ended(verify(c.ledger, "--head", c.suite.path("none")), 3, "")


def a_forged_head_is_1(c):
    head = json.loads(open(c.head, encoding="ascii").read())
    forged = c.suite.path("forged.json")
    for key, value in (("seq", 10), ("time", "2027-01-05T08:00:00.000Z"),
                       ("hash", "00" * 32), ("signature", "00" * 64),
                       ("verifier", "%064x" % (int(head["verifier"], 16)
                                               ^ 1))):
        with open(forged, "w", encoding="ascii") as file:
            file.write(json.dumps(dict(head, **{key: value})))
        yield from broken(verify(c.ledger, "--head", forged), "signature")


def without_a_ledger_there_is_nothing_to_say(c):
    for command in ("verify", "show", "head"):
        r = run("audit", command, "--ledger", c.suite.path("absent.db"))
        yield from ended(r, 4, "No such file")


# ---- show ------------------------------------------------------------------

def links_are_shown_to_people(c):
    r = show(c.ledger)
    yield from ended(r, 0)
    yield from same("lines", len(r.lines()), LINKS)
    yield from same(
        "line 2", r.lines()[1],
        "2026-01-05T08:02:00.000Z  hub-1 2  officer:ana          "
        "opened a picture  01KE6R3W000000000000000000/o1  (to decide about "
        "an occupant that the lane left to an officer)  o1")


def links_are_shown_to_programs(c):
    r = show(c.ledger, "--json")
    yield from ended(r, 0)
    rows = r.objects()
    yield from same("seqs", [o["seq"] for o in rows], list(range(1, 10)))
    hashed = rows[1].pop("hash")
    yield from same("link 2", rows[1], {
        "node": "hub-1", "seq": 2, "at": "2026-01-05T08:02:00.000Z",
        "actor": "officer:ana", "action": "picture", "purpose": "review",
        "subject": "01KE6R3W000000000000000000/o1", "detail": "o1"})
    if len(hashed) != 64:
        yield hashed


FILTERS = (
    (("--limit", "2"), [1, 2]),
    (("--newest", "--limit", "2"), [9, 8]),
    (("--actor", "system"), [1, 3, 5, 7, 9]),
    (("--subject", "01KE6R3W000000000000000001"), [4]),
    (("--subject", "01KE6R3W000000000000000001/o1"), [4]),
    (("--subject", "01KE6R3W00000000000000000"), []),
    (("--from", "2026-01-05T08:03:00Z", "--to", "2026-01-05T08:05:00Z"),
     [3, 4]),
    (("--node", "hub-1", "--from", "2026-01-05T08:09:00Z"), [9]),
    (("--node", "hub-2"), []),
    (("--port", "elsewhere"), []),
)


def a_filter_chooses(c, args, seqs):
    r = show(c.ledger, "--json", *args)
    yield from ended(r, 0)
    yield from same("seqs", [o["seq"] for o in r.objects()], seqs)


# ---- head ------------------------------------------------------------------

def the_last_head_is_exported(c):
    yield from ended(c.exported, 0)
    yield from same("stdout", c.exported.out, b"")
    text = open(c.head, encoding="ascii").read()
    head = json.loads(text)
    yield from same("lines", text.count("\n"), 1)
    yield from same("seq", head["seq"], LINKS)
    yield from same("members", list(head), [
        "head", "node", "seq", "time", "hash", "verifier", "signature"])
    r = run("audit", "head", "--ledger", c.ledger)
    yield from ended(r, 0)
    yield from same("stdout", r.out.decode(), text)
    yield from ended(run("audit", "head", "--ledger", c.ledger, "--node",
                         "hub-2"), 3, "no head")
    yield from ended(run("audit", "head", "--ledger", c.ledger, "--out",
                         c.suite.path("none") + "/head.json"), 4, "")


# ---- by the document -------------------------------------------------------

def parts(*values):
    """docs/audit.md: each part behind its length."""
    out = b""
    for v in values:
        if isinstance(v, int):
            v = struct.pack(">q", v)
        elif isinstance(v, str):
            v = v.encode("ascii")
        out += struct.pack(">Q", len(v)) + v
    return out


def the_document_says_enough_for_a_verifier(c):
    before = bytes(32)
    with sqlite3.connect(c.ledger) as db:
        rows = list(db.execute(
            "SELECT node, seq, at_ms, actor, action, purpose, subject,"
            " detail, before, hash FROM link ORDER BY seq"))
        things = dict(db.execute(
            "SELECT key, value FROM thing WHERE kind = 'audit-head'"))
    db.close()
    hashes = {}
    for i, row in enumerate(rows, 1):
        yield from same("seq", row[1], i)
        yield from same("before of %d" % i, row[8], before)
        before = hashlib.sha256(
            parts("exeunt audit link 1", *row[:8], row[8])).digest()
        yield from same("hash of %d" % i, row[9], before)
        hashes[i] = before.hex()
    yield from same("links", len(rows), LINKS)
    yield from same("keys", sorted(things), ["hub-1:%020d" % n
                                            for n in (5, 9)])
    for value in things.values():
        head = json.loads(value)
        yield from same("head", head["hash"], hashes[head["seq"]])


CASES = (
    a_sound_chain_is_0, a_cut_tail_shows_by_a_head_from_elsewhere,
    a_chain_goes_on_behind_its_head, the_verifier_may_be_known_from_elsewhere,
    each_node_has_its_line, another_port_has_other_rows,
    what_is_no_head_is_3, a_forged_head_is_1,
    without_a_ledger_there_is_nothing_to_say, links_are_shown_to_people,
    links_are_shown_to_programs, the_last_head_is_exported,
    the_document_says_enough_for_a_verifier,
)


def main():
    with Suite() as s:
        c = Chain(s)
        for check in CASES:
            s.case(check.__name__.replace("_", " "), check, c)
        for sql, why in CHANGES:
            s.case("found: %s" % sql, a_change_is_1_and_named, c, sql, why)
        for args, seqs in FILTERS:
            s.case("audit show %s" % " ".join(args), a_filter_chooses, c,
                   args, seqs)
        return s.tap.end()


if __name__ == "__main__":
    sys.exit(main())
