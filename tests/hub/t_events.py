# SPDX-License-Identifier: Apache-2.0
"""Live events: who hears what, how streams end, and that they cost nobody
else.

    t_events.py ROOT EXEUNT
"""
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import SANITIZED, Suite, same     # noqa: E402
from hub import Events, Hub, Session, eventually     # noqa: E402

STREAMS = 60


def stage(hub, lane="demo-1"):
    """Something that makes an event: documents for the vehicle at a lane."""
    reply = hub.ask("POST", "/v1/lanes/%s/vehicle" % lane, {
        "vehicle": "v1", "documents": [{"mrz": ["P<UTO" + "<" * 39,
                                                "L" * 44],
                                        "portrait": "AAAA"}]},
        "lane:" + lane, "crossing")
    if reply.status != 202:
        raise ValueError("staging: %d %s" % (reply.status, reply.body))
    return reply


def check_stream(hub):
    events = Events(hub, "officer")
    yield from same("status", events.status, 200)
    yield from same("type", events.response.headers["Content-Type"],
                    "text/event-stream")
    for _ in range(3):
        yield from same("staged", stage(hub).status, 202)
    got = [events.until("vehicle") for _ in range(3)]
    yield from same("data", [e[2] for e in got], [{"lane": "demo-1"}] * 3)
    ids = [int(e[0]) for e in got]
    if ids != sorted(set(ids)) or ids[-1] >= 2 ** 53:
        yield "ids %s do not rise, or are too large for a browser" % ids
    events.close()
    again = Events(hub, "officer", last=ids[0])
    yield from same("resumed", [int(again.until("vehicle")[0])
                                for _ in range(2)], ids[1:])
    again.close()
    for last in (1, ids[-1] + 1000, 10 ** 15):
        late = Events(hub, "officer", last=last)
        event = late.next()
        while event and event[1] is None:
            event = late.next()
        yield from same("resumed from %d" % last, event[1], "reset")
        late.close()


def check_lanes(hub):
    """A lane hears of itself alone."""
    one, other = Events(hub, "lane:demo-1"), Events(hub, "lane:demo-2")
    stage(hub, "demo-1")
    stage(hub, "demo-2")
    yield from same("demo-1", one.until("vehicle")[2], {"lane": "demo-1"})
    yield from same("demo-2", other.until("vehicle")[2], {"lane": "demo-2"})
    stage(hub, "demo-2")
    stage(hub, "demo-1")
    yield from same("demo-1 again", one.until("vehicle")[2],
                    {"lane": "demo-1"})
    one.close()
    other.close()


def check_crowd(hub):
    """As many streams as a busy port has, and answers are as fast beside
    them; each event reaches all."""
    crowd = [Events(hub, "officer") for _ in range(STREAMS)]
    for events in crowd:
        events.next()
    slowest = 0
    for _ in range(50):
        begun = time.monotonic()
        yield from same("health", hub.ask("GET", "/v1/health").status, 200)
        slowest = max(slowest, time.monotonic() - begun)
    if slowest > (2 if SANITIZED else 0.5):
        yield "an answer took %.3f s beside %d streams" % (slowest, STREAMS)
    stage(hub)
    heard = sum(events.until("vehicle") is not None for events in crowd)
    yield from same("streams that heard", heard, STREAMS)
    for events in crowd:
        events.close()


def check_slow_reader(hub):
    """It is dropped; who reads hears everything."""
    head = "".join("%s: %s\r\n" % p for p in hub.head("officer").items())
    slow = socket.create_connection(("127.0.0.1", hub.port), 10)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                  % head).encode())
    reader = Events(hub, "officer")
    reader.next()
    heard = []
    thread = threading.Thread(target=lambda: heard.extend(
        reader.until("vehicle") for _ in range(200)))
    thread.start()
    for _ in range(200):
        stage(hub)
    thread.join(60)
    yield from same("events heard by who reads", len(heard), 200)
    reader.close()
    slow.close()


def check_session_ends(hub):
    """A stream does not outlive the session that it was asked with."""
    held = Session(hub, "auditor")
    events = Events(hub, held)
    events.next()
    hub.ask("DELETE", "/v1/session", None, held)
    begun = time.monotonic()
    while events.next() is not None:
        pass
    if time.monotonic() - begun > 25:
        yield "it went on for %.0f s" % (time.monotonic() - begun)
    events.close()


def end_of(hub, events):
    """Seconds until the stream ends, while much happens; 40 at most."""
    begun = time.monotonic()
    stop = threading.Event()

    def be_busy():
        while not stop.wait(0.5):
            stage(hub)
    thread = threading.Thread(target=be_busy)
    thread.start()
    try:
        while events.next() is not None and time.monotonic() - begun < 40:
            pass
    finally:
        stop.set()
        thread.join()
    events.close()
    return time.monotonic() - begun


def check_busy(hub):
    """Not even where there is always something to tell."""
    held = Session(hub, "officer")
    events = Events(hub, held)
    events.next()
    hub.ask("DELETE", "/v1/session", None, held)
    seconds = end_of(hub, events)
    if seconds > 25:
        yield "it went on for %.0f s" % seconds


def check_withdrawn(hub):
    """A stream does not outlive its token."""
    events = Events(hub, "lane:demo-1")
    events.next()
    made = hub.ask("POST", "/v1/tokens", {"role": "lane", "name": "demo-1"},
                   "admin").json()
    listed = hub.ask("GET", "/v1/tokens", None, "admin").json()["items"]
    old = next(t for t in listed
               if t["name"] == "demo-1" and t["id"] != made["id"])
    hub.ask("DELETE", "/v1/tokens/" + old["id"], None, "admin")
    hub.tokens["demo-1"] = made["token"]
    seconds = end_of(hub, events)
    if seconds > 25:
        yield "it went on for %.0f s" % seconds


def check_stop(hub):
    """Streams do not hold up the end."""
    crowd = [Events(hub, "officer") for _ in range(20)]
    for events in crowd:
        events.next()
    begun = time.monotonic()
    yield from same("exit", hub.stop(), 0)
    if time.monotonic() - begun > 5:
        yield "the end took %.1f s" % (time.monotonic() - begun)
    ended = eventually(lambda: all(e.next() is None for e in crowd), 5)
    yield from same("streams ended", ended, True)
    yield from same("stderr", hub.said(), "")


def main():
    with Suite() as suite, Hub(suite, {"limits": {"events": 64}}) as hub:
        for name, check in (
                ("events come, resume, and are reset", check_stream),
                ("a lane hears of itself alone", check_lanes),
                ("%d streams cost nobody else" % STREAMS, check_crowd),
                ("a slow reader is not waited for", check_slow_reader),
                ("a stream ends with its session", check_session_ends),
                ("also while much happens", check_busy),
                ("a stream ends with its token", check_withdrawn),
                ("streams end with the hub", check_stop)):
            suite.case(name, check, hub)
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
