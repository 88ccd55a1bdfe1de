"""Times that lists, files and figures are asked for: instants, and plain days, which begin when the city's do."""

from datetime import datetime, timedelta

import pytest

from support.api import Api
from support.problems import ENGLISH, problem

ASKED = (
    "/v1/requests?created_from",
    "/v1/requests?created_to",
    "/v1/requests:export?created_from",
    "/v1/work-orders?due_before",
    "/v1/work-orders:export?due_before",
    "/v1/messages?since",
    "/v1/statistics/clusters?since",
    "/v1/statistics/summary?from",
    "/v1/statistics/trend?from",
    "/v1/audit/reveals?since",
    "/v1/audit/reveals?until",
    "/v1/routing-rules:report?since",
)


@pytest.mark.parametrize("asked", ASKED)
async def test_every_list_takes_days_and_instants_however_they_are_escaped(api: Api, asked: str) -> None:
    auditor = api.as_("auditor")
    for time in ("2026-01-22", "2026-01-22T00:00:00%2B08:00", "2026-01-22T00:00:00+08:00", "2026-01-22T00:00:00Z"):
        answer = await auditor.get(f"{asked}={time}")
        assert answer.status_code == 200, (time, answer.text)
    for time, code, zh, en in (
        ("2026-11-31", "moment", "没有这一天", "does not exist"),
        ("2026-11-31T00:00:00+08:00", "moment", "没有这一天", "does not exist"),
        ("2026-1-22", "moment", "应为日期（如 2026-11-01", "such as 2026-11-01"),
        ("2026-01-22+08:00", "timezone-aware", "+08:00", "UTC offset"),
        ("2026-01-22T00:00:00", "timezone-aware", "+08:00", "UTC offset"),
    ):
        for words, language in ((zh, {}), (en, ENGLISH)):
            (fault,) = problem(await auditor.get(f"{asked}={time}", headers=language), 422)["errors"]
            assert (fault["pointer"], fault["code"]) == (f"/query/{asked.partition('?')[2]}", code)
            assert words in fault["message"]


async def test_a_day_of_a_list_is_the_city_s_own(api: Api) -> None:
    ticket = (await api.file())["ticket_no"]
    today = datetime.now(api.here.settings.zone).date()
    before, day, after = (today - timedelta(days=back) for back in (4, 3, 2))
    half_past = "UPDATE service_request SET created_at = ($2::date + time '00:30') AT TIME ZONE 'Asia/Shanghai' WHERE ticket_no = $1"
    async with api.here.database.connection() as connection:
        await connection.execute(half_past, ticket, day)
    for since, until, found in ((before, day, False), (day, after, True), (after, today, False)):
        query = {"created_from": str(since), "created_to": str(until)}
        items = (await api.as_("auditor").get("/v1/requests", params=query)).json()["items"]
        file = (await api.as_("auditor").get("/v1/requests:export", params=query)).text
        assert (ticket in {item["ticket_no"] for item in items}) is (ticket in file) is found


async def test_a_saved_day_stays_a_day(api: Api) -> None:
    today = str(datetime.now(api.here.settings.zone).date())
    ticket = (await api.file())["ticket_no"]
    form = {"name": "今天", "noun": "requests", "query": {"created_from": today}}
    saved = (await api.as_("auditor").post("/v1/saved-filters", json=form)).json()
    assert saved["query"] == {"created_from": today}
    page = (await api.as_("auditor").get(f"/v1/requests?saved={saved['id']}")).json()
    assert ticket in {item["ticket_no"] for item in page["items"]}
    (fault,) = problem(await api.as_("auditor").get(f"/v1/requests?saved={saved['id']}&created_to={today}"), 422)[
        "errors"
    ]
    assert (fault["pointer"], fault["code"]) == ("/query/created_to", "empty-period")


async def test_an_empty_period_is_told_that_its_end_is_not_included(api: Api) -> None:
    for path, since, until in (
        ("statistics/summary", "from", "to"),
        ("requests", "created_from", "created_to"),
        ("requests:export", "created_from", "created_to"),
    ):
        for words, language in (("请填写次日", {}), ("name the next one", ENGLISH)):
            day = {since: "2026-01-22", until: "2026-01-22"}
            answer = await api.as_("auditor").get(f"/v1/{path}", params=day, headers=language)
            (fault,) = problem(answer, 422)["errors"]
            assert (fault["pointer"], fault["code"]) == (f"/query/{until}", "empty-period")
            assert words in fault["message"]


async def test_a_day_of_a_body_that_does_not_exist_is_told_as_such(api: Api) -> None:
    form = {"day": "2031-02-29", "working": True, "name": "调休"}
    said = problem(await api.as_("admin").post("/v1/calendar", json=form), 422)["errors"]
    assert [fault["message"] for fault in said if fault["pointer"] == "/day"] == ["没有这一天，请核对日期"]
