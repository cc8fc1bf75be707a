"""Operations inside WebSocket are those that the peers' libraries logged: roles, names, ids, which answers which, and how long it took.

For each fixture in fixtures/subprotocols, connection by connection and side by side, in order. Where no protocol is spoken, none is shown.
"""

import glob
import json
import os
import re
import sys
import tempfile

from checks.case import fail_with
from checks.program import CHAT, dumped, objects, output, run
from checks.settings import CAPTURES, FIXTURES, ROOT

sys.path.insert(0, FIXTURES)
from wirelib import C2S, S2C, Capture, Conversation, text, upgrade_request, upgrade_response  # noqa: E402

# How much a latency may differ from the client's clock, in seconds.
TOLERANCE = 0.001
# What these clients send may wait in their kernel for an acknowledgement (Nagle's algorithm), of which their library knows nothing.
WAITING = {"mqtt-311", "mqtt-5"}
NAGLE = 0.045
# The first message of these clients was logged before their library had made it, or had a TCP connection for it.
SLOW_TO_BEGIN = {"signalr-msgpack": 0.0025, "socketio-5-polled": 0.0025, "socketio-4-polled": 0.0025}
COMPARED = ["role", "type", "name", "id", "status"]
SESSIONS = ["socketio-5-polled", "socketio-4-polled"]
# Captures elsewhere whose peers do speak a protocol.
SPEAKING = re.compile(r"/(subprotocols|replay|diff|polling-engineio|aiohttp-plain)/|/chains/(socketio|graphql)/|socketio|jupyter|ocpp")


def check_subprotocols():
    truths = {}
    for path in sorted(glob.glob(f"{FIXTURES}/subprotocols/*/truth.json")):
        with open(path, encoding="utf-8") as file:
            truths[os.path.basename(os.path.dirname(path))] = json.load(file)
    assert truths, "fixtures/subprotocols is empty"
    fail_with(f"{name}: operation {number} answers none before it" for name, truth in truths.items() for number in astray(truth["operations"]))
    captures = {name: f"fixtures/subprotocols/{name}/capture.pcapng" for name in truths}
    shown = dumped(list(captures.values()), "--messages")
    fail_with(complaint(name, truth["operations"], operations(shown[captures[name]])) for name, truth in truths.items())
    return f"{len(truths)} captures, {sum(len(truth['operations']) for truth in truths.values())} operations"


def check_nothing_is_recognized_where_no_protocol_is_spoken():
    """In all other fixtures, and in captures of other people."""
    folders = [FIXTURES, f"{CAPTURES}/websocket", f"{CAPTURES}/real"]
    paths = [path for folder in folders for path in glob.glob(f"{folder}/**/*.pcap*", recursive=True) if not SPEAKING.search(path)]
    shown = dumped(sorted(paths), "--messages")
    fail_with(f"{path} shows {operations(lines)[0]}" for path, lines in shown.items() if operations(lines))
    count = sum(line["type"] == "message" for lines in shown.values() for line in lines)
    assert count > 1000, f"only {count} messages"
    return f"none in {count} messages of {len(paths)} captures"


def check_causes_of_waits_are_those_that_were_injected():
    """`--why` names the cause that was put into each capture, with its share; all causes together are the latency."""
    captures = sorted(glob.glob("fixtures/subprotocols/*/capture.pcapng", root_dir=ROOT))
    shown = dumped(captures, "--messages", "--why")
    count = 0
    for capture, lines in shown.items():
        rows = [operation | {"from": line["from"]} for line in lines if line["type"] == "message" for operation in line.get("operations", [])]
        for row in rows:
            assert "wait" not in row or abs(sum(part["seconds"] for part in row["wait"]) - row["latency"]) < 1e-8, f"{capture}: {row}"
            count += "wait" in row
        with open(f"{FIXTURES}/subprotocols/{os.path.basename(os.path.dirname(capture))}/truth.json", encoding="utf-8") as file:
            late = json.load(file).get("late")
        if late:
            row = rows[late["operation"]]
            longest = row["wait"][0]
            share = longest["seconds"] / row["latency"]
            assert longest["cause"] == late["cause"], f"{capture}: the cause is {late['cause']}, wsray says {longest}"
            assert abs(share - late["share"]) < 0.1, f"{capture}: its share is {late['share']}, wsray says {share:.4f}"
    assert count > 150, f"{count} waits"
    return f"{count} waits"


