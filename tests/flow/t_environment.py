#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a machine may deny: folders, disk, models, calibration. Exit 4, one
line, and what was recorded before is whole.

    t_environment.py ROOT EXEUNT
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import (EXEUNT, MODELS, ROOT, SANITIZED, Result, Scene, Suite,
                     ended, lane, read_json, run, same)     # noqa: E402

CALIBRATION = os.path.join(ROOT, "data", "calibration.json")
NOBODY = 65534


class Lane(Suite):
    def __init__(self):
        super().__init__()
        self.original = self.make_scene("--fps", "3")
        self.scene = Scene(self, self.original, {
            "v0001": 1, "v0002": 1, "v0003": 1, "v0006": 1}).dir
        whole = self.path("whole.db")
        self.reference = lane(self.scene, "--ledger", whole)
        self.kept = show(whole)


def show(ledger):
    """Lines of a ledger; raises unless it opens."""
    r = run("ledger", "show", "--ledger", ledger, "--json")
    if r.code != 0:
        raise ValueError("ledger show: exit %d: %s" % (r.code, r.err))
    return r.lines()


def the_reference_is_recorded(f):
    yield from ended(f.reference, 0)
    yield from same("crossings", len(f.kept), 4)


# ---- under the ledger ------------------------------------------------------

def refused(f, ledger, why, **more):
    r = lane(f.scene, "--ledger", ledger, **more)
    yield from ended(r, 4, "%s.*: .*%s" % (re.escape(ledger), why))
    yield from same("stdout", r.out, b"")


def a_folder_that_is_not_there(f):
    ledger = f.path("absent") + "/ledger.db"
    yield from refused(f, ledger, "No such file")
    if os.path.exists(os.path.dirname(ledger)):
        yield "it was made"


def a_folder_for_a_ledger(f):
    ledger = f.path("folder")
    os.mkdir(ledger)
    yield from refused(f, ledger, "not a regular file")


def a_file_that_is_no_ledger(f):
    for data in (b"Dear diary,\n" * 500, b"SQLite format 3\0" + b"x" * 4080):
        ledger = f.path("diary.db")
        with open(ledger, "wb") as file:
            file.write(data)
        yield from refused(f, ledger, "")
        with open(ledger, "rb") as file:
            if file.read() != data:
                yield "it was changed"


def a_database_of_another_program(f):
    ledger = f.path("other.db")
    with sqlite3.connect(ledger) as db:
        db.execute("CREATE TABLE recipe (name TEXT)")
    db.close()
    yield from refused(f, ledger, "another program")


def a_ledger_without_its_key(f):
    ledger = f.path("keyless.db")
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    os.unlink(ledger + ".key")
    yield from refused(f, ledger, "")
    yield from same("crossings", show(ledger), f.kept)


def a_ledger_of_another_kind(f):
    r = lane(f.scene, "--ledger", "mysql://user:secret@host/db")
    yield from ended(r, 2, "ledger: ")
    if b"secret" in r.err:
        yield "stderr says the password"


def a_server_that_is_not_there(f):
    key = f.path("server.key")
    with open(key, "w", encoding="ascii") as file:
        file.write("0123456789abcdef" * 4 + "\n")
    os.chmod(key, 0o600)
    r = lane(f.scene, "--ledger", "postgresql://user:secret@127.0.0.1:1/db",
             "--ledger-key", key)
    yield from ended(r, 4, "127.0.0.1")
    if b"secret" in r.err:
        yield "stderr says the password"


def as_nobody(f):
    """How to run as somebody without rights: nothing to do unless we are
    root; None where nobody may not even run the lane."""
    if os.geteuid() != 0:
        return {}
    more = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        return more if lane(f.scene, **more).code == 0 else None
    except OSError:
        return None


def a_read_only_folder(f, more):
    top = f.path("read-only")
    os.mkdir(top)
    os.chmod(top, 0o555)
    yield from refused(f, top + "/ledger.db", "denied", **more)
    yield from same("files", os.listdir(top), [])


def a_read_only_ledger(f, more):
    top = f.path("was-mine")
    os.mkdir(top)
    os.chmod(top, 0o777)
    ledger = top + "/ledger.db"
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    for name in os.listdir(top):
        os.chmod(os.path.join(top, name), 0o444)
    os.chmod(top, 0o555)
    yield from refused(f, ledger, "", **more)
    yield from same("crossings", show(ledger), f.kept)


