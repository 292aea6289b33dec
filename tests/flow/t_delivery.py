#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lane and a hub that misbehaves: nothing is lost, nothing arrives twice,
and no verdict waits.

    t_delivery.py ROOT EXEUNT MAKE_SPOOL
"""
import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from fake_hub import POLICY, RECIPIENT, FakeHub     # noqa: E402
from program import (EXEUNT, SANITIZED, Scene, Suite, ended, read_json, run,
                     same)     # noqa: E402

MAKE_SPOOL = os.path.abspath(sys.argv[3])
KILLS = 15 if SANITIZED else 60
DAY = 300 if SANITIZED else 2000
TOKEN = "exeunt-0123456789abcdef"


class Delivery(Suite):
    def __init__(self):
        super().__init__()
        self.original = self.make_scene("--fps", "3")
        self.scene = Scene(self, self.original, {
            "v0001": 2, "v0002": 1, "v0006": 1}).dir
        self.token = self.path("token")
        with open(self.token, "w", encoding="ascii") as file:
            file.write(TOKEN + "\n")
        os.chmod(self.token, 0o600)

    def lane(self, url, spool, *args, **more):
        return run("lane", "run", "--scene", self.scene, "--now", "--json",
                   "--min-face", "90", "--hub", url, "--hub-token",
                   self.token, "--spool", spool, *args, **more)

    def deliver(self, url, spool, *args):
        return run("lane", "deliver", "--hub", url, "--hub-token",
                   self.token, "--spool", spool, *args)

    def spool(self, n, size=200, lane="demo-1"):
        name = self.path("spool")
        subprocess.run([MAKE_SPOOL, name, RECIPIENT, str(n), str(size), lane],
                       check=True)
        return name


def waiting(spool, place=""):
    return sorted(name[:26] for name in os.listdir(os.path.join(spool, place))
                  if name.endswith(".envelope"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def arrived(hub, ids):
    """All of them, once, in order."""
    yield from same("crossings kept", hub.order, ids)


# ---- a hub that does as it should ------------------------------------------

def crossings_arrive_sealed_and_in_order(f):
    spool, ledger = f.path("spool"), f.path("ledger.db")
    with FakeHub() as hub:
        r = f.lane(hub.url, spool, "--ledger", ledger)
    yield from ended(r, 0, "recipient: trusted on first use: " + RECIPIENT)
    printed = r.objects()
    yield from arrived(hub, [c["crossing"] for c in printed])
    yield from same("left", waiting(spool), [])
    for key, body, headers in hub.posts:
        yield from same("token", headers.get("Authorization"),
                        "Bearer " + TOKEN)
        yield from same("type", headers.get("Content-Type"),
                        "application/vnd.exeunt.envelope")
        if key.encode() not in body[:200]:
            yield "the head does not name %s" % key
        for clear in (b"\xff\xd8\xff", b"documents/", b"v0001", b"UTO"):
            if clear in body[200:]:
                yield "%r stands in clear in %s" % (clear, key)
    sizes = {c["vehicle"]: len(hub.kept[c["crossing"]]) for c in printed}
    if not 5000 < sizes["v0001"] < 200000:
        yield "an envelope with pictures has %d bytes" % sizes["v0001"]
    if sizes["v0006"] > 1000:
        yield "of an opted-out vehicle there are %d bytes" % sizes["v0006"]
    yield from same("connections", hub.connections <= 2, True)
    kept = run("ledger", "show", "--ledger", ledger, "--json").objects()
    yield from same("recorded", [c["crossing"] for c in kept], hub.order)


def people_read_what_was_delivered(f):
    with FakeHub() as hub:
        r = run("lane", "run", "--scene", f.scene, "--now", "--min-face", "90",
                "--hub", hub.url, "--hub-token", f.token, "--recipient",
                RECIPIENT, "--spool", f.path("spool"))
    yield from ended(r, 0)
    if b"Hub: 3 delivered, 0 waiting, 0 set aside" not in r.out:
        yield r.out.decode()


# ---- a hub that is not there -----------------------------------------------

def a_hub_that_is_down_costs_no_verdict(f):
    port, spool = free_port(), f.path("spool")
    url = "http://localhost:%d" % port
    r = f.lane(url, spool, "--recipient", RECIPIENT, "--hub-wait", "0")
    yield from ended(r, 0, "policy: .*own options", "3 crossings wait",
                     *(["localhost"] if len(r.errors()) > 2 else []))
    ids = [c["crossing"] for c in r.objects()]
    yield from same("waiting", waiting(spool), ids)
    yield from same("mode", os.stat(spool).st_mode & 0o777, 0o700)
    for name in os.listdir(spool):
        if name.endswith(".envelope"):
            yield from same("mode of " + name, os.stat(
                os.path.join(spool, name)).st_mode & 0o777, 0o600)
    still = f.deliver(url, spool, "--hub-wait", "1")
    yield from same("exit without a hub", still.code, 4)
    with FakeHub(port) as hub:
        yield from ended(f.deliver(url, spool), 0)
    yield from arrived(hub, ids)
    yield from same("left", waiting(spool), [])


def a_hub_that_comes_back_gets_all_of_a_day(f):
    """A day's spool at full speed."""
    spool = f.spool(DAY, 20000)
    ids = waiting(spool)
    port = free_port()
    url = "http://localhost:%d" % port
    child = subprocess.Popen(
        [EXEUNT, "lane", "deliver", "--hub", url, "--hub-token", f.token,
         "--spool", spool, "--json"], stderr=subprocess.PIPE)
    time.sleep(1)
    with FakeHub(port) as hub:
        began = time.monotonic()
        while len(hub.order) < 10 and time.monotonic() - began < 20:
            time.sleep(0.01)
        first = time.monotonic()
        code = child.wait(300)
        took = time.monotonic() - first
    child.stderr.close()
    yield from same("exit", code, 0)
    yield from arrived(hub, ids)
    yield from same("sent twice", len(hub.posts) - len(ids), 0)
    if first - began > 5:
        yield "the first took %.1f s after the hub was back" % (first - began)
    print("# %d crossings of 40 KB in %.1f s: %.0f a second" % (
        DAY, took, DAY / took), flush=True)
    if not SANITIZED and DAY / took < 60:
        yield "%.0f a second" % (DAY / took)


