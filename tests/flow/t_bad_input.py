#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear line that names file and field, the documented exit
code, and every other vehicle processed as ever.

    t_bad_input.py ROOT EXEUNT
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from pictures import (heads_png, jp2_claiming, jpeg_claiming,
                      plain_png)    # noqa: E402  (found by the line above)
from program import (ROOT, TRAVELLERS, Scene, Suite, adds_up, ended, lane,
                     same)          # noqa: E402

BROKEN, WHOLE = "v0003", "v0001"    # vehicles; the whole one comes first
HUGE = 50000
SIGNATURES = (b"\x89PNG", b"\xff\xd8")
BIG = "declares 50000 x 50000"


def corpus(name):
    with open(os.path.join(ROOT, "tests", "fuzz", "corpus", "image", name),
              "rb") as file:
        return file.read()


def head(traveller, which=1):
    return os.path.join(TRAVELLERS, traveller, "lane_%d.png" % which)


class Bench(Suite):
    def __init__(self):
        super().__init__()
        self.original = self.make_scene("--fps", "3")
        self.reference = lane(self.scene().dir).vehicles()

    def scene(self):
        return Scene(self, self.original, {WHOLE: 1, BROKEN: 2})

    def the_other_is_as_ever(self, result):
        got = result.vehicles().get(WHOLE)
        yield from same("the other vehicle", got, self.reference[WHOLE])


# ---- frames ----------------------------------------------------------------

