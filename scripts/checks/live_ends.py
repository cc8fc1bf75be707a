"""Live capture between network namespaces: how it ends, and how one file ends and the next begins."""

import json
import os
import pty
import signal
import subprocess
import time

from checks.live_net import NET, Live, in_namespaces, later, packet_times, run, same, texts
from checks.settings import WSRAY

AREA = "live"
IS_WAITING = True
around = in_namespaces


def check_closed_pipe():
    for traffic in (True, False):
        file = NET.path(f"pipe{traffic}.pcapng")
        live = Live("dump", "-i", "port-c", "-w", file, stdout=subprocess.PIPE)
        live.process.stdout.readline()
        if traffic:
            NET.talk(count=2)
            live.process.stdout.readline()
        live.process.stdout.close()
        if traffic:
            NET.talk(count=2)
        live.end(None)
        assert live.said() in ("", "wsray: listening on port-c\n"), live.said()
        later(file)


def check_full_disk():
    small = NET.path("small")
    os.mkdir(small)
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small)
    live = Live("dump", "-i", "port-c", "-w", f"{small}/a.pcapng")
    NET.talk(count=40, size=4000)
    live.end(None, status=2)
    assert "No space left" in live.said(), live.said()
    lines = later(f"{small}/a.pcapng")
    assert len(texts(lines)) > 3, lines[-1]
    assert os.path.getsize(f"{small}/a.pcapng") > 50_000
    os.remove(f"{small}/a.pcapng")

    live = Live("dump", "-i", "port-c", "-w", f"{small}/r.pcapng", "--rotate", "16K")
    NET.talk(count=40, size=4000)
    live.end(None, status=2)
    row = sorted(os.listdir(small))
    assert len(row) > 2, row
    for name in row:
        later(f"{small}/{name}")
        os.remove(f"{small}/{name}")

    live = Live("dump", "-i", "port-c", "-w", NET.path("b.pcapng"), stdout=open(f"{small}/lines", "wb"))
    NET.talk(count=40, size=4000)
    live.end(None, status=2)
    assert "No space left" in live.said(), live.said()
    assert len(texts(later(NET.path("b.pcapng")))) > 3


def check_killed():
    """Of a capture that SIGKILL ends, all is readable that was shown before; at most the block that was being written is cut off."""
    file = NET.path("killed.pcapng")
    live = Live("dump", "-i", "port-c", "-w", file)
    NET.talk(count=5)
    NET.wait_for("the messages", lambda: len(texts(live.shown().splitlines())) == 5)
    talking = NET.start_talk(count=2000, pause=0, size=20_000, stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    live.end(signal.SIGKILL, status=-signal.SIGKILL)
    talking.kill()
    done = subprocess.run([WSRAY, "dump", file], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 2), f"status {done.returncode}: {done.stderr}"
    shown = [line for line in live.shown().splitlines(keepends=True) if line.endswith("\n")]
    same(texts(shown), texts(done.stdout.splitlines()[1:])[: len(texts(shown))], "shown before it was killed, and in the file")


def check_interface_removed():
    live = Live("dump", "-i", "port-c", "-w", NET.path("gone.pcapng"))
    two = Live("dump", "-i", "port-c", "-i", "br0", "-w", NET.path("two.pcapng"), sockets=3)
    NET.talk(count=2)
    run("ip", "-n", NET.names["m"], "link", "del", "port-c")
    live.end(None, status=2)
    assert "port-c" in live.said() and "disappeared" in live.said(), live.said()
    assert len(texts(later(NET.path("gone.pcapng")))) == 2
    summary = json.loads(live.shown().splitlines()[-1])
    assert not summary["complete"] and "port-c" in summary["reason"], summary
    NET.wait_for("the message", lambda: "port-c" in two.said())
    assert two.process.poll() is None, "the other interface is there yet"
    two.end(status=2)
    later(NET.path("two.pcapng"))


def check_interface_taken_down():
    live = Live("dump", "-i", "port-c", "-w", NET.path("down.pcapng"))
    NET.talk(count=2)
    run("ip", "-n", NET.names["m"], "link", "set", "port-c", "down")
    time.sleep(1)
    if live.process.poll() is None:
        run("ip", "-n", NET.names["m"], "link", "set", "port-c", "up")
        live.end()
    assert live.process.returncode in (0, 2), live.process.returncode
    assert len(texts(later(NET.path("down.pcapng")))) == 2


def check_terminal_closed():
    ours, theirs = pty.openpty()
    live = Live("-i", "port-c", "-w", NET.path("terminal.pcapng"), stdout=os.fdopen(theirs, "wb"))
    live.out.close()
    NET.talk(count=2)
    # What has not come up from the kernel when the terminal goes away is nobody's.
    time.sleep(0.5)
    os.close(ours)
    live.end(None)
    assert len(texts(later(NET.path("terminal.pcapng")))) == 2


def check_hang_up_rotates():
    file = NET.path("day.pcapng")
    live = Live("dump", "-i", "port-c", "-w", file)
    NET.talk(count=2)
    time.sleep(0.3)
    os.kill(live.process.pid, signal.SIGHUP)
    NET.wait_for("the second file", lambda: os.path.exists(NET.path("day.00002.pcapng")))
    NET.talk(count=2)
    live.end()
    same(later(file, NET.path("day.00002.pcapng")), live.shown().splitlines()[1:], "the two files and what was shown")


def check_rotation_by_size_and_time():
    live = Live("dump", "-i", "port-c", "-w", NET.path("row.pcapng"), "--rotate", "16K", "--keep", "3")
    NET.talk(count=40, size=1000)
    live.end()
    files = sorted(name for name in os.listdir(NET.folder) if name.startswith("row"))
    assert len(files) == 3 and files[0] > "row.00002", files
    for name in files:
        assert os.path.getsize(NET.path(name)) <= 16 << 10, name
        later(NET.path(name))
    live = Live("dump", "-i", "port-c", "-f", "tcp", "-w", NET.path("time.pcapng"), "--rotate", "300ms")
    NET.talk(count=10, pause=0.1)
    live.end()
    files = sorted(NET.path(name) for name in os.listdir(NET.folder) if name.startswith("time"))
    rows = [packet_times(name) for name in files]
    assert all(row[-1] - row[0] < 3e8 for row in rows), "a file holds more than 300 ms"
    assert all(after[0] - row[0] >= 3e8 for row, after in zip(rows, rows[1:])), "a file begins too early"
    assert len(files) > 2, "ten pauses of 100 ms fit into two files"
    same(later(*files), live.shown().splitlines()[1:], "the files and what was shown")
