"""The other formats of `wsray dump` say the same as its JSON Lines, and HAR is what its specification says.

Every fixture is read in every format. With the package haralyzer, that reads the archives as well.
"""

import base64
import csv
import datetime
import io
import json
import math

from checks.case import each, remark
from checks.program import LARGE, dumped, fixtures, folder_name, objects, once

try:
    import haralyzer
except ImportError:
    haralyzer = None

GROUPS = {"fixtures": [path for path in fixtures() if folder_name(path) not in LARGE], "rules": fixtures("rules/*/fires.pcap"),
          "subprotocols": fixtures("subprotocols/*/capture.pcapng")}  # fmt: skip


@each(*GROUPS)
def check_json(group):
    captures = in_one_run(GROUPS[group])
    assert json.loads(shown(captures, "--format", "json")) == objects(shown(captures)), "the array differs from the lines"
    return said(captures)


@each(*GROUPS)
def check_csv(group):
    captures = in_one_run(GROUPS[group])
    compare_table(shown(captures, "--format", "csv").decode(), objects(shown(captures)), "frame")
    compare_table(shown(captures, "--format", "csv", "--messages").decode(), objects(shown(captures, "--messages")), "message")
    return said(captures)


@each(*GROUPS)
def check_har(group):
    captures = in_one_run(GROUPS[group])
    text = shown(captures, "--format", "har")
    compare_archive(json.loads(text), objects(shown(captures, "--messages")))
    if haralyzer:
        read = haralyzer.HarParser(json.loads(text)).har_data["entries"]
        assert len(read) == len(json.loads(text)["log"]["entries"]), "haralyzer found another number of entries"
    else:
        remark("haralyzer is not installed, so nobody else read the archives")
    return said(captures)


def in_one_run(captures):
    """So ordered that one run takes each for a capture of its own: one that begins later than the one before would go on with it."""
    alone = dumped(captures)
    captures = sorted(captures, key=lambda path: alone[path][1]["time"], reverse=True)
    counts = [sum(line["type"] == "connection" for line in lines) for lines in (objects(shown(captures)), sum(alone.values(), []))]
    assert counts[0] == counts[1], f"one run shows {counts[0]} connections, runs for each {counts[1]}"
    return captures


def shown(captures, *options):
    done = once("dump", *options, *captures)
    assert done.returncode == 0, f"{options}: status {done.returncode}: {done.stderr[-300:]}"
    return done.stdout


def said(captures):
    return f"{len(captures)} captures are the same"


# CSV


def compare_table(text, events, kind):
    assert text.count("\r\n") >= 1 and text.endswith("\r\n"), "rows do not end in CR LF"
    connections = {event["connection"]: event for event in events if event["type"] == "connection"}
    events = [event for event in events if event["type"] == kind]
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == len(events), f"{len(rows)} rows for {len(events)} {kind}s"
    for row, event in zip(rows, events):
        assert None not in row and None not in row.values(), f"a row of another width than the header: {row}"
        for column, field in row.items():
            # JSON Lines say of messages only whether they are compressed.
            if column == "compressed" and kind == "frame":
                continue
            wanted = cell(column, event, connections[event["connection"]])
            agrees = field == wanted or column in ("text", "base64") and same_payload(row, event)
            assert agrees, f"connection {event['connection']}: {column}: {field!r}, not {wanted!r}"


# Columns of the first operation, and its members.
OPERATION = {
    "protocol": "protocol", "role": "role", "operation": "type", "name": "name", "id": "id", "request": "request", "latency": "latency",
    "status": "status",
}  # fmt: skip


def cell(column, event, connection):
    """What a table has for a member of an object."""
    close = event.get("close", {})
    defaults = {
        "endTime": event["time"], "captured": event.get("length"), "complete": True, "certain": True, "truncated": False, "unknown": 0,
        "mask": "", "packet": event.get("packets", [""])[0],
        "client": end(connection["client"]), "server": end(connection["server"]), "url": connection.get("url", ""),
        "closeCode": close.get("code", ""), "closeReason": close.get("reason", ""),
        "findings": " ".join(finding["rule"] for finding in event.get("findings", [])),
    }
    operations = event.get("operations", [])
    if column == "findings":
        value = defaults[column]
    elif column == "operations":
        value = len(operations) or ""
    elif column in OPERATION:
        value = operations[0].get(OPERATION[column], "") if operations else ""
    else:
        value = event.get(column, defaults.get(column, ""))
    if column in ("roundTrip", "latency") and value != "":
        return f"{value:.9f}".rstrip("0").rstrip(".") or "0"
    return str(value).lower() if isinstance(value, bool) else str(value)


