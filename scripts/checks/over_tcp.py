"""Captures that a server sends over TCP (PCAP-over-IP), and servers that stall, break off, refuse or send something else."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

from checks.program import CHAT, Run, output
from checks.settings import WSRAY

IS_WAITING = True


def check_over_tcp():
    """What comes over TCP is shown like the file."""
    with serving(capture()) as address:
        done = Run("dump", "--connect", address).expect(0)
    assert done.out.split(b"\n")[1:] == output("dump", CHAT).split(b"\n")[1:], "not what the file shows"
    assert address.encode() in done.out.split(b"\n")[0], "the server is not named as the source"


def check_read_twice():
    """What has to be read twice is copied, as of a pipe."""
    with tempfile.TemporaryDirectory() as folder:
        with serving(capture()) as address:
            Run("cut", "--connection", "1", "-o", f"{folder}/cut.pcapng", "--connect", address).expect(0, err=b"1 connection")
        assert output("dump", f"{folder}/cut.pcapng").count(b'"type":"connection"') == 1


def check_faults():
    """A server that breaks off, says nothing, speaks something else, or is not there."""
    with serving(capture()[:5000]) as address:
        done = Run("dump", "--connect", address).expect(2, err=b"breaks off inside packet")
        assert b'"type":"frame"' in done.out, "nothing of what came is shown"
    with serving(b"") as address:
        Run("--connect", address).expect(2, err=b"is empty, not a capture file")
    with serving(b"HTTP/1.0 400 Bad Request\r\n\r\n") as address:
        Run("--connect", address).expect(2, err=b"it is text")
    Run("--connect", "127.0.0.1:1").expect(2, err=b"connecting failed: Connection refused")
    for wrong in ("localhost", "x:0", "::1:80", ":80", "x:99999"):
        Run("--connect", wrong).expect(64, err=b"needs a host and a port")
    Run("--connect", "localhost:80", CHAT).expect(64, err=b"Either files or --connect")


def check_stalled():
    """Rows appear as packets come, and Ctrl-C ends the wait: what came is shown whole."""
    for sent in (b"", capture()[:5000]):
        with serving(sent, stalls=True) as address:
            process = subprocess.Popen([WSRAY, "--connect", address], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if sent:
                os.set_blocking(process.stdout.fileno(), False)
                shown = wait_for(lambda: process.stdout.read())
                assert b"upgrade" in shown, shown
                os.set_blocking(process.stdout.fileno(), True)
            else:
                time.sleep(2)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
            assert process.returncode == 0, f"status {process.returncode}: {err[:300]}"
            assert not sent or b"Still open when the capture ended" in out, out[-300:]


def wait_for(ask):
    for _ in range(200):
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError("nothing came in 20 seconds")


def capture():
    with open(CHAT, "rb") as file:
        return file.read()


@contextlib.contextmanager
def serving(data, stalls=False):
    """The address of a server that sends this to the first who comes."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(data)
                    if stalls:
                        over.wait(60)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join(10)
