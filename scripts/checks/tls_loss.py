"""Packets are missing from captures of TLS: nothing is invented, and nearly all messages whose records are whole are shown.

One in a hundred packets with payload is taken out, by seed. Which packets carry a message says the program, of the capture without loss;
that what it shows there is what the endpoints said is checked elsewhere.
"""

import os
import random

from checks.case import Skipped, each, fail_with
from checks.damaging import packets_of, without
from checks.program import content, objects, output
from checks.settings import CAPTURES, ROOT
from checks.tls_cases import NAMES, capture, is_unknown, keys, of_type
from checks.truth import SIDES, digest, is_part, is_whole

SEEDS = range(1, 7)
RATE = 0.01
# Handshake and upgrade of the captures of one connection are left alone; those of several lose parts of theirs, too.
FIRST = 40
LEAST = 0.95
LOSSY = [name for name in NAMES if name.startswith("loss-")]
OTHERS = ["real/wss-tls13", "layered/gnutls-openssl-tls12", "layered/tlslite-openssl-keyupdate"]


@each(*LOSSY)
def check_suites(name):
    whole, shown = lose_packets(f"{ROOT}/{capture(name)}", keys(name), FIRST)
    assert shown >= LEAST * whole, f"{name}: {shown} of {whole} messages shown whose records are whole"
    return f"{shown} of {whole} messages whose records are whole, in {len(SEEDS)} captures"


@each(*(path.rpartition("/")[2] for path in OTHERS))
def check_captures(name):
    if not os.path.isdir(CAPTURES):
        raise Skipped("../shared/captures is not there")
    path = next(f"{CAPTURES}/{path}" for path in OTHERS if path.endswith(name))
    whole, shown = lose_packets(f"{path}.pcap", ["--keys", f"{path}.keys"], FIRST)
    assert shown >= LEAST * whole, f"{name}: {shown} of {whole} messages shown whose records are whole"
    return f"{shown} of {whole} messages whose records are whole, in {len(SEEDS)} captures"


def lose_packets(path, options, first):
    """How many messages have whole records, of all seeds, and how many of them are shown."""
    original = content(path)
    packets = packets_of(original)
    said, whole_count, shown_count = sides(path, options), 0, 0
    for seed in SEEDS:
        chance = random.Random(seed)
        gone = {number for number in range(first + 1, len(packets) + 1) if chance.random() < RATE}
        with without(gone, original, packets) as damaged:
            shown = sides(damaged, options)
        for key, messages in said.items():
            whole = [message for message in messages if not gone & message["packets"]]
            ours = shown.get(key, [])
            known = [message["content"] for message in ours if not message["is_unknown"]]
            fail_with([not is_part(known, [message["content"] for message in whole]) and f"seed {seed}, {key}: something is invented"])
            # Of a compressed message that copies from what is missing, kind and length are known.
            whole_count += len(whole)
            shown_count += aligned(ours, whole)
    return whole_count, shown_count


def aligned(ours, whole):
    rest, count = iter(whole), 0
    for message in ours:
        same = (lambda other: other["form"] == message["form"]) if message["is_unknown"] else (lambda other: other["content"] == message["content"])
        count += any(same(other) for other in rest)
    return count


def sides(path, options):
    """Messages that are shown whole, by the client's port and the side."""
    lines = objects(output("dump", "--messages", "--payload", "digest", *options, path))
    ports = {line["connection"]: line["client"]["port"] for line in of_type(lines, "connection")}
    packets = {}
    for line in objects(output("dump", "--payload", "none", *options, path)):
        if line["type"] == "frame":
            packets.setdefault((line["connection"], line["message"]), set()).update(line["packets"])
    found = {}
    for line in lines:
        if not is_whole(line):
            continue
        unknown = is_unknown(line)
        form = (line["kind"], line["length"])
        found.setdefault((ports[line["connection"]], SIDES[line["from"]]), []).append({
            "form": form, "content": None if unknown else (*form, digest(line)), "is_unknown": unknown,
            "packets": packets[line["connection"], line["message"]]})  # fmt: skip
    return found
