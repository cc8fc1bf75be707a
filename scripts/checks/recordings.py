"""Recordings of browsers, of Playwright and of mitmproxy: every message that the ends logged is shown, and nothing else.

What recorders leave out, the fixture's README says. Archives that the program writes itself are read again.
"""

import base64
import collections
import glob
import json
import os
import random
import tempfile

from checks.case import each, fail_with
from checks.program import LARGE, Run, fixtures, folder_name, objects, output
from checks.schema import faults, validators
from checks.settings import FIXTURES

FOLDER = f"{FIXTURES}/recordings"
FILES = ["chromium/archive.har", "mitmproxy/archive.har", "playwright/archive.har", "playwright/trace.zip"]
# Members that only packets tell.
OF_PACKETS = {"packets", "wireLength", "frames", "compressed", "mask", "masked", "offset", "headerLength", "transport"}
# Playwright leaves messages without content out.
LACKS_EMPTY = {"playwright"}


@each(*FILES)
def check_recordings(name):
    dumped = output("dump", f"{FOLDER}/{name}")
    fail_with(faults(dumped.split(b"\n")[:-1], validators()))
    lines = objects(dumped)
    folder = name.split("/")[0]
    urls = {line["connection"]: line["url"] for line in lines if line["type"] == "connection"}
    shown = collections.defaultdict(list)
    for line in lines:
        assert line["type"] == "summary" or not OF_PACKETS & line.keys(), f"{line['type']}: {OF_PACKETS & line.keys()} is not in a recording"
        if line["type"] == "message":
            shown[path(urls[line["connection"]]), line["from"]].append((line["kind"], content(line)))
    count = 0
    for side in ("page", "server"):
        said = collections.defaultdict(list)
        for line in truth(f"{folder}/{side}.jsonl"):
            if "dir" in line and (line["base64"] or folder not in LACKS_EMPTY):
                said[line["name"], {"c2s": "client", "s2c": "server"}[line["dir"]]].append((line["opcode"], base64.b64decode(line["base64"])))
        assert said == shown, f"{side}: {difference(said, shown)}"
        count += sum(map(len, said.values()))
    ends = {path(urls[line["connection"]]): line["verdict"]["how"] for line in lines if line["type"] == "end"}
    refused = ends.pop("refused")
    assert refused in ("refused", "reported-failure"), f"the refused upgrade ended as {refused}"
    assert set(ends.values()) == {"not-recorded"}, f"no recording says how these ended: {ends}"
    return f"{count} messages as the page and the server logged them"


def check_times():
    """A message is shown when the page says that it was sent or received, whatever unit the recorder has."""
    for name in FILES:
        lines = objects(output("dump", f"{FOLDER}/{name}"))
        urls = {line["connection"]: line["url"] for line in lines if line["type"] == "connection"}
        wanted = {(line["name"], line["dir"]): line["time"] / 1000 for line in truth(f"{name.split('/')[0]}/page.jsonl") if "dir" in line and line["base64"]}
        for line in lines:
            if line["type"] == "message" and content(line):
                key = (path(urls[line["connection"]]), "c2s" if line["from"] == "client" else "s2c")
                last = wanted[key]
                assert -30 < seconds(line["time"]) - last < 1, f"{name}: {line['time']}, the page's last of these was at {last}"


def check_order():
    """Messages of all connections come in the order of their times, as those of packets do."""
    for name in FILES:
        times = [line["time"] for line in objects(output("dump", f"{FOLDER}/{name}")) if line["type"] == "message"]
        assert times == sorted(times), f"{name}: not in order"


def check_own_archives():
    """HAR that the program writes says the same when it is read again."""
    captures = [path for path in fixtures() if folder_name(path) not in LARGE]
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for capture in captures:
            archive = f"{folder}/{folder_name(capture)}.har"
            with open(archive, "wb") as file:
                file.write(output("dump", "--format", "har", capture))
            if not json.load(open(archive, encoding="utf-8"))["log"]["entries"]:
                continue
            before = conversations(objects(output("dump", "--messages", capture)))
            after = conversations(objects(output("dump", archive)))
            assert before == after, f"{capture}: {difference(before, after)}"
            count += sum(map(len, after.values()))
    return f"{count} messages read again"


def conversations(lines):
    """Of each connection that has a request, when it began, what was said, and when."""
    keys = {line["connection"]: (line["time"], line.get("url")) for line in lines if line["type"] == "connection" and "request" in line}
    said = collections.defaultdict(list)
    for line in lines:
        # What has no end, or only a part of which is known, the archive marks, but it has no bytes for what is missing.
        if line["type"] == "message" and line["connection"] in keys and "complete" not in line and "unknown" not in line:
            said[keys[line["connection"]]].append((line["from"], line["kind"], line["time"], content(line), json.dumps(line.get("close"))))
    return {key: sorted(value) for key, value in said.items()}


def check_cut_anywhere():
    """A file that ends early shows what it has, and says where it ends."""
    whole = open(f"{FOLDER}/chromium/archive.har", "rb").read()
    messages = [(line["from"], content(line)) for line in objects(output("dump", f"{FOLDER}/chromium/archive.har")) if line["type"] == "message" and line["connection"] == 1]
    rng = random.Random(6)
    for end in sorted(rng.sample(range(len(whole) - 2), 25)):
        done = Run("dump", "-", stdin=whole[:end])
        assert done.status == 2 and b"breaks off at byte" in done.err, f"{end} bytes: {done.status}, {done.err[:200]}"
        found = [(line["from"], content(line)) for line in objects(done.out) if line["type"] == "message" and line["connection"] == 1]
        assert found == messages[:len(found)], f"{end} bytes: other messages"


