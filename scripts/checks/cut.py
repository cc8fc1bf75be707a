"""What `wsray cut` writes shows the same when it is read again.

For every fixture: the same connections, frames and findings, of all connections and of each alone; with --redact the same frames of the
same lengths and no findings that were not there, checksums that are right, and none of the planted secrets. With tshark installed, it has
to read the files without complaint.
"""

import json
import os
import shutil
import subprocess
import tempfile

from checks import secrets
from checks.case import fail_with, remark
from checks.program import CHAT, LARGE, content, dumped, fixtures, folder_name, output, run
from checks.settings import ROOT

CAPTURES = [path for path in fixtures() if folder_name(path) not in LARGE]
# What the last one finds needs another connection.
RULES = [path for path in fixtures("rules/*/fires.pcap") if folder_name(path) != "handshake.key.reused"]
# Overwritten, these cannot show the same: what is missing is guessed at from bytes that are there.
GUESSED = {"stream-gap", "snaplen-cut", "stream-midway"}
TSHARK = shutil.which("tshark")


def check_rules():
    return compare_cuts(RULES)


def check_fixtures():
    cuts = []
    said = compare_cuts(CAPTURES, cuts)
    rows = tshark(cuts, "-T", "fields", "-e", "frame.number", "-e", "tcp.checksum.status", "-e", "_ws.malformed").splitlines()
    count = sum(lines[-1]["packets"] for lines in dumped(cuts).values())
    assert not TSHARK or len(rows) == count, f"tshark reads {len(rows)} packets, and there are {count}"
    return said


def compare_cuts(captures, cuts=None):
    """Cuts all connections of each capture; the files are added to `cuts`."""
    whole, cuts = dumped(captures), [] if cuts is None else cuts
    cuts += [cut(path) for path in captures]
    again = dumped(cuts)
    fail_with(complaint(path, essence(again[out]), essence(whole[path]), "the cut differs") for path, out in zip(captures, cuts))
    return f"{len(captures)} captures are the same when they are cut and read again"


def check_connections():
    return compare_alone(CAPTURES)


def compare_alone(captures):
    whole = dumped(captures)
    numbers = {path: [line["connection"] for line in whole[path] if line["type"] == "connection"] for path in captures}
    wanted = [(path, number) for path in captures if len(numbers[path]) > 1 for number in numbers[path]]
    cuts = {(path, number): cut(path, "--connection", str(number)) for path, number in wanted}
    again = dumped(list(cuts.values()))
    fail_with(alone(path, number, essence(again[out]), essence(whole[path])) for (path, number), out in cuts.items())
    return f"{len(cuts)} connections are the same when each is cut alone"


def check_standard_output():
    with open(cut(CHAT), "rb") as file:
        whole = file.read()
    for options in ((), ("-o", "-"), ("--output=-",)):
        assert output("cut", *options, CHAT) == whole, f"cut {options} writes something else than cut -o FILE"
    assert not os.path.exists(f"{ROOT}/-"), "there is a file named -"
    return "standard output gets the file where none is named, and with -"


def alone(path, number, shown, whole):
    wanted = [line for line in whole if line["connection"] == number]
    # Several attempts may share a TCP connection, and come along.
    places = [line["connection"] for line in shown if line["type"] == "connection"]
    got = [line for line in shown if len(places) == 1 or unnumbered(line) in map(unnumbered, wanted)]
    return complaint(path, [unnumbered(line) for line in got], [unnumbered(line) for line in wanted], f"connection {number} alone differs")


def check_redacted():
    captures = [path for path in CAPTURES if folder_name(path) not in GUESSED]
    for path in CAPTURES:
        if path not in captures:
            cut(path, "--redact")
    return compare_redacted(captures)


def compare_redacted(captures):
    whole, cuts = dumped(captures), [cut(path, "--redact") for path in captures]
    again = dumped(cuts)
    fail_with(complaint(path, shape(again[out]), shape(whole[path]), "the redacted cut has other frames") for path, out in zip(captures, cuts))
    return f"{len(captures)} redacted cuts have the same frames"


def check_secrets():
    """Planted secrets in the redacted cut: in its bytes, and in what is read from it."""
    out = cut(f"{secrets.CASE}/capture.pcap", "--redact")
    left = secrets.found(content(out)) + secrets.found(output("dump", out))
    assert not left, f"{left} can be found in the redacted cut"
    wrong = tshark([out], "-Y", "tcp.checksum.status != 1 or ip.checksum.status == 0").strip()
    assert not wrong, f"wrong checksums: {wrong[:200]}"


def complaint(path, got, wanted, what):
    for a, b in zip(got, wanted):
        if a != b:
            return f"{path}: {what}: {json.dumps(a)[:300]}, not {json.dumps(b)[:300]}"
    return None if len(got) == len(wanted) else f"{path}: {what}: {len(got)} lines, not {len(wanted)}"


def cut(path, *options):
    """The file that is written."""
    out = f"{tempfile.mkdtemp()}/cut.pcapng"
    done = run("cut", *options, "-o", out, path)
    assert done.returncode == 0, f"cut {options} {path}: status {done.returncode}: {done.stderr[:200]}"
    return out


def essence(lines):
    """What must be the same: all but the numbers of packets."""
    lines = [{key: part for key, part in line.items() if key != "packets"} for line in lines if line["type"] in ("connection", "frame", "finding", "end")]
    for line in lines:
        if "verdict" in line:
            line["verdict"] = {key: line["verdict"].get(key) for key in ("how", "by", "code", "cause")}
        if line.get("rule") == "capture.retransmission.differs":
            line.pop("found")
    return [line for line in lines if "connection" in line]


def unnumbered(line):
    """Without what says where it stands among others: its number, and what connection it follows."""
    return {key: part for key, part in line.items() if key not in ("connection", "reconnect")}


def shape(lines):
    """What is left of frames when their payloads are nobody's business."""
    keys = ("connection", "frame", "from", "fin", "rsv", "opcode", "masked", "mask", "length", "offset", "message", "time", "complete")
    return [{key: line.get(key) for key in keys} for line in lines if line["type"] == "frame"]


def tshark(paths, *options):
    """What tshark prints of pcapng files, one after the other as sections of one, since it takes long to start."""
    if not TSHARK:
        remark("tshark is not installed, so nobody else read the cuts")
        return ""
    joined = f"{tempfile.mkdtemp()}/joined.pcapng"
    with open(joined, "wb") as file:
        for path in paths:
            file.write(content(path))
    command = [TSHARK, "-r", joined, "-o", "tcp.check_checksum:TRUE", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, text=True)
    said = [line for line in done.stderr.splitlines() if "Running as user" not in line and line.strip()]
    assert done.returncode == 0 and not said, f"tshark: {said[:2]}"
    return done.stdout
