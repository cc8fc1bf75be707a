"""Figures on the viewer's screens are those of `wsray stats`, `wsray summary` and `wsray dump`."""

import json
import os
import re

from checks.case import fail_with
from checks.program import dumped, output
from checks.settings import CAPTURES, FIXTURES

AREA = "viewer"
# Fragments, compression, frames that are cut off, messages without an end, streams of one connection, bytes that are missing.
CASES = (
    "chat", "http2/end-within-frame", "http2/interleaved-20", "stream-clean", "inflated-64-mb", "endings/browser-judges-frames",
    "endings/server-hangs-up-in-frame", "subprotocols/graphql-transport-ws",
)
SIDES = ("client", "server")


def check_figures_are_those_of_the_reports():
    paths = [f"{FIXTURES}/{case}/capture.pcap" for case in CASES]
    paths = [path if os.path.exists(path) else f"{path}ng" for path in paths]
    paths += [path for path in [f"{CAPTURES}/real/ws-abnormal.pcap"] if os.path.exists(path)]
    fail_with(complaint for path in paths for complaint in complaints(path))
    return f"{len(paths)} captures"


def complaints(path):
    name = os.path.relpath(path, FIXTURES)
    stats = json.loads(output("stats", "--json", path))

    def compare(what, shown, counted):
        if shown != counted:
            yield f"{name}: {what} is {shown}, and {counted} in the reports"

    lines = screen("4", path)
    counted = re.search(r"([\d,]+ frames?), ([\d.,]+ \w+)(?: in .*)?\n*$", output("summary", path).decode())
    shown = re.search(r"connections?, ([\d,]+ frames?), ([\d.,]+ \w+)$", lines[1])
    yield from compare("the sum", shown and shown.groups(), counted.groups())

    kinds = {row[0]: row[1:] for row in (re.split(r"  +", line.strip()) for line in lines if re.match(r"  [a-z]+  +\d", line))}
    frames = {}
    for line in dumped([path])[path]:
        if line["type"] == "frame":
            side = SIDES.index(line["from"])
            frames.setdefault(line["opcode"], [0, 0])[side] += 1
    for kind, expected in frames.items():
        row = [word for word in kinds.get(kind, []) if re.fullmatch(r"[\d,]+", word)]
        yield from compare(f"{kind} frames", row, [f"{count:,}" for count in expected])
    costs = [stats["total"][side] for side in SIDES]
    yield from compare("bytes of the sides", kinds["all"][1::2], [size(application(cost)) for cost in costs])

    expected = re.search(r"Compression made (.*?) of .* into (.*?) \((.*?)\)", output("stats", path).decode().replace("\n ", " "))
    shown = re.search(r"compressed messages: (.*) travelled as (.*), (.* %)", "\n".join(lines))
    yield from compare("compression", shown and shown.groups(), expected and expected.groups())

    rows = {}
    for line in screen("", path):
        row = re.match(r".{2} +(\d+) .{13}(?:└ \d+ )?\S+ .*?  +(?:\d{4})? +([\d,]+) +([\d.,]+ [kMG]?B) ", line[:130])
        if row:
            rows[int(row[1])] = row.groups()[1:]
    for connection in stats["connections"]:
        cost = [connection["cost"][side] for side in SIDES]
        expected = f"{sum(one['frames'] for one in cost):,}", size(sum(map(application, cost)))
        yield from compare(f"connection {connection['connection']} in the list", rows.get(connection["connection"]), expected)


def screen(keys, path):
    return output("view", "--rehearse", keys, "--size", "140x160", path).decode().split("\n")


def application(cost):
    return cost["applicationBytes"] + cost["parts"]["control"]


def size(count):
    """As `Quantity.size`."""
    if count < 100_000:
        return f"{count:,} B"
    divisor, units = 1000, ["kB", "MB", "GB"]
    while len(units) > 1 and count // divisor >= 1000:
        divisor *= 1000
        units.pop(0)
    whole, tenth = count // divisor, count % divisor * 10 // divisor
    return f"{whole}.{tenth} {units[0]}" if whole < 100 and tenth else f"{whole} {units[0]}"
