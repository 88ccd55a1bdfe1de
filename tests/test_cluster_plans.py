"""Looking for like requests uses its indexes on tables that have grown, and reads a bounded number of rows."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from test_query_plans import nodes

from app.models import metadata
from app.services.intake.candidates import LOOKED_AT, NEWEST_A_WORD
from support.api import Api
from support.crowd import VOICES, look, say
from support.statements import attach

ROWS = 20_000
GROWN = {"service_request", "request_key", "cluster", "cluster_member"}


async def grow(api: Api, ticket: str) -> None:
    """Many copies of one request with words of their own and the commonest word of all."""
    left_out = ("id", "search")
    names = [c.name for c in metadata.tables["service_request"].c if c.computed is None and c.name not in left_out]
    own = {"ticket_no": "'2025' || lpad(n::text, 10, '0')", "phone_hash": "sha256(n::text::bytea)", "state": "'closed'"}
    copies = ", ".join(own.get(name, f"t.{name}") for name in names)
    async with api.here.database.connection() as connection:
        await connection.execute(
            f"INSERT INTO service_request ({', '.join(names)}) SELECT {copies} FROM service_request t, "
            f"generate_series(1, {ROWS}) n WHERE t.ticket_no = $1",
            ticket,
        )
        await connection.execute(
            "INSERT INTO request_key (key, request_id, filed_at) SELECT k, r.id, r.created_at FROM service_request r, "
            "unnest(ARRAY['搅拌站', '词' || r.id % 500, '号' || r.id]) k WHERE r.ticket_no LIKE '2025%'"
        )
        await connection.execute(
            f"INSERT INTO cluster (state, words, told, first_at, last_at, opened_at) "
            f"SELECT 'over', '{{}}', 5, now(), now(), now() FROM generate_series(1, {ROWS})"
        )
        await connection.execute(
            "INSERT INTO cluster_member (request_id, cluster_id, caller_hash, filed_at) SELECT r.id, c.id, r.phone_hash, now() "
            "FROM service_request r JOIN cluster c ON c.id = r.id WHERE r.ticket_no LIKE '2025%'"
        )
        await connection.execute("ANALYZE")


async def explained(api: Api, call: Callable[[], Awaitable[Any]]) -> list[dict[str, Any]]:
    """Plan nodes, as they ran, of what a call or the worker sends about requests and clusters."""
    statements = await attach(api)
    statements.seen.clear()
    await call()
    found: list[dict[str, Any]] = []
    async with api.here.database.connection() as connection:
        for _, query, values in statements.seen:
            about_it = "request_key" in query or "cluster" in query
            if about_it and query.startswith("SELECT") and "nextval" not in query:
                plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
                found += nodes(plan[0]["Plan"])
    assert found
    return found


@pytest.fixture(scope="module", autouse=True)
async def grown(api: Api) -> None:
    await grow(api, await say(api, 1))


async def test_a_preview_reads_a_few_rows_of_each_word(api: Api) -> None:
    body = {"channel": "phone", "text": VOICES[1].format(place="金桂花园")}
    found = await explained(api, lambda: api.as_("operator").post("/v1/requests:preview", json=body))
    assert not {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"} & GROWN
    [words] = [node for node in found if node.get("Index Name") == "pk_request_key"]
    assert words["Actual Rows"] <= NEWEST_A_WORD
    requests = [node for node in found if node.get("Index Name") == "pk_service_request"]
    assert requests
    assert all(node["Actual Loops"] <= LOOKED_AT for node in requests)


async def test_the_worker_and_the_list_use_their_indexes(api: Api) -> None:
    for caller in range(2, 8):
        await say(api, caller)
    found = await explained(api, lambda: look(api))
    found += await explained(api, lambda: api.as_("supervisor").get("/v1/statistics/clusters?state=open"))
    found += await explained(api, lambda: api.as_("supervisor").get("/v1/statistics/clusters"))
    scanned = {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"}
    assert not scanned & GROWN, scanned
    used = {node["Index Name"] for node in found if "Index Name" in node}
    assert {"pk_request_key", "ix_cluster_member_cluster_id", "pk_cluster"} <= used, used
