"""Makes the pictures of README.md and docs/ from real commands, in a repository that is gone afterwards.

``docs/pictures/terminals.svg`` shows two worktrees at 80 columns; ``review.png`` and ``page.png`` show the comment on a
pull request and the page, in Chromium, where there is one.
"""

from __future__ import annotations

import fcntl
import html
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PICTURES = PROJECT / "docs" / "pictures"
COLUMNS, ROWS = 80, 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

CHANGE = "POST /orders now answers 202 with a job id; a queue worker creates the order."
ACTION = (
    "Poll GET /jobs/{id} in src/web/client.ts until it names the order, instead of reading the order from the response."
)
CATALOG = """\
schema: 1
agents:
  "@backend.api":
    description: "Designs the HTTP API."
    owns: ["/src/api/"]
  "@frontend.web":
    description: "Builds the web client."
    owns: ["/src/web/"]
    identities: [{login: "acme-web"}]
"""


class Shop:
    """A repository with two worktrees, ``api`` and ``web``, in which each command is a real one."""

    def __init__(self, top: Path) -> None:
        self.top = top
        scripts = str(Path(sys.executable).parent)
        self.env = {
            "PATH": scripts + os.pathsep + os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "HOME": str(top),
            "TERM": "xterm-256color",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY.items()},
        }
        self.run(".", "git", "init", "--quiet", "--initial-branch=main", "api")
        self.write("api/src/api/orders.py", "def post_order(order):\n    return 201, create(order)\n")
        self.write("api/src/web/client.ts", "export const order = async () => (await post('/orders')).order\n")
        self.write("api/.flags/catalog.yaml", CATALOG)
        self.run("api", "git", "add", "--all")
        self.run("api", "git", "commit", "--quiet", "--message", "Open the shop")
        self.run("api", "flaggit", "iam", "@backend.api")
        self.run("api", "flaggit", "worktree", "add", "../web", "@frontend.web")

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text, encoding="utf-8")

    def run(self, folder: str, *argv: str) -> str:
        """Run a command as a person does, on a terminal of 80 columns; return what it shows, with its colours."""
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        process = subprocess.Popen(
            argv, cwd=self.top / folder, env=self.env, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
        )
        os.close(slave)
        shown = b""
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not data:
                break
            shown += data
        os.close(master)
        text = shown.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").replace(str(self.top), "~")
        if process.wait() != 0:
            sys.exit(f"{' '.join(argv)} ended with {process.returncode}:\n{text}")
        return text

    def output(self, folder: str, *argv: str) -> str:
        """Run a command as a program does; return its standard output."""
        done = subprocess.run(argv, cwd=self.top / folder, env=self.env, capture_output=True, text=True, check=True)
        return done.stdout


_IDENTITY = {"NAME": "Ann Example", "EMAIL": "ann@example.org", "DATE": "2026-11-23T14:00:00Z"}


def play(shop: Shop) -> tuple[list[str], list[str]]:
    """Tell the story; return what the two terminals show, a text for each prompt, command and answer."""
    api, web = [], []
    shop.write("api/src/api/orders.py", "def post_order(order):\n    return 202, enqueue(order)\n")
    create = ("--type", "breaking_change", "--impact", "high", "--to", "@frontend.web", "--file", "src/web/client.ts")
    answer = shop.run("api", "flaggit", "create", *create, "--change", CHANGE, "--action", ACTION)
    typed = (
        "flaggit create --type breaking_change --impact high --to @frontend.web \\\n"
        "    --file src/web/client.ts \\\n"
        '    --change "POST /orders now answers 202 with a job id; a queue worker ..." \\\n'
        '    --action "Poll GET /jobs/{id} in src/web/client.ts until it names ..."'
    )
    api += [_prompt("api", typed), answer]
    message = "Create orders from a queue"
    api += [_prompt("api", f'git commit -qam "{message}"'), shop.run("api", "git", "commit", "-qam", message)]
    web += [_prompt("web", "flaggit inbox"), shop.run("web", "flaggit", "inbox")]
    shop.run("web", "git", "merge", "--quiet", "main")
    web += [_prompt("web", "git merge -q main && flaggit next --lock"), shop.run("web", "flaggit", "next", "--lock")]
    flag_id = shop.output("api", "git", "show", "--format=", "--name-only", "--diff-filter=A", "HEAD").strip()
    flag_id = Path(flag_id).stem
    shop.write("web/src/web/client.ts", "export const order = async () => poll((await post('/orders')).job)\n")
    answer = shop.run("web", "flaggit", "commit", "--completes", flag_id, "--", "-qam", "Poll for the order")
    web += [_prompt("web", f'flaggit commit --completes {flag_id[:3]} -- -qam "Poll for the order"'), answer]
    web += [_prompt("web", "git log -1 --format=%B"), shop.run("web", "git", "--no-pager", "log", "-1", "--format=%B")]
    return [text for text in api if text], [text for text in web if text]


def _prompt(folder: str, command: str) -> str:
    return f"\x1b[32m~/{folder}\x1b[0m $ \x1b[1m{command}\x1b[0m"


# --- drawing --------------------------------------------------------------------------------------------------------

