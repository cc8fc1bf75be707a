"""What the program shows of each fixture is what was kept as expected.*; a person reads those as a diff before they are committed."""

import os
import re
import subprocess

from checks.case import each, fail_with, writes
from checks.program import content, fixtures, folder_name
from checks.settings import FIXTURES, IS_WRITING, ROOT, WSRAY

# Nobody reads so many bytes.
DIGESTS = {"large-message", "deflate-windows", "inflated-64-mb"}
HANDSHAKES = {"chat", "refused-by-proxy"}


@writes
def check_timeline():
    return keep_all((beside(path, "expected.timeline.txt"), "timeline", "--color", "never", path) for path in fixtures())


@writes
def check_handshake():
    options = ["timeline", "--color", "never", "--width", "80", "--handshake"]
    return keep_all((beside(path, "expected.handshake.txt"), *options, path) for path in fixtures() if folder_name(path) in HANDSHAKES)


@writes
def check_dump():
    payload = lambda path: "digest" if folder_name(path) in DIGESTS else "full"
    return keep_all((beside(path, "expected.jsonl"), "dump", "--payload", payload(path), path) for path in fixtures())


@writes
@each("fires", "near-miss")
def check_rules(kind):
    captures = fixtures(f"rules/*/{kind}.pcap")
    return keep_all((path.replace(".pcap", ".expected.txt"), "check", "--color", "never", *options(path), path) for path in captures)


def beside(path, name):
    return f"{os.path.dirname(path)}/{name}"


def options(path):
    """Those without which a rule's capture does not show what it is for."""
    path = f"{ROOT}/{beside(path, 'options')}"
    return content(path).decode().split() if os.path.exists(path) else []


def keep_all(rows):
    """Compares, or writes, the output of many commands; each row is the file and the command."""
    complaints = [keep(path, command) for path, *command in rows]
    fail_with(complaints)
    return f"{len(complaints)} outputs are as expected"


def keep(path, command):
    shown, kept = shown_by(command), content(f"{ROOT}/{path}") if os.path.exists(f"{ROOT}/{path}") else None
    if shown == kept:
        return None
    if IS_WRITING:
        with open(f"{ROOT}/{path}", "wb") as file:
            file.write(shown)
        print(f"wrote {path}")
        return None
    if kept is None:
        return f"{path} is missing; run make golden and read it"
    difference = subprocess.run(["diff", "-u", "--label", path, "--label", "now", f"{ROOT}/{path}", "-"], input=shown, capture_output=True)
    return difference.stdout.decode(errors="replace")


def shown_by(command):
    """Output and remarks of a command, its exit status as a last line where it is not 0."""
    command = [WSRAY, *(word[len("fixtures/") :] if word.startswith("fixtures/") else word for word in command)]
    done = subprocess.run(command, cwd=FIXTURES, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    # The version would change every file with each release.
    shown = re.sub(rb'"tool":\{[^}]*\}', b'"tool":{"name":"wsray","version":"0"}', done.stdout)
    return shown + (b"exit status %d\n" % done.returncode if done.returncode else b"")
