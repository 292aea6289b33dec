# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: cases in TAP, and the files of the repository."""
import os
import subprocess


class Tap:
    """Collects cases, prints each as it comes, the plan at the end."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, name, problems):
        """One case: it holds when `problems` is empty."""
        self.count += 1
        problems = list(problems)
        self.failed += bool(problems)
        for text in problems:
            for line in str(text).splitlines():
                print("# %s" % line)
        print("%sok %d - %s" % (
            "not " if problems else "", self.count, name), flush=True)

    def skip(self, name, why):
        self.count += 1
        print("# skipped: %s" % why)
        print("ok %d - %s # SKIP %s" % (self.count, name, why), flush=True)

    def end(self):
        print("1..%d" % self.count, flush=True)
        return 1 if self.failed else 0


def tracked(root):
    """Files of the repository, relative; all files where git is no help."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, dirs, files in os.walk(root):
            dirs[:] = [d for d in dirs if not d.startswith("build")
                       and d not in (".git", "node_modules", "demo")]
            names += [os.path.relpath(os.path.join(folder, f), root)
                      for f in files]
    return sorted(n for n in set(names)
                  if os.path.isfile(os.path.join(root, n)))


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8",
              errors="replace") as file:
        return file.read()
