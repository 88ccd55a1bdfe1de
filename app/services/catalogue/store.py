"""Create, change, delete: the same for every noun of the catalogue.

What differs between nouns is data: `KEPT` names their tables and rules.
"""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.actors import Actor
from app.domain.errors import not_found, refuse_empty
from app.models.base import Table
from app.schemas.types import Form
from app.services.administration import create_once, writing
from app.services.catalogue.keeping import KEPT
from app.services.catalogue.noun import Noun
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation


async def create_row(here: Installation, actor: Actor, noun: Noun, form: Form, claim: Claim | None) -> Replay:
    """Add a row; raises InvalidError, and ConflictError when one like it is there."""
    kept = KEPT[noun]

    async def work(session: AsyncSession) -> dict[str, Any]:
        values = form.model_dump()
        await kept.check(session, values, None)
        row = kept.table(**{**values, **kept.derived(values)})
        session.add(row)
        await session.flush()
        await session.refresh(row)
        return _view(noun, row)

    return await create_once(here, actor, f"create {noun.path}", claim, work)


async def change_row(here: Installation, actor: Actor, noun: Noun, key: Any, form: Form) -> dict[str, Any]:
    """Change the given fields of a row; raises NotFoundError, InvalidError, ConflictError."""
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)
    kept = KEPT[noun]
    async with writing(here, actor, f"change {noun.path} {key}") as session:
        row = await _found(session, noun, key, for_update=True)
        before = row.model_dump()
        after = {**before, **changes}
        await kept.check(session, after, before)
        for column, value in {**changes, **kept.derived(after)}.items():
            setattr(row, column, value)
        await session.flush()
        await session.refresh(row)
    return _view(noun, row)


async def delete_row(here: Installation, actor: Actor, noun: Noun, key: Any) -> None:
    """Delete a row of a noun that allows it; raises NotFoundError, ConflictError."""
    check_removal = KEPT[noun].check_removal
    if check_removal is None:
        raise AssertionError(f"{noun.path} are deactivated, not deleted")
    async with writing(here, actor, f"delete {noun.path} {key}") as session:
        row = await _found(session, noun, key, for_update=True)
        await check_removal(session, row.model_dump())
        await session.delete(row)


async def _found(session: AsyncSession, noun: Noun, key: Any, *, for_update: bool = False) -> Table:
    """The row, locked against new references to it when it is about to change."""
    row = await session.get(KEPT[noun].table, key, with_for_update=for_update or None)
    if row is None:
        raise not_found()
    return row


def _view(noun: Noun, row: Table) -> dict[str, Any]:
    """A row as clients see it."""
    return row.model_dump(include=set(noun.row.model_fields))
