"""Live capture between network namespaces: what is permitted, whose the files are, and what cannot be captured on."""

import contextlib
import json
import os
import shutil
import subprocess

from checks.live_net import NET, Live, content, in_namespaces, later, run, texts
from checks.program import CHAT
from checks.settings import WSRAY

AREA = "live"
IS_WAITING = True
around = in_namespaces
# Who called sudo.
CALLER = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}


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
    live = Live("dump", "-i", "port-c", "-w", file, environment=CALLER)
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
    for more in (["--rotate", "1h"], []):
        live = Live("-i", "port-c", "-w", NET.path("closed/a.pcapng"), *more, "--user", "nobody", sockets=99)
        live.end(None, status=77)
        assert "written as nobody" in live.said() and "--user root" in live.said(), live.said()
    assert os.listdir(NET.path("closed")) == [], os.listdir(NET.path("closed"))
    live = Live("dump", "-i", "port-c", "-w", NET.path("closed/a.pcapng"), "--user", "root", environment=CALLER)
    NET.talk(count=1)
    live.end()
    assert os.stat(NET.path("closed/a.pcapng")).st_uid == 0


def check_all_that_reading_does_not_need_is_given_up():
    """All threads, whether root is given up or remains; files that follow in a row are still written."""
    for user, options in (("nobody", []), ("root", []), ("root", ["--no-sandbox"])):
        file = NET.path(f"{user}{len(options)}/row.pcapng")
        os.mkdir(os.path.dirname(file), 0o777)
        os.chmod(os.path.dirname(file), 0o777)
        live = Live("dump", "-i", "port-c", "-w", file, "--rotate", "16K", "--user", user, *options)
        NET.talk(count=30, size=1000)
        states = threads(live.process.pid)
        live.end()
        assert len(os.listdir(os.path.dirname(file))) > 2, os.listdir(os.path.dirname(file))
        if options:
            assert {state["Seccomp"] for state in states} == {"0"}, states
            continue
        assert len(states) > 1, "there is one thread"
        for state in states:
            assert int(state["CapEff"], 16) == int(state["CapPrm"], 16) == 0, (user, state["CapEff"])
            assert state["NoNewPrivs"] == "1" and state["Seccomp"] == "2", (user, state)


