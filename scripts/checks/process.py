"""One case in a process of its own: what it says goes to a file, and so does what became of it."""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

from checks import case as case_module
from checks.case import Skipped

# How many seconds a case may take: none of them takes so long on any machine, but for those that never end.
PATIENCE = 1200


class Running:
    """A case that has been started, for the second time or the first. Its folder is its own, and goes away with it."""

    def __init__(self, case, folder, is_second=False):
        self.case, self.folder, self.is_second = case, folder, is_second
        # Others than root have to reach what is in it, without reading what there is.
        os.mkdir(folder, 0o711)
        os.chmod(folder, 0o711)
        self.start = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self.run()

    def run(self):
        status = 1
        try:
            os.setsid()
            self.prepare()
            with open(f"{self.folder}/result", "w", encoding="utf-8") as file:
                json.dump(outcome(self.case) + (case_module.REMARKS,), file)
            status = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def prepare(self):
        # Under nohup, SIGHUP would be ignored here, and so by wsray too, which keeps to that.
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, ended)
        signal.signal(signal.SIGALRM, late)
        signal.alarm(PATIENCE)
        for path, flags, numbers in ((os.devnull, os.O_RDONLY, [0]), (f"{self.folder}/output", os.O_WRONLY | os.O_CREAT, [1, 2])):
            descriptor = os.open(path, flags, 0o600)
            for number in numbers:
                os.dup2(descriptor, number)
            os.close(descriptor)
        os.mkdir(f"{self.folder}/tmp", 0o711)
        tempfile.tempdir = os.environ["TMPDIR"] = f"{self.folder}/tmp"

    def end(self):
        """What became of it, when its process has ended: passed, failed or skipped; a note or the reason; remarks; all that it printed."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        try:
            with open(f"{self.folder}/result", encoding="utf-8") as file:
                what, text, remarks = json.load(file)
        except (OSError, ValueError):
            what, text, remarks = "failed", "its process ended without a result", []
        with open(f"{self.folder}/output", encoding="utf-8", errors="replace") as file:
            printed = file.read()
        shutil.rmtree(self.folder, ignore_errors=True)
        return what, text, remarks, printed


def outcome(case):
    try:
        return "passed", case() or ""
    except Skipped as reason:
        return "skipped", str(reason)
    except AssertionError as error:
        frames = traceback.extract_tb(error.__traceback__)
        last = [frame for frame in frames if os.path.basename(frame.filename) not in ("case.py", "process.py")][-1]
        return "failed", f"{error or last.line}\n({os.path.basename(last.filename)}, line {last.lineno})"
    except Exception:  # noqa: BLE001 -- whatever it is, the case failed.
        return "failed", traceback.format_exc().rstrip()


def ended(*_):
    raise KeyboardInterrupt


def late(*_):
    raise TimeoutError(f"it did not end in {PATIENCE} seconds")
