#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Model packs: what is said of good ones, and of each way to be a bad one.

    t_model.py ROOT EXEUNT MAKE_MODELS      (the program of make_models.c)
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import (MODELS, ROOT, TRAVELLERS, Suite, adds_up, ended, lane,
                     read_json, run, same)  # noqa: E402
sys.path.insert(0, os.path.join(ROOT, "tests", "tree"))
import t_get_models         # noqa: E402  (found by the line above)

DETECTOR = "mmod_human_face_detector.dat"
LANDMARKER = "shape_predictor_5_face_landmarks.dat"
MATCHER = "dlib_face_recognition_resnet_model_v1.dat"
PORTRAIT = os.path.join(TRAVELLERS, "001", "passport.jpg")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def dlib_pack():
    """Section -> key -> value: the standard models as a pack."""
    part = {name: {"file": name, "sha256": sha256(os.path.join(MODELS, name))}
            for name in (DETECTOR, LANDMARKER, MATCHER)}
    return {
        "pack": {"name": "dlib's", "licence": "CC0-1.0"},
        "detector": dict(part[DETECTOR], kind="dlib-mmod"),
        "landmarker": dict(part[LANDMARKER], kind="dlib-shape-5"),
        "matcher": dict(part[MATCHER], kind="dlib-resnet"),
    }


def write_pack(s, pack, name="pack"):
    """A new folder; the models hard linked or copied into it."""
    top = s.path(name)
    os.mkdir(top)
    for file in (DETECTOR, LANDMARKER, MATCHER):
        with open(os.path.join(MODELS, file), "rb") as original:
            with open(os.path.join(top, file), "wb") as copy:
                copy.write(original.read())
    write_ini(top, pack)
    return top


def write_ini(top, pack):
    with open(os.path.join(top, "pack.ini"), "w", encoding="utf-8") as file:
        for section, pairs in pack.items():
            file.write("[%s]\n" % section)
            for pair in pairs.items():
                file.write("%s = %s\n" % pair)


def changed(section, **pairs):
    """The pack with these keys; None takes one away."""
    pack = dlib_pack()
    for key, value in pairs.items():
        if value is None:
            del pack[section][key]
        else:
            pack[section][key] = value
    return pack


# ---- good ones -------------------------------------------------------------

def the_standard_models_are_shown_and_verified(s):
    r = run("model", "show", "--json", MODELS)
    yield from ended(r, 0)
    shown, = r.objects()
    for part, kind in (("detector", "dlib-mmod"),
                       ("landmarker", "dlib-shape-5"),
                       ("matcher", "dlib-resnet")):
        file = os.path.join(MODELS, shown[part]["file"])
        yield from same(part, shown[part]["kind"], kind)
        yield from same(part, shown[part]["bytes"], os.path.getsize(file))
        yield from same(part, shown[part]["sha256"], sha256(file))
    yield from same("size", shown["matcher"]["size"], 128)
    yield from same("fits", shown["calibration"]["fits"], True)
    shipped = read_json(ROOT, "data", "calibration.json")
    yield from same("recipe", shown["recipe"], shipped["recipe"])
    for args in ((MODELS,), ("--models", MODELS), ()):
        r = run("model", "verify", "--json", *args)
        yield from ended(r, 0)
        yield from same("verified", r.objects()[0]["verified"], True)


def the_same_models_as_a_pack_are_the_same(s):
    top = write_pack(s, dict(dlib_pack()))
    calibration = os.path.join(ROOT, "data", "calibration.json")
    r = run("model", "verify", top, "--calibration", calibration)
    yield from ended(r, 0)
    yield from same("stdout", r.out.decode().startswith(top + ": verified"),
                    True)
    a, b = (run("face", "template", "--json", PORTRAIT, "--models", dir)
            for dir in (MODELS, top))
    yield from ended(a, 0)
    yield from same("template", a.out, b.out)
    r = run("model", "show", top)
    yield from ended(r, 0)
    for text in ("dlib's", "CC0-1.0", DETECTOR, "calibration  none: "):
        if text not in r.out.decode():
            yield "says nothing of " + text


