"""Placeholders of message texts: `{ticket_no}` and the like, read strictly, filled plainly.

Python's own formatting would let a text reach into the values (`{a.b}`, `{a[0]}`, `{a!r}`); here a placeholder is
a name and nothing else.
"""

from collections.abc import Mapping
from string import Formatter


class PlaceholderError(ValueError):
    """A brace that opens or closes nothing, or more than a name between two braces."""


def parts_of(text: str) -> list[tuple[str, str | None]]:
    """Pairs of plain text and the name that follows it, None at the end; raises PlaceholderError."""
    try:
        found = list(Formatter().parse(text))
    except ValueError:
        raise PlaceholderError(text) from None
    for _, name, specification, conversion in found:
        if name is not None and (specification or conversion or not name.isidentifier()):
            raise PlaceholderError(text)
    return [(literal, name) for literal, name, _, _ in found]


def names_in(text: str) -> list[str]:
    """Names in order of appearance; raises PlaceholderError."""
    return [name for _, name in parts_of(text) if name is not None]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; a name without a value leaves nothing. Raises PlaceholderError."""
    return "".join(literal + (values.get(name, "") if name else "") for literal, name in parts_of(text))
