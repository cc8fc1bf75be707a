"""What is saved from the viewer, of files, pipes and interfaces."""

import json
import os
import re
import socket
import subprocess

from checks.case import Skipped
from checks.program import objects, output
from checks.settings import ROOT, WSRAY
from checks.tmux import CHAT, is_cooked, terminal

AREA = "viewer"
IS_WAITING = True
around = terminal

# RFC 6455 §1.3.
REQUEST = (
    b"GET /live HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


def check_what_is_saved(terminal):
    folder = os.path.dirname(terminal.socket)
    terminal.view(CHAT)
    for keys, name in [("j j W", "saved.pcapng"), ("Enter j j m m x", "saved.jsonl"), ("k k s", "saved.txt")]:
        terminal.keys(f"{keys} C-u")
        terminal.type(f"{folder}/{name}")
        terminal.wait(lambda: "saved " in terminal.screen(), name)
        assert os.stat(f"{folder}/{name}").st_mode & 0o777 == 0o600, f"{name} is for others too"
        terminal.keys("k j")
    frames = dump(f"{folder}/saved.pcapng")
    original = [line for line in dump(CHAT) if line.get("connection") == 3 and line["type"] == "frame"]
    assert [line["completes"]["text"] for line in frames if line.get("kind") == "text"] == [
        line["completes"]["text"] for line in original if line["kind"] == "text"]
    with open(f"{folder}/saved.jsonl", encoding="utf-8") as file:
        saved = [json.loads(line) for line in file]
    assert [line for line in saved if line["type"] == "frame"] == original[1:3], saved
    with open(f"{folder}/saved.txt", encoding="utf-8") as file:
        assert file.read() == original[1]["completes"]["text"]


def save(terminal, keys, path):
    terminal.keys(f"{keys} C-u")
    terminal.type(path)
    terminal.wait(lambda: f"{path}" in terminal.screen() and "saved " in terminal.screen(), path)
    said = terminal.screen()
    terminal.keys("k j")
    return said


def check_what_is_saved_of_a_pipe(terminal):
    folder = os.path.dirname(terminal.socket)
    terminal.type(f"cd {folder}; cat {ROOT}/{CHAT} | {WSRAY} view -")
    terminal.wait(lambda: "standard input" in terminal.screen() and "reading" not in terminal.screen(), "the viewer")
    save(terminal, "j j W", "s.pcapng")
    save(terminal, "Enter j j m m x", "s.jsonl")
    original = [line for line in dump(CHAT) if line.get("connection") == 3 and line["type"] == "frame"]
    of_connection = [line for line in dump(f"{folder}/s.pcapng") if line["type"] == "frame"]
    same = ("time", "from", "kind", "length", "text", "completes")
    assert [[line.get(key) for key in same] for line in of_connection] == [[line.get(key) for key in same] for line in original]
    with open(f"{folder}/s.jsonl", encoding="utf-8") as file:
        assert [line for line in map(json.loads, file) if line["type"] == "frame"] == original[1:3]


def check_what_is_not_kept_of_a_pipe(terminal):
    folder = os.path.dirname(terminal.socket)
    terminal.type(f"cd {folder}; cat {ROOT}/{CHAT} | {WSRAY} view --limit-spool 4K -")
    terminal.wait(lambda: "remark, see 4" in terminal.screen(), "a word of what is not kept")
    said = save(terminal, "W", "s.pcapng")
    lost = re.search(r"packets from (\d+) on are not kept", said)
    assert lost, said
    kept = dump(f"{folder}/s.pcapng")[-1]["packets"]
    assert 0 < kept <= int(lost[1]) - 1, (kept, said)


def check_what_is_saved_of_an_interface(terminal):
    if os.geteuid() != 0:
        raise Skipped("only root may capture on an interface")
    folder = os.path.dirname(terminal.socket)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        terminal.type(f"cd {folder}; {WSRAY} view --user root -i lo -f 'tcp port {port}' -w kept.pcapng")
        terminal.wait(lambda: "live" in terminal.screen(), "the viewer")
        with socket.create_connection(("127.0.0.1", port)) as client:
            peer, _ = server.accept()
            with peer:
                client.sendall(REQUEST)
                peer.recv(4096)
                peer.sendall(RESPONSE)
                client.recv(4096)
                for number in range(3):
                    client.sendall(b"\x81\x83\0\0\0\0" + b"up%d" % number)
                    peer.recv(4096)
                    peer.sendall(b"\x81\x05" + b"down%d" % number)
                    client.recv(4096)
                terminal.wait(lambda: re.search(r"open +ws://example.com/live +6 ", terminal.screen()), "six frames")
                save(terminal, "W", "live.pcapng")
                save(terminal, "Enter j m m m x", "live.jsonl")
                terminal.keys("k Enter b")
                terminal.wait(lambda: re.search(r"packet \d+ .* 9 B  seq \d+", terminal.screen()), "the packet of a frame")
                signal_viewer(terminal, "TERM")
                terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
                is_cooked(terminal)
                kept = [line["text"] for line in dump(f"{folder}/kept.pcapng") if line["type"] == "frame"]
                assert kept == ["up0", "down0", "up1", "down1", "up2", "down2"], kept
    of_connection = [line["text"] for line in dump(f"{folder}/live.pcapng") if line["type"] == "frame"]
    assert of_connection == ["up0", "down0", "up1", "down1", "up2", "down2"], of_connection
    with open(f"{folder}/live.jsonl", encoding="utf-8") as file:
        saved = [line["text"] for line in map(json.loads, file) if line["type"] == "frame"]
    assert saved == ["up0", "down0", "up1"], saved


def check_hang_up_begins_the_next_file(terminal):
    if os.geteuid() != 0:
        raise Skipped("only root may capture on an interface")
    folder = os.path.dirname(terminal.socket)
    terminal.type(f"cd {folder}; {WSRAY} view --user root -i lo -f 'tcp port 1' -w day.pcapng")
    terminal.wait(lambda: "live" in terminal.screen(), "the viewer")
    signal_viewer(terminal, "HUP")
    terminal.wait(lambda: os.path.exists(f"{folder}/day.00002.pcapng"), "the second file")
    assert "live" in terminal.screen(), terminal.screen()
    terminal.keys("q")
    terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
    for name in ("day.pcapng", "day.00002.pcapng"):
        dump(f"{folder}/{name}")


def signal_viewer(terminal, name):
    subprocess.run(["pkill", f"-{name}", "-P", terminal.tmux("display", "-p", "#{pane_pid}").strip()], check=True)


def check_a_full_disk(terminal):
    if os.geteuid() != 0:
        raise Skipped("only root may mount a small disk")
    folder = os.path.dirname(terminal.socket)
    small = f"{folder}/small"
    os.mkdir(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", small], capture_output=True, check=False).returncode:
        raise Skipped("no disk can be mounted here")
    try:
        see_what_a_full_disk_keeps(terminal, folder, small)
    finally:
        terminal.keys("Q")
        terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
        subprocess.run(["umount", small], check=True)


def see_what_a_full_disk_keeps(terminal, folder, small):
    with open(f"{small}/filler", "wb") as filler:
        filler.write(bytes(4096))
    terminal.type(f"cd {folder}; cat {ROOT}/{CHAT} | TMPDIR={small} {WSRAY} view -")
    terminal.wait(lambda: "see 4" in terminal.screen(), "a word of what is not kept")
    terminal.keys("2")
    terminal.wait(lambda: re.search(r"text +113 B +not kept", terminal.screen()), "a payload that is not kept")
    terminal.keys("/")
    terminal.type("welcome")
    terminal.wait(lambda: re.search(r"not found: welcome; \d+ payloads were not kept", terminal.screen()), "what was not searched")
    terminal.keys("G")
    terminal.wait(lambda: re.search(r"close +18 B +1000 normal closure", terminal.screen()), "the code of a close")
    terminal.keys("4")
    terminal.wait(lambda: "disk is full" in " ".join(terminal.screen().split()), "why")
    assert terminal.screen().count("not all packets were kept") == 1, terminal.screen()
    terminal.keys("1 W C-u")
    terminal.type("lost.pcapng")
    terminal.wait(lambda: "nothing was saved as lost.pcapng" in terminal.screen(), "that nothing was saved")
    terminal.keys("Q")
    terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
    terminal.type("clear")
    terminal.view(f"{ROOT}/{CHAT}")
    for keys, name in [("W", "x.pcapng"), ("Enter j j x", "x.jsonl"), ("s", "x.txt")]:
        terminal.keys(f"{keys} C-u")
        terminal.type(f"small/{name}")
        terminal.wait(lambda: f"nothing was saved as small/{name}: " in terminal.screen(), f"that {name} was not saved")
        assert not os.path.exists(f"{small}/{name}"), f"{name} is left"
        terminal.keys("j k")


def dump(path):
    return objects(output("dump", path))
