"""Bulk filing: the rows of a single filing, each reference once whoever meets, and a line at fault fails alone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.actors import IMPORTER
from app.schemas.requests import RequestForm
from app.services.authentication import actor_of
from app.services.intake.assess import assess_many
from app.services.intake.bulk.chunk import CHUNK, Importing
from app.services.intake.bulk.lines import Line, Numbered, read_line
from app.services.intake.bulk.rows import build_rows
from app.services.intake.bulk.store import LOOK_BEFORE, draw_numbers, write_rows
from app.services.intake.filing import file_request
from app.services.personal import unseal
from support.api import TEXT, Api

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FORMS: list[dict[str, Any]] = [
    {"text": TEXT},
    {"text": "我爸倒在地上，没呼吸了！", "requester": {"name": "张三", "phone": "13800000001"}},
    {"text": "举报村支书贪污低保款，请保密。", "confidential": True, "requester": {"id_number": "11010519491231002X"}},
    {"text": TEXT, "category_code": "0203", "area_code": None, "kind": "complaint", "urgency": "urgent"},
    {"text": "東河街道的自來水停了兩天，\r\n孩子沒法洗澡。", "title": "停水", "address": "东河街道和平路3号"},
    {"text": TEXT, "location": {"lat": 23.1, "lon": 113.2}, "anonymous": True, "notify": False},
    {"text": "嗯", "channel": "phone", "publish_consent": True},
    {"text": "城管执法时态度粗暴，请查处。", "accused_unit_codes": ["urban-management"]},
]
NEVER_EQUAL = {"id", "request_id", "ticket_no", "work_order_no", "lead_order_no", "xid", "query_code_hash", "requester"}
OWN_REFERENCE = {"external_ref"}


def numbered(*lines: dict[str, Any]) -> list[Numbered]:
    return list(enumerate(lines, 1))


async def rows_of(api: Api, ticket_no: str) -> list[dict[str, Any]]:
    """Everything that was written for a request, without what is different each time."""
    found: list[dict[str, Any]] = []
    async with api.here.database.connection() as connection:
        request = await connection.fetchrow("SELECT * FROM service_request WHERE ticket_no = $1", ticket_no)
        assert request is not None
        found.append({"table": "person", **unseal(api.here.keys, request["requester"])})
        found.append(dict(request))
        for table, order in (("work_order", "id"), ("event", "seq"), ("request_key", "key")):
            rows = await connection.fetch(
                f"SELECT * FROM {table} WHERE request_id = $1 ORDER BY {order}", request["id"]
            )
            found += [{"table": table, **row} for row in rows]
    return [{name: value for name, value in row.items() if name not in NEVER_EQUAL | OWN_REFERENCE} for row in found]


async def test_bulk_filing_writes_the_rows_of_single_filing(api: Api) -> None:
    here, lines = api.here, []
    for number, values in enumerate(FORMS, 1):
        read = read_line(
            number, {**values, "external_ref": f"bulk-{number}"}, here.reference.now, english=True, by_name=False
        )
        assert isinstance(read, Line), read
        lines.append(read)
    found = assess_many([(line.form, line.checked) for line in lines], here.reference.now)
    async with here.database.connection() as connection:
        numbers = await draw_numbers(connection, len(lines))
        rows = build_rows(here, IMPORTER, zip(lines, found, numbers, strict=True), AT)
        async with connection.transaction():
            await write_rows(connection, rows)
    for values, result in zip(FORMS, rows.results, strict=True):
        form = RequestForm.model_validate({"channel": "import", **values, "external_ref": f"one-{result['line']}"})

        async def file(connection: Any, form: RequestForm = form) -> Any:
            return await file_request(connection, IMPORTER, form, installation=here, at=AT)

        single = await here.database.transaction(file)
        assert await rows_of(api, result["ticket_no"]) == await rows_of(api, single.body["ticket_no"])
        assert result["state"] == single.body["state"]


async def test_a_chunk_costs_the_same_statements_whatever_its_size(api: Api) -> None:
    async def statements(prefix: str, count: int) -> int:
        seen: list[str] = []
        async with api.here.database.connection() as connection:
            lines = [
                read_line(
                    n,
                    {"text": TEXT, "external_ref": f"{prefix}{n}"},
                    api.here.reference.now,
                    english=True,
                    by_name=False,
                )
                for n in range(count)
            ]
            given = [line for line in lines if isinstance(line, Line)]
            found = assess_many([(line.form, line.checked) for line in given], api.here.reference.now)
            with connection.query_logger(lambda record: seen.append(record.query)):
                numbers = await draw_numbers(connection, count)
                rows = build_rows(api.here, IMPORTER, zip(given, found, numbers, strict=True), AT)
                async with connection.transaction():
                    await write_rows(connection, rows)
                await asyncio.sleep(0.02)  # loggers are called a turn later
        return len(seen)

    await statements("first", 1)  # the driver learns the types
    assert await statements("few", 2) == await statements("many", 60)


async def test_a_reference_is_filed_once_within_a_chunk_and_told_apart_when_it_says_something_else(api: Api) -> None:
    results = await Importing(api.here, IMPORTER, by_name=True).file(
        numbered(
            {"text": TEXT, "external_ref": "same"},
            {"text": TEXT, "external_ref": "same"},
            {"text": "别的内容：停水三天。", "external_ref": "same"},
            {"text": ""},
            {"text": TEXT, "external_ref": "same", "channel": "phone"},
        )
    )
    assert [r["status"] for r in results] == ["filed", "already", "failed", "failed", "filed"]
    assert results[1]["ticket_no"] == results[0]["ticket_no"] != results[4]["ticket_no"]
    assert results[2]["code"] == "reference-conflict"


async def test_imports_that_meet_file_each_reference_once(api: Api) -> None:
    lines = numbered(*({"text": f"第{n}件：路灯坏了。", "external_ref": f"race-{n}"} for n in range(40)))
    runs = await asyncio.gather(
        *(Importing(api.here, IMPORTER, by_name=True, in_a_row=4).file(lines) for _ in range(3))
    )
    assert [r["line"] for r in runs[0]] == [number for number, _ in lines]
    for results in zip(*runs, strict=True):
        assert sorted(r["status"] for r in results) == ["already", "already", "filed"]
        assert len({r["ticket_no"] for r in results}) == 1
    async with api.here.database.connection() as connection:
        unequal = await connection.fetchval(
            """
            SELECT count(*) FROM service_request r WHERE external_ref LIKE 'race-%'
            AND version <> (SELECT count(*) FROM event e WHERE e.request_id = r.id)
            """
        )
    assert unequal == 0


async def test_a_unit_that_was_closed_at_this_moment_fails_its_own_lines_only(api: Api) -> None:
    here = api.here
    lines = numbered(
        {"text": TEXT, "category_code": "0203", "external_ref": "closed-1"},
        {"text": "嗯", "external_ref": "closed-2"},
    )
    unit = (await Importing(here, IMPORTER, by_name=True).file(numbered({**lines[0][1], "external_ref": "before"})))[0][
        "unit_code"
    ]
    async with here.database.connection() as connection, connection.transaction():
        # Nobody hears of it before the commit, so the reference data in memory are behind.
        await connection.execute("UPDATE unit SET active = false WHERE code = $1", unit)
        waiting = asyncio.create_task(Importing(here, IMPORTER, by_name=True).file(lines))
        await asyncio.sleep(0.5)
        assert not waiting.done(), "the order was opened while its unit was being closed"
    results = await waiting
    async with here.database.connection() as connection:
        await connection.execute("UPDATE unit SET active = true WHERE code = $1", unit)
    assert results[1]["status"] == "filed"
    assert results[0].get("code") == "unit-closed" or results[0]["unit_code"] != unit


async def test_an_import_finds_a_connection_when_all_have_just_been_given_back(api: Api) -> None:
    async with AsyncExitStack() as everybody:
        for _ in range(api.here.settings.database_pool_size):
            await everybody.enter_async_context(api.here.database.connection())
    lines = numbered({"text": TEXT, "external_ref": "all-at-hand"})
    results = await asyncio.wait_for(Importing(api.here, IMPORTER, by_name=True).file(lines), 20)
    assert results[0]["status"] == "filed"


async def test_what_was_filed_before_the_connection_died_counts_as_filed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = Importing._write, 0

    async def written_but_unheard(importing: Importing, *given: Any) -> Any:
        nonlocal calls
        calls += 1
        results = await write(importing, *given)
        if calls == 1:
            raise ConnectionResetError
        return results

    monkeypatch.setattr(Importing, "_write", written_but_unheard)
    one, two = {"text": TEXT, "external_ref": "unheard-1"}, {"text": TEXT, "external_ref": "unheard-2"}
    results = await Importing(api.here, IMPORTER, by_name=True).file(numbered(one, two, one))
    assert [r["status"] for r in results] == ["filed", "filed", "already"]
    assert results[0]["unit_code"]
    again = await Importing(api.here, IMPORTER, by_name=True).file(numbered(one, two))
    assert [r["status"] for r in again] == ["already", "already"]
    assert [r["ticket_no"] for r in again] == [r["ticket_no"] for r in results[:2]]


async def cannot_be_encoded(_: Any, request: dict[str, Any]) -> None:
    request["lat"] = "north"


async def one_argument_too_few(connection: Any, _: dict[str, Any]) -> None:
    await connection.fetch("SELECT $1::text || $2::text", "one")


@pytest.mark.parametrize("spoil", [cannot_be_encoded, one_argument_too_few])
async def test_what_the_driver_cannot_send_fails_its_own_line_at_once(
    api: Api, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Any, dict[str, Any]], Awaitable[None]]
) -> None:
    async def spoilt(connection: Any, rows: Any) -> None:
        for request in rows.requests:
            if request["text"].startswith("spoilt"):
                await spoil(connection, request)
        await write_rows(connection, rows)

    monkeypatch.setattr("app.services.intake.bulk.chunk.write_rows", spoilt)
    texts = (TEXT, f"spoilt {TEXT}", TEXT)
    given = ({"text": text, "external_ref": f"{spoil.__name__}-{n}"} for n, text in enumerate(texts))
    results = await asyncio.wait_for(Importing(api.here, IMPORTER, by_name=True).file(numbered(*given)), 20)
    assert [r["status"] for r in results] == ["filed", "failed", "filed"]
    assert results[1]["code"] == "unstorable"
    assert "north" not in results[1]["message"]


async def test_a_stopped_import_does_not_wait_for_a_database_out_of_reach(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_reach(*_: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(Importing, "_write", out_of_reach)
    stopped = False
    importing = Importing(api.here, IMPORTER, by_name=True, stopped=lambda: stopped)
    waiting = asyncio.create_task(importing.file(numbered({"text": TEXT, "external_ref": "stopped"})))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    stopped = True
    with pytest.raises(ConnectionRefusedError):
        await asyncio.wait_for(waiting, 20)


async def test_who_may_not_see_a_request_is_not_told_of_it(api: Api) -> None:
    reference = api.here.reference.now
    operator = actor_of(reference, next(u for u in reference.identities.users.values() if u.username == "operator"))
    assert operator
    line = {"text": "举报镇纪委书记收受贿赂。", "kind": "report", "category_code": "2501", "external_ref": "secret"}
    first = (await Importing(api.here, IMPORTER, by_name=True).file(numbered(line)))[0]
    again = (await Importing(api.here, IMPORTER, by_name=True).file(numbered(line)))[0]
    other = (await Importing(api.here, operator, by_name=True).file(numbered(line)))[0]
    assert (first["status"], again["status"]) == ("filed", "already")
    assert (other["status"], other["code"]) == ("failed", "external-ref-taken")


async def test_looking_for_a_chunk_reads_the_index_of_references(api: Api) -> None:
    async with api.here.database.connection() as connection:
        await connection.execute("ANALYZE service_request")
        lines = numbered(*({"text": TEXT, "external_ref": f"plan-{n}"} for n in range(CHUNK)))
        await Importing(api.here, IMPORTER, by_name=True).file(lines)
        references = [f"plan-{n}" for n in range(3)]
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {LOOK_BEFORE}", ["import"] * 3, references)
        await connection.execute("RESET enable_seqscan")
    assert "uq_service_request_channel_external_ref" in "\n".join(row[0] for row in plan)
