"""A headless Chromium on a profile of its own, driven through its debugging port on loopback."""

import asyncio
import base64
import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request

from checks.case import Skipped

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0", "--remote-allow-origins=*",
           "--disable-background-networking", "--disable-component-update", "--no-first-run"]  # fmt: skip


def required():
    """The program; the case is skipped where it is not there."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        import websockets  # noqa: F401
    except ImportError:
        browser = None
    if not browser:
        raise Skipped("it needs chromium, and the Python package websockets")
    return browser


@contextlib.asynccontextmanager
async def launched(browser):
    # Its children may still write to the profile while it is removed.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser, *OPTIONS, f"--user-data-dir={profile}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            port = next(m[1] for m in (re.search(r"ws://127.0.0.1:(\d+)/", line) for line in process.stderr) if m)
            yield port
        finally:
            process.terminate()
            process.wait()


@contextlib.asynccontextmanager
async def opened(browser):
    """A `Page` that has opened nothing yet."""
    import websockets

    async with launched(browser) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            target = next(target for target in json.load(answer) if target["type"] == "page")
        async with websockets.connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log", "Network"):
                await page.ask(f"{domain}.enable")
            yield page


class Page:
    """What is asked of a page, and what it said meanwhile: console messages that complain, and requests."""

    def __init__(self, socket):
        self.socket, self.count, self.loads, self.complaints, self.requests = socket, 0, 0, [], []

    async def ask(self, method, **parameters):
        self.count += 1
        await self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(await asyncio.wait_for(self.socket.recv(), 60))).get("id") != self.count:
            self.take(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def take(self, event):
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("exception", {}).get("description", "an exception"))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialog: {parameters['message']}")
        elif method == "Page.loadEventFired":
            self.loads += 1

    async def open(self, url):
        """Goes there, and waits until everything is loaded."""
        loads = self.loads
        await self.ask("Page.navigate", url="about:blank")
        while self.loads == loads:
            self.take(json.loads(await asyncio.wait_for(self.socket.recv(), 60)))
        loads = self.loads
        self.complaints, self.requests = [], []
        await self.ask("Page.navigate", url=url)
        while self.loads == loads:
            self.take(json.loads(await asyncio.wait_for(self.socket.recv(), 60)))
        await self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    async def evaluate(self, script):
        answer = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{script[:200]}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    async def picture(self, path, whole=False):
        shot = await self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **({"clip": await self.whole()} if whole else {}))
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    async def whole(self):
        size = (await self.ask("Page.getLayoutMetrics"))["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    async def look(self, width=1280, height=900, scheme="light", media=""):
        """How wide the window is, and which media and colours the page is to be for."""
        await self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        await self.ask("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
