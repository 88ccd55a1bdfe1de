"""Many requests in one state out of a single one that really got there: its rows are copied under other numbers.

So every step can be measured on thousands of requests that stand where it begins, prepared in a second or two.
The copies' events are as old as the first one's first, so that the feed has passed them already.
"""

from benchmarks.floor.schema import columns_of
from benchmarks.recording import NATURAL, Writer, snapshot
from benchmarks.site import Site

FIRST = 1999
"""How the numbers of copies begin; those of a copy's master begin with the year before."""
COPIED = [table for table in NATURAL if table != "request_key"]
"""Without the words by which like requests are found: thousands of equals would drown the others."""
_QUIETLY = "SET LOCAL session_replication_role = replica"
"""No bell and no foreign keys: copies of true rows are true."""
_FIRST = """
SELECT min(e.xid::text::bigint) FROM event e JOIN service_request r ON r.id = e.request_id WHERE r.ticket_no = ANY($1)
"""


class Stamps:
    """Numbers of copies: service and floor use the first, each in its own tables; pgbench the rest."""

    def __init__(self, batch: int, count: int) -> None:
        self.prefix = f"{FIRST}{batch:04d}"
        self.count = count

    def master(self, ticket_no: str) -> str:
        """The copy's master."""
        return f"{FIRST - 1}{ticket_no[4:]}"

    def tickets(self) -> list[str]:
        """The numbers that service and floor use."""
        return [f"{self.prefix}{n:06d}" for n in range(1, self.count + 1)]


async def stamp(site: Site, tickets: list[str], count: int, spare: int = 0) -> Stamps:
    """Copy a request, and those that belong to it, with all orders, events and records, in both sets of tables."""
    made = Stamps(await _next_batch(site), count)
    rows = await snapshot(site, *tickets)
    writer = await Writer.of(site, beside(tickets, "t.ticket_no"))
    first = await site.admin.fetchval(_FIRST, tickets)
    series = f"generate_series(1, {count + spare}) AS n"
    numbers = f"(SELECT '{made.prefix}' || lpad(n::text, 6, '0') AS ticket_no FROM {series}) AS t"
    async with site.admin.transaction():
        await site.admin.execute(_QUIETLY)
        for table in COPIED:
            for (owner, where, _), row in rows.items():
                if where == table:
                    given = {"xid": f"'{first}'::xid8"} if table == "event" else {}
                    of = f" JOIN public.service_request r ON r.ticket_no = {writer.tickets[owner]}"
                    source = numbers if table == "service_request" else numbers + of
                    await site.admin.execute(writer.insert(table, row, source, **given))
            for place in range(len(tickets)):
                await _copy_to_floor(site, table, f"{FIRST - place}{made.prefix[4:]}")
    return made


async def _next_batch(site: Site) -> int:
    """Behind those of earlier runs on the same data."""
    newest = await site.admin.fetchval(
        "SELECT max(ticket_no) FROM public.service_request WHERE ticket_no >= $1 AND ticket_no < $2",
        f"{FIRST}", f"{FIRST + 1}",
    )  # fmt: skip
    return int(newest[4:8]) + 1 if newest else 1


def beside(tickets: list[str], number: str) -> dict[str, str]:
    """Each ticket's copy as an expression over the number of the first one's: another millennium, the same rest."""
    return {
        ticket: number if not place else f"overlay({number} placing '{FIRST - place}' from 1)"
        for place, ticket in enumerate(tickets)
    }


async def _copy_to_floor(site: Site, table: str, prefix: str) -> None:
    names = list(await columns_of(site.admin, table))
    shown = ", ".join(f"x.{name}" for name in names)
    of = "id" if table == "service_request" else "request_id"
    await site.admin.execute(
        f"""INSERT INTO floor.{table} ({", ".join(names)}) OVERRIDING SYSTEM VALUE
        SELECT {shown} FROM public.service_request r JOIN public.{table} x ON x.{of} = r.id
        WHERE r.ticket_no >= '{prefix}' AND r.ticket_no < '{prefix}a' ORDER BY r.id"""
    )
