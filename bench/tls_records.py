"""What make_capture.py needs to speak TLS 1.3: hellos, secrets and sealed records (RFC 8446), with libcrypto for the ciphers.

The secrets are drawn and not agreed on, and nobody signs anything: a program that has the key log can do without.
"""

import ctypes
import ctypes.util
import hashlib
import hmac
import struct

# Code, what libcrypto calls it, bytes of its key.
SUITES = {
    "aes-128-gcm": (0x1301, b"AES-128-GCM", 16),
    "chacha20-poly1305": (0x1303, b"ChaCha20-Poly1305", 32),
}
HANDSHAKE, APPLICATION_DATA = 22, 23
CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS, FINISHED = 1, 2, 8, 20
TAG, GET_TAG = 16, 0x10

crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
crypto.EVP_CIPHER_fetch.restype = crypto.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
POINTER, BYTES, NUMBER = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
crypto.EVP_CIPHER_fetch.argtypes = [POINTER, BYTES, BYTES]
crypto.EVP_EncryptInit_ex.argtypes = [POINTER, POINTER, POINTER, BYTES, BYTES]
crypto.EVP_EncryptUpdate.argtypes = [POINTER, POINTER, POINTER, BYTES, NUMBER]
crypto.EVP_EncryptFinal_ex.argtypes = [POINTER, POINTER, POINTER]
crypto.EVP_CIPHER_CTX_ctrl.argtypes = [POINTER, NUMBER, NUMBER, POINTER]
crypto.EVP_CIPHER_CTX_free.argtypes = [POINTER]
room, written, tag = ctypes.create_string_buffer(1 << 15), NUMBER(), ctypes.create_string_buffer(TAG)


class Sealer:
    """The keys of one direction, made from its secret."""

    def __init__(self, secret, suite):
        _, name, length = SUITES[suite]
        self.context, self.iv, self.sequence = crypto.EVP_CIPHER_CTX_new(), int.from_bytes(expand(secret, b"iv", 12), "big"), 0
        crypto.EVP_EncryptInit_ex(self.context, crypto.EVP_CIPHER_fetch(None, name, None), None, expand(secret, b"key", length), None)

    def __del__(self):
        crypto.EVP_CIPHER_CTX_free(self.context)

    def seal(self, content, kind=APPLICATION_DATA):
        """The next record."""
        inner = content + bytes([kind])
        head = struct.pack(">BHH", APPLICATION_DATA, 0x0303, len(inner) + TAG)
        crypto.EVP_EncryptInit_ex(self.context, None, None, None, (self.iv ^ self.sequence).to_bytes(12, "big"))
        crypto.EVP_EncryptUpdate(self.context, None, ctypes.byref(written), head, len(head))
        crypto.EVP_EncryptUpdate(self.context, room, ctypes.byref(written), inner, len(inner))
        crypto.EVP_EncryptFinal_ex(self.context, None, ctypes.byref(written))
        crypto.EVP_CIPHER_CTX_ctrl(self.context, GET_TAG, TAG, tag)
        self.sequence += 1
        return b"".join((head, ctypes.string_at(room, len(inner)), tag.raw))


def expand(secret, label, length):
    """HKDF-Expand-Label without context (RFC 8446 §7.1); one block is enough."""
    label = b"tls13 " + label
    info = struct.pack(">HB", length, len(label)) + label + b"\0\1"
    return hmac.digest(secret, info, hashlib.sha256)[:length]


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def plain_record(content):
    return struct.pack(">BHH", HANDSHAKE, 0x0303, len(content)) + content


def vector(content, length=2):
    return len(content).to_bytes(length, "big") + content


def extension(kind, content):
    return struct.pack(">H", kind) + vector(content)


def client_hello(random, share, suite, session=None, more=b""):
    offers = more + (
        extension(0, vector(b"\0" + vector(b"bench.example"))) + extension(10, vector(b"\0\x1d")) + extension(13, vector(b"\4\3"))
        + extension(43, vector(b"\3\4", 1)) + extension(51, vector(b"\0\x1d" + vector(share))))  # fmt: skip
    suites = struct.pack(">H", SUITES[suite][0])
    return plain_record(message(CLIENT_HELLO, b"\3\3" + random + vector(random if session is None else session, 1) + vector(suites) + b"\1\0" + vector(offers)))


def server_hello(random, share, suite, session):
    answers = extension(43, b"\3\4") + extension(51, b"\0\x1d" + vector(share))
    chosen = struct.pack(">H", SUITES[suite][0])
    return plain_record(message(SERVER_HELLO, b"\3\3" + random + vector(session, 1) + chosen + b"\0" + vector(answers)))


def server_flight(verification, extensions=b""):
    """As of a session that was resumed: without a certificate."""
    return message(ENCRYPTED_EXTENSIONS, vector(extensions)) + message(FINISHED, verification)


def client_flight(verification):
    return message(FINISHED, verification)
