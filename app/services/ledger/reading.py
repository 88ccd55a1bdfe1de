"""Reads requests with everything that belongs to them, a bounded batch at a time, each batch as of one moment."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.core.database import Connection, Database
from app.core.sql import Sql, conjunction
from app.services.ledger.life import Values

BATCH = 200
XIDS = 2**32
"""A row's mark counts in 32 bits, an event's in 64."""
_REQUESTS = """
SELECT r.id, r.ticket_no, r.state, r.version, r.round, r.kind, r.urgency, r.category_code, r.lead_order_no,
    r.orders_opened, r.slips_opened, r.returns_in_round, r.extensions_in_round, r.holds_in_round, r.followers,
    r.master_no, r.desk, r.held_at, r.resolved_at, r.closed_at, r.resolved_answer, r.satisfaction, r.rating_excluded,
    r.callback_attempts, r.callback_due_at, r.reminded_on, r.reminders_today, r.dispatch_soon_at, r.dispatch_due_at,
    r.alarmed_until, r.alarm_at, m.state AS master_state,
    (SELECT count(*) FROM service_request f WHERE f.master_no = r.ticket_no AND f.state = 'merged') AS following
FROM service_request r LEFT JOIN service_request m ON m.ticket_no = r.master_no
"""
_PARTS = {
    "orders": "SELECT * FROM work_order WHERE request_id = ANY($1) ORDER BY request_id, id",
    "applications": "SELECT request_id, number, work_order_no, kind, state FROM application WHERE request_id = ANY($1)",
    "slips": """SELECT request_id, number, kind, state, reply_by, overdue_at FROM supervision
                WHERE request_id = ANY($1)""",
    "events": """SELECT request_id, seq, at, kind, work_order_no, unit_code, actor_kind, from_state, to_state,
                 request_state, payload, xid::text::bigint AS xid FROM event WHERE request_id = ANY($1)
                 ORDER BY request_id, seq""",
}
_POLICIES = "SELECT max(xmin::text::bigint) FROM sla_policy"
_DAYS = "SELECT day, xmin::text::bigint AS xid FROM calendar_day ORDER BY day"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which requests: filed from `since` on, by this actor, with a reference that begins so; None: any."""

    since: datetime | None = None
    filed_by: str | None = None
    reference: str | None = None

    def conditions(self, sql: Sql) -> list[str]:
        """As SQL on `service_request r`."""
        found = [f"r.created_at >= {sql.arg(self.since)}"] if self.since else []
        found += [f"r.filed_by = {sql.arg(self.filed_by)}"] if self.filed_by else []
        return found + ([f"starts_with(r.external_ref, {sql.arg(self.reference)})"] if self.reference else [])


@dataclass
class Case:
    """One request with its orders, applications, slips and events."""

    request: Values
    orders: list[Values] = field(default_factory=list)
    applications: list[Values] = field(default_factory=list)
    slips: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RuleMarks:
    """By which transactions the time limits and each day of the calendar were last written."""

    policies: int
    days: list[date]
    written: list[int]

    def before(self, case: "Case", zone: ZoneInfo) -> bool:
        """Whether the rules that a case needs are older than the case: only then can its clocks be recomputed."""
        rows = (case.request, *case.orders)
        instants = [value for row in rows for value in row.values() if isinstance(value, datetime)]
        if not case.events or not instants:
            return False
        first, last = case.events[0]["at"].astimezone(zone).date(), max(instants).astimezone(zone).date()
        needed = self.written[bisect_left(self.days, first) : bisect_right(self.days, last)]
        return bool(case.events[0]["xid"] % XIDS > max([self.policies, *needed]))


async def extent(connection: Connection, scope: Scope) -> tuple[int, int]:
    """How many requests there are now, and the last one's id: what is filed later is not looked at."""
    sql = Sql()
    where = conjunction(scope.conditions(sql))
    row = await connection.fetchrow(
        f"SELECT count(*) AS n, coalesce(max(r.id), 0) AS last FROM service_request r WHERE {where}", *sql.args
    )
    return (row["n"], row["last"]) if row else (0, 0)


async def rule_marks(connection: Connection) -> RuleMarks:
    """When the rules were last written."""
    days = await connection.fetch(_DAYS)
    newest = int(await connection.fetchval(_POLICIES) or 0)
    return RuleMarks(newest, [row["day"] for row in days], [row["xid"] for row in days])


async def batches(database: Database, scope: Scope, last: int) -> AsyncIterator[list[Case]]:
    """All cases up to the request with id `last`, in order of id."""
    after = 0
    while True:
        async with (
            database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cases = await _batch(connection, scope, after, last)
        if not cases:
            return
        yield cases
        after = cases[-1].request["id"]


async def _batch(connection: Connection, scope: Scope, after: int, last: int) -> list[Case]:
    sql = Sql()
    conditions = [f"r.id > {sql.arg(after)}", f"r.id <= {sql.arg(last)}", *scope.conditions(sql)]
    rows = await connection.fetch(f"{_REQUESTS} WHERE {conjunction(conditions)} ORDER BY r.id LIMIT {BATCH}", *sql.args)
    cases = [Case(dict(row)) for row in rows]
    ids = [case.request["id"] for case in cases]
    for name, query in _PARTS.items():
        of: dict[int, list[Values]] = defaultdict(list)
        for row in await connection.fetch(query, ids):
            of[row["request_id"]].append(dict(row))
        for case in cases:
            setattr(case, name, of[case.request["id"]])
    return cases
