"""How long ``flaggit check --range`` takes over a long branch: cold processes beside bare Python and git itself.

    python bench/range.py [COMMITS] [FLAGS] [ROUNDS]

Makes a repository in a temporary folder: FLAGS flags on main, then a branch of COMMITS commits of
which every fifth raises a flag, completes one or notes something, the others change code.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from flaggit.documents.canonical import dump_document

CHANGE = "POST /orders answers 202 with a job id; a queue worker creates the order afterwards."
ACTION = "Poll GET /jobs/{id} instead of reading the order from the response, and drop the retry on 409, which is gone."


def flag(flag_id: str) -> bytes:
    """Return a flag's file."""
    fields = {
        "schema": 1,
        "id": flag_id,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": CHANGE,
        "action_required": ACTION,
        "created_at": "2026-11-23T14:00:00Z",
    }
    return dump_document("flag", fields)


def completion(flag_id: str) -> bytes:
    """Return a completion's file."""
    done = {"completed_by": "@frontend.web", "completed_at": "2026-11-23T15:00:00Z", "resolution": "done"}
    return dump_document("completion", {"schema": 1, "id": flag_id, **done})


def stream(commits: int, flags: int) -> bytes:
    """Return the repository as ``git fast-import`` reads it."""
    out = bytearray()

    def add(branch: str, message: str, files: dict[str, bytes], parent: str = "") -> None:
        text = message.encode()
        out.extend(f"commit refs/heads/{branch}\ncommitter Ann <ann@example.org> 1764000000 +0000\n".encode())
        out.extend(b"data %d\n%s\n" % (len(text), text))
        if parent:
            out.extend(f"from {parent}\n".encode())
        for path, data in files.items():
            out.extend(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")

    names = [f"a{number:06d}" for number in range(flags)]
    add("main", "begin", {f".flags/frontend.web/{name}.yaml": flag(name) for name in names})
    parent = "refs/heads/main"
    for number in range(commits):
        files = {f"src/{number % 50}.ts": b"export const x = %d\n" % number}
        message = f"Step {number}\n\nWhat this step does, in a few words.\n"
        if number % 10 == 0:
            new = f"b{number:06d}"
            files[f".flags/frontend.web/{new}.yaml"] = flag(new)
        elif number % 5 == 0 and number // 5 < flags:
            name = names[number // 5]
            files[f".flags/done/{name}.yaml"] = completion(name)
            message += f"\nCompletes-Flag: {name}\n"
        add("topic", message, files, parent)
        parent = ""
    add("main", "meanwhile", {f".flags/frontend.web/c{0:06d}.yaml": flag(f"c{0:06d}")})
    return bytes(out)


def measure(argv: list[str], folder: str, rounds: int) -> float:
    """Return the median of the seconds that a process takes."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(argv, cwd=folder, check=False, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Build the repository, check that the answer is right, and print the medians."""
    numbers = [int(word) for word in sys.argv[1:]]
    commits, flags, rounds = (numbers + [5000, 1000, 5][len(numbers) :])[:3]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream(commits, flags), check=True)
        check = [sys.executable, "-m", "flaggit", "check", "--range", "main..topic"]
        first = subprocess.run(check, cwd=folder, capture_output=True, text=True, check=False)
        if first.returncode != 0:
            sys.exit(f"the range is sound, and the check says:\n{first.stdout}{first.stderr}")
        bare = measure([sys.executable, "-c", "pass"], folder, rounds)
        log = measure(["git", "log", "--format=%B", "main..topic"], folder, rounds)
        took = measure(check, folder, rounds)
        print(f"{commits} commits, {flags} flags on main, {os.cpu_count()} processors, medians of {rounds}")
        print(f"bare python      {bare * 1000:8.0f} ms")
        print(f"git log, words   {log * 1000:8.0f} ms")
        print(f"check --range    {took * 1000:8.0f} ms   {took / bare:.1f} times bare python")


if __name__ == "__main__":
    main()
