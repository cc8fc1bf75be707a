"""`wsray run`: real clients against real servers on this machine, decrypted."""

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from checks.case import Skipped
from checks.program import objects
from checks.run_net import NODE_CLIENT, reason_to_skip, server, variables, wsray
from checks.run_net import messages as texts
from checks.settings import WSRAY

AREA = "run"
IS_WAITING = True
CALLER = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}


def check_python_over_tls():
    """What the server has noted is shown, with the client's exit status, and no secret."""
    with server() as peer:
        done = wsray("run", "--format", "jsonl", "--messages", "--", *peer.client("/python", "7"))
        assert done.returncode == 7, f"status {done.returncode}: {done.stderr}"
        assert texts(done.stdout) == peer.said("/python") and len(peer.said("/python")) == 6, done.stdout
        assert b"you said message 2" in done.stderr, "the command's output goes to standard error"
        connection = next(line for line in objects(done.stdout) if line["type"] == "connection")
        assert connection["tls"]["keys"] == "the command" and connection["url"].startswith("wss:"), connection
        assert not peer.leaked(done.stdout, done.stderr), "a secret is shown"


def check_timeline():
    with server() as peer:
        done = wsray("run", "--", *peer.client("/timeline"))
        assert done.returncode == 0, done.stderr
        shown = done.stdout.decode()
        for side, text in peer.said("/timeline"):
            assert any(("→" if side == "client" else "←") in line and line.split(" B  ")[-1].startswith(text) for line in shown.splitlines()), text
        assert "Closed cleanly" in shown and not peer.leaked(done.stdout, done.stderr), shown


def check_node_over_tls():
    if not shutil.which("node"):
        raise Skipped("node is not installed")
    with server() as peer:
        done = wsray("run", "--format", "jsonl", "--messages", "--", "node", NODE_CLIENT, str(peer.port), "/node")
        assert done.returncode == 5, f"status {done.returncode}: {done.stderr}"
        assert texts(done.stdout) == peer.said("/node") and len(peer.said("/node")) == 6, done.stdout
        assert not peer.leaked(done.stdout, done.stderr), "a secret is shown"


PAGE = """<script>
const socket = new WebSocket("URL");
let count = 0;
socket.onopen = () => socket.send("message 0");
socket.onmessage = () => (++count < 3 ? socket.send("message " + count) : socket.close(1000, "bye"));
</script>"""


def check_chromium_over_tls():
    chromium = next(filter(shutil.which, ("chromium", "chromium-browser", "google-chrome")), None)
    if not chromium:
        raise Skipped("chromium is not installed")
    with server() as peer, tempfile.TemporaryDirectory() as profile:
        with open(peer.path("page.html"), "w", encoding="utf-8") as file:
            file.write(PAGE.replace("URL", peer.url("/page")))
        browser = [chromium, "--headless", "--disable-gpu", "--no-sandbox", "--ignore-certificate-errors", f"--user-data-dir={profile}"]
        # It would go on for ever.
        done = wsray("run", "--format", "jsonl", "--messages", "--", "timeout", "15", *browser, f"file://{peer.path('page.html')}")
        assert done.returncode == 124, f"status {done.returncode}: {done.stderr}"
        assert texts(done.stdout) == peer.said("/page") and len(peer.said("/page")) == 6, done.stdout + done.stderr[-2000:]
        assert not peer.leaked(done.stdout, done.stderr), "a secret is shown"


