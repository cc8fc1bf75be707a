"""Options, help, manual pages and documents say the same of the program."""

import os
import re
import shutil
import subprocess
import tempfile

from checks.case import each, remark
from checks.pages import read_page
from checks.program import CHAT, Run, content
from checks.settings import ROOT, WSRAY

AREA = "cli"
DOCUMENTS = {
    "readme": "README.md",
    "command-line": "Docs/CommandLine.md",
    "filter": "Docs/Filter.md",
    "recipes": "Docs/Recipes.md",
    "diff": "Docs/Diff.md",
    "http2": "Docs/HTTP2.md",
    "http3": "Docs/HTTP3.md",
    "subprotocols": "Docs/Subprotocols.md",
    "chains": "Docs/Chains.md",
}


def check_version():
    assert Run("-V").expect().out == Run("--version").expect().out != b""
    assert Run("dump", "-V").expect().out == Run("check", "--version").expect().out == Run("-V").out


def check_no_arguments_is_a_usage_error():
    Run().expect(64, out=b"", err=b"Name a capture file")


def check_unknown_options_and_bad_values():
    Run("--nope", CHAT).expect(64, err=b"Unknown option '--nope'")
    Run("dump", "--payload", "some", CHAT).expect(64, err=b"'full', 'none' or 'digest'")
    Run("--count", "0", CHAT).expect(64, err=b"--count")
    Run("--width", "10", CHAT).expect(64, err=b"--width")
    Run("--connection", "0", CHAT).expect(64, err=b"numbered from 1")
    Run("--limit-message", "12Q", CHAT).expect(64, err=b"--limit-message")
    Run("-", "-").expect(64, err=b"only once")
    Run("stats", "--top", "0", CHAT).expect(64, err=b"--top")


def check_hints_on_what_was_meant():
    said = Run("dump", "--width", "80", CHAT).expect(64, err=b"wsray timeline, summary, diff, replay and stats have it.")
    assert b"Did you mean" not in said.err, said.err
    Run("--sort", "time", CHAT).expect(64, err=b"wsray summary has it.")
    Run("--format", "json", CHAT).expect(64, err=b"wsray dump writes JSON Lines, JSON, CSV and HAR.")
    Run("check", "--json", CHAT).expect(64, err=b"wsray check has --format json.")
    Run("stats", "--format", "json", CHAT).expect(64, err=b"wsray stats has --json.")
    Run("--connecton", "1", CHAT).expect(64, err=b"Did you mean '--connection'?")
    Run("keys", "--how", "pyton").expect(64, err=b"Did you mean python?")
    Run("replay", CHAT, "--to", "ws://127.0.0.1:9/", "--listen", "8").expect(64, err=b"Either --to or --listen")
    for arguments, expected in [
        (["--memory", "3X"], b"expected a number of bytes, such as 4096"), (["--jobs", "x"], b"expected a number of files, or auto"),
        (["--pair", "x"], b"such as request.id == response.reqId"), (["check", "--max-latency", "x"], b"such as p99=500ms or max=2s"),
        (["diff", "--late", "x", CHAT], b"such as 500ms, 30s"), (["replay", "--listen", "x"], b"such as 8080 or 0.0.0.0:8080")]:
        Run(*arguments, CHAT).expect(64, err=expected)


def check_options_that_a_command_refuses_are_not_in_its_help():
    for command, option in [("cut", b"--count"), ("diff", b"--count"), ("replay", b"--count"), ("view", b"--no-pager"), ("replay", b"--no-pager")]:
        assert option not in Run("help", command).expect(out=b"--threads").out, f"{command} {option}"
    Run("cut", "--count", "3", CHAT).expect(64, err=b"whole connections")


def check_a_bad_value_in_the_configuration():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/wsray")
        path = f"{folder}/wsray/config"
        environment = os.environ | {"XDG_CONFIG_HOME": folder}
        for line, expected in [
            ("time = lcal", "time: expected relative, absolute, local or delta, found lcal"), ("width = 10", "width: expected a number of columns, 60"),
            ("no-pager = on", "no-pager: expected true or false"), ("pair = x", "pair: expected a rule")]:
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"# what I like\n{line}\n")
            done = subprocess.run([WSRAY, CHAT], env=environment, capture_output=True, text=True)
            assert done.returncode == 64 and f"{path}:2: {expected}" in done.stderr, (done.returncode, done.stderr)


def check_options_of_the_look_may_stand_before_a_command():
    expected = Run("timeline", "--ascii", CHAT).out
    for front in (["--no-pager", "--ascii"], ["--no-config", "--color", "never", "--ascii"], ["--ascii", "--color=never"]):
        assert Run(*front, "timeline", CHAT).out == expected, front


def check_help_and_version():
    Run("--version").expect(out=b".")
    for command in ["timeline", "summary", "dump", "report", "diff", "replay", "cut", "extract", "check", "stats", "interfaces", "explain", "fields"]:
        Run("help", command).expect(out=b"EXAMPLES:")
        Run(command, "--help").expect(out=b"USAGE: wsray " + command.encode())
    for line in Run("--help").out.splitlines():
        assert len(line) <= 80, f"help is wider than 80 columns: {line}"


def check_examples_of_the_help_can_be_copied():
    # A line that is too long is broken without an indent, and is then two commands for a shell.
    for command in re.findall(r"^  (\w+)(?: \(default\))? {3,}", Run("--help").out.decode().split("SUBCOMMANDS:")[1], re.M):
        examples = re.search(r"^EXAMPLES:\n(.*?)^(?:EXIT STATUS|USAGE):", Run("help", command).out.decode(), re.M | re.S)
        for line in examples[1].splitlines() if examples else []:
            assert not line or line.startswith("  "), f"an example of wsray {command} is broken: {line}"


