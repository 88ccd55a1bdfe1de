"""Finds out what a call of the service reads and writes, from the database and not from the service's code.

Reads come from PostgreSQL's log, writes from the rows before and after. So the floor does what the service does
today, whatever way the service takes there, and nobody has to keep two descriptions alike.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.floor.reads import ORDER, REQUEST
from benchmarks.floor.schema import columns_of
from benchmarks.site import Site

Text = str | None
Rows = dict[tuple[str, str, str], dict[str, Text]]
"""Ticket, table and natural key → column → value as PostgreSQL writes it."""
NATURAL = {
    "service_request": "ticket_no",
    "work_order": "work_order_no",
    "event": "seq",
    "application": "number",
    "supervision": "number",
    "request_key": "key",
}
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.MULTILINE)
_EXECUTED = re.compile(r"LOG:  duration: [\d.]+ ms  (?:execute [^:]*|statement): (.*)", re.DOTALL)
_VALUES = re.compile(r"DETAIL:  [Pp]arameters: (.*)", re.DOTALL)
_VALUE = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")


def quoted(value: Text) -> str:
    """A literal."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


async def snapshot(site: Site, *tickets: str) -> Rows:
    """All rows of some requests as text."""
    found: Rows = {}
    for ticket_no in tickets:
        request_id = await site.admin.fetchval("SELECT id FROM service_request WHERE ticket_no = $1", ticket_no)
        for table, key in NATURAL.items():
            names = await columns_of(site.admin, table)
            shown = ", ".join(f"{name}::text AS {name}" for name in names if name not in ("id", "request_id", "xid"))
            of = "id" if table == "service_request" else "request_id"
            for row in await site.admin.fetch(f"SELECT {shown} FROM {table} WHERE {of} = $1", request_id):
                found[ticket_no, table, row[key]] = dict(row)
    return found


@asynccontextmanager
async def reads_of(site: Site, found: list[str]) -> AsyncIterator[None]:
    """Fill `found` with the reading statements that reach PostgreSQL inside the block, their values written in."""
    await _log_all(site, on=True)
    start = site.log.stat().st_size
    yield
    await asyncio.sleep(0.3)
    text = site.log.read_bytes()[start:].decode(errors="replace")
    await _log_all(site, on=False)
    found += [query for query in _statements(text) if _is_read(query)]


def _is_read(query: str) -> bool:
    head = query.lstrip().upper()
    writes = re.search(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", query)
    return head.startswith(("SELECT", "WITH")) and not writes and "pg_current_snapshot" not in query


def _statements(log: str) -> list[str]:
    starts = [match.start() for match in _ENTRY.finditer(log)]
    found: list[str] = []
    for begin, end in zip(starts, [*starts[1:], len(log)], strict=True):
        entry = log[begin:end].replace("\n\t", "\n")
        if executed := _EXECUTED.search(entry):
            found.append(executed[1].strip())
        elif (values := _VALUES.search(entry)) and found:
            given = dict(_VALUE.findall(values[1]))
            found[-1] = re.sub(r"\$(\d+)", lambda place, known=given: known[place[1]], found[-1])
    return found


async def _log_all(site: Site, *, on: bool) -> None:
    await site.admin.execute(f"ALTER SYSTEM SET log_min_duration_statement = {0 if on else -1}")
    await site.admin.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(0.3)


@dataclass(frozen=True)
class Change:
    """What a step did to the rows of one request, as SQL over the ticket number `$1`."""

    lock: str
    write: str


class Writer:
    """Turns rows of recorded requests into SQL that does the same to others."""

    def __init__(self, types: dict[str, dict[str, str]], tickets: dict[str, str]) -> None:
        self._types, self.tickets = types, tickets

    @classmethod
    async def of(cls, site: Site, tickets: dict[str, str]) -> "Writer":
        """For recorded tickets, each with the expression that names the one in its place."""
        return cls({table: await columns_of(site.admin, table) for table in NATURAL}, tickets)

    def literal(self, table: str, column: str, value: Text, moment: Text = None) -> str:
        """The value for the other ticket; what is equal to the step's moment becomes now."""
        kind = self._types[table][column]
        if value is None:
            return f"NULL::{kind}"
        if moment is not None and value == moment and kind.startswith("timestamp"):
            return "now()"
        text = quoted(value)
        for ticket_no, other in self.tickets.items():
            if ticket_no in value:
                text = f"replace({text}, {quoted(ticket_no)}, {other})"
        return f"{text}::{kind}"

    def insert(self, table: str, row: dict[str, Text], source: str, *, moment: Text = None, **given: str) -> str:
        """`INSERT INTO table … FROM source`, which yields `id`; `given` are expressions for some columns."""
        values = {name: self.literal(table, name, value, moment) for name, value in row.items()} | given
        if table != "service_request":
            values["request_id"] = "r.id"
        return f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source}"


