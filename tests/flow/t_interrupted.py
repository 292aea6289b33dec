#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stopped at any point: what is recorded is whole, what was printed is
recorded, and the same run again completes it.

    t_interrupted.py ROOT EXEUNT
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import (EXEUNT, LIMIT_S, SANITIZED, Scene, Suite, ended, lane,
                     run, same)     # noqa: E402

KILLS = 5 if SANITIZED else 15


class Lane(Suite):
    def __init__(self):
        super().__init__()
        self.original = self.make_scene("--fps", "3")
        self.scene = Scene(self, self.original, {
            "v0001": 1, "v0002": 1, "v0003": 1, "v0006": 1}).dir
        whole = self.path("whole.db")
        began = time.monotonic()
        self.reference = lane(self.scene, "--ledger", whole)
        self.takes_s = time.monotonic() - began
        self.kept = run("ledger", "show", "--ledger", whole, "--json").lines()

    def start(self, ledger):
        return subprocess.Popen(
            [EXEUNT, "lane", "run", "--scene", self.scene, "--json", "--seed",
             "3", "--min-face", "90", "--ledger", ledger],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def recorded(self, ledger):
        """Problems, and the lines of a ledger that may not be one yet."""
        r = run("ledger", "show", "--ledger", ledger, "--json")
        young = b"holds no ledger yet" in r.err or b"No such file" in r.err
        if r.code != 0 and not (r.code == 4 and young):
            return ["the ledger does not open: %s" % r.err.decode()], []
        lines = r.lines()
        return ["half a crossing, or a strange one: %s" % line
                for line in lines if line not in self.kept], lines


def the_reference_is_recorded(f):
    yield from ended(f.reference, 0)
    yield from same("crossings", len(f.kept), 4)
    if sum(json.loads(line)["seen"] for line in f.kept) < 3:
        yield "hardly anybody was seen"


def ids(lines):
    return [json.loads(line)["crossing"] for line in lines]


def killed_at(f, delay_s):
    """One run, killed; how many crossings were recorded then."""
    ledger = f.path("killed.db")
    p = f.start(ledger)
    time.sleep(delay_s)
    p.kill()
    out, _ = p.communicate(timeout=LIMIT_S)
    problems, lines = f.recorded(ledger)
    yield from problems
    printed = [line for line in out.decode().split("\n")[:-1]]
    if not set(ids(printed)) <= set(ids(lines)):
        yield "after %.2f s: printed, but not recorded" % delay_s
    yield from same("after %.2f s: order" % delay_s, lines,
                    f.kept[:len(lines)])
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    problems, lines = f.recorded(ledger)
    yield from problems
    yield from same("after the second run", lines, f.kept)


def killed_anywhere_the_ledger_is_whole(f):
    """Points spread over the run, at random within their stretch."""
    chance = random.Random(11)
    for i in range(KILLS):
        yield from killed_at(
            f, f.takes_s * (i + chance.random()) / KILLS)


def killed_again_and_again_it_completes(f):
    """One ledger, many deaths."""
    ledger = f.path("often.db")
    chance = random.Random(12)
    for _ in range(KILLS // 2):
        p = f.start(ledger)
        time.sleep(f.takes_s * chance.random())
        p.kill()
        p.communicate(timeout=LIMIT_S)
    problems, _ = f.recorded(ledger)
    yield from problems
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    _, lines = f.recorded(ledger)
    yield from same("crossings", lines, f.kept)


def stopped_by(f, number, code):
    """Asked to stop after the first crossing, it drops the open one."""
    ledger = f.path("stopped.db")
    p = f.start(ledger)
    printed = [p.stdout.readline()]
    p.send_signal(number)
    out, err = p.communicate(timeout=LIMIT_S)
    printed += out.splitlines(True)
    yield from same("exit", p.returncode, code)
    yield from same("stderr", err, b"")
    problems, lines = f.recorded(ledger)
    yield from problems
    yield from same("recorded and printed", ids(lines),
                    ids(line.decode() for line in printed))
    if not 1 <= len(lines) < len(f.kept):
        yield "%d crossings: this was not in the middle" % len(lines)
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    _, lines = f.recorded(ledger)
    yield from same("after the second run", lines, f.kept)


def interrupted_twice_it_ends_at_once(f):
    ledger = f.path("twice.db")
    p = f.start(ledger)
    p.stdout.readline()
    p.send_signal(signal.SIGINT)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=LIMIT_S)
    yield from same("exit", p.returncode, 130)
    problems, _ = f.recorded(ledger)
    yield from problems


def a_closed_pipe_is_not_the_end_of_the_record(f):
    """Who reads stdout has gone: all is recorded, and the failure said."""
    ledger = f.path("pipe.db")
    p = f.start(ledger)
    p.stdout.close()
    err = p.stderr.read()
    p.stderr.close()
    yield from same("exit", p.wait(timeout=LIMIT_S), 4)
    yield from same("stderr", err,
                    b"exeunt: standard output: could not be written\n")
    _, lines = f.recorded(ledger)
    yield from same("crossings", lines, f.kept)


def an_interrupted_simulator_leaves_no_scene(f):
    top = f.path("half-made")
    p = subprocess.Popen([EXEUNT, "sim", "--out", top, "--vehicles", "30"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    while not os.path.exists(os.path.join(top, "sim.txt")):
        time.sleep(0.02)
        if p.poll() is not None:
            break
    p.send_signal(signal.SIGTERM)
    _, err = p.communicate(timeout=LIMIT_S)
    yield from same("exit", p.returncode, 143)
    yield from same("stderr", err, b"")
    for name in ("scene.json", "truth.json"):
        if os.path.exists(os.path.join(top, name)):
            yield "%s is there" % name
    yield from ended(lane(top), 3, r"scene\.json: ")


def main():
    with Lane() as f:
        for check in (the_reference_is_recorded,
                      killed_anywhere_the_ledger_is_whole,
                      killed_again_and_again_it_completes):
            f.case(check.__name__.replace("_", " "), check, f)
        f.case("SIGINT: the open crossing is dropped whole", stopped_by, f,
               signal.SIGINT, 130)
        f.case("SIGTERM: the open crossing is dropped whole", stopped_by, f,
               signal.SIGTERM, 143)
        for check in (interrupted_twice_it_ends_at_once,
                      a_closed_pipe_is_not_the_end_of_the_record,
                      an_interrupted_simulator_leaves_no_scene):
            f.case(check.__name__.replace("_", " "), check, f)
        return f.tap.end()


if __name__ == "__main__":
    sys.exit(main())
