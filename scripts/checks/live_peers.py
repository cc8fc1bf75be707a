"""A WebSocket client and a server, for live captures: `live_peers.py serve` and `live_peers.py talk SERVER COUNT PAUSE SIZE`.

They are those of the Python package `websockets`; without it, a few lines of plain sockets.
"""

import asyncio
import contextlib
import json
import os
import sys
import time

if __name__ == "__main__":
    # This folder, whose secrets.py is not the module that websockets imports.
    sys.path.pop(0)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures"))
import wirelib  # noqa: E402

try:
    import websockets
except ImportError:
    websockets = None

PORT = 8765


def main():
    if sys.argv[1] == "serve":
        return asyncio.run(serve())
    return asyncio.run(talk(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))


async def serve():
    """Sends back what it receives."""
    if not websockets:
        return await (await asyncio.start_server(serve_plainly, "0.0.0.0", PORT)).serve_forever()

    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    async with websockets.serve(echo, "0.0.0.0", PORT, max_size=None):
        await asyncio.Future()


async def talk(server, count, pause, size):
    """Sends `count` messages that say when they were sent, and prints each."""
    connect = websockets.connect if websockets else plain_connection
    async with connect(f"ws://{server}:{PORT}/talk", compression=None) as socket:
        for number in range(count):
            message = json.dumps({"number": number, "time": time.time(), "filling": "x" * size})
            await socket.send(message)
            assert await socket.recv() == message
            print(message, flush=True)
            await asyncio.sleep(pause)


@contextlib.asynccontextmanager
async def plain_connection(url, compression):
    reader, writer = await asyncio.open_connection(url.split("/")[2].split(":")[0], PORT)
    writer.write(wirelib.upgrade_request("/talk"))
    await reader.readuntil(b"\r\n\r\n")

    class Connection:
        async def send(self, message):
            writer.write(wirelib.text(message))

        async def recv(self):
            return (await read_frame(reader))[1].decode()

    yield Connection()
    writer.write(wirelib.close(1000))
    await read_frame(reader)
    writer.close()


async def serve_plainly(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    if b"websocket" not in head:
        writer.write(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    else:
        # The client need not be one of these: whoever runs it may have another Python, with the package.
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        writer.write(wirelib.upgrade_response(fields[b"Sec-WebSocket-Key"].decode()))
        opcode = wirelib.TEXT
        with contextlib.suppress(asyncio.IncompleteReadError):
            while opcode != wirelib.CLOSE:
                opcode, payload = await read_frame(reader)
                writer.write(wirelib.frame(opcode, payload, side=wirelib.S2C))
    writer.close()


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    length, is_masked = second & 0x7F, second >> 7
    if length > 125:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
    mask = await reader.readexactly(4) if is_masked else bytes(4)
    return first & 0xF, wirelib.mask_payload(await reader.readexactly(length), mask)


if __name__ == "__main__":
    sys.exit(main())