def check_deliveries_of_messages_show_what_kept_them():
    """With `--why-all`, each message has the causes of its time on the way; where the client had stopped reading, its window is the cause."""
    captures = sorted(glob.glob("fixtures/subprotocols/*/capture.pcapng", root_dir=ROOT))
    shown = dumped(captures, "--messages", "--why-all")
    count = 0
    for capture, lines in shown.items():
        for line in lines:
            if delivery := line.get("delivery"):
                count += 1
                assert abs(sum(part["seconds"] for part in delivery["wait"]) - delivery["seconds"]) < 1e-8, f"{capture}: {line}"
                assert all(part["cause"] != "peer" for part in delivery["wait"]), f"{capture}: {line}"
    assert count > 20, f"{count} deliveries"
    late = "fixtures/subprotocols/late-window-closed"
    with open(f"{ROOT}/{late}/truth.json", encoding="utf-8") as file:
        seconds = json.load(file)["late"]["seconds"]
    parts = [part for line in shown[f"{late}/capture.pcapng"] for part in line.get("delivery", {"wait": []})["wait"]]
    window = sum(part["seconds"] for part in parts if part["cause"] == "window" and part["side"] == "client")
    assert abs(window / seconds - 1) < 0.1, f"{window} s, not {seconds} s"
    large = max((line["delivery"] for line in shown["fixtures/subprotocols/late-message-before/capture.pcapng"] if "delivery" in line),
                key=lambda one: one["seconds"])  # fmt: skip
    assert large["wait"][0]["cause"] == "transfer" and large["seconds"] > 0.2, large
    # Of connections without a known protocol as well; over none but whole segments nothing waits.
    reordered = [line["delivery"] for line in objects(output("dump", "--messages", "--why-all", "fixtures/stream-reordered/capture.pcap"))
                 if "delivery" in line]  # fmt: skip
    assert reordered, "no message of stream-reordered was on its way"
    return f"{count} deliveries"


# Expressions, and the same questions of a message's operations in Python.
QUESTIONS = {
    "op.latency > 50ms": lambda rows: any(row.get("latency", 0) > 0.05 for row in rows),
    "op.status == error": lambda rows: any(row.get("status") == "error" for row in rows),
    "op.role in (request, stream)": lambda rows: any(row["role"] in ("request", "stream") for row in rows),
    'op.type == "subscribe"': lambda rows: any(row["type"] == "subscribe" for row in rows),
    'op.name ~ "a" and op.name != "add"': lambda rows: any("a" in row.get("name", "") for row in rows)
    and all(row.get("name") != "add" for row in rows),
    'op.id == "1"': lambda rows: any(row.get("id") == "1" for row in rows),
    "not op.id": lambda rows: not any("id" in row for row in rows),
    "protocol in (mqtt, wamp)": lambda rows: rows and rows[0]["protocol"] in ("mqtt", "wamp"),
}


