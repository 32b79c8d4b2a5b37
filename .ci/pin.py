"""Put the repository's address and a release's commit into the templates and the page that shows them (RELEASING.md).

.ci/pin.py OWNER/NAME COMMIT TAG
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FILES = ("templates/github/*.yml", "docs/review.md")
_USE = re.compile(r"uses: [\w.-]+/[\w.-]+?(/comment)?@(?:COMMIT|[0-9a-f]{40} # v\S+)(?= *$)", re.MULTILINE)
_OURS = re.compile(r"uses: \S+/flaggit(/comment)?@")


def pin(text: str, address: str, commit: str, tag: str) -> str:
    """Return text in which each use of our actions names that commit of that repository, the tag beside it."""

    def name(match: re.Match[str]) -> str:
        return f"uses: {address}{match[1] or ''}@{commit} # {tag}" if _OURS.match(match[0]) else match[0]

    return _USE.sub(name, text)


def main() -> None:
    """Pin what the command line says."""
    address, commit, tag = sys.argv[1:]
    if not re.fullmatch(r"[\w.-]+/flaggit", address) or not re.fullmatch(r"[0-9a-f]{40}", commit) or tag[:1] != "v":
        sys.exit(str(__doc__))
    for pattern in FILES:
        for path in sorted(PROJECT.glob(pattern)):
            path.write_text(pin(path.read_text(), address, commit, tag))
            print(f"pinned {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
