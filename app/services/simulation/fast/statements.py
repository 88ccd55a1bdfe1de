"""The SQL that multiplies: temporary copies of the patterns' rows, and one INSERT … SELECT a table from them.

Written from the models, so that a new column is multiplied like its neighbours: times are moved, numbers renamed,
everything else stays.
"""

from collections.abc import Iterator

from sqlalchemy import Column, Date, DateTime

from app.models import metadata

LIFE_COLUMNS = {
    "id": "bigint", "member": "int", "ticket_no": "text", "family": "text[]", "master_no": "text",
    "shift": "interval", "days": "int", "requester": "bytea", "phone_hash": "bytea", "query_code_hash": "bytea",
    "note": "text",
}  # fmt: skip
"""A row for each request to be made: `member` is the pattern's, `family` the new numbers of all who tell of each other."""
MEMBER_COLUMNS = {"member": "int", "request_id": "bigint", "old_no": "text"}
TABLES = ("service_request", "work_order", "application", "supervision", "correction", "request_key", "event")
"""Whose rows are multiplied, in this order."""
NOTE = "编号"
"""What stands before a number of its own in each text; texts have words that few others have."""
_KEY = {"application": "number", "supervision": "number", "request_key": "key"}
_NUMBERS = {
    "service_request": {"lead_order_no"},
    "work_order": {"work_order_no", "parent_no", "open_application"},
    "application": {"number", "work_order_no"},
    "supervision": {"number", "work_order_no"},
    "event": {"work_order_no"},
}
_OWN = {
    "service_request": {
        "id": "l.id",
        "ticket_no": "l.ticket_no",
        "master_no": "l.master_no",
        "requester": "l.requester",
        "phone_hash": "l.phone_hash",
        "query_code_hash": "l.query_code_hash",
        "external_ref": "'fast:' || l.ticket_no",
        "text": f"p.text || '（{NOTE}' || l.note || '）'",
        "search": f"p.search || to_tsvector('simple', '{NOTE} ' || l.note)",
    }
}
_ORDER = {
    "service_request": "l.id",
    "work_order": "p.created_at + l.shift, l.id, p.id",
    "event": "p.at + l.shift, l.id, p.seq",
}


def create_life() -> str:
    """The table that a chunk's lives are written into."""
    return f"CREATE TEMP TABLE life ({_declared(LIFE_COLUMNS)}) ON COMMIT DELETE ROWS"


def create_members() -> str:
    """The table that names the patterns' requests."""
    return f"CREATE TEMP TABLE pattern_member ({_declared(MEMBER_COLUMNS)})"


def copy_patterns() -> Iterator[str]:
    """The patterns' rows, out of the way of everybody's work on them."""
    for table in TABLES:
        told = ", NULL::text AS told, NULL::timestamptz[] AS moments, NULL::date[] AS dates" if table == "event" else ""
        key = "id" if table == "service_request" else "request_id"
        yield f"""
            CREATE TEMP TABLE pattern_{table} AS
            SELECT m.member, m.old_no, t.*{told} FROM {table} t JOIN pattern_member m ON m.request_id = t.{key}"""
        yield f"ANALYZE pattern_{table}"


def columns(table: str) -> list[str]:
    """The columns that a copy is given; the others PostgreSQL computes or counts."""
    return [column.name for column in metadata.tables[table].c if _is_given(table, column)]


def rows(table: str, moments: int, dates: int, members: int) -> str:
    """SELECT of the rows of all lives in the chunk; a payload has at most so many instants, days, tickets."""
    given = [column for column in metadata.tables[table].c if _is_given(table, column)]
    picked = [_expression(table, column) for column in given]
    if table == "event":
        picked[columns(table).index("payload")] = _payload(moments, dates, members)
    return f"""
        SELECT {", ".join(f"{value} AS {column.name}" for value, column in zip(picked, given, strict=True))}
        FROM life l JOIN pattern_{table} p ON p.member = l.member
        ORDER BY {_ORDER.get(table, f"l.id, p.{_KEY.get(table, 'id')}")}"""


def insert(table: str, source: str) -> str:
    """INSERT of these rows."""
    return f"INSERT INTO {table} ({', '.join(columns(table))}) OVERRIDING SYSTEM VALUE {source}"


def _declared(given: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in given.items())


def _is_given(table: str, column: "Column[object]") -> bool:
    counted = column.identity is not None and table != "service_request"
    return column.computed is None and not counted and column.name != "xid"


def _expression(table: str, column: "Column[object]") -> str:
    name = column.name
    if name in _OWN.get(table, {}):
        return _OWN[table][name]
    if name in _NUMBERS.get(table, ()):
        return f"replace(p.{name}, p.old_no, l.ticket_no)"
    if name == "request_id":
        return "l.id"
    if isinstance(column.type, DateTime):
        return f"p.{name} + l.shift"
    return f"p.{name} + l.days" if isinstance(column.type, Date) else f"p.{name}"


def _payload(moments: int, dates: int, members: int) -> str:
    """The payload with what was marked in it put in again; most payloads have no mark."""
    text = "p.told"
    for number in range(1, moments + 1):
        at = f"to_char((p.moments[{number}] + l.shift) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
        text = f"replace({text}, '{mark('moment', number)}', coalesce({at}, ''))"
    for number in range(1, dates + 1):
        text = f"replace({text}, '{mark('date', number)}', coalesce((p.dates[{number}] + l.days)::text, ''))"
    for number in range(1, members + 1):
        text = f"replace({text}, '{mark('ticket', number)}', coalesce(l.family[{number}], ''))"
    return f"CASE WHEN p.told IS NULL THEN p.payload ELSE ({text})::jsonb END"


def mark(kind: str, number: int) -> str:
    """What stands in a payload for something that differs from copy to copy; nobody writes that."""
    return f"@{kind}:{number}@"
