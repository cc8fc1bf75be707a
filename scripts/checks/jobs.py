"""Files read side by side show what the same files show when they are read one by one."""

import csv
import glob
import gzip
import io
import json
import os
import signal
import subprocess
import tempfile
import time

from checks.golden import DIGESTS
from checks.program import content, dumped, fixtures, folder_name, once, packet_offset, run
from checks.settings import ROOT, WSRAY
from checks.terminal import on_terminal

CHAT = "fixtures/chat/capture.pcap"
UNMASKED = "fixtures/rules/frame.mask.missing/fires.pcap"
NAMES = ["chat", "refused-403", "killed-server", "tuple-reused", "ipv6-loopback", "chat"]
FILES = [path for name in NAMES for path in fixtures(f"{name}/capture.pcap*")]


def alone(*arguments):
    """What one run for each file says, one after the other: output, remarks and statuses."""
    return [once(*arguments, path) for path in FILES]


def expect(done, status=0, err=b""):
    assert done.returncode == status, f"{done.args[1:5]}: status {done.returncode}, not {status}; {done.stderr[:300]}"
    assert (err in done.stderr) if err else done.stderr == b"", f"{done.args[1:5]}: {done.stderr[:300]}, not {err}"
    return done


def check_lines_are_those_of_one_run_for_each():
    wanted = b"".join(done.stdout for done in alone("dump"))
    for count in ["1", "4", "auto"]:
        done = run("dump", "--jobs", count, *FILES)
        assert done.stdout == wanted, f"--jobs {count}: {first_difference(done.stdout, wanted)}"
        assert done.returncode == 0
    # The least room for what waits.
    assert run("dump", "--jobs", "4", "--limit-spool", "0", *FILES).stdout == wanted, "--limit-spool 0 changes the output"


def check_all_fixtures():
    """Other cases read many captures in one run: each shows what was kept of it, which a run of its own wrote."""
    captures = [path for path in fixtures() if folder_name(path) not in DIGESTS]
    for path, lines in dumped(captures).items():
        with open(f"{ROOT}/{os.path.dirname(path)}/expected.jsonl", "rb") as file:
            # Golden files have the version of none.
            wanted = [json.loads(line) for line in file.read().split(b"\n") if line.startswith(b"{")]
        different = next((pair for pair in zip(lines[1:], wanted[1:]) if pair[0] != pair[1]), None)
        assert different is None and len(lines) == len(wanted), f"{path}: {different or (len(lines), len(wanted))}"
    return f"{len(captures)} captures"


def first_difference(one, other):
    pairs = zip(one.splitlines(), other.splitlines())
    return next((f"{a[:120]}, not {b[:120]}" for a, b in pairs if a != b), f"{len(one)} bytes, not {len(other)}")


def check_array():
    lines = [json.loads(line) for done in alone("dump") for line in done.stdout.split(b"\n")[:-1]]
    assert json.loads(run("dump", "-j", "2", "--format", "json", *FILES).stdout) == lines


def check_tables():
    for arguments in [["--format", "csv"], ["--format", "csv", "--messages"], ["--format", "csv", "--fields", "connection,time,url"]]:
        joined = run("dump", "-j", "2", *arguments, *FILES).stdout.decode()
        rows = list(csv.reader(io.StringIO(joined, newline=""), strict=True))
        parts = [list(csv.reader(io.StringIO(done.stdout.decode(), newline=""))) for done in alone("dump", *arguments)]
        wanted = [parts[0][0] + ["source"]] + [row + [path] for path, part in zip(FILES, parts) for row in part[1:]]
        assert rows == wanted, f"{arguments}: {next(pair for pair in zip(rows, wanted) if pair[0] != pair[1])}"
    tabs = run("dump", "-j", "2", "--fields", "connection,time,url", *FILES).stdout.decode().splitlines()
    assert [row.split("\t") for row in tabs] == rows[1:]


def check_timeline():
    wanted = b"\n".join(f"==> {path} <==\n".encode() + done.stdout for path, done in zip(FILES, alone("timeline")))
    for arguments in [["timeline", "--jobs", "2"], ["-j", "3"]]:
        shown = run(*arguments, *FILES).stdout
        assert shown == wanted, first_difference(shown, wanted)


def check_findings():
    """The lines, the remarks in the order of the files, and the status."""
    done = run("check", "-j", "2", *FILES, UNMASKED)
    wanted = alone("check") + [run("check", UNMASKED)]
    assert done.stdout == b"".join(part.stdout for part in wanted), first_difference(done.stdout, b"".join(p.stdout for p in wanted))
    said = [line.removeprefix(b"wsray: ") for line in done.stderr.splitlines()]
    told = [b"%s: %s" % (path.encode(), line.removeprefix(b"wsray: ").removeprefix(path.encode() + b": "))
            for path, part in zip([*FILES, UNMASKED], wanted) for line in part.stderr.splitlines()]
    assert said == told, next(pair for pair in zip(said, told) if pair[0] != pair[1])
    assert done.returncode == 1, done.returncode


