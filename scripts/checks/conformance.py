"""What `wsray check` finds is what the Autobahn suite put on the wire, and Docs/Conformance.md says so.

The captures of ../shared/captures/autobahn have the suite's fuzzer talk to a peer in every case of groups 1 to 7 and 10, once as the
server and once as the client. Beside them stands what the fuzzer really put on the wire in each run. Every finding about the fuzzer must
stand for such an anomaly, at the same frame, and every anomaly must have its finding; about the peer nothing is expected.
"""

import collections
import json
import os

from checks.case import Skipped, fail_with, writes
from checks.pages import keep_page
from checks.program import objects, run
from checks.settings import CAPTURES

SUITE = f"{CAPTURES}/autobahn"
RUNS = {"server": "fuzzserver-websockets-proto", "client": "fuzzclient-autobahn-proto"}  # what the suite is
PEERS = {"server": "python websockets", "client": "autobahn"}

# What stands for an anomaly of the suite, the best first.
RULES = {
    "invalid_utf8": ["message.text.not-utf8"],
    "unexpected_continuation": ["message.continuation.unexpected"],
    "stream_ends_inside_frame": ["frame.cut-off"],
    "stream_ends_inside_frame_or_frame_payload_overwritten": ["message.text.not-utf8", "frame.cut-off"],
    "unfinished_message_at_end": ["message.cut-off", "message.interrupted"],
    "control_frame_too_long": ["control.too-long"],
    "reserved_bits": ["frame.reserved-bits", "frame.rsv1.not-agreed"],
    "reserved_opcode": ["frame.opcode.reserved"],
    "fragmented_control_frame": ["control.fragmented"],
    "data_frame_inside_fragmented_message": ["message.interrupted"],
    "frame_after_close": ["close.frame-after", "close.control-after"],
    "close_payload_1_byte": ["close.body.too-short"],
    "invalid_utf8_close_reason": ["close.reason.not-utf8"],
    "invalid_close_code": ["close.code.invalid"],
}
ACCUSING = ("violation", "warning")


@writes
def check_conformance():
    if not os.path.isdir(SUITE):
        raise Skipped("../shared/captures/autobahn is not there")
    judged = {role: judge(role) for role in RUNS}
    keep_page("Docs/Conformance.md", document(judged), "make rules-page")
    runs = [run for role in judged.values() for run in role.values()]
    fail_with(f"missed {run.missed}, invented {run.invented}" for run in runs if run.missed or run.invented)
    return f"{len(runs)} runs, {sum(len(run.met) for run in runs)} anomalies found, none missed, none invented"


class Run:
    """One case in one capture: what was expected, what was found, and what became of each."""

    def __init__(self, case, findings):
        self.findings, self.met, self.missed, self.remarks = findings, [], [], []
        left = list(findings)
        for anomaly in case["anomalies"]:
            by = "client" if anomaly["dir"] == "c2s" else "server"
            suits = [
                finding for rule in RULES[anomaly["anomaly"]] for finding in left
                if finding["rule"] == rule and finding["from"] == by and finding.get("index", anomaly["frame"]) == anomaly["frame"]]  # fmt: skip
            if suits:
                left.remove(suits[0])
                self.met.append((anomaly, suits[0]))
            elif earlier := self.earlier(anomaly, left):
                left.remove(earlier)
                self.met.append((anomaly, earlier))
                self.remarks.append(f"agrees; {earlier['found']} is the first that cannot be, one frame before the suite's")
            elif not anomaly.get("after_first"):
                self.missed.append(anomaly)
        self.invented = [finding for finding in left if finding["severity"] in ACCUSING]

    @staticmethod
    def earlier(anomaly, left):
        """Text whose first wrong byte (RFC 3629 §4) stands in the frame before: a decoder may notice it one byte later."""
        if anomaly["anomaly"] != "invalid_utf8":
            return None
        return next((f for f in left if f["rule"] == "message.text.not-utf8" and f.get("index") == anomaly["frame"] - 1), None)


