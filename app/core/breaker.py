"""Stops asking somebody who does not answer: after a few failures in a row everybody is spared a while.

A service that is down would otherwise cost each caller its whole time limit, one after the other.
"""

import time


class Breaker:
    """Open (nobody asks) for `pause` seconds after `most` failures in a row; then one more failure opens it again."""

    def __init__(self, most: int, pause: float) -> None:
        self._most, self._pause = most, pause
        self._failures = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether to spare it now."""
        return time.monotonic() < self._until

    def succeeded(self) -> None:
        """It answered."""
        self._failures = 0

    def failed(self) -> None:
        """It did not."""
        self._failures += 1
        if self._failures >= self._most:
            self._until = time.monotonic() + self._pause
