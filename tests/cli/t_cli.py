#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every command keeps: help, usage, exit codes, JSON lines.

    t_cli.py ROOT EXEUNT
"""
import json
import math
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from pictures import heads_png, plain_png   # noqa: E402
from program import (ROOT, TRAVELLERS, Suite, ended, read_json, run,
                     same)                  # noqa: E402

COMMON = ("json", "threads", "models", "calibration", "help")
# TD3 of Doc 9303-4, appendix B.
GOOD = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n")


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def commands():
    return re.findall(r'CLI_COMMAND\(\w+,\s*"([^"]+)"',
                      read("src", "cli", "commands.inc"))


# Rows that commands share: the macro, and the header that defines it.
ROWS = {"RUN_OPTION_ROWS": "run.h", "KEEPER_VAULT_ROWS": "keeper.h",
        "KEEPER_LEDGER_ROWS": "keeper.h"}


def rows_of(macro):
    body = re.search(r"#define %s\((.*?)[^\\]\n" % macro,
                     read("src", "cli", ROWS[macro]), re.DOTALL).group(1)
    rows = re.findall(r'\{\s*\\?\s*"([a-z-]+)", (?:"[A-Z]+"|NULL)', body)
    for inner in ROWS:
        if inner in body:
            rows += rows_of(inner)
    return rows


def options_of(command):
    """Rows of the command's option table, from its source: all commands of
    a file share what the file names before the next command."""
    stem = command.split()[0]
    text = read("src", "cli", "cmd_%s.c" % stem)
    function = "cmd_" + command.replace(" ", "_")
    at = text.index("\n%s(struct cli *c)\n{" % function)
    body = text[at:text.index("\n}", at)]
    rows = re.findall(r'\{\s*"([a-z-]+)",\s*(?:"[^"]*"|NULL),\s*"', body)
    for macro in ROWS:
        if macro in body:
            rows += rows_of(macro)
    return rows


def passport(traveller):
    return os.path.join(TRAVELLERS, traveller, "passport.jpg")


# ---- help and usage --------------------------------------------------------

def help_names_every_command(s):
    r = run("--help")
    yield from ended(r, 0)
    for command in commands():
        if not re.search(r"^  %s  " % command.replace(" ", " +"),
                         r.out.decode(), re.M):
            yield "says nothing of %s" % command
    if len(commands()) < 8:
        yield "commands.inc was not read"


def help_names_every_option(s, command):
    r = run(*command.split(), "--help")
    yield from ended(r, 0)
    text = r.out.decode()
    if not text.startswith("exeunt %s: " % command) or "Usage: " not in text:
        yield text[:200]
    for name in list(COMMON) + options_of(command):
        if not re.search(r"^  --%s\b.*  \w" % name, text, re.M):
            yield "says nothing of --%s" % name


def tables_are_found(s):
    """Else the case above would be content with nothing."""
    for command, name in (("face detect", "min-face"), ("sim", "vehicles"),
                          ("lane run", "ledger-key"), ("lane run", "margin"),
                          ("ledger show", "limit"), ("audit show", "limit"),
                          ("calibrate", "people"),
                          ("eval scene", "report"), ("demo", "out"),
                          ("retention run", "confirm-clock"),
                          ("retention due", "ledger")):
        if name not in options_of(command):
            yield "--%s of %s: %s" % (name, command, options_of(command))


def help_wins_over_the_work(s):
    r = run("sim", "--out", s.path("never"), "--help")
    yield from ended(r, 0)
    yield from same("folders", os.listdir(s.top), [])


def the_version_is_said(s):
    r = run("--version")
    yield from ended(r, 0)
    version, = re.findall(r"^\s*version: '([^']+)'", read("meson.build"), re.M)
    yield from same("stdout", r.out.decode(), "exeunt %s\n" % version)


USAGE = (
    (("fly",), r"^exeunt: fly: "),
    (("face",), r"^exeunt: face: "),
    (("lane", "walk"), r"^exeunt: lane: "),
    (("sim", "--colour"), r"--colour: no such option.*exeunt sim --help"),
    (("sim", "--out"), "--out: wants a value"),
    (("sim",), "--out: is missing"),
    (("sim", "--out", "x", "y"), "too many operands"),
    (("sim", "--out", "x", "--json=yes"), "takes no value"),
    (("sim", "--out", "x", "--vehicles", "0"), "--vehicles: must be a whole "),
    (("sim", "--out", "x", "--vehicles", "-1"), "--vehicles: must be"),
    (("sim", "--out", "x", "--vehicles", "ten"), "--vehicles: must be"),
    (("sim", "--out", "x", "--vehicles", "3x"), "--vehicles: must be"),
    (("sim", "--out", "x", "--vehicles", "1e99"), "--vehicles: must be"),
    (("sim", "--out", "x", "--vehicles", "99999999999999999999"),
     "--vehicles: must be"),
    (("sim", "--out", "x", "--fps", "nan"), "--fps: must be"),
    (("sim", "--out", "x", "--fps=inf"), "--fps: must be"),
    (("sim", "--out", "x", "--threads", "65"), "--threads: must be"),
    (("sim", "--out", "x", "--threads", "0"), "--threads: must be"),
    (("face", "detect"), "operand is missing"),
    (("face", "compare", "a.jpg"), "operand is missing"),
    (("face", "quality"), "operand is missing"),
    (("face", "compare", "a.jpg", "b.jpg", "c.jpg"), "too many operands"),
    (("face", "compare", "a.jpg", "b.jpg", "--fmr", "0.5"),
     "--fmr: must be"),
    (("lane", "run"), "--scene: is missing"),
    (("lane", "run", "--scene", "x", "--margin", "0"), "--margin: must be"),
    (("ledger", "show"), "--ledger: is missing"),
    (("ledger", "show", "--ledger", "x", "--from", "noon"),
     "--from: must be a time"),
    (("audit", "verify"), "--ledger: is missing"),
    (("audit", "show"), "--ledger: is missing"),
    (("audit", "show", "--ledger", "x", "--to", "noon"),
     "--to: must be a time"),
    (("audit", "head"), "--ledger: is missing"),
    (("calibrate", "--out", "x"), "--people: is missing"),
    (("calibrate", "--people", "x"), "--out: is missing"),
    (("document", "mrz"), "operand is missing"),
)


def wrong_usage_is_one_line(s, args, why):
    r = run(*args, cwd=s.top)
    yield from ended(r, 2, why)
    yield from same("stdout", r.out, b"")


def no_command_shows_the_help(s):
    r = run()
    yield from same("exit", r.code, 2)
    yield from same("stdout", r.out, b"")
    yield from same("stderr", r.err, run("--help").out)


def a_name_after_two_dashes_is_an_operand(s):
    yield from ended(run("face", "detect", "--", "--json", cwd=s.top), 3,
                     "^exeunt: --json: ")


# ---- document mrz ----------------------------------------------------------

def mrz(text, *args):
    return run("document", "mrz", "-", *args, stdin=text.encode())


def a_good_mrz_is_0(s):
    r = mrz(GOOD, "--json")
    yield from ended(r, 0)
    fields, = r.objects()
    for key, value in (("format", "TD3"), ("number", "L898902C3"),
                       ("surname", "ERIKSSON"), ("given", "ANNA MARIA"),
                       ("birth", "1974-08-12"), ("sex", "F"),
                       ("passes", True)):
        yield from same(key, fields.get(key), value)
    yield from same("checks", set(fields["checks"].values()), {"right"})
    r = mrz(GOOD)
    yield from ended(r, 0)
    if not re.search(r"^surname +ERIKSSON$", r.out.decode(), re.M):
        yield r.out.decode()


def an_mrz_in_a_file_is_read(s):
    name = s.path("mrz.txt")
    with open(name, "w", encoding="ascii") as file:
        file.write(GOOD)
    from_file = run("document", "mrz", name)
    yield from ended(from_file, 0)
    yield from same("stdout", from_file.out, mrz(GOOD).out)


def a_wrong_check_digit_is_1(s):
    r = mrz(GOOD.replace("C36UTO", "C37UTO"), "--json")
    yield from ended(r, 1)
    fields, = r.objects()
    yield from same("passes", fields["passes"], False)
    yield from same("number", fields["checks"]["number"], "wrong")
    yield from same("birth", fields["checks"]["birth"], "right")


def garbage_is_no_mrz(s):
    for text in ("", "hello\n", GOOD[:60], GOOD.replace("<", "*"),
                 GOOD * 50, "\0" * 90):
        r = mrz(text)
        yield from ended(r, 3, "")
        yield from same("stdout", r.out, b"")
        if b"ERIKSSON" in r.err or b"L898902C" in r.err:
            yield "stderr says what stands there"
    yield from ended(run("document", "mrz", s.path("absent")), 3, "absent: ")


# ---- faces -----------------------------------------------------------------

def one_bad_input_does_not_stop_the_others(s):
    bad = s.path("bad.jpg")
    with open(bad, "wb") as file:
        file.write(b"no picture")
    r = run("face", "detect", "--json", passport("001"), bad,
            s.path("absent.jpg"), passport("002"))
    yield from ended(r, 3, re.escape(bad) + ": ", r"absent\.jpg: ")
    got = r.objects()
    yield from same("images", [g["image"] for g in got],
                    [passport("001"), passport("002")])
    for g in got:
        face, = g["faces"]
        yield from same("landmarks", len(face["landmarks"]), 5)
        x, y, w, h = face["box"]
        if not (0 <= x < 480 and 0 <= y < 600 and 150 < w < 450 and h > 0):
            yield "box %s" % face["box"]


def a_picture_without_a_face_has_none(s):
    name = s.path("grey.png")
    with open(name, "wb") as file:
        file.write(plain_png(200, 200))
    r = run("face", "detect", "--json", name)
    yield from ended(r, 0)
    yield from same("faces", r.objects()[0]["faces"], [])
    yield from ended(run("face", "template", name), 3, "no face")


def a_template_is_128_numbers_of_unit_length(s):
    r = run("face", "template", "--json", passport("001"), passport("002"))
    yield from ended(r, 0)
    for t in r.objects():
        yield from same("numbers", len(t["template"]), 128)
        length = math.sqrt(sum(v * v for v in t["template"]))
        if abs(length - 1) > 1e-5:
            yield "length %r" % length
        if not 0 <= t["quality"] <= 100:
            yield "quality %r" % t["quality"]
    r = run("face", "template", passport("001"))
    yield from ended(r, 0)
    yield from same("numbers", len(re.findall(r"-?\d\.\d{6}",
                                              r.out.decode())), 128)


def a_template_wants_one_face(s):
    name = s.path("two.png")
    with open(name, "wb") as file:
        file.write(heads_png([os.path.join(TRAVELLERS, t, "lane_1.png")
                              for t in ("001", "009")]))
    r = run("face", "template", "--json", name, passport("001"))
    yield from ended(r, 3, re.escape(name) + ": 2 faces found")
    yield from same("templates", len(r.objects()), 1)


def components():
    return re.findall(r'^EX_QUALITY\(\w+, "[^"]+", "([^"]+)", "([^"]+)",',
                      read("src", "face", "include", "exeunt", "quality.inc"),
                      re.M)


def quality_has_every_component(s):
    r = run("face", "quality", passport("001"), "--json")
    yield from ended(r, 0)
    got, = r.objects()
    yield from same("components", list(got["components"]),
                    [word for word, _ in components()])
    for word, c in got["components"].items():
        if not 0 <= c["score"] <= 100 or not math.isfinite(c["native"]):
            yield "%s: %s" % (word, c)
    yield from same("faces", got["faces"], 1)
    yield from same("cause", got["cause"], "none")
    if got["unified"] < 90:
        yield "a portrait has quality %s" % got["unified"]


def quality_of_one_picture_is_a_sheet(s):
    r = run("face", "quality", passport("001"))
    yield from ended(r, 0)
    head, *lines = r.lines()
    if not re.match(r".*passport\.jpg: quality \d+", head):
        yield head
    yield from same("lines", [re.match(r"  ([a-z ]+?)  +(\d+) [#.]{20} ",
                                       line).group(1) for line in lines],
                    [word.replace("_", " ") for word, _ in components()])


def quality_of_several_is_a_table(s):
    r = run("face", "quality", passport("001"), passport("002"))
    yield from ended(r, 0)
    head, *rows = r.lines()
    yield from same("heading", head.split(),
                    ["quality", "limit"] + [h for _, h in components()] +
                    ["image"])
    yield from same("images", [row.split()[-1] for row in rows],
                    [passport("001"), passport("002")])
    yield from same("columns", {len(row.split()) for row in rows},
                    {len(head.split())})


def quality_judges_the_largest_face(s):
    """And says that it is not alone."""
    name = s.path("two.png")
    heads = [os.path.join(TRAVELLERS, t, "lane_1.png") for t in ("001", "009")]
    with open(name, "wb") as file:
        file.write(heads_png(heads))
    r = run("face", "quality", name, "--json")
    yield from ended(r, 0)
    got, = r.objects()
    yield from same("faces", got["faces"], 2)
    if got["components"]["single_face_present"]["score"] > 50:
        yield got["components"]["single_face_present"]


def quality_of_no_face_is_3_and_the_others_follow(s):
    name = s.path("plain.png")
    with open(name, "wb") as file:
        file.write(plain_png(300, 400))
    r = run("face", "quality", name, passport("001"), "--json")
    yield from same("exit", r.code, 3)
    yield from same("stderr", r.errors(),
                    ["exeunt: %s: no face found" % name])
    yield from same("pictures", [o["image"] for o in r.objects()],
                    [passport("001")])


def the_same_person_is_0_another_1(s):
    name = s.path("lane.png")
    with open(name, "wb") as file:
        file.write(heads_png([os.path.join(TRAVELLERS, "001",
                                           "lane_0.png")]))
    for other, code in ((name, 0), (passport("001"), 0),
                        (passport("002"), 1)):
        r = run("face", "compare", "--json", passport("001"), other)
        yield from ended(r, code)
        c, = r.objects()
        yield from same("same", c["same"], code == 0)
        yield from same("over the threshold",
                        c["similarity"] >= c["threshold"], code == 0)
        if ("fmr" in c) == ("fmr_at_most" in c):
            yield "fmr and fmr_at_most: both, or neither"


def comparing_what_cannot_be_read_is_3(s):
    r = run("face", "compare", passport("001"), s.path("absent.jpg"))
    yield from ended(r, 3, r"absent\.jpg: ")
    yield from same("stdout", r.out, b"")


def compare_wants_a_calibration_of_its_models(s):
    other = s.path("other.json")
    good = read_json(ROOT, "data", "calibration.json")
    with open(other, "w", encoding="utf-8") as file:
        json.dump(dict(good, recipe="another"), file)
    r = run("face", "compare", "--calibration", other, passport("001"),
            passport("002"))
    yield from ended(r, 4, "recipe")


# ---- what is printed -------------------------------------------------------

def a_full_stdout_is_4(s):
    for args in (("--help",), ("--version",), ("sim", "--help"),
                 ("face", "detect", passport("001")),
                 ("face", "detect", "--json", passport("001")),
                 ("document", "mrz", "-")):
        r = run(*args, before=["bash", "-c", 'exec "$@" >/dev/full', "bash"],
                stdin=GOOD.encode())
        yield from ended(r, 4, "standard output: could not be written")


def sim_prints_json_alone(s):
    top = s.path("sim")
    r = run("sim", "--out", top, "--vehicles", "1", "--fps", "2", "--json")
    yield from ended(r, 0)
    summary, = r.objects()
    scene = read_json(top, "scene.json")
    yield from same("vehicles", summary["vehicles"], 1)
    yield from same("frames", summary["frames"], sum(
        len(v["frames"]) for v in scene["vehicles"]))


# ---- eval ------------------------------------------------------------------

def eval_wants_a_scene_with_its_truth(s):
    empty, top = s.path("empty"), s.path("untrue")
    os.mkdir(empty)
    yield from ended(run("sim", "--out", top, *SMALL), 0)
    os.unlink(os.path.join(top, "truth.json"))
    for scene, why in ((empty, r"scene\.json: "), (top, r"truth\.json: ")):
        r = run("eval", "scene", scene, "--json")
        yield from ended(r, 3, re.escape(scene) + "/" + why)
        # Of what was not measured nothing is claimed.
        yield from same("stdout", [o for o in r.objects() if "met" in o], [])


# ---- sim and calibrate -----------------------------------------------------

def files_of(top):
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, top)] = file.read()
    return found


SMALL = ("--vehicles", "1", "--fps", "2", "--width", "480", "--height", "270")


def sim_refuses_what_is_not_its_own(s):
    top = s.path("mine")
    os.mkdir(top)
    with open(os.path.join(top, "diary.txt"), "w", encoding="ascii") as file:
        file.write("Dear diary")
    r = run("sim", "--out", top, *SMALL)
    yield from ended(r, 4, re.escape(top) + ": ")
    yield from same("files", files_of(top), {"diary.txt": b"Dear diary"})


def sim_makes_the_same_again(s):
    one, two = s.path("one"), s.path("two")
    for top, threads in ((one, "1"), (two, "2")):
        yield from ended(run("sim", "--out", top, "--threads", threads,
                             *SMALL), 0)
    if files_of(one) != files_of(two):
        yield "two folders of one seed differ"
    before = files_of(one)
    # Its own folder it may fill anew.
    yield from ended(run("sim", "--out", one, "--seed", "2", *SMALL), 0)
    if files_of(one) == before:
        yield "another seed makes the same scene"


def sim_wants_travellers(s):
    r = run("sim", "--out", s.path("x"), "--travellers", s.path("nobody"),
            *SMALL)
    yield from ended(r, 3, r"nobody.*: ")


def calibrating_makes_a_file_that_serves(s):
    people, out = s.path("people"), s.path("calibration.json")
    os.mkdir(people)
    for i in range(1, 17):
        shutil.copy(passport("%03d" % i),
                    os.path.join(people, "%03d.jpg" % i))
    r = run("calibrate", "--people", people, "--out", out, "--source",
            "sixteen travellers")
    yield from ended(r, 0)
    made = read_json(out)
    if "sixteen travellers: 16 photographs of 16 people" not in made["made"]:
        yield made["made"]
    curve, = made["curves"]
    yield from same("references", curve["references"], 16)
    yield from same("pairs", curve["pairs"], 16 * 15 // 2)
    # Too small a sample for the usual promise.
    r = run("face", "compare", "--calibration", out, passport("001"),
            passport("001"))
    yield from ended(r, 4, "")
    shipped = read_json(ROOT, "data", "calibration.json")
    yield from same("recipe", made["recipe"], shipped["recipe"])


def calibrating_nobody_is_refused(s):
    empty, out = s.path("empty"), s.path("calibration.json")
    os.mkdir(empty)
    yield from ended(run("calibrate", "--people", empty, "--out", out), 3,
                     re.escape(empty) + ": holds no photographs")
    yield from ended(run("calibrate", "--people", s.path("absent"), "--out",
                         out), 3, "absent: no such folder")
    if os.path.exists(out):
        yield "a file was made"


def calibrating_too_few_is_refused(s):
    few, out = s.path("few"), s.path("calibration.json")
    os.mkdir(few)
    for i in (1, 2, 3):
        shutil.copy(passport("%03d" % i), os.path.join(few, "%d.jpg" % i))
    yield from ended(run("calibrate", "--people", few, "--out", out), 3, "")
    if os.path.exists(out):
        yield "a file was made"


def many_photographs_of_one_person_are_no_harm(s):
    people = s.path("many")
    os.mkdir(people)
    for i in range(20):
        os.link(passport("001"), os.path.join(people, "001_%02d.jpg" % i))
    yield from ended(run("calibrate", "--people", people, "--out",
                         s.path("many.json")), 3, "0 pairs")


def the_demo_removes_no_ledger_but_its_own(s):
    top = s.path("records")
    os.mkdir(top)
    for name in ("ledger.db", "ledger.db.key"):
        with open(os.path.join(top, name), "w", encoding="ascii") as file:
            file.write("records")
    yield from ended(run("demo", "--out", top, "--vehicles", "1"), 4,
                     r"ledger\.db: is not a demonstration's")
    yield from same("folder", sorted(os.listdir(top)),
                    ["ledger.db", "ledger.db.key"])


CASES = (
    help_wins_over_the_work, help_names_every_command, tables_are_found,
    the_version_is_said, no_command_shows_the_help,
    a_name_after_two_dashes_is_an_operand, a_good_mrz_is_0,
    an_mrz_in_a_file_is_read, a_wrong_check_digit_is_1, garbage_is_no_mrz,
    one_bad_input_does_not_stop_the_others,
    a_picture_without_a_face_has_none,
    a_template_is_128_numbers_of_unit_length, a_template_wants_one_face,
    quality_has_every_component, quality_of_one_picture_is_a_sheet,
    quality_of_several_is_a_table, quality_judges_the_largest_face,
    quality_of_no_face_is_3_and_the_others_follow,
    the_same_person_is_0_another_1, comparing_what_cannot_be_read_is_3,
    compare_wants_a_calibration_of_its_models, a_full_stdout_is_4,
    sim_prints_json_alone, sim_refuses_what_is_not_its_own,
    sim_makes_the_same_again, sim_wants_travellers,
    calibrating_makes_a_file_that_serves, calibrating_nobody_is_refused,
    calibrating_too_few_is_refused,
    many_photographs_of_one_person_are_no_harm,
    the_demo_removes_no_ledger_but_its_own,
)


def main():
    with Suite() as s:
        for check in CASES:
            s.case(check.__name__.replace("_", " "), check, s)
        for command in commands():
            s.case("help of %s names every option" % command,
                   help_names_every_option, s, command)
        for args, why in USAGE:
            s.case("exeunt %s is wrong usage" % " ".join(args),
                   wrong_usage_is_one_line, s, args, why)
        return s.tap.end()


if __name__ == "__main__":
    sys.exit(main())