def check_manual_pages_have_every_option():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{ROOT}/scripts/man-pages", WSRAY, folder], check=True)
        for command in ["timeline", "dump", "report", "diff", "replay", "cut", "extract", "check"]:
            page = content(f"{folder}/wsray-{command}.1").decode().replace("\\-", "-")
            for option in re.findall(r"^ +(?:-\w, )?--([a-z-]+)", Run(command, "--help").out.decode(), re.M):
                assert f"Fl Fl {option}" in page, f"wsray-{command}.1 lacks --{option}"
        assert "Sh KEYS" in content(f"{folder}/wsray-view.1").decode()
        for page in sorted(os.listdir(folder)):
            assert b".Sh EXAMPLES" in content(f"{folder}/{page}") or page == "wsray.1", f"{page} has no examples"
            if shutil.which("mandoc"):
                read = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], cwd=folder, capture_output=True, text=True)
                assert not read.stdout + read.stderr, f"{page}: {(read.stdout + read.stderr)[:300]}"
            if shutil.which("man"):
                read = subprocess.run(["man", "-l", "--warnings", page], cwd=folder, capture_output=True, text=True)
                assert read.returncode == 0 and not read.stderr, f"{page}: {read.stderr[:300]}"


def check_what_is_installed():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([f"{ROOT}/scripts/install", WSRAY, folder], capture_output=True, text=True, check=True)
        put = {path.removeprefix(f"{folder}/") for path in done.stdout.split()}
        for path in ["bin/wsray", "share/man/man1/wsray-view.1", "share/doc/wsray/README.md", "share/doc/wsray/Docs/Viewer.md",
                     "share/doc/wsray/Docs/wsray.schema.json", "share/zsh/site-functions/_wsray"]:
            assert path in put and os.path.isfile(f"{folder}/{path}"), f"{path} is not installed"
        # What the help refers to is there.
        for command in ["view", "dump", "fields", "check"]:
            for page in re.findall(r"Docs/[\w.-]+?\.(?:md|json)", Run(command, "--help").out.decode()):
                assert f"share/doc/wsray/{page}" in put, f"{command} --help refers to {page}"


@each(*DOCUMENTS)
def check_examples(name):
    """Each `$ command` of a console block in the documents, run; a last line `...` stands for any more."""
    folder = os.path.dirname(WSRAY)
    variables = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"PATH": f"{folder}:{os.environ['PATH']}"}
    count = 0
    blocks = re.findall(r"^```console\n(.*?)^```", read_page(DOCUMENTS[name]), re.MULTILINE | re.DOTALL)
    examples = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)
    assert examples, "no examples"
    for command, told in examples:
        if re.search(r"\bjq\b", command) and not shutil.which("jq"):
            remark("jq is not installed, so examples with it were not run")
            continue
        run = ["bash", "-c", command]
        done = subprocess.run(run, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        told, printed = told.splitlines(), done.stdout.decode().splitlines()
        if told[-1:] == ["..."]:
            told, printed = told[:-1], printed[: len(told) - 1]
        differing = next((pair for pair in zip(told, printed) if pair[0] != pair[1]), (len(told), len(printed)))
        assert told == printed, f"$ {command}: {differing}"
        count += 1
    return f"{count} examples are what is printed"


def check_options_are_documented():
    text = read_page("Docs/CommandLine.md")
    for command in ["timeline", "summary", "dump", "report", "diff", "check", "stats", "run", "keys", "interfaces", "explain", "fields", "schema"]:
        section = re.search(rf"^## wsray {command}\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, f"Docs/CommandLine.md has no section on {command}"
        shared = re.search(r"^## Input\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        told = set(re.findall(r"--[a-z][a-z-]+", section[0]))
        common = set(re.findall(r"^\| `[^|]*?(--[a-z-]+)", shared[0], re.MULTILINE))
        options = Run("help", command).out.decode()
        real = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", options, re.MULTILINE)) - {"--version", "--help"}
        missing = real - told - common
        assert not missing, f"Docs/CommandLine.md does not mention {command} {' '.join(sorted(missing))}"
        listed = set(re.findall(r"^\| `[^|]*?(--[a-z-]+)", section[0], re.MULTILINE))
        assert listed <= real, f"Docs/CommandLine.md mentions {command} {' '.join(sorted(listed - real))}, which is not there"
        if command in ["timeline", "dump", "check", "stats"]:
            assert common <= real, f"{command} does not take {' '.join(sorted(common - real))}"


def check_explain():
    catalogue = Run("explain").expect(out=b"frame.mask.missing").out.decode().splitlines()
    for line in catalogue:
        assert len(Run("explain", line.split()[0]).expect().out.splitlines()) == 3, line
    Run("explain", "frame.mask").expect(64, err=b"Did you mean frame.mask.missing")
    Run("explain", "nonsense").expect(64, err=b"There is no rule nonsense")


def check_schema():
    assert Run("schema").expect().out == content(f"{ROOT}/Docs/wsray.schema.json")
    assert Run("schema", "--diff").expect().out == content(f"{ROOT}/Docs/wsray-diff.schema.json")
    assert Run("schema", "--stats").expect().out == content(f"{ROOT}/Docs/wsray-stats.schema.json")
