"""Captures lose packets by seed: no side is said to have left something out that it sent, as the capture without loss shows.

A verdict may say less of what is missing, and that it is not known; it may not say that there was none.
"""

import glob
import os
import random

from checks.case import fail_with, on_request
from checks.damaging import header_of, packets_of, without
from checks.program import content, objects, output
from checks.settings import FIXTURES, ROOT

# Files are passed over that take long, and those that are of another format than the damages are made in.
LARGEST = 1_000_000
ACCUSING = ("close-unanswered", "fin-without-close", "reset", "unanswered")
HEDGES = ("not known", "lacks", " may ", "when the capture ended")


def check_lost_packets():
    return blame(range(1, 41))


@on_request
def check_many_lost_packets():
    return blame(range(1_000, 2_500))


def blame(seeds):
    paths = [path for path in sorted(glob.glob(f"{FIXTURES}/**/capture.pcap", recursive=True)) if os.path.getsize(path) < LARGEST]
    whole, judged_count, complaints = {}, 0, []
    for seed in seeds:
        chance = random.Random(seed)
        path = chance.choice(paths)
        capture = content(path)
        if not header_of(capture):
            continue
        keys = f"{os.path.dirname(path)}/keys.txt"
        options = ["--keys", keys] if os.path.exists(keys) else []
        if path not in whole:
            whole[path] = verdicts(path, options)
        packets = packets_of(capture)
        gone = {index + 1 for index in chance.choice(LOSSES)(len(packets), chance)}
        with without(gone, capture, packets) as damaged:
            found = verdicts(damaged, options)
        for key, verdict in found.items():
            before = whole[path].get(key)
            if not before or before["how"] != "closed":
                continue
            judged_count += 1
            if verdict["how"] in ACCUSING and not any(hedge in verdict["text"] for hedge in HEDGES):
                complaints.append(f"seed {seed}, {os.path.relpath(path, ROOT)}: {verdict['text']} ({before['text']})")
    fail_with(complaints)
    return f"{judged_count} verdicts"


# One packet, one near the end, many of the last quarter, or a few anywhere.
LOSSES = (
    lambda count, chance: {chance.randrange(count)},
    lambda count, chance: {chance.randrange(max(0, count - 12), count)},
    lambda count, chance: {index for index in range(count * 3 // 4, count) if chance.random() < 0.4},
    lambda count, chance: {index for index in range(count) if chance.random() < 0.05},
)


def verdicts(path, options):
    """By the client's port and the stream; without those that took turns on one."""
    keys, found = {}, {}
    for line in objects(output("dump", *options, path)):
        if line["type"] == "connection":
            keys[line["connection"]] = (line["client"]["port"], line.get("stream", 0))
        elif line["type"] == "end":
            found.setdefault(keys[line["connection"]], []).append(line["verdict"])
    return {key: ends[0] for key, ends in found.items() if len(ends) == 1}
