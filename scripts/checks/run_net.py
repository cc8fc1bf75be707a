"""A server over TLS on the loopback interface, and runs of `wsray run` against it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from checks.case import Skipped
from checks.settings import WSRAY
from checks.wss_peers import websockets

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wss_peers.py")
NODE_CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wss_client.js")


def reason_to_skip():
    if sys.platform != "linux":
        return "sockets are looked up in /proc, which Linux has"
    if os.geteuid() != 0:
        return "only root may capture"
    if not websockets:
        return "the Python package websockets is not installed"
    if not shutil.which("openssl"):
        return "openssl, which makes a certificate, is not installed"
    return None


class Server:
    """A server in a process of its own, and a folder with what it notes."""

    def __init__(self, is_plain=False):
        self.folder = tempfile.mkdtemp(prefix="wsray-run-server-")
        os.chmod(self.folder, 0o755)
        certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        subprocess.run([*certificate, "-keyout", self.path("key.pem"), "-out", self.path("certificate.pem")], capture_output=True, check=True)
        self.process = subprocess.Popen([sys.executable, PEERS, "serve", self.folder, *(["plain"] if is_plain else [])])
        deadline = time.monotonic() + 30
        while not os.path.exists(self.path("port")):
            assert self.process.poll() is None and time.monotonic() < deadline, "the server does not begin"
            time.sleep(0.02)
        with open(self.path("port"), encoding="utf-8") as file:
            self.port = int(file.read())
        self.scheme = "ws" if is_plain else "wss"

    def path(self, name):
        return f"{self.folder}/{name}"

    def url(self, path="/"):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def client(self, path="/", *more):
        return [sys.executable, PEERS, "talk", self.url(path), *more]

    def said(self, path="/"):
        """What was said on connections to this path, as (from, text)."""
        with open(self.path("said"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [(side, text) for where, side, text in lines if where == path]

    def secrets(self):
        with open(self.path("secrets"), encoding="utf-8") as file:
            return [line.split()[2] for line in file if not line.startswith("#")]

    def leaked(self, *outputs):
        """Secrets that are in some output, in hexadecimal or as they are."""
        forms = [form for secret in self.secrets() for form in (secret.lower().encode(), secret.upper().encode(), bytes.fromhex(secret))]
        assert forms, "the server has noted no secrets"
        return [form for form in forms if any(form in output for output in outputs)]

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server(is_plain=False):
    reason = reason_to_skip()
    if reason:
        raise Skipped(reason)
    made = Server(is_plain)
    try:
        yield made
    finally:
        made.close()


def variables(**more):
    """Those of the environment without what wsray might take notice of."""
    left_out = ("NO_COLOR", "COLUMNS", "SSLKEYLOGFILE", "NODE_OPTIONS")
    return {key: value for key, value in os.environ.items() if key not in left_out and not key.startswith("SUDO_")} | more


def wsray(*arguments, environment=None, timeout=120):
    return subprocess.run(
        [WSRAY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, env=variables(**(environment or {})))  # fmt: skip


def messages(lines):
    """Text messages of JSON Lines with --messages, as (from, text)."""
    lines = [json.loads(line) for line in lines.splitlines()]
    return [(line["from"], line["text"]) for line in lines if line["type"] == "message" and line["kind"] == "text"]
