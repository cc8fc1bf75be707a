"""`wsray report`: the page holds what `dump` says, keeps its limits, and asks nobody for anything.

In a headless Chromium, where there is one, it is opened from a file and used; what peers sent is obeyed by nothing in it.
"""

import asyncio
import contextlib
import html
import json
import os
import re
import tempfile

from checks import browser, hostile_page
from checks.case import each, fail_with
from checks.program import CHAT, LARGE, content, fixtures, folder_name, objects, output, run
from checks.settings import FIXTURES, ROOT

AREA = "html"
PAGE = f"{ROOT}/Sources/Reports/HTML/Page"


def page(*arguments, status=0):
    return output("report", "-o", "-", *arguments, status=status).decode()


def data(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def without_scripts(text):
    """What can be read of a page where no script runs."""
    return html.unescape(re.sub(r"<[^>]*>", " ", text.split("<script")[0]))


# What is in it


CAPTURES = [path for path in [*fixtures("*/capture.pcap*"), *fixtures("endings/*/capture.pcap*"), *fixtures("subprotocols/*/capture.pcap*")]
            if folder_name(path) not in LARGE]  # fmt: skip


@each("0", "1", "2", "3")
def check_content(part):
    """Verdicts, messages and findings are those of `dump`."""
    complaints = []
    for path in CAPTURES[int(part) :: 4]:
        try:
            compare(page(path), objects(output("dump", path)))
        except AssertionError as error:
            complaints.append(f"{path}: {error}")
    fail_with(complaints)
    return f"{len(CAPTURES[int(part) :: 4])} pages hold what dump says"


def compare(text, lines):
    readable, shown = without_scripts(text), {entry["number"]: entry for entry in data(text)["connections"]}
    ends = [line for line in lines if line["type"] == "end"]
    assert sorted(shown) == sorted(end["connection"] for end in ends), f"connections {sorted(shown)}"
    assert text.count("</script>") == 2 and "<!--" not in text
    told = [end["verdict"]["text"] for end in ends]
    # What is no plain text stands as escapes.
    assert not ends or any(text in readable or not text.isprintable() for text in told), "no verdict can be read without a script"
    for end in ends:
        entry = shown[end["connection"]]
        assert entry["lines"][1] == end, f"connection {end['connection']} ends otherwise"
        frames = [line for line in lines if line["type"] == "frame" and line["connection"] == end["connection"]]
        numbers = [number for number, _ in rows(entry)]
        assert numbers == [frame["frame"] for frame in frames], f"connection {end['connection']} has frames {numbers[:20]}"
        carried = {message["frame"]: message for message in entry["messages"] if "frame" in message}
        for frame, (_, bits) in zip(frames, rows(entry)):
            compare_frame(frame, bits, carried.get(frame["frame"], {}))
        findings = sum(len(frame.get("findings", [])) for frame in frames)
        findings += sum(line["type"] == "finding" and line.get("connection") == end["connection"] for line in lines)
        assert findings == len(entry["findings"]) + entry.get("omittedFindings", 0), f"{findings} findings, not {len(entry['findings'])}"


def compare_frame(frame, bits, message):
    assert bits & 15 == frame["opcode"] and (bits >> 4 & 1 == 1) == (frame["from"] == "server"), f"frame {frame['frame']} is another"
    if frame.get("complete", True) and frame["fin"]:
        told = frame.get("completes", frame)
        for member in ("text", "base64"):
            assert told.get(member, "") == message.get(member, "") or "cutAt" in message, f"frame {frame['frame']}: {member} differs"
    assert frame.get("operations") == message.get("operations"), f"frame {frame['frame']}: operations differ"


def rows(entry):
    for piece in entry["rows"]:
        number = 0
        for at in range(0, len(piece), 4):
            number += piece[at]
            yield number, piece[at + 2]


def check_redaction_and_selection_are_said():
    text = without_scripts(page("--redact", CHAT))
    assert "Secrets were removed" in text
    some = page("--where", 'url contains "report"', CHAT)
    assert [entry["number"] for entry in data(some)["connections"]] == [3]
    assert "Only a part of the input is shown: --where" in without_scripts(some)
    assert "<title>Incident &lt;4711&gt;</title>" in page("--title", "Incident <4711>", CHAT)


@each("peer", "network", "segment-resent", "window-closed", "message-before")
def check_why(name):
    """With --why the waits of `dump --why` are in the page, and each operation says what its answers waited for."""
    path = fixtures(f"subprotocols/late-{name}/capture.pcap*")[0]
    text = page("--why", path)
    lines = [line for line in objects(output("dump", "--why", path)) if line["type"] == "frame" and "operations" in line]
    told = {line["frame"]: line["operations"] for line in lines}
    shown = {message["frame"]: message["operations"] for entry in data(text)["connections"] for message in entry["messages"] if "operations" in message}
    assert shown == told and any("wait" in operation for operations in shown.values() for operation in operations)
    waits = {}
    for operations in told.values():
        for part in (part for operation in operations for part in operation.get("wait", [])):
            waits[part["cause"]] = waits.get(part["cause"], 0) + part["seconds"]
    longest = max(waits, key=waits.get)
    word = {"peer": r"(server|client)", "resent": r"resent by (client|server)", "window": r"(client|server) not reading", "head-of-line": "another message before it"}.get(longest, longest)
    cells = re.findall(r'<td class="waits">([^<]*)</td>', text)
    assert any(re.match(rf"\d+ % {word}", cell) for cell in cells), f"{cells}, though most waited for {longest}"
    assert "Where the time went" not in page(path)


# Limits


def check_limits():
    """However much there is, the page is no larger than it may be, and says what it lacks."""
    for name in sorted(LARGE):
        path = fixtures(f"{name}/capture.pcap*")[0]
        done = run("report", "-o", "-", "--max-size", "1M", "--payload-limit", "1G", path)
        assert done.returncode == 0 and len(done.stdout) <= 1 << 20, f"{name}: {len(done.stdout)} bytes"
        isWhole = b"left out" not in done.stderr
        assert ("Left out to keep the page below" in without_scripts(done.stdout.decode())) != isWhole, f"{name}: {done.stderr}"
    with tempfile.TemporaryDirectory() as folder:
        hostile_page.connections(f"{folder}/many.pcap", 3_000, end_most_cleanly)
        done = run("report", "-o", "-", "--max-size", "1M", f"{folder}/many.pcap")
        assert len(done.stdout) <= 1 << 20, f"{len(done.stdout)} bytes"
        shown = data(done.stdout.decode())
        left = shown["omittedConnections"]
        assert left + len(shown["connections"]) == 3_000 and left > 0
        assert f"{left:,} connections".encode() in done.stderr, done.stderr
        standings = [entry["standing"] for entry in shown["connections"]]
        assert standings.count("failed") == 300 or set(standings) == {"failed"}, "connections that failed are left out before others"
    assert run("report", "-o", "-", "--max-size", "10K", CHAT).returncode == 64


def end_most_cleanly(number, talk):
    """Every tenth is reset, the others end cleanly."""
    wirelib = hostile_page.wirelib
    for _ in range(5):
        talk.send("s2c", wirelib.text("x" * 100, side="s2c"))
    if number % 10 == 0:
        talk.reset("s2c")
    else:
        talk.send("c2s", wirelib.close())
        talk.send("s2c", wirelib.close(side="s2c"))
        talk.finish()


# The file


def check_file():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/report.html"
        assert run("report", "-o", path, CHAT).returncode == 0
        whole = content(path)
        assert whole == output("report", "-o", "-", CHAT), "a file and standard output differ"
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert run("report", "-o", path, f"{folder}/none.pcap").returncode == 66 and content(path) == whole, "a page about nothing replaces another"
        capture = content(CHAT)
        with open(f"{folder}/cut.pcap", "wb") as file:
            file.write(capture[:-7])
        assert run("report", "-o", path, f"{folder}/cut.pcap").returncode == 2
        assert "could not be read to its end" in without_scripts(content(path).decode()), "a page about a broken capture does not say so"
        assert run("report", "-o", f"{folder}/cut.pcap", f"{folder}/cut.pcap").returncode == 64
        assert content(f"{folder}/cut.pcap") == capture[:-7], "a capture is overwritten by its report"
        missing = run("report", "-o", f"{folder}/none/report.html", CHAT)
        assert missing.returncode == 2 and missing.stderr == f"wsray: {folder}/none/report.html: No such file or directory\n".encode(), missing
        assert run("report", CHAT).returncode == 64
        os.symlink(path, f"{folder}/link.html")
        assert run("report", "-o", f"{folder}/link.html", CHAT).returncode == 0
        assert os.path.islink(f"{folder}/link.html") and content(path) == whole
        assert sorted(os.listdir(folder)) == ["cut.pcap", "link.html", "report.html"], os.listdir(folder)
    full = run("report", "-o", "/dev/full", CHAT)
    assert full.returncode == 2 and b"writing failed" in full.stderr, full


# How it looks


def check_contrast():
    """Colours of text keep the contrast of WCAG 2.2, 4.5 to 1, on what they stand on, in light and dark."""
    sheet = content(f"{PAGE}/report.css").decode()
    light, dark = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", part)) for part in sheet.split("@media (prefers-color-scheme: dark)")[:2]]
    complaints = []
    for scheme, colours in [("light", light), ("dark", light | dark)]:
        for text in ["ink", "muted", "focus", "client", "server", "failed", "unclear", "open", "clean", "string", "number", "word"]:
            for ground in ["paper", "raised", "tint-client"]:
                ratio = contrast(colours[text], colours[ground])
                complaints += [f"{scheme}: {text} on {ground} has {ratio:.1f}"] if ratio < 4.5 else []
        complaints += [f"{scheme}: ink on mark"] if contrast(colours["ink"], colours["mark"]) < 4.5 else []
    fail_with(complaints)


def contrast(one, other):
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# In a browser


@contextlib.contextmanager
def written(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/report.html"
        done = run("report", "-o", path, *arguments)
        assert done.returncode == 0, done.stderr
        yield path


def in_browser(work):
    program = browser.required()

    async def all():
        async with browser.opened(program) as tab:
            return await work(tab)

    return asyncio.run(all())


async def opened(tab, path, anchor=""):
    await tab.open(f"file://{path}{anchor}")


def said(tab, path, what):
    """Nothing was complained about, and nothing was asked for but the page."""
    assert not tab.complaints, f"{what}: {tab.complaints}"
    assert set(tab.requests) == {f"file://{path}"}, f"{what}: requests for {tab.requests}"


def check_browser_opens():
    """Reports on chat and on every ending, light and dark and narrow."""

    async def work(tab):
        captures = [CHAT, *fixtures("endings/*/capture.pcap*")]
        for capture in captures:
            with written(capture) as path:
                for width, scheme in [(1280, "light"), (1280, "dark"), (400, "light")]:
                    await tab.look(width, 900, scheme)
                    await opened(tab, path)
                    said(tab, path, f"{capture} at {width}, {scheme}")
                    size = await tab.evaluate("document.documentElement.scrollWidth")
                    assert size <= width, f"{capture}: {size} pixels wide in a window of {width}"
                    assert await tab.evaluate("!document.querySelector('.needs-script') && !!document.querySelector('#connections table')")
        return f"{len(captures)} reports open without a complaint or a request"

    return in_browser(work)


def check_browser_hostile():
    """Nothing of what peers sent is obeyed, whatever of the page is opened; all of it can be read."""

    async def work(tab):
        with tempfile.TemporaryDirectory() as folder:
            hostile_page.write(f"{folder}/hostile.pcap")
            with written("--title", "<script>window.owned=51</script>", f"{folder}/hostile.pcap") as path:
                frames = [number for number, _ in rows(next(e for e in data(content(path).decode())["connections"] if e["number"] == 1))]
                for anchor in ["", "#c2", "#c1f1<img src=x onerror=window.owned=52>", *(f"#c1f{number}" for number in frames)]:
                    if anchor.startswith("#c1f") and tab.loads > 6:
                        await tab.evaluate(f"location.hash = '{anchor}'; new Promise(done => setTimeout(done, 30))")
                    else:
                        await opened(tab, path, anchor)
                    for name in ["JSON", "Text", "Bytes"]:
                        await tab.evaluate(f"[...document.querySelectorAll('.views button')].filter(b => b.textContent === '{name}').forEach(b => b.click())")
                    await tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
                    assert await tab.evaluate("window.owned === undefined && ({}).owned === undefined"), f"{anchor}: obeyed"
                    assert await tab.evaluate("document.querySelectorAll('img, iframe, object, base, form[action], svg[onload], link').length") == 0, anchor
                    assert await tab.evaluate("document.scripts.length") == 2, anchor
                    assert not tab.complaints, f"{anchor}: {tab.complaints}"
                    assert all(request.startswith(f"file://{path}") for request in tab.requests), f"{anchor}: {tab.requests}"
                await opened(tab, path, "#c1f4")
                shown = await tab.evaluate("document.body.innerText")
                assert "</script><script>window.owned=2</script>" in shown, "what was sent cannot be read"
        return f"{len(hostile_page.PAYLOADS)} hostile payloads do nothing"

    return in_browser(work)


def check_browser_use():
    """Links into the page, keys, search and filters, and a JSON number that no double holds."""

    async def work(tab):
        with written(CHAT) as path:
            await opened(tab, path, "#c1f5")
            assert await tab.evaluate("document.querySelector('tr.selected a').textContent") in ("5", "#1"), "the frame of the address is not open"
            open_frame = "document.querySelector('.messages tr.selected .frame').textContent"
            assert await tab.evaluate(open_frame) == "5"
            await tab.evaluate("document.querySelector('canvas').focus()")
            await tab.ask("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight")
            await tab.evaluate("new Promise(done => setTimeout(done, 100))")
            assert await tab.evaluate("location.hash") == "#c1f6" and await tab.evaluate(open_frame) == "6", "an arrow key does not go on"
            for text, wanted in [("stored", 1), (r'/"tick":\d/', None), ("no such text", 0)]:
                fill = f"s => {{ s.value = {json.dumps(text)}; s.dispatchEvent(new Event('input')); }}"
                await tab.evaluate(f"({fill})(document.getElementById('search'))")
                await tab.evaluate("new Promise(done => setTimeout(done, 250))")
                found = await tab.evaluate("document.querySelectorAll('.messages tbody tr:not(.detail)').length")
                assert found == wanted if wanted is not None else 0 < found < 26, f"{text}: {found} rows"
            said(tab, path, "search")
        return "links, keys and search lead where they should"

    return in_browser(work)


def check_browser_names():
    """Whoever cannot see the page hears what each control is, and headings without a gap between their levels."""

    async def work(tab):
        with written(CHAT) as path:
            await opened(tab, path, "#c1f5")
            nodes = (await tab.ask("Accessibility.getFullAXTree"))["nodes"]
            seen = [(node["role"]["value"], node.get("name", {}).get("value", ""), node) for node in nodes if not node.get("ignored") and "role" in node]
            roles = {"button", "link", "searchbox", "combobox", "image", "table", "region", "textbox", "navigation", "main", "banner"}
            nameless = {"main", "banner"}
            complaints = [f"a {role} has no name" for role, name, _ in seen if role in roles - nameless and not name.strip()]
            for role in ("main", "banner", "navigation", "table", "searchbox"):
                complaints += [] if any(role == one for one, _, _ in seen) else [f"there is no {role}"]
            levels = [prop["value"]["value"] for role, _, node in seen if role == "heading" for prop in node["properties"] if prop["name"] == "level"]
            complaints += [f"a heading of level {b} after one of {a}" for a, b in zip(levels, levels[1:]) if b > a + 1]
            complaints += [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the first level"]
            fail_with(complaints)
        return f"{len(seen)} nodes, each control with a name"

    return in_browser(work)


def check_without_scripts():
    """Where no script runs, verdicts, findings and operations are still there."""

    async def work(tab):
        await tab.ask("Emulation.setScriptExecutionDisabled", value=True)
        with written(f"{FIXTURES}/planted-secrets/capture.pcap") as path:
            text = content(path).decode()
            assert "which did not run here" in without_scripts(text)
        with written(CHAT) as path:
            await tab.ask("Page.navigate", url=f"file://{path}")
            await asyncio.sleep(0.5)
            shot = await tab.ask("Accessibility.getFullAXTree")
            words = " ".join(node.get("name", {}).get("value", "") for node in shot["nodes"])
            assert "The server refused the upgrade: 401 Unauthorized" in words and "which did not run here" in words
        return "verdicts need no script"

    return in_browser(work)
