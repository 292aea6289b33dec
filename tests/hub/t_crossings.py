# SPDX-License-Identifier: Apache-2.0
"""A crossing's way through a hub: delivered, looked at, decided about; and
what is staged for a vehicle.

    t_crossings.py ROOT EXEUNT MAKE_CROSSING
"""
import base64
import os
import sys
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, same     # noqa: E402
from hub import Events, Hub     # noqa: E402
from deliver import deliver, make, post     # noqa: E402

MRZ = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
       "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
PORTRAIT = base64.b64encode(b"\xff\xd8\xff" + bytes(300)).decode()
STAGED = {"documents": [{"mrz": MRZ, "portrait": PORTRAIT}]}


def get(hub, path, who="officer", purpose="review"):
    reply = hub.ask("GET", path, None, who, purpose)
    if reply.status != 200:
        raise ValueError("GET %s: %d %s" % (path, reply.status, reply.body))
    return reply.json()


def crossings(hub, query=""):
    return get(hub, "/v1/crossings?limit=500" + query)["items"]


def lane_of(hub, name):
    return next(x for x in get(hub, "/v1/lanes")["items"]
                if x["lane"] == name)


def rule(hub, crossing, n, who="officer", **ruling):
    return hub.ask("POST", "/v1/crossings/%s/occupants/%d/rulings" % (
        crossing, n), ruling, who, "review")


def link_list(hub, query=""):
    return get(hub, "/v1/audit?limit=500" + query, "auditor")["items"]


# ---- delivery --------------------------------------------------------------

def replays_are_harmless(hub):
    """201 once, then 200, and nothing is counted twice."""
    for facts, envelope in make(hub, "replay", 3, 11):
        yield from same("first", post(hub, facts, envelope).status, 201)
        for _ in range(3):
            yield from same("again", post(hub, facts, envelope).status, 200)
    yield from same("listed", len(crossings(hub, "&lane=replay")), 3)
    yield from same("counted", lane_of(hub, "replay")["today"]["crossings"] +
                    sum(r["crossings"] for r in get(
                        hub, "/v1/lanes/replay/health?step=day")["rows"]), 6)


def order_does_not_matter(hub):
    made = list(make(hub, "order", 6, 12))
    for facts, envelope in reversed(made):
        yield from same("status", post(hub, facts, envelope).status, 201)
    yield from same("newest first", [
        c["crossing"] for c in crossings(hub, "&lane=order")],
        [facts["crossing"] for facts, _ in reversed(made)])
    for facts, _ in made:
        c = get(hub, "/v1/crossings/" + facts["crossing"])
        for key in ("seen", "confirmed", "officer", "vehicle", "opened"):
            yield from same(key, c[key], facts[key])


def another_crossing_under_the_same_id(hub):
    when = later(-3600)
    (facts, one), = make(hub, "twice", 1, 13, "--start", when,
                         "--officer", "0")
    yield from same("first", post(hub, facts, one).status, 201)
    os.rename(os.path.join(hub.dir, "made-twice-13"),
              os.path.join(hub.dir, "made-before"))
    (other, two), = make(hub, "twice", 1, 13, "--start", when,
                         "--officer", "1")
    yield from same("id", other["crossing"], facts["crossing"])
    yield from same("second", post(hub, other, two).status, 409)
    c = get(hub, "/v1/crossings/" + facts["crossing"])
    yield from same("confirmed", c["confirmed"], facts["confirmed"])


def a_forged_lane(hub):
    """An envelope of a lane goes with that lane's token alone."""
    before = lane_of(hub, "order")["today"]
    (facts, envelope), = make(hub, "order", 1, 14)
    reply = post(hub, facts, envelope, "forger")
    yield from same("with another's token", reply.status, 403)
    reply = hub.ask("POST", "/v1/crossings", envelope, None, None, {
        "Content-Type": "application/vnd.exeunt.envelope",
        "Authorization": "Bearer exeunt-" + "0" * 64,
        "Idempotency-Key": facts["crossing"]})
    yield from same("with no token", reply.status, 401)
    # Its head says another lane: what is sealed is bound to the head.
    forged = envelope.replace(b"order", b"forge", 1)
    reply = post(hub, facts, forged, "forge")
    yield from same("with its head changed", reply.status, 400)
    yield from same("the lane", lane_of(hub, "order")["today"], before)
    gone = hub.ask("GET", "/v1/crossings/" + facts["crossing"], None,
                   "officer", "review")
    yield from same("recorded", gone.status, 404)


