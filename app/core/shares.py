"""How many calls of each caller may be on their way in at once: one who sends slowly must not hold everybody's places."""

from collections.abc import Callable


class Shares:
    """So many for each holder; `refused` is told of each call that is one too many."""

    def __init__(self, most: int, refused: Callable[[], None]) -> None:
        self._most, self._refused = most, refused
        self._held: dict[str, int] = {}

    def take(self, holder: str) -> bool:
        """Take one if the holder has not had all; whoever takes it gives it back in the end."""
        held = self._held.get(holder, 0)
        if held >= self._most:
            self._refused()
            return False
        self._held[holder] = held + 1
        return True

    def give_back(self, holder: str) -> None:
        """One less."""
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]
