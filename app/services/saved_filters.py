"""Saved filters: everybody keeps their own, may share them, and uses them by number in lists and exports.

Over asyncpg and not as administration: saving one must not have every process read its reference data anew.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from app.core.database import Connection, Row
from app.core.pagination import decode_cursor, encode_cursor
from app.core.sql import Sql, conjunction
from app.domain.actors import Actor
from app.domain.errors import ConflictError, ForbiddenError, invalid, not_found, refuse_empty
from app.domain.records import FilterNoun
from app.schemas.common import begin
from app.schemas.filters import DeskFilters, Filters, RequestFilters
from app.schemas.messages import refused
from app.schemas.saved_filters import SavedFilterForm, SavedFilterPage
from app.schemas.types import Form
from app.services.idempotency import Claim, Replay, keep, recall_kept
from app.services.installation import Installation
from app.services.narrowing import of_query, refuse_empty_period, refuse_unknown

MOST = 100
"""Saved filters a person may keep."""
_MODELS: Mapping[FilterNoun, type[Filters]] = {
    FilterNoun.REQUESTS: RequestFilters,
    FilterNoun.WORK_ORDERS: DeskFilters,
}
_COLUMNS = """f.id, f.owner_id, u.username AS owner, f.name, f.noun, f.query, f.shared, f.created_at, f.updated_at
    FROM saved_filter f JOIN user_account u ON u.id = f.owner_id"""
_SEEN = "(f.owner_id = $1 OR f.shared)"


async def list_filters(here: Installation, actor: Actor, page: SavedFilterPage) -> dict[str, Any]:
    """A page of the caller's own filters and of the shared ones, oldest first; one statement."""
    sql = Sql()
    sql.arg(actor.user_id)
    conditions = [_SEEN]
    if page.noun is not None:
        conditions.append(f"f.noun = {sql.arg(page.noun.value)}")
    if page.cursor:
        conditions.append(f"f.id > {sql.arg(decode_cursor(page.cursor, int)[0])}")
    async with here.database.connection() as connection:
        rows = await connection.fetch(
            f"SELECT {_COLUMNS} WHERE {conjunction(conditions)} ORDER BY f.id LIMIT {sql.arg(page.limit + 1)}",
            *sql.args,
        )
    following = encode_cursor(rows[page.limit - 1]["id"]) if len(rows) > page.limit else None
    return {"items": [_view(row, actor) for row in rows[: page.limit]], "next_cursor": following}


async def read_filter(here: Installation, actor: Actor, filter_id: int) -> dict[str, Any]:
    """One filter; raises NotFoundError for those that the caller may not see."""
    async with here.database.connection() as connection:
        return _view(await _found(connection, actor, filter_id), actor)


async def create_filter(
    here: Installation, actor: Actor, form: SavedFilterForm, claim: Claim | None, at: datetime
) -> Replay:
    """Save a filter; raises InvalidError for a query that the list would refuse, ConflictError beyond 100 or for a name that is taken."""
    query = _checked(here, form.noun, form.query)

    async def work(connection: Connection) -> Replay:
        await _lock_owner(connection, actor)
        if claim and (before := await recall_kept(connection, here.keys, claim)):
            return before
        if await connection.fetchval("SELECT count(*) FROM saved_filter WHERE owner_id = $1", actor.user_id) >= MOST:
            raise ConflictError(
                f"每人最多保存 {MOST} 个常用筛选，请先删除不用的。",
                f"A person keeps at most {MOST} saved filters; delete some first.",
                code="too-many",
            )
        await _refuse_taken_name(connection, actor, form.name, 0)
        sql = Sql()
        row: dict[str, Any] = {"owner_id": actor.user_id, "name": form.name, "noun": form.noun.value, "query": query}
        row |= {"shared": form.shared, "created_at": at, "updated_at": at}
        made = await connection.fetchval(f"{sql.insert('saved_filter', row)} RETURNING id", *sql.args)
        body = _view(await _found(connection, actor, made), actor)
        if claim:
            sql = Sql()
            kept = sql.insert("idempotency_key", keep(here.keys, claim, 201, body, at))
            await connection.execute(kept, *sql.args)
        return Replay(201, body)

    return await here.database.transaction(work)


