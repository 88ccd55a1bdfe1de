"""Positions in the history and the cursors that name them.

Sequence numbers are not commit order: a position is (transaction id, event id), and only events below the
oldest running transaction are served, so nothing can appear behind a position once it has been passed.
Transaction ids start anew after a restore, so a cursor carries the installation's epoch.
"""

import re
from typing import NamedTuple

from app.domain.errors import invalid

_CURSOR = re.compile(r"^(\d{1,5})-(\d{1,19})-(\d{1,19})$")
MAX_ID = 2**63 - 1


class Position(NamedTuple):
    """A place in commit order."""

    xid: int
    id: int


BEGINNING = Position(0, 0)


def to_cursor(epoch: int, position: Position) -> str:
    """The cursor that a client keeps."""
    return f"{epoch}-{position.xid}-{position.id}"


def from_cursor(epoch: int, cursor: str) -> Position:
    """The position behind a cursor; raises InvalidError for one of another epoch or of no make of ours."""
    match = _CURSOR.fullmatch(cursor)
    if not match or int(match[3]) > MAX_ID or int(match[2]) > MAX_ID:
        raise invalid(
            "/query/after",
            "cursor",
            "游标无效，请使用返回的 next_cursor。",
            "Not a cursor; use the `next_cursor` given.",
        )
    if int(match[1]) != epoch:
        raise invalid(
            "/query/after",
            "cursor-epoch",
            "数据库已恢复过，旧游标失效，请从头读取。",
            "The database was restored since; begin again without `after`.",
        )
    return Position(int(match[2]), int(match[3]))
