"""Live capture between network namespaces: what is permitted, and what cannot be captured on."""

import json
import os
import shutil
import subprocess

from checks.live_net import NET, Live, content, in_namespaces, later, run, texts
from checks.settings import WSRAY

AREA = "live"
IS_WAITING = True
around = in_namespaces


def check_no_permission():
    copy = NET.path("wsray")  # where everybody may run it
    shutil.copy(WSRAY, copy)
    os.chmod(copy, 0o755)
    done = subprocess.run(
        ["ip", "netns", "exec", NET.names["m"], "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "-i", "port-c"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)  # fmt: skip
    assert done.returncode == 77, f"status {done.returncode}: {done.stderr}"
    assert "setcap cap_net_raw+ep" in done.stderr and "sudo" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def check_root_is_given_up():
    file = NET.path("mine.pcapng")
    live = Live("dump", "-i", "port-c", "-w", file, environment={"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"})
    state = lambda: dict(line.split(":\t", 1) for line in content(f"/proc/{live.process.pid}/status").splitlines() if ":\t" in line)
    NET.wait_for("another user", lambda: state()["Uid"].split()[0] != "0")
    status = state()
    assert set(status["Uid"].split()) == {"65534"} and set(status["Gid"].split()) == {"65534"}, status["Uid"]
    assert int(status["CapEff"], 16) == 0, status["CapEff"]
    NET.talk(count=2)
    live.end()
    assert os.stat(file).st_uid == 65534
    assert len(texts(later(file))) == 2
    os.mkdir(NET.path("closed"), 0o755)
    live = Live("-i", "port-c", "-w", NET.path("closed/a.pcapng"), "--rotate", "1h", "--user", "nobody", sockets=99)
    live.end(None, status=77)
    assert "--user root" in live.said(), live.said()


def check_what_cannot_be_captured_on():
    for name, status, words in (("nope0", 66, "wsray interfaces"), ("port-c", 64, "port ((")):
        live = Live("-i", name, *(["-f", "port (("] if status == 64 else []), sockets=99)
        live.end(None, status)
        assert words in live.said(), live.said()
    lines = run("ip", "netns", "exec", NET.names["m"], WSRAY, "interfaces", "--json").splitlines()
    ports = {line["name"]: line for line in map(json.loads, lines)}
    assert ports["port-c"]["state"] == "up" and ports["port-c"]["linkType"] == 1, ports
    assert {"address": "127.0.0.1", "prefixLength": 8} in ports["lo"]["addresses"] and ports["lo"]["loopback"], ports
    assert "any" in ports
    assert "port-s" in run("ip", "netns", "exec", NET.names["m"], WSRAY, "interfaces")
