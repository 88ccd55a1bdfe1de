"""The three questions: how it stands, who is how good, how it went over time. Each costs one statement."""

from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

from app.core.sql import Sql
from app.domain.actors import Actor
from app.domain.errors import invalid
from app.schemas.statistics import Figures, League, Step, Trend
from app.services.installation import Installation
from app.services.statistics.count import Counts, count
from app.services.statistics.figures import figures
from app.services.statistics.grouping import ALL, Grouping, by_dimension, by_step, everything, name_of
from app.services.statistics.scope import Scope, conditions, scope_of, units_of

MOST_PIECES = 400


async def summary(here: Installation, actor: Actor, asked: Figures, now: datetime) -> dict[str, Any]:
    """The figures of everything in scope; raises InvalidError."""
    scope = scope_of(here, asked, now)
    return {**_about(here, scope, now), "figures": await figures_of(here, actor, scope, now)}


async def figures_of(here: Installation, actor: Actor, scope: Scope, now: datetime) -> dict[str, Any]:
    """The figures of everything in scope, for an actor's eyes."""
    found = await _counted(here, actor, scope, everything(), Sql(), now)
    return figures(found.get(ALL, {}), here.settings.weights)


async def league(here: Installation, actor: Actor, asked: League, now: datetime) -> dict[str, Any]:
    """A row for each unit, area, category, kind or channel that had to do with anything, the best first.

    Ranked by the adjusted composite; those of whom nothing can be said come last, the busiest of them first.
    """
    scope, sql, reference = scope_of(here, asked, now), Sql(), here.reference.now
    found = await _counted(here, actor, scope, by_dimension(asked.by, scope, reference, sql), sql, now)
    rows = [
        {"key": key, "name": name_of(asked.by, key, reference), "figures": figures(counts, here.settings.weights)}
        for key, counts in found.items()
    ]
    rows.sort(key=_rank)
    return {**_about(here, scope, now), "by": asked.by, "total": len(rows), "items": rows[: asked.limit]}


async def trend(here: Installation, actor: Actor, asked: Trend, now: datetime) -> dict[str, Any]:
    """A row for each day, week or month of the period, empty ones too; raises InvalidError beyond 400 of them."""
    scope, sql = scope_of(here, asked, now), Sql()
    days = _pieces(here, scope, asked.by)
    found = await _counted(here, actor, scope, by_step(asked.by, here.settings.timezone, sql), sql, now)
    rows = [{"start": str(day), "figures": figures(found.get(str(day), {}), here.settings.weights)} for day in days]
    return {**_about(here, scope, now), "by": asked.by, "items": rows}


async def _counted(
    here: Installation, actor: Actor, scope: Scope, grouping: Grouping, sql: Sql, now: datetime
) -> Counts:
    units = units_of(scope, here.reference.now, actor)
    looked_at = conditions(scope, here, actor, units, sql)
    return await here.reading(lambda connection: count(connection, deepcopy(sql), looked_at, grouping, units, now))


def _about(here: Installation, scope: Scope, now: datetime) -> dict[str, Any]:
    zone = here.settings.zone
    return {
        "from": scope.since.astimezone(zone) if scope.since else None,
        "to": scope.until.astimezone(zone) if scope.until else None,
        "as_of": now.astimezone(zone),
    }


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    shown = row["figures"]
    mark = shown["adjusted"]["composite"]
    busy = max(shown["requests"]["filed"], shown["orders"]["dispatched"])
    return (mark is None, -(mark or 0), -busy, row["key"] or "")


def _pieces(here: Installation, scope: Scope, step: Step) -> list[date]:
    """First days of the pieces that the period touches."""
    zone = here.settings.zone
    if scope.since is None or scope.until is None:
        raise AssertionError("a trend has a period")
    last = (scope.until - timedelta(microseconds=1)).astimezone(zone).date()
    day = _start(scope.since.astimezone(zone).date(), step)
    found: list[date] = []
    while day <= last:
        if len(found) == MOST_PIECES:
            raise invalid(
                "/query/from",
                "period-too-long",
                f"最多 {MOST_PIECES} 段，请缩短时段或按周、月统计。",
                f"At most {MOST_PIECES} pieces; ask for less time, or by week or month.",
            )
        found.append(day)
        day = _start(day + {Step.DAY: timedelta(1), Step.WEEK: timedelta(7), Step.MONTH: timedelta(31)}[step], step)
    return found


def _start(day: date, step: Step) -> date:
    if step is Step.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day