# ---- a hub that misbehaves -------------------------------------------------

def every_kind_of_trouble_is_outlasted(f):
    trouble = [500, "cut", 503, "lost", "half", 201, (429, (
        ("Retry-After", "1"),)), 201, "slow:0.3", 408, "lost", 502, 404, 401]
    spool = f.spool(8)
    ids = waiting(spool)
    with FakeHub() as hub:
        hub.behave = lambda n: trouble[n - 1] if n <= len(trouble) else 201
        r = f.deliver(hub.url, spool, "--hub-wait", "60")
    yield from same("exit", r.code, 0)
    yield from arrived(hub, ids)
    yield from same("left", waiting(spool), [])
    if len(hub.posts) < len(ids) + 9:
        yield "only %d tries" % len(hub.posts)
    # Nothing is sent before the one in front of it is there.
    seen = []
    for key, _, _ in hub.posts:
        if key not in seen:
            yield from same("order", key, ids[len(seen)])
            seen.append(key)


def a_lost_answer_is_asked_for_again_and_nothing_arrives_twice(f):
    spool = f.spool(5)
    ids = waiting(spool)
    with FakeHub() as hub:
        hub.behave = lambda n: ("lost", 201)[n % 2 == 0]
        r = f.deliver(hub.url, spool)
    yield from ended(r, 0, "exeunt")
    yield from arrived(hub, ids)
    for key, body, _ in hub.posts:
        yield from same("body", body, hub.kept[key])
    yield from same("tries", len(hub.posts), 10)


def retry_after_is_obeyed(f):
    spool = f.spool(1)
    times = []

    def behave(n):
        times.append(time.monotonic())
        return (503, (("Retry-After", "2"),)) if n == 1 else 201
    with FakeHub() as hub:
        hub.behave = behave
        f.deliver(hub.url, spool)
    if not 1.9 < times[1] - times[0] < 8:
        yield "came back after %.1f s" % (times[1] - times[0])


