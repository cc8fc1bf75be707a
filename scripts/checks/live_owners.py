"""Live capture: which processes the ends of a connection belong to, where this machine has them and the user may look at them."""

import json
import os
import shutil
import subprocess
import sys

from checks.live_net import NET, PEERS, SERVER, Live, in_namespaces, later
from checks.settings import WSRAY

AREA = "live"
IS_WAITING = True
around = in_namespaces
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# Who called sudo.
CALLER = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}


def talk(server="127.0.0.1", place="s", user=()):
    """Runs a client to its end; the number of its process."""
    client = NET.start(place, *user, sys.executable, PEERS, "talk", server, "3", "0.1", "10", stdout=subprocess.DEVNULL)
    assert client.wait(timeout=60) == 0, "the client failed"
    return client.pid


def owners(live):
    return [line.get("process", {}) for line in map(json.loads, live.shown().splitlines()) if line["type"] == "connection"]


def check_both_ends_of_this_machine():
    server = NET.processes[0].pid
    file = NET.path("kept.pcapng")
    live = Live("dump", "-i", "lo", "--user", "root", "--no-sandbox", "-w", file, place="s")
    client = talk()
    live.end()
    [found] = owners(live)
    assert (found["client"]["pid"], found["server"]["pid"]) == (client, server), f"{found}, and they are {client} and {server}"
    assert "live_peers.py talk 127.0.0.1 3" in found["client"]["command"] and found["server"]["command"].endswith("live_peers.py serve"), found
    assert found["client"]["name"] == open(f"/proc/{server}/comm", encoding="utf-8").read().strip(), found
    assert not any('"process":' in line for line in later(file)), "a file says nothing of processes"


def check_only_one_end_of_this_machine():
    live = Live("dump", "-i", "eth0", "--user", "root", "--no-sandbox", place="s")
    talk(SERVER, "c")
    live.end()
    [found] = owners(live)
    assert list(found) == ["server"] and found["server"]["pid"] == NET.processes[0].pid, found


def check_an_end_that_listens_elsewhere_is_not_taken_for_ours():
    """A connection to another machine's port 8765, where this one listens on that port as well."""
    NET.serve("c")
    live = Live("dump", "-i", "eth0", "--user", "root", "--no-sandbox", place="c")
    client = talk(SERVER, "c")
    live.end()
    [found] = owners(live)
    assert list(found) == ["client"] and found["client"]["pid"] == client, found


def check_another_namespace():
    live = Live("dump", "-i", "lo", "--netns", NET.names["s"], "--user", "root", "--no-sandbox", sockets=0)
    NET.wait_for("the capture", lambda: packet_sockets() > 0)
    client = talk()
    live.end()
    [found] = owners(live)
    assert found["client"]["pid"] == client and found["server"]["pid"] == NET.processes[0].pid, found


def packet_sockets():
    """How many there are in the server's namespace."""
    with open(f"/proc/{NET.processes[0].pid}/net/packet", encoding="utf-8") as file:
        return len(file.read().splitlines()) - 1


def check_who_sees_what():
    """Confined: root sees all, also where it is given up after that; a user sees what is that user's, and it is said that there is more."""
    server = NET.processes[0].pid
    for environment in ({}, CALLER):
        live = Live("dump", "-i", "lo", place="s", environment=environment)
        client = talk(user=NOBODY)
        live.end()
        [found] = owners(live)
        assert found["client"]["pid"] == client and found["server"]["pid"] == server, found
        assert "not all processes" not in live.said(), live.said()
    copy = NET.path("wsray")
    shutil.copy(WSRAY, copy)
    os.chmod(copy, 0o755)
    if subprocess.run(["setcap", "cap_net_raw+ep", copy], capture_output=True).returncode:
        return
    live = Live("dump", "-i", "lo", place="s", program=[*NOBODY, copy])
    client = talk(user=NOBODY)
    live.end()
    [found] = owners(live)
    assert list(found) == ["client"] and found["client"]["pid"] == client, found
    assert "not all processes of 1 connection were found: they had ended, or belong to other users" in live.said(), live.said()


def check_the_helper_has_given_up_what_it_does_not_need():
    live = Live("dump", "-i", "lo", place="s", environment=CALLER)
    [helper] = open(f"/proc/{live.process.pid}/task/{live.process.pid}/children", encoding="utf-8").read().split()

    def status():
        with open(f"/proc/{helper}/status", encoding="utf-8") as file:
            return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}

    NET.wait_for("the filter of system calls", lambda: status()["Seccomp"] == "2")
    assert int(status()["CapEff"], 16) in (0, 1 << 19 | 1 << 2) and status()["NoNewPrivs"] == "1", status()
    os.kill(int(helper), 2)
    talk()
    live.end()
    assert len(owners(live)) == 1 and "client" in owners(live)[0], "a Ctrl-C in the terminal ends it before the capture"
    NET.wait_for("the end of the helper", lambda: not os.path.exists(f"/proc/{helper}"))


def check_what_is_shown():
    ends = "--user", "root", "--no-sandbox"
    server = NET.processes[0].pid
    name = open(f"/proc/{server}/comm", encoding="utf-8").read().strip()
    live = Live("-i", "lo", *ends, place="s")
    client = talk()
    live.end()
    assert f"client {name} ({client}), server {name} ({server})\n" in live.shown(), live.shown()
    live = Live("summary", "-i", "lo", *ends, place="s")
    client = talk()
    live.end()
    assert f"client {name} ({client}), server {name} ({server})" in live.shown(), live.shown()
    live = Live("dump", "-i", "lo", "--redact", *ends, place="s")
    talk()
    live.end()
    [found] = owners(live)
    assert found["server"] == {"pid": server, "name": name}, "a command line is shown where secrets are removed"


def check_many_connections_take_no_time():
    """A second of connections is taken in a few, and each is shown, with its processes or without."""
    live = Live("dump", "-i", "lo", "--user", "root", "--no-sandbox", place="s")
    clients = [NET.start_talk(3, 0.1, 10, "s", "127.0.0.1", stdout=subprocess.DEVNULL) for _ in range(20)]
    assert all(client.wait(timeout=60) == 0 for client in clients)
    live.end()
    found = owners(live)
    assert len(found) == 20, len(found)
    known = {each["client"]["pid"] for each in found if "client" in each}
    assert known <= {client.pid for client in clients}, found
