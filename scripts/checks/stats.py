"""What `wsray stats` counts is what the endpoints logged, and what the packets themselves say."""

import json
import struct
import subprocess
import sys
import tempfile
import zlib

from checks.program import CHAT, content, fixtures, objects, once, output
from checks.settings import FIXTURES, ROOT

SIDES = ("client", "server")
# Between what an endpoint measures and what the capture shows lie the scheduler and the event loop.
SLACK = 0.03


def stats(capture):
    done = once("stats", "--json", capture)
    assert done.returncode == 0, f"{capture}: status {done.returncode}: {done.stderr[:200]}"
    return json.loads(done.stdout)


def of(case):
    with open(f"{FIXTURES}/{case}/truth.json", encoding="utf-8") as file:
        return stats(f"fixtures/{case}/capture.pcap"), json.load(file)


def same(ours, truth, names, where):
    for name in names:
        assert ours[name] == truth[name], f"{where}: {name} is {ours[name]}, and was {truth[name]}"


def check_what_takeover_saves_is_estimated_from_a_sample():
    """Each message of a long capture is compressed by itself here, and the estimate is held against that."""
    with tempfile.TemporaryDirectory() as folder:
        capture = f"{folder}/long.pcap"
        make = [sys.executable, "-B", f"{ROOT}/bench/make_capture.py", capture, "--mb", "4", "--conns", "40", "--deflate"]
        subprocess.run(make, check=True, capture_output=True, timeout=120)
        ours = stats(capture)
        lines = objects(output("dump", capture))
    exact = {side: [0, 0] for side in SIDES}
    for line in lines:
        # In one frame, so that its bytes on the wire stand beside what they inflate to.
        if line["type"] == "frame" and "completes" in line:
            deflater = zlib.compressobj(6, zlib.DEFLATED, -15, 8)
            alone = deflater.compress(line["completes"]["text"].encode()) + deflater.flush(zlib.Z_SYNC_FLUSH)
            exact[line["from"]][0] += 1
            exact[line["from"]][1] += len(alone) - 4
    for side in SIDES:
        estimate = ours["total"][side]["compression"]["estimate"]
        assert estimate["messages"] == exact[side][0] > 5000, f"{side}: {estimate}, not {exact[side][0]} messages"
        assert 500 < estimate["sampled"] < estimate["messages"] * 0.7, f"{side}: {estimate}"
        assert abs(estimate["aloneBytes"] / exact[side][1] - 1) < 0.03, f"{side}: {estimate}, not {exact[side][1]} bytes"
        sampled = sum(connection["cost"][side]["compression"]["estimate"].get("sampled", 0) for connection in ours["connections"])
        assert sampled == estimate["sampled"], f"{side}: {sampled} of connections, {estimate} in total"


def check_sessions_that_poll():
    ours, truth = of("polling-engineio")
    polled = {entry["session"]: entry for entry in ours["polling"]}
    assert polled.keys() == truth["sessions"].keys(), f"{polled.keys()}, not {truth['sessions'].keys()}"
    urls = {connection["connection"]: connection["url"] for connection in ours["connections"]}
    for session, said in truth["sessions"].items():
        same(polled[session], said, ["polls", "empty", "posts", "failed", "payloads", "payloadBytes"], session)
        upgraded = polled[session].get("upgradedTo")
        assert (upgraded is not None) == said["upgraded"], f"{session}: upgraded to {upgraded}"
        assert upgraded is None or f"sid={session}" in urls[upgraded], f"{session}: upgraded to {urls[upgraded]}"


def check_short_polling():
    ours, truth = of("polling-short")
    assert len(ours["polling"]) == 1, f"{len(ours['polling'])} targets"
    polled = ours["polling"][0]
    same(polled, truth, ["polls", "empty", "failed", "payloads", "payloadBytes"], "/updates")
    # Bodies of 20, 125, 126, 1000 and 70000 bytes: 2 + 2 + 4 + 4 + 10. The server of the same capture sent them as frames, too, and a Close.
    assert polled["asFrames"]["headerBytes"] == 22, polled["asFrames"]
    server = ours["connections"][0]["cost"]["server"]
    assert server["parts"]["frameHeaders"] == 22 + 2 and server["applicationBytes"] == truth["payloadBytes"], server
    # What was polled before on the same TCP connection is none of the WebSocket's.
    assert all(ours["connections"][0]["cost"][side]["parts"]["other"] == 0 for side in SIDES)


def check_slow_peer():
    pings = heartbeat("heartbeat-slow-peer")
    assert pings["judgement"] == "slow-peer" and pings["unanswered"] == 1, pings
    assert pings["acknowledgment"]["median"] < 0.1, pings


def check_slow_network():
    pings = heartbeat("heartbeat-slow-network")
    assert pings["judgement"] == "slow-network" and pings["unanswered"] == 0, pings
    assert 0.24 <= pings["acknowledgment"]["minimum"] < 0.24 + SLACK, pings


def heartbeat(case):
    ours, truth = of(case)
    pings = ours["connections"][0]["pings"]["server"]
    same(pings, truth, ["sent", "answered"], case)
    times = sorted(truth["roundTrips"])
    for name, said in [("minimum", times[0]), ("median", times[(len(times) - 1) // 2]), ("maximum", times[-1])]:
        assert said - SLACK <= pings["roundTrip"][name] <= said, f"{case}: {name} {pings['roundTrip'][name]}, {said} at the endpoint"
    return pings


def check_parts_make_the_whole():
    for capture in fixtures():
        for cost in (connection["cost"][side] for connection in stats(capture)["connections"] for side in SIDES):
            assert sum(cost["parts"].values()) == cost["wireBytes"] or cost["packets"] == 0, f"{capture}: {cost}"


def check_all_packets_are_counted():
    capture = content(CHAT)
    at, packets, wire = 24, 0, 0
    while at < len(capture):
        captured, original = struct.unpack_from("<8xII", capture, at)
        at += 16 + captured
        packets += 1
        wire += original - 14  # Ethernet's header.
    total = stats("fixtures/chat/capture.pcap")["total"]
    assert sum(total[side]["packets"] for side in SIDES) == packets
    assert sum(total[side]["wireBytes"] for side in SIDES) == wire