def check_reading_a_file_gives_up_as_much():
    """The input is a pipe that stays open, so that the process can be looked at."""
    for command in (["dump"], ["check"], ["stats"], ["summary"], ["timeline"]):
        with subprocess.Popen([WSRAY, *command, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as reading:
            with open(CHAT, "rb") as capture:
                reading.stdin.write(capture.read(100))
            reading.stdin.flush()
            NET.wait_for(f"{command} without rights", lambda: threads(reading.pid)[0]["Seccomp"] == "2")
            for state in threads(reading.pid):
                assert int(state["CapEff"], 16) == 0 and state["NoNewPrivs"] == "1" and state["Seccomp"] == "2", (command, state)
            reading.stdin.close()
            reading.stderr.read()


def threads(process):
    """What the kernel says of each thread."""
    lines = lambda thread: content(f"/proc/{process}/task/{thread}/status").splitlines()
    return [dict(line.split(":\t", 1) for line in lines(thread) if ":\t" in line) for thread in sorted(os.listdir(f"/proc/{process}/task"), key=int)]


def check_a_capture_is_written_by_who_called_sudo():
    """Not through a link to a file of root, nor into a directory of somebody else; rows of files neither."""
    with secret() as target:
        link = linked(target, "link.pcapng")
        live = Live("dump", "-i", "port-c", "-w", link, environment=CALLER, sockets=99).end(None, status=77)
        assert "written as nobody" in live.said(), live.said()
        os.mkdir(NET.path("other"), 0o755)
        owned(NET.path("other"), 1234)
        live = Live("dump", "-i", "port-c", "-w", NET.path("other/a.pcapng"), environment=CALLER, sockets=99).end(None, status=77)
        live = Live("extract", "-i", "port-c", "--to", NET.path("other/to"), environment=CALLER, sockets=99).end(None, status=77)
        assert "written as nobody" in live.said(), live.said()
        assert os.listdir(NET.path("other")) == [], os.listdir(NET.path("other"))
        # Where the row would go on is a link as well.
        linked(target, "row.00002.pcapng")
        live = Live("dump", "-i", "port-c", "-w", NET.path("row.pcapng"), "--rotate", "16K", environment=CALLER)
        extracting = Live("extract", "-i", "port-c", "--to", NET.path("to"), environment=CALLER, sockets=2)
        NET.talk(count=30, size=1000)
        live.end()
        extracting.end()
        names = [name for name in os.listdir(NET.folder) if name.startswith("row") and not os.path.islink(NET.path(name))]
        assert len(names) > 2, names
        for path in [NET.path(name) for name in names] + [NET.path("to"), NET.path("to/index.jsonl")]:
            assert os.stat(path).st_uid == 65534, path
        assert len(os.listdir(NET.path("to"))) == 61, os.listdir(NET.path("to"))


def check_files_are_read_by_root_and_written_by_who_called_sudo():
    """A capture that only root may read can be read, once and again; what is written is the caller's to write."""
    os.mkdir(NET.path("roots"), 0o700)
    capture = NET.path("roots/capture.pcap")
    shutil.copy(CHAT, capture)
    os.chmod(capture, 0o600)
    for command in (["dump"], ["check"], ["stats"], ["dump", "-j", "2"], ["dump", "--where", "close.code == 1000"], ["view", "--measure"]):
        under_sudo(*command, capture)
    assert "No such file" in under_sudo("dump", NET.path("roots/none.pcap"), status=66)
    with secret() as target:
        link = linked(target, "link.pcapng")
        assert "written as nobody" in under_sudo("cut", "-o", link, capture, status=77)
        os.mkdir(NET.path("other"), 0o755)
        owned(NET.path("other"), 1234)
        under_sudo("cut", "-o", NET.path("other/a.pcapng"), capture, status=77)
        # Neither may a page be, in a directory of somebody else or of root.
        under_sudo("report", "-o", NET.path("other/a.html"), capture, status=77)
        under_sudo("report", "-o", NET.path("roots/a.html"), capture, status=77)
        assert "written as nobody" in under_sudo("extract", "--to", NET.path("other/to"), capture, status=77)
        assert "written as nobody" in under_sudo("extract", "--to", NET.path("roots"), "--force", capture, status=77)
        under_sudo("extract", "--to", linked(NET.path("roots"), "through"), capture, status=77)
        under_sudo("cut", "-o", capture, capture, status=64)
        under_sudo("cut", "--where", "close.code == 1000", "-o", NET.path("cut.pcapng"), capture)
        under_sudo("extract", "--to", NET.path("to"), capture)
        under_sudo("report", "-o", NET.path("page.html"), capture)
        for name in ("cut.pcapng", "to", "to/index.jsonl", "page.html"):
            assert os.stat(NET.path(name)).st_uid == 65534, name
        assert len(later(NET.path("cut.pcapng"))) > 20
        under_sudo("cut", "--user", "root", "-o", NET.path("roots/cut.pcapng"), capture)
        assert os.stat(NET.path("roots/cut.pcapng")).st_uid == 0


def check_root_is_not_led_astray():
    """Root that nobody called does not follow links of others, nor write over files of others in a directory for everybody."""
    with secret() as target:
        link = linked(target, "link.pcapng")
        assert "symbolic link" in under_sudo("cut", "-o", link, CHAT, status=77, environment={})
        under_sudo("report", "-o", link, CHAT, status=77, environment={})
        live = Live("dump", "-i", "port-c", "-w", link, sockets=99).end(None, status=77)
        assert "symbolic link" in live.said(), live.said()
        assert "symbolic link" in under_sudo("extract", "--to", linked(NET.folder, "through") + "/to", CHAT, status=77, environment={})
        os.mkdir(NET.path("everybody"))
        os.chmod(NET.path("everybody"), 0o1777)
        theirs = NET.path("everybody/theirs")
        with open(theirs, "w", encoding="utf-8") as file:
            file.write("theirs")
        owned(theirs, 65534)
        assert "owned by another user" in under_sudo("cut", "-o", theirs, CHAT, status=77, environment={})
        under_sudo("report", "-o", theirs, CHAT, status=77, environment={})
        assert content(theirs) == "theirs"
        under_sudo("cut", "-o", linked(NET.path("cut.pcapng"), "mine", user=0), CHAT, environment={})
        assert os.path.getsize(NET.path("cut.pcapng")) > 0


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


# Root that sudo made, and files that tempt it


def under_sudo(*arguments, status=0, environment=CALLER):
    """wsray on files, as root that `sudo` made; what it said."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("SUDO_")} | environment
    done = subprocess.run([WSRAY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=variables, timeout=60)
    assert done.returncode == status, f"{arguments}: status {done.returncode}, not {status}: {done.stderr}"
    return done.stderr


@contextlib.contextmanager
def secret():
    """A file that only root may read and write, and that is to stay as it is."""
    path = NET.path("secret")
    with open(path, "w", encoding="utf-8") as file:
        file.write("secret")
    os.chmod(path, 0o600)
    yield path
    status = os.stat(path)
    assert content(path) == "secret" and (status.st_uid, status.st_mode & 0o777) == (0, 0o600), f"{content(path)!r}, {status}"


def owned(path, user):
    os.lchown(path, user, user)
    return path


def linked(target, name, user=65534):
    os.symlink(target, NET.path(name))
    return owned(NET.path(name), user)