def what_is_no_envelope(hub):
    (facts, good), = make(hub, "bent", 1, 15)
    cases = {"nothing": b"", "text": b"hello", "zeros": bytes(5000),
             "magic alone": good[:5], "more behind": good + b"x"}
    for at in range(5, len(good), len(good) // 40):
        cases["cut at %d" % at] = good[:at]
        bent = bytearray(good)
        bent[at] ^= 1
        cases["bent at %d" % at] = bytes(bent)
    for name, data in cases.items():
        reply = post(hub, facts, data)
        if reply.status not in (400, 403):
            yield "%s: %d" % (name, reply.status)
    for key in ("", "x", "01J00000000000000000000000"):
        reply = post(hub, facts, good, **{"Idempotency-Key": key})
        yield from same("key %r" % key, reply.status, 400)
    yield from same("recorded", crossings(hub, "&lane=bent"), [])
    yield from same("whole", post(hub, facts, good).status, 201)


def a_time_to_come(hub):
    (facts, envelope), = make(hub, "ahead", 1, 16, "--start",
                              "2096-01-05T08:00:00.000Z")
    reply = post(hub, facts, envelope)
    yield from same("status", reply.status, 400)
    if "clock" not in reply.problem():
        yield "the reason does not name the clock"


def a_vehicle_that_opted_out(hub):
    facts, = deliver(hub, "opted", 1, 17, "--opted-out")
    c = get(hub, "/v1/crossings/" + facts["crossing"])
    for key, value in (("opted_out", True), ("occupants", []),
                       ("documents", []), ("pictures", []), ("seen", 0),
                       ("complete", False)):
        yield from same(key, c[key], value)
    yield from same("queue", get(hub, "/v1/queue?lane=opted")["items"], [])
    yield from same("today", lane_of(hub, "opted")["today"]["opted_out"], 1)


# ---- looking ---------------------------------------------------------------

def pages_hold_everything_once(hub):
    deliver(hub, "pages", 7, 21)
    got, after = [], ""
    while True:
        page = get(hub, "/v1/crossings?lane=pages&limit=3" + after)
        got += [c["crossing"] for c in page["items"]]
        if not page["next"]:
            break
        after = "&after=" + page["next"]
    yield from same("all", len(set(got)), 7)
    yield from same("falling", got, sorted(got, reverse=True))


def what_is_shown_is_recorded(hub):
    """List, view and picture: who, what, why, before it is shown."""
    facts, = deliver(hub, "seen", 1, 22, "--people", "2..2")
    id_ = facts["crossing"]
    get(hub, "/v1/crossings?lane=seen", "officer", "complaint")
    get(hub, "/v1/crossings/" + id_, "supervisor", "data-subject")
    get(hub, "/v1/lanes/seen/now", "officer", "crossing")
    picture = hub.ask("GET", "/v1/crossings/%s/pictures/o1" % id_, None,
                      "officer", "investigation")
    yield from same("picture", picture.status, 200)
    yield from same("type", picture.headers["Content-Type"], "image/jpeg")
    yield from same("cached", picture.headers["Cache-Control"], "no-store")
    if not picture.body.startswith(b"\xff\xd8\xff") or len(
            picture.body) < 5000:
        yield "that is no picture"
    got = [(k["actor"], k["action"], k["purpose"], k["subject"])
           for k in link_list(hub)]
    for want in (("user:officer", "list", "complaint", "seen"),
                 ("user:supervisor", "view", "data-subject", id_),
                 ("user:officer", "view", "crossing", id_),
                 ("user:officer", "picture", "investigation", id_ + "/o1")):
        if want not in got:
            yield "no link %s" % (want,)
    trail = get(hub, "/v1/crossings/%s/trail" % id_, "auditor")["items"]
    yield from same("trail", [k["action"] for k in trail][:3],
                    ["view", "view", "picture"])


def a_picture_that_is_not_there(hub):
    facts, = deliver(hub, "none", 1, 23, "--people", "1..1")
    for name in ("o2", "d9", "o0", "o01", "x1", "o"):
        reply = hub.ask("GET", "/v1/crossings/%s/pictures/%s" % (
            facts["crossing"], name), None, "officer", "review")
        yield from same(name, reply.status, 404)


def early_erasure(hub):
    facts, = deliver(hub, "early", 1, 24, "--people", "1..1")
    path = "/v1/crossings/%s/pictures" % facts["crossing"]
    reply = hub.ask("DELETE", path, None, "supervisor", "data-subject")
    yield from same("status", reply.status, 200)
    if not reply.json()["complete"] > facts["closed"]:
        yield "complete at %s" % reply.json()["complete"]
    for name in ("o1", "d1"):
        yield from same(name, hub.ask("GET", path + "/" + name, None,
                                      "officer", "review").status, 404)
    yield from same("pictures", get(
        hub, "/v1/crossings/" + facts["crossing"])["pictures"], [])
    if not any(k["action"] == "erase-early" and
               k["purpose"] == "data-subject" for k in link_list(
                   hub, "&subject=" + facts["crossing"])):
        yield "no link says so"


# ---- deciding --------------------------------------------------------------

def waiting(hub, lane):
    return [(i["crossing"], i["occupant"]["n"])
            for i in get(hub, "/v1/queue?lane=%s&limit=100" % lane)["items"]]


def the_queue_empties(hub):
    """Oldest first; handled one after the other; then complete."""
    facts = deliver(hub, "queue", 3, 31, "--officer", "1")
    queue = waiting(hub, "queue")
    yield from same("queue", [c for c, _ in queue], sorted(
        c for c, _ in queue))
    yield from same("waiting", len(queue), sum(f["officer"] for f in facts))
    for id_, n in queue:
        reply = rule(hub, id_, n, decision="same-person", document="d%d" % n)
        yield from same("ruling", reply.status, 201)
    yield from same("left", waiting(hub, "queue"), [])
    for c in crossings(hub, "&lane=queue"):
        yield from same("complete", (c["complete"], c["awaiting"]), (True, 0))
    links = [k for k in link_list(hub) if k["action"] == "ruling"]
    yield from same("links", len(links) >= len(queue), True)


def not_this_document_keeps_waiting(hub):
    facts, = deliver(hub, "not", 1, 32, "--officer", "1", "--people", "2..2")
    id_ = facts["crossing"]
    yield from same("status", rule(hub, id_, 1, decision="not-this-document",
                                   document="d1").status, 201)
    items = get(hub, "/v1/queue?lane=not")["items"]
    yield from same("waiting", [i["occupant"]["n"] for i in items], [1, 2])
    yield from same("documents left", [
        [d["document"] for d in i["documents"]] for i in items],
        [["d2"], ["d1", "d2"]])
    yield from same("kept", [g["decision"] for g in
                             items[0]["occupant"]["rulings"]],
                    ["not-this-document"])
    rule(hub, id_, 2, decision="same-person", document="d1")
    items = get(hub, "/v1/queue?lane=not")["items"]
    yield from same("then", [d["document"] for d in items[0]["documents"]],
                    ["d2"])


def rulings_that_do_not_stand(hub):
    facts, = deliver(hub, "wrong", 1, 33, "--officer", "1", "--people",
                     "2..2")
    id_ = facts["crossing"]
    for status, n, ruling in (
            (400, 1, {"decision": "refuse"}),
            (400, 1, {"decision": "same-person"}),
            (400, 1, {"decision": "same-person", "document": "d0"}),
            (400, 1, {"decision": "same-person", "document": "x1"}),
            (400, 1, {"decision": "by-hand"}),
            (400, 1, {"decision": "by-hand", "reason": "no"}),
            (400, 1, {"decision": "by-hand", "reason": "because",
                      "document": "d1"}),
            (400, 1, {"decision": "by-hand", "reason": "x" * 281}),
            (400, 1, {"decision": "undone"}),
            (400, 1, {"decision": "by-hand", "reason": "because",
                      "refuse": True}),
            (404, 9, {"decision": "by-hand", "reason": "because"}),
            (404, 1, {"decision": "same-person", "document": "d9"})):
        reply = rule(hub, id_, n, **ruling)
        yield from same(str(ruling), reply.status, status)
        reply.problem()
    yield from same("waiting", len(waiting(hub, "wrong")), 2)
    rule(hub, id_, 1, decision="same-person", document="d1")
    for what, reply in (
            ("a document of another", rule(hub, id_, 2, document="d1",
                                           decision="same-person")),
            ("twice", rule(hub, id_, 1, decision="by-hand",
                           reason="again"))):
        yield from same(what, reply.status, 409)


def undo_within_a_minute(hub):
    facts, = deliver(hub, "undo", 1, 34, "--officer", "1", "--people", "1..1")
    id_ = facts["crossing"]
    done = rule(hub, id_, 1, decision="by-hand", reason="papers seen").json()
    yield from same("waiting", waiting(hub, "undo"), [])
    other = rule(hub, id_, 1, "supervisor", decision="undone",
                 undoes=done["id"])
    yield from same("by somebody else", other.status, 409)
    yield from same("by the same", rule(
        hub, id_, 1, decision="undone", undoes=done["id"]).status, 201)
    yield from same("waits again", waiting(hub, "undo"), [(id_, 1)])
    kept = get(hub, "/v1/crossings/" + id_)["rulings"]
    yield from same("both stay", [(g["decision"], g["stands"]) for g in kept],
                    [("by-hand", False), ("undone", False)])


# ---- staging ---------------------------------------------------------------

def take(hub, lane, who=None, query=""):
    return hub.ask("GET", "/v1/lanes/%s/vehicle%s" % (lane, query), None,
                   who or "lane:" + lane)


def stage(hub, lane, who="officer", what=None):
    return hub.ask("POST", "/v1/lanes/%s/vehicle" % lane, what or STAGED, who)


def staged_once_for_its_lane(hub):
    hub.token("s1")
    hub.token("s2")
    mine, others = Events(hub, "lane:s1"), Events(hub, "lane:s2")
    yield from same("staged", stage(hub, "s1").status, 202)
    yield from same("told", mine.until("vehicle")[2], {"lane": "s1"})
    yield from same("the other lane", take(hub, "s2").status, 204)
    yield from same("by the other's token", take(hub, "s1",
                                                 "lane:s2").status, 403)
    yield from same("staged by another's token", stage(
        hub, "s1", "lane:s2").status, 403)
    reply = take(hub, "s1")
    yield from same("taken", (reply.status, reply.json()), (200, STAGED))
    yield from same("again", take(hub, "s1").status, 204)
    stage(hub, "s2", "lane:s2")
    yield from same("its own alone", others.until("vehicle")[2],
                    {"lane": "s2"})
    mine.close()
    others.close()
    said = [(k["actor"], k["detail"]) for k in link_list(hub)
            if k["action"] == "stage" and k["subject"] == "s1"]
    for link in (("user:officer", "1 documents"), ("lane:s1", "taken")):
        if link not in said:
            yield "no link says %s %s: %s" % (*link, said)


def staged_never_for_the_next_vehicle(hub):
    hub.token("s3")
    stage(hub, "s3", what={"vehicle": "v1", **STAGED})
    yield from same("for another", take(hub, "s3",
                                        query="?vehicle=v2").status, 204)
    # The first vehicle leaves, its documents never taken.
    (facts, envelope), = make(hub, "s3", 1, 41, "--start", later(2))
    yield from same("crossed", post(hub, facts, envelope).status, 201)
    yield from same("for the next", take(hub, "s3").status, 204)
    stage(hub, "s3", what={"vehicle": "v3", **STAGED})
    stage(hub, "s3", what={"vehicle": "v4", **STAGED})
    yield from same("replaced", take(hub, "s3").json()["vehicle"], "v4")
    yield from same("nothing is left", take(hub, "s3").status, 204)


def later(seconds):
    now = datetime.now(timezone.utc)
    return (now + timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%S.000Z")


def what_is_no_document(hub):
    hub.token("s4")
    portrait, mrz = {"portrait": PORTRAIT}, {"mrz": MRZ}
    for document in ({}, portrait, mrz, {**mrz, "portrait": "a?=="},
                     {**mrz, "portrait": "abc"}, {**portrait, "mrz": []},
                     {**portrait, "mrz": ["p<uto"]},
                     {**portrait, "mrz": MRZ * 2}, {"lds": {}},
                     {"lds": {"DG17": PORTRAIT}}, {"lds": {"DG1": 7}},
                     {"lds": {"../DG1": PORTRAIT}},
                     {**mrz, **portrait, "lds": {"DG1": PORTRAIT}},
                     {**mrz, **portrait, "face": PORTRAIT}):
        reply = stage(hub, "s4", what={"documents": [document]})
        if reply.status != 400:
            yield "%s: %d" % (list(document), reply.status)
        elif any(line in reply.problem() for line in MRZ):
            yield "the problem says the MRZ"
    for what in ({"documents": []}, {"documents": STAGED["documents"] * 33}):
        yield from same("list", stage(hub, "s4", what=what).status, 400)
    yield from same("left", take(hub, "s4").status, 204)
    yield from same("a chip's files", stage(hub, "s4", what={"documents": [
        {"lds": {"COM": PORTRAIT, "SOD": PORTRAIT, "DG1": PORTRAIT,
                 "DG16": PORTRAIT}}]}).status, 202)


def earlier_pictures_are_off(hub):
    facts, = deliver(hub, "past", 1, 42, "--officer", "0", "--people", "1..1")
    body = {"type": "P", "issuer": "UTO", "number": facts["numbers"][0],
            "nationality": "UTO"}
    reply = hub.ask("POST", "/v1/lanes/past/earlier", body, "lane:past")
    yield from same("pictures", (reply.status, reply.json()),
                    (200, {"pictures": []}))
    reply = hub.ask("POST", "/v1/lanes/past/earlier", body, "lane:replay")
    yield from same("for another lane", reply.status, 403)


# ---- at the end ------------------------------------------------------------

def a_start_counts_the_same(hub):
    """Lanes' sums are made again from the ledger."""
    def sums():
        return {x["lane"]: (x["today"], x["last_crossing"], x["capture"])
                for x in get(hub, "/v1/lanes")["items"]
                if x["last_crossing"]}
    before = sums()
    yield from same("exit", hub.stop(), 0)
    hub.sessions.clear()
    hub.start()
    yield from same("lanes", sums(), before)


def nothing_personal_is_left_behind(hub, numbers):
    """Neither in what the hub said, nor in its files."""
    secrets = [n.encode() for n in numbers] + [m.encode() for m in MRZ] + [
        b"ERIKSSON", PORTRAIT[:60].encode(), b"exeunt-"]
    for folder, _, names in os.walk(hub.dir):
        if "made-" in folder:
            continue
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            for secret in secrets:
                if secret in data:
                    yield "%s holds what it must not" % name
            if b"\xff\xd8\xff\xe0\x00\x10JFIF" in data:
                yield "%s holds a picture in clear" % name
    yield from same("stderr", hub.said(), "")


CASES = (replays_are_harmless, order_does_not_matter,
         another_crossing_under_the_same_id, a_forged_lane,
         what_is_no_envelope, a_time_to_come, a_vehicle_that_opted_out,
         pages_hold_everything_once, what_is_shown_is_recorded,
         a_picture_that_is_not_there, early_erasure, the_queue_empties,
         not_this_document_keeps_waiting, rulings_that_do_not_stand,
         undo_within_a_minute, staged_once_for_its_lane,
         staged_never_for_the_next_vehicle, what_is_no_document,
         earlier_pictures_are_off, a_start_counts_the_same)


def main():
    with Suite() as suite, Hub(suite) as hub:
        for case in CASES:
            suite.case(case.__name__, case, hub)
        numbers = deliver(hub, "last", 1, 51, "--people", "5..5")[0]["numbers"]
        hub.stop()
        suite.case("nothing_personal_is_left_behind",
                   nothing_personal_is_left_behind, hub, numbers)
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
