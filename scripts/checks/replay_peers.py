"""Peers of `wsray replay`, written with nothing but Python: servers and a client of WebSocket, which note every frame that comes."""

import base64
import contextlib
import hashlib
import json
import os
import socket
import struct
import threading
import uuid
import zlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TAIL = b"\x00\x00\xff\xff"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Gone(Exception):
    """The peer hung up."""


class Talk:
    """One side of a connection, after the upgrade."""

    def __init__(self, peer, masks=False, deflates=False, rest=b""):
        self.peer, self.masks, self.rest = peer, masks, rest
        # (opcode, final, RSV1, mask, payload) of each frame that came, and the messages that they made.
        self.frames, self.heard = [], []
        self.head, self.target = b"", ""
        self.inflater = zlib.decompressobj(-15) if deflates else None
        self.deflater = zlib.compressobj(wbits=-12) if deflates else None

    def bytes(self, count):
        while len(self.rest) < count:
            got = self.peer.recv(65536)
            if not got:
                raise Gone
            self.rest += got
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def frame(self):
        first, second = self.bytes(2)
        length = second & 127
        if length > 125:
            length = int.from_bytes(self.bytes(2 if length == 126 else 8), "big")
        mask = self.bytes(4) if second & 128 else None
        payload = self.bytes(length)
        if mask:
            payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.frames.append((first & 15, bool(first & 128), bool(first & 64), mask, payload))
        return self.frames[-1]

    def message(self):
        """The next one that is no ping or pong; pings are answered."""
        parts, opcode, compressed = b"", None, False
        while True:
            kind, final, rsv1, _, payload = self.frame()
            if kind == PING:
                self.send(payload, PONG)
            elif kind == CLOSE:
                self.heard.append((CLOSE, payload))
                return CLOSE, payload
            elif kind != PONG:
                if kind:
                    opcode, compressed = kind, rsv1
                parts += payload
                if final:
                    if compressed:
                        parts = self.inflater.decompress(parts + TAIL)
                    self.heard.append((opcode, parts))
                    return opcode, parts

    def json(self):
        """The next text, as JSON; ends where the peer closes, which is answered."""
        opcode, payload = self.message()
        if opcode == CLOSE:
            self.send(payload, CLOSE)
            raise Gone
        return json.loads(payload)

    def send(self, payload, opcode=TEXT):
        if not isinstance(payload, bytes):
            payload = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        first = 0x80 | opcode
        if self.deflater and opcode < 8:
            payload = self.deflater.compress(payload) + self.deflater.flush(zlib.Z_SYNC_FLUSH)
            payload, first = payload.removesuffix(TAIL), first | 0x40
        size = len(payload)
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size) if size < 65536 else b"\x7f" + struct.pack(">Q", size)
        mask = os.urandom(4) if self.masks else b""
        if self.masks:
            payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        length = bytes([length[0] | (128 if self.masks else 0)]) + length[1:]
        self.peer.sendall(bytes([first]) + length + mask + payload)


def head(peer):
    """An HTTP head, and what came after it."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = peer.recv(65536)
        if not more:
            raise Gone
        got += more
    return got.split(b"\r\n\r\n", 1)


def field(head, name):
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower().encode():
            return value.strip().decode()
    return None


def accept(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def upgraded(peer, server="Python/3.11 websockets/17.4", limits=True):
    """The server's side of the upgrade: as this software says it, with limits on windows or without."""
    asked, rest = head(peer)
    deflates = "permessage-deflate" in (field(asked, "Sec-WebSocket-Extensions") or "")
    answer = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept(field(asked, 'Sec-WebSocket-Key'))}\r\n"
    if deflates:
        parameters = "; server_max_window_bits=12; client_max_window_bits=12" if limits else ""
        answer += f"Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\n"
    if field(asked, "Sec-WebSocket-Protocol"):
        answer += f"Sec-WebSocket-Protocol: {field(asked, 'Sec-WebSocket-Protocol')}\r\n"
    peer.sendall(f"{answer}Date: Sat, 28 Nov 2026 02:00:00 GMT\r\nServer: {server}\r\n\r\n".encode())
    talk = Talk(peer, deflates=deflates, rest=rest)
    talk.head, talk.target = asked, asked.split(b" ")[1].decode()
    return talk


