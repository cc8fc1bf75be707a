"""Calls of the system and of C libraries that fail: each run ends in an error that is said, or as if nothing had been, and never in a signal."""

import gzip
import json
import os
import shutil
import subprocess
import tempfile

from checks.case import each
from checks.program import CHAT
from checks.settings import FIXTURES, ROOT, WSRAY

DEFLATED = f"{FIXTURES}/deflate-takeover-both/capture.pcap"
# Stands for a compressed copy of CHAT.
GZIPPED = "chat.pcap.gz"
TLS = f"{FIXTURES}/tls/tls13-aes-128-gcm"
CBC = f"{FIXTURES}/tls/tls12-rsa-aes-128-cbc-sha-mte"
DECRYPTED = ["dump", "--keys", f"{TLS}/keys.txt", f"{TLS}/capture.pcap"]
DECRYPTED_CBC = ["dump", "--keys", f"{CBC}/keys.txt", f"{CBC}/capture.pcap"]
CALLS = {
    "read": [["dump", CHAT], DECRYPTED, ["cut", CHAT]],
    "write": [["dump", CHAT], ["timeline", CHAT], ["cut", CHAT], ["dump", "--jobs", "2", CHAT, DEFLATED]],
    "pthread_create": [["dump", CHAT], ["dump", "--jobs", "2", CHAT, DEFLATED]],
    "inflateInit2_": [["dump", DEFLATED], ["dump", GZIPPED]],
    "inflate": [["dump", DEFLATED], ["dump", GZIPPED]],
    "deflateInit2_": [["stats", DEFLATED]],
    "EVP_MD_CTX_new": [["dump", CHAT], ["dump", "--payload", "digest", CHAT]],
    "EVP_DigestInit_ex": [["dump", CHAT], ["dump", "--payload", "digest", CHAT]],
    "EVP_CIPHER_CTX_new": [DECRYPTED],
    "EVP_DecryptInit_ex2": [DECRYPTED, DECRYPTED_CBC],
    "EVP_DecryptUpdate": [DECRYPTED, DECRYPTED_CBC],
    "EVP_KDF_CTX_new": [DECRYPTED],
    "EVP_KDF_derive": [DECRYPTED, DECRYPTED_CBC],
    "EVP_MAC_CTX_new": [DECRYPTED_CBC],
    "pcap_compile": [["dump", "-f", "tcp", CHAT]],
    "pcap_open_dead": [["dump", "-f", "tcp", CHAT]],
    "pcap_create": [["-i", "lo", "--duration", "1s"]],
    "pcap_activate": [["-i", "lo", "--duration", "1s"]],
    "pcre2_compile_8": [["dump", "--where", "text ~ /a+b/", CHAT]],
    "pcre2_match_data_create_8": [["dump", "--where", "text ~ /a+b/", CHAT]],
    "malloc": [["dump", DEFLATED], ["dump", "-f", "tcp", CHAT], ["dump", "--where", "text ~ /a+b/", CHAT]],
    "pcre2_match_8": [["dump", "--where", "text ~ /a+b/", CHAT]],
}
# The first calls of a kind find what others do not.
NUMBERS = (1, 2, 3, 7)
# What libraries allocate, they do often.
MANY_NUMBERS = (1, 2, 3, 5, 8, 13, 30, 100, 300, 1_000)


@each(*CALLS)
def check_fault(call):
    if not shutil.which("cc"):
        return "there is no C compiler"
    # Several of these cases run side by side.
    with tempfile.TemporaryDirectory() as folder:
        return faults(call, folder)


def faults(call, folder):
    library = f"{folder}/faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", library, f"{ROOT}/scripts/checks/faults.c", "-ldl"], check=True)
    gzipped = f"{folder}/{GZIPPED}"
    with open(CHAT, "rb") as plain, gzip.open(gzipped, "wb") as file:
        file.write(plain.read())
    count = 0
    for command in CALLS[call]:
        command = [gzipped if word == GZIPPED else word for word in command]
        for number in MANY_NUMBERS if call == "malloc" else NUMBERS:
            # The mark is made by the program itself, which its sandbox would not let it do.
            seen = f"{folder}/seen"
            variables = os.environ | {"LD_PRELOAD": library, "FAULT_CALL": call, "FAULT_NUMBER": str(number), "FAULT_SEEN": seen}
            variables["SWIFT_BACKTRACE"] = "enable=no"
            done = subprocess.run([WSRAY, *command, "--no-sandbox"], stdin=subprocess.DEVNULL, capture_output=True, env=variables, timeout=60)
            if not os.path.exists(seen):
                break
            os.remove(seen)
            count += 1
            told = f"{' '.join(command)} where {call} fails the {number}. time: status {done.returncode}, {done.stderr[-300:]}"
            assert 0 <= done.returncode < 128, told
            # Standard error is written as well.
            assert done.returncode in (0, 1, 3) or done.stderr or call == "write", told
            if command[0] == "dump" and call != "write":
                for line in done.stdout.splitlines():
                    json.loads(line)
    assert count > 0, f"{call} was never called"
    return f"{count} faults"
