"""Builds the documentation as a site in build/site: README.md and docs/, with every link checked.

Zensical builds it from mkdocs.yml. What it built is read again: every link and picture has to lead to a file of the
site, and to a place in it where it names one. A link to a file of the repository that is no page becomes its name.
``--external`` also asks for each page elsewhere that is named.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGES = PROJECT / "build" / "pages"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_AGENT = {"User-Agent": "Mozilla/5.0 (links of a documentation)"}


def find_pages() -> dict[str, str]:
    """Return the files of the repository that are on the site, and where they are there."""
    pages = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md", "CONTRIBUTING.md": "CONTRIBUTING.md"}
    pages["SECURITY.md"] = "SECURITY.md"
    for path in sorted((PROJECT / "docs").rglob("*")):
        if path.is_file():
            name = path.relative_to(PROJECT).as_posix()
            pages[name] = name.removeprefix("docs/")
    return pages


def moved(text: str, source: str, pages: dict[str, str], faults: list[str]) -> str:
    """Return a page with its links as they have to be on the site."""

    def replace(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        path, hash_sign, anchor = target.partition("#")
        if "://" in target or not path:
            return found[0]
        name = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if name in pages:
            here = posixpath.dirname(pages[source]) or "."
            return f"{mark}[{words}]({posixpath.relpath(pages[name], here)}{hash_sign}{anchor})"
        if not (PROJECT / name).exists():
            faults.append(f"{source}: {target} leads nowhere")
        return words if words.startswith("`") or "/" not in words else f"`{words}`"

    pieces, last = [], 0
    for fence in _FENCE.finditer(text):
        pieces += [_LINK.sub(replace, text[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*pieces, _LINK.sub(replace, text[last:])])


class _Page(HTMLParser):
    """The places that a page has, and where its links and pictures lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Note what an element is called and leads to."""
        values = dict(attrs)
        self.places.update(filter(None, (values.get("id"), values.get("name"))))
        self.links += filter(None, (values.get("href"), values.get("src")))


def find_dead_links(folder: Path) -> list[str]:
    """Return what in a built site leads nowhere, or to a server that a reader did not ask for."""
    read = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    faults = []
    for path, page in read.items():
        for link in page.links if path.name != "404.html" else ():  # that one is served at any address
            target, _, place = urllib.parse.unquote(link).partition("#")
            if ":" in target:
                continue
            other = (path.parent / target).resolve() if target else path
            missing = not other.exists() or (place and other in read and place not in read[other].places)
            faults += [f"{path.relative_to(folder)}: {link} leads nowhere"] if missing else []
    return faults


def find_external(texts: dict[str, str]) -> dict[str, str]:
    """Return the addresses elsewhere that pages name, each with the first page that does."""
    found: dict[str, str] = {}
    for source, text in texts.items():
        for _, _, target in _LINK.findall(_FENCE.sub("", text)):
            if target.startswith("https://"):
                found.setdefault(target, source)
    return found


def answers(address: str) -> bool:
    """Return whether a page elsewhere is there; one that wants to know who asks is."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=_AGENT), timeout=30) as reply:
            return int(reply.status) < 400
    except urllib.error.HTTPError as error:
        return error.code in (401, 403, 429)
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """Gather the pages, let Zensical build them, and return 0 where every link leads somewhere."""
    pages = find_pages()
    texts = {name: (PROJECT / name).read_text(encoding="utf-8") for name in pages if name.endswith(".md")}
    faults: list[str] = []
    shutil.rmtree(PAGES, ignore_errors=True)
    for name, place in pages.items():
        target = PAGES / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in texts:
            target.write_text(moved(texts[name], name, pages, faults), encoding="utf-8")
        else:
            shutil.copyfile(PROJECT / name, target)
    if "--external" in arguments:
        elsewhere = find_external(texts)
        faults += [
            f"{source}: {address} does not answer" for address, source in elsewhere.items() if not answers(address)
        ]
    built = subprocess.run(
        [str(Path(sys.executable).parent / "zensical"), "build", "--clean", "--strict"], cwd=PROJECT, check=False
    )
    faults += find_dead_links(PROJECT / "build" / "site")
    for fault in dict.fromkeys(faults):
        print(fault)
    return built.returncode or bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
