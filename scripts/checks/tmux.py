"""The viewer in a real terminal, which is tmux."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from checks.case import Skipped
from checks.settings import ROOT, WSRAY

CHAT = "fixtures/chat/capture.pcap"


@contextlib.contextmanager
def terminal():
    """A terminal for one case."""
    if not shutil.which("tmux"):
        raise Skipped("tmux is not installed")
    with tempfile.TemporaryDirectory() as folder, Terminal(folder) as shell:
        yield shell


def rehearse(size, file, keys):
    command = [WSRAY, "view", "--rehearse", keys, "--size", size, file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, env=os.environ | {"TERM": "dumb"})
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class Terminal:
    """A shell in tmux, in a server of its own."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, "tmux")

    def __enter__(self):
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "env PS1='shell$ ' ENV= bash --norc --noprofile -i")
        self.tmux("set", "-g", "status", "off")
        self.wait(lambda: "shell$" in self.screen(), "a shell")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def tmux(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if key not in ("TMUX", "NO_COLOR", "COLORTERM")}
        return subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True, env=environment, cwd=ROOT, timeout=30).stdout

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def keys(self, keys):
        for key in keys.split():
            self.tmux("send-keys", key)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, is_there, what):
        for _ in range(200):
            if is_there():
                return
            time.sleep(0.05)
        raise AssertionError(f"{what} never came:\n{self.screen()}")

    def shows(self, text):
        def rows(screen):
            return [line.rstrip() for line in screen.rstrip("\n").split("\n")]

        self.wait(lambda: rows(self.screen()) == rows(text), f"this screen:\n{text}\ninstead of")

    def view(self, file, *options):
        self.type(f"{WSRAY} view {' '.join(options)} {file}")
        self.wait(lambda: "1 connections" in self.screen() and "reading" not in self.screen(), "the viewer")


def is_cooked(terminal):
    terminal.type("stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo | sed s/^/cooked:/")
    terminal.wait(lambda: "cooked:2" in terminal.screen(), "a terminal as it was")
