"""The files that `wsray extract` writes are what the endpoints logged.

For each fixture with a truth.jsonl: the files in order, connection by connection and side by side, have its digests, and the index tells
the same of them. Then names, types, limits, and that nothing is overwritten.
"""

import glob
import hashlib
import json
import os
import re
import stat
import tempfile

from checks.case import fail_with
from checks.program import CHAT, content, fixtures, run
from checks.settings import FIXTURES

# Captures that lack bytes, and one of which the limit on messages keeps a part.
LACKING = {"stream-gap", "snaplen-cut", "inflated-64-mb"}
SIDES = {"client": "c2s", "server": "s2c"}


def check_what_is_cut_is_said():
    path = f"{FIXTURES}/large-message/capture.pcap"
    with tempfile.TemporaryDirectory() as folder:
        done = run("extract", "--limit-message", "1K", "--to", f"{folder}/cut", path)
        with open(f"{folder}/cut/index.jsonl", encoding="utf-8") as file:
            cut = [line for line in map(json.loads, file) if line["written"] < line["length"]]
        assert cut and f"{len(cut)} message".encode() in done.stderr and b"longer than --limit-message" in done.stderr, done.stderr
        whole = run("extract", "--to", f"{folder}/whole", path)
        assert b"--limit-message" not in whole.stderr, whole.stderr


def check_truth():
    names = sorted({os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FIXTURES}/*/truth.jsonl")} - LACKING)
    complaints, count = [], 0
    for name in names:
        try:
            count += compare(name)
        except AssertionError as error:
            complaints.append(f"{name}: {error}")
    assert names, "no fixture has a truth.jsonl"
    fail_with(complaints)
    return f"{count} files of {len(names)} captures have the digests that their senders logged"


def compare(name):
    with tempfile.TemporaryDirectory() as scratch, open(f"{FIXTURES}/{name}/truth.jsonl", encoding="utf-8") as file:
        folder = f"{scratch}/out"
        extract(folder, fixtures(f"{name}/capture.pcap*")[0])
        lines = index(folder)
        assert sorted(os.listdir(folder)) == sorted(["index.jsonl", *(line["file"] for line in lines)]), "files and index differ"
        shown, said = {}, {}
        for line in lines:
            data = content(f"{folder}/{line['file']}")
            assert hashlib.sha256(data).hexdigest() == line["sha256"] and len(data) == line["written"], f"{line['file']}: the index is wrong"
            assert re.fullmatch(r"c\d{4,}-m\d{6,}-(client|server)\.[a-z0-9]{2,6}", line["file"]), f"name {line['file']}"
            shown.setdefault((line["connection"], SIDES[line["from"]]), []).append((line["kind"], line["sha256"]))
        for message in map(json.loads, file):
            if message["opcode"] in ("text", "binary"):
                said.setdefault((message.get("connection", 1), message["dir"]), []).append((message["opcode"], message["sha256"]))
        assert shown == said, "messages differ from the truth"
        return len(lines)


def extract(to, capture, *options, status=0):
    done = run("extract", "--to", to, *options, capture)
    assert done.returncode == status, f"status {done.returncode}: {done.stderr[:300]}"
    return done.stderr.decode()


def index(folder):
    with open(f"{folder}/index.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def check_types():
    with tempfile.TemporaryDirectory() as scratch:
        extract(f"{scratch}/out", CHAT)
        endings = {os.path.splitext(line["file"])[1] for line in index(f"{scratch}/out")}
        assert endings == {".json", ".png"}, f"{endings}"


def check_nothing_is_overwritten():
    with tempfile.TemporaryDirectory() as scratch:
        folder = f"{scratch}/out"
        extract(folder, CHAT)
        assert "--force" in extract(folder, CHAT, status=64)
        extract(folder, CHAT, "--force")
        mode = os.stat(f"{folder}/index.jsonl").st_mode
        assert stat.S_IMODE(mode) == 0o600, "others can read it"


def check_links_are_not_followed():
    with tempfile.TemporaryDirectory() as scratch:
        os.mkdir(f"{scratch}/out")
        os.symlink(f"{scratch}/elsewhere", f"{scratch}/out/index.jsonl")
        extract(f"{scratch}/out", CHAT, "--force", status=2)
        assert not os.path.exists(f"{scratch}/elsewhere")


def check_limits():
    with tempfile.TemporaryDirectory() as scratch:
        assert "left out" in extract(f"{scratch}/files", CHAT, "--limit-files", "3")
        assert len(index(f"{scratch}/files")) == 3
        assert "left out" in extract(f"{scratch}/bytes", CHAT, "--limit-total", "200")
        assert sum(line["written"] for line in index(f"{scratch}/bytes")) <= 200


def check_a_condition():
    with tempfile.TemporaryDirectory() as scratch:
        extract(f"{scratch}/out", CHAT, "--where", "opcode == binary")
        assert [line["file"] for line in index(f"{scratch}/out")] == ["c0001-m000014-client.png"]
