"""Coverage-guided fuzzing of one reader: ``python -m torture.fuzz TARGET [--seconds N | --runs N] [--input FILE]``.

Needs atheris (``pip install atheris``), which sees which lines an input reaches and goes on from those that reach new
ones. What it finds is written to a file, and ``--input`` runs that file alone, without atheris.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from torture.targets import TARGETS

_MODULES = (
    *("flaggit.documents.codec", "flaggit.documents.canonical", "flaggit.documents.values", "flaggit.catalog.parsing"),
    *("flaggit.core.trailers", "flaggit.core.patterns", "flaggit.clone.lock_message", "flaggit.locks.path_list"),
    *("flaggit.documents.settings", "flaggit.git.refs", "flaggit.git.cache", "flaggit.clone.lock_refs", "flaggit.api"),
    *("flaggit.catalog.codeowners", "flaggit.catalog.agent_files", "flaggit.transfer.lines", "flaggit.transfer.beads"),
)


def main() -> int:
    """Fuzz what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m torture.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument(
        "--runs", type=int, default=0, help="end after so many inputs, whatever the time; 0: not before"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--input", type=Path, help="run this file alone")
    options = parser.parse_args()
    target = TARGETS[options.target]
    if options.input:
        target(options.input.read_bytes())
        return 0
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 5
    with atheris.instrument_imports(include=["flaggit"]):  # before anything else imports them
        for name in _MODULES:
            importlib.import_module(name)
    from torture.malformed import mangle

    corpus = Path(tempfile.mkdtemp(prefix="torture-corpus-"))
    for number in range(200):
        (corpus / str(number)).write_bytes(mangle(random.Random(number)))
    end = f"-runs={options.runs}" if options.runs else f"-max_total_time={options.seconds}"
    limits = [end, f"-seed={options.seed}", "-max_len=8192", "-timeout=20", f"-artifact_prefix={corpus}-"]
    print(f"fuzzing {options.target}, seed {options.seed}, corpus {corpus}", flush=True)
    atheris.Setup([sys.argv[0], *limits, str(corpus)], target)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
