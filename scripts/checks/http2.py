"""WebSocket over HTTP/2: each capture in fixtures/http2 shows what was said on each stream, how it was opened, and how it ended."""

import glob
import json
import os
import random
import tempfile

from checks.case import each, fail_with
from checks.damaging import Packet, packets_of, without
from checks.losing import Losses
from checks.program import content, dumped, objects, once, output
from checks.settings import FIXTURES, ROOT
from checks.truth import SIDES, digest, is_part, is_whole

FOLDER = f"{FIXTURES}/http2"
NAMES = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FOLDER}/*/facts.json"))
STALLED = "http2.window.stalled"
# Of the messages that are whole in a capture that lacks packets, at least so many are shown.
LEAST = 0.9


@each(*NAMES)
def check_http2(name):
    with open(f"{FOLDER}/{name}/facts.json", encoding="utf-8") as file:
        facts = json.load(file)
    with open(f"{FOLDER}/{name}/truth.jsonl", encoding="utf-8") as file:
        truth = [json.loads(line) for line in file]
    shown = read(name)
    places = {line["connection"]: place(line, facts) for line in shown if line["type"] == "connection"}
    if any("whole" in line for line in truth):
        return some(places, shown, truth)
    fail_with([*messages(places, shown, truth), *openings(shown, facts), *ends(places, shown, facts), *stalls(places, shown, facts)])
    return f"{len(truth)} messages of {len(facts['streams'])} streams"


def read(name):
    path = os.path.relpath(glob.glob(f"{FOLDER}/{name}/capture.pcap*")[0], ROOT)
    keys = f"{os.path.dirname(path)}/keys.txt"
    done = once("dump", "--messages", *(["--keys", keys] if os.path.exists(f"{ROOT}/{keys}") else []), path)
    assert done.returncode == 0, f"dump {path}: status {done.returncode}; {done.stderr[-300:]}"
    return objects(done.stdout)


def place(line, facts):
    """TCP connection and stream; the truth has no stream for HTTP/1.1, and knows the TCP connection by the client's port."""
    tcp = {one["port"]: one["tcp"] for one in facts["connections"]}
    return tcp[line["client"]["port"]], line.get("stream")


def rows_shown(places, shown):
    groups = {}
    for line in shown:
        if is_whole(line):
            key = (*places[line["connection"]], SIDES[line["from"]])
            groups.setdefault(key, []).append([line["kind"], digest(line), line.get("compressed", False)])
    return groups


def rows_said(truth):
    groups = {}
    for line in truth:
        key = (line["tcp"], line.get("stream"), line["dir"])
        groups.setdefault(key, []).append([line["opcode"], line["sha256"], line.get("compressed", False)])
    return groups


def messages(places, shown, truth):
    ours, theirs, late = rows_shown(places, shown), rows_said(truth), rows_said(line for line in truth if line.get("late"))
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        one, other = ours.get(key, []), theirs.get(key, [])
        if one != other and one != [row for row in other if row not in late.get(key, [])]:
            at = next((n for n, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
            yield f"{key}: {len(one)} messages shown, {len(other)} said; they differ at number {at + 1}"


def some(places, shown, truth):
    """Packets are missing: nothing is invented, and nearly all that is whole is shown."""
    ours, theirs = rows_shown(places, shown), rows_said(truth)
    fail_with(f"{key}: what is shown was not said" for key in ours if not is_part(ours[key], theirs.get(key, [])))
    whole, count = sum(line["whole"] for line in truth), sum(map(len, ours.values()))
    assert count >= LEAST * whole, f"{count} messages shown, and {whole} are whole"
    return f"{count} of {whole} messages whose bytes are whole"


def openings(shown, facts):
    found = {place(line, facts): line for line in shown if line["type"] == "connection" and "stream" in line}
    wanted = {(one["tcp"], one["stream"]): one for one in facts["streams"]}
    if found.keys() != wanted.keys():
        yield f"streams {sorted(found)}, not {sorted(wanted)}"
    for key in sorted(found.keys() & wanted.keys()):
        line, one = found[key], wanted[key]
        pairs = {
            "status": (line.get("response", {}).get("status"), one.get("status")),
            "target": (line.get("request", {}).get("target"), one["path"]),
            "subprotocol": (line.get("subprotocol"), one.get("subprotocol")),
            "extensions": ([each["name"] for each in line.get("extensions", [])], extension_names(one)),
        }
        for name, (ours, theirs) in pairs.items():
            if ours != theirs:
                yield f"{key}: {name} {ours}, not {theirs}"


def extension_names(stream):
    return [part.partition(";")[0].strip() for part in stream["extensions"].split(",")] if "extensions" in stream else []


def ends(places, shown, facts):
    """The verdict's code is the first Close's; what reset a stream, or ended the connection, is in the verdict's words."""
    found = {places[line["connection"]]: line["verdict"] for line in shown if line["type"] == "end"}
    for one in facts["streams"]:
        verdict = found.get((one["tcp"], one["stream"]))
        if not verdict:
            yield f"stream {one['stream']}: no verdict"
        elif one.get("close") and verdict.get("code", 1005) not in one["close"].values():
            yield f"stream {one['stream']}: close code {verdict.get('code')}, not one of {one['close']}"
        elif not one.get("close") and (code := broken_by(one, facts)) and code not in json.dumps(verdict):
            yield f"stream {one['stream']}: the verdict names no {code}: {verdict['text']}"
        elif not one.get("close") and not one.get("ends") and (side := given_up_by(one, facts)) and verdict.get("by") != side:
            yield f"stream {one['stream']}: the {side} gave up first: {verdict['text']}"


def given_up_by(stream, facts):
    """Who sent the first GOAWAY."""
    return next((one["by"] for one in goaways(stream, facts)), None)


def goaways(stream, facts):
    return [one for row in facts["connections"] if row["tcp"] == stream["tcp"] for one in row.get("goaway", [])]


def broken_by(stream, facts):
    """The code of RST_STREAM; else of the last GOAWAY, where the stream had no end of its own."""
    ends = [end["how"] for end in stream.get("ends", [])]
    codes = [how.split()[1] for how in ends if " " in how] or ([] if ends else [one["code"] for one in goaways(stream, facts)][-1:])
    return codes[0] if codes else None


def stalls(places, shown, facts):
    """Who had to wait for a second or more, and nobody else; where it is the connection, all its streams had to."""
    rows = [line for line in shown if line.get("rule") == STALLED]
    said = [line for line in shown if line["type"] == "message"]
    rows += [line for line in said for finding in line.get("findings", []) if finding["rule"] == STALLED]
    found = {places[line["connection"]] for line in rows}
    waits = {(row["tcp"], wait["stream"]) for row in facts["connections"] for wait in row.get("stalls", []) if wait["seconds"] >= 1}
    wanted = {one for one in places.values() if one in waits or (one[0], 0) in waits}
    if found != wanted:
        yield f"stalled: {sorted(found)}, not {sorted(wanted)}"


@each(*sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FOLDER}/late-*/facts.json")))
def check_head_of_line(name):
    """`stats` says how long frames waited for late segments of other streams: just as the generator computed it."""
    with open(f"{FOLDER}/{name}/facts.json", encoding="utf-8") as file:
        facts = json.load(file)
    path = f"fixtures/http2/{name}/capture.pcap"
    shown = json.loads(once("stats", "--json", path).stdout)
    streams = {row["connection"]: row["stream"] for row in shown["connections"]}
    wanted = {row["tcp"]: row["headOfLine"] for row in facts["connections"]}
    found = {}
    for row in shown["shared"]:
        waited, longest = row["headOfLine"], row["headOfLine"]["longest"]
        found[row["tcp"]] = {
            "frames": waited["frames"], "streams": waited["connections"], "segments": waited["segments"],
            "nanoseconds": round(waited["duration"] * 1e9),
            "longest": {"stream": streams[longest["connection"]], "nanoseconds": round(longest["duration"] * 1e9), "packet": longest["packet"]},
        }  # fmt: skip
    assert found == wanted, f"{found}, not {wanted}"
    return f"{sum(row['frames'] for row in found.values())} frames that waited"


