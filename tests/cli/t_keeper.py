#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exeunt vault and exeunt retention, as an operator types them.

    t_keeper.py ROOT EXEUNT
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import Suite, ended, run, same   # noqa: E402

CONFIG = """[hub]
ledger = l.db
vault = vault
master-key = master
same-disk = yes
"""


def at(s, name):
    return os.path.join(s.top, name)


def vault_options(s, name):
    return ("--vault", at(s, name + ".vault"),
            "--master-key", at(s, name + ".master"))


def begin(s, name):
    """A vault of its own; what was printed."""
    return run("vault", "init", "--json", "--same-disk",
               *vault_options(s, name))


def a_vault_is_begun_once(s):
    first = begin(s, "once")
    yield from ended(first, 0)
    told = json.loads(first.out)
    for key in ("recipient", "verifier"):
        if not re.fullmatch("[0-9a-f]{64}", told[key]):
            yield "%s: %s" % (key, told[key])
    yield from same("again", json.loads(begin(s, "once").out), told)
    r = run("vault", "recipient", "--same-disk", *vault_options(s, "once"))
    yield from ended(r, 0)
    yield from same("recipient", r.out.decode(), told["recipient"] + "\n")
    for path, mode in (("once.vault", 0o700), ("once.master", 0o600)):
        yield from same(path, os.stat(at(s, path)).st_mode & 0o777, mode)


def no_key_is_in_clear(s):
    begin(s, "clear")
    with open(at(s, "clear.master"), "rb") as file:
        master = bytes.fromhex(file.read().decode())
    for name in os.listdir(at(s, "clear.vault")):
        path = os.path.join(at(s, "clear.vault"), name)
        yield from same(name, os.stat(path).st_mode & 0o777, 0o600)
        with open(path, "rb") as file:
            if master in file.read():
                yield "the master is in %s" % name


def what_is_no_vault_is_4(s):
    r = run("vault", "recipient", "--same-disk", *vault_options(s, "none"))
    yield from ended(r, 4, "none.vault: ")
    os.mkdir(at(s, "empty.vault"), 0o700)
    r = run("vault", "recipient", "--same-disk", *vault_options(s, "empty"))
    yield from ended(r, 4, "is no vault yet; see 'exeunt vault init'")
    yield from same("made", os.listdir(at(s, "empty.vault")), [])


def one_file_system_is_4_and_another_master_3(s):
    begin(s, "a")
    begin(s, "b")
    r = run("vault", "recipient", *vault_options(s, "a"))
    yield from ended(r, 4, "a.master: lies on the same file system")
    r = run("vault", "recipient", "--same-disk", "--vault",
            at(s, "a.vault"), "--master-key", at(s, "b.master"))
    yield from ended(r, 3, "the master key is not this vault's")
    os.chmod(at(s, "a.master"), 0o644)
    r = run("vault", "recipient", "--same-disk", *vault_options(s, "a"))
    yield from ended(r, 4, "a.master: is open to other users")


def a_hub_conf_names_it_all(s):
    config = at(s, "hub.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG)
    yield from ended(run("vault", "init", "--config", config), 0)
    yield from ended(run("retention", "run", "--config", config), 4,
                     "l.db: ")
    yield from ended(run("hub", "user", "--config", config, "add", "ana",
                         stdin=b"a long password\n"), 0)
    r = run("retention", "run", "--json", "--config", config)
    yield from ended(r, 0)
    report = json.loads(r.out)
    yield from same("erased", [report[k] for k in (
        "keys", "pictures", "crossings", "links", "held")],
        [0, 0, 0, 0, False])
    r = run("retention", "due", "--json", "--config", config)
    yield from ended(r, 0)
    yield from same("due", r.out, b"")
    r = run("retention", "run", "--config", config, "--vault", "x")
    yield from ended(r, 2, "--config: says all")


def what_is_missing_is_wrong_usage(_):
    yield from ended(run("vault", "init"), 2, "--vault: is missing")
    yield from ended(run("retention", "run"), 2, "--ledger: is missing")
    yield from ended(run("retention", "due"), 2, "--ledger: is missing")


CASES = (
    a_vault_is_begun_once, no_key_is_in_clear, what_is_no_vault_is_4,
    one_file_system_is_4_and_another_master_3, a_hub_conf_names_it_all,
    what_is_missing_is_wrong_usage,
)


def main():
    with Suite() as s:
        for check in CASES:
            s.case(check.__name__.replace("_", " "), check, s)
        return s.tap.end()


if __name__ == "__main__":
    sys.exit(main())
