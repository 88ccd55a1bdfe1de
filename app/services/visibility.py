"""Which rows an actor may see: the one place that decides, for lists, details, steps and the feed alike.

The centre's staff see every request but the restricted ones; a unit sees the orders of itself and of the units
below it, and the requests that such an order belongs to. Whoever belongs to an accused unit, or to one below it,
sees nothing of the matter, whatever else would let him. What an actor may not see does not exist for it (404).
"""

from collections.abc import Mapping
from typing import Any

from app.core.database import Row
from app.core.sql import Sql
from app.domain.actors import Actor


def open_matter(alias: str = "r") -> str:
    """Condition on `service_request`: nothing is to be kept secret and nobody is shut out.

    What may be compared, counted for everybody, learnt from, or asked about elsewhere.
    """
    return (
        f"NOT {alias}.restricted AND NOT {alias}.confidential AND {alias}.kind <> 'report' "
        f"AND cardinality({alias}.accused_units) = 0"
    )


def visible_orders(
    actor: Actor, sql: Sql, alias: str = "o", *, request: str | None = "r", listing: bool = False
) -> list[str]:
    """Conditions on `work_order`; none when the actor sees all.

    A unit sees its orders and those it asked others for; its desk (a `listing`) holds only the former.
    `request` is the alias under which the statement has joined `service_request`; None: it has not.
    """
    own = [] if actor.sees_all else [_own_orders(actor, sql, alias, listing=listing)]
    if request is not None:
        return [*own, *shield(actor, sql, request)]
    hidden = " AND ".join(shield(actor, sql, "s"))
    if not hidden:
        return own
    return [*own, f"EXISTS (SELECT FROM service_request s WHERE s.id = {alias}.request_id AND {hidden})"]


def _own_orders(actor: Actor, sql: Sql, alias: str, *, listing: bool) -> str:
    units = sql.arg(list(actor.units), "text[]")
    if listing:
        return f"{alias}.unit_code = ANY({units})"
    return f"({alias}.unit_code = ANY({units}) OR {alias}.asked_by_unit = ANY({units}))"


def visible_requests(actor: Actor, sql: Sql, alias: str = "r", *, listing: bool = False) -> list[str]:
    """Conditions on `service_request`; none when the actor sees all.

    Who filed a request keeps sight of it (a cadre who brought it in on a villager's behalf), unless it went to the
    restricted queue. The same set is said in two ways: for one row by looking at its orders, for a `listing` by
    starting from the unit's orders.
    """
    shut = shield(actor, sql, alias)
    if actor.sees_all:
        return shut
    units, name = sql.arg(list(actor.units), "text[]"), sql.arg(actor.name)
    if listing:
        return [
            f"{alias}.id IN (SELECT v.request_id FROM work_order v WHERE v.unit_code = ANY({units}) "
            f"UNION SELECT f.id FROM service_request f WHERE f.filed_by = {name} AND NOT f.restricted)",
            *shut,
        ]
    return [
        f"({alias}.filed_by = {name} AND NOT {alias}.restricted OR EXISTS (SELECT FROM work_order v "
        f"WHERE v.request_id = {alias}.id AND v.unit_code = ANY({units})))",
        *shut,
    ]


def shield(actor: Actor, sql: Sql, alias: str) -> list[str]:
    """What shuts an actor out of a request (`alias`) whatever else would let it see; `hidden_from` says the same."""
    found = []
    if actor.sees_all and not actor.sees_restricted:
        found.append(f"NOT {alias}.restricted")
    if actor.above:
        found.append(f"NOT {alias}.accused_units && {sql.arg(list(actor.above), 'text[]')}")
    return found


def hidden_from(actor: Actor, request: Mapping[str, Any] | Row) -> bool:
    """`shield` for a row in memory. A unit sees of the restricted queue the orders that it was given."""
    if request["restricted"] and actor.sees_all and not actor.sees_restricted:
        return True
    accused = request["accused_units"]
    return bool(accused) and not set(accused).isdisjoint(actor.above)
