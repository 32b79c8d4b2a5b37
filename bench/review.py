"""How long ``flaggit review`` takes over a large branch, and how much memory: cold processes beside bare Python.

    python -m bench.review [COMMITS] [FLAGS] [ROUNDS]

Makes a repository in a temporary folder: FLAGS pending flags on main, each about a file, and a
catalog of 40 agents who own folders. A branch of COMMITS commits changes as many flags as it has
commits, in turn raised, completed and edited, and a file of some owner with each.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from bench.range import completion
from flaggit.documents.canonical import dump_document

AGENTS = [f"@area{number}.team" for number in range(40)]
FORMATS = ("text", "json", "markdown", "sarif")


def catalog() -> bytes:
    """Return a catalog in which every agent owns a folder."""
    entries = (
        f'  "{name}":\n    description: "Owns an area."\n    owns: ["/src/{number}/"]\n'
        f'    identities: [{{email: "{name[1:]}@example.org"}}]\n'
        for number, name in enumerate(AGENTS)
    )
    return ("schema: 1\nagents:\n" + "".join(entries)).encode()


def flag(flag_id: str, number: int, text: str = "") -> bytes:
    """Return a flag's file; ``number`` says whom it is for and which file it is about."""
    target = number % len(AGENTS)
    fields = {
        "schema": 1,
        "id": flag_id,
        "flag_type": "change",
        "impact_level": "medium",
        "source_agent": AGENTS[(target + 1) % len(AGENTS)],
        "target_agent": AGENTS[target],
        "change_description": f"POST /orders answers 202 with a job id; a worker creates it later. {text}".strip(),
        "action_required": "Poll GET /jobs/{id} instead of reading the order from the response, and drop the retry on"
        " 409, which can no longer occur.",
        "related_files": [f"src/{target}/{number % 50}.ts"],
        "created_at": "2026-11-23T14:00:00Z",
    }
    return dump_document("flag", fields)


def stream(commits: int, flags: int) -> bytes:
    """Return the repository as ``git fast-import`` reads it."""
    out = bytearray()

    def add(branch: str, message: str, files: dict[str, bytes], parent: str = "") -> None:
        text = message.encode()
        out.extend(f"commit refs/heads/{branch}\ncommitter Ann <area1.team@example.org> 1764000000 +0000\n".encode())
        out.extend(b"data %d\n%s\n" % (len(text), text))
        if parent:
            out.extend(f"from {parent}\n".encode())
        for path, data in files.items():
            out.extend(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")

    def path_of(flag_id: str, number: int) -> str:
        return f".flags/{AGENTS[number % len(AGENTS)][1:]}/{flag_id}.yaml"

    sources = {f"src/{area}/{number}.ts": b"export {}\n" for area in range(len(AGENTS)) for number in range(50)}
    pending = {path_of(f"a{number:06d}", number): flag(f"a{number:06d}", number) for number in range(flags)}
    add("main", "begin", {".flags/catalog.yaml": catalog(), **sources, **pending})
    parent = "refs/heads/main"
    for number in range(commits):
        files = {f"src/{number % len(AGENTS)}/{number % 50}.ts": b"export const x = %d\n" % number}
        old = f"a{number:06d}"
        message = f"Step {number}\n\nWhat this step does, in a few words.\n"
        if number % 3 == 0 or number >= flags:
            files[path_of(f"b{number:06d}", number)] = flag(f"b{number:06d}", number)
        elif number % 3 == 1:
            files[f".flags/done/{old}.yaml"] = completion(old)
            message += f"\nCompletes-Flag: {old}\n"
        else:
            files[path_of(old, number)] = flag(old, number, "Since today.")
        add("topic", message, files, parent)
        parent = ""
    return bytes(out)


def measure(argv: list[str], folder: str, rounds: int) -> tuple[float, float]:
    """Return the medians of the seconds that a process takes, by the clock and of the processors, git's included."""
    walls, works = [], []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(argv, cwd=folder, check=False, capture_output=True)
        walls.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        works.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return statistics.median(walls), statistics.median(works)


def main() -> None:
    """Build the repository, check that the answer is whole, and print medians and the highest memory."""
    numbers = [int(word) for word in sys.argv[1:]]
    commits, flags, rounds = (numbers + [1000, 10_000, 5][len(numbers) :])[:3]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream(commits, flags), check=True)
        bare, _ = measure([sys.executable, "-c", "pass"], folder, rounds)
        print(f"{commits} commits and changed flags, {flags} flags on main, {os.cpu_count()} processors")
        print(f"bare python      {bare * 1000:8.0f} ms, medians of {rounds}")
        for form in FORMATS:
            review = [sys.executable, "-m", "flaggit", "review", "main..topic", "--format", form]
            took, work = measure(review, folder, rounds)
            print(
                f"{form:<16} {took * 1000:8.0f} ms   {took / bare:.1f} times bare python, {work * 1000:.0f} ms of work"
            )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"highest memory   {peak:8.0f} MiB of any process, git's included")
        found = subprocess.run(review[:-2] + ["--json"], cwd=folder, capture_output=True, text=True, check=False)
        import json

        data = json.loads(found.stdout)["data"]
        if (data["commits"], len(data["flags"])) != (commits, commits):
            sys.exit(f"the review counts {data['commits']} commits and {len(data['flags'])} flags")


if __name__ == "__main__":
    main()
