"""What can happen to a capture: packets lost, late, twice, cut short, sent again with other borders."""

import contextlib
import struct
import tempfile

LINKS = {1: "ethernet", 113: "cooked", 101: "raw", 276: "cooked2"}


def header_of(capture):
    """The header of a little-endian pcap and its link type; nil of any other file."""
    if capture[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return None
    link = int.from_bytes(capture[20:24], "little") & 0xFFFF
    return (capture[:24], link) if link in LINKS else None


def packets_of(capture):
    """The packets of a little-endian pcap, each with its header."""
    packets, at = [], 24
    while at < len(capture):
        end = at + 16 + int.from_bytes(capture[at + 8 : at + 12], "little")
        packets.append(capture[at:end])
        at = end
    return packets


@contextlib.contextmanager
def without(gone, original, packets):
    """The path of a capture that lacks the packets of these numbers, which count from 1; it is there as long as the context."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        file.write(original[:24] + b"".join(packet for number, packet in enumerate(packets, 1) if number not in gone))
        file.flush()
        yield file.name


class Packet:
    """A record of a capture file, and where TCP is in it."""

    def __init__(self, number, record, link):
        self.number, self.link = number, link
        self.seconds, self.fraction, captured, self.length = struct.unpack("<IIII", record[:16])
        self.data = record[16:]
        self.is_whole = captured == self.length
        self.is_protected = False
        self.ports, self.source, self.sequence, self.payload, self.tcp, self.ip = (), None, 0, 0, None, None
        self.find_tcp()

    def find_tcp(self):
        at = {1: 14, 113: 16, 276: 20, 101: 0}[self.link]
        if self.link == 1:
            while self.data[at - 2 : at] in (b"\x81\x00", b"\x88\xa8"):
                at += 4
        version = self.data[at] >> 4
        if version == 4:
            tcp, protocol = at + (self.data[at] & 15) * 4, self.data[at + 9]
            end = at + int.from_bytes(self.data[at + 2 : at + 4], "big")
            is_fragment = int.from_bytes(self.data[at + 6 : at + 8], "big") & 0x3FFF
            source = self.data[at + 12 : at + 16]
        elif version == 6:
            tcp, protocol = at + 40, self.data[at + 6]
            end = at + 40 + int.from_bytes(self.data[at + 4 : at + 6], "big")
            is_fragment, source = False, self.data[at + 8 : at + 24]
        else:
            return
        if protocol != 6 or is_fragment or tcp + 20 > len(self.data) or end > len(self.data):
            return
        self.ip, self.tcp = at, tcp
        self.ports = struct.unpack(">HH", self.data[tcp : tcp + 4])
        self.source = (source, self.ports)
        self.sequence = int.from_bytes(self.data[tcp + 4 : tcp + 8], "big")
        self.payload_at = tcp + (self.data[tcp + 12] >> 4) * 4
        self.payload = end - self.payload_at

    def record(self):
        return struct.pack("<IIII", self.seconds, self.fraction, len(self.data), self.length) + self.data

    def copy(self):
        other = Packet.__new__(Packet)
        other.__dict__.update(self.__dict__)
        return other

    def cut(self, length):
        if len(self.data) > length:
            self.data = self.data[:length]
            self.is_whole = False

    def parts(self, offsets):
        """This segment cut at offsets of its payload; itself alone where there are none."""
        places = [0, *(offset for offset in offsets if 0 < offset < self.payload), self.payload]
        if len(places) == 2:
            return [self]
        pieces = []
        for low, high in zip(places, places[1:]):
            data = bytearray(self.data[: self.payload_at] + self.data[self.payload_at + low : self.payload_at + high])
            data[self.tcp + 4 : self.tcp + 8] = ((self.sequence + low) % 2**32).to_bytes(4, "big")
            data[self.ip + 2 : self.ip + 4] = (len(data) - self.ip).to_bytes(2, "big")
            piece = self.copy()
            piece.data, piece.length = bytes(data), len(data)
            pieces.append(piece)
        return pieces

    def joined(self, before):
        """This segment with the bytes of the one before it in the stream, as it may be sent again."""
        bytes_ = before.data[before.payload_at : before.payload_at + before.payload] + self.data[self.payload_at : self.payload_at + self.payload]
        other = self.copy()
        data = bytearray(self.data[: self.payload_at] + bytes_)
        data[self.tcp + 4 : self.tcp + 8] = before.data[before.tcp + 4 : before.tcp + 8]
        total = len(data) - self.ip
        if data[self.ip] >> 4 == 4:
            data[self.ip + 2 : self.ip + 4] = total.to_bytes(2, "big")
        else:
            data[self.ip + 4 : self.ip + 6] = (total - 40).to_bytes(2, "big")
        other.data, other.length = bytes(data), len(data)
        return other


def lost(rate):
    def lose(packets, chance):
        return [packet for packet in packets if packet.is_protected or not packet.payload or chance.random() >= rate]

    return lose


def late_in_file(reach):
    """Packets come up to so many packets after where they belong, with the times that they have."""

    def shuffle(packets, chance):
        order = []
        for place, packet in enumerate(packets):
            is_late = chance.random() < 0.5 and not packet.is_protected
            order.append((place + chance.uniform(0, reach) if is_late else place, place))
        return [packets[place] for _, place in sorted(order)]

    return shuffle


def late_on_wire(packets, chance):
    """Segments overtake others of their direction, and acknowledgements nothing."""
    packets = list(packets)
    for place in range(len(packets)):
        if chance.random() < 0.1 and not packets[place].is_protected and packets[place].payload:
            others = (other for other in range(place + 1, min(place + 12, len(packets))) if packets[other].source == packets[place].source)
            other = next(others, None)
            if other is not None:
                one, two = packets[place].copy(), packets[other].copy()
                one.seconds, one.fraction, two.seconds, two.fraction = two.seconds, two.fraction, one.seconds, one.fraction
                packets[place], packets[other] = two, one
    return packets


def twice(packets, chance):
    """A tenth of the packets once more, some of them later."""
    order = [(place, place) for place in range(len(packets))]
    order += [(place + chance.uniform(0, 20), place) for place in range(len(packets)) if chance.random() < 0.1]
    return [packets[place] for _, place in sorted(order)]


def overlapping(packets, chance):
    """Some segments are sent with the bytes of the one before."""
    before, result = {}, []
    for packet in packets:
        last = before.get(packet.source)
        if packet.payload and packet.source:
            before[packet.source] = packet
            follows = last and last.payload and (last.sequence + last.payload) % 2**32 == packet.sequence
            fits = follows and last.payload + packet.payload < 60_000 and last.is_whole and packet.is_whole
            if fits and not packet.is_protected and chance.random() < 0.2:
                packet = packet.joined(last)
        result.append(packet)
    return result


def snapped(length):
    def cut(packets, chance):
        packets = [packet.copy() for packet in packets]
        for packet in packets:
            if not packet.is_protected:
                packet.cut(length)
        return packets

    return cut


def begun_later(packets, chance):
    return packets[chance.randrange(len(packets)) :]


def one_direction(packets, chance):
    """The packets of one side only."""
    ports = [packet.ports for packet in packets if packet.ports]
    if not ports:
        return packets
    servers = {min(pair) for pair in ports}
    is_server = chance.random() < 0.5
    return [packet for packet in packets if not packet.ports or (packet.ports[0] in servers) == is_server]


def times_back(packets, chance):
    """The clock is set back now and then."""
    offset, result = 0, []
    for packet in packets:
        if chance.random() < 0.02:
            offset += chance.randrange(5)
        packet = packet.copy()
        packet.seconds = max(0, packet.seconds - offset)
        result.append(packet)
    return result


def late_from_the_start(packets, chance):
    """The same from the first SYN on: what a connection begins with may stand after what follows."""
    order = [(place + chance.uniform(0, 50) if chance.random() < 0.5 else place, place) for place in range(len(packets))]
    return [packets[place] for _, place in sorted(order)]


# What is done, and what can be asked of the result: all messages, nearly all whose bytes are there, or that nothing is invented. Where
# a connection ends within the reach of what is late, its end may hide some.
DAMAGES = {
    "0.1 % lost": (lost(0.001), "lost"),
    "1 % lost": (lost(0.01), "lost"),
    "5 % lost": (lost(0.05), "lost"),
    "late in the file by 10": (late_in_file(10), "reordered"),
    "late in the file by 50": (late_in_file(50), "reordered"),
    "late on the wire": (late_on_wire, "reordered"),
    "twice": (twice, "reordered"),
    "overlapping": (overlapping, "reordered"),
    "snaplen 96": (snapped(96), "cut short"),
    "snaplen 256": (snapped(256), "cut short"),
    "begun later": (begun_later, "partial"),
    "one direction": (one_direction, "partial"),
    "late from the start": (late_from_the_start, "late"),
    "times back": (times_back, "reordered"),
}
