"""Many requests in one state out of a single one that really got there: its rows are copied under other numbers.

So every step can be measured on thousands of requests that stand where it begins, prepared in a second or two.
The copies' events are as old as the first one's first, so that the feed has passed them already.
"""

import itertools

from benchmarks.floor.schema import columns_of
from benchmarks.recording import NATURAL, Writer, snapshot
from benchmarks.site import Site

_batches = itertools.count(1)
COPIED = [table for table in NATURAL if table != "request_key"]
"""Without the words by which like requests are found: thousands of equals would drown the others."""
_QUIETLY = "SET LOCAL session_replication_role = replica"
"""No bell and no foreign keys: copies of true rows are true."""
_FIRST = """
SELECT min(e.xid::text::bigint) FROM event e JOIN service_request r ON r.id = e.request_id WHERE r.ticket_no = $1
"""


class Stamps:
    """Numbers of copies: service and floor use the first, each in its own tables; pgbench the rest."""

    def __init__(self, batch: int, count: int) -> None:
        self.prefix = f"1999{batch:03d}"
        self.count = count

    def tickets(self) -> list[str]:
        """The numbers that service and floor use."""
        return [f"{self.prefix}{n:07d}" for n in range(1, self.count + 1)]


async def stamp(site: Site, ticket_no: str, count: int, spare: int = 0) -> Stamps:
    """Copy a request with all its orders, events and records, in the product's tables and in the floor's."""
    made = Stamps(next(_batches), count)
    rows = await snapshot(site, ticket_no)
    writer = await Writer.of(site, ticket_no, "t.ticket_no")
    first = await site.admin.fetchval(_FIRST, ticket_no)
    series = f"generate_series(1, {count + spare}) AS n"
    numbers = f"(SELECT '{made.prefix}' || lpad(n::text, 7, '0') AS ticket_no FROM {series}) AS t"
    requests = " JOIN public.service_request r USING (ticket_no)"
    async with site.admin.transaction():
        await site.admin.execute(_QUIETLY)
        for table in COPIED:
            for (where, _), row in rows.items():
                if where == table:
                    given = {"xid": f"'{first}'::xid8"} if table == "event" else {}
                    source = numbers if table == "service_request" else numbers + requests
                    await site.admin.execute(writer.insert(table, row, source, **given))
            await _copy_to_floor(site, table, made.prefix)
    return made


async def _copy_to_floor(site: Site, table: str, prefix: str) -> None:
    names = list(await columns_of(site.admin, table))
    shown = ", ".join(f"x.{name}" for name in names)
    of = "id" if table == "service_request" else "request_id"
    await site.admin.execute(
        f"""INSERT INTO floor.{table} ({", ".join(names)}) OVERRIDING SYSTEM VALUE
        SELECT {shown} FROM public.service_request r JOIN public.{table} x ON x.{of} = r.id
        WHERE r.ticket_no >= '{prefix}' AND r.ticket_no < '{prefix}a' ORDER BY r.id"""
    )
