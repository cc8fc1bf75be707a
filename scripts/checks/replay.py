"""`wsray replay`: a conversation is played as it was, to a server or a client, and what comes otherwise is found and said."""

import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import zlib

from checks import replay_peers
from checks.case import Skipped, each, fail_with
from checks.program import Run, content, fixtures
from checks.replay_peers import CLOSE, PING, TEXT, Gone, connected, serving, upgraded
from checks.schema import faults, validator
from checks.settings import FIXTURES, ROOT, WSRAY

FOLDER = f"{FIXTURES}/replay"
# Its cases wait for each other more than they work.
IS_WAITING = True
KINDS = ("rpc", "graphql", "socketio")


def capture(kind):
    return f"{FOLDER}/{kind}/capture.pcap"


def replayed(kind, port, *options, scheme="ws", host="127.0.0.1"):
    return Run("replay", capture(kind), "--to", f"{scheme}://{host}:{port}", *options)


def told(done):
    assert done.out, f"{done}: nothing was written; {done.err[:300]}"
    return json.loads(done.out)


def dumped(kind, side):
    """The messages of a side, as the capture has them."""
    lines = Run("dump", "--messages", capture(kind)).out.split(b"\n")[:-1]
    found = [json.loads(line) for line in lines]
    return [one for one in found if one["type"] == "message" and one["from"] == side and one["kind"] == "text"]


# MARK: To a server


@each(*KINDS)
def check_same(kind):
    """Against a server that answers as before nothing differs, and it heard what the client had said."""
    with serving(replay_peers.SERVERS[kind]()) as (port, done):
        replayed(kind, port).expect(0, out=b"same: 1 connection", err=b"sending GET ")
    assert len(done) == 1, f"{len(done)} connections"
    masks = [frame[3] for frame in done[0].frames]
    assert all(masks) and len(set(masks)) > 1, "frames are not masked with new keys"
    heard = [payload.decode() for opcode, payload in done[0].heard if opcode == TEXT]
    captured = [one["text"] for one in dumped(kind, "client")]
    if kind != "rpc":
        # The answer to a heartbeat comes when the server asks for it.
        pong = "3" if kind == "socketio" else None
        assert [text for text in heard if text != pong] == [text for text in captured if text != pong], heard
        assert kind != "socketio" or heard.count("3") == 1, "the server's one ping was not answered once"
        return
    for text, was in zip(heard, captured, strict=True):
        mine, theirs = json.loads(text), json.loads(was)
        for name in ("session", "token"):
            if name in theirs["params"]:
                assert mine["params"].pop(name) != theirs["params"].pop(name), f"{name} is that of the capture"
        assert mine == theirs


@each(*KINDS)
def check_changed(kind):
    """One answer that changed is named, and nothing else."""
    expected = {"rpc": "json.result.role", "graphql": "json.payload.data.books[0].title", "socketio": "json[0].ok"}
    with serving(replay_peers.SERVERS[kind](changed=True)) as (port, _):
        run = replayed(kind, port, "--format", "json").expect(1, err=b"sending GET ")
    answer = told(run)
    assert not answer["same"] and len(answer["connections"]) == 1
    differences = answer["connections"][0]["differences"]
    assert [one["kind"] for one in differences] == ["changed"], differences
    assert [part["path"] for part in differences[0]["parts"]] == [expected[kind]]
    fail_with(faults([run.out.strip()], {"diff": validator(json.loads(content(f"{ROOT}/Docs/wsray-diff.schema.json")))}))


def check_frames():
    """Fragments, compression, the ping and the Close frame are as they were."""
    with serving(replay_peers.rpc()) as (port, done):
        replayed("rpc", port).expect(0, out=b"same", err=b"sending")
    frames = [frame[:3] for frame in done[0].frames]
    fragments = [(TEXT, False, True), (0, False, False), (0, False, False), (0, True, False)]
    assert frames == [(TEXT, True, True), (TEXT, True, True), (PING, True, False), *fragments, (CLOSE, True, False)], frames
    assert done[0].frames[2][4] == b"are you there" and done[0].frames[-1][4] == b"\x03\xe8"