def check_sessions_that_began_by_polling_say_so():
    """Socket.IO's packets by polling belong to the WebSocket: since when, how many, what the server said of pings, and what has no answer."""
    for name in SESSIONS:
        capture = f"fixtures/subprotocols/{name}/capture.pcapng"
        with open(f"{ROOT}/fixtures/subprotocols/{name}/truth.json", encoding="utf-8") as file:
            truth = json.load(file)["operations"]
        lines = objects(output("dump", capture))
        notes = [line for line in lines if line.get("state") == "polled"]
        opened = next(line for line in lines if line["type"] == "connection")
        assert all(note["since"] < opened["time"] and note["connection"] == opened["connection"] for note in notes), notes
        assert (notes[0]["pingInterval"], notes[0]["pingTimeout"]) == (1, 5), notes[0]
        assert notes[0]["version"] == int(name[len("socketio-")]) - 1, notes[0]
        for side in ("client", "server"):
            theirs = sum("polled" in row and row["from"] == side for row in truth)
            # An attachment is a packet of its own, before which its event has no meaning yet: one each way.
            assert notes[-1]["polledCounts"][side] == theirs + 1, f"{name}: {theirs} operations of the {side}, {notes[-1]['polledCounts']}"
        frames = [line for line in lines if line["type"] == "frame"]
        late = next(row for line in frames for row in line.get("operations", []) if row.get("name") == "add_late")
        asked = next(row for row in operations(lines) if row.get("polled") == late["polledRequest"])
        assert (asked["type"], asked["name"], asked["id"]) == ("EVENT", "add_late", late["id"]) and late["latency"] > 0.39, late
        (silent,) = next(line for line in lines if line.get("state") == "ended")["unanswered"]
        assert silent["name"] == "forget" and next(row for row in operations(lines) if row.get("polled") == silent["polled"])["name"] == "forget"
        assert [line["message"] for line in frames] == list(range(1, len(frames) + 1)), "the numbers of messages are others"
        shown = output(capture).decode()
        assert re.search(r"began by polling 3\d\d ms earlier · → 10 packets · ← \d packets · ping every 1 s, timeout 5 s", shown), shown
        assert re.search(r" -0\.\d{3} \d{3}  → polled +29 B  EVENT add_late #4$", shown, re.MULTILINE), shown
        assert re.search(r"no answer to EVENT forget #3, polled packet \d+", shown), shown
        selected = objects(output("dump", "--where", 'op.name == "add_late"', capture))
        assert [row["type"] for row in operations([line | {"type": "message"} if line["type"] == "frame" else line for line in selected])] == [
            "EVENT", "ACK"], selected  # fmt: skip
        assert run("check", "--no-unanswered", capture).stdout.count(b"check.unanswered") == 1
        assert run("check", "--max-latency", "max=390ms", capture).returncode == 1
        assert b'"polled"' not in output("dump", "--no-decode", capture) and b"by polling" not in output("--no-decode", capture)
        figures = json.loads(output("stats", "--json", capture))["operations"]
        row = next(row for row in figures if row.get("name") == "add_late")
        assert (row["requests"], row["answered"], row["unanswered"]) == (1, 1, 0), row
        page = objects(output("dump", "--redact", capture))
        assert any(line.get("state") == "polled" and line["polled"] for line in page)


def check_fields_of_operations_select_messages():
    """Expressions about operations select the messages that have such; `op.unanswered` those that the end of the connection names."""
    captures = sorted(glob.glob("fixtures/subprotocols/*/capture.pcapng", root_dir=ROOT))
    every = dumped(captures, "--messages")
    unanswered = {
        capture: {(line["connection"], row["message"]) for line in lines if line["type"] == "protocol" for row in line.get("unanswered", []) if "message" in row}
        for capture, lines in every.items()
    }
    assert any(unanswered.values()), "no request is unanswered"
    for expression, holds in QUESTIONS.items():
        selected = dumped(captures, "--messages", "--where", expression)
        for capture, lines in every.items():
            wanted = {place(line) for line in lines if line["type"] == "message" and holds(line.get("operations", []))}
            compare(capture, expression, selected, wanted)
        assert any(map(len, (places(lines) for lines in selected.values()))), f"{expression} selects nothing"
    selected = dumped(captures, "--messages", "--where", "op.unanswered")
    for capture, wanted in unanswered.items():
        compare(capture, "op.unanswered", selected, wanted)


def check_figures_are_those_of_the_operations():
    """What `stats` counts by name is what `dump` shows one by one: numbers, errors, requests without an answer, latencies."""
    for capture in sorted(glob.glob("fixtures/subprotocols/*/capture.pcapng", root_dir=ROOT)):
        lines = objects(output("dump", "--messages", capture))
        shown = operations(lines)
        figures = json.loads(output("stats", "--json", capture))
        rows = figures["operations"]
        assert figures["operationsOverlooked"] == 0
        rest = [row for row in shown if row["role"] != "heartbeat"]
        answers = [row for row in rest if "request" in row or "polledRequest" in row]
        alone = [row for row in rest if "request" not in row and "polledRequest" not in row]
        assert sum(row["count"] for row in rows) >= len(alone), f"{capture}: {len(alone)} operations, not {sum(row['count'] for row in rows)}"
        errors = sum(row.get("status") == "error" for row in answers + alone)
        assert sum(row["errors"] for row in rows) == errors, f"{capture}: {errors} errors"
        unanswered = sum(len(line.get("unanswered", [])) for line in lines if line["type"] == "protocol")
        assert sum(row["unanswered"] for row in rows) == unanswered, f"{capture}: {unanswered} requests without an answer"
        latencies = {row["latency"] for row in answers}
        for row in rows:
            for name in ["minimum", "median", "p95", "p99", "maximum"] if "latency" in row else []:
                assert row["latency"][name] in latencies, f"{capture}: {row}"
        beats = sum(row["role"] == "heartbeat" for row in shown)
        counted = sum(
            side["sent"] + side["answered"] for row in figures["connections"] for side in row.get("heartbeats", {}).values())  # fmt: skip
        assert counted == beats, f"{capture}: {beats} heartbeats, not {counted}"


