"""Captures on another machine, by an ssh that runs the command here, and a tcpdump that writes what it is to."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

from checks.program import CHAT, Run, output
from checks.settings import WSRAY

IS_WAITING = True
SSH = """#!/bin/sh
printf '%s\\n' "$@" > "$FOLDER/ssh.words"
while [ "$1" != -- ]; do shift; done
[ "$2" != away ] || { echo 'Host key verification failed.' >&2; exit 255; }
[ "$2" != lost ] || { head -c 5000 "$CAPTURE"; echo 'Connection reset by peer' >&2; exit 255; }
export SSH_CONNECTION='192.0.2.9 50505 fe80::1%eth0 22'
exec ${LOGIN_SHELL:-sh} -c "$3"
"""
TCPDUMP = """#!/bin/sh
[ "$1" != --help ] || { echo '[ --immediate-mode ]' >&2; exit; }
printf '%s\\n' "$@" > "$FOLDER/tcpdump.words"
echo "$$" > "$FOLDER/process"
echo 'tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes' >&2
case " $* " in
*' -i denied '*) echo "tcpdump: denied: You don't have permission to perform this capture on that device" >&2; exit 1 ;;
*' -i nosuch '*) echo 'tcpdump: nosuch: No such device exists' >&2; exit 1 ;;
*' -i broken '*) head -c 5000 "$CAPTURE"; exit 1 ;;
*' -i all '*) cat "$CAPTURE"; exit ;;
esac
printf 'tcpdump: strange \\033[31mwarning\\n' >&2
trap 'touch "$FOLDER/ended"; exit' TERM
cat "$CAPTURE"
while :; do sleep 0.1; done
"""


@contextlib.contextmanager
def machine():
    """A folder with the two programs, and the environment that finds them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in [("ssh", SSH), ("tcpdump", TCPDUMP)]:
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(f"{folder}/{name}", 0o755)
        yield folder, {"PATH": f"{folder}:{os.environ['PATH']}", "FOLDER": folder, "CAPTURE": os.path.abspath(CHAT)}