def check_request():
    """The head is that of the capture with another Host and key, and with what the user wants otherwise."""
    headers = ("--header", "User-Agent: another", "--header", "X-New: yes", "--header", "Sec-WebSocket-Extensions:")
    with serving(replay_peers.rpc()) as (port, done):
        replayed("rpc", port, "--set", "ada=bob", *headers).expect(1, out=b'json.result.user: "ada" in A, "bob" in B', err=b"/rpc?user=bob")
        Run("replay", capture("rpc"), "--to", f"ws://127.0.0.1:{port}/other?x=1").expect(0, out=b"same", err=b"GET /other?x=1")
    first, second = done
    assert first.target == "/rpc?user=bob" and second.target == "/other?x=1"
    key = replay_peers.field(first.head, "Sec-WebSocket-Key")
    assert key != replay_peers.field(second.head, "Sec-WebSocket-Key") and len(key) == 24
    assert replay_peers.field(first.head, "Host") == f"127.0.0.1:{port}"
    assert replay_peers.field(first.head, "User-Agent") == "another" and replay_peers.field(first.head, "X-New") == "yes"
    assert replay_peers.field(first.head, "Sec-WebSocket-Extensions") is None
    assert not any(frame[2] for frame in first.frames), "a message is compressed although that was not agreed on"
    logins = [json.loads(payload)["params"] for opcode, payload in first.heard if opcode == TEXT and b"login" in payload]
    assert [one["user"] for one in logins] == ["bob"]


def check_values():
    """A value in JSON is put in by its path; strings stay strings, and what is JSON becomes that."""
    with serving(replay_peers.rpc()) as (port, done):
        sets = ("--set", "$.params.text=a \"quoted\" text", "--set", "$.params.words[1]=3", "--set", "$.id=true")
        replayed("rpc", port, *sets, "--ignore", "json.id", "--ignore", "json.result").expect(0, err=b"sending")
    texts = [json.loads(payload) for opcode, payload in done[0].heard if opcode == TEXT]
    assert texts[1]["params"]["text"] == 'a "quoted" text' and texts[2]["params"]["words"] == ["in", "3", "frames"]
    assert [one["id"] for one in texts] == [True, True, True]


def check_pace():
    """Recorded times are kept, also in scale; by default nothing is waited for but answers."""
    took = {}
    for options in ((), ("--pace", "recorded"), ("--speed", "4")):
        with serving(replay_peers.graphql()) as (port, _):
            start = time.monotonic()
            replayed("graphql", port, *options).expect(0, out=b"same", err=b"sending")
            took[options] = time.monotonic() - start
    # The client closed 1.19 s after the upgrade.
    assert 1.15 < took["--pace", "recorded"] < 4, took
    assert took["--pace", "recorded"] - took["--speed", "4"] > 0.5, took
    assert took["--pace", "recorded"] - took[()] > 0.6, took


# MARK: Servers that do something else


def refuse(peer):
    replay_peers.head(peer)
    body = b"who are you?"
    peer.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def speak_otherwise(peer):
    peer.recv(1)
    peer.sendall(b"220 mail.example.com ESMTP\r\n")
    time.sleep(0.5)


def answer_wrongly(peer):
    replay_peers.head(peer)
    peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n")
    time.sleep(0.5)


def say_nothing(peer):
    peer.recv(1)
    time.sleep(3)


def hang_up(peer):
    replay_peers.head(peer)


def after_login(what):
    """Greets, hears the login, and then does `what(talk)`."""

    def behave(peer):
        talk = upgraded(peer)
        talk.send({"jsonrpc": "2.0", "method": "welcome", "params": {"session": "5f0f9f4e-0a8b-4f0e-9a0e-5b1f4e0c0d3a"}})
        with contextlib.suppress(Gone):
            talk.json()
            what(talk)
        return talk

    return behave


def stall(talk):
    while True:
        talk.json()


def close_early(talk):
    talk.send(struct.pack(">H", 1011) + b"out of order", CLOSE)
    talk.message()


def reset(talk):
    talk.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.peer.close()


def break_deflate(talk):
    talk.peer.sendall(b"\xc1\x05\xff\xff\xff\xff\xff")
    stall(talk)


FAULTS = {
    "refused": (refuse, [b"expected 101, the server answered 401 Unauthorized", b"status"]),
    "not-http": (speak_otherwise, [b"expected an answer to the upgrade, an HTTP response", b"220 mail"]),
    "wrong-accept": (answer_wrongly, [b"Sec-WebSocket-Accept does not answer the key"]),
    "silent": (say_nothing, [b"did not answer the upgrade within 1"]),
    "gone": (hang_up, [b"the server hung up before it answered the upgrade"]),
    "stalled": (after_login(stall), [b"nothing came from the server for 1", b"expected A frame 3, text", b'"token"', b"4 messages were not sent"]),
    "closed": (after_login(close_early), [b"the server closed with 1011 out of order too early", b"expected A frame 3, text", b"server closed 1011"]),
    "reset": (after_login(reset), [b"the server reset the connection too early", b"expected A frame 3, text", b"server reset"]),
    "hung-up": (after_login(lambda talk: None), [b"the server hung up too early", b"expected A frame 3, text", b"server hung up"]),
    "bad-deflate": (after_login(break_deflate), [b"1 message added", b"message.deflate.invalid in B only"]),
}


