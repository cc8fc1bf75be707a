"""`scripts/check` itself: its status, what it says, and how it ends. The cases it runs here are those of samples.py."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from checks.settings import ROOT, WSRAY

COMMAND = [sys.executable, f"{ROOT}/scripts/check", "--wsray", WSRAY, "--modules", "samples"]


def check_a_failing_case():
    """Its output is shown whole, that of others is not; the status is 1."""
    said = check("samples.passes", "samples.fails", status=1)
    assert "samples.fails: failed" in said and "what a case that fails prints" in said and "not as it should be" in said, said
    assert "(samples.py, line" in said and "what a case that passes prints" not in said, said
    assert said.endswith("failed: samples.fails\n1 passed, 1 failed, 0 skipped\n"), said


def check_cases_that_break():
    said = check("samples.breaks", "samples.dies", status=1)
    assert "KeyError: 'nobody expected this'" in said and "ended without a result" in said, said
    assert said.endswith("0 passed, 2 failed, 0 skipped\n"), said


def check_cases_that_pass():
    said = check("samples.passes", "samples.is-skipped", status=0)
    assert "samples.passes: two of two" in said, said
    assert "skipped: samples.is-skipped: not on this machine" in said, said
    assert "left out: samples.passes: something is not installed" in said, said
    assert said.endswith("1 passed, 0 failed, 1 skipped\n"), said
    assert "what a case that passes prints" in check("samples.passes", "-v", status=0)


def check_names():
    assert check("samples.names.red", "--list") == "samples.names.red\n"
    both = "samples.names.red\nsamples.names.blue\n"
    assert check("samples.names", "--list") == check("samples.na", "--list") == check("*.names.*", "--list") == both
    assert "samples.is-slow (on request)" in check("--list") and "is-slow" not in check("samples.p", "--list")
    said = check("samples.nmaes", status=1)
    assert "There is no case samples.nmaes. Did you mean samples.names or" in said, said
    assert "none of these cases writes" in check("samples.passes", "--write", status=1)


def check_exclusive_cases_run_alone():
    check("samples.is-alone", "samples.is-busy", "-j", "4")


def check_cases_that_depend_on_time_have_a_second_try():
    said = check("samples.fails-once", "samples.passes", status=0)
    assert "the machine is busy" in said and "passed alone, failed before: samples.fails-once\n" in said, said
    assert said.endswith("2 passed, 0 failed, 0 skipped\n"), said
    said = check("samples.fails-twice", status=1)
    assert said.count("not as it should be") == 2 and said.endswith("failed: samples.fails-twice\n0 passed, 1 failed, 0 skipped\n"), said


def check_an_interrupt():
    """What runs is taken down, and nothing is left."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([*COMMAND, "samples.is-slow"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables(folder))
        wait_until(lambda: os.path.exists(f"{folder}/slow") and os.path.getsize(f"{folder}/slow"), "the case begins")
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0].decode()
        assert process.returncode == 130 and "interrupted; 1 cases did not end" in said, (process.returncode, said)
        with open(f"{folder}/slow", encoding="utf-8") as file:
            pid, scratch = file.read().split()
        assert os.path.exists(f"{folder}/taken-down") and not os.path.exists(scratch), "it is not taken down"
        wait_until(lambda: not is_running(pid), "its process ends")


def check(*arguments, status=0):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables(folder), timeout=60, text=True)
    assert done.returncode == status, f"{arguments}: status {done.returncode}\n{done.stdout}"
    return done.stdout


def variables(folder):
    return os.environ | {"WSRAY_SAMPLES": folder}


def is_running(pid):
    """Whether it is there, and not only its status."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(question, what):
    deadline = time.monotonic() + 30
    while not question():
        assert time.monotonic() < deadline, f"{what}: not in 30 seconds"
        time.sleep(0.02)