def check_inputs_that_cannot_be_read():
    whole = run("dump", CHAT).stdout
    with tempfile.TemporaryDirectory() as folder:
        cut, packed = f"{folder}/cut.pcap", f"{folder}/packed.pcap.gz"
        with open(cut, "wb") as file:
            file.write(content(f"{ROOT}/{CHAT}")[:5000])
        with open(packed, "wb") as file:
            file.write(gzip.compress(content(f"{ROOT}/{CHAT}")))
        done = expect(run("dump", "-j", "2", CHAT, cut, "/no/such.pcap", ROOT, packed), 2, b"breaks off")
        assert done.stdout.startswith(whole) and done.stdout.count(whole.partition(b"\n")[2]) == 2, "what could be read is not all shown"
        lines = done.stderr.splitlines()
        assert len(lines) == 3 and b"/no/such.pcap: No such file" in lines[1] and b"is a directory" in lines[2], lines
        expect(run("dump", "-j", "2", "/no/such.pcap", cut), 66, b"No such file")
        # 2, 66 and 77 outweigh what was found.
        expect(run("check", "-j", "2", UNMASKED, cut), 2, b"breaks off")


def check_what_is_refused():
    expect(run("dump", "-j", "2", "--count", "3", CHAT), 64, b"--count counts through all files")
    expect(run("dump", "-j", "2", "--format", "har", CHAT), 64, b"har is one document")
    expect(run("check", "-j", "2", "--format", "junit", CHAT), 64, b"junit is one document")
    expect(run("dump", "-j", "2", "-"), 64, b"standard input")
    expect(run("dump", "-j", "2", "-i", "lo"), 64, b"live capture")
    expect(run("dump", "-j", "many", CHAT), 64, b"-j")
    expect(run("dump", "--limit-spool", "1M", CHAT), 64, b"--limit-spool goes with --jobs")
    done = expect(run("dump", "-j", "2", "--filter", "port ((", CHAT, CHAT), 64, b"port ((")
    assert len(done.stderr.splitlines()) == 1, done.stderr


def check_a_terminal_is_passed_on():
    shown = lambda *arguments: on_terminal(*arguments, columns=72)
    heading = f"\x1b[1m==> {CHAT} <==\x1b[0m\n".encode()
    once = shown(CHAT)
    assert b"\x1b[" in once and shown("-j", "2", CHAT, CHAT) == heading + once + b"\n" + heading + once


# What goes on for long


def endless(folder):
    """A capture with the beginning of a connection, and then nothing to show for as long as it takes to read 8 MB."""
    capture = content(f"{ROOT}/{CHAT}")
    first = capture[24 : packet_offset(capture, 1)]
    path = f"{folder}/long.pcap"
    with open(path, "wb") as file:
        file.write(capture[: packet_offset(capture, 8)] + first * (8_000_000 // len(first)))
    return path


def processes(path):
    """Those that read a file."""
    found = []
    for entry in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(entry, "rb") as file:
                if path.encode() in file.read():
                    found.append(int(entry.split("/")[2]))
        except OSError:
            pass
    return found


def wait_until(question, what):
    deadline = time.monotonic() + 60
    while not question():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def check_ends_leave_nothing_behind():
    """An interrupt, a reader that goes away, and a kill: the processes end, and no file remains."""
    if not os.path.isdir("/proc/self"):
        return
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/spool")
        path = endless(folder)
        variables = os.environ | {"TMPDIR": f"{folder}/spool"}
        for how in ["interrupt", "terminal", "close", "kill"]:
            process = subprocess.Popen(
                [WSRAY, "dump", "-j", "3", *[path] * 99], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables,
                start_new_session=True)
            assert b'"type":"capture"' in process.stdout.readline(), how
            if how == "interrupt":
                process.send_signal(signal.SIGTERM)
            elif how == "terminal":
                os.killpg(process.pid, signal.SIGINT)
            elif how == "kill":
                process.kill()
            if how == "close":
                process.stdout.close()
                said = process.stderr.read()
                process.wait(timeout=60)
            else:
                rest, said = process.communicate(timeout=60)
            assert process.returncode == (-signal.SIGKILL if how == "kill" else 0) and said == b"", f"{how}: {process.returncode} {said}"
            if how in ("interrupt", "terminal"):
                lines = [json.loads(line) for line in rest.splitlines()]
                assert lines[-1]["type"] == "summary" and all(line["type"] != "capture" for line in lines), f"{how}: {lines[-2:]}"
            wait_until(lambda: not processes(path), f"{how}: processes go on: {processes(path)}")
            assert os.listdir(f"{folder}/spool") == [], f"{how}: files are left"
