"""TLS is decrypted: with the keys, each capture in fixtures/tls shows what its endpoints logged, or why it cannot.

`expect` in facts.json says which of these, and what the endpoints' libraries said of versions, suites and alerts.
"""

import os
import shutil
import struct
import subprocess
import tempfile

from checks.case import Skipped, fail_with, remark
from checks.program import content, objects, run
from checks.settings import CAPTURES, ROOT
from checks.tls_cases import FOLDER, NAMES, facts, keys, lines, messages, of_type, said, shown
from checks.truth import is_part

# Why what is marked opaque stays so: a part of the name, and the reasons in JSON that fit, the more particular first.
REASONS = {
    "opaque-no-keys": {"no-keys"},
    "opaque-empty-key-log": {"no-line"},
    "opaque-not-in-key-log": {"no-line"},
    "opaque-handshake-secrets-only": {"handshake-only"},
    "opaque-wrong-keys": {"wrong-keys"},
    "opaque-handshake-not-captured": {"no-handshake"},
    "opaque-client-hello-lost": {"handshake-lost", "no-handshake"},
    "opaque-server-hello-lost": {"handshake-lost"},
    "opaque-ecdhe-with-server-key": {"not-rsa"},
    "opaque-resumed-with-server-key": {"resumed"},
    "opaque-unknown-suite": {"unsupported-suite"},
    "opaque-draft-chacha20": {"unsupported-suite"},
    "opaque-ssl30": {"unsupported-version"},
    "hello-to-plain-http": {"tls-foreign"},
    "hello-then-reset": {"tls-unanswered"},
    "hello-t": {"handshake-failed"},
    "nss-ech-refused": {"tls-rejected"},
    "midway": {"no-handshake", "handshake-lost"},
    "alert": {"handshake-failed", "tls-refused", "tls-rejected"},
    "keys-of-second-only": {"no-line"},
}
# Why nothing is shown without keys; what fails, or lacks its beginning, does so with them as well.
WITHOUT_KEYS = {"no-keys", "tls-unanswered", "tls-refused", "tls-foreign", "tls-rejected", "handshake-failed", "handshake-unfinished", "not-tls", "no-handshake", "handshake-lost", "unsupported-suite", "unsupported-version"}
# With TLS that is not spoken for WebSocket, nothing is wrong.
WITHOUT_MESSAGES = ("nothing to show", "the refusal")


def check_messages():
    fail_with(complaint(name) for name in NAMES)
    return f"{len(NAMES)} captures show what their endpoints said, or nothing"


def complaint(name):
    expected, ours, theirs = facts(name)["expect"], messages(shown(name)), said(name)
    for number, (one, other) in enumerate(zip(ours, wanted(expected, theirs)), 1):
        for side in ("c2s", "s2c"):
            if one[side] != other[side] and not ("from there on" in expected and one[side] == other[side][-len(one[side]) :]):
                place = next((n for n, pair in enumerate(zip(one[side], other[side])) if pair[0] != pair[1]), min(len(one[side]), len(other[side])))
                return f"{name}: connection {number} {side}: {len(one[side])} messages shown, {len(other[side])} said; they differ at number {place + 1}"
    count = len(wanted(expected, theirs))
    if len(ours) != count and not (not ours and "opaque" in expected):
        return f"{name}: messages of {len(ours)} connections, not of {count}; expected: {expected}"
    return None


def wanted(expected, said):
    if expected == "failed" or expected.startswith(WITHOUT_MESSAGES) or expected.startswith("opaque") and "or messages" not in expected:
        return []
    if expected == "messages of the second connection only":
        return said[1:]
    for side, other in (("client", "s2c"), ("server", "c2s")):
        if expected == f"messages of the {side} only":
            return [connection | {other: []} for connection in said]
    assert expected.startswith("messages") or "or messages" in expected, f"expect: {expected}"
    return said


