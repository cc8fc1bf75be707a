"""WebSocket over HTTP/3: each capture in fixtures/http3 shows what was said on each stream, how it was opened, and how it ended."""

import glob
import json
import os
import random

from checks.case import Skipped, each, fail_with
from checks.damaging import packets_of, without
from checks.http2 import ends, messages, openings, place
from checks.losing import Losses
from checks.program import content, objects, output
from checks.settings import CAPTURES, FIXTURES
from checks.tls_cases import is_unknown
from checks.truth import SIDES, digest, grouped, is_part, is_whole

FOLDER = f"{FIXTURES}/http3"
NAMES = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FOLDER}/*/facts.json"))
SHARED = f"{CAPTURES}/layered/h3-streams"
# Handshake and settings are left alone.
FIRST = 12
SEEDS = range(1, 7)
# Of the messages whose datagrams are all there, at least so many are shown, by how many datagrams are missing.
LEAST = {0.02: 0.95, 0.08: 0.85}


@each(*NAMES)
def check_http3(name):
    facts, truth = of_tcp(json.loads(content(f"{FOLDER}/{name}/facts.json"))), [of_tcp(line) for line in lines_of(f"{FOLDER}/{name}/truth.jsonl")]
    shown = read(*capture(name))
    places = {line["connection"]: place(line, facts) for line in shown if line["type"] == "connection"}
    fail_with([*messages(places, shown, truth), *openings(shown, facts), *ends(places, shown, facts), *closed(shown, facts)])
    return f"{len(truth)} messages of {len(facts['streams'])} streams"


def of_tcp(value):
    """The same with the names that the checks of HTTP/2 know."""
    if isinstance(value, list):
        return [of_tcp(one) for one in value]
    return {"tcp" if key == "quic" else key: of_tcp(one) for key, one in value.items()} if isinstance(value, dict) else value


def capture(name):
    path, keys = glob.glob(f"{FOLDER}/{name}/capture.pcap*")[0], f"{FOLDER}/{name}/keys.txt"
    return path, ["--keys", keys] if os.path.exists(keys) else []


def lines_of(path):
    return [json.loads(line) for line in content(path).splitlines()]


def read(path, options):
    return objects(output("dump", "--messages", *options, path))


def closed(shown, facts):
    """What closed the whole connection is in the verdict's words."""
    for row in facts["connections"]:
        found = [line["verdict"]["text"] for line in shown if line["type"] == "end"]
        if "closed" in row and not any(row["closed"] in text for text in found):
            yield f"no verdict names {row['closed']}: {found}"


def check_others():
    """A longer capture with the truth of its endpoints."""
    if not os.path.isdir(CAPTURES):
        raise Skipped("../shared/captures is not there")
    shown = read(f"{SHARED}.pcap", ["--keys", f"{SHARED}.keys"])
    streams = {line["connection"]: line["stream"] for line in shown if line["type"] == "connection"}
    ours = grouped((streams[line["connection"]], SIDES[line["from"]], line["kind"], digest(line)) for line in shown if is_whole(line))
    said = lines_of(f"{SHARED}.truth.jsonl")
    truth = grouped((int(line["conn"].partition("#")[2]), line["dir"], line["opcode"], line["sha256"]) for line in said)
    fail_with(f"{key}: {len(ours.get(key, []))} messages shown, {len(truth.get(key, []))} said" for key in sorted(ours.keys() | truth.keys()) if ours.get(key) != truth.get(key))  # fmt: skip
    return f"{len(said)} messages of {len(streams)} streams"


HEADS, UNKNOWN = ("request", "response"), "(unknown)"
LOSING = ["streams", "table", "blocked", "large", "lossy", "deflate", "h3-streams"]


@each(*LOSING)
def check_lost(name):
    """Datagrams are taken out, by seed: nothing is invented, and nearly all that is whole is shown."""
    if name == "h3-streams" and not os.path.isdir(CAPTURES):
        raise Skipped("../shared/captures is not there")
    path, keys = capture(name) if name in NAMES else (f"{SHARED}.pcap", ["--keys", f"{SHARED}.keys"])
    original = content(path)
    packets, (said, fields), results = packets_of(original), told(path, keys), []
    for rate, least in LEAST.items():
        losses = Losses(said)
        for seed in SEEDS:
            chance = random.Random(seed)
            gone = {number for number in range(FIRST + 1, len(packets) + 1) if chance.random() < rate}
            shown, ours = told_without(gone, original, packets, keys)
            fail_with(f"{rate}, seed {seed}: {field} is invented" for field in strange(ours, fields))
            losses.take(shown, gone, f"{rate}, seed {seed}")
        results.append(losses.count(least, "datagrams"))
    return f"{' and '.join(results)} messages whose datagrams are all there, in {len(SEEDS)} captures each"


def told(path, keys):
    """The whole messages of each stream and side, and their packets; not those that copy from what is missing. And the fields of heads."""
    lines = objects(output("dump", "--messages", "--payload", "digest", *keys, path))
    streams = {line["connection"]: line["stream"] for line in lines if line["type"] == "connection"}
    rows = {}
    for line in lines:
        if is_whole(line) and not is_unknown(line):
            key = (streams[line["connection"]], SIDES[line["from"]])
            rows.setdefault(key, []).append(((line["kind"], digest(line)), set(line["packets"])))
    heads = [(line["stream"], line.get(head, {}).get("headers", [])) for line in lines if line["type"] == "connection" for head in HEADS]
    return rows, {(stream, *field) for stream, fields in heads for field in fields}


def strange(ours, theirs):
    """Fields that were not sent; of one that refers to what is missing, the name or the value is unknown."""
    names, values = {field[:2] for field in theirs}, {field[::2] for field in theirs}
    for stream, name, value in ours - theirs:
        if not (value == UNKNOWN and ((stream, name) in names or name == UNKNOWN) or name == UNKNOWN and (stream, value) in values):
            yield stream, name, value


def told_without(gone, original, packets, keys):
    with without(gone, original, packets) as damaged:
        return told(damaged, keys)


def check_begun_anywhere():
    """The first datagrams are missing, as many as one likes: nothing is invented."""
    path, keys = capture("streams")
    original = content(path)
    packets, (said, fields) = packets_of(original), told(path, keys)
    for count in range(1, 31):
        shown, heads = told_without(set(range(1, count + 1)), original, packets, keys)
        fail_with(f"without the first {count}: {field} is invented" for field in strange(heads, fields))
        for key, rows in shown.items():
            ours, theirs = [row for row, _ in rows], [row for row, _ in said.get(key, [])]
            fail_with([not is_part(ours, theirs) and f"without the first {count}, {key}: something is invented"])
    return "30 captures"
