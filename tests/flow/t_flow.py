#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lane end to end: six vehicles, their crossings, their record.

    t_flow.py ROOT EXEUNT
"""
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import (SANITIZED, Scene, Suite, adds_up, ended, lane, read_json,
                     run, same)     # noqa: E402  (found by the line above)

CROSSING_KEYS = {"crossing", "lane", "direction", "vehicle", "opened",
                 "closed", "occupants", "documents", "seen", "confirmed",
                 "officer", "complete"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class Flow(Suite):
    """The scene goes through once with two threads and once with one, into
    one ledger; the cases look at what came of it."""

    def __init__(self):
        super().__init__()
        self.original = self.make_scene("--fps", "3" if SANITIZED else "5")
        self.scene = read_json(self.original, "scene.json")
        self.truth = read_json(self.original, "truth.json")["vehicles"]
        self.ledger = self.path("ledger.db")
        # No --min-face: this is the lane as it comes.
        args = ("lane", "run", "--scene", self.original, "--ledger",
                "sqlite:" + self.ledger, "--seed", "3", "--json")
        self.first = run(*args, "--threads", "2")
        self.shown = run("ledger", "show", "--ledger", self.ledger, "--json")
        self.again = run(*args, "--threads", "1")
        self.shown_again = run("ledger", "show", "--ledger", self.ledger,
                               "--json")
        self.crossings = self.first.objects()


# ---- the crossings ---------------------------------------------------------

def every_vehicle_crosses_once(f):
    yield from ended(f.first, 0)
    yield from same("vehicles", [c["vehicle"] for c in f.crossings],
                    [v["id"] for v in f.scene["vehicles"]])
    ids = [c["crossing"] for c in f.crossings]
    yield from same("ids", len(set(ids)), len(ids))
    yield from same("order of ids", ids, sorted(ids))


def crossings_have_their_form(f):
    for c in f.crossings:
        if not CROSSING_KEYS <= set(c):
            yield "%s lacks %s" % (c["vehicle"], CROSSING_KEYS - set(c))
        if not ULID.fullmatch(c["crossing"]):
            yield "%s: not a ULID" % c["crossing"]
        if not TIME.fullmatch(c["opened"]) or c["opened"] > c["closed"]:
            yield "%s: from %s to %s" % (
                c["vehicle"], c["opened"], c["closed"])
        yield from same("lane", c["lane"], f.scene["lane"])
        yield from same("direction", c["direction"], "out")
        yield from same("n", [p["n"] for p in c["occupants"]],
                        list(range(1, len(c["occupants"]) + 1)))


def times_follow_the_frames(f):
    fps, frame = f.scene["fps"], 0
    for v, c in zip(f.scene["vehicles"], f.crossings):
        ms = int(frame * 1000 / fps + 0.5)
        yield from same("opened", c["opened"][17:],
                        "%02d.%03dZ" % (ms // 1000, ms % 1000))
        frame += len(v.get("frames", []))


def sums_close(f):
    for c in f.crossings:
        yield from adds_up(c)


def overlap(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(0, w) * max(0, h)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def true_person(truth, best):
    """Who of the truth is in this box of this frame."""
    frame = os.path.splitext(os.path.basename(best["frame"]))[0]
    found = [(overlap(best["box"], t["frames"][frame]), i)
             for i, t in enumerate(truth["occupants"])
             if frame in t["frames"]]
    share, i = max(found, default=(0, -1))
    return truth["occupants"][i] if share > 0.4 else None


def nobody_is_confirmed_wrongly(f):
    confirmed = 0
    for c in f.crossings:
        for p in c["occupants"]:
            if p["verdict"] != "confirmed":
                continue
            confirmed += 1
            who = true_person(f.truth[c["vehicle"]], p["best"])
            if who is None:
                yield "%s: %d is nobody of the truth" % (c["vehicle"], p["n"])
            else:
                yield from same("%s: document of %d" % (
                    c["vehicle"], p["n"]), p["document"], who["document"])
    if confirmed == 0:
        yield "nobody was confirmed at all"


def most_with_a_document_are_confirmed(f):
    could = sum(t["document"] is not None and len(t["frames"]) > 4
                for c in f.crossings if not c.get("opted_out")
                for t in f.truth[c["vehicle"]]["occupants"])
    did = sum(c["confirmed"] for c in f.crossings)
    if could < 8 or did < 0.6 * could:
        yield "%d of %d" % (did, could)


def a_document_confirms_one_face(f):
    for c in f.crossings:
        used = [p["document"] for p in c["occupants"] if "document" in p]
        yield from same("documents used", len(used), len(set(used)))
        for d in c["documents"]:
            yield from same("verdict of " + d["document"],
                            d["verdict"] == "confirmed",
                            d["document"] in used)


def the_officer_is_told_the_nearest_free_document(f):
    """Each officer's occupant who was compared, and nobody else."""
    told = 0
    for c in f.crossings:
        free = {d["document"] for d in c["documents"]
                if d["verdict"] in ("officer", "holder-not-seen")}
        for p in c["occupants"]:
            compared = p["verdict"] == "officer" and p["frames_used"] > 0
            if not compared and "nearest" in p:
                yield "%s: %d has a nearest one" % (c["vehicle"], p["n"])
            if not compared or not free:
                continue
            told += 1
            if p.get("nearest") not in free:
                yield "%s: %d is told %s" % (
                    c["vehicle"], p["n"], p.get("nearest"))
            elif not ("fmr" in p) ^ ("fmr_at_most" in p):
                yield "%s: no FMR of %d" % (c["vehicle"], p["n"])
    if told == 0:
        yield "nobody was told anything"


