"""What a live capture says while nothing has come: on a terminal one line that goes away, elsewhere it is said once."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time

from checks.live_net import NET, Live, in_namespaces
from checks.live_peers import PORT
from checks.settings import WSRAY

AREA = "live"
IS_WAITING = True
around = in_namespaces


class OnTerminal:
    """wsray in the middle namespace with a pseudo-terminal for standard error, and for standard output unless that is given."""

    def __init__(self, *arguments, stdout=None):
        self.ours, theirs = pty.openpty()
        self.seen = b""
        self.process = NET.start("m", WSRAY, *arguments, stdout=stdout or theirs, stderr=theirs)
        os.close(theirs)

    def read(self, until, seconds=10):
        end = time.monotonic() + seconds
        while not until(self.seen.decode(errors="replace")):
            assert time.monotonic() < end, f"it never came: {self.seen}"
            if select.select([self.ours], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.seen += os.read(self.ours, 65536)
        return self.seen.decode(errors="replace")

    def rows(self):
        """What the terminal shows, as far as carriage returns and erasing to the end of the line decide it."""
        shown = []
        for line in self.seen.decode(errors="replace").split("\n"):
            cells = ""
            for part in line.split("\r"):
                if not part:
                    continue
                erased, _, rest = part.partition("\x1b[K")
                cells = erased + (rest if "\x1b[K" in part else cells[len(erased):])
            shown.append(cells)
        return shown

    def end(self):
        os.kill(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=20)
        with contextlib.suppress(OSError):
            while select.select([self.ours], [], [], 0.2)[0]:
                data = os.read(self.ours, 65536)
                if not data:
                    break
                self.seen += data
        os.close(self.ours)
        assert self.process.returncode == 0, self.seen


def hello_of_tls():
    """Opens a TCP connection through the bridge that begins as TLS does, and leaves it open for a moment."""
    program = (
        "import socket, time; s = socket.create_connection(('10.213.0.2', %d)); "
        "s.sendall(bytes.fromhex('16030100050100000100')); time.sleep(0.5)" % PORT)
    return NET.start("c", sys.executable, "-c", program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def check_a_line_until_the_first_row_comes():
    shown = OnTerminal("-i", "port-c", "-i", "port-s", "-f", "tcp", "--color", "never")
    shown.read(lambda text: "listening on port-c and port-s · 0 WebSocket · 0 packets" in text)
    hello_of_tls().wait(timeout=20)
    shown.read(lambda text: "0 WebSocket · 1 TLS connection" in text)
    NET.talk(count=3)
    shown.read(lambda text: text.count("→ text") == 3 and "end  " in text)
    shown.end()
    rows = [row for row in shown.rows() if row]
    assert not any("listening" in row for row in rows), rows
    assert rows[0].startswith("TLS  ") or rows[0].startswith("#1  "), rows[0]
    # As long as it was there it was one line.
    before = shown.seen.split(b"#1  ")[0]
    assert before.count(b"\n") <= before.count(b"TLS  ") * 4, before


def check_a_line_that_goes_before_remarks():
    for command in ([], ["check"], ["dump"], ["stats"]):
        shown = OnTerminal(*command, "-i", "port-c", "-f", "tcp port 1")
        shown.read(lambda text: "listening on port-c · 0 WebSocket · 0 packets" in text)
        os.kill(shown.process.pid, signal.SIGINT)
        with contextlib.suppress(AssertionError):
            shown.read(lambda text: False, seconds=2)
        shown.process.wait(timeout=20)
        assert not any("listening" in row for row in shown.rows()), (command, shown.rows())
        assert any("0 packets captured on port-c" in row for row in shown.rows()), (command, shown.rows())


def check_output_into_a_file_is_never_mixed_with_it():
    path = NET.path("out.jsonl")
    with open(path, "wb") as out:
        shown = OnTerminal("dump", "-i", "port-c", stdout=out)
        shown.read(lambda text: "listening on port-c" in text)
        NET.talk(count=2)
        shown.end()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert "listening" not in text and text.count("\n") > 4, text
    assert not any("listening" in row for row in shown.rows()), shown.rows()


def check_plain_text_once_where_there_is_no_terminal():
    live = Live("-i", "port-c", "--color", "never")
    NET.wait_for("a word of it", lambda: "listening" in live.said())
    hello_of_tls().wait(timeout=20)
    NET.talk(count=1)
    live.end()
    assert live.said().splitlines()[0] == "wsray: listening on port-c", live.said()
    assert live.said().count("listening") == 1 and "\x1b" not in live.said() and "\r" not in live.said(), live.said()
