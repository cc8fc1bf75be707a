"""Clean captures are damaged by seed: nothing is invented, and nearly all is shown whose bytes are there.

What the program shows of the capture as it was stands for the truth; that it is what the endpoints said is checked elsewhere. A message is
whole where all packets that carry it are. Handshakes are left alone, except where a capture begins later or lacks a direction.
"""

import os
import random
import tempfile

from checks.case import Skipped, each, fail_with
from checks.damaging import DAMAGES, Packet, header_of, packets_of
from checks.program import content, dumped, objects, output
from checks.settings import CAPTURES, FIXTURES, ROOT
from checks.tls_cases import is_unknown, keys
from checks.truth import SIDES, digest, is_part, is_whole

PLAIN = ["deflate-takeover-both", "fragments-with-ping", "chat", "deflate-no-takeover", "large-message", "ipv6-loopback", "vlan-qinq"]
SHARED = {"plain": ["real/ws-deflate", "real/ws-deflate-params", "real/ws-abnormal"], "tls": ["real/wss-tls13", "layered/gnutls-openssl-tls12"], "http2": ["layered/node-h2", "layered/h2c-source"]}  # fmt: skip
HTTP2 = ["many-in-data", "interleaved-20", "haproxy-h2-to-h1", "connections-interleaved", "hypercorn-h2c", "deflate"]
TLS = ["loss-tls12-gcm", "loss-tls13-gcm", "loss-tls10-cbc"]
KINDS = ("plain", "tls", "http2")
# What must be shown of messages whose bytes are there, by what was done to the capture.
LEAST = {"lost": 0.99, "late": 0.99, "reordered": 1}
# Of one kind by default, which keeps the case below half a minute.
FEW = 36


@each(*KINDS)
def check_kinds(kind):
    return damage(kind, FEW, 1)


def captures(kind):
    """Paths and the options that go with each."""
    folder = {"plain": ("", PLAIN), "tls": ("tls/", TLS), "http2": ("http2/", HTTP2)}[kind]
    found = []
    for name in folder[1]:
        path = next(path for ending in ("pcap", "pcapng") if os.path.exists(path := f"{FIXTURES}/{folder[0]}{name}/capture.{ending}"))
        found.append((path, keys(name) if kind == "tls" else []))
    if os.path.isdir(CAPTURES):
        for name in SHARED[kind]:
            log = f"{CAPTURES}/{name}.keys"
            found.append((f"{CAPTURES}/{name}.pcap", ["--keys", log] if os.path.exists(log) else []))
    return [(path, options) for path, options in found if header_of(content(path))]


def damage(kind, count, first_seed):
    """Damages captures of a kind, so many in all."""
    files = captures(kind)
    if not files:
        raise Skipped("there are no captures to damage")
    totals, complaints = {}, []
    for place, (path, options) in enumerate(files):
        seeds = range(first_seed + place, first_seed + count, len(files))
        wholes = Truth(path, options)
        with tempfile.TemporaryDirectory() as folder:
            made = [made_of(wholes, seed, f"{folder}/{seed}.pcap") for seed in seeds]
            for start in range(0, len(made), 20):
                part = made[start : start + 20]
                lines = dumped([one.path for one in part], "--messages", "--payload", "digest", *options, statuses=(0, 1))
                for one in part:
                    complaints += judged(one, wholes, lines[one.path], totals)
    for group, least in LEAST.items():
        present, shown = totals.get(group, (0, 0))
        if shown < least * present:
            complaints.append(f"{kind}, {group}: {shown} of {present} messages shown whose bytes are there")
    fail_with(complaints)
    words = ", ".join(f"{group}: {shown} of {present}" for group, (present, shown) in sorted(totals.items()))
    return f"{count} damages from seed {first_seed}, nothing invented; messages whose bytes are there: {words}"


class Made:
    """A damaged capture: which packets are whole in it, and what is asked of it."""

    def __init__(self, path, names, group, present):
        self.path, self.names, self.group, self.present = path, names, group, present


def made_of(truth, seed, path):
    chance = random.Random(seed)
    names = chance.sample(sorted(DAMAGES), chance.choice((1, 1, 2, 3)))
    packets = [Packet(number, data, truth.link) for number, data in enumerate(truth.packets, 1)]
    for packet in packets:
        packet.is_protected = packet.number in truth.handshakes
    groups = set()
    for name in names:
        function, group = DAMAGES[name]
        packets = function(packets, chance)
        groups.add(group)
    with open(path, "wb") as file:
        file.write(truth.head + b"".join(packet.record() for packet in packets))
    present = {packet.number for packet in packets if packet.is_whole}
    # The worst decides what can be asked.
    group = next(group for group in ("partial", "cut short", "lost", "late", "reordered") if group in groups)
    return Made(path, f"seed {seed} ({' + '.join(names)}) of {os.path.relpath(truth.path, ROOT)}", group, present)


class Truth:
    """What the program shows of a capture that is not damaged, and which packets carry it."""

    def __init__(self, path, options):
        self.path = path
        capture = content(path)
        self.head, self.link = header_of(capture)
        self.packets = packets_of(capture)
        lines = objects(output("dump", "--messages", "--payload", "digest", *options, path))
        self.said = messages(lines)
        # Up to where each TCP connection first carries frames, and wherever a stream begins.
        starts = {}
        for line in lines:
            if line["type"] == "connection":
                starts.setdefault(line["client"]["port"], set()).update(line["packets"])
        last = {port: max(numbers) for port, numbers in starts.items()}
        self.handshakes = set()
        for number, data in enumerate(self.packets, 1):
            ports = Packet(number, data, self.link).ports
            if any(number <= last.get(port, 0) for port in ports):
                self.handshakes.add(number)


def messages(lines):
    """Messages shown whole, by the client's port, the stream and the side; `content` is nil where it is not certain."""
    ports, found = {}, {}
    for line in lines:
        if line["type"] == "connection":
            ports[line["connection"]] = (line["client"]["port"], line.get("stream", 0))
        if not is_whole(line):
            continue
        form = (line["kind"], line["length"])
        found.setdefault((*ports[line["connection"]], SIDES[line["from"]]), []).append({
            "form": form, "content": None if is_unknown(line) else (*form, digest(line)), "packets": set(line["packets"])})  # fmt: skip
    return found


def judged(made, truth, lines, totals):
    """What is wrong with what is shown of a damaged capture."""
    shown = messages(lines)
    present_count, shown_count = totals.get(made.group, (0, 0))
    for key, said in truth.said.items():
        ours = shown.get(key, [])
        certain = [one["content"] for one in ours if one["content"]]
        if not is_part(certain, [one["content"] for one in said]):
            yield f"{made.names}, {key}: something is invented"
        there = [one for one in said if one["packets"] <= made.present]
        count = aligned(ours, there)
        present_count += len(there)
        shown_count += count
        if made.group == "reordered" and count < len(there):
            yield f"{made.names}, {key}: {count} of {len(there)} messages"
    for key in shown.keys() - truth.said.keys():
        if any(one["content"] for one in shown[key]):
            yield f"{made.names}, {key}: messages where there are none"
    totals[made.group] = (present_count, shown_count)


def aligned(ours, whole):
    """How many of `whole` are shown, in their order. Others may stand between them: a packet sent again brings what was lost with another."""
    counts = [0] * (len(whole) + 1)
    for message in ours:
        part = "content" if message["content"] else "form"
        before = 0
        for index, other in enumerate(whole, 1):
            count = before + 1 if message[part] == other[part] else 0
            before = counts[index]
            counts[index] = max(before, counts[index - 1], count)
    return counts[-1]
