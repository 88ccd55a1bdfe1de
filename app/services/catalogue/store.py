"""List, read, create, change, delete: the same for every noun of the catalogue.

What differs between nouns is data: a `Noun` names its table, forms, filters and rules.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.pagination import CursorError, decode_cursor, encode_cursor
from app.domain.actors import Actor
from app.domain.errors import not_found
from app.domain.permissions import Permission
from app.models.base import Table
from app.schemas.administration import Page
from app.schemas.types import Form
from app.services.administration import create_once, reading, refuse_empty, writing
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation

Values = Mapping[str, Any]
Check = Callable[[AsyncSession, Values, Values | None], Awaitable[None]]
"""Refuses what a row may not become (`after`), given what it was (`before`, None when it is new)."""
Filter = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of reference data.

    `key`: the column that names a row. `removable`: refuses a deletion by raising; None: rows of this kind are
    deactivated, never deleted. `derived`: columns computed from the others when a row is written.
    """

    path: str
    name: str
    table: type[Table]
    key: str
    form: type[Form]
    change: type[Form]
    page: type[Page]
    filters: Mapping[str, Filter]
    check: Check
    removable: Callable[[AsyncSession, Values], Awaitable[None]] | None = None
    derived: Callable[[Values], dict[str, Any]] = field(default=lambda _: {})
    hidden: frozenset[str] = frozenset()
    read: Permission = Permission.CATALOGUE_READ
    write: Permission = Permission.CATALOGUE_WRITE

    @property
    def key_column(self) -> Any:
        """The column of the key."""
        return col(getattr(self.table, self.key))

    def view(self, row: Table) -> dict[str, Any]:
        """A row as clients see it."""
        return row.model_dump(exclude=set(self.hidden))


def contains(words: str, *columns: Any) -> ColumnElement[bool]:
    """Whether any of the columns contains the words, upper or lower case alike; lists are searched item by item."""
    return or_(*(cast(column, String).icontains(words, autoescape=True) for column in columns))


def joined(column: Any) -> Any:
    """A list column as one text, for `contains`."""
    return func.array_to_string(column, " ")


async def list_rows(here: Installation, noun: Noun, page: Page) -> dict[str, Any]:
    """A page of rows in the order of their key; one statement."""
    statement = select(noun.table).order_by(noun.key_column).limit(page.limit + 1)
    statement = statement.where(*(noun.filters[name](value) for name, value in page.narrowed().items()))
    if page.cursor:
        statement = statement.where(noun.key_column > _key_in(page.cursor, noun))
    async with reading(here) as session:
        rows = list(await session.exec(statement))
    more = len(rows) > page.limit
    return {
        "items": [noun.view(row) for row in rows[: page.limit]],
        "next_cursor": encode_cursor(getattr(rows[page.limit - 1], noun.key)) if more else None,
    }


def _key_in(cursor: str, noun: Noun) -> Any:
    (key,) = decode_cursor(cursor, int if noun.key == "id" else str)
    try:
        if noun.key == "day":
            return date.fromisoformat(key)
        if noun.key == "id":
            return key.to_bytes(8, signed=True) and key
        return key.encode("ascii") and key
    except (ValueError, OverflowError, AttributeError, TypeError):
        raise CursorError(cursor) from None


async def read_row(here: Installation, noun: Noun, key: Any) -> dict[str, Any]:
    """One row; raises NotFoundError."""
    async with reading(here) as session:
        return noun.view(await _found(session, noun, key))


async def create_row(here: Installation, actor: Actor, noun: Noun, form: Form, claim: Claim | None) -> Replay:
    """Add a row; raises InvalidError, and ConflictError when one like it is there."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        values = form.model_dump()
        await noun.check(session, values, None)
        row = noun.table(**{**values, **noun.derived(values)})
        session.add(row)
        await session.flush()
        await session.refresh(row)
        return noun.view(row)

    return await create_once(here, actor, f"create {noun.path}", claim, work)


async def change_row(here: Installation, actor: Actor, noun: Noun, key: Any, form: Form) -> dict[str, Any]:
    """Change the given fields of a row; raises NotFoundError, InvalidError, ConflictError."""
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)
    async with writing(here, actor, f"change {noun.path} {key}") as session:
        row = await _found(session, noun, key, for_update=True)
        before = row.model_dump()
        after = {**before, **changes}
        await noun.check(session, after, before)
        for column, value in {**changes, **noun.derived(after)}.items():
            setattr(row, column, value)
        await session.flush()
        await session.refresh(row)
    return noun.view(row)


async def delete_row(here: Installation, actor: Actor, noun: Noun, key: Any) -> None:
    """Delete a row of a noun that allows it; raises NotFoundError, ConflictError."""
    if noun.removable is None:
        raise AssertionError(f"{noun.path} are deactivated, not deleted")
    async with writing(here, actor, f"delete {noun.path} {key}") as session:
        row = await _found(session, noun, key, for_update=True)
        await noun.removable(session, row.model_dump())
        await session.delete(row)


async def _found(session: AsyncSession, noun: Noun, key: Any, *, for_update: bool = False) -> Table:
    """The row, locked against new references to it when it is about to change."""
    row = await session.get(noun.table, key, with_for_update=for_update or None)
    if row is None:
        raise not_found()
    return row