def end(ends):
    address = f"[{ends['address']}]" if ":" in ends["address"] else ends["address"]
    return f"{address}:{ends['port']}"


def same_payload(row, event):
    """Text that tables have no place for stands there in base 64."""
    text = event.get("text")
    return text is not None and row["text"] == "" and base64.b64decode(row["base64"]) == text.encode()


# HAR 1.2 (the specification's objects: what must be there, and of which type)

NAMED = {"name": str, "value": str}
SIZES = {"headersSize": int, "bodySize": int}
MESSAGE = {"httpVersion": str, "cookies": [NAMED], "headers": [NAMED], **SIZES}
ENTRY = {
    "startedDateTime": str, "time": float, "cache": {}, "connection": str, "serverIPAddress": str,
    "request": {"method": str, "url": str, "queryString": [NAMED], **MESSAGE},
    "response": {"status": int, "statusText": str, "content": {"size": int, "mimeType": str}, "redirectURL": str, **MESSAGE},
    "timings": {"send": float, "wait": float, "receive": float, "blocked": float, "dns": float, "connect": float, "ssl": float},
    "_resourceType": str, "_webSocketMessages": [{"type": str, "time": float, "opcode": int, "data": str}],
}
LOG = {"version": str, "creator": {"name": str, "version": str}, "pages": [], "entries": [ENTRY]}


def compare_archive(archive, events):
    fits(archive, {"log": LOG}, "archive")
    assert archive["log"]["version"] == "1.2"
    entries = {entry["_connection"]: entry for entry in archive["log"]["entries"]}
    connections = {event["connection"]: event for event in events if event["type"] == "connection"}
    assert entries.keys() == connections.keys(), "entries are not the connections"
    for number, entry in entries.items():
        assert entry["_resourceType"] == "websocket"
        datetime.datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00")[:26] + "+00:00")
        parts = [part for part in entry["timings"].values() if part != -1]
        assert math.isclose(entry["time"], sum(parts), abs_tol=1e-6), f"time {entry['time']} is not the sum of its parts"
        for head in ("request", "response"):
            wanted = connections[number].get(head, {}).get("headers", [])
            assert [[h["name"], h["value"]] for h in entry[head]["headers"]] == wanted, f"{head} headers differ"
        said = [event for event in events if event["type"] == "message" and event["connection"] == number]
        data = [event for event in said if event["opcode"] < 8]
        assert len(entry["_webSocketMessages"]) == len(data), "another number of messages"
        for shown, event in zip(entry["_webSocketMessages"], data):
            compare_message(shown, event)
        assert len(entry.get("_webSocketControls", [])) == sum(event["opcode"] >= 8 for event in said), "another number of control frames"


def compare_message(shown, event):
    assert shown["type"] == {"client": "send", "server": "receive"}[event["from"]]
    assert shown["opcode"] == event["opcode"]
    if "text" in event:
        assert shown["data"] == event["text"], "text differs"
    elif event["opcode"] == 1:
        assert shown.get("_base64", "") == event["base64"], "text that is no UTF-8 differs"
    else:
        assert shown["data"] == event["base64"], "data differ"


def fits(value, form, place):
    if isinstance(form, dict):
        assert isinstance(value, dict), f"{place} is no object"
        for key, part in form.items():
            assert key in value, f"{place} lacks {key}"
            fits(value[key], part, f"{place}.{key}")
    elif isinstance(form, list):
        assert isinstance(value, list), f"{place} is no array"
        for element in value:
            fits(element, form[0] if form else {}, f"{place}[]")
    elif form is float:
        assert isinstance(value, (int, float)) and not isinstance(value, bool), f"{place} is no number"
    else:
        assert isinstance(value, form) and not isinstance(value, bool), f"{place} is no {form.__name__}"
