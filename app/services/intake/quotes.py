"""Finds the quotation mark that spoils a CSV: the reader itself notices it only where the file, or its patience, ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

MARK = '"'


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A mark that opened in one line (from 1) and was never closed, or closed in another in the middle of a text."""

    opened: int
    closed: int | None

    def __str__(self) -> str:
        """What is wrong and what would be right."""
        end = "is never closed" if self.closed is None else f"is closed in line {self.closed} with text right after it"
        return (
            f'the quotation mark (") that opens in line {self.opened} {end}; '
            'close it before the delimiter, and write a mark inside a quoted text twice ("")'
        )


def find_unclosed(lines: Iterable[str], delimiter: str, first: int = 1) -> Unclosed | None:
    """The faulty mark of a record that begins with line `first` (from 1); None when its quotation is in order."""
    ends = (delimiter, "\n", "\r")
    opened, quoted, begins, after = first, False, True, False
    for number, line in enumerate(islice(lines, first - 1, None), first):
        for sign in line:
            if after and sign != MARK and sign not in ends:
                return Unclosed(opened, number)
            if quoted:
                quoted = sign != MARK
                after = not quoted
            elif sign == MARK and (begins or after):
                opened = number if begins else opened
                quoted, after = True, False
            else:
                after = False
            begins = not quoted and sign in ends
    return Unclosed(opened, None) if quoted else None