def check_what_sharing_costs():
    """Content, heads and what keeps streams apart make up all that TCP carried; without TLS nothing is left over."""
    count = 0
    for name in NAMES:
        with open(f"{FOLDER}/{name}/facts.json", encoding="utf-8") as file:
            facts = json.load(file)
        if "lost" in facts or "cut" in facts or os.path.exists(f"{FOLDER}/{name}/keys.txt"):
            continue
        path = os.path.relpath(glob.glob(f"{FOLDER}/{name}/capture.pcap*")[0], ROOT)
        for row in json.loads(once("stats", "--json", path).stdout)["shared"]:
            said = [one for one in facts["streams"] if one["tcp"] == row["tcp"]]
            assert row["connections"] == len(said), f"{name}: {row['connections']} connections, not {len(said)}"
            for side, cost in row["cost"].items():
                parts = cost["parts"]
                assert sum(parts.values()) == cost["wireBytes"], f"{name}, {side}: {cost}"
                assert (parts["other"] > 0) == (name == "h2c-upgrade"), f"{name}, {side}: {cost}"
                assert (parts["tls"] > 0) == row["transport"].endswith("tls"), f"{name}, {side}: {cost}"
                assert parts["frameHeaders"] == 9 * cost["frames"], f"{name}, {side}: {cost}"
                count += 1
    return f"{count} sides"


