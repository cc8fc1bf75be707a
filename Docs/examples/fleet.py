#!/usr/bin/env python3
"""Connections by URL and close code out of many captures, one Ray task a file: `fleet.py CAPTURE ...`.

The program is `wsray` on the PATH of every node, or what WSRAY names; the captures are paths that every node can read.
"""

import collections
import json
import os
import subprocess
import sys

import ray


@ray.remote
def decode(path, wsray):
    """A row per connection of one capture, and why it could not be read to its end, if so."""
    rows, urls, reason = [], {}, None
    command = [wsray, "dump", "--messages", "--payload", "none", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            event = json.loads(line)
            if event["type"] == "connection":
                urls[event["connection"]] = event.get("url", "unknown")
            elif event["type"] == "end":
                verdict, totals = event["verdict"], event["totals"]
                messages = totals["client"]["messages"] + totals["server"]["messages"]
                rows.append((urls[event["connection"]], verdict["how"], verdict.get("code"), messages))
            elif event["type"] == "summary" and not event["complete"]:
                reason = event.get("reason")
    if process.returncode not in (0, 2):
        reason = f"wsray ended with status {process.returncode}"
    return path, rows, reason


def main(paths):
    # With an address, or RAY_ADDRESS set, the tasks go to that cluster; otherwise they run here.
    ray.init(logging_level="ERROR", log_to_driver=False, include_dashboard=False)
    wsray = os.environ.get("WSRAY", "wsray")
    waiting = [decode.remote(path, wsray) for path in paths]
    counts, messages = collections.Counter(), collections.Counter()
    while waiting:
        # As they come: no task waits for another, and only their rows are kept.
        ready, waiting = ray.wait(waiting)
        for path, rows, reason in ray.get(ready):
            if reason:
                print(f"{path}: {reason}", file=sys.stderr)
            for url, how, code, said in rows:
                # Without the query, which is another with each user.
                counts[url.split("?")[0], how, code] += 1
                messages[url.split("?")[0], how, code] += said
    print(f"{'count':>6}  {'end':18} {'code':>5} {'messages':>9}  url")
    for key, count in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))):
        url, how, code = key
        print(f"{count:6}  {how:18} {code or '-':>5} {messages[key]:9}  {url}")


if __name__ == "__main__":
    main(sys.argv[1:])