def frames_that_lie(jpeg):
    """What stands in place of a frame, and what is said of it."""
    jp2, j2k = corpus("3ch.jp2"), corpus("3ch.j2k")
    png = plain_png(320, 200)
    return (
        ("a truncated JPEG", jpeg[:len(jpeg) * 6 // 10], "cut short"),
        ("a JPEG without its last byte", jpeg[:-1], "cut short"),
        ("a JPEG that claims more rows", jpeg_claiming(jpeg, 1280, 1440), ""),
        ("a JPEG that claims other columns", jpeg_claiming(jpeg, 640, 720),
         ""),
        ("a JPEG of 50,000 x 50,000", jpeg_claiming(jpeg, HUGE, HUGE),
         BIG),
        ("a truncated PNG", png[:len(png) // 2], "cut short"),
        ("a PNG that claims more rows",
         plain_png(320, 200, claimed=(320, 400)), ""),
        ("a PNG that claims fewer columns",
         plain_png(320, 200, claimed=(200, 200)), ""),
        ("a PNG of 50,000 x 50,000",
         plain_png(320, 200, claimed=(HUGE, HUGE)), BIG),
        ("a truncated JPEG 2000", jp2[:len(jp2) * 6 // 10], ""),
        ("a JPEG 2000 that claims more",
         jp2_claiming(jp2, 4000, 3000), ""),
        ("a raw JPEG 2000 that claims more",
         jp2_claiming(j2k, 4000, 3000), ""),
        ("a JPEG 2000 of 50,000 x 50,000", jp2_claiming(jp2, HUGE, HUGE),
         BIG),
        ("a text called .jpg", b"This is no picture.\n" * 50, ""),
        ("an empty file", b"", ""),
    )


def a_bad_frame_costs_itself(b, data, why):
    scene = b.scene()
    first = scene.vehicle(BROKEN)["frames"][0]
    scene.write(first, data)
    yield from one_frame_is_lost(b, scene, first, why)


def one_frame_is_lost(b, scene, frame, why):
    r = lane(scene.dir)
    yield from ended(r, 3, re.escape(frame) + ": .*" + why)
    yield from b.the_other_is_as_ever(r)
    c = r.vehicles().get(BROKEN)
    if c is None:
        yield "the vehicle has no crossing"
        return
    yield from same("camera-gap", c.get("camera-gap"), 1)
    yield from adds_up(c)
    if c["seen"] == 0:
        yield "its other frame shows people, too"


def a_missing_frame_costs_itself(b):
    scene = b.scene()
    first = scene.vehicle(BROKEN)["frames"][0]
    scene.remove(first)
    yield from one_frame_is_lost(b, scene, first, "")


def a_folder_for_a_frame_costs_itself(b):
    scene = b.scene()
    first = scene.vehicle(BROKEN)["frames"][0]
    scene.remove(first)
    os.mkdir(scene.path(first))
    yield from one_frame_is_lost(b, scene, first, "not a regular file")


def a_pipe_for_a_frame_holds_nobody_up(b):
    scene = b.scene()
    first = scene.vehicle(BROKEN)["frames"][0]
    scene.remove(first)
    os.mkfifo(scene.path(first))
    yield from one_frame_is_lost(b, scene, first, "not a regular file")


def a_link_out_of_the_scene_is_not_followed(b):
    scene = b.scene()
    first = scene.vehicle(BROKEN)["frames"][0]
    scene.remove(first)
    os.symlink(os.path.join(b.original, first), scene.path(first))
    yield from one_frame_is_lost(b, scene, first, "leads out")


def a_linked_folder_out_of_the_scene_is_not_followed(b):
    scene = b.scene()
    os.symlink(os.path.join(b.original, BROKEN), scene.path("elsewhere"))
    frames = scene.vehicle(BROKEN)["frames"]
    frames[0] = frames[0].replace(BROKEN, "elsewhere")
    scene.save()
    yield from one_frame_is_lost(b, scene, frames[0], "leads out")


def without_frames_the_crossing_is_still_there(b):
    scene = b.scene()
    frames = scene.vehicle(BROKEN)["frames"]
    for rel in frames:
        scene.write(rel, b"no picture")
    r = lane(scene.dir)
    yield from ended(r, 3, *[re.escape(rel) for rel in frames])
    yield from b.the_other_is_as_ever(r)
    c = r.vehicles()[BROKEN]
    yield from same("camera-gap", c["camera-gap"], len(frames))
    yield from same("seen", c["seen"], 0)
    yield from same("complete", c["complete"], False)


# ---- scene.json ------------------------------------------------------------

def an_empty_folder_is_no_scene(b):
    top = b.path("empty")
    os.mkdir(top)
    r = lane(top)
    yield from ended(r, 3, r"scene\.json: ")
    yield from same("stdout", r.out, b"")


def an_absent_folder_is_no_scene(b):
    top = b.path("absent")
    yield from ended(lane(top), 3, re.escape(top) + r"/scene\.json: ")


def whole_files(good):
    def but(**changes):
        return json.dumps(dict(good, **changes)).encode()
    return (
        ("cut short", json.dumps(good).encode()[:-20], "scene.json: cut"),
        ("not JSON", b"vehicles: none\n", "scene.json: not valid JSON"),
        ("a list", b"[]", "scene.json: "),
        ("empty", b"", "scene.json: "),
        ("of another version", but(scene=2), "scene.json: scene: "),
        ("with a rate of text", but(fps="ten"), "scene.json: fps: "),
        ("with a rate of nothing", but(fps=0), "scene.json: fps: "),
        ("with an unknown direction", but(direction="up"),
         "scene.json: direction: "),
        ("with a region of three numbers", but(region=[0, 0, 100]),
         "scene.json: region: "),
        ("with vehicles that are an object", but(vehicles={}),
         "scene.json: vehicles: "),
        ("starting at no time", but(start="yesterday"),
         "scene.json: start: "),
    )


def a_bad_scene_is_refused_whole(b, data, why):
    scene = b.scene()
    scene.write("scene.json", data)
    r = lane(scene.dir)
    yield from ended(r, 3, why)
    yield from same("stdout", r.out, b"")


# Of the second vehicle: what is changed, and which field is named.
VEHICLES = (
    ("frames that are a number", {"frames": 7}, "frames"),
    ("a frame that is a number", {"frames": ["v0003/0001.jpg", 7]},
     "frames[1]"),
    ("no frames", {"frames": []}, "frames"),
    ("frames nowhere", {"frames": None}, ""),
    ("an id that is a number", {"id": 3}, "id"),
    ("an empty id", {"id": ""}, "id"),
    ("opted_out as text", {"opted_out": "yes"}, "opted_out"),
    ("documents that are text", {"documents": "documents/040.json"},
     "documents"),
    ("an absolute path", {"frames": ["/etc/hostname"]}, "frames[0]"),
    ("a path with ..", {"frames": ["v0003/../../x.jpg"]}, "frames[0]"),
    ("a document with ..", {"documents": ["../040.json"]}, "documents[0]"),
    ("a control character", {"frames": ["v0003/\n.jpg"]}, "frames[0]"),
    ("a video", {"frames": None, "video": "v0003.mp4"}, "video"),
    ("the other's id", {"id": WHOLE}, "id"),
)


def a_bad_vehicle_leaves_the_others(b, change, field):
    scene = b.scene()
    scene.vehicle(BROKEN).update(change)
    scene.save()
    r = lane(scene.dir)
    where = "vehicles[1]" + (field and "." + field)
    yield from ended(r, 3, "scene.json: %s: " % re.escape(where))
    yield from same("crossings", [c["vehicle"] for c in r.objects()], [WHOLE])
    yield from b.the_other_is_as_ever(r)


# ---- documents -------------------------------------------------------------

def with_document(b, change=None, portrait=None, data=None):
    """The broken vehicle's one document, changed; and the run of it."""
    scene = b.scene()
    rel, = scene.vehicle(BROKEN)["documents"]
    if change:
        scene.write(rel, json.dumps(
            dict(json.loads(scene.read(rel)), **change)).encode())
    if data is not None:
        scene.write(rel, data)
    if portrait is not None:
        scene.write(rel.replace(".json", ".jpg"), portrait)
    return rel, scene, lane(scene.dir)


def the_document_is_useless(b, r, rel, *checks):
    """Its holder goes to the officer, whoever else is confirmed."""
    yield from b.the_other_is_as_ever(r)
    c = r.vehicles().get(BROKEN)
    if c is None:
        yield "the vehicle has no crossing"
        return
    yield from adds_up(c)
    yield from same("confirmed", c["confirmed"], 0)
    yield from same("seen", c["seen"], b.reference[BROKEN]["seen"])
    d, = c["documents"]
    yield from same("document", d["document"], rel)
    if d["verdict"] not in ("officer", "unusable"):
        yield "its verdict is %s" % d["verdict"]
    if checks:
        yield from same("checks", tuple(d["checks"].values()), checks)


def the_reference_confirms_somebody(b):
    """Without this the cases below say nothing."""
    for name in (WHOLE, BROKEN):
        if b.reference[name]["confirmed"] != 1:
            yield "%s: %s" % (name, b.reference[name])


def files_that_are_no_document():
    return (
        ("cut short", b'{"mrz":["P<UTO', r"040\.json: cut"),
        ("not JSON", b"P<UTO", r"040\.json: not valid JSON"),
        ("without anything", b"{}", r"040\.json: "),
        ("with a number for an MRZ", b'{"mrz":7,"portrait":"040.jpg"}',
         r"040\.json: mrz: "),
        ("with an MRZ of no format",
         b'{"mrz":["ABC"],"portrait":"040.jpg"}', r"040\.json"),
        ("without an MRZ", b'{"portrait":"040.jpg"}', r"040\.json: no MRZ"),
        ("with a portrait elsewhere",
         b'{"mrz":["P<UTO"],"portrait":"../040.jpg"}',
         r"040\.json: portrait: "),
        ("with a chip", b'{"lds":"040/"}', r"040\.json: .*LDS"),
    )


def a_bad_document_goes_to_the_officer(b, data, why):
    rel, _, r = with_document(b, data=data)
    yield from ended(r, 3, why)
    yield from the_document_is_useless(b, r, rel)


def a_missing_document_goes_to_the_officer(b):
    scene = b.scene()
    rel, = scene.vehicle(BROKEN)["documents"]
    scene.remove(rel)
    r = lane(scene.dir)
    yield from ended(r, 3, re.escape(rel))
    yield from the_document_is_useless(b, r, rel)


def a_document_linked_from_outside_is_not_read(b):
    scene = b.scene()
    rel, = scene.vehicle(BROKEN)["documents"]
    scene.remove(rel)
    os.symlink(os.path.join(b.original, rel), scene.path(rel))
    r = lane(scene.dir)
    yield from ended(r, 3, re.escape(rel) + ": .*leads out")
    yield from the_document_is_useless(b, r, rel)


def portraits_that_do_not_serve(jpeg):
    return (
        ("with no face", plain_png(300, 400), "no face"),
        ("with two faces", heads_png([head("001"), head("009")]), "2 faces"),
        ("cut short", jpeg[:len(jpeg) // 2], "cut short"),
        ("of text", b"no picture at all", "neither JPEG nor PNG"),
        ("empty", b"", ""),
        ("of 50,000 x 50,000", jpeg_claiming(jpeg, HUGE, HUGE), BIG),
    )


def a_bad_portrait_goes_to_the_officer(b, data, why):
    rel, _, r = with_document(b, portrait=data)
    yield from ended(r, 3, r"040\.jpg: .*" + why)
    yield from the_document_is_useless(
        b, r, rel, "passed", "failed" if data.startswith(SIGNATURES)
        else "not-done")


def a_missing_portrait_goes_to_the_officer(b):
    rel, _, r = with_document(b, change={"portrait": "absent.jpg"})
    yield from ended(r, 3, r"absent\.jpg: ")
    yield from the_document_is_useless(b, r, rel)


def a_portrait_with_one_face_serves(b):
    """What the case of two faces draws is not refused for being drawn."""
    rel, _, r = with_document(b, portrait=heads_png([head("040")]))
    yield from ended(r, 0)
    d, = r.vehicles()[BROKEN]["documents"]
    yield from same("checks", d["checks"],
                    {"mrz": "passed", "portrait": "passed"})
    yield from same("document", d["document"], rel)


def a_wrong_check_digit_goes_to_the_officer(b):
    """The vehicle is processed, so the exit code is 0; it is said."""
    scene = b.scene()
    rel, = scene.vehicle(BROKEN)["documents"]
    one, two = json.loads(scene.read(rel))["mrz"]
    wrong = two[:9] + str((int(two[9]) + 1) % 10) + two[10:]
    _, _, r = with_document(b, change={"mrz": [one, wrong]})
    yield from ended(r, 0, re.escape(rel) + ": mrz: check digit")
    if wrong.encode() in r.err or two[:9].encode() in r.err:
        yield "stderr says what stands in the MRZ"
    yield from the_document_is_useless(b, r, rel, "failed", "passed")
    d, = r.vehicles()[BROKEN]["documents"]
    yield from same("verdict", (d["verdict"], d.get("cause")),
                    ("unusable", None))
    causes = [p.get("cause") for p in r.vehicles()[BROKEN]["occupants"]]
    if "document" not in causes:
        yield "nobody's cause is the document: %s" % causes


def the_worst_of_several_is_the_exit_code(b):
    """A bad frame and a bad document of one vehicle, a wrong type in
    another: three lines, and the third vehicle as ever."""
    scene = Scene(b, b.original, {WHOLE: 1, "v0002": 1, BROKEN: 2})
    scene.vehicle("v0002")["opted_out"] = 1
    scene.save()
    v = scene.vehicle(BROKEN)
    scene.write(v["frames"][0], b"no picture")
    scene.write(v["documents"][0], b"no document")
    r = lane(scene.dir)
    yield from ended(r, 3, r"vehicles\[1\]\.opted_out", r"0\d+\.jpg",
                     r"040\.json")
    yield from same("crossings", sorted(r.vehicles()), [WHOLE, BROKEN])


TABLES = (
    ("frame: %s costs itself", a_bad_frame_costs_itself,
     lambda b: frames_that_lie(b.scene().read(
         b.scene().vehicle(BROKEN)["frames"][0]))),
    ("scene.json %s is refused", a_bad_scene_is_refused_whole,
     lambda b: whole_files(b.scene().json)),
    ("vehicle with %s: the others are processed",
     a_bad_vehicle_leaves_the_others, lambda b: VEHICLES),
    ("document %s goes to the officer", a_bad_document_goes_to_the_officer,
     lambda b: files_that_are_no_document()),
    ("portrait %s goes to the officer", a_bad_portrait_goes_to_the_officer,
     lambda b: portraits_that_do_not_serve(
         b.scene().read("documents/040.jpg"))),
)

CASES = (
    the_reference_confirms_somebody, a_missing_frame_costs_itself,
    a_folder_for_a_frame_costs_itself, a_pipe_for_a_frame_holds_nobody_up,
    a_link_out_of_the_scene_is_not_followed,
    a_linked_folder_out_of_the_scene_is_not_followed,
    without_frames_the_crossing_is_still_there, an_empty_folder_is_no_scene,
    an_absent_folder_is_no_scene, a_missing_document_goes_to_the_officer,
    a_document_linked_from_outside_is_not_read,
    a_missing_portrait_goes_to_the_officer, a_portrait_with_one_face_serves,
    a_wrong_check_digit_goes_to_the_officer,
    the_worst_of_several_is_the_exit_code,
)


def main():
    with Bench() as b:
        for check in CASES:
            b.case(check.__name__.replace("_", " "), check, b)
        for name, check, rows in TABLES:
            for row in rows(b):
                b.case(name % row[0], check, b, *row[1:])
        return b.tap.end()


if __name__ == "__main__":
    sys.exit(main())
