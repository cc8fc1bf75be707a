"""Files and pipes that the program reads, whole and broken."""

import bz2
import gzip
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import time

from checks.case import Skipped, remark
from checks.program import CHAT, Run, content, objects, output, packet_offset, run
from checks.settings import ROOT, WSRAY

AREA = "cli"
UNMASKED = f"{ROOT}/fixtures/rules/frame.mask.missing/fires.pcap"


def check_inputs_that_cannot_be_read():
    Run("/no/such.pcap").expect(66, out=b"", err=b"No such file")
    Run("tiemline", CHAT).expect(64, b"", b"There is no command tiemline. Did you mean timeline?")
    Run("help", "nosuch").expect(64, err=b"There is no command nosuch")
    Run("zzyzx").expect(66, err=b"nor is there a command")
    Run(ROOT).expect(66, err=b"is a directory")
    Run(f"{ROOT}/Docs/JSON.md").expect(2, out=b"", err=b"is text")
    Run("-").expect(2, err=b"is empty")
    Run("--filter", "port ((", CHAT).expect(64, out=b"", err=b"port ((")


def check_no_permission():
    if os.geteuid() == 0:
        raise Skipped("root may read everything")
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        os.chmod(file.name, stat.S_IWUSR)
        Run(file.name).expect(77, err=b"ermission")


def check_standard_input_and_gzip():
    shown = Run(CHAT).expect().out
    assert Run("-", stdin=content(CHAT)).expect().out == shown
    assert Run("-", stdin=gzip.compress(content(CHAT))).expect().out == shown
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        file.write(gzip.compress(content(CHAT)))
        file.flush()
        assert Run(file.name).expect().out == shown


