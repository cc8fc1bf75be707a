"""Nothing of fixtures/planted-secrets/secrets.txt is in what `--redact` lets through.

Every output is searched as it is, and in everything that can be made of it. First the search itself is tried, on the outputs without
`--redact`.
"""

import os
import re
import tempfile

from checks.case import each, fail_with
from checks.program import content, run
from checks.secrets import CASE, found, secrets
from checks.settings import FIXTURES

DUMPS = [
    [], ["--messages"], ["--payload", "digest"], ["--messages", "--payload-limit", "40"], ["--format", "json"], ["--format", "csv"],
    ["--format", "csv", "--messages"], ["--format", "har"], ["--format", "har", "--payload-limit", "40"], ["--format", "text"],
    ["--format", "text", "--payload", "none"],
    ["--fields", "url,path,text,bytes,json.token,request.header.cookie,request.header.authorization,subprotocol,close.reason"],
]  # fmt: skip
COMMANDS = [["dump", *options] for options in DUMPS] + [["timeline"], ["timeline", "--payload", "full", "-v"], ["stats"], ["stats", "--json"], ["report", "-o", "-"]]
FORMS = {" ".join(words): words for words in COMMANDS}
# Not in these in the first place: digests and previews have no whole payloads, and the table no headers.
PARTIAL = {"digest", "text", "timeline", "csv", "--payload-limit", "none", "--fields", "stats"}


def check_outputs():
    complaints = []
    for name, form in FORMS.items():
        if not PARTIAL & set(form):
            hidden = sorted(set(secrets()) - set(secrets("unshown.txt")) - set(found(output(form))))
            complaints += [f"{name} without --redact: the search does not even find {hidden}"] if hidden else []
        left = found(output([*form, "--redact"]))
        complaints += [f"{name} --redact: {left} can be found"] if left else []
    fail_with(complaints)
    return f"{len(secrets())} planted secrets, {len(FORMS)} forms of output without any"


def check_extract():
    with tempfile.TemporaryDirectory() as folder:
        left = found(output(["extract", "--redact", "--to", folder]))
        for name in os.listdir(folder):
            left += found(content(f"{folder}/{name}"))
    assert not left, f"extract --redact: {left} can be found"


@each("text", "json")
def check_sessions(form):
    """Who knows an Engine.IO session's name can speak in it; `stats` shows it, with --redact it does not."""
    capture = f"{FIXTURES}/polling-engineio/capture.pcap"
    sessions = {name.decode() for name in re.findall(rb"[?&]sid=([\w-]{20})", content(capture))}
    assert len(sessions) == 3, sessions
    command = ["stats"] if form == "text" else ["stats", "--json"]
    shown, hidden = (found(output([*command, *more], capture), sessions) for more in ([], ["--redact"]))
    assert set(shown) == sessions, f"{form} without --redact: the search does not even find the sessions"
    assert not hidden, f"{form} --redact: {hidden} can be found"


def output(arguments, capture=f"{CASE}/capture.pcap"):
    """Standard output and error: remarks are shared, too."""
    done = run(*arguments, capture)
    assert done.returncode == 0, f"{arguments}: status {done.returncode}: {done.stderr[:200]}"
    return done.stdout + done.stderr