def what_the_hub_never_takes_is_set_aside_with_the_reason(f):
    final = {2: 409, 3: 400, 5: 403, 6: 413}
    spool = f.spool(8)
    ids = waiting(spool)
    with FakeHub() as hub:
        hub.behave = lambda n: final.get(n, 201)
        r = f.deliver(hub.url, spool)
        yield from ended(r, 3, *["refuses it \\(HTTP %d\\)" % s
                                 for s in final.values()])
        aside = waiting(spool, "refused")
        yield from same("set aside", aside,
                        sorted(ids[n - 1] for n in final))
        for n, status in final.items():
            path = os.path.join(spool, "refused", ids[n - 1] + ".why")
            with open(path, encoding="utf-8") as file:
                yield from same("reason", file.read().startswith(
                    "HTTP %d: {" % status), True)
        hub.behave = lambda n: 201
        yield from ended(f.deliver(hub.url, spool, "--again"), 0)
    yield from same("all", sorted(hub.order), ids)
    yield from same("left aside", os.listdir(
        os.path.join(spool, "refused")), [])


def a_redirect_is_not_followed(f):
    spool = f.spool(1)
    with FakeHub() as other, FakeHub() as hub:
        hub.behave = lambda n: (307, (
            ("Location", other.url + "/v1/crossings"),))
        r = f.deliver(hub.url, spool, "--hub-wait", "2")
    yield from ended(r, 4, "HTTP 307", "1 crossings wait")
    yield from same("followed", other.posts, [])
    yield from same("waits", len(waiting(spool)), 1)


def an_answer_without_end_is_not_read(f):
    spool = f.path("spool")
    with FakeHub() as hub:
        hub.policy = b" " * (5 << 20)
        r = f.lane(hub.url, spool, "--recipient", RECIPIENT)
    yield from ended(r, 0, "policy: .*more than")


def strange_answers_change_nothing(f):
    with FakeHub() as hub:
        for policy in ([], {"fmr": "x"}, {"fmr": 2, "vehicle_cap": 1,
                                          "margin": 0}, b"\xff{", 500):
            hub.policy = policy
            r = f.lane(hub.url, f.path("spool"), "--recipient", RECIPIENT)
            yield from ended(r, 0, "policy: .*own options")
        hub.policy = 404
        for recipient in ("", "5b", RECIPIENT + "00", 7, "zz" * 32):
            hub.recipient = recipient
            r = f.lane(hub.url, f.path("spool"))
            yield from same("exit", r.code, 3)
            yield from same("printed", r.out, b"")


# ---- who may be talked to --------------------------------------------------

def openssl(*args):
    subprocess.run(("openssl",) + args, check=True, capture_output=True)


