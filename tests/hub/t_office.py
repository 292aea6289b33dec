# SPDX-License-Identifier: Apache-2.0
"""What administrators, supervisors and auditors do with a hub: the policy that
takes two people, users and tokens, lanes, the audit chain, pages, figures.

    t_office.py ROOT EXEUNT MAKE_CROSSING
"""
import copy
import os
import re
import sys
import time
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, same     # noqa: E402
from hub import PASSWORD, Events, Hub, Session, eventually     # noqa: E402
from deliver import deliver     # noqa: E402

SETTINGS = {"hub": {"controller": "Guard of Utopia & Co",
                    "contact": "privacy@border.example",
                    "opt-out": "Press the red button."},
            "retention": {"host": "UTO", "pictures-legal": "Act 7, s. 2"}}


def get(hub, path, who="supervisor", purpose=None):
    reply = hub.ask("GET", path, None, who, purpose)
    if reply.status != 200:
        raise ValueError("GET %s: %d %s" % (path, reply.status, reply.body))
    return reply.json()


def links(hub, action):
    return [k for k in get(hub, "/v1/audit?limit=500")["items"]
            if k["action"] == action]


def later(seconds):
    now = datetime.now(timezone.utc)
    return (now + timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%S.000Z")


# ---- two people ------------------------------------------------------------

def propose(hub, who="supervisor", **what):
    return hub.ask("POST", "/v1/policy/proposals", what, who)


def approve(hub, id_, who):
    return hub.ask("POST", "/v1/policy/proposals/%s/approval" % id_, None,
                   who)


def who_made_the_other_is_no_second_person(hub):
    hub.ask("PUT", "/v1/users/puppet", {
        "role": "supervisor", "password": PASSWORD, "language": "en"}, "admin")
    for by, other in (("admin", "puppet"), ("puppet", "admin")):
        id_ = propose(hub, by, margin=0.006).json()["id"]
        reply = approve(hub, id_, other)
        yield from same("%s after %s" % (other, by), reply.status, 403)
        yield from same("why", reply.problem(),
                        "one of the two gave the other their password")
        hub.ask("DELETE", "/v1/policy/proposals/" + id_, None, "supervisor")
    hub.ask("DELETE", "/v1/users/puppet", None, "admin")


def one_person_cannot_change_a_rate(hub):
    before = get(hub, "/v1/policy")
    yield from same("at first", (before["version"], before["fmr"]),
                    (0, 0.0005))
    reply = propose(hub, fmr=0.0001)
    yield from same("proposed", reply.status, 201)
    id_ = reply.json()["id"]
    yield from same("the same", approve(hub, id_, "supervisor").status, 403)
    now = get(hub, "/v1/policy", "lane:demo-1")
    yield from same("in force", (now["version"], now["fmr"]), (0, 0.0005))
    yield from same("shown", now["proposal"]["id"], id_)
    yield from same("another beside it", propose(
        hub, "admin", fmr=0.0002).status, 409)
    reply = approve(hub, id_, "admin")
    yield from same("another person", reply.status, 200)
    now = get(hub, "/v1/policy", "lane:demo-1")
    yield from same("then", (now["version"], now["fmr"], now["proposal"]),
                    (1, 0.0001, None))
    yield from same("people", now["approved_by"],
                    ["user:supervisor", "user:admin"])
    yield from same("again", approve(hub, id_, "admin").status, 404)
    for action, who in (("policy-propose", "user:supervisor"),
                        ("policy-approve", "user:admin")):
        got = [(k["actor"], k["subject"], k["detail"])
               for k in links(hub, action)]
        if (who, id_, "fmr 0.0005 -> 0.0001") not in got:
            yield "%s: %s" % (action, got)


def a_proposal_can_be_rejected(hub):
    id_ = propose(hub, margin=0.01).json()["id"]
    path = "/v1/policy/proposals/" + id_
    yield from same("status", hub.ask("DELETE", path, None,
                                      "admin").status, 204)
    yield from same("again", hub.ask("DELETE", path, None,
                                     "admin").status, 404)
    yield from same("approved", approve(hub, id_, "admin").status, 404)
    yield from same("margin", get(hub, "/v1/policy")["margin"], 0.005)
    yield from same("links", len(links(hub, "policy-reject")), 1)


def proposals_out_of_bounds(hub):
    for what in ({"fmr": 0}, {"fmr": 0.5}, {"fmr": "0.1"}, {"margin": 1},
                 {"vehicle_cap": -1}, {"retention": {"pictures": 0}},
                 {"retention": {"audit": 1}}, {"retention": {"faces": 1}},
                 {"retention": {"pictures": 800000}}, {"x": 1}):
        reply = propose(hub, **what)
        yield from same(str(what), reply.status, 400)
        reply.problem()
    yield from same("proposal", get(hub, "/v1/policy")["proposal"], None)


def a_shorter_term_holds_at_once_and_after_a_start(hub):
    def erase(seed, seconds=1):
        facts, = deliver(hub, "terms", 1, seed, "--people", "1..1",
                         "--officer", "0", "--host", "UTO", "--start",
                         later(seconds))
        c = get(hub, "/v1/crossings/" + facts["crossing"], "officer",
                "review")
        return (c["promised_fmr"],
                {p["class"]: p["erase"][:10] for p in c["pictures"]})
    yield from same("promise of before", erase(9, -3600)[0], 0.0005)
    before = erase(1)
    id_ = propose(hub, retention={"pictures": 72, "citizen-pictures": 6}
                  ).json()["id"]
    yield from same("approved", approve(hub, id_, "admin").status, 200)
    details = [k["detail"] for k in links(hub, "policy-approve")]
    if "citizen-pictures 12 -> 6 h, pictures 336 -> 72 h" not in details:
        yield "the audit chain does not say so: %s" % details
    after = [erase(seed) for seed in range(2, 8)]
    yield from same("promise", before[0], 0.0001)
    if before[1].get("pictures") and all(
            before[1]["pictures"] <= a[1].get("pictures", "") for a in after):
        yield "terms are not shorter: %s, then %s" % (before, after)
    yield from same("exit", hub.stop(), 0)
    hub.sessions.clear()
    hub.start()
    now = get(hub, "/v1/policy", "lane:demo-1")
    yield from same("after a start", (
        now["version"], now["retention"]["pictures"],
        now["retention"]["pictures_ms"], now["retention"]["host"]),
        (2, 72, 72 * 3600 * 1000, "UTO"))
    yield from same("sign", "3 days" in hub.ask("GET", "/v1/sign").body
                    .decode(), True)


def another_hub_on_the_ledger_follows(hub):
    """What two people approve at one hub holds at all, without a start."""
    other = copy.copy(hub)
    other.conf, other.process, other.sessions = hub.conf + "-2", None, {}
    with open(hub.conf, encoding="utf-8") as file:
        text = file.read().replace("[hub]\n", "[hub]\nnode = hub-2\n")
    with open(other.conf, "w", encoding="utf-8") as file:
        file.write(text)
    with other:
        now = get(other, "/v1/policy")["retention"]["pictures"]
        id_ = propose(hub, retention={"pictures": now - 1}).json()["id"]
        yield from same("approved", approve(hub, id_, "admin").status, 200)
        if not eventually(lambda: get(other, "/v1/policy")["retention"][
                "pictures_ms"] == (now - 1) * 3600 * 1000, 30):
            yield "another hub keeps pictures for longer than was approved"


# ---- users and tokens ------------------------------------------------------

def put_user(hub, name, **what):
    return hub.ask("PUT", "/v1/users/" + name, what, "admin")


def users_come_change_and_go(hub):
    yield from same("without a password", put_user(
        hub, "ana", role="officer").status, 400)
    yield from same("too short", put_user(hub, "ana", role="officer",
                                          password="short").status, 400)
    yield from same("made", put_user(hub, "ana", role="officer",
                                     language="es",
                                     password=PASSWORD).status, 200)
    ana = Session(hub, "ana")
    yield from same("works", get(hub, "/v1/session", ana)["language"], "es")
    reply = put_user(hub, "ana", role="auditor")
    yield from same("changed", (reply.status, reply.json()["role"]),
                    (200, "auditor"))
    yield from same("her session", hub.ask("GET", "/v1/session", None,
                                           ana).status, 401)
    yield from same("password kept", Session(hub, "ana") is not None, True)
    put_user(hub, "ana", role="auditor", disabled=True)
    yield from same("disabled", hub.ask(
        "POST", "/v1/session", {"user": "ana", "password": PASSWORD}).status,
        401)
    yield from same("dropped", hub.ask("DELETE", "/v1/users/ana", None,
                                       "admin").status, 204)
    yield from same("again", hub.ask("DELETE", "/v1/users/ana", None,
                                     "admin").status, 404)
    details = [k["detail"] for k in reversed(links(hub, "user"))
               if k["subject"] == "user:ana"]
    yield from same("links", details, [
        "nobody -> officer, new password", "officer -> auditor",
        "auditor -> auditor (disabled)", "auditor (disabled) -> nobody"])
    if re.search(r"scrypt|\$", hub.ask("GET", "/v1/users", None,
                                       "admin").body.decode()):
        yield "the list tells a password's hash"


def an_administrator_stays(hub):
    for what, reply in (
            ("dropped", hub.ask("DELETE", "/v1/users/admin", None, "admin")),
            ("disabled", put_user(hub, "admin", role="admin",
                                  disabled=True)),
            ("made less", put_user(hub, "admin", role="officer"))):
        yield from same(what, reply.status, 409)
    yield from same("still there", hub.ask("GET", "/v1/users", None,
                                           "admin").status, 200)


def tokens_are_told_once(hub):
    reply = hub.ask("POST", "/v1/tokens", {"role": "lane", "name": "t1"},
                    "admin")
    yield from same("made", reply.status, 201)
    token = reply.json()
    hub.tokens["t1"] = token["token"]
    yield from same("works", hub.ask("GET", "/v1/recipient", None,
                                     "lane:t1").status, 200)
    if token["token"] in hub.ask("GET", "/v1/tokens", None,
                                 "admin").body.decode():
        yield "the list tells it again"
    path = "/v1/tokens/" + token["id"]
    yield from same("withdrawn", hub.ask("DELETE", path, None,
                                         "admin").status, 204)
    yield from same("then", hub.ask("GET", "/v1/recipient", None,
                                    "lane:t1").status, 401)
    yield from same("again", hub.ask("DELETE", path, None,
                                     "admin").status, 404)
    yield from same("links", sorted(
        k["detail"] for k in links(hub, "token")
        if k["subject"] == "token:" + token["id"]),
        ["made lane t1", "withdrew lane t1"])


# ---- lanes -----------------------------------------------------------------

def a_lane_under_its_floor_raises_an_alarm(hub):
    deliver(hub, "dim", 20, 61, "--officer", "1", "--people", "2..2")
    lane = next(x for x in get(hub, "/v1/lanes")["items"]
                if x["lane"] == "dim")
    today = lane["today"]
    bad = sum(today["causes"].get(c, 0)
              for c in ("glare", "dark", "blur", "pose"))
    yield from same("captured", today["captured"], today["seen"] - bad)
    yield from same("capture", round(lane["capture"], 6),
                    round(1 - bad / today["seen"], 6))
    yield from same("alarm", lane["alarms"], ["capture"])
    low = max(0.01, lane["capture"] - 0.01)
    reply = hub.ask("PUT", "/v1/lanes/dim", {
        "name": "Dim lane", "direction": "in", "floor": low}, "admin")
    yield from same("changed", reply.status, 200)
    lane = next(x for x in get(hub, "/v1/lanes")["items"]
                if x["lane"] == "dim")
    yield from same("then", (lane["alarms"], lane["name"],
                             lane["direction"]), ([], "Dim lane", "in"))
    yield from same("links", [k["subject"] for k in links(hub, "lane")],
                    ["dim"])
    hours = get(hub, "/v1/lanes/dim/health?step=hour")["rows"]
    yield from same("hours add up", sum(r["seen"] for r in hours),
                    today["seen"])


def lanes_out_of_bounds(hub):
    for what in ({}, {"name": "x", "direction": "up", "floor": 0.5},
                 {"name": "x", "direction": "in", "floor": 1.5},
                 {"name": "", "direction": "in", "floor": 0.5}):
        yield from same(str(what), hub.ask("PUT", "/v1/lanes/dim", what,
                                           "admin").status, 400)


# ---- the audit chain -------------------------------------------------------

def the_chain_is_paged_without_gaps(hub):
    seqs, after = [], ""
    while True:
        page = get(hub, "/v1/audit?limit=7" + after, "auditor")
        seqs += [k["seq"] for k in page["items"]]
        if not page["next"]:
            break
        after = "&after=%d" % page["next"]
    yield from same("links", seqs, list(range(seqs[0], 0, -1)))
    mine = get(hub, "/v1/audit?actor=user:admin&limit=500")["items"]
    yield from same("actors", {k["actor"] for k in mine}, {"user:admin"})


def the_summary_counts_reads(hub):
    facts, = deliver(hub, "read", 1, 71, "--people", "1..1")
    for _ in range(3):
        get(hub, "/v1/crossings/" + facts["crossing"], "officer", "review")
    hub.ask("GET", "/v1/crossings/%s/pictures/o1" % facts["crossing"], None,
            "officer", "review")
    summary = get(hub, "/v1/audit/summary", "auditor")
    yield from same("state", summary["state"], "ok")
    of = next(r for r in summary["reads"] if r["actor"] == "user:officer")
    if of["views"] < 3 or of["pictures"] < 1:
        yield "reads: %s" % of
    classes = {d["class"] for d in get(hub, "/v1/erasures")["due"]}
    if not classes & {"pictures", "citizen-pictures"}:
        yield "nothing is due: %s" % classes


# ---- pages and figures -----------------------------------------------------

def the_sign_is_for_everybody(hub):
    for language, word in (("en", "photographed"), ("es", "fotografía"),
                           ("fr", "photographiées")):
        reply = hub.ask("GET", "/v1/sign?language=" + language)
        yield from same(language, (reply.status, reply.headers[
            "Content-Type"]), (200, "text/plain; charset=utf-8"))
        for want in (word, "privacy@border.example", "Press the red button.",
                     "Guard of Utopia & Co", "UTO", "Act 7, s. 2"):
            if want not in reply.body.decode():
                yield "%s: no %r" % (language, want)
    yield from same("another language", hub.ask(
        "GET", "/v1/sign?language=xx").status, 400)


def the_impact_report(hub):
    for language in ("en", "es", "fr"):
        reply = hub.ask("GET", "/v1/impact?language=" + language, None,
                        "auditor")
        page = reply.body.decode()
        yield from same("type", reply.headers["Content-Type"],
                        "text/html; charset=utf-8")
        for want in ("Guard of Utopia &amp; Co", "user:admin", "0.01 %",
                     '<html lang="%s">' % language):
            if want not in page:
                yield "%s: no %r" % (language, want)


def the_configuration_tells_no_secret(hub):
    page = hub.ask("GET", "/v1/configuration", None, "auditor")
    yield from same("controller", page.json()["hub"]["controller"],
                    "Guard of Utopia & Co")
    for secret in ("master", "vault", "sqlite", hub.dir):
        if secret in page.body.decode():
            yield "it tells %r" % secret


def figures_are_prometheus(hub):
    """Each series has HELP and TYPE; no label names a person or a vehicle."""
    hub.token("watch", "auditor")
    text = hub.ask("GET", "/v1/metrics", None, "program:watch").body.decode()
    types, seen = {}, set()
    for line in text.splitlines():
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            if word == "TYPE":
                types[name] = rest
            continue
        match = re.fullmatch(
            r'([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? '
            r'-?[0-9.e+]+', line)
        if not match:
            yield "not a series: %s" % line
            continue
        name = match.group(1)
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if name not in types and types.get(base) != "histogram":
            yield "no TYPE of %s" % name
        if types.get(name) == "counter" and not name.endswith("_total"):
            yield "a counter called %s" % name
        if line in seen:
            yield "twice: %s" % line
        seen.add(line)
    if not any(line.startswith('exeunt_crossings_total{lane="dim"} 20')
               for line in seen):
        yield "dim did not count 20 crossings"
    if re.search(r"user:|officer=|v\d+-\d{5}|01[0-9A-Z]{24}", text):
        yield "a label names a person, a vehicle or a crossing"


def a_stream_is_no_slow_answer(hub):
    """How long somebody listens says nothing of how fast the hub answers."""
    def slow():
        text = hub.ask("GET", "/v1/metrics", None, "admin").body.decode()
        figure = "exeunt_http_request_duration_seconds_"
        return (int(re.search(figure + r'count (\d+)', text).group(1)) -
                int(re.search(figure + r'bucket{le="1"} (\d+)',
                              text).group(1)),
                int(re.search(r"^exeunt_event_streams (\d+)$", text,
                              re.M).group(1)))
    before = slow()[0]
    events = Events(hub, "officer")
    events.next()
    time.sleep(1.5)
    events.close()
    # The hub finds out when it has something to say.
    put_user(hub, "passer-by", role="officer", password=PASSWORD)
    hub.ask("PUT", "/v1/lanes/demo-9", {
        "name": "Nine", "direction": "out", "floor": 0.5}, "admin")
    if not eventually(lambda: slow()[1] == 0, 40):
        yield "the stream did not end"
    yield from same("answers that took over a second", slow()[0], before)


CASES = (one_person_cannot_change_a_rate, a_proposal_can_be_rejected,
         proposals_out_of_bounds,
         a_shorter_term_holds_at_once_and_after_a_start,
         users_come_change_and_go, an_administrator_stays,
         tokens_are_told_once, a_lane_under_its_floor_raises_an_alarm,
         lanes_out_of_bounds, the_chain_is_paged_without_gaps,
         the_summary_counts_reads, the_sign_is_for_everybody,
         the_impact_report, the_configuration_tells_no_secret,
         figures_are_prometheus,
         another_hub_on_the_ledger_follows, a_stream_is_no_slow_answer,
         who_made_the_other_is_no_second_person)


def main():
    with Suite() as suite, Hub(suite, SETTINGS) as hub:
        for case in CASES:
            suite.case(case.__name__, case, hub)
        suite.case("it had nothing to complain of", lambda: same(
            "stderr", hub.said(), ""))
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
