"""Captures that make_capture.py makes, kept in .build/bench, and what the program that is measured can do."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
DATA = f"{ROOT}/.build/bench"
GENERATOR = f"{HERE}/make_capture.py"
SOURCES = [GENERATOR, f"{HERE}/tls_records.py", f"{HERE}/quic_packets.py", f"{ROOT}/fixtures/wirelib.py"]


def capture(*options):
    """The path of the capture that goes with these options of make_capture.py."""
    path = f"{DATA}/{'-'.join(['capture', *(option.strip('-') for option in options)])}.pcap"
    keys = ["--keys", keys_of(path)] if {"--tls", "--quic"} & {*options} else []
    return kept(path, SOURCES, lambda new: subprocess.run([sys.executable, "-B", GENERATOR, new, *options, *keys], check=True, stdout=subprocess.DEVNULL))


def keys_of(path):
    """The key log of a capture made with --tls or --quic; there is none beside others."""
    return f"{path}.keys"


def kept(path, sources, make):
    """The path of a file, made anew where it is older than what makes it."""
    if not os.path.exists(path) or os.path.getmtime(path) < max(map(os.path.getmtime, sources)):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        make(f"{path}.new")
        os.replace(f"{path}.new", path)
    return path


def empty():
    """A capture without a packet."""

    def make(path):
        with open(capture("--messages", "0", "--conns", "0"), "rb") as full, open(path, "wb") as file:
            file.write(full.read(24))

    return kept(f"{DATA}/empty.pcap", SOURCES, make)


def knows(wsray, command, option):
    """Whether the program has this option, so that older ones can be measured, too."""
    return option in subprocess.run([wsray, command, "--help"], capture_output=True, text=True).stdout.replace(",", " ").split()


def counted(wsray, path, *options):
    """How many packets and frames there are, from the last line of `dump`."""
    dumping = subprocess.run([wsray, "dump", "--payload", "none", *options, path], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return json.loads(dumping.stdout.splitlines()[-1])
