"""What make_capture.py needs to speak QUIC: packets and frames (RFC 9000), their protection (RFC 9001), frames of HTTP/3 (RFC 9114)."""

import ctypes
import hashlib
import hmac
import struct

from tls_records import GET_TAG, SUITES, TAG, client_hello, crypto, expand, extension, room, server_flight, server_hello, tag, vector, written

INITIAL, HANDSHAKE = 0, 2
SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
NUMBER_BYTES, SAMPLE = 2, 16
# What each of them protects headers with.
MASKS = {"aes-128-gcm": b"AES-128-ECB", "chacha20-poly1305": b"ChaCha20"}
ROOM_FOR_ALL = 1 << 40
HANDSHAKE_DONE = b"\x1e"


class Protection:
    """The keys of one direction and level, made from its secret."""

    def __init__(self, secret, suite):
        _, name, length = SUITES[suite]
        self.suite, self.number, self.iv = suite, 0, int.from_bytes(expand(secret, b"quic iv", 12), "big")
        self.context, self.mask = crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_new()
        crypto.EVP_EncryptInit_ex(self.context, crypto.EVP_CIPHER_fetch(None, name, None), None, expand(secret, b"quic key", length), None)
        cipher = crypto.EVP_CIPHER_fetch(None, MASKS[suite], None)
        crypto.EVP_EncryptInit_ex(self.mask, cipher, None, expand(secret, b"quic hp", length), bytes(SAMPLE))

    def __del__(self):
        crypto.EVP_CIPHER_CTX_free(self.context)
        crypto.EVP_CIPHER_CTX_free(self.mask)

    def seal(self, head, payload):
        """The next packet; `head` is its header without the number."""
        head += struct.pack(">H", self.number & 0xFFFF)
        crypto.EVP_EncryptInit_ex(self.context, None, None, None, (self.iv ^ self.number).to_bytes(12, "big"))
        crypto.EVP_EncryptUpdate(self.context, None, ctypes.byref(written), head, len(head))
        crypto.EVP_EncryptUpdate(self.context, room, ctypes.byref(written), payload, len(payload))
        crypto.EVP_EncryptFinal_ex(self.context, None, ctypes.byref(written))
        crypto.EVP_CIPHER_CTX_ctrl(self.context, GET_TAG, TAG, tag)
        sealed = ctypes.string_at(room, len(payload)) + tag.raw
        self.number += 1
        mask = self.mask_of(sealed[4 - NUMBER_BYTES :][:SAMPLE])
        first = head[0] ^ mask[0] & (0x0F if head[0] & 0x80 else 0x1F)
        number = bytes(a ^ b for a, b in zip(head[-NUMBER_BYTES:], mask[1:]))
        return bytes([first]) + head[1:-NUMBER_BYTES] + number + sealed

    def mask_of(self, sample):
        if self.suite == "chacha20-poly1305":
            crypto.EVP_EncryptInit_ex(self.mask, None, None, None, sample)
            sample = bytes(5)
        crypto.EVP_EncryptUpdate(self.mask, room, ctypes.byref(written), sample, len(sample))
        return ctypes.string_at(room, 5)


def initial_secret(destination, label):
    return expand(hmac.digest(SALT, destination, hashlib.sha256), label, 32)


def number(value):
    for count, bits in ((1, 6), (2, 14), (4, 30)):
        if value < 1 << bits:
            return (value | (count.bit_length() - 1) << bits).to_bytes(count, "big")
    return (value | 3 << 62).to_bytes(8, "big")


def long_packet(kind, destination, source, protection, payload):
    token = b"\0" if kind == INITIAL else b""
    length = struct.pack(">H", 0x4000 | NUMBER_BYTES + len(payload) + TAG)
    ids = vector(destination, 1) + vector(source, 1)
    return protection.seal(bytes([0xC0 | kind << 4 | NUMBER_BYTES - 1]) + b"\0\0\0\1" + ids + token + length, payload)


def short_packet(destination, protection, payload):
    """Short payloads are padded, so that there is something to take the sample of."""
    return protection.seal(bytes([0x40 | NUMBER_BYTES - 1]) + destination, payload.ljust(4, b"\0"))


def crypto_frame(content):
    return b"\6\0" + number(len(content)) + content


def stream_frame(stream, offset, content, ends=False):
    return bytes([0x0E | ends]) + number(stream) + number(offset) + number(len(content)) + content


def acknowledgment(largest):
    """Of all packets up to this one."""
    return b"\2" + number(largest) + b"\0\0" + number(largest)


def http3_frame(kind, payload):
    return number(kind) + number(len(payload)) + payload


def section(fields):
    """A field section of literals (RFC 9204 §4.5.6)."""
    coded = [(name.encode(), value.encode()) for name, value in fields]
    return b"\0\0" + b"".join(
        (bytes([0x20 | len(name)]) if len(name) < 7 else bytes([0x27, len(name) - 7])) + name + bytes([len(value)]) + value
        for name, value in coded)  # fmt: skip


def extensions(parameters):
    """ALPN and transport parameters."""
    limits = [(4, ROOM_FOR_ALL), (5, ROOM_FOR_ALL), (6, ROOM_FOR_ALL), (7, ROOM_FOR_ALL), (8, 1 << 20), (9, 1 << 20)]
    pairs = [(kind, number(value)) for kind, value in limits] + parameters
    return extension(16, vector(vector(b"h3", 1))) + extension(0x39, b"".join(number(kind) + number(len(value)) + value for kind, value in pairs))


def hellos(draw, random, suite, destination, client, server):
    """What the ends say in CRYPTO frames: hello, hello, the server's flight."""
    ours = client_hello(random, draw(32), suite, b"", extensions([(15, client)]))[5:]
    theirs = server_hello(draw(32), draw(32), suite, b"")[5:]
    return ours, theirs, server_flight(draw(32), extensions([(0, destination), (15, server)]))
