"""The program with a terminal for its standard output."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from checks.settings import ROOT, WSRAY


def on_terminal(*arguments, columns=80, **environment):
    """The output of a run whose standard output is a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm", "PAGER": "cat"} | environment
    process = subprocess.Popen([WSRAY, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, env=variables)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says EIO at the end.
            break
        if not piece:
            break
        said += piece
    process.wait(timeout=60)
    os.close(ours)
    return said.replace(b"\r\n", b"\n")
