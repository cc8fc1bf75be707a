"""No output has a secret of a key log, or a private key: not as digits, not as bytes, not in base 64."""

import base64
import os
import re
import tempfile

from checks.case import each, fail_with
from checks.program import content, run
from checks.settings import ROOT
from checks.tls_cases import FOLDER, capture, keys

# One of each kind of secret: traffic secrets and early ones, master secrets, premaster secrets, a server's key, blocks in the capture.
CASES = [
    "tls13-early-data-taken", "tls13-key-update-client", "tls12-ecdhe-rsa-aes-128-gcm", "tls12-rsa-aes-128-cbc-sha-mte", "keys-rsa-lines",
    "keys-untidy-tls13", "opaque-wrong-keys-tls13", "opaque-ecdhe-with-server-key", "alert-bad-record-mac-tls12", "secrets-first",
    "secrets-last",
]  # fmt: skip
FORMS = [
    ["timeline"], ["timeline", "--verbose", "--payload", "full"], ["timeline", "--handshake"], ["timeline", "--color", "always", "--ascii"],
    ["dump"], ["dump", "--messages"], ["dump", "--handshake"], ["dump", "--payload", "digest"], ["dump", "--redact", "--handshake"],
    ["dump", "--format", "json"], ["dump", "--format", "csv"], ["dump", "--format", "har"], ["dump", "--format", "text"],
    ["check"], ["check", "--format", "json"], ["check", "--format", "sarif"], ["check", "--format", "junit"],
    ["stats"], ["stats", "--json"],
]  # fmt: skip


@each(*CASES)
def check_secrets(name):
    """Of standard output, standard error and every file that is written."""
    secrets, options = secrets_of(name), keys(name)
    assert secrets, f"{name} has no secrets"
    complaints = []
    for form in FORMS:
        done = run(*form, *options, capture(name))
        # Of a capture that cannot be read, check has nothing to judge.
        expected = (3,) if form[0] == "check" and "opaque" in name else (0, 1)
        assert done.returncode in expected, f"{form}: status {done.returncode}; {done.stderr[-300:]}"
        assert done.stdout or form[0] == "check" or "opaque" in name, f"{form}: no output"
        complaints += [f"{' '.join(form)}: {kind}" for kind in found(secrets, done.stdout + done.stderr)]
    with tempfile.TemporaryDirectory() as folder:
        for form in (["extract", "--to", f"{folder}/extracted"], ["cut", "-o", f"{folder}/cut.pcapng"]):
            done = run(*form, *options, capture(name))
            assert done.returncode in (0, 1), f"{form}: status {done.returncode}; {done.stderr[-300:]}"
            complaints += [f"{form[0]}: {kind}" for kind in found(secrets, done.stdout + done.stderr)]
        assert os.path.exists(f"{folder}/cut.pcapng"), "cut wrote nothing"
        for path in (os.path.join(place, file) for place, _, files in os.walk(folder) for file in files):
            complaints += [f"{os.path.relpath(path, folder)}: {kind}" for kind in found(secrets, content(path))]
    fail_with(complaints)
    return f"{len(secrets)} secrets in none of {len(FORMS) + 2} outputs"


def check_the_search_finds_them():
    """In every form that it looks for, within other bytes."""
    secret = bytes(range(160, 208))
    for before in (b"", b"x", b"xy"):
        for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(before + secret + b"zz"),
                     base64.urlsafe_b64encode(before + secret), b":".join(secret.hex(" ").encode().split())):  # fmt: skip
            assert any(found([secret], b"before " + form + b" after")), f"{form} is not found"
    assert not any(found([secret], b"before" + secret[:30] + b"after"))


def secrets_of(name):
    """Secrets of the key log beside a capture, of the blocks in it, and the numbers of private keys, as bytes."""
    found = set()
    for path in (f"{FOLDER}/{name}/keys.txt", f"{ROOT}/{capture(name)}"):
        text = content(path) if os.path.exists(path) else b""
        lines = rb"(?:CLIENT|SERVER|PMS|EXPORTER|EARLY)[A-Z0-9_]*[ \t]+[0-9a-fA-F]{64}[ \t]+([0-9a-fA-F]+)|RSA [0-9a-fA-F]{16} ([0-9a-fA-F]{96})"
        found |= {bytes.fromhex(digits.decode()) for pair in re.findall(lines, text) for digits in pair if len(digits) >= 64 and len(digits) % 2 == 0}
    pem = content(f"{FOLDER}/{name}/server.key") if os.path.exists(f"{FOLDER}/{name}/server.key") else b""
    # Any 32 bytes of it are too many, except those of the modulus at its beginning, which the certificate has as well.
    der = base64.b64decode(b"".join(line for line in pem.split(b"\n") if not line.startswith(b"-")))
    return sorted(found | {der[at : at + 32] for at in range(320, len(der) - 32, 32)})


def found(secrets, data):
    """How secrets are found in some bytes."""
    # Digits may stand in groups.
    digits = re.sub(rb"[ :]", b"", data).lower()
    words = data.replace(b"-", b"+").replace(b"_", b"/")
    for secret in secrets:
        if secret in data:
            yield "bytes of a secret"
        if secret.hex().encode() in digits:
            yield "digits of a secret"
        if any(base64_core(secret, skipped) in words for skipped in range(3)):
            yield "a secret in base 64"


def base64_core(secret, skipped):
    """What is the same in base 64 whatever comes before and after, where so many bytes of the secret belong to what is before."""
    rest = secret[skipped:]
    return base64.b64encode(rest[: len(rest) // 3 * 3])