def documents_without_holder_are_said(f):
    """Vehicle 1 brings one document too many."""
    c = f.crossings[0]
    owners = [t["document"] for t in f.truth["v0001"]["occupants"]]
    extra = [d["verdict"] for d in c["documents"]
             if d["document"] not in owners]
    yield from same("verdict", extra, ["holder-not-seen"])


# ---- the same again --------------------------------------------------------

def threads_and_runs_agree(f):
    yield from ended(f.again, 0)
    if f.again.out != f.first.out:
        yield "stdout of --threads 1 and 2 differ"


def without_a_seed_ids_differ(f):
    scene = Scene(f, f.original, {"v0006": 1})
    runs = [run("lane", "run", "--scene", scene.dir, "--json")
            for _ in range(2)]
    for r in runs:
        yield from ended(r, 0)
    ids = {c["crossing"] for r in runs for c in r.objects()}
    yield from same("different ids", len(ids), 2)


def another_seed_gives_other_ids(f):
    scene = Scene(f, f.original, {"v0006": 1})
    ids = [run("lane", "run", "--scene", scene.dir, "--json", "--seed",
               seed).objects()[0]["crossing"] for seed in ("4", "4", "5")]
    yield from same("ids of one seed", ids[0], ids[1])
    if ids[1] == ids[2]:
        yield "ids of two seeds are equal"


# ---- the record ------------------------------------------------------------

def stored(crossing):
    """A crossing as it should come back: no paths, no issuers, no frames."""
    names = {d["document"]: "d%d" % (i + 1)
             for i, d in enumerate(crossing["documents"])}
    c = dict(crossing)
    c["documents"] = [
        {k: v for k, v in dict(d, document=names[d["document"]]).items()
         if k != "issuer"} for d in c["documents"]]
    c["occupants"] = [
        {k: names.get(v, v) if k in ("document", "nearest") else v
         for k, v in p.items() if k != "best"} for p in c["occupants"]]
    return c


def the_ledger_has_what_was_printed(f):
    yield from ended(f.shown, 0)
    kept = f.shown.objects()
    yield from same("crossings", len(kept), len(f.crossings))
    for got, printed in zip(kept, f.crossings):
        wanted = stored(printed)
        for key in wanted:
            yield from same("%s of %s" % (key, got["vehicle"]),
                            got.get(key), wanted[key])


def recording_again_changes_nothing(f):
    yield from ended(f.shown_again, 0)
    if f.shown.out != f.shown_again.out:
        yield "the second run left other crossings"


def no_number_stands_in_the_ledger(f):
    data = b""
    for name in os.listdir(f.top):
        if name.startswith(os.path.basename(f.ledger)):
            with open(os.path.join(f.top, name), "rb") as file:
                data += file.read()
    if b"v0001" not in data:
        yield "this is not the ledger"
    for v in f.scene["vehicles"]:
        for rel in v["documents"]:
            one, two = read_json(f.original, rel)["mrz"]
            for secret in (one, two, two[:9].rstrip("<"),
                           one[5:].split("<<")[0], rel):
                if len(secret) > 3 and secret.encode() in data:
                    yield "of %s something stands there in clear" % rel
    for path in (b".json", b".jpg", b"documents/"):
        if path in data:
            yield "a path stands there"


def the_ledger_is_sound(f):
    with sqlite3.connect("file:%s?mode=ro" % f.ledger, uri=True) as db:
        yield from same("integrity_check", db.execute(
            "PRAGMA integrity_check").fetchall(), [("ok",)])
        yield from same("foreign_key_check", db.execute(
            "PRAGMA foreign_key_check").fetchall(), [])
    for name in (f.ledger, f.ledger + ".key"):
        yield from same("mode of " + name[-4:],
                        os.stat(name).st_mode & 0o777, 0o600)


def show_filters(f):
    times = [c["opened"] for c in f.crossings]
    for args, wanted in (
            (("--limit", "2"), 2),
            (("--from", times[2]), 4),
            (("--to", times[2]), 2),
            (("--from", times[1], "--to", times[3]), 2),
            (("--lane", f.scene["lane"]), 6),
            (("--lane", "elsewhere"), 0)):
        r = run("ledger", "show", "--ledger", "sqlite:" + f.ledger, "--json",
                *args)
        yield from ended(r, 0)
        yield from same("crossings with %s" % (args,), len(r.objects()),
                        wanted)


