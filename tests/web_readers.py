"""``flaggit serve`` as a process, and readers of it: whole answers, raw bytes, the stream of changes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

from repositories import Work
from watchers import PATIENCE


class Reply:
    """What the server answered."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read().decode()


class Site:
    """A clone that is served; used as a context, it ends as with Ctrl-C."""

    def __init__(self, work: Work, *words: str) -> None:
        argv = [sys.executable, "-m", "flaggit", "serve", "--json", "--port", "0", *words]
        self.process = subprocess.Popen(
            argv, cwd=work.path, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        self.said = json.loads(line)
        self.url: str = self.said["url"]
        self.port: int = self.said["port"]

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> Reply:
        """Ask for a path; headers are named with underscores."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        with connection.getresponse() as answer:
            return Reply(answer)

    def send(self, data: bytes) -> str:
        """Send bytes as they are and return everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            try:
                while part := connection.recv(1 << 16):
                    parts.append(part)
            except ConnectionResetError:
                pass
        return b"".join(parts).decode("utf-8", "replace")

    def changes(self, seen: str = "", **headers: str) -> Changes:
        """Return the stream of changes since a state."""
        return Changes(self.port, seen, headers)

    def seen(self, path: str = "/") -> str:
        """Return what names the state that a page shows."""
        return self.get(path).body.partition('data-seen="')[2].partition('"')[0]

    def interrupt(self) -> tuple[int, str, str]:
        """End it as Ctrl-C does; return its status and what else it said."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.interrupt()


class Changes:
    """A reader of server-sent events."""

    def __init__(self, port: int, seen: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", f"/changes?seen={seen}", headers=named)
        self.answer = self._connection.getresponse()

    def next(self) -> dict[str, str]:
        """Return the next event, waiting for it."""
        fields: dict[str, str] = {}
        while True:
            line = self.answer.readline().decode()
            assert line, "the stream has ended"
            name, _, value = line.rstrip("\n").partition(": ")
            if not name and "event" in fields:
                return fields
            fields[name] = value

    def at_end(self) -> bool:
        """Return whether the server has ended the stream."""
        return not self.answer.read()

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


def host_of(site: Site) -> str:
    return urlsplit(site.url).netloc
