"""HAR in a real Chromium's developer tools: the messages that the Network panel then holds are those that the endpoints logged.

Chromium runs headless on a profile of its own; its developer tools are driven through its debugging port, on loopback.
"""

import asyncio
import base64
import contextlib
import datetime
import glob
import hashlib
import json
import os
import re
import urllib.parse
import urllib.request

from checks import browser
from checks.case import fail_with, on_request
from checks.program import fixtures, objects, output
from checks.settings import FIXTURES

# Captures that lack bytes, and one of a size that only makes waiting long.
LEFT_OUT = {"stream-gap", "snaplen-cut", "inflated-64-mb"}
OPCODES = {"text": 1, "binary": 2}

# Loads an archive as the panel's own button does, and tells what each request then shows in its Messages tab.
LOAD = """(async (text) => {
  const network = await import('devtools://devtools/bundled/panels/network/network.js');
  const logs = await import('devtools://devtools/bundled/models/logs/logs.js');
  const log = logs.NetworkLog.NetworkLog.instance();
  log.reset(false);
  const panel = network.NetworkPanel.NetworkPanel.instance();
  await panel.networkLogView.onLoadFromFile(new File([text], 'wsray.har', {type: 'application/json'}));
  return log.requests().map(request => ({
    url: request.url(), type: request.resourceType().name(), status: request.statusCode, start: request.startTime,
    frames: request.frames().map(frame => [frame.type, frame.time, frame.text, frame.opCode])}));
})"""


@on_request
def check_devtools():
    program = browser.required()
    names = sorted({os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FIXTURES}/*/truth.jsonl")} - LEFT_OUT)
    assert names, "no fixture has a truth.jsonl"
    return asyncio.run(compare_all(program, names))


async def compare_all(program, names):
    complaints, messages = [], 0
    async with developer_tools(program) as evaluate:
        for name in names:
            archive = dump(name, "--format", "har").decode()
            requests = await evaluate(f"{LOAD}({json.dumps(archive)})")
            try:
                messages += compare(requests, truth(name), objects(dump(name, "--messages", "--payload", "none")))
            except AssertionError as error:
                complaints.append(f"{name}: {error}")
    fail_with(complaints)
    return f"{len(names)} archives show their {messages} messages in the developer tools"


def compare(requests, said, events):
    """The number of messages; fails where the panel's differ from the truth in number, order, direction, content or time."""
    connections = [event for event in events if event["type"] == "connection"]
    assert len(requests) == len(connections), f"{len(requests)} requests for {len(connections)} connections"
    count = 0
    for connection in connections:
        number = connection["connection"]
        # The tools keep the beginning of a request to the millisecond.
        request = next((r for r in requests if near(r["start"], seconds(connection["time"]), 0.001)), None)
        assert request, f"no request begins at {connection['time']}"
        assert request["type"] == "websocket", f"a request of type {request['type']}"
        assert request["url"] == connection.get("url", request["url"]), f"{request['url']}, not {connection['url']}"
        for way, side in [("send", "c2s"), ("receive", "s2c")]:
            shown = [(opcode, digest(text, opcode)) for kind, _, text, opcode in request["frames"] if kind == way]
            sent = [m for m in said if m.get("connection", 1) == number and m["dir"] == side and m["opcode"] in OPCODES]
            assert shown == [(OPCODES[m["opcode"]], m["sha256"]) for m in sent], f"connection {number}: {way} differs from the truth"
            count += len(shown)
        times = [time for _, time, _, _ in request["frames"]]
        wanted = [seconds(e["time"]) for e in events
                  if e["type"] == "message" and e["connection"] == number and e["kind"] in OPCODES]
        assert len(times) == len(wanted) and all(map(near, times, wanted)), f"connection {number}: times differ"
    return count


def near(a, b, difference=0.000_001):
    """By default: equal as far as a double holds microseconds of these years."""
    return abs(a - b) < difference


def seconds(time):
    whole, fraction = re.fullmatch(r"(.*)\.(\d+)Z", time).groups()
    start = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return start.timestamp() + int(fraction) / 10 ** len(fraction)


def digest(text, opcode):
    return hashlib.sha256(text.encode() if opcode == 1 else base64.b64decode(text)).hexdigest()


def dump(name, *options):
    return output("dump", *options, *fixtures(f"{name}/capture.pcap*"))


def truth(name):
    with open(f"{FIXTURES}/{name}/truth.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# Chromium


@contextlib.asynccontextmanager
async def developer_tools(program):
    """A function that evaluates JavaScript in developer tools that look at an empty page."""
    import websockets

    async with browser.launched(program) as port:
        page = next(target for target in ask(port, "/json") if target["type"] == "page")
        tools = f"devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:{port}/devtools/page/{page['id']}&panel=network"
        target = ask(port, "/json/new?" + urllib.parse.quote(tools, safe=""), "PUT")
        async with websockets.connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            yield lambda script: evaluated(socket, script)


def ask(port, path, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)) as answer:
        return json.load(answer)


async def evaluated(socket, script):
    """The value of a script. The tools need a moment before their modules answer, so the first fault is not the last word."""
    for attempt in range(20):
        parameters = {"expression": script, "awaitPromise": True, "returnByValue": True}
        await socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": parameters}))
        while (answer := json.loads(await asyncio.wait_for(socket.recv(), 60))).get("id") != 1:
            pass
        fault = answer["result"].get("exceptionDetails")
        if not fault:
            return answer["result"]["result"]["value"]
        await asyncio.sleep(0.5)
    raise RuntimeError(fault)
