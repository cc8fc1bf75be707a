"""Runs cases side by side, the slow ones first."""

import json
import os
import shutil
import signal
import tempfile
import time

from checks import settings
from checks.process import Running

# A case that waits more than it works takes this part of a processor.
WAITING = 0.5


class Result:
    def __init__(self, running, seconds, busy, what, text, remarks, printed):
        self.case, self.is_second = running.case, running.is_second
        self.what, self.text, self.remarks, self.printed = what, text, remarks, printed
        # How long it took, and how long processors worked for it.
        self.seconds, self.busy = seconds, busy
        # Whether the case is to run again, because the machine may have been too busy for it.
        self.is_open = self.what == "failed" and self.case.depends_on_time and not self.is_second


class Runner:
    """Runs each case once. One that depends on time has a second try when it fails: alone, after all others.

    - jobs: how many cases run at a time.
    - report: told each result, and what runs then.
    - times_path: how long cases took when they last ran.
    """

    def __init__(self, cases, jobs, report, times_path):
        self.times_path, self.times = times_path, times(times_path)
        # An unknown time may be long. Those that need the machine for themselves come when no others are left.
        self.waiting = sorted(cases, key=lambda case: (case.is_exclusive, -self.times.get(case.name, 1e9)))
        self.jobs, self.report = jobs, report
        self.running, self.results, self.count, self.again = {}, [], 0, []

    def run(self):
        self.folder = tempfile.mkdtemp(prefix="wsray-check-")
        os.chmod(self.folder, 0o711)
        settings.SHARED = f"{self.folder}/shared"
        os.mkdir(settings.SHARED)
        try:
            while self.waiting or self.running or self.again:
                while fitting := next(filter(self.has_room, self.waiting), None):
                    self.waiting.remove(fitting)
                    self.start(fitting)
                if not self.running:
                    self.start(self.again.pop(0), is_second=True)
                self.take(*os.wait4(-1, 0))
        finally:
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.keep_times()
        return self.results

    def has_room(self, case):
        load = sum(weight(running.case) for running in self.running.values())
        is_alone = case.is_exclusive or any(running.case.is_exclusive for running in self.running.values())
        return not self.running if is_alone else load + weight(case) <= max(self.jobs, weight(case))

    def start(self, case, is_second=False):
        self.count += 1
        running = Running(case, f"{self.folder}/{self.count}", is_second)
        self.running[running.pid] = running

    def take(self, pid, _, usage):
        running = self.running.pop(pid, None)
        if running:
            seconds = time.monotonic() - running.start
            result = Result(running, seconds, usage.ru_utime + usage.ru_stime, *running.end())
            self.times[running.case.name] = round(seconds, 2)
            if result.is_open:
                self.again.append(running.case)
            else:
                self.results.append(result)
            self.report(result, [other.case.name for other in self.running.values()], len(self.waiting) + len(self.again))

    def stop(self):
        """Ends what still runs: it is asked to, so that it can take down what it has built, and made to after ten seconds."""
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while self.running:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0 and time.monotonic() > deadline:
                for pid in self.running:
                    os.killpg(pid, signal.SIGKILL)
            if pid == 0:
                time.sleep(0.05)
            elif pid in self.running:
                self.running.pop(pid).end()

    def keep_times(self):
        try:
            with open(self.times_path, "w", encoding="utf-8") as file:
                json.dump(self.times, file, indent=0, sort_keys=True)
        except OSError:
            pass  # The next run begins with another case.


def weight(case):
    return WAITING if case.is_waiting else 1


def times(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}
