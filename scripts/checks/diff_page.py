"""`wsray diff -o`: the page says what `diff --json` does, keeps its limit, and asks nobody for anything.

In a headless Chromium, where there is one, it is opened from a file and used; what peers sent is obeyed by nothing in it.
"""

import html
import os
import re
import tempfile

from checks import hostile_page
from checks.case import each, fail_with
from checks.diff import FOLDER, compared, many
from checks.html_report import in_browser, opened, said, without_scripts
from checks.program import CHAT, Run, content, output, run
from checks.settings import FIXTURES

AREA = "diff-page"

PROXIES = ["nginx", "haproxy", "meddling", "recompressing", "cutting"]
RUNS = (f"{FOLDER}/runs/good.pcap", f"{FOLDER}/runs/bad.pcap")


def sides(name):
    return RUNS if name == "runs" else (f"{FOLDER}/{name}/before.pcap", f"{FOLDER}/{name}/after.pcap")


def page(*arguments, status=1):
    return output("diff", "-o", "-", *arguments, status=status).decode()


def without_blanks(text):
    return re.sub(r"\s+", "", text)


@each(*PROXIES, "runs")
def check_content(name):
    """The answer comes first, and each difference, message and delay is there, where no script runs."""
    a, b = sides(name)
    told, text = compared(a, b), page(a, b)
    readable = without_blanks(without_scripts(text.split("<body>")[1]))
    answer = output("diff", a, b, status=1).decode().split("\n")[0].rstrip("…").rstrip(" ,")
    assert without_blanks(answer[1:]) in readable[: len(answer) + 60], f"{answer} does not come first: {readable[:200]}"
    complaints = []
    for pair in told["connections"]:
        number = pair["a"]["connection"]
        rows = re.findall(rf'<tr id="p{number}([ab])(\d+)" class="(?:client|server)( differs)?">', text)
        frames = [(side, int(frame)) for side, frame, _ in rows]
        assert len(frames) == len(set(frames)), "a message stands there twice"
        differing = {(side, int(frame)) for side, frame, differs in rows if differs}
        wanted = set()
        for one in pair["differences"]:
            for place in one.get("locations", []):
                if one["kind"] not in ("end",):
                    side = "a" if "a" in place else "b"
                    wanted.add((side, place[side].get("frame", 0)))
            for value in [one.get("a"), one.get("b"), *(part.get(side) for part in one.get("parts", []) for side in "ab")]:
                complaints += [f"{value} is not there"] if value and without_blanks(value) not in readable else []
        assert differing == wanted, f"rows that differ: {sorted(differing)}, not {sorted(wanted)}"
        paired = sum(1 for side, _ in frames if side == "a") - sum(one["count"] for one in pair["differences"] for place in one.get("locations", [])[:1] if one["kind"] in ("missing", "added") and "a" in place)
        assert paired == pair["messagesPaired"], f"{paired} messages side by side, not {pair['messagesPaired']}"
        links = set(re.findall(r'href="#(p\d+[ab]\d+)"', text))
        assert links <= set(re.findall(r'id="(p\d+[ab]\d+)"', text)), "a link leads nowhere"
        assert ("Delaythroughtheproxy" in readable) == (pair["relation"] == "proxy")
    fail_with(complaints)
    return f"{sum(len(pair['differences']) for pair in told['connections'])} rows of differences"


def check_marks():
    """Of a JSON text only the values that differ are marked, and ids and times otherwise than what counts."""
    text = page(*RUNS)
    marks = [html.unescape(mark) for mark in re.findall(r"<mark>([^<]*)</mark>", text)]
    assert '"editor"' in marks and '"viewer"' in marks and not any("sessionId" in mark for mark in marks)
    natural = [html.unescape(mark) for mark in re.findall(r'<mark class="natural">([^<]*)</mark>', text)]
    assert any(re.fullmatch(r'"[0-9a-f-]{36}"', mark) for mark in natural), "an id that differs is not shown as one"
    assert "the server" in text and "Ended first" in text


def check_same():
    text = page(CHAT, CHAT, status=0)
    assert "Same: 3 connections" in without_scripts(text) and 'class="answer clean"' in text and "differs\">" not in text
    assert "There is no WebSocket connection" in without_scripts(page(f"{FIXTURES}/nothing/dns.pcap", f"{FIXTURES}/nothing/dns.pcap", status=0))


def check_limit():
    """However much differs, the page is no larger than it may be, and says what it lacks."""
    with tempfile.TemporaryDirectory() as folder:
        a, b, path = f"{folder}/a.pcap", f"{folder}/b.pcap", f"{folder}/diff.html"
        many(a, lambda number: number)
        many(b, lambda number: number if number % 3 else number + 100_000)
        done = run("diff", "-o", path, "--max-size", "1M", a, b)
        assert done.returncode == 1 and b"left out to keep the page below" in done.stderr, done.stderr
        text = content(path).decode()
        assert 600_000 < len(text) <= 1 << 20, f"{len(text)} bytes"
        assert "Left out to keep the page below" in without_scripts(text)
        left = int(re.search(r": ([\d,]+) messages", done.stderr.decode())[1].replace(",", ""))
        assert left + len(re.findall(r'<tr id="p1a', text)) == 20_000, f"{left} messages left out"
        hostile_page.connections(f"{folder}/many.pcap", 3_000, lambda _, talk: talk.finish(), target="/{}/" + "x" * 300)
        done = run("diff", "-o", path, "--max-size", "1M", f"{folder}/many.pcap", CHAT)
        assert done.returncode == 1 and os.path.getsize(path) <= 1 << 20


