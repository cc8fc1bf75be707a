"""The release build executes no more instructions than bench/instructions.json keeps, for a packet, for a frame, and to start."""

import subprocess
import sys

from checks import settings
from checks.case import Skipped, on_request, writes
from checks.settings import ROOT

NEEDS_PROGRAM = False
CANNOT = 77


# On request, since a release build is often older than the sources; `make test` makes one first.
@on_request
@writes
def check_instructions():
    how = "--write" if settings.IS_WRITING else "--check"
    command = [sys.executable, "-B", f"{ROOT}/bench/instructions", how]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == CANNOT:
        raise Skipped(done.stderr.strip())
    print(done.stdout, end="")
    assert done.returncode == 0, done.stderr or f"status {done.returncode}"
    return f"{len(done.stdout.splitlines())} figures"