@each(*FAULTS)
def check_fault(name):
    """It is said what was expected and what came, in every format, and the status is 1."""
    behave, words = FAULTS[name]
    with serving(behave) as (port, _):
        start = time.monotonic()
        shown = replayed("rpc", port, "--timeout", "1s").expect(1, out=b"different: ", err=b"sending")
        assert time.monotonic() - start < 10
        document = replayed("rpc", port, "--timeout", "1s", "--format", "junit").expect(1, err=b"sending")
        answer = told(replayed("rpc", port, "--timeout", "1s", "--format", "json").expect(1, err=b"sending"))
    text = b" ".join(shown.out.split())
    for word in words:
        assert word in text, f"{name}: {word} is not in {text.decode()}"
    assert b'failures="1"' in document.out and b"<failure" in document.out
    assert not answer["same"]
    if name == "stalled":
        # That wsray closes then is its own doing, and so is how the server answers that.
        assert answer["totals"] == {"missing": 3}, answer["totals"]
    if name != "bad-deflate":
        assert answer["b"]["remarks"][0]["connection"] == 1 and words[0].decode() in answer["b"]["remarks"][0]["text"]
    fail_with(faults([json.dumps(answer).encode()], {"diff": validator(json.loads(content(f"{ROOT}/Docs/wsray-diff.schema.json")))}))


