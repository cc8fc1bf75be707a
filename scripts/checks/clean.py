"""Nobody is accused who did no wrong: what `wsray check` finds in public captures.

They end with status 0, but for the ones below, whose every violation was looked at: each is really on the wire.
"""

import os

from checks.case import Skipped, fail_with
from checks.program import dumped, objects, run
from checks.settings import CAPTURES

GUILTY = {
    "arkime-arkime_synthetic.pcap": {"frame.mask.constant"},  # 11223344 on each frame
    "scapy-websocket_invalid_handshakes.pcap": {
        "handshake.request.method", "handshake.request.upgrade", "handshake.request.version", "handshake.key.missing",
        "handshake.head.malformed", "handshake.response.upgrade", "handshake.response.bad-request-accepted",
        "handshake.accept.wrong"},  # made to be wrong, and without Sec-WebSocket-Version besides  # fmt: skip
    "suricata-websocket-control-frag.pcap": {  # the key decodes to 18 bytes, the mask is 12345678 on each frame
        "handshake.key.malformed", "handshake.response.bad-request-accepted", "frame.mask.constant"},
    "suricata-websocket-ping.pcap": {"frame.mask.missing"},  # the client's ping
    "zeek-broker-websocket.pcap": {"close.unanswered"},  # the server answers a Close with FIN
    "zeek-oversized-close-frame.pcapng": {"control.too-long", "frame.length.not-minimal"},
    "zeek-wrong-accept-header.pcap": {"handshake.accept.wrong"},
    "zeek-wstunnel-http.pcap": {"frame.mask.missing"},  # wstunnel masks only when told to
    "zeek-wstunnel-ssh.pcap": {"ping.unanswered"},  # six pings in 29 s, data all the while, never a pong
}


def check_violations():
    captures = public_captures()
    innocent = [path for path in captures if os.path.basename(path) not in GUILTY]
    command = ["--format", "json"]
    found, complaints = dumped(innocent, *command, command="check", statuses=(0, 1, 3)), []
    for path in captures:
        name, wanted = os.path.basename(path), GUILTY.get(os.path.basename(path), set())
        if wanted:
            done = run("check", *command, path)
            found[path] = objects(done.stdout)
            if done.returncode != 1:
                complaints.append(f"{name}: exit status {done.returncode}")
        rules = {line["rule"] for line in found[path] if line.get("severity") == "violation"}
        if rules != wanted:
            complaints.append(f"{name}: {', '.join(sorted(rules)) or 'nothing'}, expected {', '.join(sorted(wanted)) or 'nothing'}")
    fail_with(complaints)
    # The status of all of them, remembered.
    # 3 is of those that have no WebSocket at all.
    dumped(innocent, *command, command="check", statuses=(0, 3))
    return f"{len(captures)} public captures, violations in the {len(GUILTY)} that have them and in no other"


def public_captures():
    if not os.path.isdir(CAPTURES):
        raise Skipped("../shared/captures is not there")
    names = [f"{folder}/{name}" for folder in ("real", "websocket") for name in sorted(os.listdir(f"{CAPTURES}/{folder}"))]
    return [f"{CAPTURES}/{name}" for name in names if name.endswith((".pcap", ".pcapng"))]
