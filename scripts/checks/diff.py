"""`wsray diff`: what a proxy did, and what differs between two runs, is found; nothing else is."""

import json
import os
import tempfile

from checks import hostile_page
from checks.case import each, fail_with
from checks.program import CHAT, Run, content, fixtures, folder_name, run
from checks.schema import faults, validator
from checks.settings import FIXTURES, ROOT

FOLDER = f"{FIXTURES}/diff"
STREAMS = [path for path in fixtures("stream-*/capture.pcap*") if folder_name(path) not in ("stream-gap", "stream-midway", "stream-keepalive-garbage")]
# What both sides of a server look like where one header is a version, and so is not in the truth.
ANY = "*"


def compared(a, b, *options, status=1):
    done = run("diff", "--json", *options, a, b)
    assert done.returncode == status, f"diff {a} {b}: status {done.returncode}, not {status}; {done.stderr[:300]}"
    return json.loads(done.stdout)


def differences(told):
    """All of them, those of several messages one by one: (kind, from, what tells it apart)."""
    for pair in told["connections"]:
        for one in pair["differences"]:
            yield from spread(one)


def spread(one):
    start = (one["kind"], one.get("from"))
    if one["kind"] in ("missing", "added"):
        yield (*start, one.get("a", one.get("b")))
    elif one["kind"] == "changed":
        for part in one["parts"]:
            yield (*start, part["path"], part.get("a"), part.get("b"))
    elif one["kind"] == "reordered":
        yield (*start, one["a"])
    elif one["kind"] == "refragmented":
        yield (*start, one["a"], one["b"])
    elif one["kind"] == "recompressed":
        yield (*start, one["subject"], one["count"])
    elif one["kind"] == "late":
        yield (*start, round(one["delay"], 1))
    else:
        yield (*start, one.get("subject", "").lower(), one.get("a"), one.get("b"))