@contextlib.contextmanager
def serving(behave, context=None):
    """The port of a server that does `behave(socket)` with each connection, and a list of what that gives back."""
    listener = socket.create_server(("127.0.0.1", 0))
    done, threads = [], []

    def work():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=one, args=(peer,), daemon=True)
            thread.start()
            threads.append(thread)

    def one(peer):
        with contextlib.suppress(OSError, Gone):
            peer.settimeout(30)
            with context.wrap_socket(peer, server_side=True) if context else peer as secured:
                result = behave(secured)
                if result is not None:
                    done.append(result)

    threading.Thread(target=work, daemon=True).start()
    try:
        yield listener.getsockname()[1], done
    finally:
        # Whoever waits in accept is woken by that.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(10)


# What fixtures/replay/servers.py does, in its own words.


def conversing(converse, **answer):
    """A behaviour: the upgrade, then `converse(talk)` until the peer closes."""

    def behave(peer):
        talk = upgraded(peer, **answer)
        with contextlib.suppress(Gone):
            converse(talk)
        return talk

    return behave


def rpc(changed=False):
    def converse(talk):
        # A case has "ada" replaced by "bob", which must not happen in here.
        session, token = str(uuid.uuid4()).replace("ada", "adb"), uuid.uuid4().hex.replace("ada", "adb")
        talk.send({"jsonrpc": "2.0", "method": "welcome", "params": {"session": session}})
        while True:
            asked = talk.json()
            params = asked["params"]
            known = {"login": params.get("session") == session, "save": params.get("token") == token, "echo": True}
            if not known[asked["method"]]:
                talk.send({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32001, "message": "who are you?"}})
                continue
            result = {
                "login": lambda: {"token": token, "role": "viewer" if changed else "editor", "user": params["user"]},
                "save": lambda: {"saved": True, "length": len(params["text"])},
                "echo": lambda: params,
            }[asked["method"]]()
            talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    return conversing(converse)


def graphql(changed=False):
    def converse(talk):
        while True:
            asked = talk.json()
            match asked["type"]:
                case "connection_init":
                    talk.send({"type": "connection_ack"})
                case "ping":
                    talk.send({"type": "pong"})
                case "subscribe":
                    titles = ("Ulysses" if changed else "Middlemarch", "Emma")
                    books = [{"data": {"books": [{"id": str(uuid.uuid4()), "title": title} for title in titles]}}]
                    counts = [{"data": {"count": number}} for number in range(3)]
                    for payload in books if "books" in asked["payload"]["query"] else counts:
                        talk.send({"id": asked["id"], "type": "next", "payload": payload})
                    talk.send({"id": asked["id"], "type": "complete"})

    return conversing(converse, server="uvicorn", limits=False)


def socketio(changed=False):
    def converse(talk):
        talk.send('0{"sid":"%s","upgrades":[],"pingTimeout":2000,"pingInterval":1000,"maxPayload":1000000}' % uuid.uuid4().hex[:20])
        while True:
            opcode, payload = talk.message()
            if opcode == CLOSE:
                talk.send(payload, CLOSE)
                raise Gone
            if payload == b"40{}":
                talk.send('40{"sid":"%s"}' % uuid.uuid4().hex[:20])
                talk.send("2")
            elif payload.startswith(b'421["join"'):
                talk.send('42["joined",{"room":"kitchen","member":"%s"}]' % uuid.uuid4())
                talk.send('431[{"ok":%s}]' % ("false" if changed else "true"))
            elif payload.startswith(b"42"):
                talk.send('42["said",%s]' % json.dumps({"text": json.loads(payload[2:])[1]["text"].upper()}))

    return conversing(converse, server="Python/3.11 aiohttp/3.14.5")


SERVERS = {"rpc": rpc, "graphql": graphql, "socketio": socketio}


def connected(port, target, *fields, key="dGhlIHNhbXBsZSBub25jZQ=="):
    """The client's side of an upgrade."""
    peer = socket.create_connection(("127.0.0.1", port), 10)
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}"]
    peer.sendall("\r\n".join([*lines, "Sec-WebSocket-Version: 13", *fields, "", ""]).encode())
    answer, rest = head(peer)
    talk = Talk(peer, masks=True, deflates=b"permessage-deflate" in answer, rest=rest)
    talk.head = answer
    return talk
