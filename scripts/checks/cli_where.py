"""What --where, --filter and --connection select, and the fields that they know."""

import json
import os
import tempfile

from checks.program import CHAT, Run, content
from checks.settings import ROOT

AREA = "cli"
POLLING = f"{ROOT}/fixtures/polling-short/capture.pcap"
UNMASKED = f"{ROOT}/fixtures/rules/frame.mask.missing/fires.pcap"


def check_filter_and_connection():
    Run("--filter", "tcp port 1", CHAT).expect(out=b"", err=b"no WebSocket connection")
    filtered = Run("--filter", "tcp port 8765", CHAT).expect()
    assert filtered.out == Run(CHAT).out
    rows = Run("--connection", "3", CHAT).expect().out
    assert b"1011" in rows and b"welcome" not in rows
    Run("--connection", "9", CHAT).expect(out=b"", err=b"there is no connection 9; the input has 3")


def check_connections_are_named_alike_everywhere():
    """What --connection N shows is what the condition shows, in every command."""
    loop = f"{ROOT}/fixtures/chains/loop/capture.pcap"
    for numbers in (["2"], ["2", "4"]):
        named = [word for number in numbers for word in ("--connection", number)]
        where = ["--where", f"connection in ({', '.join(numbers)})"]
        for command in (["dump"], ["dump", "--messages"], ["dump", "--fields", "connection,time"], ["summary"]):
            assert Run(*command, *named, loop).expect().out == Run(*command, *where, loop).expect(err=b"--where selected").out, command
    dumped = Run("dump", "--connection", "2", "--connection", "4", loop).expect().out
    assert {json.loads(line)["connection"] for line in dumped.splitlines() if b'"type":"frame"' in line} == {2, 4}
    both = Run("dump", "--connection", "2", "--where", "opcode == close or connection == 3", loop)
    frames = [json.loads(line) for line in both.expect(err=b"--where and --connection selected 2 of").out.splitlines()]
    assert [(line["connection"], line["kind"]) for line in frames if line["type"] == "frame"] == [(2, "close")] * 2
    with tempfile.TemporaryDirectory() as folder:
        Run("extract", "--connection", "3", "--to", folder, CHAT).expect(err=b"extracted: ")
        assert {name.partition("-")[0] for name in os.listdir(folder)} == {"c0003", "index.jsonl"}, os.listdir(folder)
        Run("report", "--connection", "3", "-o", f"{folder}/page.html", CHAT).expect()
    Run("diff", "--connection", "3", CHAT, CHAT).expect(out=b"same: 1 connection")
    Run("stats", "--connection", "1", "--connection", "3", CHAT).expect(out=b"2 connections")
    for command in ("timeline", "dump", "summary", "check", "stats"):
        missing = Run(command, "--connection", "4", "--connection", "3", CHAT)
        missing.expect(3 if command == "check" else 0, err=b"there is no connection 4; the input has 3")
        Run(command, "--connection", "0", CHAT).expect(64, err=b"numbered from 1")
    # Where a mistake is, is shown in what was written.
    Run("dump", "--connection", "3", "--where", "opcod == text", CHAT).expect(64, b"", b"Did you mean opcode?\n  opcod == text\n  ^^^^^\n")


def check_what_is_left_out_explains_what_is_shown():
    """A connection follows the one that was lost before it, whatever is selected."""
    loop = f"{ROOT}/fixtures/chains/loop/capture.pcap"

    def follows(*arguments):
        lines = [json.loads(line) for line in Run("dump", *arguments, loop).out.splitlines()]
        return {line["connection"]: line.get("reconnect") for line in lines if line["type"] == "connection"}

    whole = follows()
    assert [one["previous"] for number, one in sorted(whole.items()) if one] == [1, 2, 3], whole
    for arguments in (["--connection", "3"], ["--where", "connection == 3"], ["--redact", "--connection", "3"]):
        assert follows(*arguments) == {3: whole[3]}, arguments
    # What is selected only by its frames opens late, and follows the same one.
    assert follows("--where", "opcode == close and connection != 2") == {1: None, 3: whole[3]}
    Run("--where", "opcode == close", "--connection", "3", loop).expect(out=b"reconnect 2, ", err=b"--where and --connection selected 2 of")