def check_limits_on_answers():
    """`check` finds answers that are too late, and requests without one; the status says so, and that there was nothing to judge."""
    late, silent = "fixtures/subprotocols/late-peer/capture.pcapng", "fixtures/subprotocols/jsonrpc-batch/capture.pcapng"
    # Of three answers one took 309 ms, the others 5 at most.
    for limit, status in [("max=400ms", 0), ("max=300ms", 1), ("p50=5ms", 0), ("p66=6ms", 0), ("p67=300ms", 1), ("p99.9=0.31s", 0)]:
        done = run("check", "--max-latency", limit, late)
        assert done.returncode == status, f"{limit}: status {done.returncode}; {done.stdout}"
        assert (b"check.latency" in done.stdout) == (status == 1), f"{limit}: {done.stdout}"
    assert run("check", "--max-latency", "max=1s", "--max-latency", "p50=1ms", late).returncode == 1
    assert run("check", "--no-unanswered", late).returncode == 0
    done = run("check", "--no-unanswered", silent)
    assert done.returncode == 1 and done.stdout.count(b"check.unanswered") == 1, done.stdout
    assert run("check", "--no-unanswered", "--where", 'op.name == "add"', silent).returncode == 0
    done = run("check", "--no-unanswered", CHAT)
    assert done.returncode == 3 and b"nothing to judge" in done.stderr, done.stderr
    for limit in ["99=1s", "p0=1s", "p101=1s", "p99=", "p99=5", "p99=-1s", "max", "p99.99=1s", "p=1s"]:
        assert run("check", "--max-latency", limit, late).returncode == 64, limit


def check_long_messages_are_paired_in_every_command():
    """What says which request an answer belongs to may stand after any number of bytes, also where little of a message is shown."""
    long = "x" * 200_000
    said = [
        (C2S, '{"jsonrpc":"2.0","method":"slow","params":["%s"],"id":1}' % long),
        (S2C, '{"jsonrpc":"2.0","result":"%s","id":1}' % long),
        (C2S, '{"jsonrpc":"2.0","method":"lost","params":["%s"],"id":2}' % long),
    ]
    capture = Capture()
    talk = Conversation(capture).open()
    talk.send(C2S, upgrade_request())
    talk.send(S2C, upgrade_response())
    for side, content in said:
        capture.wait(2)
        talk.send(side, text(content, side=side))
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/long.pcap"
        capture.write_pcap(path)
        timeline = output("timeline", "--payload", "none", path).decode()
        assert "request slow #1" in timeline and "response slow #1  after 2" in timeline, timeline
        assert "no answer to request lost #2" in timeline, timeline
        for limit, status in [("max=3s", 0), ("max=1s", 1)]:
            assert run("check", "--max-latency", limit, path).returncode == status, limit
        done = run("check", "--no-unanswered", path)
        assert done.returncode == 1 and done.stdout.count(b"check.unanswered") == 1 and b"lost #2" in done.stdout, done.stdout
        shown = objects(output("dump", "--where", "op.latency > 1s", "--messages", "--payload", "none", path))
        assert [line["message"] for line in shown if line["type"] == "message"] == [2], shown


