"""A client of nothing but lines, for what no well-behaved one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE = 120.0  # seconds; only a broken server takes so long


class RawClient:
    """A server as a process, spoken to in lines."""

    def __init__(self, folder: Path, *options: str, agent: str = "", env: dict | None = None) -> None:
        variables = {**os.environ, **({"FLAGGIT_AGENT": agent} if agent else {}), **(env or {})}
        argv = [sys.executable, "-m", "flaggit", "mcp", *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, cwd=folder, env=variables, stdin=pipe, stdout=pipe, text=True)
        self._count = 0

    def send(self, message: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(message if isinstance(message, str) else json.dumps(message) + "\n")
        self.process.stdin.flush()

    def read(self) -> dict:
        assert self.process.stdout is not None
        guard = threading.Timer(PATIENCE, self.process.kill)
        guard.start()
        line = self.process.stdout.readline()
        guard.cancel()
        assert line, "it has ended"
        return json.loads(line)

    def ask(self, method: str, **params: object) -> dict:
        """Send a request and return its answer."""
        self._count += 1
        self.send({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        answer = self.read()
        assert answer["id"] == self._count, answer
        return answer

    def call(self, tool: str, **arguments: object) -> dict:
        """Call a tool and return its structured result, an error's included."""
        result = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
        assert ("code" in result["structuredContent"]) == result.get("isError", False)
        return result["structuredContent"]

    def close(self) -> int:
        """Close its input, as clients end it, and return its exit status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.close()
