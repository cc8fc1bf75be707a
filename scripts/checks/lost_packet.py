"""Captures without one packet each: nothing is invented, and nobody is accused of what the whole capture does not show.

Packets are lost anywhere, also in the heads of requests and answers and in the settings of HTTP/2.
"""

import glob
import os
import tempfile

from checks.case import each, fail_with
from checks.damaging import header_of, packets_of
from checks.program import content, dumped
from checks.settings import FIXTURES
from checks.tls_cases import is_unknown
from checks.truth import digest, is_part, is_whole

# The captures, and how many packets apart those are that are lost.
CAPTURES = {
    "refused-then-granted": 1,
    "upgrade-split": 1,
    "upgrade-after-keepalive": 1,
    "planted-secrets": 7,
    "http2/bytewise-segments": 6,
    "rules/handshake.http2.not-announced": 1,
}


@each(*(name.replace("/", "-") for name in CAPTURES))
def check_lost_packet(name):
    folder, step = next((folder, step) for folder, step in CAPTURES.items() if folder.replace("/", "-") == name)
    path = f"{FIXTURES}/{folder}/{'near-miss' if folder.startswith('rules/') else 'capture'}.pcap"
    capture = content(path)
    packets = packets_of(capture)
    whole = dumped([path], "--messages", "--payload", "digest", statuses=(0, 1))[path]
    said, known = messages(whole), violations(whole)
    complaints, shown_count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        lost = {}
        for number in range(1, len(packets) + 1, step):
            damaged = f"{folder}/{number}.pcap"
            with open(damaged, "wb") as file:
                file.write(capture[:24] + b"".join(packet for index, packet in enumerate(packets, 1) if index != number))
            lost[damaged] = number
        for damaged, lines in dumped(list(lost), "--messages", "--payload", "digest", statuses=(0, 1)).items():
            what = f"without packet {lost[damaged]}"
            for key, shown in messages(lines).items():
                shown_count += len(shown)
                complaints.append(not is_part(shown, said.get(key, [])) and f"{what}, {key}: something is invented")
            complaints += [f"{what}: {rule}" for rule in sorted(violations(lines) - known)]
    fail_with(complaints)
    return f"{len(lost)} captures, {shown_count} messages"


def messages(lines):
    """What is whole and certain, by the client's port and the side."""
    ports, found = {}, {}
    for line in lines:
        if line["type"] == "connection":
            ports[line["connection"]] = line["client"]["port"]
        if is_whole(line) and not is_unknown(line):
            found.setdefault((ports[line["connection"]], line["from"]), []).append((line["kind"], digest(line)))
    return found


def violations(lines):
    return {line["rule"] for line in lines if line["type"] == "finding" and line["severity"] == "violation"}


# Captures whose ends are told apart by one packet each, besides those in fixtures/endings.
ENDS = (
    "http2/closes",
    "http2/end-within-frame",
    "http2/resets-by-server",
    "http2/stall-stream",
    "http2/window-of-1",
    "http3/resets",
    "tls/gnutls-tls12-camellia-128-gcm",
    "tls/gnutls-tls12-rc4",
    "tls/tls12-renegotiated-by-client",
)
# So many packets are lost from the beginning of a capture, and so many from its end.
REACH = 20
# A verdict gives the meaning of a code that a Close frame has as the cause, whatever led to it.
MEANINGS = ("protocol-error", "internal-error", "too-big")


def check_lost_end():
    """Each packet is lost once: nobody is named who did not end the connection, and nothing that did not lead to it."""
    paths = sorted(glob.glob(f"{FIXTURES}/endings/*/capture.pcap")) + [f"{FIXTURES}/{name}/capture.pcap" for name in ENDS]
    complaints, count = [], 0
    for path in paths:
        keys = f"{os.path.dirname(path)}/keys.txt"
        options = ("--keys", keys) if os.path.exists(keys) else ()
        original = content(path)
        if not header_of(original):
            continue
        packets = packets_of(original)
        known = Accusations(dumped([path], *options)[path])
        with tempfile.TemporaryDirectory() as folder:
            lost = {}
            for number in range(1, len(packets) + 1):
                if REACH < number <= len(packets) - REACH:
                    continue
                lost[f"{folder}/{number}.pcap"] = number
                with open(f"{folder}/{number}.pcap", "wb") as file:
                    file.write(original[:24] + b"".join(packet for index, packet in enumerate(packets, 1) if index != number))
            for damaged, lines in dumped(list(lost), *options).items():
                count += 1
                what = f"{os.path.relpath(path, FIXTURES)} without packet {lost[damaged]}"
                complaints += [f"{what}: {one}" for one in Accusations(lines).beyond(known)]
    fail_with(complaints)
    return f"{count} captures"


class Accusations:
    """By the client's port and the stream: who ended connections and why, and the rules that were broken."""

    def __init__(self, lines):
        self.enders, self.causes, self.broken, keys = {}, {}, {}, {}
        for line in lines:
            key = keys.get(line.get("connection"))
            if line["type"] == "connection":
                keys[line["connection"]] = (line["client"]["port"], line.get("stream", 0))
            elif line["type"] == "end":
                self.enders.setdefault(key, set()).add(line["verdict"].get("by"))
                self.causes.setdefault(key, set()).add(line["verdict"].get("cause"))
            elif line["type"] == "finding" and line["severity"] == "violation":
                self.broken.setdefault(key, set()).add((line["rule"], line.get("from")))

    def beyond(self, known):
        """What is not among those that are known."""
        for key in self.enders.keys() & known.enders.keys():
            for mine, theirs in ((self.enders, known.enders), (self.causes, known.causes), (self.broken, known.broken)):
                new = mine.get(key, set()) - theirs.get(key, set()) - {None, *MEANINGS}
                if new:
                    yield f"{key}: {new}"