def check_where():
    rows = Run("--where", "close.code == 1011", CHAT).expect(err=b"--where selected 2 of 32 frames, in 1 of 3 connections").out
    assert rows.count(b" close ") == 2 and rows.count(b"  end  ") == 1 and b"rooms/lobby" not in rows
    assert Run("dump", "--where", "connection in (1..3)", CHAT).out == Run("dump", CHAT).out
    assert Run("--where", "opcode >= 0 or connection > 0", CHAT).out == Run(CHAT).out
    counted = Run("dump", "--where", "opcode == close", "--count", "3", CHAT).out
    assert [json.loads(line)["kind"] for line in counted.splitlines() if b'"type":"frame"' in line] == ["close"] * 3
    Run("--where", "opcod == text", CHAT).expect(64, b"", b"Did you mean opcode?\n  opcod == text\n  ^^^^^\n")
    Run("--where", "", CHAT).expect(64, b"", b"An expression belongs here")
    # What the preview shows does not depend on how much the condition has to see.
    seen = Run("--where", "bytes", f"{ROOT}/fixtures/large-message/capture.pcap").out
    assert seen == Run("--where", "ends", f"{ROOT}/fixtures/large-message/capture.pcap").out


def check_where_of_check():
    """The status is about what is selected, and so is the verdict."""
    Run("check", UNMASKED).expect(1, b"frame.mask.missing", b"1 violation")
    Run("check", "--where", "severity == violation", UNMASKED).expect(1, b"frame.mask.missing", b"1 violation in 1 connection, 1 frame")
    Run("check", "--where", "from == server", UNMASKED).expect(0, b"", b"no findings in")
    Run("check", "--where", "finding == close.missing", "--format", "json", UNMASKED).expect(0, None, b"no findings in 0 connections")


def check_where_of_stats():
    """A packet may carry many frames, so only whole connections are selected."""
    whole = {row["connection"]: row for row in json.loads(Run("stats", "--json", CHAT).out)["connections"]}
    counted = json.loads(Run("stats", "--json", "--where", "connection == 3", CHAT).expect(err=b"1 of 3 connections").out)
    assert counted["connections"] == [whole[3]]
    # HTTP polling counts where its own target, status or addresses say so.
    for expression, polls in [("url ~ /updates/", 40), ("port == 8765", 40), ("connection == 1", 0), ("not deflate", 0)]:
        counted = json.loads(Run("stats", "--json", "--where", expression, POLLING).expect(err=b"of 1 connection").out)
        assert [polled["polls"] for polled in counted["polling"]] == [polls] * (polls > 0), expression
    Run("stats", "--where", "connection == 3 and opcode == text", CHAT).expect(
        64, b"", b"and opcode is about a frame.\n  connection == 3 and opcode == text\n                      ^^^^^^\n")


def check_fields():
    for field in fields():
        for name in [field["name"], *field["synonyms"]]:
            shown = Run("fields", name).expect(out=field["example"].encode()).out
            assert name != field["name"] or shown.startswith(name.encode()), shown
    Run("fields", "opcod").expect(64, b"", b"Did you mean opcode?")


def check_fields_as_columns():
    # What is known at the end of a connection has no column.
    Run("dump", "--fields", "time,browser.code", CHAT).expect(64, b"", b"known when the connection has ended")
    rows = [field["name"] for field in fields() if field["of"] != "end" and field["name"] != "op.unanswered"]
    names = [name.replace(".header", ".header.host").replace("json", "json.type") for name in rows]
    rows = Run("dump", "--fields", ",".join(names), CHAT).expect().out.decode().splitlines()
    assert len(rows) == 32 and {row.count("\t") for row in rows} == {len(names) - 1}, "a row a frame, a column a field"


def fields():
    return [json.loads(line) for line in Run("fields", "--json").expect().out.splitlines()]


def check_where_of_endings():
    """What is asked about ends takes two readings, which not every input allows."""
    for command in ("timeline", "dump", "check", "stats"):
        Run(command, "--where", "browser.code == 1000", CHAT).expect(err=b"in 1 of 3 connections")
        Run(command, "--where", "browser.code == 1000", "-", stdin=content(CHAT)).expect(64, b"", b"can be read only once")
    Run("-i", "lo", "--where", "verdict == reset").expect(64, b"", b"-w FILE")
    selected = Run("dump", "--where", "verdict == closed and opcode == close", CHAT).expect(err=b"4 of 32").out
    assert selected.count(b'"type":"end"') == 2 and selected.count(b'"type":"frame"') == 4
    with tempfile.TemporaryDirectory() as folder:
        Run("cut", "--where", "verdict == refused", "-o", f"{folder}/cut.pcapng", "-", stdin=content(CHAT)).expect(err=b"cut: 1 connection")
        assert Run("dump", f"{folder}/cut.pcapng").expect().out.count(b'"type":"connection"') == 1
    Run("dump", "--where", "verdict == closed", "nowhere.pcap").expect(66, None, b"nowhere.pcap")