def its_own_calibration_is_used(s):
    pack = dlib_pack()
    pack["pack"]["calibration"] = "own/cal.json"
    top = write_pack(s, pack)
    os.mkdir(os.path.join(top, "own"))
    own = os.path.join(top, "own", "cal.json")
    shipped = read_json(ROOT, "data", "calibration.json")
    with open(own, "w", encoding="utf-8") as file:
        json.dump(shipped, file)
    yield from ended(run("model", "verify", top), 0)
    r = run("face", "compare", "--models", top, PORTRAIT, PORTRAIT)
    yield from ended(r, 0)
    with open(own, "w", encoding="utf-8") as file:
        json.dump(dict(shipped, recipe="of another"), file)
    for args in (("model", "verify", top),
                 ("face", "compare", "--models", top, PORTRAIT, PORTRAIT)):
        yield from ended(run(*args), 4, "calibration: .*another recipe")
    r = run("model", "show", "--json", top)
    yield from ended(r, 0)
    yield from same("fits", r.objects()[0]["calibration"]["fits"], False)
    os.unlink(own)
    yield from ended(run("model", "verify", top), 4, r"own/cal\.json: ")


def without_a_calibration_nothing_is_compared(s):
    top = write_pack(s, dlib_pack())
    for args in (("model", "verify", top),
                 ("face", "compare", "--models", top, PORTRAIT, PORTRAIT)):
        r = run(*args)
        yield from ended(r, 4, "calibration: .*have none.*exeunt calibrate")
        yield from same("stdout", r.out, b"")


def a_chip_without_its_mirror_is_another_recipe(s):
    top = write_pack(s, changed("matcher", mirrored="no"))
    calibration = os.path.join(ROOT, "data", "calibration.json")
    r = run("model", "verify", top, "--calibration", calibration)
    yield from ended(r, 4, "another recipe")
    a, b = (run("face", "template", "--json", PORTRAIT, "--models", dir)
            for dir in (MODELS, top))
    u, v = (r.objects()[0]["template"] for r in (a, b))
    cosine = sum(x * y for x, y in zip(u, v))
    if not 0.9 < cosine < 0.9999:
        yield "cosine of the two %g" % cosine


def the_packs_that_get_models_makes_can_be_shown(s):
    with t_get_models.Place() as place:
        yield from same("get-models", place.run().returncode, 0)
        for pack, size, chip in (("yunet-sface", 128, "arcface-112"),
                                 ("yunet-dlib", 128, "dlib-150"),
                                 ("dlib-sface", 128, "arcface-112")):
            r = run("model", "show", "--json", os.path.join(place.out, pack))
            yield from ended(r, 0)
            shown, = r.objects()
            yield from same("size", shown["matcher"]["size"], size)
            yield from same("chip", shown["matcher"]["alignment"], chip)
            for part in ("detector", "matcher"):
                if not shown[part]["bytes"]:
                    yield "%s of %s is missing" % (part, pack)


# ---- in ONNX ---------------------------------------------------------------

def onnx_pack(s):
    """dlib's detector and landmarks, a matcher of 256 random numbers."""
    pack = dlib_pack()
    pack["pack"]["calibration"] = "calibration.json"
    top = write_pack(s, pack)
    subprocess.run([sys.argv[3], top], check=True)
    pack["matcher"] = {
        "kind": "onnx", "file": "matcher.onnx",
        "sha256": sha256(os.path.join(top, "matcher.onnx")),
        "alignment": "arcface-112", "channels": "bgr", "mean": "127.5",
        "scale": "0.0078125", "size": "256"}
    write_ini(top, pack)
    return top, pack


def recipe_of(top):
    shown, = run("model", "show", "--json", top).objects()
    return shown["recipe"]


def a_matcher_in_onnx_takes_a_lane_through_a_scene(s):
    top, _ = onnx_pack(s)
    r = run("face", "template", "--json", PORTRAIT, "--models", top)
    yield from ended(r, 0)
    yield from same("size", len(r.objects()[0]["template"]), 256)
    with open(os.path.join(top, "calibration.json"), "w",
              encoding="utf-8") as file:
        json.dump(dict(read_json(ROOT, "data", "calibration.json"),
                       recipe=recipe_of(top)), file)
    yield from ended(run("model", "verify", top), 0)
    scene = s.make_scene("--vehicles", "2", "--seed", "7")
    r = lane(scene, "--models", top)
    yield from ended(r, 0)
    yield from same("vehicles", len(r.vehicles()), 2)
    if not sum(c["seen"] for c in r.objects()):
        yield "nobody was seen"
    for crossing in r.objects():
        yield from adds_up(crossing)