def check_versions_and_suites():
    """Those that an endpoint's library named."""
    fail_with(difference(name) for name in NAMES)


def difference(name):
    told = [row for row in facts(name)["connections"] if "suite" in row]
    found = [line["tls"] for line in of_type(shown(name), "connection") if "tls" in line]
    if not found or not told or "outer" in told[0]:
        return None
    if len(found) < len(told):
        told = told[-len(found) :]
    for row, ours in zip(told, found):
        version, suite = row["version"], row["suite"]
        # Some libraries have a name of their own for it.
        is_suite = ours.get("cipher") == suite or "number" in suite
        if ours.get("version") != version or not is_suite:
            return f"{name}: {ours.get('version')} {ours.get('cipher')}, not {version} {suite}"
        if bool(row.get("resumed")) != bool(ours.get("resumed")):
            return f"{name}: resumed is {ours.get('resumed')}, not {row.get('resumed')}"
        if row.get("alpn") and ours.get("alpn") != row["alpn"]:
            return f"{name}: ALPN is {ours.get('alpn')}, not {row['alpn']}"
    return None


def check_reasons():
    """Where nothing can be shown, the reason is said."""
    fail_with(wrong_reason(name) for name in NAMES)


def wrong_reason(name):
    found = unread(shown(name))
    fitting = next((REASONS[start] for start in REASONS if name.startswith(start)), None)
    if messages(shown(name)) and name != "keys-of-second-only":
        return f"{name}: {found[0]['reason']}, and messages all the same" if found and "opaque" in facts(name)["expect"] else None
    if not found:
        # The client of the last one speaks no TLS.
        is_right = facts(name)["expect"].startswith(WITHOUT_MESSAGES) or name == "plain-http-to-tls"
        return None if is_right else f"{name}: neither messages nor a reason"
    if not fitting or not {line["reason"] for line in found} <= fitting:
        return f"{name}: the reason is {found[0]['reason']}, expected: {fitting}"
    alerts = [row["alert"] for row in facts(name)["connections"] if row.get("alert")]
    return next((f"{name}: {found[0]['text']}, which is not {alert}" for alert in alerts if alert not in found[0]["text"]), None)


def check_without_keys():
    """Nothing is shown of a connection that nobody gave keys for, and the reason is that."""
    fail_with(
        f"{name}: {len(messages(found))} connections shown, reasons {reasons(found)}"
        for name in NAMES if keys(name) and not name.startswith("secrets-")
        for found in [shown(name, [])] if messages(found) or not reasons(found) <= WITHOUT_KEYS)  # fmt: skip


def check_packets_cut_short():
    """Whatever a snapshot length leaves of a connection, what is said to be missing is what it cut off."""
    for name in ("tls13-aes-128-gcm", "tls12-ecdhe-rsa-chacha20"):
        data = content(f"{FOLDER}/{name}/capture.pcap")
        for length in (64, 70, 80, 96, 128, 160, 256):
            with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
                file.write(with_snapshot_length(data, length))
                file.flush()
                found = unread(objects(run("dump", *keys(name), file.name).stdout))
            assert {line["reason"] for line in found} <= {"packets-cut"}, f"{name}, {length} bytes: {found}"
            assert all("-s 0" in line["advice"] for line in found), found
            assert length > 64 or found, f"{name}: nothing is said of a capture with {length} bytes of each packet"


def with_snapshot_length(data, length):
    """A pcap file as it were with only the first bytes of each packet."""
    cut, place = data[:16] + struct.pack("<I", length) + data[20:24], 24
    while place < len(data):
        seconds, fraction, count, original = struct.unpack_from("<IIII", data, place)
        kept = data[place + 16 : place + 16 + count][:length]
        cut += struct.pack("<IIII", seconds, fraction, len(kept), original) + kept
        place += 16 + count
    return cut


