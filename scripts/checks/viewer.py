"""The viewer in a real terminal: what it draws, and that it gives the terminal back."""

import os
import subprocess
import time

from checks.settings import ROOT, WSRAY
from checks.tmux import CHAT, is_cooked, rehearse, terminal

IS_WAITING = True
ESCAPES = "fixtures/controls-injected/capture.pcap"
around = terminal


def check_screens_are_those_that_are_drawn(terminal):
    terminal.view(CHAT)
    pressed = ""
    for keys in ["", "j", "i", "q Enter", "j j j Enter", "Tab", ". . .", "w", "q v", "t", "e", "1 3", "?", "q 4"]:
        terminal.keys(keys)
        pressed += f" {keys}"
        terminal.shows(rehearse("80x24", CHAT, pressed))


def check_every_list_has_its_detail(terminal):
    for file, sizes, keys in [
            (CHAT, ["80x24", "120x40", "200x60"], ["", "2 j j j", "3", "s s"]),
            ("fixtures/http2/interleaved-20/capture.pcap", ["80x24", "120x40"], ["", "j", "h"]),
            ("fixtures/tls/opaque-wrong-keys-tls13/capture.pcap", ["80x24", "200x60"], ["", "Enter"]),
            ("fixtures/controls-injected/capture.pcap", ["120x40", "200x60"], ["3", "3 j"])]:
        terminal.view(file)
        for size in sizes:
            columns, rows = size.split("x")
            terminal.tmux("resize-window", "-x", columns, "-y", rows)
            for pressed in keys:
                terminal.keys(f"1 g {pressed}")
                terminal.shows(rehearse(size, file, f"1 g {pressed}"))
            terminal.keys("1 s s s s" if "s s" in keys else "1 g l")
        terminal.keys("Q")
        terminal.wait(lambda: terminal.screen().rstrip().endswith("shell$"), "the shell's screen")
        terminal.tmux("resize-window", "-x", "80", "-y", "24")


def check_streams_of_one_connection_stand_below_it(_):
    file = "fixtures/http2/interleaved-20/capture.pcap"
    rows = rehearse("120x40", file, "").split("\n")
    assert "HTTP/2" in rows[2] and "20 streams" in rows[2], rows[2]
    assert all("└" in row for row in rows[3:20]), rows[3:20]
    folded = rehearse("120x40", file, "h").split("\n")
    assert not any("└" in row for row in folded[:20]) and folded[-2].endswith("1/1"), folded
    whole = rehearse("120x40", file, "Enter").split("\n")
    assert "filter: connection in (1, 2, 3" in whole[1], whole[1]


def check_what_could_not_be_read_is_selected_and_explained(_):
    shown = rehearse("80x24", "fixtures/tls/opaque-wrong-keys-tls13/capture.pcap", "")
    assert "Not decrypted: no key log was given." in shown and "SSLKEYLOGFILE" in shown, shown
    assert "SSLKEYLOGFILE" in rehearse("40x12", "fixtures/tls/opaque-wrong-keys-tls13/capture.pcap", "Enter")


def check_a_small_terminal_has_room_for_the_payload(_):
    shown = rehearse("80x24", CHAT, "2 j j Enter").split("\n")
    heading = next(index for index, row in enumerate(shown) if row.startswith(" ── payload"))
    assert 24 - 1 - (heading + 1) >= 14, shown


def check_local_time(terminal):
    terminal.type(f"TZ=Asia/Kolkata {WSRAY} view --time local {CHAT}")
    terminal.wait(lambda: "1 connections" in terminal.screen(), "the viewer")
    terminal.keys("2")
    terminal.wait(lambda: "00:46:21.263" in terminal.screen(), "half past five hours later than 19:16 UTC")


def check_times_stand_apart_from_numbers(_):
    """Also where a connection ends long after its last frame, and an attempt comes before the first."""
    screen = rehearse("80x24", "fixtures/endings/nginx-idle-60/capture.pcap", "2")
    assert "#1  60.094 180 " in screen and "TCP -9.027 413 " in screen, screen


def check_resizing(terminal):
    terminal.view(CHAT)
    for columns, rows in [(200, 60), (100, 30), (60, 12)]:
        terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        terminal.shows(rehearse(f"{columns}x{rows}", CHAT, ""))


def check_nothing_from_the_wire_is_obeyed(terminal):
    terminal.view(ESCAPES)
    for keys in ["i", "q 2", "Enter", "Tab"]:
        terminal.keys(keys)
    time.sleep(0.3)
    assert "\x1b" not in terminal.screen()
    terminal.shows(rehearse("80x24", ESCAPES, "i q 2 Enter Tab"))


def check_a_capture_that_breaks_off(terminal):
    path = os.path.join(os.path.dirname(terminal.socket), "cut.pcap")
    with open(os.path.join(ROOT, CHAT), "rb") as whole, open(path, "wb") as cut:
        cut.write(whole.read()[:-10])
    terminal.view(path)
    terminal.wait(lambda: "incomplete" in terminal.screen(), "a word of it")
    terminal.keys("4")
    terminal.wait(lambda: "breaks off inside packet" in " ".join(terminal.screen().split()), "what is missing")
    terminal.keys("Q")
    terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
    terminal.type("echo status $?")
    terminal.wait(lambda: "status 2" in terminal.screen(), "status 2")


def check_quitting_gives_the_terminal_back(terminal):
    terminal.view(CHAT)
    terminal.keys("q")
    terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
    is_cooked(terminal)


def check_suspending_and_going_on(terminal):
    terminal.view(CHAT)
    terminal.keys("j C-z")
    terminal.wait(lambda: "Stopped" in terminal.screen(), "the shell")
    terminal.type("stty -a | grep -c ' icanon'; fg")
    terminal.shows(rehearse("80x24", CHAT, "j"))
    terminal.keys("q")
    terminal.wait(lambda: "1 connections" not in terminal.screen(), "the shell's screen")
    is_cooked(terminal)


def check_a_crash_and_a_kill_give_the_terminal_back(terminal):
    for number in ["SEGV", "ILL", "TERM", "HUP"]:
        terminal.view(CHAT)
        subprocess.run(["pkill", f"-{number}", "-P", terminal.tmux("display", "-p", "#{pane_pid}").strip()], check=True)
        terminal.wait(lambda: "1 connections" not in terminal.screen(), f"the shell's screen after SIG{number}")
        is_cooked(terminal)
        terminal.type("clear")


def check_where_no_screen_can_be_shown(terminal):
    for command, words in [
        (f"TERM=dumb {WSRAY} view {CHAT}", "view cannot draw on this terminal"), (f"{WSRAY} view {CHAT} > /dev/null", "standard output is not one")]:
        terminal.type(f"clear; {command}; echo status $?")
        terminal.wait(lambda: words in terminal.screen().replace("\n", "") and "status 64" in terminal.screen(), words)


def check_a_pipe_is_read_while_keys_come_from_the_terminal(terminal):
    terminal.type(f"cat {CHAT} | {WSRAY} view -")
    terminal.wait(lambda: "standard input" in terminal.screen(), "the viewer")
    terminal.keys("2 Enter")
    terminal.shows(rehearse("80x24", CHAT, "2 Enter").replace("  capture.pcap", "standard input"))
