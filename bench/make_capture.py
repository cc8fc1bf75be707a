#!/usr/bin/env python3
"""Makes a large capture of WebSocket traffic, valid down to the checksums and the same bytes for the same options.

Standard library only, and quick: frames are made once and shared by all connections, with their part of the TCP checksum.
With --tls each segment is a record of TLS 1.3, sealed by libcrypto, and the key log is written beside the capture.
With --quic each message is a DATA frame of HTTP/3 in a packet of QUIC of its own (RFC 9220), sealed in the same way.
With --deflate a connection plays one of a few recorded sequences from its start, so that its compression context is right.
With --h2 N the messages are said in N streams of a connection of HTTP/2, a DATA frame a segment (RFC 8441).
With --coalesce what a side says fills its segments, as it does of a sender in a hurry: frames begin and end anywhere in them.
"""

import argparse
import os
import random
import struct
import sys
import zlib
from functools import partial

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "fixtures")]
import quic_packets as quic
from tls_records import HANDSHAKE, SUITES, Sealer, client_flight, client_hello, server_flight, server_hello
from wirelib import (
    ACK, C2S, EPOCH, ETHERNET, FIN, PSH, S2C, SECOND, SYN, TEXT, Deflater, close, ethernet, frame, ip_packet, other,
    upgrade_request, upgrade_response)  # fmt: skip