def check_rules_pair_messages_of_private_protocols():
    """With --pair, each answer names the message before it that has its id; rules that are none are refused."""
    capture = "fixtures/subprotocols/none-json-with-id/capture.pcapng"
    lines = [line for line in objects(output("dump", "--messages", "--pair", "request.id == response.id", capture)) if line["type"] == "message"]
    asked, answers = {}, 0
    for line in lines:
        if line["kind"] != "text" or "id" not in json.loads(line["text"]):
            continue
        id, operation = json.loads(line["text"])["id"], line["operations"][0]
        assert operation["protocol"] == "paired" and operation["id"] == str(id), line
        if line["from"] == "client":
            asked[id] = line["message"]
        else:
            assert operation["request"] == asked[id], line
            answers += 1
    assert answers > 5, f"{answers} answers"
    for rule in ["", "id", "request.id", "request.id = response.id", "request == response", "request.id == reply.id", "request[ == response.id"]:
        assert run("dump", "--pair", rule, capture).returncode == 64, rule
    done = run("check", "--max-latency", "max=1ms", "--pair", "request.id == response.id", capture)
    assert done.returncode == 1 and b"check.latency" in done.stdout, done.stdout


def check_programs_decode_private_protocols():
    """--decode-with shows what a program of the user's says; one that fails is given up, and that is said."""
    capture = "fixtures/subprotocols/none-json-with-id/capture.pcapng"
    program = f"{ROOT}/Docs/examples/decoder.py"
    rows = operations(objects(output("dump", "--messages", "--decode-with", program, capture)))
    answers = [row for row in rows if row["role"] == "response"]
    assert len(answers) > 5 and all(row["protocol"] == "program" and row["request"] < row["message"] for row in answers), rows[:4]
    done = run("dump", "--jobs", "2", "--decode-with", program, capture, capture)
    assert done.returncode == 64 and b"--no-sandbox" in done.stderr, done.stderr
    for command, words in [
        ("exit 3", b"exited with status 3"), ("head -1 >/dev/null", b"the program exited"), ("no-such-program-here", b"exited with status 127"),
        ("cat >/dev/null & yes aaaaaaaaaaaaaaaa | tr -d '\\n'", b"more than 1"), ("read line; exec sleep 60", b"within 5 s"),
    ]:  # fmt: skip
        done = run("dump", "--messages", "--decode-with", command, capture)
        assert done.returncode == 0 and words in done.stderr and b'"state":"abandoned"' in done.stdout, f"{command}: {done.stderr}"


def check_the_viewer_pairs_requests_with_their_first_answers():
    graphql = "fixtures/subprotocols/graphql-transport-ws/capture.pcapng"
    screen = output("view", "--rehearse", "5", "--size", "80x24", graphql).decode()
    assert re.search(r" 44\.4 ms .*subscribe count", screen) and "2 errors" in screen, screen
    screen = output("view", "--rehearse", "5 Enter p", "--size", "80x24", "fixtures/subprotocols/jsonrpc-batch/capture.pcapng").decode()
    assert "this request was not answered" in screen, screen


def check_the_viewer_decodes_private_protocols():
    """Its requests with --pair, --decode-with and --proto are those that dump shows; with --no-decode there are none."""
    capture = "fixtures/subprotocols/none-json-with-id/capture.pcapng"
    program = f"{ROOT}/Docs/examples/decoder.py"
    for options in [["--pair", "request.id == response.id"], ["--decode-with", program]]:
        rows = operations(objects(output("dump", "--messages", *options, capture)))
        count = sum(row["role"] == "request" for row in rows)
        screen = output("view", *options, "--rehearse", "5", "--size", "80x24", capture).decode()
        assert count > 5 and re.search(rf"^ {count} requests", screen, re.MULTILINE), f"{options}: {count} of dump, and\n{screen}"
    graphql = "fixtures/subprotocols/graphql-transport-ws/capture.pcapng"
    assert "5 requests" in output("view", "--rehearse", "1", graphql).decode()
    assert "5 requests" not in output("view", "--no-decode", "--rehearse", "1", graphql).decode()
    failing = output("view", "--decode-with", "exit 3", "--rehearse", "1", capture).decode()
    assert "live" in failing, failing
    assert run("view", "--pair", "id", "--rehearse", "1", capture).returncode == 64


