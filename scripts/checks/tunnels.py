"""WebSocket in tunnels: each conversation is shown once, with the path that it took; real captures show the connections in theirs."""

import json
import os

from checks.case import Skipped, each, fail_with
from checks.program import Run, objects
from checks.settings import CAPTURES, FIXTURES

FOLDER = f"{FIXTURES}/tunnels"
with open(f"{FOLDER}/truth.json", encoding="utf-8") as file:
    TRUTH = json.load(file)
SIDES = {"client": "c2s", "server": "s2c"}
# TCP connections that public captures have in tunnels, as tshark counts them.
PUBLIC = {
    "arkime-gre-erspan-vxlan.pcap": 1, "arkime-nflog.pcap": 1, "arkime-80211http.pcap": 1, "arkime-mpls-basic.pcap": 1,
    "arkime-tcpdump-geneve.pcap": 1, "ndpi-capwap_data.pcapng": 1, "ndpi-vxlan.pcap": 2, "pcapplusplus-GrePackets.cap": 1,
    "suricata-decode-teredo-01-input.pcap": 2, "tcpdump-bigtcp-ipv6-geneve-ipv6.pcap": 1, "tcpdump-gso-ipv4-vxlan-ipv4.pcap": 1,
    "zeek-erspan.pcap": 5, "zeek-geneve-many-options.pcap": 1, "zeek-gre-sample.pcap": 1, "zeek-vxlan-encapsulated-http.pcap": 1,
}  # fmt: skip


@each(*TRUTH)
def check_shown(name):
    run = Run("dump", "--messages", f"{FOLDER}/{name}.pcap")
    assert run.status == 0, f"{run}: {run.status}"
    lines = objects(run.out)
    connections = [line for line in lines if line["type"] == "connection"]
    expected = TRUTH[name]
    assert len(connections) == len(expected), f"{len(connections)} connections"
    for connection, truth in zip(connections, expected):
        assert connection["path"] == truth["path"], connection["path"]
        messages = [line for line in lines if line["type"] == "message" and line["connection"] == connection["connection"]]
        said = [[SIDES[line["from"]], line.get("text")] for line in messages if line["kind"] == "text"]
        assert said == truth["said"], said
    fail_with(json.dumps(line["findings"]) for line in lines if line.get("findings") and line["type"] != "summary")
    ends = [line for line in lines if line["type"] == "end"]
    assert len(ends) == len(expected) and all(line["verdict"]["how"] == "closed" for line in ends), [line["verdict"]["text"] for line in ends]
    fail_with(f"{line['rule']}" for line in lines if line["type"] == "finding")


def check_filter_and_text():
    capture = f"{FOLDER}/same-addresses-vni.pcap"
    out = Run("--where", "tunnel == \"vxlan\" and tunnel.id == 2", capture).out.decode()
    assert "in VXLAN 2 (203.0.113.1" in out and "VXLAN 1 " not in out, out
    assert b"tell same-addresses-vni 1" in Run("--where", "tunnel.id == 2", capture).out


def check_nothing_invented():
    run = Run("summary", f"{FOLDER}/not-tunnels.pcap")
    assert b"no WebSocket connection in 27 packets and 0 TCP connections" in run.out + run.err, run.out + run.err


@each(*PUBLIC)
def check_public(name):
    path = f"{CAPTURES}/layers/{name}"
    if not os.path.exists(path):
        raise Skipped("there are no public captures here")
    out = Run("summary", path).out.decode()
    noun = "connection" if PUBLIC[name] == 1 else "connections"
    assert f"{PUBLIC[name]} TCP {noun}" in out, out


@each("ndpi-false_positives.pcapng", "ndpi-http_origin_different_than_host.pcap")
def check_upgrade_in_gtp(name):
    path = f"{CAPTURES}/websocket/{name}"
    if not os.path.exists(path):
        raise Skipped("there are no public captures here")
    connections = [line for line in objects(Run("dump", path).out) if line["type"] == "connection"]
    assert [line["status"] for line in connections] == ["open"], connections
    assert [hop["layer"] for hop in connections[0]["path"]] == ["vlan", "vlan", "gtp-u"]
