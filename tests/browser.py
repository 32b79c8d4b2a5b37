"""A real Chromium without a window, driven by its own protocol over a pipe: pages, keys, widths, schemes, pictures."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
# axe-core's own file, which CI fetches: an engine that knows the rules of accessibility.
AXE = os.environ.get("FLAGGIT_AXE", "")
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"),
)
_LOOKS = 3000  # a minute where nothing else runs
_CODES = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "/": 191}


class Page:
    """One tab."""

    def __init__(self, process: subprocess.Popen[bytes], send: int, receive: int) -> None:
        self._process, self._send, self._receive = process, send, receive
        self._last, self._rest, self._session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._receive, 1 << 16)
            assert data, "the browser has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        answer = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
        return answer

    def open(self, address: str) -> None:
        """Go to a page and wait until it is loaded."""
        self.events.clear()
        self.call("Page.navigate", url=address)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._read()

    def ask(self, script: str) -> Any:
        """Return what a script's expression is; a promise's value where it is one."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression holds, whatever pages are loaded meanwhile: on a page that comes it may fail."""
        for _ in range(_LOOKS):
            found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
            if "exceptionDetails" not in found and found["result"].get("value"):
                return
            time.sleep(0.02)
        raise AssertionError(f"{script} never held")

    def press(self, key: str) -> None:
        """Press a key, as a person does."""
        code = {"windowsVirtualKeyCode": _CODES[key]} if key in _CODES else {}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}), **code)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page another width; at a phone's it is shown as on one."""
        is_phone = width < 500
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone
        )

    def prefer(self, scheme: str) -> None:
        """Prefer ``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        """Write the whole page as a picture."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """Return what the browser's console has: refused styles and scripts, errors, requests that failed."""
        logged = [event["params"]["entry"]["text"] for event in self.events if event["method"] == "Log.entryAdded"]
        thrown = [event["params"] for event in self.events if event["method"] == "Runtime.exceptionThrown"]
        return [*logged, *map(str, thrown)]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for since it was opened."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in sent]

    def faults(self) -> list[str]:
        """Return what axe finds wrong, as rule and place."""
        self.ask(Path(AXE).read_text() + "; 1")
        found = self.ask("axe.run(document, {resultTypes: ['violations']})")
        return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@contextmanager
def open_page(folder: Path) -> Iterator[Page]:
    """Start a browser whose profile lies in ``folder``, and end it afterwards."""
    to_browser, send = os.pipe()
    receive, from_browser = os.pipe()

    def place() -> None:  # the protocol is spoken over the descriptors 3 and 4
        low, high = os.dup(to_browser), os.dup(from_browser)
        os.dup2(low, 3)
        os.dup2(high, 4)

    argv = [CHROMIUM, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    process = subprocess.Popen(
        argv,
        preexec_fn=place,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Page(process, send, receive)
    finally:
        process.kill()
        process.wait()
        os.close(send)
        os.close(receive)