def judge(role):
    """The runs of a capture, by case."""
    name = RUNS[role]
    capture = f"{SUITE}/{name}.pcap"
    places, ends, seen = {}, {}, collections.Counter()
    for line in lines("dump", "--payload", "none", capture):
        if line["type"] == "connection":
            ends[line["connection"]] = "-".join(f"{line[end]['address']}:{line[end]['port']}" for end in ("client", "server"))
        elif line["type"] == "frame":
            key = (line["connection"], line["from"])
            places[line["connection"], line["frame"]] = seen[key]
            seen[key] += 1
    findings = collections.defaultdict(list)
    for line in lines("check", "--format", "json", capture):
        if line["type"] == "finding":
            if "frame" in line:
                line["index"] = places[line["connection"], line["frame"]]
            findings[ends[line["connection"]]].append(line)
    with open(f"{SUITE}/{name}.cases.jsonl", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    runs = {case["case"]: Run(case, findings.pop(case["conn"], [])) for case in cases if "case" in case}
    others = [f"{conn}: {finding['rule']}" for conn, list_ in findings.items() for finding in list_ if finding["severity"] in ACCUSING]
    assert not others, f"accused outside of the cases: {others}"
    return runs


def lines(*arguments):
    done = run(*arguments, timeout=240)
    assert done.returncode in (0, 1), f"wsray {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}"
    return objects(done.stdout)


# The document

HEADING = """# Held against the Autobahn suite

The cases of groups 1 to 7 and 10 of the Autobahn test suite, run against two peers and captured: once with the suite's fuzzer as the
server, once as the client. Beside the captures stands what the fuzzer put on the wire in each run, right or wrong. The table holds
`wsray check` against it, in both directions: what the peers answered is traffic too, and may be wrong.

Made by `make rules-page` from `../shared/captures/autobahn`; do not edit it. Findings in *italics* are notes,
which accuse nobody. `+` separates the fuzzer's findings from the peer's.

"""


def document(judged):
    text = HEADING
    text += "| the suite is | the peer is | runs | anomalies on the wire | found | missed | invented about the suite | invented about the peer |\n"
    text += "|---|---|---|---|---|---|---|---|\n"
    for role, runs in judged.items():
        values = list(runs.values())
        invented = [finding for run in values for finding in run.invented]
        counts = [
            len(values), sum(len(run.met) + len(run.missed) for run in values), sum(len(run.met) for run in values),
            sum(len(run.missed) for run in values), sum(finding["from"] == role for finding in invented),
            sum(finding["from"] != role for finding in invented)]  # fmt: skip
        text += f"| {role} | {PEERS[role]} | " + " | ".join(map(str, counts)) + " |\n"
    text += "\n" + REMARKS + "\n"
    text += "| case | expected | findings, the suite being the server | findings, the suite being the client | verdict |\n|---|---|---|---|---|\n"
    for case in sorted(judged["server"], key=lambda case: [int(part) for part in case.split(".")]):
        runs = {role: judged[role][case] for role in RUNS}
        expected = names(runs["server"]), names(runs["client"])
        wanted = expected[0] if expected[0] == expected[1] else f"server: {expected[0]}; client: {expected[1]}"
        shown = [cell(run, role) for role, run in runs.items()]
        text += f"| {case} | {wanted} | {shown[0]} | {shown[1]} | {verdict(list(runs.values()))} |\n"
    return text


REMARKS = """Where the words differ from the suite's:

- A second Close, or a ping, after a Close is `close.control-after`, a note: RFC 6455 §5.5.1 forbids data frames there and nothing else.
- A stream that ends inside a frame or a message is a note too: `frame.cut-off`, `message.cut-off`. No section forbids going away.
- `close.code.not-echoed` is a note: a Close "typically" echoes the code (§5.5.1). `pong.unsolicited` is one, as §5.5.3 allows it.
- `close.reset` says that the peer reset TCP without answering a Close. It is a note because a reset may come from anybody.
"""


def names(run):
    wanted = sorted(
        [(anomaly["frame"], anomaly["anomaly"]) for anomaly, _ in run.met] + [(anomaly["frame"], anomaly["anomaly"]) for anomaly in run.missed])
    return counted([name for _, name in wanted]) or "–"


def cell(run, role):
    sides = [counted([shown(finding) for finding in run.findings if (finding["from"] == role) == isSuite]) for isSuite in (True, False)]
    return " + ".join(sides) if sides[1] else sides[0] or "–"


def shown(finding):
    return f"*{finding['rule']}*" if finding["severity"] == "note" else finding["rule"]


def counted(names):
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in collections.Counter(names).items())


def verdict(runs):
    missed = [anomaly["anomaly"] for run in runs for anomaly in run.missed]
    invented = [finding["rule"] for run in runs for finding in run.invented]
    if not missed and not invented:
        return next((remark for run in runs for remark in run.remarks), "agrees")
    return "; ".join(filter(None, [missed and f"**missed** {counted(missed)}", invented and f"**invented** {counted(invented)}"]))
