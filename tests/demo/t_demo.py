#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration as a user runs it, held against what it must reach."""
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])


def rate(rates, name):
    return rates[name]["k"] / rates[name]["n"]


def cases(out, tally, peak_mib):
    rates = tally["rates"]
    yield "nobody is wrongly confirmed", rates["wrong_of_seen"]["k"] == 0
    yield ("nine of ten who face the camera and have their document are "
           "confirmed", rate(rates, "eligible_confirmed") >= 0.90)
    yield ("the count is exact for 95 % of vehicles",
           rate(rates, "exact_count") >= 0.95)
    yield ("30 vehicles, 80 people, of whom the opted-out are not looked at",
           tally["vehicles"] + tally["opted_out"] == 30
           and tally["broken_opt_out"] == 0)
    yield "printed faces are told from people", tally["printed"] >= 2
    yield "memory stays under 400 MB", peak_mib * 1.048576 < 400
    with open(os.path.join(out, "report.html"), encoding="utf-8") as f:
        page = f.read()
    yield "the report shows every vehicle", all(
        "v%04d" % i in page for i in range(1, 31))
    yield "the report loads nothing and runs nothing", (
        "<script" not in page and 'src="http' not in page)
    shown = subprocess.run(
        [PROGRAM, "ledger", "show", "--json", "--ledger",
         os.path.join(out, "ledger.db")],
        capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    yield "every vehicle is on record", (
        shown.returncode == 0 and len(lines) == 30)
    yield "seen is confirmed plus officer in every record", all(
        c["seen"] == c["confirmed"] + c["officer"] for c in lines)
    hub = os.path.join(out, "hub")
    shown = subprocess.run(
        [PROGRAM, "ledger", "show", "--json", "--ledger",
         os.path.join(hub, "ledger.db")],
        capture_output=True, text=True, check=False)
    there = [json.loads(line) for line in shown.stdout.splitlines()]
    yield "the hub has every crossing as the lane's own ledger has it", (
        there == lines)
    yield "nothing is left in the spool", (
        sorted(os.listdir(os.path.join(hub, "spool"))) ==
        ["damaged", "lock", "policy.json", "refused"])
    with sqlite3.connect("file:%s/ledger.db?mode=ro" % hub, uri=True) as db:
        pictures, = db.execute("SELECT count(*) FROM picture").fetchone()
    looked = sum(len(c["occupants"]) for c in lines)
    yield "the hub has a best shot of everybody who was seen", (
        pictures >= looked > 60)


def main():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "demo")
        run = subprocess.run([PROGRAM, "demo", "--json", "--out", out],
                             capture_output=True, text=True, check=False)
        peak_mib = resource.getrusage(
            resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        if run.returncode != 0:
            print("1..1\nnot ok 1 - the demo ends with 0")
            print("# exit %d: %s" % (run.returncode, run.stderr.strip()))
            return
        tally = json.loads(run.stdout)
        print("# memory: %d MiB at most" % peak_mib)
        for name, r in tally["rates"].items():
            print("# %s: %d of %d" % (name, r["k"], r["n"]))
        n = 0
        for n, (name, good) in enumerate(cases(out, tally, peak_mib), 1):
            print("%s %d - %s" % ("ok" if good else "not ok", n, name))
        print("1..%d" % n)


main()
