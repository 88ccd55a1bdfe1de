"""The connection that fills: the patterns lie on it in temporary tables, and each chunk is one transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.core.database import Connection, prepare_connection
from app.services.installation import Installation
from app.services.simulation.fast.lives import Draw
from app.services.simulation.fast.patterns import Family
from app.services.simulation.fast.placing import Placement
from app.services.simulation.fast.statements import (
    LIFE_COLUMNS,
    MEMBER_COLUMNS,
    TABLES,
    copy_patterns,
    create_life,
    create_members,
    insert,
    rows,
)
from app.services.simulation.fast.telling import Told

_SETTINGS = {
    "application_name": "hotline simulate",
    "timezone": "UTC",
    "jit": "off",
    "work_mem": "64MB",
    "temp_buffers": "64MB",
}
_ALLOT = "SELECT nextval(pg_get_serial_sequence('service_request', 'id')) FROM generate_series(1, $1)"
_NUMBERS = "SELECT nextval('ticket_no_seq') FROM generate_series(1, $1)"
_TAKEN = "SELECT ticket_no FROM service_request WHERE ticket_no = ANY($1)"
_TELL = "UPDATE pattern_event SET told = $2, moments = $3, dates = $4 WHERE id = $1"


class Workshop:
    """Patterns laid out on a connection; `multiply` makes a chunk of them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.selects: dict[str, str] = {}

    async def lay_out(self, families: Sequence[Family]) -> None:
        """Copy the patterns' rows into temporary tables, with marks in what will differ."""
        await self.connection.execute(create_life())
        await self.connection.execute(create_members())
        members = [
            (family.first + index, member.case.request["id"], member.ticket_no)
            for family in families
            for index, member in enumerate(family.members)
        ]
        await self.connection.copy_records_to_table("pattern_member", records=members, columns=list(MEMBER_COLUMNS))
        for statement in copy_patterns():
            await self.connection.execute(statement)
        most = await self._mark(families)
        self.selects = {table: rows(table, *most) for table in TABLES}

    async def _mark(self, families: Sequence[Family]) -> tuple[int, int, int]:
        """Mark the payloads; returns the most instants, days and tickets that one can have."""
        numbers = {
            member.ticket_no: [one.ticket_no for one in family.members]
            for family in families
            for member in family.members
        }
        changes: list[tuple[Any, ...]] = []
        moments = dates = 0
        for row in await self.connection.fetch("SELECT id, old_no, payload FROM pattern_event"):
            told = Told(numbers[row["old_no"]])
            text = told.marked(row["payload"])
            if text is not None:
                changes.append((row["id"], text, told.moments, told.dates))
                moments, dates = max(moments, len(told.moments)), max(dates, len(told.dates))
        await self.connection.execute("CREATE INDEX ON pattern_event (id)")
        await self.connection.executemany(_TELL, changes)
        return moments, dates, max(len(family.members) for family in families)

    async def write_lives(self, draw: Draw, placements: Sequence[Placement]) -> int:
        """Fill the table `life` for a chunk, inside its transaction; returns how many requests it will have."""
        days = [
            draw.day(placement, index) for placement in placements for index in range(len(placement.family.members))
        ]
        ids = [row[0] for row in await self.connection.fetch(_ALLOT, len(days))]
        tickets = await self._tickets(days)
        await self.connection.copy_records_to_table(
            "life", records=draw.rows(placements, ids, tickets), columns=list(LIFE_COLUMNS)
        )
        return len(days)

    async def _tickets(self, days: Sequence[str]) -> list[str]:
        """A free ticket number for each; the counter goes round, and an earlier run may have been on the same day."""
        tickets = [f"{day}{row[0]:06d}" for day, row in zip(days, await self._numbers(len(days)), strict=True)]
        while taken := {row[0] for row in await self.connection.fetch(_TAKEN, tickets)}:
            again = [index for index, ticket in enumerate(tickets) if ticket in taken]
            for index, row in zip(again, await self._numbers(len(again)), strict=True):
                tickets[index] = f"{days[index]}{row[0]:06d}"
        return tickets

    async def _numbers(self, count: int) -> list[Any]:
        return await self.connection.fetch(_NUMBERS, count)

    async def multiply(self, draw: Draw, placements: Sequence[Placement]) -> tuple[Counter[str], str]:
        """Make one chunk in one transaction; returns rows by table, and the transaction's id."""
        made: Counter[str] = Counter()
        async with self.connection.transaction():
            await self.write_lives(draw, placements)
            for table, select in self.selects.items():
                made[table] += int((await self.connection.execute(insert(table, select))).rpartition(" ")[2])
            xid: str = await self.connection.fetchval("SELECT pg_current_xact_id()::text")
        return made, xid


@asynccontextmanager
async def workshop(here: Installation, families: Sequence[Family]) -> AsyncIterator[Workshop]:
    """A workshop on a connection of its own, whose temporary tables end with it; no statement is cut off."""
    connection = await asyncpg.connect(here.database.dsn, server_settings=_SETTINGS)
    try:
        await prepare_connection(connection)
        made = Workshop(connection)
        await made.lay_out(families)
        yield made
    finally:
        await connection.close()