async def change_filter(here: Installation, actor: Actor, filter_id: int, form: Form, at: datetime) -> dict[str, Any]:
    """Change the given fields of one's own filter; raises NotFoundError, ForbiddenError, InvalidError, ConflictError."""
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)

    async def work(connection: Connection) -> dict[str, Any]:
        await _lock_owner(connection, actor)
        row = await _own(connection, actor, filter_id)
        if "query" in changes:
            changes["query"] = _checked(here, FilterNoun(row["noun"]), changes["query"])
        if "name" in changes:
            await _refuse_taken_name(connection, actor, changes["name"], filter_id)
        sql = Sql()
        assigned = sql.assignments({**changes, "updated_at": at})
        await connection.execute(f"UPDATE saved_filter SET {assigned} WHERE id = {sql.arg(filter_id)}", *sql.args)
        return _view(await _found(connection, actor, filter_id), actor)

    return await here.database.transaction(work)


async def delete_filter(here: Installation, actor: Actor, filter_id: int) -> None:
    """Delete one's own filter; raises NotFoundError, ForbiddenError."""

    async def work(connection: Connection) -> None:
        await _own(connection, actor, filter_id)
        await connection.execute("DELETE FROM saved_filter WHERE id = $1", filter_id)

    await here.database.transaction(work)


async def filters_of(
    here: Installation, actor: Actor, noun: FilterNoun, given: Filters, saved: int | None
) -> dict[str, Any]:
    """What to narrow a list by: the saved filter's parameters, overridden by those given; days as they begin in the city.

    One statement when there is a saved filter, else none. Raises InvalidError for one that is not there, is
    not the caller's to see, is for another list or does not fit the list any more, and for what cannot be found.
    """
    kept = {} if saved is None else await _kept(here, actor, noun, saved)
    own = given.narrowed()
    return _findable(here, {**kept, **own}, lambda name: of_query(name if name in own else "saved"))


def _findable(here: Installation, asked: Mapping[str, Any], place: Callable[[str], str] = of_query) -> dict[str, Any]:
    """Days as they begin in the city; raises InvalidError for codes that nothing has and a period that is empty."""
    zone = here.settings.zone
    chosen = {name: begin(value, zone) if isinstance(value, date) else value for name, value in asked.items()}
    refuse_unknown(here.reference.now, chosen, place)
    refuse_empty_period(chosen.get("created_from"), chosen.get("created_to"), place("created_to"))
    return chosen


async def _kept(here: Installation, actor: Actor, noun: FilterNoun, saved: int) -> dict[str, Any]:
    async with here.database.connection() as connection:
        row = await connection.fetchrow(
            f"SELECT {_COLUMNS} WHERE {_SEEN} AND f.id = $2 AND f.noun = $3", actor.user_id, saved, noun.value
        )
    if row is None:
        raise invalid(
            "/query/saved",
            "unknown-filter",
            "没有这个常用筛选，或不适用于此列表。",
            "No such saved filter for this list.",
        )
    try:
        return _MODELS[noun].model_validate(row["query"]).narrowed()
    except ValidationError:
        raise invalid(
            "/query/saved", "outdated-filter", "该常用筛选已不适用，请重新保存。", "The saved filter no longer fits."
        ) from None


def _checked(here: Installation, noun: FilterNoun, query: Mapping[str, Any]) -> dict[str, Any]:
    """The query as it is kept, once its list would take it."""
    try:
        model = _MODELS[noun].model_validate(dict(query))
    except ValidationError as error:
        raise refused(error, "/query", _MODELS[noun]) from None
    _findable(here, model.narrowed())
    return model.model_dump(mode="json", exclude_unset=True, exclude_none=True)


async def _lock_owner(connection: Connection, actor: Actor) -> None:
    """One change at a time for each person: two at once could pass 100, or take one name twice."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('filters of ' || $1, 0))", actor.name)


async def _refuse_taken_name(connection: Connection, actor: Actor, name: str, but: int) -> None:
    taken = "SELECT count(*) FROM saved_filter WHERE owner_id = $1 AND name = $2 AND id <> $3"
    if await connection.fetchval(taken, actor.user_id, name, but):
        raise ConflictError(
            "您已有同名的常用筛选。", "You have a saved filter of this name already.", code="already-exists"
        )


async def _found(connection: Connection, actor: Actor, filter_id: int) -> Row:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} WHERE {_SEEN} AND f.id = $2", actor.user_id, filter_id)
    if row is None:
        raise not_found()
    return row


async def _own(connection: Connection, actor: Actor, filter_id: int) -> Row:
    row = await _found(connection, actor, filter_id)
    if row["owner_id"] != actor.user_id:
        raise ForbiddenError("这是他人共享的筛选，不能修改。", "This filter is shared by somebody else.")
    return row


def _view(row: Row, actor: Actor) -> dict[str, Any]:
    shown = dict(row)
    own = shown.pop("owner_id") == actor.user_id
    return {**shown, "own": own}