def check_damaged():
    """Bytes that were changed are shown or complained about; the program never fails."""
    rng = random.Random(17)
    for name in ["chromium/archive.har", "playwright/trace.zip"]:
        whole = open(f"{FOLDER}/{name}", "rb").read()
        for _ in range(25):
            damaged = bytearray(whole)
            for _ in range(rng.randrange(1, 6)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            with tempfile.NamedTemporaryFile() as file:
                file.write(damaged)
                file.flush()
                done = Run("dump", file.name)
                assert done.status in (0, 2), f"{name}: status {done.status}, {done.err[:300]}"
                objects(done.out)


def check_without_packets():
    """What needs packets says so; what is no recording is told by its name."""
    archive = f"{FOLDER}/chromium/archive.har"
    trace = f"{FOLDER}/playwright/trace.zip"
    for command in (["stats"], ["cut", "-o", os.devnull]):
        for file in (archive, trace):
            Run(*command, file).expect(2, err=b"messages but no packets, and packets are needed here; `wsray FILE` shows them")
    Run("view", archive).expect(2, err=b"messages but no packets; `wsray FILE` shows them")
    Run("view", trace).expect(2, err=b"if it is a Playwright trace, see its messages with `wsray FILE`")
    with tempfile.TemporaryDirectory() as folder:
        for command in (["timeline"], ["dump"], ["check"], ["summary"], ["report", "-o", "-"], ["extract", "--force", "--to", folder]):
            for file in (archive, trace):
                done = Run(*command, file)
                assert done.status < 2 and b" needed " not in done.err, f"{command}: {done.status}, {done.err}"
    assert Run("diff", archive, trace).status in (0, 1)
    with tempfile.TemporaryDirectory() as folder:
        Run("cut", "-o", f"{folder}/cut.pcapng", archive).expect(2, err=b"packets are needed")
        assert not os.listdir(folder), "cut makes a file although there is nothing to cut"
    Run("summary", "--where", "connection > 0", archive).expect(err=b" messages, in ")
    Run("-f", "tcp", archive).expect(64, err=b"--where selects messages")
    Run("-", stdin=open(f"{FOLDER}/playwright/trace.zip", "rb").read()).expect(2, err=b"write it to a file first")
    Run("-", stdin=b'{"type": "capture"}').expect(2, err=b"no HAR")
    Run("-", stdin=b'{"log": {"entries": [{"request": {"url": "http://example.com/"}}]}}').expect(0, err=b"no WebSocket: 1 request is in it")
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(base64.b64decode("UEsDBAoAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAYVBLAQIUAwoAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACkgQAAAABhUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="))
        file.flush()
        Run(file.name).expect(2, err=b"neither a Playwright trace nor a HAR")


def check_together():
    """A recording beside captures is a capture of its own, and conditions select its messages."""
    archive = f"{FOLDER}/chromium/archive.har"
    lines = objects(output("dump", f"{FIXTURES}/chat/capture.pcap", archive, f"{FIXTURES}/chat/capture.pcap"))
    kinds = [line.get("recorder", "packets") for line in lines if line["type"] == "connection"]
    own = kinds.count("packets") // 2
    assert kinds == ["packets"] * own + ["WebInspector 537.36"] * 5 + ["packets"] * own, kinds
    ticks = objects(output("dump", "--where", 'url ~ "/ticker" and from == server', archive))
    assert [line["text"] for line in ticks if line["type"] == "message"] == [f'{{"tick":{number}}}' for number in range(5)]
    assert not any(line["type"] == "message" for line in objects(output("dump", "--where", "masked or fin or tcp == 0", archive)))


def check_large():
    """What may not wait all at once is shown in parts, in bounded memory."""
    messages = ",".join(f'{{"type":"receive","time":{1795815009 + n / 1000},"opcode":1,"data":"{n:06d}{"x" * 1000}"}}' for n in range(12_000))
    entry = '{"startedDateTime":"2026-11-27T21:30:09.000Z","request":{"method":"GET","url":"ws://localhost/","headers":[]},"_webSocketMessages":[%s]}'
    text = ('{"log":{"entries":[' + entry % messages + "]}}").encode()
    done = Run("dump", "--memory", "16M", "-", stdin=text)
    found = [line["text"][:6] for line in objects(done.out) if line["type"] == "message"]
    assert found == [f"{n:06d}" for n in range(12_000)], f"{len(found)} messages"
    assert b"shown in parts" in done.err, done.err[:300]


def check_report():
    """The page of a recording has its messages."""
    with tempfile.TemporaryDirectory() as folder:
        output("report", "-o", f"{folder}/report.html", f"{FOLDER}/chromium/archive.har")
        page = open(f"{folder}/report.html", encoding="utf-8").read()
    assert "end not recorded" in page and "tick" in page and "WebInspector" in page
    assert "<script>alert(1)" not in page


def path(url):
    return url.split("/", 3)[3].split("?")[0]


def content(line):
    return line["text"].encode() if "text" in line else base64.b64decode(line.get("base64", ""))


def truth(name):
    with open(f"{FOLDER}/{name}", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def seconds(time):
    from checks.devtools import seconds as parsed

    return parsed(time)


def difference(wanted, found):
    for key in wanted.keys() | found.keys():
        if wanted.get(key) != found.get(key):
            return f"{key}: {str(wanted.get(key))[:400]}, found {str(found.get(key))[:400]}"
    return "nothing"


assert all(os.path.exists(f"{FOLDER}/{name}") for name in FILES), glob.glob(f"{FOLDER}/*/*")
