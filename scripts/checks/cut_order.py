"""`wsray cut` of captures in which a connection's first packets stand out of order: it takes what the other commands show."""

import random
import sys
import tempfile

from checks.case import fail_with
from checks.cut import compare_alone, compare_cuts, compare_redacted, complaint, cut, shape
from checks.damaging import Packet, header_of, late_from_the_start, packets_of
from checks.program import content, dumped, objects, output
from checks.settings import FIXTURES

sys.path.insert(0, FIXTURES)
from wirelib import C2S, S2C, TEXT, Capture, Conversation, Segment, frame, upgrade_request, upgrade_response  # noqa: E402

AREA = "cut"
SEEDS = (1, 2, 3)
# Those of the last are over HTTP/2.
MIXED = ["chat", "deflate-takeover-both", "http2/connections-interleaved"]
# Redacted, these begin with their upgrade, and in others exchanges are between attempts.
EXCHANGES = ["upgrade-after-keepalive", "connect-tunnel", "refused-then-granted", "planted-secrets"]


def check_the_same_connections():
    """All together, each alone by the number that it has, and without secrets."""
    captures = [mixed(name, seed) for name in MIXED for seed in SEEDS]
    compare_cuts(captures)
    # Streams come along with others of their TCP connection, whose number in the cut they name.
    alone = captures[: -len(SEEDS)]
    compare_redacted(alone)
    return compare_alone(alone)


def check_exchanges_before():
    """The redacted cut has the same frames without the packets before the upgrade, and thus may show other frames and connections first."""
    captures = [mixed(name, seed) for name in EXCHANGES for seed in range(1, 11)]
    whole, cuts = dumped(captures), [cut(path, "--redact") for path in captures]
    again = dumped(cuts)
    fail_with(complaint(path, unordered(again[out]), unordered(whole[path]), "the redacted cut has other frames") for path, out in zip(captures, cuts))
    return f"{len(captures)} redacted cuts have the same frames"


def unordered(lines):
    """The frames of each connection, sorted."""
    frames = {}
    for line in shape(lines):
        frames.setdefault(line.pop("connection"), []).append([value for key, value in line.items() if key not in ("frame", "message")])
    return sorted(sorted(each, key=str) for each in frames.values())


def mixed(name, seed):
    whole = content(f"{FIXTURES}/{name}/capture.pcap")
    head, link = header_of(whole)
    packets = [Packet(number, record, link) for number, record in enumerate(packets_of(whole), 1)]
    packets = late_from_the_start(packets, random.Random(f"{name} {seed}"))
    return written(head + b"".join(packet.record() for packet in packets))


def check_contradicting_copies():
    """What was searched for secrets is the copy that was sent first, which stands after another: that one is not in the redacted cut."""
    capture = Capture()
    talk = Conversation(capture).open()
    talk.send(C2S, upgrade_request())
    talk.send(S2C, upgrade_response())
    first, other = (frame(TEXT, b'{"%s":"%s"}' % pair, side=S2C) for pair in ((b"nickname", b"one"), (b"password", b"two")))
    segment = talk.cut(S2C, first)[0]
    copy = Segment(segment.side, segment.sequence, segment.acknowledgment, segment.flags, other)
    talk.record(segment, copy)
    talk.finish()
    # A request without its SYN, so that the connection is put in order, and the later copy.
    capture.packets.sort(key=lambda packet: b"GET" not in packet[2] and b"two" not in packet[2])
    path = f"{tempfile.mkdtemp()}/capture.pcap"
    capture.write_pcap(path)
    assert [line["text"] for line in objects(output("dump", path)) if line["type"] == "frame"] == [first[2:].decode()]
    whole, redacted = content(cut(path)), content(cut(path, "--redact"))
    assert b"one" in whole and b"two" in whole, "a copy is not in the cut"
    assert b'"one"' in redacted and b'"two"' not in redacted, "the copy that nobody searched is in the redacted cut"


def written(capture):
    path = f"{tempfile.mkdtemp()}/capture.pcap"
    with open(path, "wb") as file:
        file.write(capture)
    return path
