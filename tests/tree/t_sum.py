#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sum at the end of `make test` tells the truth about each program.

    t_sum.py ROOT
"""
import importlib.machinery
import importlib.util
import os
import sys

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, "tools"))
from tap import Tap     # noqa: E402  (found by the line above)


def load_script():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader(
        "sum_script", os.path.join(ROOT, "scripts", "test"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("sum_script", loader))
    loader.exec_module(module)
    return module


def problems(script, program, expected):
    total = script.Sum()
    script.count_program(total, "build", dict(
        {"name": "x", "result": "OK", "returncode": 0, "stdout": ""},
        **program))
    got = (total.passed, total.failed, total.skipped)
    if got != expected:
        yield "wanted %s, got %s" % (expected, got)
    if total.failed != len(total.failures) or \
            total.skipped != len(total.skips):
        yield "a failure or a skip is not named"


def reason_problems(script):
    total = script.Sum()
    script.count_program(total, "build", {
        "name": "x", "result": "SKIP", "returncode": 0,
        "stdout": "1..1\nskipped: no data\nnot ok 1 # SKIP one\n"})
    if "one (no data)" not in total.skips[0]:
        yield total.skips[0]


def main():
    tap = Tap()
    script = load_script()
    cases = (
        ("each case of a program counts",
         {"stdout": "1..2\nok 1 - a\nok 2 - b\n"}, (2, 0, 0)),
        ("a plan may come last",
         {"stdout": "ok 1 - a\n1..1\n"}, (1, 0, 0)),
        ("a failed case counts once",
         {"stdout": "1..2\nok 1 - a\nnot ok 2 - b\n", "result": "FAIL",
          "returncode": 1}, (1, 1, 0)),
        ("a skip as cmocka says it is a skip",
         {"stdout": "1..1\nnot ok 1 # SKIP a\n", "result": "SKIP"},
         (0, 0, 1)),
        ("a skip as TAP says it is a skip",
         {"stdout": "1..1\nok 1 - a # SKIP why\n", "result": "SKIP"},
         (0, 0, 1)),
        ("a crash in the middle adds one failed",
         {"stdout": "1..3\nok 1 - a\n", "result": "ERROR",
          "returncode": -6}, (1, 1, 0)),
        ("a leak found at the end adds one failed",
         {"stdout": "1..1\nok 1 - a\n", "result": "ERROR",
          "returncode": 1}, (1, 1, 0)),
        ("a time-out adds one failed",
         {"stdout": "1..1\nok 1 - a\n", "result": "TIMEOUT",
          "returncode": -9}, (1, 1, 0)),
        ("a program that says nothing counts by its exit",
         {"result": "FAIL", "returncode": 1}, (0, 1, 0)),
        ("a program that dies before its plan is failed",
         {"result": "ERROR", "returncode": -11}, (0, 1, 0)),
        ("a program without TAP passes by its exit", {}, (1, 0, 0)),
        ("a program that skips itself is a skip",
         {"result": "SKIP", "returncode": 77}, (0, 0, 1)),
        ("a program that should say TAP and says nothing is failed",
         {"result": "SKIP"}, (0, 1, 0)),
        ("an empty plan with a clean exit counts nothing",
         {"stdout": "1..0\n"}, (0, 0, 0)),
    )
    for name, program, expected in cases:
        tap.case(name, problems(script, program, expected))
    tap.case("a skip is shown with its reason", reason_problems(script))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
