"""Live capture between network namespaces: what is shown and written, and when."""

import json
import os
import signal
import subprocess
import sys
import time

from checks.case import exclusive
from checks.live_net import NET, SERVER, Live, content, in_namespaces, later, packet_times, same, texts
from checks.live_peers import PORT
from checks.settings import WSRAY

IS_WAITING = True
LATENCY = 0.150
around = in_namespaces


@exclusive
def check_frames_come_at_once_and_the_file_says_the_same():
    """Frames are there within 150 ms, and reading the file later shows exactly what was shown live."""
    slowest = []
    for attempt in range(3):
        file = NET.path(f"{attempt}.pcapng")
        live = Live("dump", "-i", "port-c", "-w", file, stdout=subprocess.PIPE)
        talking = NET.start_talk(count=20, pause=0.05)
        lines, delays = [], []
        for line in live.process.stdout:
            lines.append(line.decode().rstrip("\n"))
            frame = json.loads(line)
            if frame["type"] == "frame" and frame["kind"] == "text":
                delays.append(time.time() - json.loads(frame["text"])["time"])
            if frame["type"] == "end":
                os.kill(live.process.pid, signal.SIGINT)
        live.end(number=None)
        sent = [line.decode().rstrip("\n") for line in talking.communicate(timeout=20)[0].splitlines()]
        assert texts(lines) == sent and len(sent) == 20, f"{len(texts(lines))} of {len(sent)} messages"
        same(lines[1:], later(file), "live and later")
        assert json.loads(lines[0])["source"] == "port-c" or "port-c" in lines[0], lines[0]
        assert json.loads(lines[-1])["dropped"] == 0, lines[-1]
        slowest.append(max(delays))
        if slowest[-1] < LATENCY:
            break
    assert min(slowest) < LATENCY, f"the slowest frames took {', '.join(f'{delay * 1000:.0f}' for delay in slowest)} ms"


def check_timeline_live():
    live = Live("-i", "port-c", "--color", "never")
    NET.talk()
    live.end(signal.SIGTERM)
    assert live.shown().count("→ text") == 5 and "Closed cleanly" in live.shown(), live.shown()
    assert "none dropped" in live.said(), live.said()


def check_filter_count_duration():
    live = Live("dump", "-i", "port-c", "-f", "tcp port 1", "--duration", "500ms")
    NET.talk(count=1)
    live.end(None)
    assert json.loads(live.shown().splitlines()[-1])["packets"] == 0, live.shown()
    live = Live("dump", "-i", "port-c", "--count", "3", "-w", NET.path("three.pcapng"))
    NET.talk(count=3)
    live.end(None)
    assert len(texts(live.shown().splitlines())) == 2, live.shown()
    same(later(NET.path("three.pcapng")), live.shown().splitlines()[1:], "three frames and their file")


@exclusive
def check_idle_exit():
    live = Live("dump", "-i", "port-c", "--idle-exit", "1s")
    NET.talk(count=2)
    live.end(None)
    assert len(texts(live.shown().splitlines())) == 2, live.shown()


def check_packets_seen_twice_count_once():
    """On `any`, and on both ports of the bridge, each packet passes several times."""
    once = Live("dump", "-i", "port-c", "-f", "tcp")
    everywhere = Live("dump", "-i", "any", "-f", "tcp", sockets=2)
    both = Live("dump", "-i", "port-c", "-i", "port-s", "-f", "tcp", sockets=4)
    NET.talk(count=30, size=2000)
    counts = []
    for live in (once, everywhere, both):
        live.end()
        summary = json.loads(live.shown().splitlines()[-1])
        counts.append((summary["packets"], summary["frames"]))
        assert len(texts(live.shown().splitlines())) == 30, live.shown()
    assert counts[0] == counts[1] == counts[2], f"packets and frames on a port, any, both ports: {counts}"
    assert "seen on several interfaces" in everywhere.said(), everywhere.said()


def check_loopback_counts_once():
    NET.serve("m")
    live = Live("dump", "-i", "lo", "-f", "tcp")
    NET.talk(count=4, place="m", server="127.0.0.1")
    live.end()
    lines = live.shown().splitlines()
    assert len(texts(lines)) == 4, live.shown()
    # Each frame is a packet and half of them have an acknowledgement of their own; the handshakes and ends take a dozen more.
    assert json.loads(lines[-1])["packets"] < 35, lines[-1]


