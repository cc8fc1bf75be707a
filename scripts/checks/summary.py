"""What wsray summary says of each connection, and of those that ended alike."""

import csv
import io
import json

from checks.program import CHAT, Run, content
from checks.settings import ROOT

JUDGED = f"{ROOT}/fixtures/endings/browser-judges-frames/capture.pcap"


def check_table_groups_what_ended_alike():
    table = Run("summary", JUDGED).expect().out.decode()
    rows = [line for line in table.splitlines() if line.startswith(" ✗")]
    assert rows[0].split()[2] == "×15" and "1006" in rows[0], rows[0]
    assert "25 connections: " in table and "TCP refused" in table
    every = Run("summary", "--all", JUDGED).expect().out.decode()
    assert "×" not in every and sum(line[3:].startswith(" #") for line in every.splitlines()) == 24
    plain = Run("summary", "--ascii", "--all", JUDGED).expect().out
    assert plain.isascii()


def check_who_failed_and_who_closed():
    """Browsers failed connections over frames of servers that had closed with another code."""
    table = Run("summary", JUDGED).expect().out.decode()
    assert "server closed 1000, client failed it with 1002" in table and "on a protocol error" not in table
    code = Run("summary", f"{ROOT}/fixtures/endings/close-code-1006-in-a-frame/capture.pcap").expect().out.decode()
    assert "server closed 1006 abnormal closure, client failed it with 1002" in code, code
    length = Run("summary", f"{ROOT}/fixtures/rules/frame.length.top-bit/fires.pcap").expect().out.decode()
    assert "server closed 1009 message too big after a faulty frame from the client" in length, length


def check_attempts_name_their_server():
    path = f"{ROOT}/fixtures/nothing/refused.pcap"
    for width in ("60", "160"):
        rows = [row for row in Run("summary", "--width", width, path).expect().out.decode().splitlines() if "TCP refused" in row]
        assert rows and all("198.51.100.20:8080" in row for row in rows), rows


def check_worst_comes_first():
    rows = [line.split() for line in Run("summary", CHAT).expect().out.decode().splitlines() if "ws://" in line]
    assert [row[0] for row in rows] == ["✗", "✗", "✓"], rows
    in_time = [line.split()[1] for line in Run("summary", "--sort", "time", CHAT).expect().out.decode().splitlines() if "ws://" in line]
    assert in_time == ["#1", "#2", "#3"]


def check_rows_for_programs_have_every_field_of_connections():
    listed = [json.loads(line) for line in Run("fields", "--json").expect().out.splitlines()]
    named = {"address", "port", "request.header", "response.header", "encrypted"}
    expected = {field["name"] for field in listed if field["of"] in ("connection", "end")} - named
    rows = list(csv.DictReader(io.StringIO(Run("summary", "--format", "csv", CHAT).expect().out.decode())))
    assert expected <= set(rows[0]), expected - set(rows[0])
    objects = [json.loads(line) for line in Run("summary", "--format", "json", CHAT).expect().out.splitlines()]
    assert sorted(o["connection"] for o in objects) == [1, 2, 3] and len(rows) == 3
    ends = {}
    for line in Run("dump", CHAT).expect().out.splitlines():
        line = json.loads(line)
        if line["type"] == "end":
            ends[line["connection"]] = line
    for o in objects:
        end = ends[o["connection"]]
        assert o["duration"] == end["duration"] and o["verdict.text"] == end["verdict"]["text"], o
        assert o["client.bytes"] == end["totals"]["client"]["bytes"] and o["server.frames"] == end["totals"]["server"]["frames"]


def check_fields_and_order():
    told = Run("summary", "--fields", "connection,request.header.host,client.bytes", "--sort", "bytes", CHAT).expect().out
    assert told == b"1\t127.0.0.1:8765\t287\n3\t127.0.0.1:8765\t85\n2\t127.0.0.1:8765\t0\n", told
    kept = Run("summary", "--fields", "connection", "--sort", "time", "--limit-rows", "2", CHAT)
    kept.expect(out=b"1\n", err=b"1 connection left out")
    Run("summary", "--fields", "opcode", CHAT).expect(64, err=b"opcode is about a frame")
    Run("summary", "--where", "opcode == text", CHAT).expect(64, err=b"opcode is about a frame")
    Run("summary", "--where", "server.frames > 10", "--fields", "connection", CHAT).expect(out=b"1\n", err=b"1 of 3 connections")


def check_selected_frames_are_counted():
    frames = Run("dump", "--where", "connection == 1", CHAT).expect(err=b"selected").out.count(b'"type":"frame"')
    assert frames > 4, frames
    Run("summary", "--where", "connection == 1", CHAT).expect(err=f"selected {frames} of ".encode())


def check_count_ends_it():
    table = Run("summary", "--count", "2", CHAT).expect(out=b" 1 connection: 1 open; 2 frames, ").out
    assert Run("summary", "--count", "2", "-", stdin=content(CHAT)).expect().out == table


def check_limit_of_rows():
    table = Run("summary", "--all", "--limit-rows", "1", CHAT).expect().out
    assert b"2 connections in no row: --limit-rows" in table and b"3 connections: " in table
