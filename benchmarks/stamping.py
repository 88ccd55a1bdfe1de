"""Many requests in one state out of a single one that really got there: its rows are copied under other numbers.

So every step can be measured on thousands of requests that stand where it begins, prepared in a second or two.
"""

import itertools

from benchmarks.floor.schema import copy_rows
from benchmarks.recording import NATURAL, Writer, snapshot
from benchmarks.site import Site

_batches = itertools.count(1)
COPIED = [table for table in NATURAL if table != "request_key"]
"""Without the words by which like requests are found: thousands of equals would drown the others."""


class Stamps:
    """Numbers of copies: service and floor use the first, each in its own tables; pgbench the rest."""

    def __init__(self, batch: int, count: int, spare: int) -> None:
        self.prefix = f"1999{batch:03d}"
        self.count, self.spare = count, spare

    def number(self, n: int) -> str:
        """The ticket number of copy `n`, from 1 on."""
        return f"{self.prefix}{n:07d}"

    def tickets(self) -> list[str]:
        """Those that service and floor use."""
        return [self.number(n) for n in range(1, self.count + 1)]


async def stamp(site: Site, ticket_no: str, count: int, spare: int = 0) -> Stamps:
    """Copy a request with all its orders, events and records, in the product's tables and in the floor's."""
    made = Stamps(next(_batches), count, spare)
    number = f"'{made.prefix}' || lpad(n::text, 7, '0')"
    rows = await snapshot(site, ticket_no)
    writer = await Writer.of(site, ticket_no, "t.ticket_no")
    numbers = f"(SELECT {number} AS ticket_no FROM generate_series(1, {count + spare}) AS n) AS t"
    async with site.admin.transaction():
        for table in COPIED:
            for (where, _), row in rows.items():
                if where == table:
                    source = "" if table == "service_request" else " JOIN service_request r USING (ticket_no)"
                    await site.admin.execute(writer.insert(table, row, numbers + source))
        for table in COPIED:
            of = "id" if table == "service_request" else "request_id"
            chosen = f"SELECT id FROM public.service_request WHERE ticket_no LIKE '{made.prefix}%'"
            await copy_rows(site.admin, table, f"{of} IN ({chosen})")
    await site.settle()
    return made