def truth(name):
    with open(f"{FOLDER}/{name}/truth.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def expected(line, lines):
    start = (line["kind"], line["from"])
    match line["kind"]:
        case "missing" | "added":
            return (*start, line.get("text") or line.get("ping") or line.get("close"))
        case "changed":
            # What the server sent is seen last by A.
            seen = (line["old"], line["new"]) if line["from"] == "client" else (line["new"], line["old"])
            return (*start, line["path"], *seen)
        case "reordered":
            return (*start, line["text"])
        case "refragmented":
            counts = ("1 frame", f"{line['frames']} frames")
            return (*start, *(counts if line["from"] == "client" else counts[::-1]))
        case "recompressed":
            alike = [other for other in lines if (other["kind"], other["from"]) == start]
            return (*start, "to other sizes" if line["compressed"] else "in B only", len(alike))
        case "late":
            return (*start, line["seconds"])
        case "header":
            return (*start, line["name"].lower(), line.get("before"), line.get("after"))
        case "finding":
            return (*start, line["rule"], None, ANY)
        case _:
            return (*start, "", line.get("before"), line.get("after"))


def agree(told, expected):
    return len(told) == len(expected) and all(a == b or (b == ANY and a) for a, b in zip(told, expected))


@each("nginx", "haproxy", "meddling", "recompressing", "cutting")
def check_proxy(name):
    """Each thing that the proxy did is told, and nothing else, whichever side is named first."""
    lines = truth(name)
    before, after = f"{FOLDER}/{name}/before.pcap", f"{FOLDER}/{name}/after.pcap"
    told = compared(before, after)
    assert {pair["relation"] for pair in told["connections"]} == {"proxy"} and not told["onlyA"] and not told["onlyB"], "not recognised as one"
    wanted = {expected(line, lines) for line in lines}
    for pair in told["connections"]:
        found = set(differences({"connections": [pair]}))
        extra = [one for one in found if not any(agree(one, line) for line in wanted)]
        lacking = [line for line in wanted if not any(agree(one, line) for one in found)]
        assert not extra and not lacking, f"told but not done: {extra}; done but not told: {lacking}"
        assert pair["clockAhead"] == 0 and pair["nearerToClient"] == "a"
        delays = [side for side in pair["delays"].values() if side]
        assert len(delays) == 2 and all(0 < side["minimum"] <= side["median"] <= side["p95"] <= side["maximum"] < 0.5 for side in delays)
    turned = compared(after, before)
    assert turned["totals"] == told["totals"], f"{turned['totals']} the other way round, not {told['totals']}"
    assert all(pair["nearerToClient"] == "b" for pair in turned["connections"])
    return f"{len(lines)} changes are told"


def check_both_sides_in_one_capture():
    """HAProxy from HTTP/2 to HTTP/1.1, recorded on its own host."""
    path = f"{FIXTURES}/http2/haproxy-h2-to-h1/capture.pcap"
    told = compared(path, path, "--where-a", 'transport == "h2"', "--where-b", 'transport == "tcp"')
    assert len(told["connections"]) == 3 and not told["onlyA"] and not told["onlyB"]
    for pair in told["connections"]:
        assert pair["a"]["url"] == pair["b"]["url"], "streams are taken for others"
        assert [(one["kind"], one["a"], one["b"]) for one in pair["differences"]] == [("request", "CONNECT HTTP/2", "GET HTTP/1.1")]


def check_runs():
    """Two good runs are the same; what a changed service does otherwise is named."""
    good, again, bad = (f"{FOLDER}/runs/{name}.pcap" for name in ("good", "again", "bad"))
    assert compared(good, again, status=0)["same"]
    told = compared(good, bad)
    pair = told["connections"][0]
    assert pair["relation"] == "runs" and pair["alikeUntil"]["a"]["frame"] == 2
    found = list(pair["differences"])
    for line in truth("runs"):
        match = next((one for one in found if is_told(line, one)), None)
        assert match, f"{line} is not told"
        found.remove(match)
    assert not found, f"told but not so: {found}"
    exact = compared(good, again, "--exact")
    assert exact["totals"]["changed"] > 10 and not exact["same"], "ids and times are compared with --exact"


def is_told(line, one):
    if (line["kind"], line.get("from")) != (one["kind"], one.get("from")):
        return False
    match line["kind"]:
        case "missing":
            return line["method"] in one["subject"] and one["count"] == 1
        case "late":
            return line["answer"] in one["subject"] and abs(one["delay"] - line["seconds"]) < 0.2
        case "end":
            return (one["a"], one["b"]) == (line["a"], line["b"])
        case _:
            told = [part["path"] for part in one["parts"]]
            if "paths" in line:
                return sorted(told) == line["paths"] and line["answer"] in one["subject"]
            return told == [line["path"]] and (one["parts"][0]["a"], one["parts"][0]["b"]) == (line["a"], line["b"])


def check_a_capture_is_the_same_as_itself():
    for path in [CHAT, *fixtures("endings/*/capture.pcap*")[::6], *fixtures("subprotocols/*/capture.pcap*")[::4], *fixtures("http2/*/capture.pcap")[::10]]:
        done = run("diff", path, path)
        assert done.returncode == 0 and done.stdout.startswith(b"same: "), f"{path}: {done.returncode}, {done.stdout[:300]}"


def check_however_segments_come():
    """The same talk, in other segments, in another order or sent again, is the same."""
    base = f"{FIXTURES}/stream-clean/capture.pcap"
    complaints = []
    for path in STREAMS:
        if is_same_talk(path):
            done = run("diff", "--ignore", "delay", base, path)
            complaints.append(f"{path}: {done.stdout[:400].decode()}" if done.returncode else "")
    fail_with(complaints)


def is_same_talk(path):
    beside = f"{os.path.dirname(path)}/truth.jsonl"
    return os.path.exists(beside) and content(beside) == content(f"{FIXTURES}/stream-clean/truth.jsonl")


def check_ignore_and_options():
    before, after = f"{FOLDER}/meddling/before.pcap", f"{FOLDER}/meddling/after.pcap"
    for aspect, kind in [("order", "reordered"), ("frames", "refragmented"), ("delay", "late"), ("headers", "header")]:
        assert kind not in compared(before, after, "--ignore", aspect)["totals"]
    told = compared(before, after, "--ignore", "json.user", "--ignore", "header.via", "--ignore", "pings")
    assert told["totals"]["changed"] == 1 and told["totals"]["header"] == 3 and told["totals"]["added"] == 1
    assert compared(before, after, "--late", "350ms")["totals"]["late"] == 2
    assert "late" not in compared(before, after, "--late", "2s")["totals"]
    runs = compared(before, after, "--as", "runs")
    assert runs["connections"][0]["relation"] == "runs" and "delays" not in runs["connections"][0]
    assert not compared(CHAT, CHAT, "--where", "connection == 1", status=0)["connections"][0]["differences"]


def check_usage():
    Run("diff", CHAT).expect(64, err=b"Name two captures")
    Run("diff", CHAT, CHAT, "--ignore", "nonsense").expect(64, err=b"--ignore nonsense")
    Run("diff", CHAT, "no-such-file.pcap").expect(66, err=b"no-such-file.pcap")
    Run("diff", "-i", "lo").expect(64, err=b"diff compares files")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/cut.pcap", "wb") as file:
            file.write(content(CHAT)[:-7])
        done = Run("diff", CHAT, f"{folder}/cut.pcap")
        assert done.status == 2 and b"read in part" in done.out, done.out[:500]
    assert Run("diff", "-", CHAT, stdin=content(CHAT)).expect().out.startswith(b"same: ")


def check_json():
    """What is written is in the schema."""
    validators = {"diff": validator(json.loads(content(f"{ROOT}/Docs/wsray-diff.schema.json")))}
    lines = []
    pairs = [(f"{FOLDER}/{name}/before.pcap", f"{FOLDER}/{name}/after.pcap") for name in ("nginx", "haproxy", "meddling", "recompressing", "cutting")]
    pairs += [(f"{FOLDER}/runs/good.pcap", f"{FOLDER}/runs/bad.pcap"), (CHAT, pairs[0][0]), (f"{FIXTURES}/nothing/dns.pcap", CHAT)]
    for a, b in pairs:
        lines += [line for line in run("diff", "--json", a, b).stdout.split(b"\n") if line]
    assert len(lines) == len(pairs)
    fail_with(faults(lines, validators))
    assert Run("schema", "--diff").expect().out == content(f"{ROOT}/Docs/wsray-diff.schema.json")


def check_redaction():
    secrets = f"{FIXTURES}/planted-secrets/capture.pcap"
    planted = [secret for secret in content(f"{FIXTURES}/planted-secrets/secrets.txt").split(b"\n") if secret]
    for options in ([], ["--json"]):
        shown = Run("diff", *options, "--limit-rows", "1000", secrets, CHAT).out
        hidden = Run("diff", "--redact", *options, "--limit-rows", "1000", secrets, CHAT)
        assert hidden.status == 1 and b"redacted:" in hidden.err
        assert not any(secret in hidden.out for secret in planted), "a secret is shown"
        assert any(secret in shown for secret in planted), "no secret is shown without --redact either"


def check_limits():
    """However much there is, memory and time are bounded, and what is left out is said."""
    with tempfile.TemporaryDirectory() as folder:
        a, b = f"{folder}/a.pcap", f"{folder}/b.pcap"
        many(a, lambda number: number)
        # Nothing in it is where it was, nor the same.
        many(b, lambda number: (number * 7_919) % 20_000 + 10_000)
        told = compared(a, b, "--limit-messages", "5000")
        assert told["a"]["messagesOmitted"] > 10_000 and any("--limit-messages" in note for note in told["notes"])
        told = compared(a, b, "--limit-content", "1K", "--payload-limit", "16")
        assert any("--limit-content" in note for note in told["notes"])
        text = Run("diff", "--limit-rows", "3", a, b)
        assert text.status == 1 and b"--limit-rows" in text.out and len(text.out) < 5_000


def word(number):
    return "".join(chr(97 + int(digit)) for digit in str(number)) + " and more"


def many(path, value):
    wirelib = hostile_page.wirelib
    capture = wirelib.Capture(step=1_000)
    talk = wirelib.Conversation(capture).open()
    talk.send("c2s", wirelib.upgrade_request())
    talk.send("s2c", wirelib.upgrade_response())
    for number in range(0, 20_000, 20):
        talk.send("s2c", b"".join(wirelib.text(word(value(number + at)), side="s2c") for at in range(20)))
    talk.finish()
    capture.write_pcap(path)