# ---- a full disk -----------------------------------------------------------

def limited(kilobytes):
    """Files may grow no further: to SQLite that is a disk that fails."""
    return ["bash", "-c", 'ulimit -f %d; trap "" XFSZ; exec "$@"' % kilobytes,
            "bash"]


def each_vehicle_is_answered_for(f, r, ledger_pattern):
    """Printed, or said not to be recorded: the lane went on (F4). Or it never
    began, for want of a ledger."""
    errors = r.errors()
    if r.code == 0 and not errors:
        return
    yield from ended(r, 4, *[ledger_pattern] * len(errors))
    lost = [line for line in errors if " is not recorded" in line]
    printed = [c["vehicle"] for c in r.objects()]
    if not lost and (len(errors) != 1 or printed):
        yield "ended early, with %d vehicles" % len(printed)
    elif lost:
        yield from same("vehicles", sorted(
            printed + [re.search(r"; (\S+) is not", line)[1]
                       for line in lost]),
            sorted(json.loads(line)["vehicle"] for line in f.kept))


def whole_and_no_less_than_said(f, ledger, r):
    """What was printed is recorded (F3); each record is whole."""
    there = show_young(ledger)
    for line in there:
        if line not in f.kept:
            yield "half a crossing: %s" % line
    recorded = {json.loads(line)["crossing"] for line in there}
    printed = {c["crossing"] for c in r.objects()}
    if not printed <= recorded:
        yield "printed, but not recorded: %s" % (printed - recorded)


def show_young(ledger):
    """Lines of what may not have come as far as being a ledger."""
    r = run("ledger", "show", "--ledger", ledger, "--json")
    if r.code == 4 and (b"holds no ledger yet" in r.err or
                        b"No such file" in r.err):
        return []
    return show(ledger)


def a_full_disk_loses_nothing(f, kilobytes):
    ledger = f.path("full.db")
    r = lane(f.scene, "--ledger", ledger, before=limited(kilobytes))
    yield from same("exit", r.code, 4)
    yield from each_vehicle_is_answered_for(f, r, re.escape(ledger) + ".*: ")
    yield from whole_and_no_less_than_said(f, ledger, r)
    # With room again the same run completes it.
    yield from ended(lane(f.scene, "--ledger", ledger), 0)
    yield from same("crossings", show(ledger), f.kept)


def a_disk_that_fills_later_loses_nothing(f):
    """The ledger opens and takes crossings, then no more: the write-ahead
    log has no room, or the ledger itself at the end."""
    codes = set()
    for kilobytes in (64, 128, 192) if SANITIZED else range(48, 240, 24):
        ledger = f.path("fills.db")
        r = lane(f.scene, "--ledger", ledger, before=limited(kilobytes))
        codes.add(r.code)
        yield from each_vehicle_is_answered_for(
            f, r, re.escape(ledger) + ".*: ")
        yield from whole_and_no_less_than_said(f, ledger, r)
        yield from ended(lane(f.scene, "--ledger", ledger), 0)
        yield from same("crossings", show(ledger), f.kept)
    if 4 not in codes:
        yield "the disk was never full"


TINY = """
mount -t tmpfs -o size=$1k none "$2" || exit 99
"$4" lane run --scene "$5" --json --seed 3 --min-face 90 --ledger "$2/t.db"
code=$?
cp -a "$2/." "$3"
exit $code
"""


def on_a_tiny_disk(f, kilobytes):
    """The lane with its ledger on a disk of its own that is this large; what
    the disk held in the end, and how the run ended."""
    disk, after = f.path("disk"), f.path("after")
    os.mkdir(disk)
    os.mkdir(after)
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", TINY, "sh", str(kilobytes), disk,
         after, EXEUNT, f.scene], check=False, capture_output=True)
    return os.path.join(after, "t.db"), Result(
        done.returncode, done.stdout, done.stderr)


def may_mount(f):
    try:
        return on_a_tiny_disk(f, 4096)[1].code == 0
    except OSError:
        return False


def no_space_left_loses_nothing(f):
    full = 0
    for kilobytes in (16, 96) if SANITIZED else (8, 48, 80, 112, 144, 176):
        ledger, r = on_a_tiny_disk(f, kilobytes)
        full += r.code == 4
        yield from each_vehicle_is_answered_for(f, r, r"/t\.db.*: ")
        yield from whole_and_no_less_than_said(f, ledger, r)
    if full < 2:
        yield "the disk was hardly ever full"


