"""The frames of a capture, read anew: it shares no code with wsray, only the RFCs."""

import datetime
import json
import struct
import zlib

OPCODES = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


def packets(path):
    """Number, nanoseconds, IP packet of each packet of a classic pcap with microseconds."""
    with open(path, "rb") as file:
        data = file.read()
    link, position, number = struct.unpack_from("<I", data, 20)[0], 24, 0
    assert data[:4] == b"\xd4\xc3\xb2\xa1" and link == 1, "a little-endian pcap of Ethernet is expected"
    while position < len(data):
        seconds, micros, length, _ = struct.unpack_from("<IIII", data, position)
        number += 1
        yield number, seconds * 10**9 + micros * 1000, data[position + 30 : position + 16 + length]
        position += 16 + length


def facts(path):
    """The frames of a capture without losses: one dictionary each, in the order of their last bytes."""
    streams, heads, order, result, opened = {}, {}, {}, [], {}
    for number, time, ip in packets(path):
        ports = struct.unpack_from(">HH", ip, 20)
        payload = ip[20 + (ip[32] >> 4) * 4 : struct.unpack_from(">H", ip, 2)[0]]
        if not payload:
            continue
        key, back = ports, ports[::-1]
        stream = streams.setdefault(key, {"bytes": b"", "marks": [], "offset": 0})
        if key not in heads:
            assert payload.endswith(b"\r\n\r\n") or b"\r\n\r\n" in payload
            head, rest = payload.split(b"\r\n\r\n", 1)
            heads[key] = head.decode()
            if payload.startswith(b"GET"):
                order[frozenset(ports)] = len(order) + 1
                opened[frozenset(ports)] = time
            else:
                opened[frozenset(ports), "answered"] = time
            payload = rest if b"101" in head.split(b"\r\n")[0] else b""
        stream["bytes"] += payload
        stream["marks"].append((stream["offset"] + len(stream["bytes"]), number, time))
        is_client = "GET" in heads[key][:3]
        connection = {
            "c": order[frozenset(ports)],
            "request": heads[key if is_client else back],
            "response": heads.get(back if is_client else key, ""),
            "client_port": ports[0] if is_client else ports[1],
            "opened": opened[frozenset(ports)],
            "answered": opened.get((frozenset(ports), "answered"), 0),
        }
        while frame := take_frame(stream):
            result.append(frame | connection | {"from": "client" if is_client else "server"})
    judge(result)
    return result


def take_frame(stream):
    data = stream["bytes"]
    if len(data) < 2:
        return None
    length, header = data[1] & 127, 2
    if length == 126:
        length, header = struct.unpack_from(">H", data, 2)[0], 4
    elif length == 127:
        length, header = struct.unpack_from(">Q", data, 2)[0], 10
    masked = bool(data[1] & 128)
    key = data[header : header + 4] if masked else b""
    header += len(key)
    if len(data) < header + length:
        return None
    payload = data[header : header + length]
    if masked:
        payload = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
    start, end = stream["offset"], stream["offset"] + header + length
    marks = [mark for mark in stream["marks"] if mark[0] > start]
    touched = [mark for place, mark in enumerate(marks) if place == 0 or marks[place - 1][0] < end]
    frame = {
        "opcode": data[0] & 15, "fin": bool(data[0] & 128), "rsv": data[0] >> 4 & 7, "masked": masked, "length": length, "header": header,
        "mask": int.from_bytes(key, "big") if masked else None, "payload": payload, "offset": start, "time": touched[0][2],
        "endtime": touched[-1][2], "packets": [mark[1] for mark in touched],
    }
    stream["bytes"], stream["offset"] = data[header + length :], end
    return frame


def judge(frames):
    """Numbers, messages, inflated content and round trips."""
    counts, messages, inflaters, open_messages, pings = {}, {}, {}, {}, {}
    for frame in frames:
        c, side = frame["c"], (frame["c"], frame["from"])
        frame["n"] = counts[c] = counts.get(c, 0) + 1
        frame["control"] = frame["opcode"] >= 8
        if frame["opcode"] != 0:
            messages[c] = messages.get(c, 0) + 1
        whole = {"number": messages[c], "opcode": frame["opcode"], "compressed": frame["rsv"] == 4, "wire": b"", "count": 0, "time": frame["time"]}
        message = open_messages[side] if frame["opcode"] == 0 else whole
        message["wire"] += frame["payload"]
        message["count"] += 1
        frame["message"], frame["mop"], frame["compressed"] = message["number"], message["opcode"], message["compressed"]
        frame["ends"], frame["content"] = frame["fin"], None
        if not frame["control"]:
            open_messages[side] = message
        if frame["fin"]:
            content = message["wire"]
            if message["compressed"]:
                inflater = inflaters.setdefault(side, zlib.decompressobj(-15))
                content = inflater.decompress(content + b"\0\0\xff\xff")
            frame |= {"content": content, "mframes": message["count"], "mwire": len(message["wire"]), "mtime": frame["endtime"] - message["time"]}
        if frame["opcode"] == 9:
            pings[side, frame["payload"]] = frame["endtime"]
        other = (c, "server" if frame["from"] == "client" else "client")
        frame["rtt"] = frame["endtime"] - pings[other, frame["payload"]] if frame["opcode"] == 10 else None


# What the table asks with


class Frame:
    """A frame of `facts` with its members as attributes, and what is asked often."""

    def __init__(self, members):
        self.__dict__ |= members
        self.kind, self.side = OPCODES[self.opcode], members["from"]
        self.text = self.content.decode() if self.content is not None and self.mop == 1 else None
        self.code = struct.unpack(">H", self.content[:2])[0] if self.opcode == 8 else None
        self.reason = self.content[2:].decode() if self.opcode == 8 else None
        self.json = json.loads(self.text) if self.text else {}
        self.url = "ws://" + self.header_of("request", "host") + self.request.split()[1]
        self.elapsed = self.time - self.opened
        self.day_time = datetime.datetime.fromtimestamp(self.time // 10**9, datetime.timezone.utc).strftime("%H:%M:%S") + f".{self.time % 10**9:09}"
        self.date_time = datetime.datetime.fromtimestamp(self.time // 10**9, datetime.timezone.utc).strftime("%Y-%m-%dT") + self.day_time

    def header_of(self, head, name):
        for line in getattr(self, head).split("\r\n")[1:]:
            key, value = line.split(":", 1)
            if key.lower() == name:
                return value.strip()
        return None

    def at(self, *path):
        """What the message's JSON has at a path, None where it has nothing."""
        return next(iter(self.all(*path)), None)

    def all(self, *path):
        """Everything that is there, `...` in the path being any element of an array."""
        values = [self.json]
        for step in path:
            if step is ...:
                values = [element for value in values if isinstance(value, list) for element in value]
                continue
            kind = dict if isinstance(step, str) else list
            values = [value[step] for value in values if isinstance(value, kind) and (step in value if kind is dict else step < len(value))]
        return values


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
