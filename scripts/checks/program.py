"""Runs of the program, and what many cases ask it."""

import fcntl
import glob
import hashlib
import json
import os
import pickle
import subprocess

from checks import settings
from checks.settings import FIXTURES, ROOT, WSRAY

CHAT = f"{FIXTURES}/chat/capture.pcap"
# Nobody reads so many bytes again and again.
LARGE = {"inflated-64-mb", "deflate-windows", "large-message"}


class Run:
    """One run of the program: status, standard output, standard error."""

    def __init__(self, *arguments, stdin=b"", **environment):
        variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")} | environment
        done = subprocess.run([WSRAY, *arguments], input=stdin, capture_output=True, timeout=120, env=variables)
        self.arguments, self.status, self.out, self.err = arguments, done.returncode, done.stdout, done.stderr

    def expect(self, status=0, out=None, err=b""):
        """The status; a part of the output, where given; a part of what is remarked, b"" for not a word."""
        assert self.status == status, f"{self}: status {self.status}, not {status}; {self.err[:300]}"
        assert out is None or out in self.out, f"{self}: no {out} in the output"
        assert err in self.err if err else self.err == b"", f"{self}: {self.err[:300]}, not {err}"
        return self

    def __str__(self):
        return " ".join(["wsray", *(os.path.relpath(word, ROOT) if word.startswith("/") else word for word in self.arguments)])


def run(*arguments, timeout=120, **options):
    return subprocess.run([WSRAY, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, **options)


def output(*arguments, status=0):
    """Standard output of a run that ends with this status."""
    done = run(*arguments)
    assert done.returncode == status, f"wsray {' '.join(arguments)[:300]}: status {done.returncode}, not {status}; {done.stderr[:300]}"
    return done.stdout


def once(*arguments):
    """What `run` gives, run by the first case that asks and remembered for the others."""
    key = hashlib.sha256("\0".join(arguments).encode()).hexdigest()
    with open(f"{settings.SHARED}/{key}", "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = file.read()
        if kept:
            return pickle.loads(kept)
        done = run(*arguments)
        pickle.dump(done, file)
        return done


def objects(data):
    """The objects of JSON Lines; a text may hold what other readers of lines take for the end of one."""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def dumped(captures, *options, command="dump", statuses=(0,)):
    """What the program says of each of these captures, as lines.

    One run reads them all, because in a debug build a run takes longer to begin than most captures to read. With --jobs each is a
    capture of its own; the cases of `jobs` hold that against runs for each.
    """
    done = once(command, "--jobs", "1", *options, *captures)
    parts = []
    for line in done.stdout.split(b"\n")[:-1]:
        if line.startswith(b'{"type":"capture"'):
            parts.append([])
        parts[-1].append(line)
    where = f"{command} {' '.join(options)}, by the end of {captures[len(parts) - 1]}"
    assert done.returncode in statuses, f"{where}: status {done.returncode}; {done.stderr[-300:]}"
    parts = [[json.loads(line) for line in part] for part in parts]
    assert [part[0]["source"] for part in parts] == captures, f"{command}: files are missing"
    return dict(zip(captures, parts))


# Captures


def fixtures(pattern="*/capture.pcap*"):
    """Paths of captures below the project."""
    return sorted(os.path.relpath(path, ROOT) for path in glob.glob(f"{FIXTURES}/{pattern}"))


def folder_name(path):
    return os.path.basename(os.path.dirname(path))


def content(path):
    with open(path, "rb") as file:
        return file.read()


def packet_offset(capture, count):
    """Where in a little-endian pcap so many packets end."""
    at = 24
    for _ in range(count):
        at += 16 + int.from_bytes(capture[at + 8 : at + 12], "little")
    return at
