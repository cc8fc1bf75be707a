"""What `wsray cut` writes of TCP connections that streams of HTTP/2 share.

With --conceal-others the chosen stream is shown as before, its handshake included, and nothing of what others said is in the file. With
--redact all streams have the same frames of the same lengths, and a cookie is in nobody's header block. Of TLS nothing can be changed, so
that it is left out.
"""

import re

from checks.case import each, fail_with
from checks.cut import cut, essence, shape, unnumbered
from checks.program import content, objects, output, run
from checks.settings import FIXTURES

FOLDER = f"{FIXTURES}/http2"
NAMES = [
    "interleaved-20", "deflate-beside-plain", "table-sizes", "evictions", "never-indexed", "continuation-40k", "padded-data",
    "padded-headers", "connections-interleaved", "hypercorn-deflate", "node-h2c", "push-promise", "frames-across-segments",
    "bodies-like-frames", "late-resent"]  # fmt: skip


@each(*NAMES)
def check_others_are_concealed(name):
    path = f"{FOLDER}/{name}/capture.pcap"
    whole = objects(output("dump", "--handshake", path))
    chosen = [line["connection"] for line in whole if line["type"] == "connection" and "stream" in line][:4]
    for number in chosen:
        out = cut(path, "--connection", str(number), "--conceal-others")
        again = objects(output("dump", "--handshake", out))
        key = place(whole, number)
        (found,) = [line["connection"] for line in again if line["type"] == "connection" and place(again, line["connection"]) == key] or [0]
        fail_with(differing(own(again, found), own(whole, number), f"{name}, connection {number}"))
        others = said_by_others(whole, number)
        there = others & words(again) - words(lines_of(whole, number))
        fail_with(f"{name}, connection {number}: {text!r} of another stream is there" for text in there)
        fail_with(f"{name}, connection {number}: {text!r} is in the bytes" for text in others if text.encode() in content(out))
    return f"{len(chosen)} streams alone"


@each(*NAMES)
def check_redacted(name):
    path = f"{FOLDER}/{name}/capture.pcap"
    out = cut(path, "--redact")
    whole, again = objects(output("dump", path)), objects(output("dump", out))
    fail_with(differing(shape(again), shape(whole), name))
    return f"{len(shape(whole))} frames"


def check_secrets_in_header_blocks():
    """fixtures/http2/never-indexed has a cookie and credentials in its requests."""
    path = f"{FOLDER}/never-indexed/capture.pcap"
    secrets, values = credentials(path), credentials(cut(path, "--redact"))
    assert secrets, "no secrets"
    assert len(values) == len(secrets) and all(set(value) == {"x"} for value in values), values


def check_tls_is_left_out():
    path, keys = f"{FOLDER}/tls-long/capture.pcap", f"{FOLDER}/tls-long/keys.txt"
    for options in (["--redact"], ["--connection", "1", "--conceal-others"]):
        done = run("cut", "--keys", keys, *options, path)
        assert done.returncode == 0 and b"left out" in done.stderr, f"{options}: {done.stderr}"
        assert b"cut: 0 connections in 0 packets" in done.stderr, f"{options}: {done.stderr}"


def credentials(path):
    heads = [line.get("request", {}).get("headers", []) for line in objects(output("dump", "--handshake", path))]
    return [value for head in heads for name, value in head if name in ("cookie", "authorization")]


def place(lines, number):
    line = next(line for line in lines if line["type"] == "connection" and line["connection"] == number)
    return line["client"]["port"], line.get("stream")


def lines_of(lines, number):
    return [line for line in lines if line.get("connection") == number]


def own(lines, number):
    """TCP connections are counted anew."""
    return [{**unnumbered(line), "tcp": None} for line in essence(lines_of(lines, number))]


def differing(got, wanted, what):
    for one, other in zip(got, wanted):
        if one != other:
            yield f"{what}: {str(one)[:300]}, not {str(other)[:300]}"
    if len(got) != len(wanted):
        yield f"{what}: {len(got)} lines, not {len(wanted)}"


def said_by_others(lines, number):
    return {text for line in lines if line.get("connection") not in (None, number) for text in texts(line)}


def words(lines):
    return {text for line in lines for text in texts(line)}


def texts(line):
    """Texts of messages that say something, and paths."""
    found = [line.get("completes", {}).get("text"), line.get("request", {}).get("target")]
    return {text for text in found if text and len(text) > 3 and not re.fullmatch("x*", text)}