_CELL, _LINE, _SIZE, _PAD, _BAR, _GAP = 7.83, 18, 13, 16, 34, 22
_COLOURS = {"31": "#ff8a80", "32": "#8fd694", "33": "#ffd479", "1;31": "#ff6e6e"}
_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def draw(windows: list[tuple[str, list[str]]], meaning: str) -> str:
    """Return terminals one below the other as SVG: (title, what each shows)."""
    width = COLUMNS * _CELL + 2 * _PAD
    parts, top = [], 0.0
    for title, texts in windows:
        lines = [line for text in texts for line in text.split("\n")]
        height = _BAR + len(lines) * _LINE + _PAD
        parts.append(
            f'<rect y="{top:g}" width="{width:g}" height="{height:g}" rx="8" fill="#171b22" stroke="#3a4250"/>'
            f'<text x="{width / 2:g}" y="{top + 22:g}" fill="#9aa4b2" text-anchor="middle">{html.escape(title)}</text>'
        )
        parts += [
            f'<circle cx="{18 + 18 * n}" cy="{top + 17:g}" r="5.5" fill="{colour}"/>'
            for n, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        ]
        for number, line in enumerate(lines):
            parts.append(_row(line, top + _BAR + (number + 0.7) * _LINE))
        top += height + _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {width + 2:g} {top - _GAP + 2:g}" role="img"'
        f' font-family="{_FONT}" font-size="{_SIZE}" aria-label="{html.escape(meaning)}">'
    )
    return "\n".join([head, f"<title>{html.escape(meaning)}</title>", *parts, "</svg>", ""])


def _row(line: str, y: float) -> str:
    spans, column, style = [], 0, ""
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if piece.startswith("\x1b["):
            code = piece[2:-1]
            style = "" if code in ("", "0") else code
        elif piece:
            fill = _COLOURS.get(style, "#7d8795" if style == "2" else "#e6e9ef")
            weight = ' font-weight="700"' if style.startswith("1") else ""
            x, length = _PAD + column * _CELL, len(piece) * _CELL
            spans.append(f'<tspan x="{x:g}" textLength="{length:g}" fill="{fill}"{weight}>{html.escape(piece)}</tspan>')
            column += len(piece)
    return f'<text y="{y:g}" xml:space="preserve">{"".join(spans)}</text>'


# --- photographing --------------------------------------------------------------------------------------------------

_PAPER = """<!doctype html><meta charset="utf-8"><style>
body {font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; margin: 20px; color: #1f2328}
.comment {border: 1px solid #d1d9e0; border-radius: 8px; padding: 6px 18px}
code {background: #eff1f3; border-radius: 4px; padding: 1px 5px; font-size: 85%}
h2, h3 {border-bottom: 1px solid #d1d9e0; padding-bottom: 5px}
a {color: #0969da}</style><div class="comment">BODY</div>"""


_MORE = (
    (
        "data_loss",
        "critical",
        "GET /jobs/{id} answers 500 for a job that was created before the queue was emptied last night.",
        "Answer 410 for jobs that are gone, and say in the body that the order has to be sent anew, as for any other.",
    ),
    (
        "enhancement",
        "medium",
        "The client asks for one job after the other, and a customer with twenty orders waits for a minute.",
        "Let GET /jobs take several ids, as GET /orders does, and answer with their states in the order of the ids.",
    ),
    (
        "change",
        "low",
        "The page on errors of the API still says that POST /orders answers 201 with the order in its body.",
        "Say that it answers 202 with a job, link the page on jobs, and give an example of a job that has failed.",
    ),
)


def _plain_marks(text: str) -> str:
    """Return a comment with signs that every machine's fonts have in the place of the forge's."""
    for mark, sign, colour in (("✅", "✔", "#1a7f37"), ("👀", "◉", "#9a6700"), ("⛔", "✘", "#cf222e")):
        text = text.replace(mark, f'<span style="color: {colour}">{sign}</span>')
    return text


def photograph(page: Path, picture: Path, *, width: int, height: int) -> None:
    """Take a picture of a page."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1")
    argv = [str(CHROMIUM), *options, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(argv, check=True, capture_output=True, timeout=300)


def main() -> None:
    """Make all pictures that this machine can make."""
    top = Path(tempfile.mkdtemp(prefix="flaggit-pictures-"))
    try:
        shop = Shop(top)
        api, web = play(shop)
        PICTURES.mkdir(parents=True, exist_ok=True)
        meaning = (
            "One agent raises a flag with its change; another sees it in its own worktree, takes it and completes it."
        )
        windows = [("@backend.api, in its worktree", api), ("@frontend.web, in another", web)]
        (PICTURES / "terminals.svg").write_text(draw(windows, meaning), encoding="utf-8")
        if CHROMIUM is None:
            print("left as they are: review.png, page.png (no Chromium is installed)")
            return
        from markdown_it import MarkdownIt

        for kind, impact, change, action in _MORE:
            shop.output(
                *("web", "flaggit", "create", "--from", "@frontend.web", "--to", "@backend.api", "--type", kind),
                *("--impact", impact, "--change", change, "--action", action),
            )
        review = shop.output("api", "flaggit", "review", "main~1..main", "--format", "markdown")
        (top / "review.html").write_text(
            _PAPER.replace("BODY", MarkdownIt("commonmark", {"breaks": True}).render(_plain_marks(review))),
            encoding="utf-8",
        )
        photograph(top / "review.html", PICTURES / "review.png", width=900, height=470)
        shop.output("api", "flaggit", "report", "--html", str(top / "page.html"))
        page = top / "page.html"
        page.write_text(page.read_text(encoding="utf-8").replace(str(top), "~"), encoding="utf-8")
        photograph(page, PICTURES / "page.png", width=900, height=760)
    finally:
        shutil.rmtree(top)


if __name__ == "__main__":
    main()