def check_nobody():
    """Where nobody listens, or the host has no address, the status is 2."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = replayed("rpc", port).expect(2, err=b"failed: Connection refused").out
    assert said.startswith(b"not played: connecting to ") and said.endswith(b"failed: Connection refused\n"), said
    assert not told(replayed("rpc", port, "--format", "json").expect(2, err=b"refused"))["same"]
    document = replayed("rpc", port, "--format", "junit").expect(2, err=b"refused")
    assert b'errors="1"' in document.out and b"Connection refused" in document.out
    Run("replay", capture("rpc"), "--to", "ws://no-such-host.invalid/").expect(2, err=b"looking up no-such-host.invalid failed")


def check_hostile():
    """A server that says a great deal, or announces more than there is, takes neither memory nor time without bound."""

    def flood(talk):
        # One message without end: after one that is whole, a pause of the server's would be an answer.
        length = struct.pack(">Q", 1 << 20)
        talk.peer.sendall(b"\x02\x7f" + length + bytes(1 << 20))
        while True:
            talk.peer.sendall(b"\x00\x7f" + length + bytes(1 << 20))

    def announce(talk):
        talk.peer.sendall(b"\x82\x7f" + struct.pack(">Q", (1 << 63) - 1))
        stall(talk)

    def inflate(talk):
        squeezed = zlib.compressobj(wbits=-15)
        payload = b"".join(squeezed.compress(bytes(1 << 20)) for _ in range(64)) + squeezed.flush(zlib.Z_SYNC_FLUSH)
        payload = payload.removesuffix(replay_peers.TAIL)
        talk.peer.sendall(b"\xc2\x7f" + struct.pack(">Q", len(payload)) + payload)
        stall(talk)

    def endless_head(peer):
        replay_peers.head(peer)
        peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            peer.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")

    for patience, behave, words in [
        ("60s", after_login(flood), b"more was said than fits into --memory"),
        ("2s", after_login(announce), b"nothing came from the server"),
        ("2s", after_login(inflate), b"nothing came from the server"),
        ("2s", endless_head, b"longer than the limit"),
    ]:
        with serving(behave) as (port, _):
            command = [WSRAY, "replay", capture("rpc"), "--to", f"ws://127.0.0.1:{port}", "--timeout", patience, "--memory", "64M"]
            done = subprocess.run(["/usr/bin/env", "bash", "-c", 'ulimit -v 4000000; exec "$@"', "bash", *command], capture_output=True, timeout=100)
        assert done.returncode == 1 and words in b" ".join(done.stdout.split()), (words, done.returncode, done.stdout[:600], done.stderr[:300])


def check_order_and_extras():
    """A message that nobody asked for does not lead astray, and answers in another order are waited for."""

    def converse(talk):
        session, token = "0d5f3b56-54a1-4a4c-8d09-2b9a3f6a7c11", "00112233445566778899aabbccddeeff"
        talk.send({"jsonrpc": "2.0", "method": "advertisement", "params": {"text": "buy"}})
        time.sleep(0.1)
        talk.send({"jsonrpc": "2.0", "method": "welcome", "params": {"session": session}})
        while True:
            asked = talk.json()
            params = asked["params"]
            time.sleep(0.4)
            assert asked["method"] != "save" or params["token"] == token
            results = {"login": {"token": token, "role": "editor", "user": "ada"}, "save": {"saved": True, "length": 14}}
            talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": results.get(asked["method"], params)})

    with serving(replay_peers.conversing(converse)) as (port, done):
        answer = told(replayed("rpc", port, "--format", "json").expect(1, err=b"sending"))
    assert answer["totals"] == {"added": 1}, answer["totals"]
    assert len(done[0].heard) == 4, done[0].heard


# MARK: To a client


@each("rpc", "socketio")
def check_listening(kind):
    """A client hears what the captured one heard; one that says something else is found."""
    for is_changed in (False, True):
        with listening(kind, "--ignore", "frames", "--ignore", "headers") as (process, port):
            talk = act(kind, port, is_changed)
        out, err = process.communicate(timeout=60)
        assert process.returncode == (1 if is_changed else 0), (process.returncode, out, err)
        assert (b"changed" in out and b"carol" in out) if is_changed else out.startswith(b"same: 1 connection"), out
        heard = [payload.decode() for opcode, payload in talk.heard if opcode == TEXT]
        assert heard == [one["text"] for one in dumped(kind, "server")], heard


class listening:
    """A run that listens: its process and its port."""

    def __init__(self, kind, *options):
        command = [WSRAY, "replay", capture(kind), "--listen", "0", "--timeout", "5s", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        line = self.process.stderr.readline()
        found = re.search(rb"listening on 127.0.0.1:(\d+), for 1 client", line)
        assert found, line
        return self.process, int(found[1])

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()


def act(kind, port, is_changed):
    """What the captured client did."""
    if kind == "rpc":
        talk = connected(port, "/rpc?user=ada", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "User-Agent: Python/3.11 websockets/17.4")
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in talk.head and b"permessage-deflate" in talk.head
        session = talk.json()["params"]["session"]
        talk.send({"jsonrpc": "2.0", "id": 1, "method": "login", "params": {"user": "carol" if is_changed else "ada", "session": session}})
        token = talk.json()["result"]["token"]
        talk.send({"jsonrpc": "2.0", "id": 2, "method": "save", "params": {"token": token, "text": "the first line"}})
        talk.json()
        talk.send({"jsonrpc": "2.0", "id": 3, "method": "echo", "params": {"words": ["in", "three", "frames"]}})
        talk.json()
    else:
        talk = connected(port, "/socket.io/?transport=websocket&EIO=4&t=1795830299.1234567", "User-Agent: Python/3.11 aiohttp/3.14.5")
        talk.message()
        talk.send("40{}")
        talk.message()
        talk.send('421["join",{"room":"kitchen"}]')
        talk.message(), talk.message()
        for text in ("hello", "carol" if is_changed else "is anybody there"):
            talk.send('42["say",{"room":"kitchen","text":"%s"}]' % text)
            talk.message()
        for _ in range(2):
            assert talk.message() == (TEXT, b"2")
            talk.send("3")
    talk.send(b"\x03\xe8", CLOSE)
    assert talk.message() == (CLOSE, b"\x03\xe8")
    talk.heard.pop()
    talk.peer.close()
    return talk


def check_strangers():
    """What asks for no WebSocket is refused and said, and the client after it is served."""
    with listening("rpc", "--ignore", "frames", "--ignore", "headers") as (process, port):
        peer = socket.create_connection(("127.0.0.1", port), 10)
        peer.sendall(b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 426 ")
        socket.create_connection(("127.0.0.1", port), 10).close()
        act("rpc", port, False)
    out, err = process.communicate(timeout=60)
    assert b"a client asked for GET /favicon.ico, which is no WebSocket upgrade" in err and b"went away without a request" in err, err


def check_clients_that_stop():
    """A client that stops in the middle, and one that never comes."""
    with listening("rpc") as (process, port):
        talk = connected(port, "/rpc?user=ada")
        talk.json()
        talk.peer.close()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and b"the client hung up too early: expected A frame 2, text" in b" ".join(out.split()), out
    Run("replay", capture("rpc"), "--listen", "0", "--wait", "1s").expect(2, err=b"no client came within --wait")


# MARK: TLS


def check_tls():
    """A certificate is verified: by default by the system's authorities, with --cacert by that file's, with --insecure not at all."""
    if not shutil.which("openssl"):
        raise Skipped("openssl, which makes a certificate, is not installed")
    with tempfile.TemporaryDirectory() as folder:
        certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        names = ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*certificate, *names, "-keyout", f"{folder}/key.pem", "-out", f"{folder}/ca.pem"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/ca.pem", f"{folder}/key.pem")
        with serving(replay_peers.rpc(), context) as (port, done):
            refused = replayed("rpc", port, scheme="wss", host="localhost").expect(2, err=b"the server's certificate cannot be trusted")
            assert b"--cacert FILE" in refused.err and refused.out.startswith(b"not played: localhost:")
            replayed("rpc", port, "--cacert", f"{folder}/ca.pem", scheme="wss", host="localhost").expect(0, out=b"same", err=b"wss://localhost")
            # The certificate is of another name than the address.
            replayed("rpc", port, "--cacert", f"{folder}/ca.pem", scheme="wss").expect(2, err=b"IP address mismatch")
            replayed("rpc", port, "--insecure", scheme="wss").expect(0, out=b"same", err=b"wss://127.0.0.1")
            replayed("rpc", port, "--cacert", f"{folder}/none.pem", scheme="wss", host="localhost").expect(2, err=b"No such file")
        assert len(done) == 2
        with serving(speak_otherwise) as (port, _):
            replayed("rpc", port, "--timeout", "2s", scheme="wss").expect(2, err=b"wrong version number")
        with serving(say_nothing) as (port, _):
            replayed("rpc", port, "--timeout", "1s", scheme="wss").expect(2, err=b"the TLS handshake was not answered")


# MARK: The command


def check_dry_run():
    """Nobody is connected to, and what would be sent is said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        done = replayed("rpc", listener.getsockname()[1], "--dry-run", "--set", "ada=bob").expect(0, out=b"", err=b"Sec-WebSocket-Key: (new)")
        assert not done.out and b'"user": "bob"' in done.err and b"A frame 13, close 1000" in done.err
        try:
            listener.accept()
        except TimeoutError:
            return
    raise AssertionError("somebody connected")