def words(folder, name):
    with open(f"{folder}/{name}.words", encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def wait_for(ask, what):
    for _ in range(200):
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come in 20 seconds")


def check_what_comes_is_shown_like_the_file():
    with machine() as (folder, environment):
        done = Run("dump", "--ssh", "web1", "-i", "all", **environment).expect(0)
        assert done.out.split(b"\n")[1:] == output("dump", CHAT).split(b"\n")[1:], "not what the file shows"
        assert b'"source":"all on web1"' in done.out.split(b"\n")[0]
        shown = [Run("view", "--rehearse", "Enter", *arguments, **environment).expect().out.splitlines()[1:] for arguments in
                 (["--ssh", "web1", "-i", "all"], [CHAT])]
        assert shown[0] == shown[1]


def check_what_is_asked_for():
    filters = {"it's": "host 10.0.0.1 or port 'x'", "plain": "tcp port 8080", "hostile": "port 1 and \"$(touch $FOLDER/x)\" `id` \\ ;"}
    with machine() as (folder, environment):
        for shell in filter(shutil.which, ["sh", "bash", "dash", "zsh", "fish", "csh"]):
            done = Run("--ssh", "user@web1", "-i", "all", "--snaplen", "96", "--buffer", "8M", "-f", filters["plain"], LOGIN_SHELL=shell, **environment)
            assert done.status == 0, f"{shell}: {done.err}"
            assert words(folder, "ssh")[:5] == ["-T", "-o", "ClearAllForwardings=yes", "--", "user@web1"]
            assert words(folder, "tcpdump") == [
                "--immediate-mode", "-n", "-U", "-w", "-", "-p", "-i", "all", "-s", "96", "-B", "8192",
                "not (tcp and host 192.0.2.9 and port 50505 and host fe80::1 and port 22) and (tcp port 8080)"], f"{shell}: {words(folder, 'tcpdump')}"
        Run("--ssh", "web1", "-i", "a'; touch $FOLDER/x; '", "-c", "1", "--promiscuous", **environment)
        given = words(folder, "tcpdump")
        assert "a'; touch $FOLDER/x; '" in given and "-p" not in given and not os.path.exists(f"{folder}/x"), given
        # What libpcap does not take here is not sent there.
        Run("--ssh", "web1", "-f", filters["hostile"], **environment).expect(64, err=b"filter")
        assert not os.path.exists(f"{folder}/x")


def check_the_end():
    """Whether it is asked to end or killed, tcpdump ends with it; and so it does where enough was shown."""
    for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with machine() as (folder, environment):
            with open(f"{folder}/out", "wb") as out, open(f"{folder}/err", "wb") as err:
                process = subprocess.Popen([WSRAY, "--ssh", "web1"], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=os.environ | environment)
            wait_for(lambda: "closed" in open(f"{folder}/out", encoding="utf-8").read(), "the end of a connection")
            process.send_signal(ends)
            status = process.wait(20)
            assert status == (-9 if ends == signal.SIGKILL else 0), status
            wait_for(lambda: os.path.exists(f"{folder}/ended"), "the end of tcpdump")
            said = open(f"{folder}/err", "rb").read()
            assert b"any on web1: tcpdump: strange " in said and b"\033" not in said and b"listening" not in said, said
    with machine() as (folder, environment):
        # What tcpdump says may have been read by then, or not.
        done = Run("--ssh", "web1", "-c", "3", **environment)
        assert done.status == 0, (done.status, done.err)
        wait_for(lambda: os.path.exists(f"{folder}/ended"), "the end of tcpdump")


def check_faults():
    with machine() as (folder, environment):
        def fails(status, words, *arguments):
            Run("--ssh", *arguments, **environment).expect(status, err=words)
        fails(2, b"ssh cannot log in; `ssh away` has to work first", "away")
        fails(77, b"try --ssh-sudo, or root@web1, or grant it permanently there", "user@web1", "-i", "denied")
        fails(66, b"there is no such interface on it; ssh web1 tcpdump -D", "web1", "-i", "nosuch")
        done = Run("dump", "--ssh", "web1", "-i", "broken", **environment).expect(2, err=b"breaks off inside packet")
        assert b'"type":"frame"' in done.out, "nothing of what came is shown"
        done = Run("dump", "--ssh", "lost", **environment)
        assert done.status == 2 and b"lost: Connection reset by peer" in done.err and b'"type":"frame"' in done.out, done.err
        for wrong, words in [
                (["a", CHAT], b"Either files or --ssh"), (["a", "--connect", "b:1"], b"Either --connect or --ssh"), (["-x"], b"--ssh"),
                (["a", "-i", "x", "-i", "y"], b"on one interface"), (["a", "-i", "x", "-w", "y"], b"--write is for a capture on this machine"),
                (["a", "--netns", "x"], b"--netns is for a capture on this machine")]:
            fails(64, words, *wrong)
        Run("--ssh-sudo", CHAT).expect(64, err=b"--ssh-sudo is for --ssh")


def check_programs_that_are_missing():
    with machine() as (folder, environment):
        # The script there looks for tcpdump in the usual directories as well.
        sandbox = f"{folder}/bin"
        os.mkdir(sandbox)
        for program in ["sh", "cat", "head"]:
            os.symlink(shutil.which(program), f"{sandbox}/{program}")
        os.rename(f"{folder}/ssh", f"{sandbox}/ssh")
        if not shutil.which("sudo"):
            Run("--ssh", "web1", "--ssh-sudo", **environment | {"PATH": f"{sandbox}:{folder}"}).expect(2, err=b"there is no sudo on it; root@web1")
        os.remove(f"{folder}/tcpdump")
        if not any(os.path.exists(f"{place}/tcpdump") for place in ["/usr/sbin", "/sbin", "/usr/local/sbin"]):
            Run("--ssh", "web1", **environment | {"PATH": sandbox}).expect(2, err=b"there is no tcpdump on it")
        os.remove(f"{sandbox}/ssh")
        Run("--ssh", "web1", **environment | {"PATH": sandbox}).expect(2, err=b"any on web1: ssh: there is no such command")
