"""Completion as the shells do it: the scripts that the program makes, loaded in bash, zsh and fish."""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import time

from checks.case import Skipped
from checks.settings import ROOT, WSRAY

# What is typed, what must be offered, what must not.
CASES = [
    ("wsray expl", ["explain"], ["dump"]), ("wsray explain frame.mask.m", ["frame.mask.missing"], ["frame.rsv"]),
    ("wsray dump --for", ["--format"], ["--fields"]), ("wsray dump --format c", ["csv"], ["har"]),
    ("wsray view fixtures/chat/cap", ["fixtures/chat/capture.pcap"], []), ("wsray dump -i l", ["lo"], []),
    ("wsray summary --sort ", ["bytes", "duration"], []),
]  # fmt: skip


def script(shell, folder):
    if not shutil.which(shell):
        raise Skipped(f"{shell} is not installed")
    path = f"{folder}/{'_wsray' if shell == 'zsh' else 'wsray.' + shell}"
    with open(path, "wb") as file:
        subprocess.run([WSRAY, "--generate-completion-script", shell], stdout=file, check=True)
    return path


def environment():
    return os.environ | {"PATH": f"{os.path.dirname(WSRAY)}:{os.environ['PATH']}", "TERM": "dumb"}


def compare(shell, offered):
    for line, wanted, others in CASES:
        said = offered(line, wanted)
        for word in wanted:
            assert word in said, f"{shell}: `{line}` does not offer {word}: {said[:300]!r}"
        for word in others:
            assert word not in said.replace(line, ""), f"{shell}: `{line}` offers {word}: {said[:300]!r}"


def check_bash():
    with tempfile.TemporaryDirectory() as folder:
        path = script("bash", folder)

        def offered(line, _):
            program = f"""
                source {path}
                line='{line}'; COMP_LINE=$line; COMP_POINT=${{#line}}
                read -ra COMP_WORDS <<< "$line"; [[ $line == *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
                function=$(complete -p wsray | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                $function wsray "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
                printf '%s\\n' "${{COMPREPLY[@]}}"
                """
            return run(["bash", "--norc", "-c", program])

        compare("bash", offered)


def check_fish():
    with tempfile.TemporaryDirectory() as folder:
        path = script("fish", folder)
        compare("fish", lambda line, _: run(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"]))


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=30)
    return done.stdout


def check_zsh():
    with tempfile.TemporaryDirectory() as folder:
        script("zsh", folder)
        with Zsh(folder) as shell:
            compare("zsh", shell.offered)


class Zsh:
    """An interactive zsh on a pseudo-terminal, since its completion works nowhere else."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.ours, theirs = pty.openpty()
        variables = environment() | {"TERM": "xterm", "ZDOTDIR": self.folder, "COLUMNS": "200"}
        self.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=variables, start_new_session=True)
        os.close(theirs)
        self.say("stty -echo; PS1='ready> '; unsetopt beep; LISTMAX=1000\n")
        self.say(f"fpath=({self.folder} $fpath); autoload -Uz compinit; compinit -u -d {self.folder}/dump; setopt auto_list no_list_ambiguous\n")
        self.say("print set-$((1 + 1))-up\n")
        self.read_until(["set-2-up"])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def say(self, text):
        os.write(self.ours, text.encode())

    def read(self, seconds, until=lambda seen: False):
        seen, end = b"", time.monotonic() + seconds
        while time.monotonic() < end and not until(seen.decode(errors="replace")):
            if select.select([self.ours], [], [], 0.1)[0]:
                seen += os.read(self.ours, 65536)
        return seen.decode(errors="replace")

    def read_until(self, words):
        """Until all of them are there, for as long as a busy machine may take, and what comes right after."""
        return self.read(20, lambda seen: all(word in seen for word in words)) + self.read(0.3)

    def offered(self, line, wanted):
        self.say(f"{line}\t")
        said = self.read_until(wanted)
        # Ctrl-U empties the line.
        self.say("\x15")
        self.read(0.3)
        return said
