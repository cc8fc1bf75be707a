"""Captures without one packet each: nothing is invented, and nobody is accused of what the whole capture does not show.

Packets are lost anywhere, also in the heads of requests and answers and in the settings of HTTP/2.
"""

import tempfile

from checks.case import each, fail_with
from checks.damaging import packets_of
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
