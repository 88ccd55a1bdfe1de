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


def visible_requests(actor: Actor, sql: Sql, alias: str = "r") -> list[str]:
    """Conditions on `service_request`; none when the actor sees all.

    Who filed a request keeps sight of it (a cadre who brought it in on a villager's behalf).
    """
    if actor.sees_all:
        return []
    units = sql.arg(list(actor.units), "text[]")
    return [
        f"({alias}.filed_by = {sql.arg(actor.name)} OR EXISTS (SELECT FROM work_order v "
        f"WHERE v.request_id = {alias}.id AND v.unit_code = ANY({units})))"
    ]
