"""Reference data in memory: units, areas, categories, rules, limits, calendar, users, keys — never asked for twice.

A snapshot is immutable and swapped as a whole; the database rings `hotline_reference` when one of its tables
changes, and every process reads anew.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter

from app.core.database import UNAVAILABLE, Connection, Database
from app.core.listener import Listener
from app.domain.calendar import WorkingCalendar
from app.domain.catalogue import Area, Category, RequestKind, RoutingRule, SlaPolicy, Unit
from app.domain.routing import RoutingTable
from app.domain.understanding import Gazetteer, Place, TrainedClassifier, speaks_of_graft
from app.services.classifier.model_file import load
from app.services.identities import Identities, load_identities
from app.services.names import Names, area_path
from app.services.routing.evidence import Evidence, Learned, gather, learn
from app.settings import Settings

log = structlog.get_logger(__name__)
CHANNEL, CORRECTED = "hotline_reference", "correction"
"""The bell, and what it says when there is new evidence for lessons."""
R = TypeVar("R", bound=Any)


@dataclass(frozen=True)
class Reference:
    """One consistent view of all reference data."""

    units: Mapping[str, Unit]
    areas: Mapping[str, Area]
    places: tuple[Place, ...]
    categories: Mapping[str, Category]
    policies: tuple[SlaPolicy, ...]
    calendar: WorkingCalendar
    routing: RoutingTable
    gazetteer: Gazetteer
    classifier: TrainedClassifier
    identities: Identities
    learned: Learned
    auto_dispatch_confidence: float

    def auto_dispatch_threshold(self, category_code: str | None) -> float:
        """From this confidence on such a matter is dispatched by machine: its own, its first level's, else as set."""
        for code in (category_code or "", (category_code or "")[:2]):
            category = self.categories.get(code)
            if category is not None and category.auto_dispatch_confidence is not None:
                return category.auto_dispatch_confidence
        return self.auto_dispatch_confidence

    def area_path(self, code: str | None) -> tuple[str, ...]:
        """Codes from the county down to the area; empty when it is unknown."""
        return area_path(self.areas, code)

    @cached_property
    def names(self) -> Names:
        """What units, categories and areas are called."""
        return Names(self.units, self.areas, self.categories)

    @cached_property
    def category_names(self) -> Mapping[str, tuple[str, ...]]:
        """What people call an active second-level category, by its name or its path as lists show it → codes."""
        found: dict[str, tuple[str, ...]] = {}
        for code, category in self.categories.items():
            if category.active and category.parent_code is not None:
                for name in {category.name, " / ".join(self.names.category_path(code))}:
                    found[name] = (*found.get(name, ()), code)
        return found

    @cached_property
    def subordinates(self) -> Mapping[str, tuple[str, ...]]:
        """Unit code → codes of itself and all units below it."""
        below: dict[str, list[str]] = {code: [] for code in self.units}
        for code, above in self.superiors.items():
            for superior in above:
                below[superior].append(code)
        return {code: tuple(codes) for code, codes in below.items()}

    @cached_property
    def superiors(self) -> Mapping[str, tuple[str, ...]]:
        """Unit code → codes of itself and all units above it, itself first."""
        found: dict[str, tuple[str, ...]] = {}
        for code in self.units:
            path: list[str] = []
            above: str | None = code
            while above and above not in path and above in self.units:
                path.append(above)
                above = self.units[above].parent_code
            found[code] = tuple(path)
        return found

    def shut_out(self, unit_code: str | None, accused_units: Iterable[str]) -> bool:
        """Whether a unit must neither handle nor see a matter: it, or a unit above it, is accused in it (回避)."""
        return not set(self.superiors.get(unit_code or "", ())).isdisjoint(accused_units)

    def restricts(self, kind: str, category_code: str | None, said: str = "") -> bool:
        """Whether such a request goes to the restricted queue: a report in a matter for the discipline inspectors, or
        one that says (`said`) what is for them, whatever other matter it names and is filed under."""
        if kind != RequestKind.REPORT:
            return False
        category = self.categories.get(category_code or "")
        return (category is not None and category.restricted) or speaks_of_graft(said)