def make_certificates(f):
    """An authority; a hub and a lane certified by it; a stranger."""
    d = f.path("tls")
    os.mkdir(d)
    at = lambda name: os.path.join(d, name)     # noqa: E731
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test authority", "-keyout", at("ca.key"), "-out",
            at("ca.pem"))
    for name, host in (("hub", "localhost"), ("lane", "demo-1"),
                       ("elsewhere", "hub.example")):
        with open(at("ext"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:%s\n" % host)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-subj", "/CN=" + host, "-keyout",
                at(name + ".key"), "-out", at(name + ".csr"))
        openssl("x509", "-req", "-in", at(name + ".csr"), "-CA", at("ca.pem"),
                "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2",
                "-extfile", at("ext"), "-out", at(name + ".pem"))
        os.chmod(at(name + ".key"), 0o600)
    return at


def only_a_certified_hub_is_talked_to(f):
    at = make_certificates(f)
    spool = f.spool(2)
    ids = waiting(spool)
    for certificate, ca in (("hub", None), ("elsewhere", at("ca.pem")),
                            ("hub", at("lane.pem"))):
        tls = (at(certificate + ".pem"), at(certificate + ".key"))
        with FakeHub(tls=tls) as hub:
            r = f.deliver(hub.url, spool, "--hub-wait", "1",
                          *(("--hub-ca", ca) if ca else ()))
        yield from ended(r, 4, "certificate", "2 crossings wait")
        yield from same("posts", hub.posts, [])
    with FakeHub(tls=(at("hub.pem"), at("hub.key"))) as hub:
        yield from ended(f.deliver(hub.url, spool, "--hub-ca",
                                   at("ca.pem")), 0)
    yield from arrived(hub, ids)


def a_lane_shows_its_own_certificate(f):
    at = make_certificates(f)
    spool = f.spool(2)
    ids = waiting(spool)
    tls = (at("hub.pem"), at("hub.key"))
    with FakeHub(tls=tls, client_ca=at("ca.pem")) as hub:
        r = f.deliver(hub.url, spool, "--hub-ca", at("ca.pem"), "--hub-wait",
                      "1")
        yield from same("exit without", r.code, 4)
        yield from same("posts", hub.posts, [])
        r = run("lane", "deliver", "--hub", hub.url, "--spool", spool,
                "--hub-ca", at("ca.pem"), "--hub-cert", at("lane.pem"),
                "--hub-key", at("lane.key"))
    yield from ended(r, 0)
    yield from arrived(hub, ids)
    for _, _, headers in hub.posts:
        if "Authorization" in headers:
            yield "a token from nowhere"


def what_is_not_safe_does_not_start(f):
    loose = f.path("token")
    with open(loose, "w", encoding="ascii") as file:
        file.write(TOKEN)
    os.chmod(loose, 0o644)
    strange = f.path("token")
    with open(strange, "w", encoding="ascii") as file:
        file.write("a b\n")
    os.chmod(strange, 0o600)
    open_folder = f.path("spool")
    os.mkdir(open_folder, 0o755)
    spool = f.path("spool")
    base = ("lane", "deliver", "--spool", spool)
    url = "http://localhost:1"
    for args, code, why in (
            (base, 2, "--hub: is missing"),
            (("lane", "deliver", "--hub", url), 2, "--spool: is missing"),
            (base + ("--hub", url), 2, "--hub-token: is missing"),
            (base + ("--hub", "http://hub.example", "--hub-token", f.token),
             2, "https://"),
            (base + ("--hub", url, "--hub-token", loose), 4, "0600"),
            (base + ("--hub", url, "--hub-token", strange), 3, "token"),
            (base + ("--hub", url, "--hub-token", f.path("none")), 3,
             "No such"),
            (base + ("--hub", url, "--hub-cert", "x"), 2, "--hub-key"),
            (("lane", "deliver", "--spool", open_folder, "--hub", url,
              "--hub-token", f.token), 4, "0700"),
            (("lane", "run", "--scene", f.scene, "--spool", spool), 2,
             "--recipient: is missing"),
            (("lane", "run", "--scene", f.scene, "--spool", spool,
              "--recipient", "abc"), 2, "neither"),
            (("lane", "run", "--scene", f.scene, "--spool", spool,
              "--recipient", f.token), 3, "64 hex")):
        r = run(*args)
        yield from ended(r, code, why)
        yield from same("printed", r.out, b"")
        if TOKEN.encode() in r.err:
            yield "the token is told"


# ---- policy and recipient --------------------------------------------------

def the_stricter_of_policy_and_options_is_kept(f):
    spool = f.path("spool")
    port = free_port()
    args = ("--recipient", RECIPIENT, "--hub-wait", "0")
    with FakeHub(port) as hub:
        loose = f.lane(hub.url, f.path("spool"), "--fmr", "0.0002", *args)
        hub.policy.update(fmr=0.0001, margin=0.2, vehicle_cap=0.1)
        strict = f.lane(hub.url, spool, *args)
    yield from ended(loose, 0, "fmr: the hub says 0.0005, this lane 0.0002; "
                     "the stricter 0.0002 is kept")
    yield from ended(strict, 0, "fmr: .* 0.0005; the stricter 0.0001",
                     "margin: .* 0.005; the stricter 0.2",
                     "vehicle cap: .*stricter 0.005")
    # No similarity leads by a fifth: nobody is confirmed.
    yield from same("confirmed", sum(
        c["confirmed"] for c in strict.objects()), 0)
    if sum(c["confirmed"] for c in loose.objects()) == 0:
        yield "nobody was confirmed under the lane's own policy either"
    # The hub is gone, and what it said is known.
    again = f.lane("http://localhost:%d" % port, spool, *args)
    yield from same("confirmed without the hub", sum(
        c["confirmed"] for c in again.objects()), 0)
    if not any("the last one known" in line for line in again.errors()):
        yield again.err.decode()


def anybody_may_be_a_citizen_until_somebody_says_who_is(f):
    url = "http://localhost:%d" % free_port()
    args = ("--recipient", RECIPIENT, "--hub-wait", "0")
    for more, dropped in ((("--host-state", "XXA"), False), ((), True)):
        spool = f.path("spool")
        f.lane(url, spool, *args, *more)
        later = time.time() + 13 * 3600   # of what the spool has seen
        os.utime(os.path.join(spool, "lock"), (later, later))
        r = f.lane(url, spool, *args, *more)
        yield from same("dropped with %s" % (more,), any(
            "term is over" in line for line in r.errors()), dropped)


def what_waits_goes_by_the_terms_that_were_approved(f):
    url = "http://localhost:%d" % free_port()
    for terms in ({}, {"retention": {
            "host": "XXA", "citizen_pictures_ms": 6 * 3600000,
            "pictures_ms": 6 * 3600000}}):
        spool = f.path("spool")
        f.lane(url, spool, "--recipient", RECIPIENT, "--hub-wait", "0",
               "--host-state", "XXA")
        with open(os.path.join(spool, "policy.json"), "w",
                  encoding="ascii") as file:
            json.dump({**POLICY, **terms}, file)
        later = time.time() + 7 * 3600
        os.utime(os.path.join(spool, "lock"), (later, later))
        r = f.deliver(url, spool, "--hub-wait", "0")
        yield from same("dropped with %s" % terms, any(
            "term is over" in line for line in r.errors()), bool(terms))


def the_first_recipient_stays(f):
    spool = f.path("spool")
    with FakeHub() as hub:
        f.lane(hub.url, spool)
        hub.recipient = "11" * 32
        yield from ended(f.lane(hub.url, spool), 0)
        yield from same("asked", [p for p, _ in hub.asked if "recipient" in
                                  p], ["/v1/recipient"])
        with open(os.path.join(spool, "recipient"), encoding="ascii") as file:
            yield from same("kept", file.read().strip(), RECIPIENT)


# ---- earlier pictures ------------------------------------------------------

def confirmed_shot(f, document):
    """The portrait itself stands in for an earlier shot of its holder."""
    with open(os.path.join(f.scene, document.replace(".json", ".jpg")),
              "rb") as file:
        return base64.b64encode(file.read()).decode()


def earlier_pictures_are_asked_for_only_where_policy_allows(f):
    asked = {}
    # Whose documents these are: the second line of a passport says it.
    states = {read_json(f.scene, rel)["mrz"][1][10:13].rstrip("<")
              for v in read_json(f.scene, "scene.json")["vehicles"]
              for rel in v["documents"] if not v.get("opted_out")}
    with FakeHub() as hub:
        for name, policy in (
                ("never", {}), ("off", {"earlier": False}),
                ("on", {"earlier": True}),
                ("no citizens", {"earlier": True, "retention": {
                    "host": min(states)}})):
            hub.policy = dict(POLICY, **policy)
            del hub.asked[:]
            r = f.lane(hub.url, f.path("spool"), "--recipient", RECIPIENT)
            yield from ended(r, 0)
            asked[name] = [(p, b) for p, b in hub.asked if "earlier" in p]
    for name in ("never", "off"):
        yield from same("asked, " + name, asked[name], [])
    for _, body in asked["no citizens"]:
        if json.loads(body)["nationality"] == min(states):
            yield "a citizen's earlier pictures were asked for"
    if len(asked["no citizens"]) >= len(asked["on"]):
        yield "the host state made no difference"
    documents = sum(len(c["documents"]) for c in r.objects())
    if not 1 <= len(asked["on"]) <= documents:
        yield "asked %d times" % len(asked["on"])
    for path, body in asked["on"]:
        yield from same("path", path, "/v1/lanes/demo-1/earlier")
        question = json.loads(body)
        yield from same("keys", sorted(question), [
            "issuer", "nationality", "number", "type"])


def further_references_are_compared_and_raise_the_bar(f):
    plain = f.lane("http://localhost:1", f.path("spool"), "--recipient",
                   RECIPIENT, "--hub-wait", "0").vehicles()["v0001"]
    with FakeHub() as hub:
        hub.policy = dict(POLICY, earlier=True)
        found = next(p for p in plain["occupants"]
                     if p["verdict"] == "confirmed")
        hub.earlier = {"pictures": [confirmed_shot(f, found["document"])] * 2}
        r = f.lane(hub.url, f.path("spool"), "--recipient", RECIPIENT)
        yield from ended(r, 0)
        again = r.vehicles()["v0001"]
        # What is no picture, or too much, costs the references alone.
        for strange in ({"pictures": ["Zm9v"]}, {"pictures": ["x"]}, [], 500,
                        {"pictures": ["Zm9v"] * 99}):
            hub.earlier = strange
            r = f.lane(hub.url, f.path("spool"), "--recipient", RECIPIENT)
            yield from same("exit", r.code, 0)
            for got, was in zip(r.vehicles()["v0001"]["occupants"],
                                plain["occupants"]):
                yield from same("verdict", got["verdict"], was["verdict"])
                yield from same("similarity", got.get("similarity"),
                                was.get("similarity"))
    # All documents of the vehicle have the same shots: they look alike now.
    if len(again["documents"]) > 1:
        yield from same("confirmed", again["confirmed"], 0)
        yield from same("cause", {
            p.get("cause") for p in again["occupants"]}, {"look-alike"})


# ---- killed ----------------------------------------------------------------

def killed_while_it_delivers_nothing_is_lost_or_twice(f):
    rng = random.Random(5)
    spool = f.spool(150)
    ids = waiting(spool)
    with FakeHub() as hub:
        hub.behave = lambda n: rng.choice((201, 201, 201, "lost", "half"))
        for _ in range(KILLS):
            child = subprocess.Popen(
                [EXEUNT, "lane", "deliver", "--hub", hub.url, "--hub-token",
                 f.token, "--spool", spool], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.01, 0.15))
            child.send_signal(signal.SIGKILL)
            child.wait()
            there = set(waiting(spool)) | set(hub.order)
            yield from same("lost", sorted(set(ids) - there), [])
        hub.behave = lambda n: 201
        yield from ended(f.deliver(hub.url, spool), 0)
    yield from arrived(hub, ids)
    yield from same("left", sorted(os.listdir(spool)),
                    ["damaged", "lock", "refused"])