def check_keys_of_others():
    """The keys of another connection open nothing."""
    log = keys("tls13-chacha20") if "tls13-chacha20" in NAMES else []
    names = [name for name in NAMES if name != "tls13-chacha20" and not name.startswith(("secrets-", "midway"))]
    fail_with(f"{name}: {len(messages(shown(name, log)))} connections shown" for name in names if messages(shown(name, log)))


def reasons(shown):
    return {line["reason"] for line in unread(shown)}


def unread(shown):
    """TLS that was not read; of an attempt, the outcome is the reason."""
    attempts = [line | {"reason": line["outcome"]} for line in of_type(shown, "attempt") if line["outcome"].startswith("tls-")]
    return of_type(shown, "encrypted") + attempts


# Captures of others.


def check_captures():
    """Those beside the project whose endpoints logged what they said."""
    paths = ["real/wss-tls13", "layered/gnutls-openssl-tls12", "layered/openssl-0rtt", "layered/tlslite-openssl-keyupdate"]
    if not os.path.isdir(CAPTURES):
        raise Skipped("../shared/captures is not there")
    fail_with(held_against_truth(f"{CAPTURES}/{path}") for path in paths)
    return f"{len(paths)} captures"


def held_against_truth(path):
    with open(f"{path}.truth.jsonl", "rb") as file:
        rows = objects(file.read())
    found = lines(f"{path}.pcap", ["--keys", f"{path}.keys"])
    ports = {line["connection"]: line["client"]["port"] for line in of_type(found, "connection")}
    ours = {ports[number]: connection for number, connection in zip(sorted(ports), messages(found))}
    for row in rows:
        port = int(row["conn"].partition("-")[0].rpartition(":")[2])
        theirs = [[line["opcode"], line["sha256"]] for line in rows if (line["conn"], line["dir"]) == (row["conn"], row["dir"])]
        shown = ours.get(port, {}).get(row["dir"], [])
        # Endpoints log no pongs, or not all control frames.
        if not is_part(theirs, shown) or any(message not in theirs for message in shown if message[0] in ("text", "binary")):
            return f"{path}: connection from port {port}, {row['dir']}: {len(shown)} messages shown, {len(theirs)} said"
    return None


def check_public_captures():
    """HTTP in captures of others: as many connections are read as tshark reads, which knows nothing of ours."""
    folder = f"{CAPTURES}/layers"
    if not os.path.isdir(folder):
        raise Skipped("../shared/captures is not there")
    logs = {name: f"{folder}/{name}.keys" for name in ("scapy-tls_nss_example", "zeek-tls-1.2-stream-keylog", "zeek-tls12-decryption")}
    logs["pcap2har-firefox-tls13-facebook-dsb"] = None
    if not shutil.which("tshark"):
        remark("tshark is not installed")
    for name, log in logs.items():
        path = f"{folder}/{name}.pcap{'' if log else 'ng'}"
        options = ["--keys", log] if log else []
        opaque = {line["tcp"] for line in of_type(lines(path, options), "encrypted")}
        if shutil.which("tshark"):
            read = streams_read(path, log)
            assert not opaque & read, f"{path}: TCP connections {sorted(opaque & read)} are not read, and tshark reads them"
    return f"{len(logs)} captures"


def streams_read(path, log):
    """TCP connections, from 1, in which tshark shows HTTP within TLS."""
    options = ["-o", f"tls.keylog_file:{log}"] if log else []
    command = ["tshark", "-2", "-r", path, *options, "-Y", "tls && (http || http2)", "-T", "fields", "-e", "tcp.stream"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return {int(word) + 1 for word in done.stdout.replace(",", " ").split()}


def check_private_key_that_is_none():
    """What cannot be used as a key is a mistake of the user's, and said."""
    done = run("dump", "--rsa-key", f"{FOLDER}/README.md", f"{FOLDER}/{NAMES[0]}/capture.pcap")
    assert done.returncode == 2 and b"private key" in done.stderr, (done.returncode, done.stderr)
