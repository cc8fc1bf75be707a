"""The captures of WebSocket over TLS in fixtures/tls, what the program says of each, and what their endpoints said."""

import glob
import json
import os

from checks.program import objects, once
from checks.settings import FIXTURES, ROOT
from checks.truth import SIDES, digest, is_whole

FOLDER = f"{FIXTURES}/tls"
NAMES = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FOLDER}/*/facts.json"))


def facts(name):
    with open(f"{FOLDER}/{name}/facts.json", encoding="utf-8") as file:
        return json.load(file)


def capture(name):
    return os.path.relpath(glob.glob(f"{FOLDER}/{name}/capture.pcap*")[0], ROOT)


def keys(name):
    """The options that give the program what there is: the key log, and the server's key where nothing else helps."""
    path = os.path.relpath(f"{FOLDER}/{name}", ROOT)
    log = ["--keys", f"{path}/keys.txt"] if os.path.exists(f"{ROOT}/{path}/keys.txt") else []
    return log or (["--rsa-key", f"{path}/server.key"] if os.path.exists(f"{ROOT}/{path}/server.key") else [])


def shown(name, options=None):
    """The lines of `dump`."""
    return lines(capture(name), keys(name) if options is None else options)


def lines(path, options):
    done = once("dump", "--messages", *options, path)
    assert done.returncode == 0, f"dump {path}: status {done.returncode}; {done.stderr[-300:]}"
    return objects(done.stdout)


def truth(name):
    with open(f"{FOLDER}/{name}/truth.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def said(name):
    """Messages that the endpoints logged: for each connection, by its number, those of both sides."""
    return by_connection((line.get("connection", 1), line["dir"], line["opcode"], line["sha256"]) for line in truth(name))


def messages(shown):
    """Messages that are shown whole, in the same form."""
    return by_connection(
        (line["connection"], SIDES[line["from"]], line["kind"], digest(line)) for line in shown if is_whole(line) and not is_unknown(line))  # fmt: skip


def is_unknown(line):
    """Part of its content was copied from compressed data that is missing."""
    return any(finding["rule"] == "capture.content.unknown" for finding in line.get("findings", []))


def by_connection(rows):
    groups = {}
    for connection, side, *message in rows:
        groups.setdefault(connection, {"c2s": [], "s2c": []})[side].append(message)
    return [groups[number] for number in sorted(groups)]


def of_type(shown, kind):
    return [line for line in shown if line["type"] == kind]
