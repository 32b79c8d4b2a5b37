"""``flaggit board`` as a process on a real terminal, and where there is none."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Work
from watchers import PATIENCE

pytestmark = pytest.mark.server

COLOURS = re.compile(rb"\x1b\[(?:\d+;)*[349][0-7](?:;\d+)*m|\x1b\[(?:\d+;)*[34]8;")
RESTORED = b"\x1b[?1049l"  # the screen that was there before


class Terminal:
    """``flaggit board`` on a terminal of its own, 80 columns by 24."""

    def __init__(self, work: Work, *words: str, env: dict[str, str] | None = None) -> None:
        self.shown = b""
        self._end, other = pty.openpty()
        os.set_blocking(self._end, False)
        subprocess.run(["stty", "rows", "24", "cols", "80"], stdin=other, check=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flaggit", "board", *words],
            cwd=work.path,
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)

    def sees(self, text: str) -> None:
        """Read until a text has been shown."""
        while text.encode() not in self.shown:
            assert self._read(), f"{text} never came: {self.shown!r}"

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def ends(self) -> int:
        """Read to the end and return the exit status."""
        while self._read():
            pass
        os.close(self._end)
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        if not select.select([self._end], [], [], PATIENCE)[0]:
            return False
        try:
            data = os.read(self._end, 1 << 16)
        except OSError:  # whoever had the other end has gone
            return False
        self.shown += data
        return bool(data)


@pytest.mark.parametrize(("keys", "status"), [("q", 0), ("\x03", 130), ("\x11", 0)])
def test_it_is_left_with_the_screen_as_it_was(work: Work, keys: str, status: int) -> None:
    flag_id = work.raise_flag()
    board = Terminal(work)
    board.sees(flag_id)
    board.press(keys)
    assert board.ends() == status
    assert RESTORED in board.shown and b"Stopped" not in board.shown and b"Traceback" not in board.shown


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_a_signal_leaves_the_screen_as_it_was(work: Work, number: int, status: int) -> None:
    flag_id = work.raise_flag()
    board = Terminal(work)
    board.sees(flag_id)
    board.process.send_signal(number)
    assert board.ends() == status
    assert RESTORED in board.shown


def test_colours_are_the_terminals_own_and_go_where_they_are_not_wanted(work: Work) -> None:
    flag_id = work.raise_flag(impact_level="high")
    plain, coloured = Terminal(work), Terminal(work, env={"NO_COLOR": ""})
    for board in (plain, coloured):
        board.sees(flag_id)
        board.press("q")
        assert board.ends() == 0
    assert COLOURS.search(coloured.shown) and not COLOURS.search(plain.shown)
    asked = Terminal(work, "--no-color", env={"NO_COLOR": ""})
    asked.sees(flag_id)
    asked.press("q")
    assert asked.ends() == 0 and not COLOURS.search(asked.shown)


def test_without_its_package_one_sentence_says_how_to_install_it(work: Work, tmp_path: Path) -> None:
    (tmp_path / "textual.py").write_text("raise ModuleNotFoundError('No module named textual', name='textual')\n")
    board = Terminal(work, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"})
    assert board.ends() == 5
    assert b"pip install 'flaggit[board]'" in board.shown and b"Traceback" not in board.shown


def test_a_fault_is_told_in_one_sentence_on_the_screen_as_it_was(work: Work, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("from flaggit.board import arranging\narranging.arrange = None\n")
    board = Terminal(work, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"})
    assert board.ends() == 70
    assert b"fault of its own: TypeError: 'NoneType'" in board.shown and b"Traceback" not in board.shown
    assert RESTORED in board.shown


def test_without_a_terminal_it_says_what_prints_instead(work: Work) -> None:
    answer = work.flaggit("board", status=5)
    assert "needs a terminal" in answer.err and "flaggit list" in answer.err
    assert work.flaggit("board", "--json", status=5).json["code"] == "no_terminal"


def test_a_dumb_terminal_is_none(work: Work) -> None:
    board = Terminal(work, env={"TERM": "dumb"})
    assert board.ends() == 5


def test_a_bad_handle_is_told_before_anything_is_drawn(work: Work) -> None:
    board = Terminal(work, "@nonsense")
    assert board.ends() == 2
    assert RESTORED not in board.shown and b"@nonsense" in board.shown