def check_a_plain_connection_is_known_by_its_process():
    """Another process that talks to the same server meanwhile is not shown."""
    with server(is_plain=True) as peer:
        other = subprocess.Popen(
            ["sh", "-c", 'while "$@"; do :; done', "sh", *peer.client("/other")], stdout=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        try:
            done = wsray("run", "--format", "jsonl", "--messages", "--", "sh", "-c", '"$@"; exit 3', "sh", *peer.client("/plain"))
        finally:
            os.killpg(other.pid, signal.SIGKILL)
            other.wait()
        assert done.returncode == 3, f"status {done.returncode}: {done.stderr}"
        assert texts(done.stdout) == peer.said("/plain") and len(peer.said("/plain")) == 6, done.stdout + done.stderr
        assert b"/other" not in done.stdout and peer.said("/other"), "another's connection is shown"


def check_the_file_says_the_same_without_keys():
    with server() as peer:
        file = peer.path("talk.pcapng")
        done = wsray("run", "--format", "jsonl", "-w", file, "--", *peer.client("/file"))
        assert done.returncode == 0, done.stderr
        assert os.stat(file).st_mode & 0o777 == 0o600
        later = wsray("dump", file)
        assert (later.returncode, later.stderr) == (0, b""), later.stderr
        assert later.stdout.replace(b'"the capture"', b'"the command"').splitlines()[1:] == done.stdout.splitlines()[1:]
        # The secrets are in the file, and before what they open.
        with open(file, "rb") as opened:
            content = opened.read()
        kinds = block_types(content)
        assert 10 in kinds and max(index for index, kind in enumerate(kinds) if kind == 10) < kinds.index(6), kinds
        assert peer.secrets()[0].encode() in content
        examined = objects(wsray("keys", "--json", file).stdout)
        assert examined[0]["sufficient"] == 1 and examined[-1]["opened"] == 1, examined
        assert not peer.leaked(done.stdout, done.stderr), "a secret is shown"


def block_types(content):
    kinds, offset = [], 0
    while offset < len(content):
        kinds.append(int.from_bytes(content[offset : offset + 4], sys.byteorder))
        offset += int.from_bytes(content[offset + 4 : offset + 8], sys.byteorder)
    return kinds


def check_exit_status_and_outputs():
    with server() as peer:
        for command, status in ((["exit 9"], 9), (["kill -9 $$"], 137), (["kill -TERM $$"], 143)):
            done = wsray("run", "--", "sh", "-c", *command)
            assert done.returncode == status and done.stdout == b"", (command, done)
        assert wsray("run", "--", "wsray-no-such-command").returncode == 127
        assert wsray("run", "--", peer.path("certificate.pem")).returncode == 126
        for arguments in ((), ("--",), ("--nonsense", "--", "true"), ("--messages", "--", "true"), ("-w", "-", "--", "true")):
            assert wsray("run", *arguments).returncode == 64, arguments
        done = wsray("run", "-o", peer.path("shown"), "--", *peer.client("/output"))
        assert done.stdout.splitlines() == [f"you said message {number}".encode() for number in range(3)], done.stdout
        with open(peer.path("shown"), encoding="utf-8") as file:
            assert "message 2" in file.read()


# A shell that says who it is, where it may log keys, and what it has open.
LOOK = "id -u; echo $HOME; stat -c '%a %U' $SSLKEYLOGFILE $(dirname $SSLKEYLOGFILE); echo $NODE_OPTIONS; dirname $SSLKEYLOGFILE; ls -l /proc/$$/fd"


def check_the_command_runs_as_who_called_sudo():
    reason = reason_to_skip()
    if reason:
        raise Skipped(reason)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        environment = CALLER | {"TMPDIR": folder, "NODE_OPTIONS": "--no-warnings"}
        done = wsray("run", "-o", "/dev/null", "--", "sh", "-c", LOOK, environment=environment)
        assert done.returncode == 0, done.stderr
        user, home, file, directory, options, path, *descriptors = done.stdout.decode().splitlines()
        assert (user, home, file, directory) == ("65534", "/nonexistent", "600 nobody", "700 nobody"), done.stdout
        assert options == f"--no-warnings --tls-keylog={path}/keys.log" and path.startswith(folder), done.stdout
        assert not [line for line in descriptors if "socket:" in line or "packet" in line], descriptors
        assert os.listdir(folder) == [], "the key log is still there"


def check_signals_are_the_commands():
    """One that is sent to wsray is passed on; one that the terminal sends, to both, comes once."""
    with server():
        script = "trap 'echo got; exit 6' TERM; echo ready; while :; do sleep 0.1; done"
        process = subprocess.Popen(
            [WSRAY, "run", "--", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=variables())  # fmt: skip
        assert process.stderr.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert b"got" in process.communicate(timeout=30)[1] and process.returncode == 6, process.returncode
        count = "n=0; trap 'n=$((n+1)); echo got $n' INT; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done; exit $n"
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(WSRAY, [WSRAY, "run", "--", "sh", "-c", count], variables())
        printed = b""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and select.select([terminal], [], [], 10)[0]:
            try:
                printed += os.read(terminal, 4096)
            except OSError:
                break
            if b"ready" in printed and b"\x03" not in printed:
                os.write(terminal, b"\x03")
                printed += b"\x03"
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1 and b"got 1" in printed, printed


def check_processes_that_go_on_are_mentioned():
    with server(is_plain=True) as peer:
        done = wsray("run", "--", *peer.client("/child", "0", "leave"))
        assert b"still running: sleep" in done.stderr, done.stderr
        subprocess.run(["kill", done.stderr.decode().split("sleep (")[1].split(")")[0]], check=False)


def check_no_permission():
    reason = reason_to_skip()
    if reason:
        raise Skipped(reason)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = shutil.copy(WSRAY, f"{folder}/wsray")
        unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
        done = subprocess.run([*unprivileged, copy, "run", "--", "curl", "x"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        assert done.returncode == 77 and b"sudo setcap cap_net_raw+ep" in done.stderr and b"use sudo" in done.stderr, done.stderr


def check_summary_counts_only_its_packets():
    with server() as peer:
        done = wsray("run", "--format", "jsonl", "--where", "text", "--messages", "--", *peer.client("/summary"))
        lines = objects(done.stdout)
        assert [line["text"] for line in lines if line["type"] == "message"] == [text for _, text in peer.said("/summary")], done.stdout
        assert 15 < json.loads(done.stdout.splitlines()[-1])["packets"] < 60, lines[-1]
