"""What is said of how connections ended is what was done to them, and Docs/Endings.md says so.

For each fixture in fixtures/endings: the verdict on each connection against truth.json, which the recorder wrote from what it did
and from what the endpoints logged. Only what the truth decides is compared; null there means that wsray must not claim anything.
"""

import glob
import json
import os

from checks.case import fail_with, writes
from checks.pages import keep_page
from checks.program import dumped
from checks.settings import FIXTURES, IS_WRITING

EXACT = ["how", "by", "code", "cause", "timeout"]
PARTIAL = ["echo", "browser"]
# The recorder looks at its clock when it is told, not when packets pass.
IDLE_TOLERANCE = 0.5

SECTIONS = [
    ("closed", "Both sides sent Close"),
    ("close-unanswered", "One side sent Close"),
    ("fin-without-close", "TCP was closed, and nobody sent Close"),
    ("reset", "TCP was reset"),
    ("open", "Open when the capture ended"),
    ("refused", "The upgrade was refused"),
    ("unanswered", "The upgrade was not answered"),
    ("failed", "The opening handshake failed"),
    (None, "Other ways"),
]

HEAD = """# How connections end

Ways for a WebSocket connection to end, each staged with real peers: what was done, what wsray says of the capture, and what
a browser said. Where a browser is named it took part: a headless Chromium, whose page reported its `CloseEvent`. The other peers are python
websockets, nginx, and scripts where no library would do such a thing. What the recorder did and the endpoints logged is in each case's
`truth.json`; wsray's verdict is held against it, and had no part in it.

Made by `make rules-page` from `fixtures/endings`; do not edit it.
"""


@writes
def check_endings():
    names = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FIXTURES}/endings/*/truth.json"))
    captures = {name: f"fixtures/endings/{name}/capture.pcap" for name in names}
    assert names, "fixtures/endings is empty"
    shown = dumped(list(captures.values()))
    staged = [Staged(name, shown[captures[name]]) for name in names]
    complaints = [f"{one.name}: {difference}" for one in staged for difference in one.differences]
    if complaints and not IS_WRITING:
        fail_with(complaints)
    keep_page("Docs/Endings.md", page(staged), "make rules-page")
    return f"in {len(staged)} captures, with {sum(len(one.truths) for one in staged)} connections, the verdicts are what happened"


class Staged:
    """A fixture: what is true of each connection in its capture, and wsray's verdict on it."""

    def __init__(self, name, lines):
        self.name = name
        folder = f"{FIXTURES}/endings/{name}"
        with open(f"{folder}/truth.json", encoding="utf-8") as file:
            self.truth = json.load(file)
        with open(f"{folder}/README.md", encoding="utf-8") as file:
            self.title = file.readline().removeprefix("# ").strip()
        ends = sorted((line for line in lines if line["type"] == "end"), key=lambda line: line["connection"])
        verdicts = [line["verdict"] for line in ends]
        self.truths = self.truth.get("connections", [self.truth])
        self.pairs = list(zip(self.truths, verdicts + [{}] * len(self.truths)))
        if len(verdicts) != len(self.truths):
            self.differences = [f"{len(verdicts)} connections ended, where there are {len(self.truths)}"]
        else:
            self.differences = [
                f"connection {number}, {truth['why']}: {difference}" if len(self.truths) > 1 else difference
                for number, (truth, verdict) in enumerate(self.pairs, 1)
                for difference in differences(truth, verdict)]  # fmt: skip


def differences(truth, verdict):
    for member in EXACT:
        if member in truth and truth[member] != verdict.get(member):
            yield f"{member} is {truth[member]}, wsray says {verdict.get(member)}"
    for member in PARTIAL:
        said = verdict.get(member, {})
        for key, value in truth.get(member, {}).items():
            if said.get(key) != value:
                yield f"{member}.{key} is {value}, wsray says {said.get(key)}"
    if "idle" in truth and abs(truth["idle"] - verdict.get("idle", 0)) > IDLE_TOLERANCE:
        yield f"idle is {truth['idle']}, wsray says {verdict.get('idle')}"
    words = " ".join([verdict.get("text", ""), *(fact["text"] for fact in verdict.get("facts", []))])
    for words_wanted in truth.get("mentions", []):
        if words_wanted.lower() not in words.lower():
            yield f"does not mention “{words_wanted}”: {words}"


def page(cases):
    parts = [HEAD]
    single = [case for case in cases if len(case.truths) == 1]
    for how, heading in SECTIONS:
        rows = [row(f"[{case.title}]({readme(case)}): {case.truth['why']}", *case.pairs[0]) for case in single if case.truth.get("how") == how]
        if rows:
            parts.append(f"\n## {heading}\n\n" + table("what was done", rows))
    for case in cases:
        if len(case.truths) > 1:
            rows = [row(truth["why"], truth, verdict) for truth, verdict in case.pairs]
            parts.append(f"\n## [{case.title}]({readme(case)})\n\n" + table("the server sent" if "browser" in case.truths[0] else "what was done", rows))
    return "".join(parts)


def table(first, rows):
    return f"| {first} | wsray says | the browser said |\n|---|---|---|\n" + "".join(rows)


def row(first, truth, verdict):
    browser = truth.get("browser")
    told = f"{browser['code']}, {'clean' if browser['wasClean'] else 'not clean'}" if browser else "–"
    return f"| {first} | {verdict.get('text', 'nothing').replace('|', chr(92) + '|')} | {told} |\n"


def readme(case):
    return f"../fixtures/endings/{case.name}/README.md"
