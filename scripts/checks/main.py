"""The command line of `scripts/check`."""

import argparse
import os
import signal
import sys

from checks import settings

TIMES = f"{settings.ROOT}/.build/check-times.json"


def main():
    arguments = parser().parse_args()
    settings.WSRAY = os.path.abspath(arguments.wsray or program())
    settings.IS_WRITING = arguments.write
    # Imported when that is settled, because modules with cases look at it.
    from checks import catalogue

    cases = catalogue.all_cases(arguments.modules)
    try:
        chosen = catalogue.selected(cases, arguments.cases, ["*"] if arguments.list and not arguments.cases else arguments.also)
    except catalogue.UnknownName as error:
        sys.exit(f"check: {error}")
    if arguments.write:
        chosen = [case for case in chosen if case.is_writing]
        if not chosen:
            sys.exit("check: none of these cases writes a file that is kept")
    if arguments.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for case in chosen:
            print(f"{case.name}{' (on request)' if case.is_on_request else ''}")
        return 0
    if not os.access(settings.WSRAY, os.X_OK) and any(case.needs_program for case in chosen):
        sys.exit(f"check: {settings.WSRAY} is not there; run `make debug`, or name the program with --wsray")
    return run(chosen, arguments)


def parser():
    parser = argparse.ArgumentParser(
        prog="scripts/check", description="Checks the program as its users meet it, in cases that run side by side.",
        epilog="A CASE is a name, the part of names before a dot, a pattern, or how names begin: golden.rules, live, 'cli.*where*'.")  # fmt: skip
    parser.add_argument("cases", nargs="*", metavar="CASE", help="what to run (the usual cases)")
    parser.add_argument("--also", action="append", default=[], metavar="CASE", help="run this, too: --list says what runs on request only")
    parser.add_argument("--list", action="store_true", help="name the cases and run none")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), metavar="N", help="how many cases run at a time (%(default)s)")
    parser.add_argument("--wsray", metavar="PATH", help="the program (.build/debug/wsray, or else .build/release/wsray)")
    parser.add_argument("--write", action="store_true", help="write files that are kept, such as fixtures/*/expected.*, in place of comparing them")
    parser.add_argument("-v", "--verbose", action="store_true", help="say of each case how it ended, and what it printed")
    parser.add_argument("--modules", action="append", help=argparse.SUPPRESS)
    return parser


def program():
    paths = [f"{settings.ROOT}/.build/{build}/wsray" for build in ("debug", "release")]
    return next(filter(os.path.exists, paths), paths[0])


def run(cases, arguments):
    from checks.report import Report
    from checks.runner import Runner

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    report = Report(arguments.verbose, arguments.write)
    runner = Runner(cases, max(arguments.jobs, 1), report, os.devnull if arguments.modules else TIMES)
    try:
        return report.summary(runner.run(), cases)
    except KeyboardInterrupt:
        report.summary(runner.results, cases)
        print(f"check: interrupted; {len(cases) - len(runner.results)} cases did not end", file=sys.stderr)
        return 130