def check_redaction():
    """With --redact nothing that is printed has a secret, whatever the server does; what is sent has them all."""

    def betray(talk):
        talk.send(struct.pack(">H", 1011) + b"no such password: hunter2", CLOSE)
        talk.message()

    own = ["--header", "Authorization: Bearer given-4711", "--set", "ada=grace", "--redact-key", "session"]
    secrets = [value.encode() for one in dumped("rpc", "server") + dumped("rpc", "client") for value in re.findall(r'"(?:token|session)": ?"([^"]+)"', one["text"])]
    assert len(set(secrets)) > 1
    for behave, formats in ((replay_peers.rpc(), ["text", "json"]), (after_login(betray), ["text", "json", "junit"]), (speak_otherwise, ["text"]), (after_login(stall), ["text"])):
        with serving(behave) as (port, done):
            for options in (["--dry-run"], *(["--format", form, "--timeout", "1s"] for form in formats)):
                run = replayed("rpc", port, "--redact", *own, *options)
                said = run.out + run.err
                found = [secret for secret in [*secrets, b"4711", b"hunter2", b"220 mail"] if secret in said]
                assert not found, f"{run} says {found}: {said[:600]}"
                assert b"redacted: " in run.err and run.status in (0, 1), f"{run}: {run.status}"
        if behave is not speak_otherwise:
            assert done and all(b"grace" in b"".join(payload for _, payload in talk.heard) for talk in done), "what is sent is redacted"
            assert all(b"Bearer given-4711" in talk.head for talk in done)
    with serving(after_login(betray)) as (port, _):
        run = replayed("rpc", port, "--format", "json")
        assert b"hunter2" in run.out, "no secret is said without --redact either"
    replayed("rpc", 9, "--redact", "--save", "x.pcapng").expect(64, err=b"--save writes what was said as it was")


