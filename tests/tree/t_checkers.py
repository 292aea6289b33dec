#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers are checked: a small tree that keeps every rule passes, and
each broken rule is found by the case that guards it.

    t_checkers.py ROOT
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, "tools"))
from tap import Tap     # noqa: E402  (found by the line above)

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
BASE = "src/base/"
HIGH = "src/facts/"
PUBLIC = "include/exeunt/"

# Two rooms that keep every rule.
TREE = {
    "docs/rooms.txt": "library z : zlib.h : crc32 deflate\n"
                      "room base : - : -\n"
                      "room facts : base : z\n"
                      "room cli : all : -\n"
                      "system : stddef.h stdlib.h\n",
    BASE + "README.md": "The lower room.\n",
    BASE + "meson.build": "",
    BASE + PUBLIC + "base.h": SPDX + "#include <stddef.h>\n\n"
                              "/** Twice n. @param n any */\n"
                              "size_t ex_base_twice(size_t n);\n",
    BASE + PUBLIC + "status.inc": SPDX + 'EX_STATUS(EX_OK, 0, 0, "done")\n'
                                  'EX_STATUS(EX_BAD, -1, 2, "no")\n',
    BASE + "base.c": SPDX + '#include "exeunt/base.h"\n\n'
                     "size_t\nex_base_twice(size_t n)\n{\n"
                     "\treturn n + n;\n}\n",
    "src/cli/README.md": "The program.\n",
    "src/cli/meson.build": "",
    "src/cli/cli.c": SPDX + "int main(void);\n\nint\nmain(void)\n{\n"
                     "\treturn 0;\n}\n",
    HIGH + "README.md": "The upper room.\n",
    HIGH + "meson.build": "",
    HIGH + PUBLIC + "facts.h": SPDX + '#include "exeunt/base.h"\n\n'
                               "/** Four. */\nsize_t ex_facts_four(void);\n",
    HIGH + PUBLIC + "causes.inc": SPDX + 'EX_WORD(NONE, "none", "no")\n'
                                  'EX_WORD(DARK, "dark", "too dark")\n',
    HIGH + "facts.c": SPDX + '#include "exeunt/facts.h"\n'
                      "#include <stdlib.h>\n#include <zlib.h>\n\n"
                      "unsigned long crc32(unsigned long, "
                      "const unsigned char *, unsigned);\n\n"
                      "size_t\nex_facts_four(void)\n{\n"
                      "\treturn ex_base_twice(2) + crc32(0, NULL, 0);\n}\n",
    "src/cli/commands.inc": SPDX + 'CLI_COMMAND(go, "go", "",\n'
                            '    "go on")\n',
    "build/exeunt": "#!/bin/sh\ncat <<E\nOptions:\n  --fast\n\n"
                    "Common options:\n  --help\nE\n",
    "zlib.h": SPDX,
    "docs/exeunt.1": ".Dd January 1, 2026\n.Dt EXEUNT 1\n.Os\n"
                     ".Sh NAME\n.Nm exeunt\n.Nd test\n"
                     ".Sh SYNOPSIS\n.Nm\n.Cm go\n.Op Fl -fast\n"
                     ".Sh DESCRIPTION\n.Bl -tag -width x\n"
                     ".It Cm go\nGo.\n.It Fl -fast\nHurry.\n"
                     ".It Fl -help , Fl -version\nThese.\n"
                     ".It dark\nDark.\n.El\n"
                     ".Sh EXIT STATUS\n.Bl -tag -width x\n"
                     ".It 0\nDone.\n.It 2\nNo.\n.It 143\nEnded.\n.El\n",
    "README.md": "[rooms](docs/rooms.txt)\n",
}
for name in ("LICENSE", "NOTICE", "CONTRIBUTING.md", "CHANGELOG.md",
             "docs/tour.md", "docs/design.md", "docs/style.md",
             "docs/dependencies.md", "package-lock.json", ".ci/run"):
    TREE[name] = "text\n"