# ---- who is not looked at --------------------------------------------------

def an_opted_out_vehicle_is_not_looked_at(f):
    """Its files may be anything: none is opened."""
    scene = Scene(f, f.original, {"v0006": 3})
    v = scene.vehicle("v0006")
    scene.remove(v["frames"][0])
    scene.write(v["frames"][1], b"no picture")
    os.unlink(scene.path(v["frames"][2]))
    os.mkfifo(scene.path(v["frames"][2]))
    for rel in v["documents"]:
        scene.write(rel, b"no document")
    ledger = f.path("opted-out.db")
    r = lane(scene.dir, "--ledger", ledger)
    yield from ended(r, 0)
    for c in r.objects() + [f.crossings[5]]:
        yield from same("opted_out", c.get("opted_out"), True)
        for key in ("occupants", "documents"):
            yield from same(key, c[key], [])
        yield from same("seen", c["seen"], 0)
        yield from same("complete", c["complete"], False)
        if "camera-gap" in c:
            yield "frames were counted"
    shown = run("ledger", "show", "--ledger", ledger, "--json")
    yield from same("record", shown.objects(), r.objects())


def the_region_leaves_the_pedestrian_out(f):
    """Vehicle 5 passes somebody on the pavement."""
    scene = Scene(f, f.original, {"v0005": 5})
    inside = lane(scene.dir)
    x, y, w, h = scene.json.pop("region")
    scene.save()
    everywhere = lane(scene.dir)
    for r in (inside, everywhere):
        yield from ended(r, 0)
    some, more = (r.vehicles()["v0005"] for r in (inside, everywhere))
    for p in some["occupants"]:
        bx, by, bw, bh = p["best"]["box"]
        if not (x <= bx + bw / 2 < x + w and y <= by + bh / 2 < y + h):
            yield "occupant %d is outside" % p["n"]
    yield from same("seen without the region", more["seen"],
                    some["seen"] + 1)
    if some["seen"] == 0:
        yield "nobody is inside"


# ---- for people, and for eval ----------------------------------------------

def people_read_a_table(f):
    scene = Scene(f, f.original, {"v0001": 3, "v0006": 1})
    r = run("lane", "run", "--scene", scene.dir, "--min-face", "90")
    yield from ended(r, 0)
    text = r.out.decode()
    for wanted in (r"v0001 .*1 seen = 1 confirmed \+ 0 officer",
                   r"1 front-left +confirmed +documents/",
                   r"v0006 .*opted out", r"2 vehicles: 1 seen = 1 confirmed "
                   r"\+ 0 officer; 1 opted out"):
        if not re.search(wanted, text):
            yield "no %r in:\n%s" % (wanted, text)


def judged(f, printed):
    """What `eval scene` says of these lines."""
    name = f.path("crossings.json")
    with open(name, "wb") as file:
        file.write(printed)
    return run("eval", "scene", f.original, "--crossings", name, "--json")


def eval_agrees_with_the_sums(f):
    r = judged(f, f.first.out)
    yield from ended(r, 0)
    report, = r.objects()
    yield from same("seen", report["seen"],
                    sum(c["seen"] for c in f.crossings))
    yield from same("confirmed", report["confirmed"],
                    sum(c["confirmed"] for c in f.crossings))
    yield from same("opted out", report["opted_out"], 1)
    yield from same("wrong", report["rates"]["wrong_of_confirmed"]["k"], 0)


def eval_sees_a_wrong_confirmation(f):
    """Two documents swapped in what the lane printed."""
    a, b = next([p["document"].encode() for p in c["occupants"]
                 if "document" in p][:2]
                for c in f.crossings if c["confirmed"] > 1)
    r = judged(f, f.first.out.replace(a, b"@").replace(b, a).replace(
        b"@", b))
    yield from ended(r, 0)
    report, = r.objects()
    yield from same("wrong", report["rates"]["wrong_of_confirmed"]["k"], 2)


CASES = (
    every_vehicle_crosses_once, crossings_have_their_form,
    times_follow_the_frames, sums_close, nobody_is_confirmed_wrongly,
    most_with_a_document_are_confirmed, a_document_confirms_one_face,
    the_officer_is_told_the_nearest_free_document,
    documents_without_holder_are_said, threads_and_runs_agree,
    without_a_seed_ids_differ, another_seed_gives_other_ids,
    the_ledger_has_what_was_printed, recording_again_changes_nothing,
    no_number_stands_in_the_ledger, the_ledger_is_sound, show_filters,
    an_opted_out_vehicle_is_not_looked_at,
    the_region_leaves_the_pedestrian_out, people_read_a_table,
    eval_agrees_with_the_sums, eval_sees_a_wrong_confirmation,
)


def main():
    with Flow() as f:
        for check in CASES:
            f.case(check.__name__.replace("_", " "), check, f)
        return f.tap.end()


if __name__ == "__main__":
    sys.exit(main())
