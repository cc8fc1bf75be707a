"""Instructions that the program executes, as callgrind counts them: nearly the same each time, whatever else the machine does."""

import re
import subprocess

from captures import empty


def instructions(wsray, command, path=None):
    """Of one run; its output is thrown away."""
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", wsray, *command, *([path] if path else [])]
    done = subprocess.run(counted, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    found = re.search(r"Collected : (\d+)", done.stderr)
    # 1 says that check had findings.
    # 1: `check` found something. 3: there was nothing to check, as in the empty capture that start-up is counted on.
    if done.returncode not in (0, 1, 3) or not found:
        raise SystemExit(f"{' '.join(counted)} ended with {done.returncode}\n{done.stderr[-600:]}")
    return int(found.group(1))


class Meter:
    """Counts what is executed for the packets or frames of a capture, without what it takes to start."""

    def __init__(self, wsray):
        self.wsray, self.starts = wsray, {}

    def __call__(self, command, path):
        key = tuple(command)
        if key not in self.starts:
            self.starts[key] = instructions(self.wsray, command, empty())
        return instructions(self.wsray, command, path) - self.starts[key]