def check_a_named_pipe():
    """It is opened once: what its writer wrote first is there, whoever comes first."""
    with tempfile.TemporaryDirectory() as folder:
        shown = Run(CHAT).expect().out
        path = f"{folder}/pipe"
        os.mkfifo(path)
        for is_early in [True, False, True, False]:
            # A shell, since opening waits for the other end.
            writer = subprocess.Popen(["sh", "-c", f"{'' if is_early else 'sleep 0.5;'} cat {CHAT} > {path}"])
            time.sleep(0.1)
            assert Run(path).expect().out == shown, f"{is_early}"
            writer.wait(timeout=30)
        # While there is no writer, and while it is silent, the first signal ends the wait.
        for command in ["sleep 5", f"{{ head -c 3000 {CHAT}; sleep 5; }} > {path}"]:
            writer = subprocess.Popen(["sh", "-c", command])
            process = subprocess.Popen([WSRAY, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            time.sleep(2)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
            assert process.returncode == 0, (command, process.returncode)
            writer.kill()
            writer.wait(timeout=30)


COMPRESSORS = {"zst": ["zstd", "-qc"], "xz": ["xz", "-c"], "lz4": ["lz4", "-qc"], "bz2": ["bzip2", "-c"]}


def compressed(suffix, data):
    command = COMPRESSORS[suffix]
    if not shutil.which(command[0]):
        remark(f"{command[0]} is not installed, so that no file of it is read")
        return None
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def check_compressed_files():
    """Files, pipes, several side by side, and what reads its input twice, of what the compressors themselves write."""
    rows, lines = Run(CHAT).expect().out, Run("dump", CHAT).expect().out.splitlines()[1:]
    whole = content(CHAT)
    for suffix in COMPRESSORS:
        if not (packed := compressed(suffix, whole)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            path, parts = f"{folder}/chat.pcap.{suffix}", f"{folder}/parts"
            with open(path, "wb") as file:
                file.write(packed)
            with open(parts, "wb") as file:
                file.write(compressed(suffix, whole[:3000]) + compressed(suffix, whole[3000:]))
            assert Run(path).expect().out == Run(parts).expect().out == Run("-", stdin=packed).expect().out == rows
            beside = Run("dump", "--jobs", "2", path, CHAT, path).expect().out
            assert beside.count(b'"type":"frame"') == 3 * sum(b'"type":"frame"' in line for line in lines), beside[-500:]
            selected = Run("dump", "--where", "verdict.how == closed", path)
            assert selected.status == 0 and b"selected 32 of 32 frames" in selected.err, selected.err
            assert Run("cut", "-o", f"{folder}/cut.pcap", path).status == 0
            assert Run("dump", f"{folder}/cut.pcap").expect().out.count(b"\n") == len(lines) + 1
            Run("--no-sandbox", path).expect(out=rows)
            # A frame's screen reads its packets again.
            shown = [Run("view", "--rehearse", "Enter j j Enter", "--size", "100x40", file).expect().out for file in (path, CHAT)]
            assert shown[0].splitlines()[1:] == shown[1].splitlines()[1:], shown[0].decode()
            with open(path, "wb") as file:
                file.write(packed[:-5])
            Run(path).expect(2, err=b" data ends early)")


def check_a_library_that_is_missing():
    # Of those that are loaded, libpcap and others may need all but this.
    with tempfile.TemporaryDirectory() as folder:
        for name in ["libbz2.so.1.0", "libbz2.so.1", "libbz2.1.0.dylib"]:
            open(f"{folder}/{name}", "wb").close()
        Run("-", stdin=bz2.compress(content(CHAT))).expect()
        done = Run("-", stdin=bz2.compress(content(CHAT)), LD_LIBRARY_PATH=folder)
        done.expect(2, b"", b"is compressed with bzip2, and libbz2.so.1.0 is not installed (package libbz2-1.0); `bzip2 -dc FILE | wsray -` does")


def check_several_files():
    once = Run("dump", UNMASKED).expect().out.decode().splitlines()
    # The same capture twice is two captures: what begins no later than the one before does not go on with it.
    twice = [json.loads(line) for line in Run("dump", UNMASKED, UNMASKED).expect().out.decode().splitlines()]
    assert twice[0]["source"] == [UNMASKED, UNMASKED], twice[0]
    assert len(twice) == 2 * len(once) - 2, f"{len(twice)} lines"
    assert twice[-1]["connections"] == 2 and twice[-1]["findings"]["violation"] == 2, twice[-1]
    # A capture cut in two, as tcpdump -C does it, is one.
    whole = content(CHAT)
    at = packet_offset(whole, 20)
    with tempfile.TemporaryDirectory() as folder:
        for name, part in [("a", whole[:at]), ("b", whole[:24] + whole[at:])]:
            with open(f"{folder}/{name}.pcap", "wb") as file:
                file.write(part)
        assert Run(f"{folder}/a.pcap", f"{folder}/b.pcap").expect().out == Run(CHAT).out
    # One that is missing does not keep the others from being shown.
    Run("/no/such.pcap", CHAT).expect(66, out=b"3 connections", err=b"No such file")


def check_captures_on_all_interfaces():
    """A packet that passes two interfaces counts once (LINKTYPE_LINUX_SLL2)."""
    with open(CHAT, "rb") as file:
        head = file.read(24)
        packets = []
        while record := file.read(16):
            packets.append((record[:8], file.read(struct.unpack("<I", record[8:12])[0])))
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/any.pcap"
        with open(path, "wb") as file:
            file.write(head[:20] + struct.pack("<I", 276))
            for time, data in packets:
                for interface in (2, 5):
                    cooked = struct.pack(">HHIHBB8s", 0x0800, 0, interface, 1, 0, 6, b"") + data[14:]
                    file.write(time + struct.pack("<II", len(cooked), len(cooked)) + cooked)
        done = run("stats", path)
        assert f"{len(packets)} packets seen on several interfaces, counted once".encode() in done.stderr, done.stderr
        assert b"sent again" not in done.stdout, done.stdout
        shown, wanted = ([frame_of(line) for line in objects(output("dump", each)) if line["type"] == "frame"] for each in (path, CHAT))
        assert shown == wanted, f"{len(shown)} frames, not {len(wanted)}"


def frame_of(line):
    return {key: value for key, value in line.items() if key != "packets"}


def check_truncated_inside_packets():
    whole, complete = content(CHAT), boundaries(content(CHAT))
    rows = Run(CHAT).expect().out.splitlines()
    for length in sorted({*range(0, 60, 7), *range(60, len(whole), 797)} - complete):
        run = Run("-", stdin=whole[:length])
        assert run.status == 2, f"{length} bytes: status {run.status}"
        remarks = [line for line in run.err.splitlines() if b"no WebSocket connection" not in line]
        assert len(remarks) == 1, f"{length} bytes: {run.err}"
        is_beginning(run.out, rows, length)


def check_truncated_between_packets():
    """Some in a pipe, and all of them as files of one run."""
    whole, complete = content(CHAT), sorted(boundaries(content(CHAT)))
    rows, shown = Run(CHAT).expect().out.splitlines(), {}
    with tempfile.TemporaryDirectory() as folder:
        for length in complete:
            with open(f"{folder}/{length}.pcap", "wb") as file:
                file.write(whole[:length])
        run = Run("-j", "1", *(f"{folder}/{length}.pcap" for length in complete))
        assert run.status == 0, f"status {run.status}: {run.err[:300]}"
        assert all(re.search(rb"no WebSocket connection|there are no packets|found instead", line) for line in run.err.splitlines()), run.err[:300]
        parts = re.split(rb"(?:^|\n)==> .*/(\d+)\.pcap <==\n", run.out)
        shown = dict(zip(map(int, parts[1::2]), parts[2::2]))
    assert sorted(shown) == complete, f"{len(shown)} of {len(complete)} files are shown"
    for length, out in shown.items():
        is_beginning(out, rows, length)
    for length in complete[::8]:
        alone = Run("-", stdin=whole[:length])
        assert (alone.status, alone.out) == (0, shown[length]), f"{length} bytes: status {alone.status}"


def boundaries(capture):
    """Lengths at which a capture is whole: after its header, and after each packet."""
    lengths = (packet_offset(capture, count) for count in range(200))
    return {length for length in lengths if length <= len(capture)}


def is_beginning(out, rows, length):
    """What is shown is what the whole capture shows, until the rows that say how it ended, or that an answer is missing."""
    shown = out.splitlines()
    same = next((n for n, (a, b) in enumerate(zip(shown, rows)) if a != b), min(len(shown), len(rows)))
    rest = [row for row in shown[same:] if row and b"  end  " not in row and b"connection" not in row]
    assert len(rest) <= 2, f"{length} bytes: {rest}"


def check_broken_off_in_json():
    lines = Run("dump", "-", stdin=content(CHAT)[:5000]).expect(2, err=b"breaks off").out.decode().splitlines()
    last = json.loads(lines[-1])
    assert last["type"] == "summary" and last["complete"] is False and "breaks off" in last["reason"], last


def slowly(*signals):
    """Feeds half a capture into a pipe that stays open; what was shown before the rest came, the whole output, status and remarks."""
    whole = content(CHAT)
    process = subprocess.Popen([WSRAY, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(whole[: packet_offset(whole, 20)])
    process.stdin.flush()
    os.set_blocking(process.stdout.fileno(), False)
    shown, deadline = b"", time.monotonic() + 30
    while time.monotonic() < deadline and b"tick" not in shown:
        shown += process.stdout.read() or b""
        time.sleep(0.02)
    os.set_blocking(process.stdout.fileno(), True)
    for number in signals:
        process.send_signal(number)
    if signals:
        rest, remarks = process.stdout.read(), process.stderr.read()
        process.wait(timeout=30)
        process.stdin.close()
    else:
        rest, remarks = process.communicate(whole[packet_offset(whole, 20) :], timeout=60)
    return shown, shown + rest, process.returncode, remarks


def check_slow_pipe_is_shown_as_it_comes():
    shown, everything, status, remarks = slowly()
    assert b"welcome" in shown, "rows wait for the end of the pipe"
    assert (status, remarks) == (0, b"") and everything == Run(CHAT).out, f"{status} {remarks}"


def check_interrupt_ends_cleanly():
    # timeout(1) sends its signal twice.
    for signals in [[signal.SIGINT], [signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM]]:
        _, everything, status, remarks = slowly(*signals)
        assert (status, remarks) == (0, b""), f"{signals}: {status} {remarks}"
        assert everything.rstrip().splitlines()[-1].startswith(b"1 connection"), f"{signals}: {everything[-200:]}"


def check_second_interrupt_ends_at_once():
    """Here while nobody reads the output, so that the first one cannot."""
    process = subprocess.Popen([WSRAY, "dump", *[CHAT] * 100], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "the output was too short to fill a pipe"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130, process.returncode
    process.stdout.close()