class ReferenceStore:
    """Holds the present snapshot and renews it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._snapshot: Reference | None = None
        self._evidence: Evidence | None = None
        self._unlearned = False
        self._lock = asyncio.Lock()
        self._stale = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def now(self) -> Reference:
        """The present snapshot."""
        if self._snapshot is None:
            raise RuntimeError("reference data has not been loaded")
        return self._snapshot

    async def refresh(self) -> Reference:
        """Read everything anew and swap the snapshot."""
        async with (
            self._lock,
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            self._stale.clear()
            self._evidence = self._evidence or await gather(connection, self._settings)
            self._snapshot = await _load(connection, self._settings, self._snapshot, self._evidence)
            return self._snapshot

    async def learn(self) -> Reference:
        """Count anew what lessons are drawn from, and swap the snapshot; changes of rules do not wait for it."""
        async with self._database.connection() as connection:
            self._evidence = await gather(connection, self._settings)
        return await self.refresh()

    def follow(self, listener: Listener) -> None:
        """Renew the snapshot in the background whenever the database says that it changed."""
        listener.subscribe(CHANNEL, self._heard)
        self._task = asyncio.create_task(self._run(), name="reference")

    def _heard(self, payload: str) -> None:
        self._unlearned = self._unlearned or payload in (CORRECTED, "")  # nothing said: bells may have been missed
        self._stale.set()

    async def stop(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._stale.wait()
            try:
                if self._unlearned:
                    self._unlearned = False
                    await self.learn()
                else:
                    await self.refresh()
            except UNAVAILABLE as error:
                log.warning("reference.unavailable", error=type(error).__name__)
                await self._again()
            except Exception:
                # Whatever it was: rules that are never read anew are worse than a line in the log.
                log.exception("reference.failed")
                await self._again()

    async def _again(self) -> None:
        """Come back to it a second later; what was to be learned is then learned."""
        await asyncio.sleep(1)
        self._unlearned = True
        self._stale.set()


async def _load(
    connection: Connection, settings: Settings, previous: Reference | None, evidence: Evidence
) -> Reference:
    units = {unit.code: unit for unit in await _read(connection, Unit, "unit", "code")}
    areas = {area.code: area for area in await _read(connection, Area, "area", "code")}
    categories = {category.code: category for category in await _read(connection, Category, "category", "code")}
    places = await _read(connection, Place, "place", "id")
    rules = await _read(connection, RoutingRule, "routing_rule", "id")
    days = await connection.fetch("SELECT day, working FROM calendar_day")
    return Reference(
        units=units,
        areas=areas,
        places=places,
        categories=categories,
        policies=await _read(connection, SlaPolicy, "sla_policy", "id"),
        calendar=WorkingCalendar(settings.zone, settings.hours, [(row["day"], row["working"]) for row in days]),
        routing=RoutingTable(rules, units),
        gazetteer=await _gazetteer(areas, places, previous),
        classifier=await _classifier(settings, categories, previous),
        identities=await load_identities(connection),
        learned=await learn(connection, settings, areas, evidence),
        auto_dispatch_confidence=settings.auto_dispatch_confidence,
    )


async def _read(connection: Connection, record: type[R], table: str, order: str) -> tuple[R, ...]:
    """All rows of a table as the domain's records, whose fields are named like the columns."""
    columns = ", ".join(field.name for field in fields(record))
    rows = await connection.fetch(f"SELECT {columns} FROM {table} ORDER BY {order}")
    return TypeAdapter(tuple[record, ...]).validate_python([dict(row) for row in rows])  # type: ignore[valid-type]


async def _classifier(
    settings: Settings, categories: Mapping[str, Category], previous: Reference | None
) -> TrainedClassifier:
    """Built anew only when the categories or the trained model changed."""
    model = await asyncio.to_thread(load, settings.data_dir)
    if previous is not None and previous.categories == categories and previous.classifier.model is model:
        return previous.classifier
    return await asyncio.to_thread(TrainedClassifier, model, tuple(categories.values()))


async def _gazetteer(areas: Mapping[str, Area], places: tuple[Place, ...], previous: Reference | None) -> Gazetteer:
    """Built anew only when a name changed: a large city's takes half a second."""
    if previous is not None and (previous.areas, previous.places) == (areas, places):
        return previous.gazetteer
    return await asyncio.to_thread(Gazetteer, areas.values(), places)