SIZES = {"tiny": (8, 30), "small": (60, 160), "medium": (400, 600), "large": (1340, 1440)}
FRAMES_PER_SEQUENCE = 1000
SEGMENT = 1460
RPC = ("calls", "mixed")
WORDS = "order price bid ask volume EURUSD GBPUSD filled open partial cancel snapshot update depth trade".split()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("out", help="the pcap file to write")
    arguments.add_argument("--mb", type=float, default=200, help="size of the file in 10^6 bytes (%(default)s)")
    arguments.add_argument("--messages", type=int, help="so many messages, or segments with --coalesce, whatever size that makes")
    arguments.add_argument("--conns", type=int, default=2000, help="connections, all open at a time (%(default)s)")
    arguments.add_argument("--size", choices=SIZES, default="small", help="payloads of about 20, 110, 500 or 1,400 bytes (%(default)s)")
    arguments.add_argument("--rpc", nargs="?", const="calls", choices=RPC,
                           help="JSON-RPC in place of objects of no protocol: calls with a text, of some 40 bytes less, and their answers in "
                                "turn (the default); or calls, answers and notifications with objects")  # fmt: skip
    arguments.add_argument("--deflate", action="store_true", help="permessage-deflate with context takeover")
    arguments.add_argument("--coalesce", action="store_true", help="frames back to back in full segments")
    arguments.add_argument("--open", action="store_true", help="the capture ends while all connections are open")
    arguments.add_argument("--h2", type=int, metavar="N", help="HTTP/2 without TLS, N streams in each connection")
    arguments.add_argument("--tls", choices=SUITES, help="TLS 1.3 with this cipher suite, a record a segment")
    arguments.add_argument("--quic", choices=SUITES, help="HTTP/3 with this cipher suite, a message a datagram")
    arguments.add_argument("--keys", help="the key log to write with --tls or --quic (the capture's name with .keys)")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()

    dice = random.Random(options.seed)
    sequences = [sequence(dice, *SIZES[options.size], options.deflate, options.rpc) for _ in range(8)]
    if options.coalesce:
        sequences = [coalesced(said) for said in sequences]
    with open(options.out, "wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, ETHERNET))
        writer = Writer(file)
        extensions = "permessage-deflate" if options.deflate else None
        make = partial(TLSConnection, options.tls, dice) if options.tls else partial(H2Connection, options.h2) if options.h2 else Connection
        make = partial(QUICConnection, options.quic, dice) if options.quic else make
        connections = [make(number, writer, dice.choice(sequences), extensions) for number in range(options.conns)]
        limit = options.mb * 1e6 - options.conns * 450  # what the ends of the connections will take
        draw = dice.random
        if options.messages is None:
            while writer.count < limit:
                for _ in range(100):
                    connections[int(draw() * options.conns)].speak()
        for _ in range(options.messages or 0):
            connections[int(draw() * options.conns)].speak()
        for connection in connections:
            connection.finish(options.open)
    if options.tls or options.quic:
        with open(options.keys or f"{options.out}.keys", "w", encoding="ascii") as file:
            file.writelines(line for connection in connections for line in connection.key_log)
    print(f"{options.out}: {writer.count / 1e6:.0f} MB, {writer.packets} packets, {options.conns} connections, "
          f"{sum(connection.messages for connection in connections)} messages")  # fmt: skip


def sequence(dice, shortest, longest, deflate, rpc):
    """What a connection says from its start, a third of it by the client: (side, bytes, their 16-bit sum, messages that end in them,
    what completes the message that begins in them) each."""
    deflaters = {C2S: Deflater(), S2C: Deflater()}
    said = []
    for number in range(FRAMES_PER_SEQUENCE):
        side = C2S if dice.random() < 1 / 3 else S2C
        length = dice.randint(shortest, longest)
        text = f'{{"number":{number},"text":"'
        while len(text) < length - 2:
            text += f"{dice.choice(WORDS)} {dice.randrange(10000)} "
        payload = (text[: length - 2] + '"}').encode()
        if rpc == "calls":
            side = C2S if number % 2 == 0 else S2C
            payload = call(number, text[19 + len(str(number)) : length - 50], dice.choice(WORDS))
        elif rpc == "mixed":
            side = C2S if number % 3 == 0 else S2C
            payload = mixed(dice, number, length)
        if deflate:
            payload = deflaters[side].message(payload)
        data = frame(TEXT, payload, side=side, rsv=4 if deflate else 0, mask=dice.randbytes(4))
        said.append((side, data, word_sum(data), 1, b""))
    return said


def call(number, text, word):
    """A call of JSON-RPC, or the answer to the one before."""
    if number % 2 == 0:
        return f'{{"jsonrpc":"2.0","id":{number},"method":"{word}.get","params":["{text}"]}}'.encode()
    return f'{{"jsonrpc":"2.0","id":{number - 1},"result":"{text}"}}'.encode()


def mixed(dice, number, length):
    """Of three messages a call, its answer, and a notification of a subscription, as of Ethereum; with objects that make them so long."""
    number, turn = divmod(number, 3)
    before, after = [
        (f'{{"jsonrpc":"2.0","id":{number},"method":"trade_{dice.choice(WORDS)}","params":', "}"),
        (f'{{"jsonrpc":"2.0","id":{number},"result":', "}"),
        (f'{{"jsonrpc":"2.0","method":"trade_subscription","params":{{"subscription":"0x{number:032x}","result":', "}}"),
    ][turn]
    objects = []
    while len(before) + sum(map(len, objects)) < length - 60:
        objects.append(f'{{"symbol":"{dice.choice(WORDS)}","price":"{dice.randrange(10**6)}","size":{dice.randrange(1000)},"open":true}}')
    return f"{before}[{','.join(objects)}]{after}".encode()


def coalesced(said):
    """The same frames, back to back in full segments; at the end a shorter one of each side."""
    segments, waiting = [], {C2S: [], S2C: []}

    def cut(side, frames, length):
        data, count, rest = b"", 0, b""
        while frames and len(data) < length:
            taken, rest = frames[0][: length - len(data)], frames[0][length - len(data) :]
            data, count = data + taken, count + (not rest)
            frames[:1] = [rest] if rest else []
        segments.append((side, data, word_sum(data), count, rest))

    for side, data, *_ in said:
        waiting[side].append(data)
        while sum(map(len, waiting[side])) >= SEGMENT:
            cut(side, waiting[side], SEGMENT)
    for side, frames in waiting.items():
        if frames:
            cut(side, frames, SEGMENT)
    return segments


def checksum_of(total):
    """The checksum that goes with a sum of words; nothing that is not all zeros sums up to 0."""
    return ~(total % 0xFFFF or 0xFFFF) & 0xFFFF


def word_sum(data):
    """The one's complement sum of 16-bit words: the number that they are, modulo 2^16 - 1."""
    return int.from_bytes(data + b"\0" * (len(data) % 2), "big") % 0xFFFF


class Writer:
    """The file, with a clock that ticks 3 µs a packet."""

    def __init__(self, file):
        self.file, self.packets, self.count, self.now = file, 0, 24, EPOCH // 1000

    def add(self, packet):
        seconds, micros = divmod(self.now, SECOND // 1000)
        self.file.write(struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet)
        self.now += 3
        self.packets += 1
        self.count += 16 + len(packet)


class Connection:
    """A TCP connection; its addresses' part of every header and checksum is made once."""

    port = 80

    def __init__(self, number, writer, said, extensions):
        self.writer, self.said, self.spoken, self.messages, self.unanswered = writer, said, 0, 0, 0
        self.rest = {C2S: b"", S2C: b""}
        self.deflates = extensions is not None
        client, server = (f"10.{number >> 14 & 255}.{number >> 6 & 255}.{number % 64 + 1}", 40000 + number % 20000), ("10.255.0.1", self.port)
        self.next = {C2S: 1000 + number * 77777, S2C: 5000 + number * 99991}
        self.ends = {C2S: self.end(client, server, True), S2C: self.end(server, client, False)}
        self.send(C2S, SYN)
        self.send(S2C, SYN | ACK)
        self.send(C2S, ACK)
        self.secure()
        self.greet(extensions)

    def secure(self):
        """What comes before the first request."""

    def greet(self, extensions):
        for side, data in ((C2S, upgrade_request(extensions=extensions)), (S2C, upgrade_response(extensions=extensions))):
            self.say(side, data, word_sum(data))
            self.send(other(side), ACK)

    @staticmethod
    def end(source, destination, to_server):
        """Headers up to the IP length, the addresses, the ports, and the sums of what stays the same."""
        packet = ethernet(ip_packet(source[0], destination[0], b""), to_server=to_server)
        link, ip = packet[:14], packet[14:34]
        ip_sum = word_sum(ip[:2] + b"\0\0" + ip[4:10] + b"\0\0" + ip[12:])
        ports = struct.pack(">HH", source[1], destination[1])
        return link + ip[:2], ip[4:10], ip[12:] + ports, ip_sum, word_sum(ip[12:] + ports) + 6

    def send(self, side, flags, data=b"", data_sum=0):
        before, middle, after, ip_sum, tcp_sum = self.ends[side]
        sequence, acknowledgment = self.next[side] & 0xFFFFFFFF, self.next[other(side)] & 0xFFFFFFFF if flags & ACK else 0
        length = len(data)
        total = tcp_sum + 20 + length + (sequence >> 16) + (sequence & 0xFFFF) + (acknowledgment >> 16) + (acknowledgment & 0xFFFF)
        total += 0x5000 + flags + 64240 + data_sum
        self.writer.add(b"".join((
            before, struct.pack(">H", 40 + length), middle, struct.pack(">H", checksum_of(ip_sum + 40 + length)), after,
            struct.pack(">IIBBHHH", sequence, acknowledgment, 0x50, flags, 64240, checksum_of(total), 0), data)))  # fmt: skip
        self.next[side] += length + (1 if flags & (SYN | FIN) else 0)

    def say(self, side, data, data_sum):
        """Sends what is said in a segment."""
        self.send(side, ACK | PSH, data, data_sum)

    def speak(self):
        """Sends the next message; the other side acknowledges every second one."""
        if self.spoken >= len(self.said) and self.deflates:
            return self.repeat()
        side, data, data_sum, count, rest = self.said[self.spoken % len(self.said)]
        self.say(side, data, data_sum)
        self.messages, self.rest[side] = self.messages + count, rest
        self.acknowledge(side)

    def repeat(self):
        """A recorded sequence cannot begin anew in the same context, but plain frames are always allowed."""
        side, data = S2C, frame(TEXT, b'{"the recorded sequence":"is over"}', side=S2C)
        self.say(side, data, word_sum(data))
        self.messages += 1
        self.acknowledge(side)

    def acknowledge(self, side):
        self.spoken += 1
        self.unanswered += 1
        if self.unanswered == 2:
            self.send(other(side), ACK)
            self.unanswered = 0

    def finish(self, stays_open):
        """Completes what has begun and, unless the connection stays open, closes it."""
        for side, data in self.rest.items():
            if data:
                self.say(side, data, word_sum(data))
                self.messages += 1
        if stays_open:
            return
        for side in (C2S, S2C):
            data = close(1000, side=side, mask=b"\x01\x02\x03\x04")
            self.say(side, data, word_sum(data))
        self.end_of_tcp()

    def end_of_tcp(self):
        for side in (C2S, S2C):
            self.send(side, FIN | ACK)
        self.send(C2S, ACK)


class TLSConnection(Connection):
    """The same over TLS: each segment is a record."""

    port = 443

    def __init__(self, suite, dice, *rest):
        self.suite, self.dice, self.key_log, self.sealers = suite, dice, [], {}
        super().__init__(*rest)

    def secure(self):
        draw = self.dice.randbytes
        random = draw(32)
        secrets = {(side, stage): draw(32) for side in (C2S, S2C) for stage in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")}
        for (side, stage), secret in secrets.items():
            self.key_log.append(f"{'CLIENT' if side == C2S else 'SERVER'}_{stage} {random.hex()} {secret.hex()}\n")
        for side, hello in ((C2S, client_hello(random, draw(32), self.suite)), (S2C, server_hello(draw(32), draw(32), self.suite, random))):
            self.send(side, ACK | PSH, hello, word_sum(hello))
        for side, flight in ((S2C, server_flight(draw(32))), (C2S, client_flight(draw(32)))):
            record = Sealer(secrets[side, "HANDSHAKE_TRAFFIC_SECRET"], self.suite).seal(flight, HANDSHAKE)
            self.send(side, ACK | PSH, record, word_sum(record))
            self.sealers[side] = Sealer(secrets[side, "TRAFFIC_SECRET_0"], self.suite)

    def say(self, side, data, data_sum):
        record = self.sealers[side].seal(data)
        self.send(side, ACK | PSH, record, word_sum(record))


class H2Connection(Connection):
    """The same in streams of HTTP/2 that take turns: each segment is a DATA frame."""

    DATA, HEADERS, SETTINGS = 0, 1, 4
    END_STREAM, ACKNOWLEDGED, END_HEADERS = 1, 1, 4
    ENABLE_CONNECT_PROTOCOL = 8

    def __init__(self, streams, *rest):
        self.streams, self.turn = streams, 0
        super().__init__(*rest)

    def secure(self):
        """The prefaces, and an extended CONNECT for each stream with its answer."""
        self.framed(C2S, self.SETTINGS, b"", opening=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.framed(S2C, self.SETTINGS, struct.pack(">HI", self.ENABLE_CONNECT_PROTOCOL, 1))
        for side in (C2S, S2C):
            self.framed(side, self.SETTINGS, b"", self.ACKNOWLEDGED)

    def greet(self, extensions):
        asked = {":method": "CONNECT", ":protocol": "websocket", ":scheme": "http", ":path": "/live", ":authority": "10.255.0.1",
                 "sec-websocket-version": "13"}  # fmt: skip
        for stream in range(1, 2 * self.streams, 2):
            self.framed(C2S, self.HEADERS, literals(asked), self.END_HEADERS, stream)
            self.framed(S2C, self.HEADERS, literals({":status": "200"}), self.END_HEADERS, stream)

    def framed(self, side, kind, payload, flags=0, stream=0, opening=b""):
        data = opening + len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload
        self.send(side, ACK | PSH, data, word_sum(data))

    def say(self, side, data, data_sum):
        self.framed(side, self.DATA, data, stream=2 * (self.turn % self.streams) + 1)
        self.turn += 1

    def finish(self, stays_open):
        """A close frame in each direction of each stream, and its end."""
        if stays_open:
            return
        for stream in range(1, 2 * self.streams, 2):
            for side in (C2S, S2C):
                self.framed(side, self.DATA, close(1000, side=side, mask=b"\x01\x02\x03\x04"), self.END_STREAM, stream)
        self.end_of_tcp()


class QUICConnection(Connection):
    """The same in a stream of HTTP/3: each message is a datagram. Connection IDs are the connection's number and the side."""

    port = 443

    def __init__(self, suite, dice, number, writer, said, extensions):
        self.suite, self.draw, self.key_log, self.number = suite, dice.randbytes, [], number
        self.ids = {side: struct.pack(">IB3x", number, index) for index, side in enumerate((C2S, S2C))}
        self.offsets, self.sealers = {C2S: 0, S2C: 0}, {}
        super().__init__(number, writer, said, extensions)

    def send(self, side, flags, data=b"", data_sum=0):
        """What TCP would acknowledge, QUIC does; it needs no SYN and no FIN."""
        if flags == ACK and side in self.sealers:
            self.put(side, quic.acknowledgment(self.sealers[other(side)].number - 1))

    def put(self, side, frames):
        self.datagram(side, quic.short_packet(self.ids[other(side)], self.sealers[side], frames))

    def datagram(self, side, data):
        before, middle, after, ip_sum, tcp_sum = self.ends[side]
        length = 8 + len(data)
        middle = middle[:5] + b"\x11"
        total = checksum_of(tcp_sum + 11 + 2 * length + word_sum(data))
        self.writer.add(b"".join((
            before, struct.pack(">H", 20 + length), middle, struct.pack(">H", checksum_of(ip_sum + 11 + 20 + length)), after,
            struct.pack(">HH", length, total), data)))  # fmt: skip

    def secure(self):
        random, destination, client, server = self.draw(32), self.draw(8), self.ids[C2S], self.ids[S2C]
        ours, theirs, flight = quic.hellos(self.draw, random, self.suite, destination, client, server)
        secrets = {(side, stage): self.draw(32) for side in (C2S, S2C) for stage in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")}
        for (side, stage), secret in secrets.items():
            self.key_log.append(f"{'CLIENT' if side == C2S else 'SERVER'}_{stage} {random.hex()} {secret.hex()}\n")
        early = {side: quic.Protection(quic.initial_secret(destination, label), "aes-128-gcm") for side, label in ((C2S, b"client in"), (S2C, b"server in"))}  # fmt: skip
        late = {side: quic.Protection(secrets[side, "HANDSHAKE_TRAFFIC_SECRET"], self.suite) for side in (C2S, S2C)}
        self.datagram(C2S, quic.long_packet(quic.INITIAL, destination, client, early[C2S], quic.crypto_frame(ours).ljust(1162, b"\0")))
        first = quic.acknowledgment(0) + quic.crypto_frame(theirs)
        self.datagram(S2C, quic.long_packet(quic.INITIAL, client, server, early[S2C], first)
                      + quic.long_packet(quic.HANDSHAKE, client, server, late[S2C], quic.crypto_frame(flight).ljust(700, b"\0")))  # fmt: skip
        last = quic.acknowledgment(0) + quic.crypto_frame(client_flight(self.draw(32)))
        self.datagram(C2S, quic.long_packet(quic.HANDSHAKE, server, client, late[C2S], last))
        self.sealers = {side: quic.Protection(secrets[side, "TRAFFIC_SECRET_0"], self.suite) for side in (C2S, S2C)}
        self.put(S2C, quic.HANDSHAKE_DONE)

    def greet(self, extensions):
        asked = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/live"), (":authority", "10.255.0.1"),
                 ("sec-websocket-version", "13")]  # fmt: skip
        agreed = [("sec-websocket-extensions", extensions)] if extensions else []
        settings = b"\0" + quic.http3_frame(4, quic.number(8) + quic.number(1))
        for side, stream, fields in ((C2S, 2, asked + agreed), (S2C, 3, [(":status", "200")] + agreed)):
            self.put(side, quic.stream_frame(stream, 0, settings))
            self.framed(side, 1, quic.section(fields))
            self.put(other(side), quic.acknowledgment(self.sealers[side].number - 1))

    def framed(self, side, kind, payload, ends=False):
        data = quic.http3_frame(kind, payload)
        self.put(side, quic.stream_frame(0, self.offsets[side], data, ends))
        self.offsets[side] += len(data)

    def say(self, side, data, data_sum):
        self.framed(side, 0, data)

    def finish(self, stays_open):
        """A close frame in each direction of the stream, and its end."""
        if stays_open:
            return
        for side in (C2S, S2C):
            self.framed(side, 0, close(1000, side=side, mask=b"\x01\x02\x03\x04"), True)
            self.put(other(side), quic.acknowledgment(self.sealers[side].number - 1))


def literals(fields):
    """A block of literal header fields, none of them for the table (RFC 7541 6.2.2)."""
    return b"".join(b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in field) for field in fields.items())


if __name__ == "__main__":
    main()
