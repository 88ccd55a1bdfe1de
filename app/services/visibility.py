"""Which rows an actor may see: the one place that decides, for lists, details, steps and the feed alike.

The centre's staff see every request. A unit sees the orders of itself and of the units below it, and the
requests that such an order belongs to. What an actor may not see does not exist for it (404).
"""

from app.core.sql import Sql
from app.domain.actors import Actor


def visible_orders(actor: Actor, sql: Sql, alias: str = "o") -> list[str]:
    """Conditions on `work_order`; none when the actor sees all."""
    if actor.sees_all:
        return []
    return [f"{alias}.unit_code = ANY({sql.arg(list(actor.units), 'text[]')})"]


def visible_requests(actor: Actor, sql: Sql, alias: str = "r", *, listing: bool = False) -> list[str]:
    """Conditions on `service_request`; none when the actor sees all.

    Who filed a request keeps sight of it (a cadre who brought it in on a villager's behalf). The same set is
    said in two ways: for one row by looking at its orders, for a `listing` by starting from the unit's orders.
    """
    if actor.sees_all:
        return []
    units, name = sql.arg(list(actor.units), "text[]"), sql.arg(actor.name)
    if listing:
        return [
            f"{alias}.id IN (SELECT v.request_id FROM work_order v WHERE v.unit_code = ANY({units}) "
            f"UNION SELECT f.id FROM service_request f WHERE f.filed_by = {name})"
        ]
    return [
        f"({alias}.filed_by = {name} OR EXISTS (SELECT FROM work_order v "
        f"WHERE v.request_id = {alias}.id AND v.unit_code = ANY({units})))"
    ]
