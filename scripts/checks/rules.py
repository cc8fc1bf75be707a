"""Each rule is fired by its fixture and not by its near miss, no rule is without, and Docs/Rules.md is what the catalogue says."""

import os
import re

from checks.case import fail_with, writes
from checks.golden import options
from checks.program import dumped, fixtures, output
from checks.pages import keep_page
from checks.settings import FIXTURES, ROOT


def check_fire_where_they_must():
    with open(f"{ROOT}/Sources/Rules/Rule.swift", encoding="utf-8") as file:
        rules = re.findall(r'^    case \w+ = "([^"]+)"', file.read(), re.MULTILINE)
    folders = {name for name in os.listdir(f"{FIXTURES}/rules") if os.path.isdir(f"{FIXTURES}/rules/{name}")} - {"__pycache__"}
    found = fired()
    complaints = [f"{name}: a fixture of no rule" for name in sorted(folders - set(rules))]
    for rule in rules:
        # Of what check is told to expect; see cli_check.
        if rule.startswith("check."):
            continue
        if rule not in folders:
            complaints.append(f"{rule}: no fixture fires it")
            continue
        if rule not in found[f"fixtures/rules/{rule}/fires.pcap"]:
            complaints.append(f"{rule}: does not fire")
        near = found[f"fixtures/rules/{rule}/near-miss.pcap"]
        # A near miss may lack bytes, which is noted, but nobody in it does wrong.
        wrong = sorted(name for name, severity in near.items() if name == rule or severity == "violation")
        if wrong:
            complaints.append(f"{rule}: its near miss fires {', '.join(wrong)}")
    assert rules, "Rule.swift has no rule"
    fail_with(complaints)
    return f"{len(rules)} rules fire where they must, and only there"


def fired():
    """The rules that each capture fires, and their severity."""
    groups = {}
    for path in fixtures("rules/*/*.pcap"):
        groups.setdefault(tuple(options(path)), []).append(path)
    shown = {}
    for group, paths in groups.items():
        shown |= dumped(paths, *group)
    return {path: severities(lines) for path, lines in shown.items()}


def severities(lines):
    rules = {}
    for line in lines:
        for finding in [line] if line["type"] == "finding" else line.get("findings", []) if line["type"] == "frame" else []:
            rules[finding["rule"]] = finding["severity"]
    return rules


@writes
def check_page():
    return keep_page("Docs/Rules.md", HEAD + output("explain", "--markdown").decode() + FOOT, "make rules-page")


HEAD = """# Rules

Everything that wsray reports as a finding. A **violation** breaks a MUST of an RFC, a **warning** a SHOULD; a **note** is an artefact of
the capture, or something worth knowing, and nobody's fault. `wsray explain RULE` prints a row of this table,
`wsray check --ignore RULE` leaves one out.

Rules about what went before rest where the capture has a gap, and on connections whose handshake is not in it: what was not seen is
nobody's fault. Each rule has a capture that fires it and a near miss in `fixtures/rules`.

Made from the catalogue in `Sources/Rules` by `make rules-page`.

| rule | severity | section | what must hold, or was seen | why it happens, what to do |
|---|---|---|---|---|
"""
FOOT = """
## What a bystander cannot judge

Some sentences of the RFCs bind an endpoint in ways that leave no trace in its traffic, or none that is certain:

- whether masking keys come from a strong source (RFC 6455 §10.3): only keys that are all the same, or counted, are proof of the contrary;
- that a client has one connection at a time that is not open yet to one address (§4.1): several clients may share the address;
- that a browser sends Origin, and that the Origin is true (§4.1, §10.2): others need none, and nobody can see who runs a script;
- that a receiver fails the connection when the other side breaks a rule (§5.2, §8.1 and others): how soon it must is not said, and frames
  of
  its own may be on their way. Only the sender's fault is reported;
- that a pong comes "as soon as is practical" (§5.5.2): only one that never comes while its sender goes on for 20 s is reported;
- that extensions which are not known here are used rightly: with one agreed on, reserved bits and opcodes are not judged;
- that URIs are parsed, cookies, redirects and authentication handled as they should (§3, §4.1): that happens inside the client;
- TLS certificates, Server Name Indication and everything else below HTTP.
"""
