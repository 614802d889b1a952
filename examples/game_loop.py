"""The lesson's game loop: parts of a frame are contributed by functions that join and leave at will.

No thread for any monster: each frame, every registered contributor draws its part, and then the
frame is shown. Any key leaves the game.

    python examples/game_loop.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from parl import Clock, Dispatcher, Keyboard, KeyPressed, SystemClock, open_keyboard

FRAMES_A_SECOND = 20
WIDTH = 40


@dataclass(frozen=True)
class FrameDue:
    """It is time for the next frame: contribute to it."""

    number: int
    cells: list[str] = field(default_factory=lambda: [" "] * WIDTH)


@dataclass(frozen=True)
class FrameComplete:
    """All have contributed."""

    frame: FrameDue


class Game:
    """A corridor with a monster; a projectile leaves every second and lives until it hits."""

    def __init__(self, loop: Dispatcher, show: Callable[[str], None]) -> None:
        self._loop = loop
        self._show = show
        self._monster_at = WIDTH - 1
        self._monster_leaves = loop.on(FrameDue, self._draw_monster)
        loop.on(FrameDue, self._shoot_sometimes)
        loop.on(FrameComplete, self._render)
        loop.on(KeyPressed, lambda _: loop.stop())

    def play(self) -> None:
        """Run until the monster is hit, or somebody presses a key."""
        self._loop.post(FrameDue(0))
        self._loop.run()

    def _draw_monster(self, frame: FrameDue) -> None:
        if frame.number % 4 == 0:
            self._monster_at -= 1
        frame.cells[self._monster_at] = "M"

    def _shoot_sometimes(self, frame: FrameDue) -> None:
        if frame.number % FRAMES_A_SECOND == 0:
            Projectile(self._loop, self._hit_at)
        self._loop.post(FrameComplete(frame))  # after the contributors of this frame

    def _hit_at(self, place: int) -> bool:
        if place < self._monster_at:
            return False
        self._monster_leaves()
        return True

    def _render(self, complete: FrameComplete) -> None:
        self._show("".join(complete.frame.cells).rstrip())
        if "M" not in complete.frame.cells:
            self._loop.stop()
        self._loop.post_later(1 / FRAMES_A_SECOND, FrameDue(complete.frame.number + 1))


class Projectile:
    """Contributes to each frame, from the one after its birth to the one in which it hits."""

    def __init__(self, loop: Dispatcher, hit_at: Callable[[int], bool]) -> None:
        self._at = 0
        self._hit_at = hit_at
        self._leave = loop.on(FrameDue, self._draw)

    def _draw(self, frame: FrameDue) -> None:
        self._at += 2
        if self._hit_at(self._at):
            self._leave()
        else:
            frame.cells[self._at] = "-"


def main(keyboard: Keyboard | None = None, clock: Clock | None = None) -> None:
    """Play on this terminal."""
    with keyboard or open_keyboard() as keys:
        Game(Dispatcher(keys, clock or SystemClock()), lambda line: print(f"|{line}", flush=True)).play()


if __name__ == "__main__":
    main()