def a_calibration_can_be_made_for_it(s):
    top, _ = onnx_pack(s)
    people = s.path("people")
    os.mkdir(people)
    for i in range(1, 17):
        shutil.copy(os.path.join(TRAVELLERS, "%03d" % i, "passport.jpg"),
                    os.path.join(people, "%03d.jpg" % i))
    out = os.path.join(top, "calibration.json")
    r = run("calibrate", "--people", people, "--out", out, "--models", top)
    yield from ended(r, 0)
    yield from same("recipe", read_json(out)["recipe"], recipe_of(top))
    yield from ended(run("model", "verify", top), 0)
    # Of another pack's: as good as none.
    yield from ended(run("model", "verify", MODELS, "--calibration", out), 4,
                     "another recipe")


def detectors_in_onnx_are_shown_and_run(s):
    for kind, longest in (("yunet", 320), ("scrfd", 640)):
        top, pack = onnx_pack(s)
        pack["detector"] = {
            "kind": kind, "file": kind + ".onnx", "longest": longest,
            "sha256": sha256(os.path.join(top, kind + ".onnx"))}
        pack["landmarker"] = {"kind": "from-detector"}
        write_ini(top, pack)
        r = run("model", "show", "--json", top)
        yield from ended(r, 0)
        shown, = r.objects()
        yield from same("kind", shown["detector"]["kind"], kind)
        yield from same("longest", shown["detector"]["longest"], longest)
        yield from same("channels", shown["detector"]["channels"],
                        "bgr" if kind == "yunet" else "rgb")
        yield from same("landmarker", shown["landmarker"],
                        {"kind": "from-detector"})
        r = run("face", "detect", "--json", PORTRAIT, "--models", top)
        yield from ended(r, 0)
        if "faces" not in r.objects()[0]:
            yield "no list of faces"
        yield from ended(run("model", "verify", top), 4, "calibration")


def onnx_files_that_are_wrong_are_4(s):
    for change, why in ((dict(size="128"), "gives 256 numbers where"),
                        (dict(alignment="dlib-150"), "matcher.onnx: "),
                        (dict(file="broken.onnx"), "broken.onnx: ")):
        top, pack = onnx_pack(s)
        with open(os.path.join(top, "matcher.onnx"), "rb") as file:
            broken = file.read()[:5000]
        with open(os.path.join(top, "broken.onnx"), "wb") as file:
            file.write(broken)
        pack["matcher"].update(change)
        pack["matcher"]["sha256"] = sha256(
            os.path.join(top, pack["matcher"]["file"]))
        write_ini(top, pack)
        for args in (("model", "verify", top),
                     ("face", "template", PORTRAIT, "--models", top)):
            r = run(*args)
            yield from ended(r, 4, re.escape(why))
            yield from same("stdout", r.out, b"")


# ---- bad ones --------------------------------------------------------------

