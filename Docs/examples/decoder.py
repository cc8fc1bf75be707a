#!/usr/bin/env python3
"""Decodes messages for `wsray --decode-with`: a line of JSON in for each message, its operations out in one line.

The protocol of this example: the client says where something is, and the server whether somebody has seen it.
"""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    try:
        content = json.loads(message["text"])
        if message["from"] == "client":
            place = f"{content['x']},{content['y']}"
            operation = {"role": "request", "type": "move", "name": place, "id": content["id"]}
        else:
            word = "seen" if content["seen"] else "unseen"
            operation = {"role": "response", "type": word, "id": content["id"], "status": "ok"}
    except (KeyError, ValueError):
        operation = None
    print(json.dumps(operation), flush=True)
