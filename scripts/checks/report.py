"""What `scripts/check` prints: failures as they come, and in the end what there was."""

import collections
import resource
import sys
import time

SLOWEST = 5


class Report:
    def __init__(self, is_verbose, is_writing):
        self.is_verbose, self.is_writing, self.start = is_verbose, is_writing, time.monotonic()
        self.is_on_terminal = sys.stdout.isatty() and not is_verbose
        self.ended = 0

    def __call__(self, result, running, waiting):
        """A case has ended, and others run or wait."""
        self.ended += not result.is_open
        self.clear()
        if result.what == "failed":
            note = "; it depends on time and will run again, alone" if result.is_open else ""
            print(f"{result.case.name}: failed after {result.seconds:.1f} s{note}")
            print(indented(result.printed + result.text), flush=True)
        elif self.is_verbose or (self.is_writing and result.printed):
            note = f": {result.text}" if result.text else ""
            print(f"{result.case.name}: {result.what} after {result.seconds:.1f} s, {result.busy:.1f} s of processors{note}")
            print(indented(result.printed), end="", flush=True)
        if self.is_on_terminal:
            print(f"{self.ended} of {self.ended + len(running) + waiting}: {', '.join(running)}"[:78], end="", flush=True)

    def clear(self):
        if self.is_on_terminal:
            print("\r\x1b[K", end="")

    def summary(self, results, order):
        self.clear()
        place = {case.name: number for number, case in enumerate(order)}
        results = sorted(results, key=lambda result: place[result.case.name])
        for result in results:
            if result.what == "passed" and result.text and not (self.is_verbose or self.is_writing):
                print(f"{result.case.name}: {result.text}")
        for reason, names in grouped((result.text, result.case.name) for result in results if result.what == "skipped"):
            print(f"skipped: {some_of(names)}: {reason}")
        passed = [result.case.name for result in results if result.is_second and result.what == "passed"]
        if passed:
            print(f"passed alone, failed before: {' '.join(passed)}")
        for text, names in grouped((text, result.case.name) for result in results for text in result.remarks):
            print(f"left out: {some_of(names)}: {text}")
        if len(results) > SLOWEST:
            slow = sorted(results, key=lambda result: -result.seconds)[:SLOWEST]
            print(f"slowest: {', '.join(f'{result.case.name} {result.seconds:.1f} s' for result in slow)}")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{time.monotonic() - self.start:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processors")
        failed = [result.case.name for result in results if result.what == "failed"]
        if failed:
            print(f"failed: {' '.join(failed)}")
        counts = collections.Counter(result.what for result in results)
        print(", ".join(f"{counts[what]} {what}" for what in ("passed", "failed", "skipped")), flush=True)
        return 1 if failed else 0


def grouped(pairs):
    groups = {}
    for text, name in pairs:
        groups.setdefault(text, []).append(name)
    return groups.items()


def some_of(names):
    return ", ".join(names) if len(names) < 4 else f"{names[0]} and {len(names) - 1} others"


def indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())
