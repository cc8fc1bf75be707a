"""A capture whose peers try to get out of the page that shows them: whatever they can write holds markup and scripts."""

import sys

from checks.settings import FIXTURES

sys.path.insert(0, FIXTURES)

import wirelib  # noqa: E402
from wirelib import BINARY, C2S, PING, S2C, TEXT  # noqa: E402

# Each sets `window.owned` if it is obeyed, or asks for something over the network.
PAYLOADS = [
    "<script>window.owned=1</script>", "</script><script>window.owned=2</script>", "<img src=x onerror='window.owned=3'>",
    "\"><svg onload=window.owned=4>", "'><iframe srcdoc='<script>parent.owned=5</script>'>", "<!--<script>window.owned=6//-->",
    "]]><script>window.owned=7</script>", "</style><script>window.owned=8</script>", "javascript:window.owned=9",
    "<a href='javascript:window.owned=10' autofocus onfocus=window.owned=10>x</a>", "<details open ontoggle=window.owned=11>",
    "<input autofocus onfocus=window.owned=12>", "<body onload=window.owned=13>", "<math><mtext></p><script>window.owned=14</script>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>", "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<base href=http://127.0.0.1:9/>", "<form action=http://127.0.0.1:9/><button autofocus>x", "<img src=http://127.0.0.1:9/x.png>",
    "<object data=http://127.0.0.1:9/x>", "<style>@import 'http://127.0.0.1:9/x.css';</style>", "${window.owned=22}", "{{constructor.constructor('window.owned=23')()}}",
    "\\u003cscript\\u003ewindow.owned=24\\u003c/script\\u003e", "&lt;script&gt;window.owned=25&lt;/script&gt;", "&#60;script&#62;window.owned=26&#60;/script&#62;",
    '{"__proto__":{"owned":27},"constructor":{"prototype":{"owned":27}}}', '{"<img src=x onerror=window.owned=28>":"<script>window.owned=28</script>"}',
    "\u2028window.owned=29\u2029", "\u202e<script>window.owned=30</script>", "\0<script>window.owned=31</script>", "[" * 3000 + "]" * 3000,
    '{"a":1,"a":2,"big":12345678901234567890,"e":1e400}', "</SCRIPT ><ScRiPt>window.owned=34</sCrIpT>",
]  # fmt: skip


def connections(path, count, talk_on, target="/{}"):
    """Writes a capture of so many upgraded connections, each of which goes on as `talk_on(number, talk)` has it."""
    capture = wirelib.Capture(step=10_000)
    for number in range(count):
        talk = wirelib.Conversation(capture, client=(f"192.0.2.{number % 250 + 1}", 20_000 + number)).open()
        talk.send(C2S, wirelib.upgrade_request(target=target.format(number)))
        talk.send(S2C, wirelib.upgrade_response())
        talk_on(number, talk)
    capture.write_pcap(path)


def write(path, addition=""):
    """What is hostile: the target, the host, a header, the subprotocol, messages of both sides, pings, bytes, the reason of the close.

    - addition: stands after each text, so that two captures differ in all of them.
    """
    capture = wirelib.Capture()
    talk = wirelib.Conversation(capture).open()
    markup = "<script>window.owned=41</script><img/src=x/onerror=window.owned=41>"
    protocol = [("Sec-WebSocket-Protocol", "<img/src=x/onerror=window.owned=42>")]
    request = wirelib.upgrade_request(
        target=f"/{markup}?q={markup}", host="<svg/onload=window.owned=43>", extra=[("X-Note", f'">{markup}'), *protocol])
    talk.send(C2S, request)
    talk.send(S2C, wirelib.upgrade_response(extra=protocol))
    for number, text in enumerate(PAYLOADS):
        side = C2S if number % 2 else S2C
        talk.send(side, wirelib.frame(TEXT, (text + addition).encode(), side=side))
        talk.send(side, wirelib.frame(BINARY, text.encode(), side=side))
        if len(text.encode()) <= 125:
            talk.send(side, wirelib.frame(PING, text.encode(), side=side))
    # A finding that quotes, and an end that does.
    talk.send(C2S, wirelib.frame(0xB, markup.encode(), side=C2S))
    talk.send(S2C, wirelib.close(1011, f"{markup}</script>", side=S2C))
    talk.send(C2S, wirelib.close(1011, side=C2S))
    talk.finish()
    refused = wirelib.Conversation(capture, client=("192.0.2.10", 49153)).open()
    refused.send(C2S, wirelib.upgrade_request(target="/refused"))
    body = f"<html><body onload=window.owned=44>{markup}</body></html>"
    refused.send(S2C, wirelib.head("HTTP/1.1 403 <script>window.owned=45</script>", [("Content-Length", str(len(body))), ("Content-Type", "text/html")]) + body.encode())
    refused.finish()
    capture.write_pcap(path)