BAD = (
    ("an unknown key", changed("matcher", colour="red"),
     r"pack\.ini:\d+: colour: no such key; \[matcher\] has kind, file"),
    ("a key of another kind", changed("matcher", size="128"),
     r"pack\.ini:\d+: matcher\.size: is not for kind dlib-resnet"),
    ("a key the detector has not", changed("detector", threshold="0.5"),
     r"pack\.ini:\d+: detector\.threshold: is not for kind dlib-mmod"),
    ("a missing key", changed("matcher", sha256=None),
     r"pack\.ini: matcher\.sha256: is missing"),
    ("no landmarker's file", changed("landmarker", file=None),
     r"pack\.ini: landmarker\.file: is missing; kind dlib-shape-5 needs it"),
    ("landmarks of nobody", changed("landmarker", kind="from-detector"),
     r"pack\.ini:\d+: landmarker\.kind: must be dlib-shape-5"),
    ("an unknown kind", changed("detector", kind="haar"),
     r"detector\.kind: must be one of dlib-mmod\|yunet\|scrfd"),
    ("onnx without its keys", changed("matcher", kind="onnx"),
     r"pack\.ini: matcher\.alignment: is missing; kind onnx needs it"),
    ("a size too large", changed(
        "matcher", kind="onnx", alignment="arcface-112", channels="rgb",
        mean="0", scale="1", size="513"),
     r"matcher\.size: must be a whole number from 16 to 512"),
    ("a size too small", changed("matcher", kind="onnx", size="0"),
     r"matcher\.size: must be a whole number from 16 to 512"),
    ("an absolute path", changed("matcher", file="/etc/passwd"),
     r"pack\.ini:\d+: matcher\.file: must be a path inside"),
    ("a path that leads out", changed("matcher", file="../x/" + MATCHER),
     r"pack\.ini:\d+: matcher\.file: must be a path inside"),
    ("a calibration outside", changed("pack", calibration="../cal.json"),
     r"pack\.ini:\d+: pack\.calibration: must be a path inside"),
    ("a file that is not there", changed("matcher", file="gone.dat"),
     r"gone\.dat: model missing; pack\.ini names it"),
    ("a wrong hash", changed("matcher", sha256="0" * 64),
     r"%s: not the pinned model \(SHA-256 differs\)" % re.escape(MATCHER)),
    ("another format", changed(
        "matcher", kind="onnx", alignment="dlib-150", channels="rgb",
        mean="0", scale="1", size="128"), re.escape(MATCHER) + ": "),
)


def a_bad_pack_is_4_in_one_line(s, pack, why):
    top = write_pack(s, pack)
    for args in (("model", "verify", top),
                 ("face", "detect", "--models", top, PORTRAIT)):
        r = run(*args)
        yield from ended(r, 4, why)
        yield from same("stdout", r.out, b"")


def a_link_that_leads_out_is_refused(s):
    top = write_pack(s, dlib_pack())
    os.unlink(os.path.join(top, MATCHER))
    os.symlink(os.path.join(MODELS, MATCHER), os.path.join(top, MATCHER))
    r = run("model", "verify", top)
    yield from ended(r, 4, re.escape(MATCHER) + ": is a link that leads out")


def a_pack_that_cannot_be_read_is_not_the_standard_one(s):
    top = write_pack(s, dlib_pack())
    ini = os.path.join(top, "pack.ini")
    os.unlink(ini)
    os.symlink("nowhere", ini)
    yield from ended(run("model", "show", top), 4, r"pack\.ini: ")
    os.unlink(ini)
    os.mkdir(ini)
    yield from ended(run("model", "show", top), 4, r"pack\.ini: not a reg")


def a_missing_folder_is_4(s):
    r = run("model", "verify", s.path("absent"))
    yield from ended(r, 4, "absent/.*: model missing; run 'npm ci")
    r = run("model", "show", s.path("absent"))
    yield from ended(r, 0)
    if "missing" not in r.out.decode():
        yield "show does not say that the files are missing"


GOOD = (
    the_standard_models_are_shown_and_verified,
    the_same_models_as_a_pack_are_the_same, its_own_calibration_is_used,
    without_a_calibration_nothing_is_compared,
    a_chip_without_its_mirror_is_another_recipe,
    the_packs_that_get_models_makes_can_be_shown,
    a_matcher_in_onnx_takes_a_lane_through_a_scene,
    a_calibration_can_be_made_for_it, detectors_in_onnx_are_shown_and_run,
    onnx_files_that_are_wrong_are_4,
    a_link_that_leads_out_is_refused,
    a_pack_that_cannot_be_read_is_not_the_standard_one, a_missing_folder_is_4,
)


def main():
    with Suite() as s:
        for check in GOOD:
            s.case(check.__name__.replace("_", " "), check, s)
        for name, pack, why in BAD:
            s.case("a bad pack is 4 in one line: " + name,
                   a_bad_pack_is_4_in_one_line, s, pack, why)
        return s.tap.end()


if __name__ == "__main__":
    sys.exit(main())