SECURED = sorted(name for name in NAMES if name.startswith("tls-"))
SEEDS = range(1, 9)


@each(*SECURED)
def check_packets_lost_inside_tls(name):
    """One in a hundred packets is taken out, by seed. Which packets carry a message says the program, of the capture without loss."""
    path, keys = f"{FOLDER}/{name}/capture.pcap", ["--keys", f"{FOLDER}/{name}/keys.txt"]
    original = content(path)
    packets = packets_of(original)
    losses = Losses(told(path, keys))
    for seed in SEEDS:
        chance = random.Random(seed)
        # TLS's handshake has to be there.
        gone = {number for number in range(21, len(packets) + 1) if chance.random() < 0.01}
        with without(gone, original, packets) as damaged:
            losses.take(told(damaged, keys), gone, f"seed {seed}")
    return f"{losses.count(LEAST, 'packets')} messages whose packets are all there, in {len(SEEDS)} captures"


# In hypercorn-h2c: the packet with the client's Close frame on the first stream, and those after the server's answer to it.
ENDING, LATER_ONES = 71, range(73, 89)


def check_last_packets_lost():
    """What may be missing at the end is reported to every stream that was open, and nobody is said not to have answered."""
    original = content(f"{FOLDER}/hypercorn-h2c/capture.pcap")
    packets = packets_of(original)
    for gone in ({ENDING, *LATER_ONES}, {ENDING, *(number for number in LATER_ONES if is_from_client(packets[number - 1]))}):
        with without(gone, original, packets) as damaged:
            lines = objects(output("dump", damaged))
        numbers = {line["connection"] for line in lines if line["type"] == "connection" and "response" in line}
        lacking = {line["connection"] for line in lines if line.get("rule") == "capture.gap"}
        assert numbers == lacking and len(numbers) == 3, f"without {sorted(gone)}: {lacking} of {numbers}"
        for line in lines:
            if line["type"] == "end" and line["connection"] in numbers:
                verdict = line["verdict"]
                assert "browser" not in verdict, verdict
                assert verdict["how"] == "open" or "is not known" in verdict["text"], verdict
    return "3 streams twice"


def is_from_client(record):
    """The server's port is 80."""
    return record[16 + 14 + 20 + 2 : 16 + 14 + 20 + 4] == b"\0\x50"


def told(path, keys):
    """The whole messages of each stream and side, which all differ, and their packets."""
    lines = objects(output("dump", "--messages", "--payload", "digest", *keys, path))
    streams = {line["connection"]: line["stream"] for line in lines if line["type"] == "connection"}
    rows = {}
    for line in lines:
        if is_whole(line):
            key = (streams[line["connection"]], SIDES[line["from"]])
            rows.setdefault(key, []).append(((line["kind"], digest(line)), set(line["packets"])))
    return rows


def check_limit_on_heads():
    """--limit-head is that of heads of HTTP/2, too; the messages stay."""
    path = f"{FOLDER}/continuation-40k/capture.pcap"
    for options, wanted in (([], 0), (["--limit-head", "1K"], 1)):
        lines = objects(output("dump", "--messages", *options, path))
        found = [line for line in lines if line.get("rule") == "limit.head"]
        assert (len(found) > 0) == wanted, f"{options}: {len(found)} findings"
        assert sum(is_whole(line) for line in lines) == 12, f"{options}: messages are missing"


def check_twenty_streams_cut_at_every_boundary():
    """Segments of 20 interleaved streams are cut every 40 bytes, in turn at each offset: the same frames."""
    whole = f"{FOLDER}/interleaved-20/capture.pcap"
    original = content(whole)
    packets = [Packet(number, record, 1) for number, record in enumerate(packets_of(original), 1)]
    wanted = said(dumped([whole])[whole])
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{offset}.pcap" for offset in range(40)]
        for offset, path in enumerate(paths):
            pieces = [part for packet in packets for part in packet.parts(range(offset, packet.payload, 40))]
            with open(path, "wb") as file:
                file.write(original[:24] + b"".join(piece.record() for piece in pieces))
        shown = dumped(paths)
    fail_with(f"cut at {offset}: other frames" for offset, path in enumerate(paths) if said(shown[path]) != wanted)
    return f"{len(wanted)} frames in {len(paths)} captures"


def said(lines):
    keys = ("connection", "frame", "from", "opcode", "fin", "length", "message", "text", "completes", "findings")
    return [[line.get(key) for key in keys] for line in lines if line["type"] == "frame"]
