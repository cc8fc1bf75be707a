"""The messages that are shown are those that the endpoints logged.

For each fixture with a truth.jsonl: connection by connection and side by side, in order, opcode and SHA-256. Where a capture
lacks packets, what is shown complete must be some of the truth, in order.
"""

import base64
import glob
import hashlib
import json
import os

from checks.case import fail_with
from checks.program import dumped, fixtures
from checks.settings import FIXTURES

# Captures that lack bytes: not every message can be shown whole.
LACKING = {"stream-gap", "snaplen-cut"}
# Messages beyond the usual limit.
OPTIONS = {"inflated-64-mb": ["--payload", "digest", "--limit-message", "64M"]}
SIDES = {"client": "c2s", "server": "s2c"}


def check_truth():
    names = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FIXTURES}/*/truth.jsonl"))
    captures = {name: fixtures(f"{name}/capture.pcap*")[0] for name in names}
    shown = dumped([path for name, path in captures.items() if name not in OPTIONS], "--messages")
    for name in OPTIONS:
        shown |= dumped([captures[name]], "--messages", *OPTIONS[name])
    assert names, "no fixture has a truth.jsonl"
    fail_with(complaint(name, shown[captures[name]]) for name in names)
    return f"{len(names)} captures show what their endpoints said"


def complaint(name, lines):
    shown = grouped((line["connection"], SIDES[line["from"]], line["kind"], digest(line)) for line in lines if is_whole(line))
    with open(f"{FIXTURES}/{name}/truth.jsonl", encoding="utf-8") as file:
        said = [json.loads(line) for line in file]
    truth = grouped((line.get("connection", 1), line["dir"], line["opcode"], line["sha256"]) for line in said)
    for key in sorted(truth.keys() | shown.keys()):
        ours, theirs = shown.get(key, []), truth.get(key, [])
        agrees = is_part(ours, theirs) and ours if name in LACKING else ours == theirs
        if not agrees:
            place = next((n for n, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            return f"{name}: connection {key[0]} {key[1]}: {len(ours)} messages shown, {len(theirs)} said; they differ at number {place + 1}"
    return None


def is_whole(line):
    return line["type"] == "message" and line.get("complete", True)


def digest(line):
    if "sha256" in line:
        return line["sha256"]
    content = line["text"].encode() if "text" in line else base64.b64decode(line.get("base64", ""))
    return hashlib.sha256(content).hexdigest()


def grouped(rows):
    groups = {}
    for connection, side, *message in rows:
        groups.setdefault((connection, side), []).append(message)
    return groups


def is_part(some, all_of_them):
    rest = iter(all_of_them)
    return all(message in rest for message in some)
