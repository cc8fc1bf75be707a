"""Peak memory and processor time of one run, its own alone."""

import json
import subprocess
import sys

# A process begins with the peak of the one that starts it, so a small one does: what generates captures has a large peak.
LAUNCHER = """
import json, os, sys
none = os.open("/dev/null", os.O_RDWR)
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, none, fd) for fd in (0, 1, 2)])
_, status, usage = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime]))
"""


class Cost:
    """The exit status of a run, negative where a signal ended it; its peak in bytes; seconds of processor time."""

    def __init__(self, words):
        done = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, *words], capture_output=True, text=True, check=True)
        self.status, self.peak, self.seconds = json.loads(done.stdout)
