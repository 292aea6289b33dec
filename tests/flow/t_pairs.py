#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""eval pairs on synthetic travellers, end to end: rates, groups, page, wrong
input, stopping.

    t_pairs.py ROOT EXEUNT
"""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from pictures import plain_png      # noqa: E402
from program import (EXEUNT, LIMIT_S, ROOT, SANITIZED, TRAVELLERS, Suite,
                     ended, run, same)      # noqa: E402

# Enough impostor pairs for an FMR of 1 %: 26 x 25 / 2 = 325.
PEOPLE = ["%03d" % i for i in range(1, 11 if SANITIZED else 27)]
RATES = [0.01, 0.001, 0.0005, 0.0001, 0.00001]


def csv(people, lane=1):
    """Portrait against lane head of each; all portraits against each other."""
    lines = ["a,b,same"]
    for i, a in enumerate(people):
        lines.append("%s/passport.jpg,%s/lane_%d.png,1" % (a, a, lane))
        for b in people[:i]:
            lines.append("%s/passport.jpg,%s/passport.jpg,0" % (a, b))
    return "\n".join(lines) + "\n"


class Pairs(Suite):
    def __init__(self):
        super().__init__()
        self.list = self.file("pairs.csv", csv(PEOPLE))
        self.whole = self.run(self.list, "--json")

    def file(self, name, text):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    @staticmethod
    def run(pairs, *args, root=TRAVELLERS):
        return run("eval", "pairs", "--pairs", pairs, "--root", root, *args)


def ordered(interval, name):
    if not 0 <= interval["low"] <= interval[name] <= interval["high"] <= 1:
        yield "not in order: %r" % interval


def rates_come_with_their_intervals(s):
    yield from ended(s.whole, 0)
    o, = s.whole.objects()
    n = len(PEOPLE)
    yield from same("genuine", o["genuine"], {"n": n, "not_made": 0})
    yield from same("impostor", o["impostor"],
                    {"n": n * (n - 1) // 2, "not_made": 0})
    yield from same("people", o["people"], n)
    yield from same("pictures", o["pictures"], 2 * n)
    yield from same("fte", o["fte"], 0)
    yield from same("rates", [r["fmr"] for r in o["rates"]], RATES)
    yield from ordered(o["eer"], "rate")
    for r in o["rates"] + o["det"]:
        supported = r["fmr"] * n * (n - 1) / 2 >= 3
        yield from same("support of %g" % r["fmr"],
                        r.get("supported", True), supported)
        if supported:
            yield from ordered(r, "fnmr")
    falling = [r["fnmr"] for r in o["det"]]
    if falling != sorted(falling) or len(falling) < 5:
        yield "misses do not rise as false matches fall: %r" % falling


def similarity(a, b):
    got, = run("face", "compare", "--json", os.path.join(TRAVELLERS, a),
               os.path.join(TRAVELLERS, b)).objects()
    return got["similarity"]


def the_rates_are_those_of_comparing_one_by_one(s):
    """Impostors of one similarity: none may pass with it, so that is where
    the threshold lies, and who of the same person is under it is missed."""
    pair = ("001/passport.jpg", "002/passport.jpg")
    genuine = [("%s/passport.jpg" % p, "%s/lane_%d.png" % (p, k))
               for p in PEOPLE[:2] for k in range(5)]
    lines = ["a,b,same"] + ["%s,%s,0" % pair] * 8
    lines += ["%s,%s,1" % g for g in genuine]
    r = s.run(s.file("few.csv", "\n".join(lines)), "--json")
    yield from ended(r, 0)
    o, = r.objects()
    bar = similarity(*pair)
    if abs(o["det"][0]["threshold"] - bar) > 1e-6:
        yield "threshold %r, similarity %r" % (o["det"][0], bar)
    missed = sum(similarity(*g) <= bar for g in genuine) / len(genuine)
    if abs(o["det"][0]["fnmr"] - missed) > 1e-9:
        yield "missed %r, one by one %g" % (o["det"][0], missed)


def threads_and_seeds_change_nothing_else(s):
    again = s.run(s.list, "--json", "--threads", "1")
    yield from same("one thread", again.out, s.whole.out)
    other = s.run(s.list, "--json", "--seed", "9")
    a, b = s.whole.objects()[0], other.objects()[0]
    yield from same("values", [r.get("fnmr") for r in b["det"]],
                    [r.get("fnmr") for r in a["det"]])


def people_read_a_table(s):
    r = s.run(s.list)
    yield from ended(r, 0)
    text = r.out.decode()
    for pattern in (r"failure to enrol 0\.00 %", r"^equal +\d",
                    r"^1e-05 +not supported: \d+ impostor comparisons reach"):
        if not re.search(pattern, text, re.M):
            yield "does not say %r" % pattern


def lfw_lists_are_read(s):
    root = s.path("lfw")
    people = ("Anna_B", "Cy")
    for name, traveller in zip(people, PEOPLE):
        os.makedirs(os.path.join(root, name))
        for turn, picture in enumerate(("passport.jpg", "lane_1.png"), 1):
            shutil.copy(os.path.join(TRAVELLERS, traveller, picture),
                        os.path.join(root, name,
                                     "%s_%04d.jpg" % (name, turn)))
    text = ("2\t1\nAnna_B\t1\t2\nAnna_B\t1\tCy\t1\n"
            "Cy\t1\t2\nAnna_B\t2\tCy\t2\n")
    r = s.run(s.file("pairs.txt", text), "--json", root=root)
    yield from ended(r, 0)
    o, = r.objects()
    yield from same("people", o["people"], 2)
    yield from same("pictures", o["pictures"], 4)
    yield from same("impostor", o["impostor"]["n"], 2)


# ---- pictures that are not there -------------------------------------------

def missing_pictures_are_counted_and_the_others_judged(s):
    root = s.path("root")
    shutil.copytree(TRAVELLERS, root)
    os.unlink(os.path.join(root, PEOPLE[0], "lane_1.png"))
    with open(os.path.join(root, PEOPLE[1], "lane_1.png"), "wb") as file:
        file.write(b"no picture")
    with open(os.path.join(root, PEOPLE[2], "lane_1.png"), "wb") as file:
        file.write(plain_png(200, 200))     # and no face: no error, a miss
    os.unlink(os.path.join(root, PEOPLE[3], "lane_1.png"))
    os.symlink("/etc/hostname", os.path.join(root, PEOPLE[3], "lane_1.png"))
    r = s.run(s.list, "--json", root=root)
    yield from ended(r, 3, r"001/lane_1\.png: no such|001/lane_1\.png: ",
                     r"002/lane_1\.png: ", r"004/lane_1\.png: ")
    o, = r.objects()
    yield from same("not enrolled", o["not_enrolled"], 4)
    yield from same("genuine", o["genuine"],
                    {"n": len(PEOPLE), "not_made": 4})
    # Four sure misses, at any rate of false matches.
    if o["det"][0]["fnmr"] < 4 / len(PEOPLE) - 1e-9:
        yield "a failure to enrol is no miss: %r" % o["det"][0]


def nobody_enrolled_is_3(s):
    root = s.path("empty")
    os.makedirs(root)
    few = s.file("few.csv", "a,b,same\nx.jpg,y.jpg,1\nx.jpg,z.jpg,0\n")
    r = s.run(few, root=root)
    yield from ended(r, 3, r"x\.jpg: ", r"y\.jpg: ", r"z\.jpg: ",
                     r"pairs: no comparison of different people")


# ---- wrong input -----------------------------------------------------------

BAD = (
    ("an absolute path", "a,b,same\n/etc/passwd,x,1\n", "line 2: a path"),
    ("a path that leads out", "a,b,same\nx,y,1\nx,a/../../b,0\n",
     "line 3: a path"),
    ("a contradiction", "a,b,same\nx,y,1\ny,x,0\n",
     "line 3: different people"),
    ("another header", "p,q,same\nx,y,1\n", "line 1: "),
    ("a NUL", b"a,b,same\nx,y\0z,1\n", "line 2: "),
    ("nothing", "", "is empty"),
    ("a line of a megabyte", "a,b,same\n" + "x" * 1000000, "line 2: "),
)


def bad_lists_are_3_and_name_the_line(s, text, why):
    yield from ended(s.run(s.file("bad.csv", text)), 3,
                     r"bad\.csv: .*" + why)


def bad_groups_are_3_and_name_the_line(s):
    groups = s.file("groups.csv", "who,g\n001,x\n002\n")
    yield from ended(s.run(s.list, "--groups", groups), 3,
                     r"groups\.csv: line 3: 1 fields")
    yield from ended(s.run(s.path("none.csv")), 3, r"none\.csv: ")


# ---- groups ----------------------------------------------------------------

def groups_are_told_with_their_ratio(s):
    half = len(PEOPLE) // 2
    lines = ["who,half,age"] + [
        "%s/%s,%s,%d" % (p, picture, "ab"[i >= half], 20 + i)
        for i, p in enumerate(PEOPLE)
        for picture in ("passport.jpg", "lane_1.png")]
    groups = s.file("groups.csv", "\n".join(lines))
    r = s.run(s.list, "--json", "--fmr", "0.01", "--groups", groups)
    yield from ended(r, 0)
    o, = r.objects()
    yield from same("names", list(o["groups"]), ["half", "age"])
    of = o["groups"]["half"]["of"]
    yield from same("words", list(of), ["a", "b"])
    yield from same("genuine of a", of["a"]["fnmr"]["n"], half)
    yield from same("impostors of a", of["a"]["fmr"]["n"],
                    half * (half - 1) // 2)
    yield from same("strangers", o["strangers"], 0)
    for g in of.values():
        yield from ordered(g["fmr"], "rate")
        yield from ordered(g["fnmr"], "rate")
    yield from same("everybody", o["promised"]["everybody"]["fnmr"]["n"],
                    len(PEOPLE))
    ratio = o["groups"]["half"]["worst_fmr_ratio"]
    k = [of[w]["fmr"]["k"] / of[w]["fmr"]["n"] for w in "ab"]
    if not SANITIZED and min(k) > 0 and \
            abs(ratio["ratio"] - max(k) / min(k)) > 1e-6:
        yield "ratio %r of %r" % (ratio, k)
    text = s.run(s.list, "--groups", groups).out.decode()
    if "worst ratio of the FMR" not in text or "20 to 29" not in text:
        yield text[-400:]


def groups_want_a_calibration_of_these_models(s):
    groups = s.file("groups.csv", "who,g\n001,x\n")
    with open(os.path.join(ROOT, "data", "calibration.json"),
              encoding="utf-8") as file:
        other = json.load(file)
    other["recipe"] = "another"
    path = s.file("other.json", json.dumps(other))
    yield from ended(s.run(s.list, "--groups", groups, "--calibration", path),
                     4, "calibration: was made for another recipe")
    yield from ended(s.run(s.list, "--calibration", s.path("none.json")), 0)


def what_decides_knows_no_group(_):
    """A group is a word of the evaluation alone."""
    found = 0
    for room in ("match", "flow", "lane", "face"):
        for top, _, names in os.walk(os.path.join(ROOT, "src", room)):
            for name in names:
                with open(os.path.join(top, name), encoding="utf-8") as file:
                    text = file.read()
                found += 1
                if re.search(r"\b(ex_trial\w*|gender|ethnic\w*|races?)\b",
                             text):
                    yield "%s/%s speaks of groups" % (room, name)
    if found < 20:
        yield "hardly a file was read"


# ---- the page --------------------------------------------------------------

def the_page_has_curves_and_is_the_owners(s):
    page = s.path("report.html")
    r = s.run(s.list, "--fmr", "0.01", "--report", page)
    yield from ended(r, 0)
    with open(page, encoding="utf-8") as file:
        text = file.read()
    yield from same("mode", stat.S_IMODE(os.stat(page).st_mode), 0o600)
    curves = text.count('class="curve"')
    yield from same("curves", curves, 1 if SANITIZED else 2)
    if re.search(r"<script|https?:|\bnan\b|\binf\b|passport", text):
        yield "a script, an address, no number or a path"
    yield from ended(s.run(s.list, "--report", s.path("no") + "/x.html"), 4,
                     r"x\.html: ")


# ---- stopping --------------------------------------------------------------

def interrupted_it_leaves_nothing(s):
    page = s.path("half.html")
    p = subprocess.Popen(
        [EXEUNT, "eval", "pairs", "--pairs", s.list, "--root", TRAVELLERS,
         "--threads", "1", "--report", page], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=LIMIT_S)
    yield from same("exit", p.returncode, 130)
    yield from same("stdout", out, b"")
    yield from same("stderr", err, b"")
    if os.path.exists(page):
        yield "a page of nothing"


CASES = (
    rates_come_with_their_intervals,
    the_rates_are_those_of_comparing_one_by_one,
    threads_and_seeds_change_nothing_else, people_read_a_table,
    lfw_lists_are_read, missing_pictures_are_counted_and_the_others_judged,
    nobody_enrolled_is_3, bad_groups_are_3_and_name_the_line,
    groups_are_told_with_their_ratio,
    groups_want_a_calibration_of_these_models, what_decides_knows_no_group,
    the_page_has_curves_and_is_the_owners, interrupted_it_leaves_nothing,
)


def main():
    with Pairs() as s:
        for check in CASES:
            s.case(check.__name__.replace("_", " "), check, s)
        for what, text, why in BAD:
            s.case("%s is refused by line" % what,
                   bad_lists_are_3_and_name_the_line, s, text, why)
        return s.tap.end()


if __name__ == "__main__":
    sys.exit(main())
