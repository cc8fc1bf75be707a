"""Cases for the test of the harness, which take every end; no others."""

import os
import subprocess
import time

from checks.case import Skipped, each, exclusive, on_request, remark


def check_passes():
    print("what a case that passes prints")
    remark("something is not installed")
    return "two of two"


def check_fails():
    print("what a case that fails prints")
    assert os.sep == "?", "not as it should be"


def check_breaks():
    raise KeyError("nobody expected this")


def check_dies():
    os.abort()


def check_is_skipped():
    raise Skipped("not on this machine")


@each("red", "blue")
def check_names(name):
    return name


@exclusive
def check_is_alone():
    assert not os.path.exists(f"{os.environ['WSRAY_SAMPLES']}/busy"), "another case runs"


@each("one", "two")
def check_is_busy(_):
    path = f"{os.environ['WSRAY_SAMPLES']}/busy"
    open(path, "w").close()
    time.sleep(0.3)
    if os.path.exists(path):
        os.remove(path)


@exclusive
def check_fails_once():
    path = f"{os.environ['WSRAY_SAMPLES']}/failed"
    has_failed = os.path.exists(path)
    open(path, "w").close()
    assert has_failed, "the machine is busy"


@exclusive
def check_fails_twice():
    assert os.sep == "?", "not as it should be"


@on_request
def check_is_slow():
    """Says where it is, and where it has left a process."""
    process = subprocess.Popen(["sleep", "60"])
    with open(f"{os.environ['WSRAY_SAMPLES']}/slow", "w", encoding="utf-8") as file:
        file.write(f"{process.pid} {os.environ['TMPDIR']}")
    try:
        time.sleep(60)
    finally:
        open(f"{os.environ['WSRAY_SAMPLES']}/taken-down", "w").close()
