"""The figures add up, each rate shows its base, and nobody counts what they may not see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api import Api
from support.description import Witness
from support.lives import ABOVE, FORMS, STRANGER, UNIT, Life, live
from support.problems import problem
from support.statements import attach

FROM = "2026-01-01T00:00:00+08:00"


def of(numerator: float, denominator: int) -> dict[str, Any]:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "rate": round(numerator / denominator, 4) if denominator else None,
    }


async def ask(api: Api, who: str, question: str, **parameters: Any) -> dict[str, Any]:
    answer = await api.as_(who).get(f"/v1/statistics/{question}", params={"from": FROM, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def figures(api: Api, who: str = "supervisor", **parameters: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(api, who, "summary", **parameters))["figures"]
    return found


async def run(api: Api, statement: str, *values: Any) -> None:
    async with api.here.database.connection() as connection:
        await connection.execute(statement, *values)


async def rate(api: Api, life: Life, resolved: str, satisfaction: int) -> None:
    form = {"outcome": "reached", "resolved": resolved, "satisfaction": satisfaction}
    await api.step("callback", life.path("request", "callbacks"), **form)


async def put(api: Api, table: str, life: Life, **columns: Any) -> None:
    """A row of a side record, as its step would write it."""
    names = ", ".join(columns)
    places = ", ".join(f"${n}" for n in range(2, len(columns) + 2))
    await run(
        api,
        f"INSERT INTO {table} (request_id, {names}) SELECT id, {places} FROM service_request WHERE ticket_no = $1",
        life.ticket_no,
        *columns.values(),
    )


@pytest.fixture(scope="module")
async def city(api: Api) -> dict[str, Life]:
    """One of each: answered at once, well rated, partly resolved, excluded, redone, late, returned, secret."""
    phone = {"requester": {"phone": "13800000000"}}
    lives = {name: await live(api, "resolved", **phone) for name in ("good", "partly", "excluded")}
    await rate(api, lives["good"], "yes", 5)
    await rate(api, lives["partly"], "partly", 3)
    await rate(api, lives["excluded"], "yes", 4)
    await run(
        api,
        "UPDATE service_request SET rating_excluded = 'unreasonable' WHERE ticket_no = $1",
        lives["excluded"].ticket_no,
    )
    lives["redone"] = await live(api, "resolved")
    await rate(api, lives["redone"], "no", 1)  # goes back to the unit by itself
    lives["late"] = await live(api, "assigned")
    await run(
        api,
        "UPDATE work_order SET accept_soon_at = $2, accept_due_at = $2 WHERE work_order_no = $1",
        lives["late"].order_no,
        datetime.now(UTC) - timedelta(hours=1),
    )
    await run(
        api,
        "UPDATE work_order SET contacted_at = created_at WHERE work_order_no = $1",
        lives["good"].order_no,
    )
    lives["answered"] = await live(api, "answered")
    now = datetime.now(UTC)
    for name, state, reason in (("good", "approved", "not_our_area"), ("late", "refused", "duplicate")):
        await put(
            api, "application", lives[name], number=f"{lives[name].order_no}-A1", work_order_no=lives[name].order_no,
            unit_code=UNIT, kind="return", state=state, round=1, return_reason=reason, applied_by="x", applied_at=now,
        )  # fmt: skip
    await put(
        api, "application", lives["good"], number=f"{lives['good'].order_no}-A2", work_order_no=lives["good"].order_no,
        unit_code=UNIT, kind="extend", state="approved", round=1, applied_by="x", applied_at=now,
    )  # fmt: skip
    await put(
        api, "supervision", lives["late"], number=f"{lives['late'].ticket_no}-S1", unit_code=UNIT, kind="slip",
        level="red", state="open", text="请说明", reply_by=now - timedelta(days=1), issued_by="x", issued_at=now,
    )  # fmt: skip
    return lives


async def test_the_figures_add_up(api: Api, city: dict[str, Life]) -> None:
    witness = Witness(api, "supervisor")
    found = await figures(api)
    assert found["requests"] == {
        "filed": 6,
        "open": 2,
        "finished": 4,
        "states": {"assigned": 2, "rated": 3, "resolved": 1},
    }
    assert found["raw"]["resolution"] == of(2.5, 3)
    assert found["raw"]["satisfaction"] == of(3, 3)
    assert found["adjusted"]["resolution"] == of(1.5, 2)
    assert found["adjusted"]["satisfaction"] == of(2, 2)
    assert found["ratings_excluded"] == 1
    assert found["orders"]["dispatched"] == 6
    assert found["response"] == of(1, 6)
    assert found["on_time"] == {"accept": of(4, 5), "contact": of(1, 1), "resolve": of(4, 4)}
    assert found["adjusted"]["composite"] == pytest.approx((30 / 6 + 35 * 0.75 + 35) / 100, abs=1e-4)
    assert found["overdue_now"] == {"dispatch": 0, "orders": 1}
    assert (found["returns"], found["wrong_dispatch"]) == ({"asked": 2, "approved": 1}, of(1, 7))
    assert (found["extensions"], found["holds"], found["forced"], found["escalated"]) == (1, 0, 0, 0)
    redo = found["redo"]
    assert (redo["requests"], redo["rounds"], redo["one_round"]) == (1, 1, of(4, 4))
    assert redo["earlier_ratings"] == {"resolution": of(0, 1), "satisfaction": of(0, 1)}
    assert found["repeat_callers"] == {"callers": 1, "requests": 3}
    assert found["slips"] == {"issued": 1, "open": 1, "overdue": 1}
    assert 0 <= found["handling_hours"]["mean"] <= found["handling_hours"]["p90"] < 1
    assert ("get", "/v1/statistics/summary", 200) in witness.seen


async def test_a_redone_request_counts_its_last_rating(api: Api, city: dict[str, Life]) -> None:
    life = await live(api, "resolved")
    await rate(api, life, "no", 2)
    before = await figures(api)
    await run(
        api,
        """UPDATE service_request SET callback_outcome = 'reached', satisfaction = 4, resolved_answer = 'yes',
        rated_at = now() WHERE ticket_no = $1""",
        life.ticket_no,
    )
    after = await figures(api)
    assert after["raw"]["satisfaction"]["denominator"] == before["raw"]["satisfaction"]["denominator"] + 1
    assert after["redo"]["earlier_ratings"]["satisfaction"] == of(0, 2)
    await run(api, "UPDATE service_request SET created_at = '2020-01-01' WHERE ticket_no = $1", life.ticket_no)


@pytest.mark.parametrize("by", ["unit", "area", "category", "kind", "channel"])
async def test_a_league_adds_up_to_the_summary(api: Api, city: dict[str, Life], by: str) -> None:
    whole, table = await figures(api), await ask(api, "auditor", "league", by=by)
    assert table["total"] == len(table["items"])
    for path in (("requests", "filed"), ("orders", "dispatched"), ("returns", "asked"), ("slips", "issued")):
        assert sum(row["figures"][path[0]][path[1]] for row in table["items"]) == whole[path[0]][path[1]], path
    marks = [row["figures"]["adjusted"]["composite"] for row in table["items"]]
    known = [mark for mark in marks if mark is not None]
    assert marks == sorted(known, reverse=True) + [None] * (len(marks) - len(known))
    if by == "unit":
        assert [(row["key"], row["name"] is None) for row in table["items"]] == [(UNIT, False), (None, True)]
    assert (await ask(api, "auditor", "league", by=by, limit=1))["items"] == table["items"][:1]


async def test_leagues_go_down_one_level(api: Api, city: dict[str, Life]) -> None:
    await live(api, "received", area_code="990100001002")
    for area, key in (("", "990100001000"), ("990100001", "990100001002"), ("990100001002", "990100001002")):
        table = await ask(api, "admin", "league", by="area", **({"area": area} if area else {}))
        assert key in [row["key"] for row in table["items"]], table
    await api.file(category_code="0203")
    for category, key in (("", "02"), ("02", "0203"), ("0203", "0203")):
        table = await ask(api, "admin", "league", by="category", **({"category": category} if category else {}))
        assert key in [row["key"] for row in table["items"]], table
    assert (await figures(api, category="0203"))["requests"]["filed"] == 1
    assert (await figures(api, kind="praise"))["requests"]["filed"] == 0


async def test_a_trend_has_no_gaps(api: Api, city: dict[str, Life]) -> None:
    await run(api, "UPDATE service_request SET created_at = '2026-02-28T16:30:00Z' WHERE ticket_no = $1", city["late"].ticket_no)  # fmt: skip
    for by, pieces in (("day", 3), ("week", 2), ("month", 2)):
        line = await ask(
            api, "dispatcher", "trend", by=by, **{"from": "2026-02-28T00:00:00+08:00", "to": "2026-03-02T12:00:00Z"}
        )
        found = {row["start"]: row["figures"]["requests"]["filed"] for row in line["items"]}
        assert len(found) == pieces
        assert sum(found.values()) == 1
        assert found.get("2026-03-01", 1 if by == "week" else None) == 1
    problem(await api.as_("dispatcher").get("/v1/statistics/trend", params={"from": "2020-01-01T00:00:00Z"}), 422)
    created = datetime.now(UTC)
    await run(api, "UPDATE service_request SET created_at = $2 WHERE ticket_no = $1", city["late"].ticket_no, created)


async def test_a_unit_counts_only_its_own(api: Api, city: dict[str, Life]) -> None:
    own = await figures(api, f"unit-{UNIT}")
    assert own["requests"]["filed"] == 5
    assert own == await figures(api, f"unit-{ABOVE}") == await figures(api, unit=UNIT) == await figures(api, unit=ABOVE)
    nothing = await figures(api, f"unit-{STRANGER}")
    assert nothing["requests"]["filed"] == nothing["orders"]["dispatched"] == nothing["slips"]["issued"] == 0
    assert (await figures(api, f"unit-{STRANGER}", unit=UNIT)) == nothing
    assert nothing["response"] == of(0, 0)
    assert (await ask(api, f"unit-{STRANGER}", "league"))["items"] == []
    moved = await live(api, "in progress")
    await api.step("dispatcher", moved.path("request", "dispatch"), unit_code=STRANGER)
    assert (await figures(api, f"unit-{UNIT}"))["orders"]["withdrawn"] == 1
    theirs = await figures(api, f"unit-{STRANGER}")
    assert (theirs["requests"]["filed"], theirs["orders"]["withdrawn"], theirs["orders"]["dispatched"]) == (1, 0, 1)
    keys = [row["key"] for row in (await ask(api, f"unit-{UNIT}", "league"))["items"]]
    assert keys == [UNIT]
    await api.step("dispatcher", moved.path("request", "supplements"), **FORMS["supplements", None])


async def test_wrong_questions(api: Api) -> None:
    for query, pointer in (
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, "/query/to"),
        ({"from": "2001-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, "/query/from"),
        ({"from": "2026"}, "/query/from"),
        ({"from_": FROM}, "/query/from_"),
        ({"unit": "nowhere"}, "/query/unit"),
        ({"area": "x"}, "/query/area"),
    ):
        said = problem(await api.as_("admin").get("/v1/statistics/summary", params=query), 422)
        assert [error["pointer"] for error in said["errors"]] == [pointer]
    problem(await api.as_("admin").get("/v1/statistics/league", params={"by": "person"}), 422)
    for who in ("operator", "expert", "callback"):
        problem(await api.as_(who).get("/v1/statistics/summary"), 403)


async def test_each_question_costs_one_statement(api: Api, city: dict[str, Life]) -> None:
    statements = await attach(api)
    for question in ("summary", "league?by=unit", "league?by=area", "trend?by=day"):
        client, url = api.as_("supervisor"), f"/v1/statistics/{question}"
        sent = await statements.of(lambda client=client, url=url: client.get(url))
        assert len(sent) == 1


async def test_a_plain_day_is_the_city_s_own(api: Api, city: dict[str, Life]) -> None:
    zone = api.here.settings.zone
    today = datetime.now(zone).date()
    await run(
        api,
        "UPDATE service_request SET created_at = ($2::date + time '00:30') AT TIME ZONE 'Asia/Shanghai' WHERE ticket_no = $1",
        next(iter(city.values())).ticket_no,
        today - timedelta(days=3),
    )

    async def filed(since: str, until: str) -> int:
        asked = {"from": since, "to": until}
        answer = await api.as_("supervisor").get("/v1/statistics/summary", params=asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["from"].endswith("T00:00:00+08:00")
        return int(found["figures"]["requests"]["filed"])

    days = [str(today - timedelta(days=back)) for back in (4, 3, 2)]
    assert [await filed(days[0], days[1]), await filed(days[1], days[2])] == [0, 1]
    assert await filed(days[1], f"{days[1]}T00:29:00+08:00") == 0
    assert await filed(days[1], f"{days[1]}T00:31:00+08:00") == 1


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("2026-02-30", "moment", "没有这一天"),
        ("2026/11/01", "moment", "应为日期（如 2026-11-01，指当天零时）"),
        ("1764000000", "moment", "应为日期"),
        ("1900-01-01", "moment-too-early", "不能早于 2000 年"),
        ("1999-12-31T00:00:00Z", "moment-too-early", "不能早于 2000 年"),
        ("2026-11-01T09:00:00", "timezone-aware", "+08:00"),
    ],
)
async def test_a_wrong_day_is_told_with_what_would_be_right(api: Api, value: str, code: str, message: str) -> None:
    for name in ("from", "to"):
        answer = await api.as_("supervisor").get("/v1/statistics/trend", params={name: value})
        (fault,) = problem(answer, 422)["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/query/{name}", code)
        assert message in fault["message"]