class Tree:
    """TREE on disk, with some files changed, compiled as meson would."""

    def __init__(self, changes):
        self.top = tempfile.mkdtemp(prefix="exeunt-tree-")
        files = dict(TREE, **changes)
        for name, text in files.items():
            if text is None:
                continue
            path = os.path.join(self.top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            if name == "build/exeunt":
                os.chmod(path, 0o755)
        shutil.copy(os.path.join(ROOT, ".clang-format"), self.top)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def compile(self):
        for room in ("base", "facts", "cli"):
            top = os.path.join(self.top, "build", "src", room)
            os.makedirs(top, exist_ok=True)
            obj = os.path.join(top, "x.o")
            subprocess.run(
                ["gcc", "-w", "-c", "-o", obj, "-I" + self.top,
                 "-I" + os.path.join(self.top, BASE, "include"),
                 "-I" + os.path.join(self.top, HIGH, "include"),
                 os.path.join(self.top, "src", room, room + ".c")],
                check=True)
            subprocess.run(
                ["ar", "rc", os.path.join(top, "lib%s.a" % room), obj],
                check=True)

    def failed(self, tool, *args):
        """Names of the cases of a checker that do not hold."""
        run = subprocess.run(
            [sys.executable, os.path.join(ROOT, "tools", tool)] + list(args),
            cwd=self.top, text=True, capture_output=True, check=False)
        failed = [line.split(" - ", 1)[1] for line in run.stdout.splitlines()
                  if line.startswith("not ok")]
        if bool(failed) != bool(run.returncode) or "1.." not in run.stdout:
            failed.append("exit %d: %s" % (run.returncode, run.stderr))
        return failed


def found(changes, expected, tool, *args, build=False):
    """Problems unless exactly the cases that start so fail."""
    with Tree(changes) as tree:
        if build:
            tree.compile()
        failed = tree.failed(tool, *args)
    if len(failed) != len(expected) or not all(
            name.startswith(want) for name, want in zip(failed, expected)):
        yield "wanted %s, got %s" % (expected, failed)


def base_c(body, head=""):
    return {BASE + "base.c": SPDX + '#include "exeunt/base.h"\n' + head +
            "\nsize_t\nex_base_twice(size_t n)\n{\n%s}\n" % body}


def appended(name, text):
    return {name: TREE[name] + text}


def room_cases(tap):
    def case(name, changes, *expected):
        tap.case(name, found(changes, expected, "check_rooms", ".", "build",
                             build=True))

    case("rooms that keep the rules pass", {})
    case("a cycle is found",
         {"docs/rooms.txt": TREE["docs/rooms.txt"].replace(
             "base : - : -", "base : facts : -")},
         "rooms are in order")
    case("an unlisted room is found", {"src/other/x.c": "\n"},
         "every room is listed")
    case("a missing README is found", {HIGH + "README.md": None},
         "facts has its README")
    case("a second public header is found", {HIGH + PUBLIC + "more.h": SPDX},
         "facts has its README")
    case("a header of a higher room is found",
         base_c("\treturn n + n;\n", '#include "exeunt/facts.h"\n'),
         "base includes what it may")
    case("a foreign header is found",
         base_c("\treturn n + n;\n", "#include <zlib.h>\n"),
         "base includes what it may")
    case("a header of another folder is found",
         base_c("\treturn n + n;\n", '#include "../../zlib.h"\n'),
         "base includes what it may")
    case("an include by macro is found",
         base_c("\treturn n + n;\n", "#define H <stdlib.h>\n#include H\n"),
         "base includes what it may")
    case("a foreign header in a public one is found",
         appended(HIGH + PUBLIC + "facts.h", "#include <zlib.h>\n"),
         "facts includes what it may")
    case("a global symbol without the prefix is found",
         appended(BASE + "base.c", "int loose = 1;\n"),
         "base defines ex_ symbols only")
    case("a call smuggled past a header is found",
         base_c("\treturn n + ex_facts_four();\n",
                "size_t ex_facts_four(void);\n"),
         "base calls what it may")
    case("a foreign call smuggled past a header is found",
         base_c("\treturn n + crc32(0, NULL, 0);\n",
                "unsigned long crc32(unsigned long, const unsigned char *, "
                "unsigned);\n"),
         "base calls what it may")
    case("a call into a library nobody listed is found",
         base_c("\treturn n + curl_easy();\n", "size_t curl_easy(void);\n"),
         "base calls what it may")


def header_cases(tap):
    header = BASE + PUBLIC + "base.h"

    def case(name, text, *expected):
        tap.case(name, found(text, expected, "check_headers", "."))

    case("headers that keep the rules pass", {})
    case("a header that needs another is found",
         {header: TREE[header].replace("#include <stddef.h>\n", "")},
         *["exeunt/%s.h compiles alone (%s)" % (r, c)
           for r in ("base", "facts") for c in ("gcc", "clang")
           if shutil.which(c)])
    case("a call without a word is found",
         appended(header, "\nvoid ex_base_mute(void);\n"),
         "exeunt/base.h says")
    case("a word about a parameter that is not there is found",
         {header: TREE[header].replace("@param n", "@param m")},
         "exeunt/base.h says")


def repo_cases(tap):
    def case(name, changes, *expected):
        tap.case(name, found(changes, expected, "check_repo", ".", "build"))

    case("a repository that keeps the rules passes", {})
    case("a missing document is found", {"NOTICE": None},
         "what a newcomer looks for")
    case("a machine path is found",
         {"docs/tour.md": "see /wo" + "rk/here\n"}, "no machine paths")
    case("unfinished work is found",
         appended(BASE + "base.c", "/* TO" + "DO */\n"), "no unfinished work")
    case("a heavy file is found", {"data/x.bin": "x" * 3_000_001},
         "no file over 3 MB")
    case("a file without licence is found", {BASE + "base.c": "int x;\n"},
         "every C file names its licence")
    case("a broken link is found", {"README.md": "[x](docs/none.md)\n"},
         "links between documents")
    case("an exit code nobody documents is found",
         appended(BASE + PUBLIC + "status.inc",
                  'EX_STATUS(EX_NEW, -2, 7, "new")\n'),
         "exit codes of the man page")
    case("an exit code nobody gives is found",
         {"docs/exeunt.1": TREE["docs/exeunt.1"].replace(
             ".It 143", ".It 9\nNever.\n.It 143")},
         "exit codes of the man page")
    case("a cause nobody documents is found",
         appended(HIGH + PUBLIC + "causes.inc",
                  'EX_WORD(NEW, "new-cause", "new")\n'),
         "causes of the man page")
    table = {"src/face/include/exeunt/quality.inc":
             SPDX + 'EX_QUALITY(YAW, "7.4", "yaw", "yaw", "degrees",\n'
             '    "not turned")\n'}
    row = "| `yaw` | `yaw` | 7.4 | how |\n"
    case("a component that is explained passes",
         dict(table, **{"docs/quality.md": row}))
    case("a component nobody explains is found",
         dict(table, **{"docs/quality.md": row.replace("7.4", "7.5")}),
         "components of quality.md")
    case("a component nobody measures is found", {"docs/quality.md": row},
         "components of quality.md")


def man_cases(tap):
    """The fixture's program has one command with one option."""
    man = TREE["docs/exeunt.1"]
    commands = "src/cli/commands.inc"
    more = TREE[commands] + 'CLI_COMMAND(halt, "halt", "",\n    "stop")\n'
    setting = {"src/hub/include/exeunt/settings.inc":
               SPDX + 'EX_SETTING("hub", "port", TEXT, port, "a", 1, 2, NULL,'
               '\n    SHOWN, "x, "\n    "y")\n'}
    conf = (".Ss hub.conf\n.Bl -tag -width x\n.It Bq Sy hub\n"
            ".Bl -tag -width x\n.It Li port Pq %s\nX.\n.El\n.El\n"
            ".Sh EXIT STATUS")
    hurry = TREE["build/exeunt"].replace("--fast", "--fast X\n  --hurry")
    for name, changes, expected in (
            ("a command nobody documents is found", {commands: more},
             ["commands of the man page"]),
            ("a command nobody serves is found",
             {"docs/exeunt.1": man + ".Bl -tag\n.It Cm halt\nStop.\n.El\n"},
             ["commands of the man page", "the man page is well formed"]),
            ("a setting nobody documents is found", setting,
             ["settings of the man page"]),
            ("a setting that is documented is not",
             dict(setting, **{"docs/exeunt.1": man.replace(
                 ".Sh EXIT STATUS", conf % "a")}), []),
            ("a setting with another default is found",
             dict(setting, **{"docs/exeunt.1": man.replace(
                 ".Sh EXIT STATUS", conf % "b")}),
             ["settings of the man page"]),
            ("an option nobody documents is found", {"build/exeunt": hurry},
             ["options of the man page"]),
            ("an option nobody reads is found",
             {"docs/exeunt.1": man.replace("Op Fl -fast", "Op Fl -slow")},
             ["options of the man page"]),
            ("an option nobody explains is found",
             {"docs/exeunt.1": man.replace(".It Fl -help", ".It help")},
             ["options of the man page"])):
        tap.case(name, found(changes, expected, "check_repo", ".", "build"))


def style_cases(tap):
    long_function = base_c("\tn++;\n" * 70 + "\treturn n;\n")
    long_file = appended(BASE + "base.c", "\n" * 800)

    def case(name, changes, what, *expected):
        tap.case(name, found(changes, expected, "check_style", what, "."))

    case("sizes that keep the rules pass", {}, "sizes")
    case("a long function is found", long_function, "sizes", "no function")
    case("a long file is found", long_file, "sizes", "no file")
    if shutil.which("clang-format"):
        case("another layout is found",
             appended(BASE + "base.c", "int  x ;\n"), "format",
             "C files are laid out")
    else:
        tap.skip("another layout is found", "no clang-format")
    if shutil.which("clang-tidy"):
        tap.case("what clang-tidy finds is found", tidy_found())
    else:
        tap.skip("what clang-tidy finds is found", "no clang-tidy")


def tidy_found():
    """One file that dereferences NULL, one that does not."""
    good = base_c("\treturn n;\n")
    bad = base_c("\tint *p = 0;\n\n\treturn n + (size_t)*p;\n")
    commands = json.dumps([{
        "directory": ".", "file": "../" + BASE + "base.c",
        "command": "gcc -I../%sinclude -c ../%sbase.c" % (BASE, BASE)}])
    for changes, expected in ((good, []), (bad, ["clang-tidy finds"])):
        files = dict(changes, **{"build/compile_commands.json": commands})
        with Tree(files) as tree:
            shutil.copy(os.path.join(ROOT, ".clang-tidy"), tree.top)
            build = os.path.join(tree.top, "build")
            path = os.path.join(build, "compile_commands.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(commands.replace('": "."', '": "%s"' % build))
            failed = tree.failed("check_style", "tidy", ".", "build")
        if len(failed) != len(expected) or not all(
                name.startswith(e) for name, e in zip(failed, expected)):
            yield "wanted %s, got %s" % (expected, failed)


def main():
    tap = Tap()
    room_cases(tap)
    header_cases(tap)
    repo_cases(tap)
    man_cases(tap)
    style_cases(tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
