"""How many requests and orders stand in each state, at a cost that does not grow with the past.

What is under way is counted along the index of states. What has ended is counted too while the tables are small, and
estimated by the database's own statistics when they are large: a gauge of millions need not be exact.
"""

from app.core.database import Connection
from app.domain.states import FINAL_REQUEST_STATES, OPEN_ORDER_STATES, OrderState, RequestState

LARGE = 100_000
"""From so many rows on what has ended is estimated."""
_TABLES: dict[str, tuple[str, list[str]]] = {
    "request": ("service_request", [s for s in RequestState if s not in (*FINAL_REQUEST_STATES, RequestState.MERGED)]),
    "order": ("work_order", list(OPEN_ORDER_STATES)),
}


def _counts(what: str, large: int) -> str:
    table, states = _TABLES[what]
    under_way = ", ".join(f"'{state}'" for state in states)
    rows = f"(SELECT reltuples FROM pg_class WHERE oid = '{table}'::regclass)"
    return f"""
    SELECT '{what}' AS what, state, count(*)::float AS n FROM {table} WHERE state IN ({under_way}) GROUP BY state
    UNION ALL SELECT '{what}', state, count(*) FROM {table}
        WHERE state NOT IN ({under_way}) AND {rows} < {large} GROUP BY state
    UNION ALL SELECT '{what}', v.state, round(v.share * {rows})
        FROM pg_stats s, unnest(s.most_common_vals::text::text[], s.most_common_freqs) v(state, share)
        WHERE s.schemaname = current_schema() AND s.tablename = '{table}' AND s.attname = 'state'
        AND v.state NOT IN ({under_way}) AND {rows} >= {large}"""


def statement(large: int = LARGE) -> str:
    """Rows of what (`request`, `order`), state and number; a state without any is missing."""
    return " UNION ALL ".join(_counts(what, large) for what in _TABLES)


_STATEMENT = statement()


async def count(connection: Connection) -> dict[str, dict[str, float]]:
    """Numbers of requests and of orders by state; states without any have 0. One statement."""
    found = {"request": dict.fromkeys(map(str, RequestState), 0.0), "order": dict.fromkeys(map(str, OrderState), 0.0)}
    for row in await connection.fetch(_STATEMENT):
        found[row["what"]][row["state"]] = row["n"]
    return found
