"""What the program prints, to pipes and terminals, and its exit statuses."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata

from checks.program import CHAT, Run, content, fixtures
from checks.settings import ROOT, WSRAY
from checks.terminal import on_terminal

AREA = "cli"
CONTROLS = f"{ROOT}/fixtures/controls-injected/capture.pcap"
UNMASKED = f"{ROOT}/fixtures/rules/frame.mask.missing/fires.pcap"
GAP = f"{ROOT}/fixtures/rules/capture.gap/fires.pcap"
ESCAPE = b"\x1b"


def check_colour():
    Run(CHAT, "--color", "always").expect(out=ESCAPE)
    for run in [Run(CHAT), Run(CHAT, "--color", "never"), Run(CHAT, NO_COLOR="1")]:
        assert ESCAPE not in run.expect().out, f"{run}: colour in a pipe"
    Run(CHAT, "--color", "always", NO_COLOR="1").expect(out=ESCAPE)
    assert ESCAPE in on_terminal(CHAT), "no colour on a terminal"
    assert ESCAPE not in on_terminal(CHAT, NO_COLOR="1"), "colour in spite of NO_COLOR"
    assert ESCAPE not in on_terminal(CHAT, TERM="dumb"), "colour on a dumb terminal"
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", Run(CHAT, "--color", "always").out) == Run(CHAT).out, "colour changes the text"


def check_control_characters_never_get_through():
    for arguments in [[], ["--payload", "full"], ["-v"], ["--ascii"], ["--width", "80"]]:
        out = Run(CONTROLS, *arguments).expect().out
        wrong = [byte for byte in out if byte < 0x20 and byte != 0x0A or byte == 0x7F]
        text = out.decode()
        wrong += [c for c in text if "\x80" <= c <= "\x9f" or c in "\u2028\u2029\u202e\u2066\u2069\u200f\ufeff"]
        assert not wrong, f"{arguments}: {wrong[:5]}"
        if "--ascii" in arguments:
            assert text.isascii(), "--ascii is not"
    assert ESCAPE not in Run("check", CONTROLS).out


def check_rows_fit_the_terminal():
    names = ["chat", "controls-injected", "rules/frame.mask.missing", "ipv6-loopback", "snaplen-cut"]
    captures = [path for name in names for path in fixtures(f"{name}/capture.pcap") + fixtures(f"{name}/fires.pcap")]
    assert len(captures) == len(names)
    for columns in [60, 80, 100, 120, 200]:
        for arguments in [["-v"], []]:
            shown = re.sub(rb"\x1b\[[0-9;]*m", b"", on_terminal("-j", "1", *arguments, *captures, columns=columns)).decode()
            for capture, text in zip(captures, re.split(r"^==> .* <==\n", shown, flags=re.MULTILINE)[1:] + [""] * len(captures)):
                rows = text.splitlines()
                wide = [row for row in rows if width(row) > columns]
                assert rows and not wide, f"{capture} at {columns} columns: {wide[:1]}"


def check_prose_is_broken_between_words():
    """On a terminal no word is torn, so that a row is too wide only where a word is, as a path can be; in a pipe a line stays a line."""
    rules = [line.split()[0] for line in Run("explain").expect().out.decode().splitlines()]
    commands = [["explain"], ["explain", rules[0]], ["explain", "handshake.request.early-data"], ["fields"], ["fields", "verdict"]]
    commands += [["check", UNMASKED], ["check", "--all", "fixtures/rules/frame.opcode.reserved/fires.pcap"]]
    commands += [["summary", "fixtures/chains/loop/capture.pcap"]]
    with tempfile.TemporaryDirectory(prefix="a-name-wider-than-any-of-the-terminals-".ljust(130, "-")) as folder:
        commands.append(["check", shutil.copy(UNMASKED, folder)])
        expect_whole_words(commands)


def expect_whole_words(commands):
    for arguments in commands:
        plain = Run(*arguments).out.decode()
        # A table has columns that 60 have no room for.
        for columns in (80, 120) if arguments[0] == "summary" else (60, 80, 120):
            rows = re.sub(rb"\x1b\[[0-9;]*m", b"", on_terminal(*arguments, columns=columns)).decode().splitlines()
            wide = [row for row in rows if width(row) > columns and " " in row.strip()]
            assert not wide, f"{arguments} at {columns} columns: {wide[0]}"
            if arguments[0] != "summary":
                assert " ".join(rows).split() == plain.split(), f"{arguments} at {columns} columns"


def check_each_finding_names_its_file():
    """Also where the handshake was not captured, here because a filter leaves it out."""
    start = "tcp[((tcp[12:1] & 0xf0) >> 2):4]"
    filtered = ["-f", f"{start} != 0x47455420 and {start} != 0x48545450"]  # "GET " and "HTTP"
    path = f"{ROOT}/fixtures/stream-gap/capture.pcap"
    lines = Run("check", *filtered, path).expect(err=b"notes in 1 connection").out.decode().splitlines()
    assert lines and all(line.startswith(f"{path}:") for line in lines), lines


def check_hints_can_be_copied():
    """A command stays in one row, and what it is for goes below it where that has no room."""
    path = "fixtures/endings/browser-judges-close-codes/capture.pcap"
    rows = [row.strip() for row in on_terminal("summary", path, "--color", "never", columns=80).decode().splitlines()]
    assert f"wsray {path} --connection N" in rows and rows[rows.index(f"wsray view {path}") + 1] == "look through all of it", rows[-5:]


def width(line):
    """As the terminal draws it: 2 for East Asian wide and emoji, 0 for marks."""
    return sum(0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def check_closed_pipe():
    for command in [["timeline"], ["dump"], ["stats"], ["explain"], ["schema"]]:
        arguments = command + ([CHAT] if command[0] in ("timeline", "dump", "stats") else [])
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([WSRAY, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, timeout=60)
        os.close(theirs)
        assert (done.returncode, done.stderr) == (0, b""), f"{command}: {done.returncode} {done.stderr}"


def check_a_count_that_ends_reading_is_named():
    """A connection that was open then need not be open when the capture ends."""
    stopped = b"Still open when reading stopped at --count"
    for source, data in ((CHAT, None), ("-", content(CHAT))):
        out = Run("timeline", "--count", "2", source, stdin=data).expect(out=stopped).out
        assert b"the capture ended" not in out, out[-300:]
        # With more frames than there are, the whole capture is read.
        out = Run("timeline", "--count", "1000000", source, stdin=data).expect().out
        assert b"--count" not in out, out[-300:]


def check_count_stops():
    lines = [json.loads(line) for line in Run("dump", "--count", "3", CHAT).expect().out.decode().splitlines()]
    assert sum(line["type"] == "frame" for line in lines) == 3 and lines[-1]["type"] == "summary", lines


def check_columns():
    """The same columns in both forms, and the same as the members of the frames."""
    chosen = "connection,frame,time,from,opcode,length,fin,close.code,rtt,packet,url,json.type,close.reason"
    frames = [json.loads(line) for line in Run("dump", CHAT).out.splitlines() if b'"type":"frame"' in line]
    tabs = [row.split("\t") for row in Run("dump", "--fields", chosen, CHAT).expect().out.decode().splitlines()]
    table = list(csv.reader(io.StringIO(Run("dump", "--fields", chosen, "--format", "csv", CHAT).expect().out.decode(), newline="")))
    assert table[0] == chosen.split(",") and table[1:] == tabs
    assert len(tabs) == len(frames)
    for row, frame in zip(tabs, frames):
        close = frame.get("close", {})
        told = [str(frame[name]) for name in ("connection", "frame", "time", "from", "kind", "length")]
        assert row[:6] == told and row[6] == str(frame["fin"]).lower(), (row, frame)
        assert row[7] == str(close.get("code", "")) and row[12] == close.get("reason", ""), (row, frame)
        assert row[8] == ("" if "roundTrip" not in frame else f"{frame['roundTrip']:.9f}".rstrip("0")), (row, frame)
        assert row[9] == ",".join(map(str, frame["packets"])), (row, frame)
    Run("dump", "--fields", "time,lenght", CHAT).expect(64, b"", b"lenght\n       ^^^^^^\n")
    Run("dump", "--fields", "time from", CHAT).expect(64, b"", b"A comma belongs between")
    Run("dump", "--fields", "time", "--messages", CHAT).expect(64, b"", b"--where ends")


def check_payloads():
    full = Run("--payload", "full", CHAT).expect().out.decode()
    assert "minutes\":4}]}" in full and ".PNG........IHDR" in full
    none = Run("--payload", "none", CHAT).expect().out.decode()
    assert "welcome" not in none and "see you" not in none and "1000 normal closure" in none
    cut = [json.loads(line) for line in Run("dump", "--messages", "--payload-limit", "5", CHAT).out.decode().splitlines()]
    texts = [line["text"] for line in cut if line["type"] == "message" and "text" in line]
    assert texts and all(len(text.encode()) <= 5 for text in texts), texts


def check_nothing_found_is_said():
    Run(f"{ROOT}/fixtures/refused-403/capture.pcap").expect(out=b"403 Forbidden")
    plain = Run("--filter", "port 1", CHAT)
    assert plain.expect(err=b"no WebSocket connection in 0 packets").status == 0


def check_statuses_of_check():
    Run("check", CHAT).expect(0, out=b"", err=b"no findings in 3 connections, 32 frames")
    run = Run("check", UNMASKED).expect(1, err=b"1 violation in 1 connection")
    assert run.out.decode().startswith(f"{UNMASKED}:12: violation: not masked"), run.out
    assert len(run.out.splitlines()) == 1
    Run("check", GAP).expect(0, out=b"note", err=b"1 note")
    Run("check", "--fail-on", "note", GAP).expect(1, err=b"1 note")
    Run("check", "--fail-on", "warning", GAP).expect(0, err=b"1 note")
    # An input that breaks off is no pass, and no finding either.
    Run("check", "-", stdin=content(UNMASKED)[:-9]).expect(2, err=b"breaks off")
