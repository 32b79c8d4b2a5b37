"""The board on a screen that is a value: Textual's pilot presses keys, real repositories lie below."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from repositories import Work

from flaggit.board.app import Board

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    Story = Callable[["Player"], Awaitable[None]]

API, WEB, QUEUE = "@backend.api", "@frontend.web", "@backend.queue"
_ROUNDS = 1200  # of 0.05 s; only a broken board needs so many


class Player:
    """Presses keys and reads what the screen shows."""

    def __init__(self, board: Board, pilot: Pilot[int]) -> None:
        self.board = board
        self.pilot = pilot

    @property
    def screen(self) -> str:
        """The screen as text, a line each."""
        strips = self.board.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text into whatever has the keys."""
        await self.pilot.press(*("space" if char == " " else char for char in text))

    async def sees(self, *words: str, without: tuple[str, ...] = (), key: str = "") -> str:
        """Wait until the screen shows all of ``words`` and nothing of ``without``, pressing ``key``; return it."""
        for _ in range(_ROUNDS):
            screen = self.screen
            if all(word in screen for word in words) and not any(word in screen for word in without):
                return screen
            await self.pilot.press(*([key] if key else []))
            await self.pilot.pause(0.05)
        raise AssertionError(f"{words} without {without} never came:\n{self.screen}")


def play(work: Work, story: Story, *, size: tuple[int, int] = (80, 24), agent: str | None = WEB) -> Board:
    """Open the board on a clone and play a story on it; return the board as it was left."""

    async def run() -> Board:
        board = Board(work.session(), who=agent or "", agent=agent)
        async with board.run_test(size=size, notifications=True) as pilot:
            player = Player(board, pilot)
            await player.sees("by agent")
            await story(player)
        return board

    return asyncio.run(run())
