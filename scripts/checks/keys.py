"""`wsray keys`: what key logs hold, which connections they open, and what it takes to get them."""

import glob
import os
import tempfile

from checks.case import fail_with
from checks.program import Run, folder_name, objects
from checks.settings import FIXTURES

RANDOM, SECRET = "ab" * 32, "c5" * 32
LOG = f"""# made for this case
CLIENT_RANDOM {RANDOM} {"c5" * 48}
CLIENT_HANDSHAKE_TRAFFIC_SECRET {"01" * 32} {SECRET}
SERVER_HANDSHAKE_TRAFFIC_SECRET {"01" * 32} {SECRET}
CLIENT_TRAFFIC_SECRET_0 {"01" * 32} {SECRET}
SERVER_TRAFFIC_SECRET_0 {"01" * 32} {SECRET}
EXPORTER_SECRET {"01" * 32} {SECRET}
CLIENT_HANDSHAKE_TRAFFIC_SECRET {"02" * 32} {SECRET}
CLIENT_TRAFFIC_SECRET_0 {"03" * 32} {SECRET}
CLIENT_TRAFFIC_SECRET_0 {"04" * 32}
garbage
SOME_SECRET {"05" * 32} {SECRET}
{SECRET} {SECRET} {SECRET}
"""


def check_a_key_log():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/keys.log"
        with open(path, "w", encoding="utf-8") as file:
            file.write(LOG)
        done = Run("keys", "--json", path).expect()
        keys, summary = objects(done.out)
        assert keys["connections"] == {"master": 1, "complete": 1, "one-direction": 1, "handshake-only": 1}, keys
        assert (keys["sufficient"], keys["unused"], keys["bad"], keys["firstBad"]) == (2, 1, 2, 10), keys
        assert (keys["unknown"], keys["unknownLabels"]) == (2, ["SOME_SECRET"]), keys
        assert summary["connections"] == 0, summary
        shown = Run("keys", path).expect(out=b"enough for 2 of 4 connections")
        assert b"the first is line 10" in shown.out and b"SOME_SECRET" in shown.out, shown.out
        assert b"c5c5" not in shown.out + done.out, "a secret is shown"


def check_every_fixture():
    """What its keys open can be read; a handshake that failed, or was not finished, is no connection that stays closed."""
    complaints = []
    for keys in sorted(glob.glob(f"{FIXTURES}/tls/*/keys.txt")):
        capture = glob.glob(f"{os.path.dirname(keys)}/capture.pcap*")[0]
        done = Run("keys", "--json", keys, capture)
        lines = objects(done.out)
        unread = [line for line in lines if line["type"] == "tls" and not line["opened"] and line.get("reason") not in ("handshake-failed", "handshake-unfinished")]
        if done.status != (1 if unread else 0) or lines[-1]["unread"] != len(unread):
            complaints.append(f"{folder_name(capture)}: status {done.status} with {len(unread)} that cannot be read")
        with open(keys, encoding="latin-1") as file:
            secrets = [line.split()[-1].lower() for line in file if len(line.split()) == 3]
        if any(secret in done.out.decode().lower() for secret in secrets):
            complaints.append(f"{folder_name(capture)}: a secret is shown")
    fail_with(complaints)


def check_without_keys():
    capture = f"{FIXTURES}/tls/tls12-ecdhe-rsa-aes-128-gcm/capture.pcap"
    done = Run("keys", capture).expect(1, out=b"no key log was given")
    assert b"wsray run" in done.out, done.out
    line = next(line for line in objects(Run("keys", "--json", capture).out) if line["type"] == "tls")
    assert (line["opened"], line["reason"], line["version"]) == (False, "no-keys", "TLS 1.2"), line
    Run("timeline", capture, SSLKEYLOGFILE="/some/keys.log").expect(err=b"SSLKEYLOGFILE is set to /some/keys.log: give it with --keys")
    keys = f"{os.path.dirname(capture)}/keys.txt"
    assert b"SSLKEYLOGFILE" not in Run("timeline", "--keys", keys, capture, SSLKEYLOGFILE="/some/keys.log").err
    done = Run("keys", keys, f"{FIXTURES}/chat/capture.pcap").expect(out=b"no TLS or QUIC connection")
    assert b"fit none in the captures" in done.out, done.out


def check_inputs():
    Run("keys").expect(64, err=b"Name a key log")
    Run("keys", "-").expect(64, err=b"standard input")
    Run("keys", "/no/such/file").expect(66, err=b"/no/such/file")


def check_recipes():
    names = [line.split()[0] for line in Run("keys", "--how").expect().out.decode().splitlines() if line.startswith("  ") and line[2] != " "]
    assert len(names) > 15, names
    for name in names:
        recipe = Run("keys", "--how", name).expect().out.decode()
        assert f"({name})" in recipe and len(recipe.splitlines()) > 1, recipe
        assert all(len(line) <= 140 for line in recipe.splitlines()), name
    for other in ("chrome", "websockets", "rustls", "iphone"):
        Run("keys", "--how", other).expect()
    Run("keys", "--how", "nonsense").expect(64, err=b"There is no recipe for nonsense")