def killed_while_it_works_it_has_spooled_what_it_said(f):
    spool = f.path("spool")
    rng = random.Random(6)
    said = set()
    url = "http://localhost:%d" % free_port()
    for _ in range(KILLS // 5):
        child = subprocess.Popen(
            [EXEUNT, "lane", "run", "--scene", f.scene, "--now", "--json",
             "--min-face", "90", "--hub", url, "--hub-token", f.token,
             "--spool", spool, "--recipient", RECIPIENT],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # At any moment, but now and then after something was said.
        first = child.stdout.readline() if rng.random() < 0.6 else b""
        time.sleep(rng.uniform(0, 0.7))
        child.send_signal(signal.SIGKILL)
        out = first + child.communicate()[0]
        said |= {line.split(b'"')[3].decode()
                 for line in out.split(b"\n")[:-1]}
    there = set(waiting(spool))
    yield from same("said but not spooled", said - there, set())
    with FakeHub() as hub:
        yield from ended(f.deliver(hub.url, spool), 0)
    yield from same("delivered", set(hub.order), there)
    if not said:
        yield "no run came as far as a crossing"


def interrupted_it_ends_at_once_and_keeps_the_rest(f):
    spool = f.spool(3)
    child = subprocess.Popen(
        [EXEUNT, "lane", "deliver", "--hub", "http://localhost:%d" %
         free_port(), "--hub-token", f.token, "--spool", spool],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    child.wait(20)
    if time.monotonic() - began > 2:
        yield "took %.1f s" % (time.monotonic() - began)
    yield from same("waiting", len(waiting(spool)), 3)


CASES = (
    crossings_arrive_sealed_and_in_order, people_read_what_was_delivered,
    a_hub_that_is_down_costs_no_verdict,
    a_hub_that_comes_back_gets_all_of_a_day,
    every_kind_of_trouble_is_outlasted,
    a_lost_answer_is_asked_for_again_and_nothing_arrives_twice,
    retry_after_is_obeyed,
    what_the_hub_never_takes_is_set_aside_with_the_reason,
    a_redirect_is_not_followed, an_answer_without_end_is_not_read,
    strange_answers_change_nothing, only_a_certified_hub_is_talked_to,
    a_lane_shows_its_own_certificate, what_is_not_safe_does_not_start,
    the_stricter_of_policy_and_options_is_kept,
    anybody_may_be_a_citizen_until_somebody_says_who_is,
    what_waits_goes_by_the_terms_that_were_approved,
    the_first_recipient_stays,
    earlier_pictures_are_asked_for_only_where_policy_allows,
    further_references_are_compared_and_raise_the_bar,
    killed_while_it_delivers_nothing_is_lost_or_twice,
    killed_while_it_works_it_has_spooled_what_it_said,
    interrupted_it_ends_at_once_and_keeps_the_rest,
)


def main():
    with Delivery() as f:
        for check in CASES:
            f.case(check.__name__.replace("_", " "), check, f)
        return f.tap.end()


if __name__ == "__main__":
    sys.exit(main())