# ---- models ----------------------------------------------------------------

def models_but(f, name, change):
    top = f.path("models")
    shutil.copytree(MODELS, top)
    path = os.path.join(top, name)
    with open(path, "rb") as file:
        data = file.read()
    os.unlink(path)
    if change(data) is not None:
        with open(path, "wb") as file:
            file.write(change(data))
    return top


def altered(data):
    return data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]


def cut(data):
    return data[:-1]


def empty(_):
    return b""


def gone(_):
    return None


def a_wrong_model_is_not_used(f, name, change):
    top = models_but(f, name, change)
    want = re.escape(name) + ": .*npm ci --ignore-scripts"
    ledger = f.path("ledger.db")
    r = lane(f.scene, "--models", top, "--ledger", ledger)
    yield from ended(r, 4, want)
    yield from same("stdout", r.out, b"")
    if os.path.exists(ledger):
        yield "a ledger was made"
    r = run("face", "detect", "x.jpg", env={"EXEUNT_MODELS": top})
    yield from ended(r, 4, want)


def a_folder_without_models(f):
    r = lane(f.scene, "--models", f.path("nowhere"))
    yield from ended(r, 4, r"\.dat: .*npm ci --ignore-scripts")


# ---- calibration -----------------------------------------------------------

def calibrations():
    good = read_json(CALIBRATION)
    text = json.dumps(good)

    def but(**changes):
        return json.dumps(dict(good, **changes)).encode()
    recipe = good["recipe"].replace("chip 150", "chip 160")
    return (
        ("that is missing", None, r"cal\.json: "),
        ("cut short", text[:-50].encode(), r"cal\.json: cut short"),
        ("of text", b"0.95", r"cal\.json"),
        ("without curves", but(curves=[]), r"cal\.json: curves"),
        ("of another recipe", but(recipe=recipe), "another recipe"),
    )


def a_bad_calibration_is_no_start(f, data, why):
    top = f.path("calibration")
    os.mkdir(top)
    path = os.path.join(top, "cal.json")
    if data is not None:
        with open(path, "wb") as file:
            file.write(data)
    r = lane(f.scene, "--calibration", path)
    yield from ended(r, 4, why)
    yield from same("stdout", r.out, b"")


def a_promise_beyond_the_calibration_is_no_start(f):
    r = lane(f.scene, "--fmr", "1e-9")
    yield from ended(r, 4, "")
    yield from same("stdout", r.out, b"")


CASES = (
    the_reference_is_recorded, a_folder_that_is_not_there,
    a_folder_for_a_ledger, a_file_that_is_no_ledger,
    a_database_of_another_program, a_ledger_without_its_key,
    a_ledger_of_another_kind, a_server_that_is_not_there,
    a_disk_that_fills_later_loses_nothing,
    a_folder_without_models, a_promise_beyond_the_calibration_is_no_start,
)
NEED_NOBODY = (a_read_only_folder, a_read_only_ledger)
WRONG_MODELS = (
    ("mmod_human_face_detector.dat", gone),
    ("shape_predictor_5_face_landmarks.dat", altered),
    ("dlib_face_recognition_resnet_model_v1.dat", altered),
    ("dlib_face_recognition_resnet_model_v1.dat", cut),
    ("mmod_human_face_detector.dat", empty),
)


def main():
    with Lane() as f:
        def case(check, *args, name=""):
            f.case(check.__name__.replace("_", " ") + name, check, f, *args)
        for check in CASES:
            case(check)
        more = as_nobody(f)
        for check in NEED_NOBODY:
            if more is None:
                f.tap.skip(check.__name__.replace("_", " "),
                           "run by root, and nobody may not run the lane")
            else:
                case(check, more)
        if may_mount(f):
            case(no_space_left_loses_nothing)
        else:
            f.tap.skip("no space left loses nothing", "may not mount a disk; "
                       "the cases with a limit on files stand for it")
        for kilobytes in (0, 4, 16):
            case(a_full_disk_loses_nothing, kilobytes,
                 name=": %d KiB" % kilobytes)
        for name, change in WRONG_MODELS:
            case(a_wrong_model_is_not_used, name, change,
                 name=": %s %s" % (name, change.__name__))
        for name, data, why in calibrations():
            case(a_bad_calibration_is_no_start, data, why, name=": " + name)
        return f.tap.end()


if __name__ == "__main__":
    sys.exit(main())
