# SPDX-License-Identifier: Apache-2.0
"""The tables that code, tests and docs share, as the checkers read them."""
import fnmatch
import os
import re

from tap import read

QUALITY = re.compile(r'^EX_QUALITY\(\w+, "([^"]+)", "([^"]+)", "([^"]+)",',
                     re.MULTILINE)
ENTRY = re.compile(r"^EX_(?:STATUS|WORD)\((.*)\)$", re.MULTILINE)


class Rooms:
    """docs/rooms.txt."""

    def __init__(self, text):
        self.order = []
        self.may_use = {}
        self.may_link = {}
        self.headers = {}
        self.prefixes = {}
        self.system = []
        self.problems = []
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if line:
                self._take([part.split() for part in line.split(":")])

    def _take(self, parts):
        kind = parts[0][0]
        if kind == "system" and len(parts) == 2:
            self.system += parts[1]
        elif kind == "library" and len(parts) == 3:
            self.headers[parts[0][1]] = parts[1]
            self.prefixes[parts[0][1]] = tuple(parts[2])
        elif kind == "room" and len(parts) == 3:
            self._take_room(parts[0][1], parts[1], parts[2])
        else:
            self.problems.append("cannot read: %s" % parts)

    def _take_room(self, room, uses, links):
        uses = self.order if uses == ["all"] else uses
        self.may_use[room] = [r for r in uses if r != "-"]
        self.may_link[room] = [l for l in links if l != "-"]
        self.problems += [
            "%s uses %s, which is not above it" % (room, other)
            for other in self.may_use[room] if other not in self.order]
        self.problems += [
            "%s names an unknown library %s" % (room, name)
            for name in self.may_link[room] if name not in self.headers]
        self.order.append(room)

    def library_of_header(self, header):
        for name, patterns in self.headers.items():
            if any(fnmatch.fnmatchcase(header, p) for p in patterns):
                return name
        return None

    def library_of_symbol(self, symbol):
        for name, prefixes in self.prefixes.items():
            if symbol.startswith(prefixes):
                return name
        return None


def rooms_of(root):
    return Rooms(read(root, os.path.join("docs", "rooms.txt")))


def entries(root, room, name):
    """Rows of src/<room>/include/exeunt/<name>.inc, cells as text."""
    text = read(root, os.path.join("src", room, "include", "exeunt",
                                   name + ".inc"))
    return [[cell.strip().strip('"') for cell in row.split(",", 3)]
            for row in ENTRY.findall(text)]


def cells(row):
    """The arguments of an X-macro's row; strings joined, without quotes."""
    parts = re.findall(r'(?:"[^"]*"\s*)+|[^",\s][^",]*', row)
    return ["".join(re.findall(r'"([^"]*)"', p)) if p.startswith('"')
            else p.strip() for p in parts]


def hub_settings(root):
    """(section, key, default; None: needed) of settings.inc, in order."""
    name = os.path.join("src", "hub", "include", "exeunt", "settings.inc")
    if not os.path.exists(os.path.join(root, name)):
        return []
    rows = [cells(row) for row in re.findall(
        r"^EX_SETTING\((.*?)\)$", read(root, name), re.MULTILINE | re.DOTALL)]
    return [(r[0], r[1], None if r[4] == "NULL" else r[4]) for r in rows]


def quality_components(root):
    """(clause, word, heading) of each component of quality.inc, if any."""
    name = os.path.join("src", "face", "include", "exeunt", "quality.inc")
    if not os.path.exists(os.path.join(root, name)):
        return set()
    return set(QUALITY.findall(read(root, name)))


def exit_codes(root):
    """Every exit code that a status maps to; 143 is a signal's."""
    return {int(row[2]) for row in entries(root, "base", "status")} | {143}
