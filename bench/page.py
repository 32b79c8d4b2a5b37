"""What ``flaggit serve`` costs: readers who all look while flags change, and the server's peak memory.

    python -m bench.page [FLAGS] [READERS] [CHANGES]

Each reader waits for changes and takes the first page, a list and a flag again whenever one comes.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.stores import make_store, write_flags


class Reader(threading.Thread):
    """One reader: ``waits`` are the seconds from the change to the page that shows it."""

    def __init__(self, port: int, flag_id: str, marks: list[float]) -> None:
        super().__init__(daemon=True)
        self.waits: list[float] = []
        self._port = port
        self._paths = ("/", "/flags?q=endpoint", f"/flags/{flag_id}")
        self._marks = marks
        self._stream = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        seen = self._get("/").partition('data-seen="')[2].partition('"')[0]
        self._stream.request("GET", f"/changes?seen={seen}")
        self._answer = self._stream.getresponse()
        if self._answer.status != 200:
            raise SystemExit(f"a reader was refused: {self._answer.status}")

    def run(self) -> None:
        """Take the pages again at each change."""
        while line := self._answer.readline():
            if line == b"event: change\n":
                for path in self._paths:
                    self._get(path)
                self.waits.append(time.monotonic() - self._marks[-1])

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text


def measure(flags: int, readers: int, changes: int) -> tuple[float, float, list[float]]:
    """Return the server's peak memory in MB, the CPU seconds that it used, and each reader's wait at each change."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        flag_id = make_store(path, flags, done=0.2)
        argv = [sys.executable, "-m", "flaggit", "serve", "--port", "0", "--json"]
        with subprocess.Popen(argv, cwd=path, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            port = json.loads(server.stdout.readline())["port"]
            marks = [time.monotonic()]
            watching = [Reader(port, flag_id, marks) for _ in range(readers)]
            for reader in watching:
                reader.start()
            chance = random.Random(7)
            for number in range(1, changes + 1):
                marks.append(time.monotonic())
                write_flags(path, 1, chance)
                while any(len(reader.waits) < number for reader in watching):
                    time.sleep(0.05)
            peak = peak_of(server.pid)
            used = sum(map(int, Path(f"/proc/{server.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))
            server.send_signal(signal.SIGINT)
        return peak, used / os.sysconf("SC_CLK_TCK"), [wait for reader in watching for wait in reader.waits]


def peak_of(pid: int) -> float:
    """Return the most memory that a process had at once, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Measure and print."""
    numbers = [int(argument) for argument in sys.argv[1:]]
    flags, readers, changes = (numbers + [10_000, 20, 3][len(numbers) :])[:3]
    peak, used, waits = measure(flags, readers, changes)
    print(f"{flags} flags, {readers} readers, {changes} changes: {peak:.0f} MB at the highest, {used:.1f} s of CPU")
    print(f"from a change to three pages that show it: {statistics.median(waits):.1f} s, at most {max(waits):.1f} s")


if __name__ == "__main__":
    main()