def check_protobuf_fields_have_the_names_of_their_schema():
    """With --proto, values are what google's library says of the same messages."""
    folder = "fixtures/subprotocols/protobuf"
    with open(f"{ROOT}/{folder}/truth.json", encoding="utf-8") as file:
        values = json.load(file)["values"]
    shown = output("dump", "--messages", "--proto", f"{folder}/schema.binpb", f"{folder}/capture.pcapng")
    rows = operations(objects(shown))
    assert [row["value"] for row in rows] == [value for value in values for _ in range(2)], rows
    for options in [["--proto", f"{folder}/truth.json"], ["--proto", "/nowhere"], ["--proto-message", "a.B"],
                    ["--proto", f"{folder}/schema.binpb", "--proto-message", "a.B"]]:  # fmt: skip
        assert run("dump", *options, f"{folder}/capture.pcapng").returncode == 64, options


def compare(capture, expression, selected, wanted):
    shown = places(selected.get(capture, []))
    assert shown == wanted, f"{capture}: {expression} selects {sorted(shown - wanted)[:3]} too, and {sorted(wanted - shown)[:3]} not"


def places(lines):
    return {place(line) for line in lines if line["type"] == "message"}


def place(line):
    return line["connection"], line["message"]


def astray(rows):
    """Operations whose request is not an earlier one of the other side."""
    for number, row in enumerate(rows):
        if "request" in row and not (row["request"] < number and rows[row["request"]]["from"] != row["from"]):
            yield number


def operations(lines):
    """Those of `dump`, in the form of truth.json; `message` is where each is, or `polled` the packet that came by polling."""
    return [
        operation | {"from": one["from"], "connection": line["connection"], "message": one.get("message")} | polled(one)
        for line in lines for one in ([line] if line["type"] == "message" else line.get("polled", []))
        for operation in one.get("operations", [])]  # fmt: skip


def polled(one):
    return {"polled": one["number"]} if "number" in one else {}


def complaint(name, truth, shown):
    theirs, ours = by_side(truth), by_side(shown)
    if len({connection for connection, _ in theirs}) <= 1:
        # A WebSocket connection is seldom the first TCP connection; where there is one only, it needs no number.
        ours = {side: [row for key in sorted(ours) if key[1] == side for row in ours[key]] for side in ("client", "server")}
        theirs = {side: [row for key in sorted(theirs) if key[1] == side for row in theirs[key]] for side in ("client", "server")}
    for side in sorted(ours.keys() | theirs.keys()):
        some, others = ours.get(side, []), theirs.get(side, [])
        for number, (one, other) in enumerate(zip(some, others), 1):
            difference = difference_between(one, other, NAGLE if name in WAITING else SLOW_TO_BEGIN.get(name, TOLERANCE))
            if difference:
                return f"{name}: {side}, operation {number}: {difference}"
            request = truth[other["request"]] if "request" in other else None
            if request and not is_answer_to(request, one, shown):
                place = f"polled packet {one['polledRequest']}" if "polledRequest" in one else f"message {one.get('request')}"
                return f"{name}: {side}, operation {number}: it answers {place}, which is not {request['type']} {request.get('id')}"
        if len(some) != len(others):
            return f"{name}: {side}: {len(some)} operations are shown, of {len(others)}"
    return None


def by_side(rows):
    sides = {}
    for row in rows:
        sides.setdefault((row.get("connection", 1), row["from"]), []).append(row)
    return sides


def difference_between(shown, truth, tolerance):
    for member in COMPARED:
        if shown.get(member) != truth.get(member):
            return f"{member} is {truth.get(member)}, wsray says {shown.get(member)}"
    if ("polled" in truth) != ("polled" in shown):
        return f"it {'came' if 'polled' in truth else 'did not come'} by polling"
    if ("latency" in truth) != ("latency" in shown):
        return f"latency is {truth.get('latency')}, wsray says {shown.get('latency')}"
    if "latency" in truth and abs(shown["latency"] - truth["latency"]) > tolerance:
        return f"latency is {truth['latency']:.6f} s, wsray says {shown['latency']:.6f} s"
    return None


def is_answer_to(request, answer, shown):
    """Whether the message or polled packet that an operation answers has such a request."""
    key, number = ("polled", answer["polledRequest"]) if "polledRequest" in answer else ("message", answer.get("request"))
    return any(
        row.get(key) == number and row["from"] == request["from"] and all(row.get(key) == request.get(key) for key in ("type", "name", "id"))
        for row in shown)  # fmt: skip