async def change(site: Site, before: Rows, after: Rows, tickets: dict[str, str], number: str) -> Change:
    """The lock and the write of a step on `number` (of the first ticket, or of an order or record of it).

    `tickets`: those whose rows were looked at, each with its expression over `$1`.
    """
    writer = await Writer.of(site, tickets)
    first = next(iter(tickets))
    moment = after[first, "service_request", first]["updated_at"]
    parts, closed = [], ""
    for (owner, table, key), row in after.items():
        was = before.get((owner, table, key))
        changed = {name: value for name, value in row.items() if was is not None and was[name] != value}
        if was and changed:
            name = f"u{len(parts)}"
            sets = [_set(writer, table, column, value, was[column], moment) for column, value in changed.items()]
            where = f"{NATURAL[table]} = {writer.literal(table, NATURAL[table], key)}"
            parts.append(f"{name} AS (UPDATE {table} SET {', '.join(sets)} WHERE {where} RETURNING *)")
            if table == "work_order":
                closed += f" CROSS JOIN (SELECT count(*) FROM {name}) AS closed_{name}"
    for (owner, table, key), row in after.items():
        if (owner, table, key) not in before:
            source = f"(SELECT id FROM service_request WHERE ticket_no = {tickets[owner]}) AS r{closed}"
            parts.append(f"n{len(parts)} AS ({writer.insert(table, row, source, moment=moment)})")
    return Change(_lock(first, number), f"WITH {', '.join(parts)} SELECT 1")


def _set(writer: Writer, table: str, column: str, value: Text, old: Text, moment: Text) -> str:
    if column == "version" and value and old:
        return f"version = version + {int(value) - int(old)}"
    return f"{column} = {writer.literal(table, column, value, moment)}"


def _lock(ticket_no: str, number: str) -> str:
    suffix = number.removeprefix(ticket_no)
    if not suffix.startswith("-") or suffix.startswith("-S"):
        return f"""SELECT {REQUEST}, {ORDER} FROM service_request r
            LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no WHERE r.ticket_no = $1 FOR UPDATE OF r"""
    order = "-".join(suffix.split("-")[:2])
    return f"""SELECT {REQUEST}, {ORDER} FROM service_request r JOIN work_order o ON o.request_id = r.id
        WHERE o.work_order_no = $1::text || '{order}' FOR UPDATE OF r, o"""


async def filing(site: Site, ticket_no: str, phone_hash: str | None) -> str:
    """One statement that writes a request like this one under the next number; `phone_hash` as an expression."""
    rows = await snapshot(site, ticket_no)
    writer = await Writer.of(site, {ticket_no: "t.ticket_no"})
    request = rows.pop((ticket_no, "service_request", ticket_no))
    moment = request["created_at"]
    given = {"ticket_no": "t.ticket_no", "query_code_hash": "sha256(t.ticket_no::bytea)"}
    if phone_hash:
        given["phone_hash"] = phone_hash
    parts = [
        "t AS MATERIALIZED (SELECT '1997' || lpad(nextval('floor.tickets')::text, 10, '0') AS ticket_no)",
        f"r AS ({writer.insert('service_request', request, 't', moment=moment, **given)} RETURNING id)",
    ]
    words = [key for _, table, key in rows if table == "request_key"]
    for (_, table, _), row in rows.items():
        if table != "request_key":
            parts.append(f"n{len(parts)} AS ({writer.insert(table, row, 'r CROSS JOIN t', moment=moment)})")
    if words:
        listed = ", ".join(map(quoted, words))
        source = f"SELECT k, r.id, now() FROM r, unnest(ARRAY[{listed}]::text[]) AS k"
        parts.append(f"w AS (INSERT INTO request_key (key, request_id, filed_at) {source})")
    shown = "json_build_object('ticket_no', t.ticket_no, 'code', encode(sha256(t.ticket_no::bytea), 'hex'))"
    return f"WITH {', '.join(parts)} SELECT {shown}::text FROM t"
