"""What the floor reads, by call: one statement each, the answer made into JSON by PostgreSQL."""

from app.domain.events import PUBLIC_KINDS
from app.models import metadata

_HEAVY = {"text", "original_text", "requester", "classification", "routing", "search", "rating_comment"}
_SECRET = {"query_code_hash", "phone_hash", "id_number_hash", "id"}


def _columns(table: str, alias: str) -> str:
    names = [column.name for column in metadata.tables[table].c if column.name not in _HEAVY | _SECRET]
    return ", ".join(f"{alias}.{name} AS {alias}_{name}" for name in names)


REQUEST, ORDER = _columns("service_request", "r"), _columns("work_order", "o")
_KINDS = ", ".join(f"'{kind}'" for kind in PUBLIC_KINDS)
LOOKUP = f"""
SELECT json_build_object('ticket_no', r.ticket_no, 'state', r.state, 'version', r.version, 'round', r.round,
    'kind', r.kind, 'title', r.title, 'category', r.category_code, 'area', r.area_code, 'result', r.result,
    'outcome', r.outcome, 'satisfaction', r.satisfaction, 'resolved', r.resolved_answer, 'created_at', r.created_at,
    'review_on', r.hold_review_on, 'unit', o.unit_code, 'expected_at', o.resolve_due_at, 'order', o.state,
    'timeline', (SELECT json_agg(json_build_object('at', e.at, 'kind', e.kind, 'unit', e.unit_code,
        'text', e.payload ->> 'public') ORDER BY e.seq) FROM event e
        WHERE e.request_id = r.id AND e.kind IN ({_KINDS})))::text
FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
WHERE r.ticket_no = $1 AND r.query_code_hash = $2
"""
VERSION = "SELECT version FROM service_request WHERE ticket_no = $1 AND query_code_hash = $2"
NOTE_FAILURE = """
INSERT INTO throttle AS t (bucket, window_start, failures)
SELECT bucket, date_trunc('hour', now()), 1 FROM unnest($1::text[]) AS bucket ORDER BY bucket
ON CONFLICT (bucket) DO UPDATE SET failures = least(t.failures + 1, 30000), window_start = excluded.window_start
"""
DESK = f"""
SELECT json_agg(x)::text FROM (SELECT {REQUEST}, {ORDER}
    FROM work_order o JOIN service_request r ON r.id = o.request_id
    WHERE o.unit_code = $1 AND o.state = 'accepted' ORDER BY o.due_at, o.id LIMIT 50) x
"""
REQUESTS = f"""
SELECT json_agg(x)::text FROM (SELECT {REQUEST}, {ORDER}
    FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
    WHERE NOT r.restricted AND $1 <> '' ORDER BY r.id DESC LIMIT 50) x
"""
SEARCH = f"""
SELECT json_agg(x)::text FROM (SELECT {REQUEST}, {ORDER}
    FROM service_request r LEFT JOIN work_order o ON o.work_order_no = r.lead_order_no
    WHERE NOT r.restricted AND r.search @@ plainto_tsquery('simple', $1) ORDER BY r.id DESC LIMIT 50) x
"""
TIMELINE = """
SELECT json_agg(json_build_object('seq', e.seq, 'at', e.at, 'kind', e.kind, 'order', e.work_order_no,
    'unit', e.unit_code, 'by', e.actor_kind, 'actor', e.actor, 'from', e.from_state, 'to', e.to_state,
    'state', e.request_state, 'payload', e.payload) ORDER BY e.seq)::text
FROM service_request r JOIN event e ON e.request_id = r.id WHERE r.ticket_no = $1
"""
FEED = f"""
SELECT json_agg(x)::text FROM (SELECT e.xid::text, e.id, e.at, e.kind, e.seq, e.payload, e.from_state, e.to_state, {REQUEST}, {ORDER}
    FROM (SELECT * FROM event WHERE unit_code = $1 AND (xid, id) > ($2::text::xid8, $3)
        AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT 50) e
    JOIN service_request r ON r.id = e.request_id LEFT JOIN work_order o ON o.work_order_no = e.work_order_no) x
"""
LOGIN = "SELECT password_hash FROM user_account WHERE username = $1 AND active"
SCRIPTS: dict[str, list[str]] = {
    "lookup": [LOOKUP],
    "version": [VERSION],
    "wrong": [LOOKUP, NOTE_FAILURE],
    "desk": [DESK],
    "requests": [REQUESTS],
    "search": [SEARCH],
    "timeline": [TIMELINE],
    "feed": [FEED],
    "login": [LOGIN],
}
