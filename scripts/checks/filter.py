"""What `--where` selects is what Python makes of the same captures.

Each row of the tables is an expression and the same question in Python, asked of frames that `facts` reads from the capture by itself, or
of what the endpoints of fixtures/endings say. The expressions of Docs/Filter.md are run too.
"""

import glob
import json
import os
import re

from checks.case import each, fail_with, writes
from checks.filter_facts import Frame, facts
from checks.filter_table import ENDINGS, TABLE
from checks.pages import keep_page, read_page
from checks.program import CHAT, objects, output
from checks.settings import FIXTURES


@each(*TABLE)
def check_table(section):
    frames, complaints = [Frame(members) for members in facts(CHAT)], []
    for expression, question in TABLE[section]:
        found, wanted = selected(expression), [(f.c, f.n) for f in frames if question(f)]
        if found != wanted:
            complaints.append(f"{expression}\n  selects {found}\n  and not {wanted}")
    fail_with(complaints)
    return f"{len(TABLE[section])} expressions select what they should of {len(frames)} frames"


def check_table_is_telling():
    """Most expressions select some frames and not others."""
    frames = [Frame(members) for members in facts(CHAT)]
    telling = sum(len([f for f in frames if question(f)]) not in (0, len(frames)) for rows in TABLE.values() for _, question in rows)
    assert telling > 100, f"only {telling} expressions select some frames and not others"


def check_endings():
    """Connections that an expression selects are those of which the truth says so."""
    truths, captures = [], []
    for folder in sorted(os.listdir(f"{FIXTURES}/endings")):
        if os.path.exists(f"{FIXTURES}/endings/{folder}/truth.json"):
            with open(f"{FIXTURES}/endings/{folder}/truth.json", encoding="utf-8") as file:
                truth = json.load(file)
            truths += truth.get("connections", [truth])
            captures.append(f"fixtures/endings/{folder}/capture.pcap")
    complaints, asked = [], 0
    for expression, question in ENDINGS:
        found = ended(expression, captures)
        for number, truth in enumerate(truths, 1):
            try:
                wanted = bool(question(truth))
            except KeyError:
                continue
            asked += 1
            if wanted != (number in found):
                complaints.append(f"{expression} is {not wanted} of “{truth['why']}”")
    fail_with(complaints)
    return f"{asked} answers about how connections ended are what happened"


def check_streams():
    """Connections that a question about streams and TCP connections selects are those that the truth of fixtures/http2 has."""
    questions = [
        ("stream == 3", lambda tcp, stream: stream == 3),
        ("stream", lambda tcp, stream: stream is not None),
        ("not stream", lambda tcp, stream: stream is None),
        ("tcp == 2", lambda tcp, stream: tcp == 2),
        ("tcp == 1 and stream > 1", lambda tcp, stream: tcp == 1 and (stream or 0) > 1),
        ('transport == "h2"', lambda tcp, stream: stream is not None),
    ]
    complaints = []
    for name in ("connections-interleaved", "haproxy-h2-to-h1"):
        capture = glob.glob(f"{FIXTURES}/http2/{name}/capture.pcap*")[0]
        with open(f"{FIXTURES}/http2/{name}/truth.jsonl", encoding="utf-8") as file:
            said = {(line["tcp"], line.get("stream")) for line in map(json.loads, file)}
        for expression, question in questions:
            rows = output("summary", "--format", "csv", "--fields", "tcp,stream", "--where", expression, capture).decode().split()[1:]
            found = {(int(tcp), int(stream) if stream else None) for tcp, stream in (row.split(",") for row in rows)}
            wanted = {one for one in said if question(*one)}
            if found != wanted:
                complaints.append(f"{name}: {expression} selects {sorted(found, key=str)} and not {sorted(wanted, key=str)}")
    fail_with(complaints)
    return f"{len(questions)} expressions select the streams that they should"


def check_examples():
    """Every expression of the page means something; a unit test does the same for the examples of the fields."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", read_page("Docs/Filter.md"), re.MULTILINE | re.DOTALL)
    lines = [line for kind, block in blocks if not kind for line in block.splitlines()]
    expressions = [line for line in lines if not line.startswith("wsray ")]
    expressions += [re.search("--where '(.*?)'", line)[1] for line in lines if line.startswith("wsray ")]
    for expression in expressions:
        selected(expression)
    assert len(expressions) > 15, f"only {len(expressions)} expressions in Docs/Filter.md"
    return f"{len(expressions)} expressions of Docs/Filter.md are understood"


@writes
def check_page():
    """The table in Docs/Filter.md is what `wsray fields` says."""
    heading = "| field | type | of the | what it is | example | also |\n|---|---|---|---|---|---|\n"
    before = re.split(r"^\| field \| type \| of the", read_page("Docs/Filter.md"), maxsplit=1, flags=re.MULTILINE)[0]
    keep_page("Docs/Filter.md", before + heading + output("fields", "--markdown").decode(), "make rules-page")


def selected(expression):
    """(connection, frame) of every frame of the chat that is shown."""
    lines = objects(output("dump", "--payload", "none", "--where", expression, CHAT))
    return [(line["connection"], line["frame"]) for line in lines if line["type"] == "frame"]


def ended(expression, captures):
    lines = objects(output("dump", "--payload", "none", "--where", expression, *captures))
    return {line["connection"] for line in lines if line["type"] == "end"}
