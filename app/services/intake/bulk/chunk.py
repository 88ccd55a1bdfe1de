"""Files a chunk of lines in one transaction: looked for together, read together, written together.

A chunk that meets somebody else's filing is looked at again; one that cannot be written as a whole is filed line by
line, so that only the line at fault fails. What was reported as filed is on disk, and a killed run leaves whole chunks.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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
from app.services.intake.bulk.results import Result, known, refused
from app.services.intake.bulk.rows import build_rows
from app.services.intake.bulk.store import draw_numbers, look_before, write_rows
from app.services.intake.filing import told_earlier

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


OF_A_LINE = (*TRANSIENT, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.InterfaceError)
"""What the database refuses a line for that it was asked to write by itself."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of a chunk's lines so far."""

    results: dict[int, Result] = field(default_factory=dict)
    """Of each line that is done."""
    tried: dict[str, Result] = field(default_factory=dict)
    """What is to be told of each ticket number that was sent off: a commit may be lost sight of, and yet be one."""


@dataclass(frozen=True, slots=True)
class Importing:
    """Who imports where, in which language faults are told, and how many lines are read before others may run.

    `by_name`: lines may say names for codes, as people write files. Once it is `stopped`, nobody waits for a database that
    is out of reach any more.
    """

    here: Installation
    actor: Actor
    by_name: bool = field(kw_only=True)
    english: bool = True
    in_a_row: int = IN_A_ROW
    stopped: Callable[[], bool] = lambda: False

    async def file(self, given: Sequence[Numbered]) -> list[Result]:
        """The result of each line, in their order; never raises for what is wrong with a line.

        Raises one of `UNAVAILABLE` when the database stays out of reach.
        """
        told = _Told()
        lines: list[Line] = []
        for read in self.read(given):
            if isinstance(read, Line):
                lines.append(read)
            else:
                told.results[read["line"]] = read
        await self._file_together(lines, told)
        return [told.results[number] for number, _ in given]

    def read(self, given: Sequence[Numbered]) -> list[Line | Result]:
        """Each line as it can be filed, or the result that says why it cannot."""
        reference, told = self.here.reference.now, {"english": self.english, "by_name": self.by_name}
        return [read_line(number, values, reference, **told) for number, values in given]

    async def _file_together(self, lines: list[Line], told: _Told) -> None:
        """File these lines as a whole; when that cannot be done, each by itself."""
        failures = 0
        while lines:
            try:
                lines = await self._patiently(lambda: self._file_new(lines, told))  # noqa: B023 - awaited at once
            except (HotlineError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if _out_of_reach(error):
                    raise
                failures = failures + 1 if isinstance(error, asyncpg.PostgresError) else ATTEMPTS
                log.info("import.chunk_again", lines=len(lines), error=type(error).__name__)
                if failures < ATTEMPTS:
                    await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * failures)  # noqa: S311 - jitter
                elif len(lines) > 1:
                    for line in lines:
                        await self._file_together([line], told)
                    return
                elif isinstance(error, (HotlineError, *OF_A_LINE)):
                    told.results[lines[0].number] = refused(lines[0].number, error, english=self.english)
                    return
                else:
                    raise

    async def _file_new(self, lines: list[Line], told: _Told) -> list[Line]:
        """File what is not there yet; returns the lines whose reference another line of the chunk had."""
        first: dict[tuple[str, str], Line] = {}
        repeated = [line for line in lines if first.setdefault(line.key, line) is not line]
        async with self.here.database.connection() as connection:
            earlier = await look_before(connection, first)
        for key, row in earlier.items():
            line = first[key]
            mine = told.tried.get(row["earlier_ticket_no"])
            told.results[line.number] = mine if mine and mine["line"] == line.number else self.tell_known(line, row)
        fresh = [line for key, line in first.items() if key not in earlier]
        if fresh:
            written = await self._write(fresh, await self._assess(fresh), told)
            told.results.update((result["line"], result) for result in written)
        return repeated

    def tell_known(self, line: Line, row: dict[str, object]) -> Result:
        """The result of a line whose reference has been filed, as `row`."""
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

    async def _write(self, lines: Sequence[Line], assessments: Sequence[Assessment], told: _Told) -> list[Result]:
        async with self.here.database.connection() as connection:
            numbers = await draw_numbers(connection, len(lines))
            rows = build_rows(self.here, self.actor, zip(lines, assessments, numbers, strict=True), now())
            told.tried.update((result["ticket_no"], result) for result in rows.results)
            async with connection.transaction():
                await write_rows(connection, rows)
        return rows.results

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait out a restart of the database; the references make filing again harmless."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + OUTAGE_SECONDS
        while True:
            try:
                return await work()
            except UNAVAILABLE as error:
                if not _out_of_reach(error) or loop.time() > deadline or self.stopped():
                    raise
                await asyncio.sleep(0.2)


def _out_of_reach(error: BaseException) -> bool:
    """Whether waiting may help; for the driver, lost connections and arguments that it cannot send are of one kind."""
    of_arguments = isinstance(error, asyncpg.InterfaceError) and (
        isinstance(error, ValueError) or "argument" in str(error)
    )
    return isinstance(error, UNAVAILABLE) and not of_arguments