def check_sandbox():
    """While it plays, it has no rights but to connect to the port."""
    with serving(after_login(stall)) as (port, _):
        process = subprocess.Popen([WSRAY, "replay", capture("rpc"), "--to", f"ws://127.0.0.1:{port}", "--timeout", "20s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert b"sending" in process.stderr.readline()
            status = content(f"/proc/{process.pid}/status").decode()
            assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^Seccomp:\s+2$", status, re.M), status
            assert re.search(r"^CapEff:\s+0+$", status, re.M), status
        finally:
            process.kill()
            process.communicate()


def check_interrupt():
    """Ctrl-C closes the connection and shows what came until then."""
    with serving(after_login(stall)) as (port, done):
        process = subprocess.Popen([WSRAY, "replay", capture("rpc"), "--to", f"ws://127.0.0.1:{port}", "--timeout", "60s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert b"sending" in process.stderr.readline()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert done[0].heard[-1] == (CLOSE, b"\x03\xe9"), "it was not closed with 1001"
    assert process.returncode == 130 and b"it was interrupted" in out and b"interrupted" in err, (process.returncode, out, err)


def check_saved():
    """What was said is a capture like any other."""
    with tempfile.TemporaryDirectory() as folder, serving(replay_peers.rpc(changed=True)) as (port, _):
        replayed("rpc", port, "--save", f"{folder}/said.pcapng").expect(1, err=b"sending")
        Run("check", f"{folder}/said.pcapng").expect(0, err=b"no findings in 1 connection, 14 frames")
        assert Run("diff", "--ignore", "headers", "--json", capture("rpc"), f"{folder}/said.pcapng").status == 1


def check_recordings():
    """HAR files and traces are played as captures are."""
    for path in [*fixtures("recordings/chromium/*.har"), *fixtures("recordings/playwright/*.zip"), *fixtures("recordings/mitmproxy/*.har")]:
        done = Run("replay", path, "--to", "ws://127.0.0.1:1", "--dry-run")
        assert done.status == 0 and b"sending GET " in done.err, (path, done.status, done.err[:300])


def check_several():
    """Connections are played one after another, in the order of the capture; --connection and --where choose some."""
    chat = f"{FIXTURES}/chat/capture.pcap"
    many = Run("replay", capture("rpc"), capture("graphql"), "--to", "ws://127.0.0.1:1", "--dry-run").expect(0, err=b"connection 2: sending GET /graphql")
    assert b"connection 1: sending GET /rpc" in many.err
    one = Run("replay", capture("rpc"), capture("graphql"), "--connection", "2", "--to", "ws://127.0.0.1:1", "--dry-run").expect(0, err=b"connection 2")
    assert b"connection 1" not in one.err
    Run("replay", capture("rpc"), "--where", 'path contains "nothing"', "--to", "ws://127.0.0.1:1", "--dry-run").expect(2, err=b"there is no connection to play")
    Run("replay", chat, "--to", "ws://127.0.0.1:1", "--where", "opcode == text", "--dry-run").expect(64, err=b"replay plays whole connections")
    Run("replay", f"{FIXTURES}/stream-midway/capture.pcap", "--to", "ws://127.0.0.1:1", "--dry-run").expect(2, err=b"is not played: its upgrade request was not captured")


def check_usage():
    wrong = [
        ([], b"Say to whom"),
        (["--to", "http://localhost/"], b"expected ws:// or wss://"),
        (["--to", "ws://localhost:1", "--listen", "8080"], b"Either --to or --listen"),
        (["--to", "ws://localhost:1", "--insecure"], b"are about wss://"),
        (["--to", "ws://localhost:1", "--set", "nothing"], b"expected OLD=NEW"),
        (["--to", "ws://localhost:1", "--set", "$.a..b=1"], b"the name of a member is missing"),
        (["--to", "ws://localhost:1", "--header", "nothing"], b"expected 'Name: value'"),
        (["--to", "ws://localhost:1", "--speed", "0"], b"greater than 0"),
        (["--to", "ws://localhost:1", "--speed", "2", "--pace", "answers"], b"does not keep them"),
        (["--to", "ws://localhost:1", "--wait", "1s"], b"--wait is for --listen"),
        (["--to", "ws://localhost:1", "--ignore", "nonsense"], b"--ignore nonsense"),
        (["--listen", "x"], b"--listen"),
    ]
    for options, words in wrong:
        Run("replay", capture("rpc"), *options).expect(64, err=words)
    Run("replay", "no-such-file.pcap", "--to", "ws://127.0.0.1:1").expect(66, err=b"no-such-file.pcap")
    Run("replay", "--to", "ws://127.0.0.1:1").expect(64, err=b"Name a capture")
