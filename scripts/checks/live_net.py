"""Network namespaces for a live capture, with a real client and a real server on a bridge:

    client ── wsray's namespace, a bridge between two veth ports ── server
"""

import contextlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from checks.case import Skipped, remark
from checks.live_peers import websockets
from checks.settings import WSRAY

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "live_peers.py")
CLIENT, SERVER = "10.213.0.1", "10.213.0.2"


def reason_to_skip():
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if not shutil.which("ip"):
        return "the command ip (iproute2) is not there"
    return None


class Net:
    """Three namespaces, and all processes that were started in them. Each case has a process, and so a net, of its own."""

    def __enter__(self):
        reason = reason_to_skip()
        if reason:
            raise Skipped(reason)
        self.names = {place: f"wsray{os.getpid()}{place}" for place in "csm"}
        self.processes = []
        self.folder = tempfile.mkdtemp(prefix="wsray-live-")
        os.chmod(self.folder, 0o777)
        try:
            self.build()
            self.serve("s")
        except BaseException:
            self.__exit__()
            raise
        return self

    def build(self):
        for name in self.names.values():
            made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
            if made.returncode:
                raise Skipped(f"a network namespace could not be made: {made.stderr.strip()}")
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self.names["m"], "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.names["m"], "link", "set", "br0", "up")
        for place, address in (("c", CLIENT), ("s", SERVER)):
            run("ip", "-n", self.names[place], "link", "add", "eth0", "type", "veth", "peer", "name", f"port-{place}", "netns", self.names["m"])
            run("ip", "-n", self.names["m"], "link", "set", f"port-{place}", "master", "br0", "up")
            run("ip", "-n", self.names[place], "address", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", self.names[place], "link", "set", "eth0", "up")

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        subprocess.run(["umount", f"{self.folder}/small"], capture_output=True)
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, place, *command, **options):
        process = subprocess.Popen(["ip", "netns", "exec", self.names[place], *command], stdin=subprocess.DEVNULL, **options)
        self.processes.append(process)
        return process

    def serve(self, place):
        """Starts a server, which takes connections by the time this returns."""
        server = self.start(place, sys.executable, PEERS, "serve")
        self.wait_for("the server", lambda: ":223D " in content(f"/proc/{server.pid}/net/tcp"))

    def start_talk(self, count=5, pause=0.02, size=10, place="c", server=SERVER, stdout=subprocess.PIPE):
        command = [sys.executable, PEERS, "talk", server, str(count), str(pause), str(size)]
        return self.start(place, *command, stdout=stdout)

    def talk(self, *values, **named):
        """Runs a client to its end; the messages that it sent."""
        talking = self.start_talk(*values, **named)
        said = talking.communicate(timeout=60)[0]
        assert talking.returncode == 0, "the client failed"
        return [line.decode() for line in said.splitlines()]

    def wait_for(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come in {seconds} seconds")
            time.sleep(0.02)

    def path(self, name):
        return f"{self.folder}/{name}"


NET = Net()


@contextlib.contextmanager
def in_namespaces():
    with NET:
        if not websockets:
            remark("the Python package websockets is not installed, so the ends are some of plain sockets")
        yield


class Live:
    """wsray in the middle namespace, capturing by the time it is returned."""

    def __init__(self, *arguments, place="m", stdout=None, environment=None, sockets=1, program=(WSRAY,), **options):
        self.out_path, self.err_path = NET.path(f"out{len(NET.processes)}"), NET.path(f"err{len(NET.processes)}")
        self.out, self.err = stdout or open(self.out_path, "wb"), open(self.err_path, "wb")
        variables = {key: value for key, value in os.environ.items() if not key.startswith("SUDO_")} | (environment or {})
        self.process = NET.start(place, *program, *arguments, stdout=self.out, stderr=self.err, env=variables, **options)
        NET.wait_for("the capture", lambda: self.process.poll() is not None or self.packet_sockets() >= sockets)

    def packet_sockets(self):
        """How many there are in the namespace that take packets, once the process is in it: those that are bound are `R`unning."""
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{self.process.pid}/ns/net") != os.readlink("/proc/self/ns/net"):
                rows = content(f"/proc/{self.process.pid}/net/packet").splitlines()[1:]
                return sum(row.split()[5] == "1" for row in rows)
        return 0

    def said(self):
        return content(self.err_path)

    def shown(self):
        return content(self.out_path)

    def end(self, number=signal.SIGINT, status=0):
        """Sends a signal, if one, and waits for the end."""
        if number:
            os.kill(self.process.pid, number)
        self.process.wait(timeout=20)
        assert self.process.returncode == status, f"status {self.process.returncode}, not {status}: {self.said()}"
        return self


def content(path):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    return ""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def later(*files):
    """What `wsray dump` makes of files that must read to their end, the source apart."""
    done = subprocess.run([WSRAY, "dump", *files], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{files}: {done.stderr}"
    return done.stdout.splitlines()[1:]


def packet_times(path):
    """Of a pcapng file of wsray's own, in nanoseconds."""
    with open(path, "rb") as file:
        data = file.read()
    times, place = [], 0
    while place < len(data):
        kind, length = struct.unpack_from("=II", data, place)
        if kind == 1:  # Interface Description Block, with the option if_tsresol
            assert b"\x09\x00\x01\x00\x09" in data[place : place + length], "the unit is another"
        if kind == 6:  # Enhanced Packet Block
            high, low = struct.unpack_from("=II", data, place + 12)
            times.append(high << 32 | low)
        place += length
    return times


def same(ours, theirs, what):
    different = next((pair for pair in zip(ours, theirs) if pair[0] != pair[1]), (len(ours), len(theirs)))
    assert ours == theirs, f"{what} differ: {different}"


def texts(lines):
    return [line["text"] for line in map(json.loads, lines) if line["type"] == "frame" and line["kind"] == "text" and line["from"] == "client"]
