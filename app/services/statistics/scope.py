"""What is counted: the period in the city's zone, the part of the city, and what this reader may see of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.sql import Sql
from app.domain.actors import Actor
from app.domain.errors import invalid
from app.schemas.common import begin
from app.schemas.statistics import Figures
from app.services.installation import Installation
from app.services.narrowing import refuse_empty_period, refuse_unknown
from app.services.reference import Reference
from app.services.visibility import visible_requests

LONGEST = timedelta(days=366 * 20)


@dataclass(frozen=True, slots=True)
class Scope:
    """Requests filed from `since` until before `until` (None: any time), narrowed by prefixes, kind and units."""

    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None
    area: str | None = None
    unit: str | None = None
    kind: str | None = None


def scope_of(here: Installation, asked: Figures, now: datetime) -> Scope:
    """The scope of a call, by default this month so far; raises InvalidError for an empty or endless period and what does not exist."""
    zone = here.settings.zone
    since = begin(asked.from_ or now.astimezone(zone).date().replace(day=1), zone)
    until = begin(asked.to or now, zone)
    refuse_empty_period(since, until, "/query/to")
    if until - since > LONGEST:
        raise invalid("/query/from", "period-too-long", "统计时段最长20年。", "A period has at most 20 years.")
    refuse_unknown(here.reference.now, asked.model_dump(include={"unit", "category", "area"}))
    return Scope(since, until, asked.category, asked.area, asked.unit, asked.kind)


def units_of(scope: Scope, reference: Reference, actor: Actor) -> list[str] | None:
    """The units whose doings are counted: the reader's own, or those asked for; None: all."""
    below = list(reference.subordinates.get(scope.unit, ())) if scope.unit is not None else None
    if actor.sees_all:
        return below
    return [unit for unit in actor.units if below is None or unit in below]


def conditions(scope: Scope, here: Installation, actor: Actor, units: list[str] | None, sql: Sql) -> list[str]:
    """Which requests `r` are looked at at all."""
    found = list(visible_requests(actor, sql, listing=True))
    if scope.since is not None:
        found.append(f"r.created_at >= {sql.arg(scope.since)}")
    if scope.until is not None:
        found.append(f"r.created_at < {sql.arg(scope.until)}")
    if scope.kind is not None:
        found.append(f"r.kind = {sql.arg(scope.kind)}")
    if scope.category is not None:
        found.append(_beginning("r.category_code", scope.category, here.reference.now.categories, sql))
    if scope.area is not None:
        found.append(_beginning("r.area_code", scope.area, here.reference.now.areas, sql))
    if units is not None and actor.sees_all:
        found.append(
            f"r.id IN (SELECT u.request_id FROM work_order u WHERE u.unit_code = ANY({sql.arg(units, 'text[]')}))"
        )
    return found


def _beginning(column: str, prefix: str, codes: Mapping[str, object], sql: Sql) -> str:
    return f"{column} = ANY({sql.arg([code for code in codes if code.startswith(prefix)], 'text[]')})"
