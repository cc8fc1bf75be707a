"""Socket.IO that polls where the fixtures do not: over HTTP/2, without a WebSocket, and where something else polls."""

import os
import sys
import tempfile

from checks.program import objects, output
from checks.settings import FIXTURES

sys.path.insert(0, FIXTURES)
import http2lib as h2  # noqa: E402
import wirelib as wire  # noqa: E402
from wirelib import C2S, S2C  # noqa: E402

OPENING = b'0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
TARGET = "/socket.io/?EIO=4&transport="


def check_over_http2():
    """Requests and the WebSocket are streams of one connection; the answer over WebSocket is paired with the request that was polled."""
    capture, talk = begun()
    talk.send(C2S, h2.PREFACE + h2.settings())
    talk.send(S2C, h2.settings((h2.ENABLE_CONNECT_PROTOCOL, 1)) + h2.settings_acknowledged())

    def exchange(stream, method, answer, body=b"", sid="&sid=abc"):
        path = [(":method", method), (":scheme", "http"), (":path", f"{TARGET}polling{sid}"), (":authority", "example.com")]
        talk.send(C2S, h2.headers(stream, path, ends=not body) + (h2.data(stream, body, ends=True) if body else b""))
        middle = len(answer) // 2
        talk.send(S2C, h2.headers(stream, [(":status", "200")]) + h2.data(stream, answer[:middle]))
        talk.send(S2C, h2.data(stream, answer[middle:], ends=True))

    exchange(1, "GET", OPENING, sid="")
    exchange(3, "POST", b"ok", b'40\x1e421["add"]\x1e422["lost"]')
    exchange(5, "GET", b'40{"sid":"x"}')
    request = [(name, f"{TARGET}websocket&sid=abc" if name == ":path" else value) for name, value in h2.connect_request()]
    talk.send(C2S, h2.headers(7, request))
    talk.send(S2C, h2.headers(7, [(":status", "200")]))
    talk.send(C2S, h2.data(7, wire.text("2probe")))
    talk.send(S2C, h2.data(7, wire.text("3probe", side=S2C)))
    talk.send(C2S, h2.data(7, wire.text("5")))
    talk.send(S2C, h2.data(7, wire.text('431["done"]', side=S2C)))
    lines = shown(capture)
    note = next(line for line in lines if line.get("state") == "polled")
    assert note["polledCounts"] == {"client": 3, "server": 2} and (note["pingInterval"], note["pingTimeout"]) == (25, 20), note
    assert [packet["operations"][0]["type"] for packet in note["polled"]] == ["open", "CONNECT", "EVENT", "EVENT", "CONNECT"], note
    answer = next(line for line in lines if line.get("text") == '431["done"]')["operations"][0]
    assert (answer["name"], answer["polledRequest"]) == ("add", 3) and answer["latency"] > 0, answer
    ended = next(line for line in lines if line.get("state") == "ended")
    assert [(row["polled"], row["name"]) for row in ended["unanswered"]] == [(4, "lost")], ended


def check_polling_that_is_not_taken():
    """Polls of another session and another path's JSON are none of a WebSocket's, and a session without one is not shown."""
    capture, talk = begun()
    request(talk, "GET", f"{TARGET}polling", OPENING)
    request(talk, "POST", f"{TARGET}polling&sid=abc", b"ok", b'421["add"]')
    request(talk, "GET", "/news?transport=polling", b'421["not"]')
    request(talk, "GET", "/socket.io/?EIO=4&transport=websocket-polling&sid=other", b'421["not"]')
    request(talk, "GET", "/socket.io/?EIO=2&transport=polling&sid=other", b'421["not"]')
    talk.send(C2S, wire.upgrade_request(f"{TARGET}websocket&sid=other"))
    talk.send(S2C, wire.upgrade_response())
    talk.send(C2S, wire.text("2probe"))
    talk.send(S2C, wire.text("3probe", side=S2C))
    lines = shown(capture)
    assert sum(line["type"] == "frame" for line in lines) == 2, lines
    assert not any(line.get("state") == "polled" or "unanswered" in line for line in lines), lines


def begun():
    capture = wire.Capture()
    return capture, wire.Conversation(capture).open()


def request(talk, method, target, answer, body=b""):
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    talk.send(C2S, f"{method} {target} HTTP/1.1\r\nHost: example.com\r\n{length}\r\n".encode() + body)
    talk.send(S2C, f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)


def shown(capture):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture.pcap")
        capture.write_pcap(path)
        return objects(output("dump", path))
