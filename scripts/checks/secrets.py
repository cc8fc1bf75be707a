"""Looks for planted secrets in whatever form: escapes and percent signs undone, base 64 and base64url and hexadecimal digits decoded, and
inflated at every offset.
"""

import base64
import binascii
import re
import urllib.parse
import zlib

from checks.settings import FIXTURES

CASE = f"{FIXTURES}/planted-secrets"


def secrets(name="secrets.txt"):
    with open(f"{CASE}/{name}", encoding="utf-8") as file:
        return file.read().split()


def found(data, texts=None):
    """The secrets, or these texts, that are in some bytes or in what can be made of them."""
    forms = decodings(data)
    return [text for text in (secrets() if texts is None else texts) if is_found(text, forms)]


def is_found(secret, forms):
    return any(secret.encode() in form for form in forms)


def decodings(data):
    """What can be made of some bytes, with themselves."""
    plain = data.decode("utf-8", "replace")
    texts = [plain, plain.replace("\\", ""), plain.replace('""', '"'), urllib.parse.unquote(plain)]
    forms = [data, *(text.encode() for text in texts)]
    for word in set(re.findall(r"[A-Za-z0-9+/_-]{4,}={0,2}", plain)):
        for decoded in (unbase64(word), unhex(word)):
            if decoded:
                forms.append(decoded)
                forms.append(inflated(decoded))
    # Payloads of one compressor, one after the other.
    packed = [unbase64(word) for word in re.findall(r'"base64":"([^"]*)"', plain)]
    return [*forms, inflated(b"".join(part + b"\0\0\xff\xff" for part in packed if part))]


def unbase64(word):
    try:
        return base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4))
    except (binascii.Error, ValueError):
        return b""


def unhex(word):
    try:
        return bytes.fromhex(word)
    except ValueError:
        return b""


def inflated(data):
    try:
        return zlib.decompressobj(-15).decompress(data)
    except zlib.error:
        return b""