def check_other_network_namespaces():
    """Those of a name, of a process and of a container, from a namespace in which nothing of it passes."""
    server = NET.processes[0].pid
    tools = NET.path("tools")
    os.mkdir(tools)
    with open(f"{tools}/docker", "w", encoding="utf-8") as tool:
        tool.write(f'#!/bin/sh\n[ "$5" = web ] && echo {server}\n')
    os.chmod(f"{tools}/docker", 0o755)
    variables = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    kept = NET.path("kept.pcapng")
    for option, name in (("--netns", NET.names["s"]), ("--netns", str(server)), ("--container", "web")):
        out, err = NET.path(f"{name}.out"), NET.path(f"{name}.err")
        with open(out, "wb") as shown, open(err, "wb") as said:
            live = NET.start("m", WSRAY, "dump", option, name, "-f", "tcp", "-w", kept, stdout=shown, stderr=said, env=variables)
            NET.wait_for("the capture", lambda: live.poll() is not None or len(content(f"/proc/{server}/net/packet").splitlines()) > 1)
            sent = NET.talk()
            live.send_signal(signal.SIGINT)
            assert live.wait(timeout=30) == 0, content(err)
        assert texts(content(out).splitlines()) == sent, f"{option} {name}: {content(out)} {content(err)}"
        # There may be a remark after it.
        assert any(name in line for line in content(err).splitlines()[1:]), content(err)
        # Whoever writes the file, and what is asked of the kernel later, is in its own namespace again.
        assert os.path.exists(kept)
        os.remove(kept)
        listed = NET.start("m", WSRAY, "interfaces", option, name, "--names", stdout=subprocess.PIPE, env=variables).communicate()[0].split()
        assert b"eth0" in listed and b"br0" not in listed, listed
    for option, name, status in (("--netns", "no-such", 66), ("--netns", "999999999", 66), ("--container", "no-such", 66)):
        done = subprocess.run([WSRAY, "dump", option, name], capture_output=True, text=True, env=variables)
        assert done.returncode == status and name in done.stderr, done


def check_several_interfaces_in_order_of_time():
    """Their packets come up from the kernel at different times; they are shown and written in the order in which they passed."""
    NET.serve("m")
    file = NET.path("both.pcapng")
    live = Live("dump", "-i", "lo", "-i", "port-c", "-f", "tcp", "-w", file, sockets=2)
    talks = [NET.start_talk(count=60, pause=0.007, place="m", server="127.0.0.1"), NET.start_talk(count=60, pause=0.007)]
    for talk in talks:
        assert talk.wait(timeout=60) == 0, "the client failed"
    live.end()
    times = packet_times(file)
    assert len(times) > 240 and times == sorted(times), f"{sum(b < a for a, b in zip(times, times[1:]))} of {len(times)} packets are late"
    assert len(texts(live.shown().splitlines())) == 120, live.said()


def check_only_websocket_connections_are_written():
    file = NET.path("only.pcapng")
    live = Live("dump", "-i", "port-c", "-w", file, "--ws-only")
    plain = "import socket; s = socket.create_connection(('%s', %d)); s.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); s.recv(9999)" % (SERVER, PORT)
    for _ in range(3):
        NET.start("c", sys.executable, "-c", plain).wait(timeout=20)
        NET.talk(count=3)
    live.end()

    def without_packets(lines):
        return [{key: value for key, value in line.items() if key not in ("packets", "verdict")} for line in map(json.loads, lines[:-1])]

    shown = live.shown().splitlines()
    same(without_packets(later(file)), without_packets(shown[1:]), "what was shown and the file")
    count = lambda lines: json.loads(lines[-1])["packets"]
    # Each plain connection has some fourteen packets; there are ARP and IPv6 besides.
    assert count(shown) - 80 < count(later(file)) < count(shown) - 20, (count(shown), count(later(file)))


@exclusive
def check_a_slow_reader_loses_packets_here_and_not_in_the_kernel():
    """What was dropped is said, counted, and called lost at capture; the file says the same."""
    file = NET.path("slow.pcapng")
    live = Live("dump", "-i", "port-c", "-f", "tcp", "--buffer", "2M", "-w", file, stdout=subprocess.PIPE)
    talking = NET.start_talk(count=400, pause=0, size=6000, stdout=subprocess.DEVNULL)
    # Nobody reads while the first half passes.
    NET.wait_for("dropping", lambda: talking.poll() is not None, seconds=60)
    lines = []
    os.kill(live.process.pid, signal.SIGINT)
    for line in live.process.stdout:
        lines.append(line.decode().rstrip("\n"))
    live.end(None)
    dropped = json.loads(lines[-1])["dropped"]
    assert dropped > 0 and f"dropped: {dropped} by wsray" in live.said(), (dropped, live.said()[:500])
    rules = {json.loads(line)["rule"] for line in lines if '"type":"finding"' in line}
    # Where the connection was seen again behind the loss, it is said why bytes are missing.
    assert "capture.gap" not in rules, rules
    same(later(file), lines[1:], "the file and what was shown")


# Writes so many datagrams of 1,000 bytes to a port that nobody listens at.
SENDER = "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); [s.sendto(bytes(1000), ('127.0.0.1', 9)) for _ in range(int(sys.argv[1]))]"


@exclusive
def check_what_the_kernel_drops_on_loopback_is_counted_once():
    """The kernel shows each packet on loopback twice: what was captured and what was dropped add up to what was sent all the same."""
    for interface in "lo", "any":
        live = Live("dump", "-i", interface, "-f", "udp port 9", "--buffer", "2M")
        os.kill(live.process.pid, signal.SIGSTOP)
        assert NET.start("m", sys.executable, "-c", SENDER, "8000").wait(timeout=30) == 0
        os.kill(live.process.pid, signal.SIGCONT)
        time.sleep(0.5)
        live.end()
        summary = json.loads(live.shown().splitlines()[-1])
        captured, dropped = summary["packets"], summary["dropped"]
        assert dropped > 1000 and captured > 200, (interface, captured, dropped)
        assert captured + dropped == 8000, f"{interface}: {captured} captured and {dropped} dropped of 8000"
