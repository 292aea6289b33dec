# SPDX-License-Identifier: Apache-2.0
"""Crossings for a hub, as a lane sends them.

    t_x.py ROOT EXEUNT MAKE_CROSSING
"""
import json
import os
import subprocess
import sys

from program import TRAVELLERS


def make(hub, lane="demo-1", count=4, seed=1, *options):
    """Envelopes sealed to this hub: (facts, bytes) of each."""
    recipient = hub.ask("GET", "/v1/recipient", None,
                        "lane:" + lane).json()["recipient"]
    folder = os.path.join(hub.dir, "made-%s-%d" % (lane, seed))
    os.mkdir(folder)
    done = subprocess.run(
        [os.path.abspath(sys.argv[3]), "--data", TRAVELLERS, "--recipient",
         recipient, "--lane", lane, "--out", folder, "--count", str(count),
         "--seed", str(seed), *options], check=True, capture_output=True)
    for line in done.stdout.decode().splitlines():
        facts = json.loads(line)
        path = os.path.join(folder, os.path.basename(facts["file"]))
        with open(path, "rb") as file:
            yield facts, file.read()


def post(hub, facts, envelope, lane=None, **head):
    """Deliver one."""
    headers = {"Content-Type": "application/vnd.exeunt.envelope",
               "Idempotency-Key": facts["crossing"], **head}
    return hub.ask("POST", "/v1/crossings", envelope,
                   "lane:" + (lane or facts["lane"]), None, headers)


def deliver(hub, lane="demo-1", count=4, seed=1, *options):
    """Make and deliver; the facts of each."""
    delivered = []
    for facts, envelope in make(hub, lane, count, seed, *options):
        reply = post(hub, facts, envelope)
        if reply.status != 201:
            raise ValueError("a crossing: %d %s" % (reply.status,
                                                    reply.body[:300]))
        delivered.append(facts)
    return delivered