def check_file():
    """The page gets its name when it is whole; what does not go together is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/diff.html"
        Run("diff", "-o", path, *RUNS).expect(1)
        whole = content(path)
        assert whole.decode() == page(*RUNS) and os.stat(path).st_mode & 0o777 == 0o600
        Run("diff", "-o", path, CHAT, f"{folder}/none.pcap").expect(66, err=b"No such file")
        assert content(path) == whole and os.listdir(folder) == ["diff.html"], "a page about nothing replaces another"
        with open(f"{folder}/cut.pcap", "wb") as file:
            file.write(content(CHAT)[:-7])
        assert Run("diff", "-o", path, CHAT, f"{folder}/cut.pcap").status == 2
        assert "B could not be read to its end" in without_scripts(content(path).decode())
        Run("diff", "-o", f"{folder}/cut.pcap", CHAT, f"{folder}/cut.pcap").expect(64, err=b"is an input file")
    Run("diff", "-o", "-", "--json", *RUNS).expect(64, err=b"Either --json or a page")
    Run("diff", "--title", "x", *RUNS).expect(64, err=b"are for a page")
    Run("diff", "-o", "x.html", "--max-size", "10K", *RUNS).expect(64, err=b"at least 1M")
    assert "<title>Incident &lt;4711&gt;</title>" in page("--title", "Incident <4711>", *RUNS)


def check_redaction():
    secrets = f"{FIXTURES}/planted-secrets/capture.pcap"
    planted = [secret.decode() for secret in content(f"{FIXTURES}/planted-secrets/secrets.txt").split(b"\n") if secret]
    shown, hidden = page(secrets, CHAT), page("--redact", secrets, CHAT)
    assert "Secrets were removed" in without_scripts(hidden)
    assert not any(secret in html.unescape(hidden) for secret in planted), "a secret is shown"
    assert any(secret in html.unescape(shown) for secret in planted), "no secret is shown without --redact either"
    assert "Only a part of the captures is compared: connection == 1" in without_scripts(page("--where", "connection == 1", CHAT, CHAT, status=0))


def check_browser_opens():
    """Light and dark and narrow, without a complaint, a request, or anything that sticks out; keys and search work."""

    async def work(tab):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/diff.html"
            for name in [*PROXIES, "runs"]:
                Run("diff", "-o", path, *sides(name)).expect(1)
                for width, scheme in [(1280, "light"), (1280, "dark"), (400, "light")]:
                    await tab.look(width, 900, scheme)
                    await opened(tab, path)
                    said(tab, path, f"{name} at {width}, {scheme}")
                    size = await tab.evaluate("document.documentElement.scrollWidth")
                    assert size <= width, f"{name}: {size} pixels wide in a window of {width}"
            await tab.look()
            await opened(tab, path, "#p1a14")
            assert await tab.evaluate("document.querySelector('tr.selected').id") == "p1a14", "the message of the address is not open"
            assert await tab.evaluate("document.querySelector('tr.selected').getBoundingClientRect().height") > 0
            for key, wanted in [("n", "p1a15"), ("n", "p1a19"), ("p", "p1a15")]:
                await tab.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
                assert await tab.evaluate("location.hash") == f"#{wanted}", f"{key} leads to {await tab.evaluate('location.hash')}"
            await tab.evaluate("(s => { s.value = 'second thoughts'; s.focus(); })(document.getElementById('search'))")
            await tab.ask("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter")
            assert await tab.evaluate("location.hash") == "#p1a20" and await tab.evaluate("document.querySelector('.status').textContent") == "1 message"
            nodes = (await tab.ask("Accessibility.getFullAXTree"))["nodes"]
            seen = [(node["role"]["value"], node.get("name", {}).get("value", ""), node) for node in nodes if not node.get("ignored") and "role" in node]
            roles = {"button", "link", "searchbox", "image", "table", "region", "navigation"}
            complaints = [f"a {role} has no name" for role, name, _ in seen if role in roles and not name.strip()]
            levels = [prop["value"]["value"] for role, _, node in seen if role == "heading" for prop in node["properties"] if prop["name"] == "level"]
            complaints += [f"a heading of level {b} after one of {a}" for a, b in zip(levels, levels[1:]) if b > a + 1]
            complaints += [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the first level"]
            said(tab, path, "keys and search")
            fail_with(complaints)
        return f"{len(PROXIES) + 1} pages, keys and search"

    return in_browser(work)


def check_browser_hostile():
    """Nothing of what peers sent is obeyed; all of it can be read."""

    async def work(tab):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/diff.html"
            hostile_page.write(f"{folder}/hostile.pcap")
            for other in [CHAT, f"{folder}/other.pcap"]:
                if other != CHAT:
                    hostile_page.write(other, f"</script><script>window.owned=61</script>")
                Run("diff", "-o", path, "--title", "<script>window.owned=51</script>", f"{folder}/hostile.pcap", other).expect(1)
                await opened(tab, path, "#p1a4<img src=x onerror=window.owned=52>")
                await tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
                assert await tab.evaluate("window.owned === undefined && ({}).owned === undefined"), "obeyed"
                assert await tab.evaluate("document.querySelectorAll('img, iframe, object, base, form[action], svg[onload], link').length") == 0
                assert await tab.evaluate("document.scripts.length") == 1
                assert not tab.complaints and all(one.startswith(f"file://{path}") for one in tab.requests), (tab.complaints, tab.requests)
            shown = await tab.evaluate("document.body.innerText")
            assert "</script><script>window.owned=2</script>" in shown and "window.owned=61" in shown, "what was sent cannot be read"
        return f"{len(hostile_page.PAYLOADS)} hostile payloads do nothing"

    return in_browser(work)
