"""Peers over TLS for `wsray run`: `wss_peers.py serve FOLDER [PLAIN]` and `wss_peers.py talk URL [STATUS [CHILD]]`.

The server writes its port to FOLDER/port, what is said to FOLDER/said, and its secrets to FOLDER/secrets.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys

# Modules beside this one have names of Python's own, such as secrets.
sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]

try:
    import websockets
except ImportError:
    websockets = None


def main():
    if sys.argv[1] == "serve":
        return asyncio.run(serve(sys.argv[2], is_plain=len(sys.argv) > 3))
    asyncio.run(talk(sys.argv[2]))
    sys.exit(int(sys.argv[3]) if len(sys.argv) > 3 else 0)


async def serve(folder, is_plain):
    """Answers each message, and notes both."""
    context = None
    if not is_plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
        context.keylog_filename = f"{folder}/secrets"

    async def answer(socket):
        async for message in socket:
            reply = f"you said {message}"
            with open(f"{folder}/said", "a", encoding="utf-8") as file:
                file.write(json.dumps([socket.request.path, "client", message]) + "\n")
                file.write(json.dumps([socket.request.path, "server", reply]) + "\n")
            await socket.send(reply)

    async with websockets.serve(answer, "127.0.0.1", 0, ssl=context) as server:
        with open(f"{folder}/port.new", "w", encoding="utf-8") as file:
            file.write(str(server.sockets[0].getsockname()[1]))
        os.rename(f"{folder}/port.new", f"{folder}/port")
        await asyncio.Future()


async def talk(url):
    context = None
    if url.startswith("wss:"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with websockets.connect(url, ssl=context, proxy=None) as socket:
        for number in range(3):
            await socket.send(f"message {number}")
            print(await socket.recv(), flush=True)
        # Whoever looks for the process that has this socket gets the time, however busy the machine is.
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    if len(sys.argv) > 4:
        subprocess.Popen(["sleep", "30"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    main()
