"""Files a chunk of lines in one transaction: looked for together, read together, written together.

A chunk that meets somebody else's filing is looked at again; one that cannot be written as a whole is filed line by
line, so that only the line at fault fails. What was reported as filed is on disk, and a killed run leaves whole chunks.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
import structlog

from app.core.clock import now
from app.core.database import TRANSIENT, UNAVAILABLE
from app.domain.actors import Actor
from app.domain.errors import ConflictError, HotlineError
from app.services.installation import Installation
from app.services.intake.assess import Assessment, assess_many
from app.services.intake.bulk.lines import Line, Numbered, read_line
from app.services.intake.bulk.results import Result, filed, known, refused
from app.services.intake.bulk.rows import build_rows
from app.services.intake.bulk.store import draw_numbers, look_before, write_rows
from app.services.intake.filing import file_request, told_earlier

CHUNK = 250
"""Lines of a file in one transaction: some 0.1 s, for which followers of the feed wait."""
IN_A_ROW = 32
"""Lines that are read at once: enough to spread the cost of an array operation, few enough for the processor's cache."""
ATTEMPTS = 3
"""How often a chunk is tried as a whole."""
OUTAGE_SECONDS = 60.0
"""How long a chunk waits for a database that is out of reach before it is given up."""
log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Importing:
    """Who imports where, in which language faults are told, and how many lines are read before others may run."""

    here: Installation
    actor: Actor
    english: bool = True
    in_a_row: int = IN_A_ROW

    async def file(self, given: Sequence[Numbered]) -> list[Result]:
        """The result of each line, in their order; never raises for what is wrong with a line.

        Raises one of `UNAVAILABLE` when the database stays out of reach.
        """
        results: dict[int, Result] = {}
        lines: list[Line] = []
        for number, values in given:
            read = read_line(number, values, self.here.reference.now, english=self.english)
            if isinstance(read, Line):
                lines.append(read)
            else:
                results[number] = read
        failures = 0
        while lines:
            try:
                lines = await _patiently(lambda: self._file_new(lines, results))  # noqa: B023 - awaited at once
            except UNAVAILABLE:
                raise
            except (HotlineError, asyncpg.PostgresError) as error:
                log.info("import.chunk_again", lines=len(lines), error=type(error).__name__)
                failures = ATTEMPTS if isinstance(error, HotlineError) else failures + 1
                if failures == ATTEMPTS:
                    for line in lines:
                        results[line.number] = await _patiently(lambda: self._file_alone(line))  # noqa: B023
                    break
                await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * failures)  # noqa: S311 - jitter
        return [results[number] for number, _ in given]

    async def _file_new(self, lines: list[Line], results: dict[int, Result]) -> list[Line]:
        """File what is not there yet; returns the lines whose reference another line of the chunk had."""
        first: dict[tuple[str, str], Line] = {}
        repeated = [line for line in lines if first.setdefault(line.key, line) is not line]
        async with self.here.database.connection() as connection:
            earlier = await look_before(connection, first)
        for key, row in earlier.items():
            results[first[key].number] = self._known(first[key], row)
        fresh = [line for key, line in first.items() if key not in earlier]
        if fresh:
            written = await self._write(fresh, await self._assess(fresh))
            results |= {result["line"]: result for result in written}
        return repeated

    def _known(self, line: Line, row: dict[str, object]) -> Result:
        try:
            return known(
                line.number,
                line.form.external_ref,
                told_earlier(self.actor, row, line.checked.text),
                english=self.english,
            )
        except ConflictError as error:
            return refused(line.number, error, english=self.english)

    async def _assess(self, lines: Sequence[Line]) -> list[Assessment]:
        """Read the lines; other work of this process has its turn in between."""
        found: list[Assessment] = []
        for start in range(0, len(lines), self.in_a_row):
            pairs = [(line.form, line.checked) for line in lines[start : start + self.in_a_row]]
            found += assess_many(pairs, self.here.reference.now)
            await asyncio.sleep(0)
        return found

    async def _write(self, lines: Sequence[Line], assessments: Sequence[Assessment]) -> list[Result]:
        database = self.here.database
        async with database.pool.acquire() as connection:
            numbers = await draw_numbers(connection, len(lines))
            rows = build_rows(self.here, self.actor, zip(lines, assessments, numbers, strict=True), now())
            async with connection.transaction():
                await write_rows(connection, rows)
        return rows.results

    async def _file_alone(self, line: Line) -> Result:
        """File one line as anybody's single request is filed."""
        try:
            done = await self.here.database.one_write(
                lambda connection: file_request(connection, self.actor, line.form, installation=self.here, at=now())
            )
        except (HotlineError, *TRANSIENT) as error:
            return refused(line.number, error, english=self.english)
        body = done.body
        if not done.new:
            return known(line.number, line.form.external_ref, body, english=self.english)
        unit = body["dispatch"]["unit"]["code"] if body["dispatch"] else None
        category = body["classification"]["category_code"]
        return filed(line.number, line.form.external_ref, body["ticket_no"], body["state"], category, unit)


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Wait out a restart of the database; the references make filing again harmless."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + OUTAGE_SECONDS
    while True:
        try:
            return await work()
        except UNAVAILABLE:
            if loop.time() > deadline:
                raise
            await asyncio.sleep(0.2)
