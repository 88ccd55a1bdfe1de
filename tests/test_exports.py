"""Exported files: what the list shows and no more, fit for a spreadsheet, however long."""

import csv
import io
import json
import tracemalloc
from typing import Any

import pytest
from test_callbacks import copies

from app.services.exports.files import defused, undefused
from app.services.exports.stream import PAGE
from support.api import Api
from support.description import Witness
from support.lives import UNIT, live
from support.problems import problem


async def rows(api: Api, who: str, url: str) -> list[dict[str, Any]]:
    answer = await api.as_(who).get(f"{url}{'&' if '?' in url else '?'}format=ndjson")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.splitlines()]


async def table(api: Api, who: str, url: str) -> list[dict[str, str]]:
    answer = await api.as_(who).get(url)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "　@x"])
def test_nothing_is_a_formula(text: str) -> None:
    assert defused(text) == "'" + text
    assert undefused(defused(text)) == text
    assert undefused(defused("'" + text)) == "'" + text
    assert defused("路灯=坏") == "路灯=坏"


async def test_a_spreadsheet_and_a_machine_read_the_same(api: Api) -> None:
    witness = Witness(api, "dispatcher", f"unit-{UNIT}")
    rated = await live(api, "rated", title="=HYPERLINK(1)", requester={"name": "王小明", "phone": "13800000000"})
    waiting = await live(api, "received", title='请致电13800000000，"急"\n换行')
    (newest, older) = await rows(api, "dispatcher", "/v1/requests:export")
    assert (newest["ticket_no"], older["ticket_no"]) == (waiting.ticket_no, rated.ticket_no)
    assert (older["accepted_in_time"], older["resolved"], older["satisfaction"]) == (True, "yes", 5)
    assert newest["accepted_in_time"] is newest["dispatched_in_time"] is None
    assert older["created_at"].endswith("+08:00")
    (first, second) = await table(api, "dispatcher", "/v1/requests:export")
    assert second["标题"] == "'=HYPERLINK(1)"
    assert "13800000000" not in first["标题"]
    assert '"急" 换行' in first["标题"]
    assert (second["诉求状态"], second["按时签收"], second["满意度"], first["按时签收"]) == (
        "已评价",
        "是",
        "非常满意",
        "",
    )
    assert second["登记时间"] == older["created_at"][:19].replace("T", " ")
    whole = str(await rows(api, "dispatcher", "/v1/requests:export")) + str([first, second])
    assert "王小明" not in whole
    assert "1380000" not in whole
    (order,) = await table(api, f"unit-{UNIT}", "/v1/work-orders:export")
    assert (order["工单编号"], order["工单角色"], order["办理结果"]) == (rated.order_no, "主办", "已办妥。")
    assert ("get", "/v1/requests:export", 200) in witness.seen


async def test_a_reader_gets_what_its_list_shows(api: Api) -> None:
    secret = await live(api, "assigned", confidential=True, title="某某单位的事")
    other = await live(api, "assigned")
    listed = (await api.as_(f"unit-{UNIT}").get("/v1/work-orders")).json()["items"]
    exported = await rows(api, f"unit-{UNIT}", "/v1/work-orders:export")
    assert {row["work_order_no"] for row in exported} == {item["work_order_no"] for item in listed}
    (title,) = {row["title"] for row in exported if row["work_order_no"] == secret.order_no}
    assert title.startswith("（保密）")
    assert "某某单位的事" not in title
    assert title in {item["title"] for item in listed}
    assert await rows(api, "unit-water", "/v1/work-orders:export") == []
    (one,) = await rows(api, "dispatcher", f"/v1/requests:export?text={other.ticket_no}")
    assert one["ticket_no"] == other.ticket_no
    body = {"name": "导出", "noun": "work-orders", "query": {"ticket_no": other.ticket_no, "sort": "newest"}}
    saved = (await api.as_("supervisor").post("/v1/saved-filters", json=body)).json()["id"]
    assert [r["ticket_no"] for r in await rows(api, "supervisor", f"/v1/work-orders:export?saved={saved}")] == [
        other.ticket_no
    ]
    assert await table(api, "auditor", "/v1/requests:export?state=closed") == []


async def test_who_may_not_and_what_is_wrong(api: Api) -> None:
    for who in ("operator", f"unit-{UNIT}", "callback"):
        problem(await api.as_(who).get("/v1/requests:export"), 403)
    problem(await api.as_("operator").get("/v1/work-orders:export"), 403)
    for query in ("format=xlsx", "state=lost", "colour=red", "cursor=x", "limit=5", "phone=1", "saved=0", "saved=77"):
        said = problem(await api.as_("auditor").get(f"/v1/requests:export?{query}"), 422)
        assert said["errors"][0]["pointer"].startswith("/query/")


async def test_a_long_file_takes_no_more_memory_and_names_each_once(api: Api) -> None:
    count = 12 * PAGE
    await copies(api, await live(api, "answered"), count)

    async def read(query: str) -> tuple[list[str], int]:
        seen: list[str] = []
        tracemalloc.start()
        async with api.as_("supervisor").stream("GET", f"/v1/requests:export?format=ndjson{query}") as answer:
            async for line in answer.aiter_lines():
                seen.append(json.loads(line)["ticket_no"])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return seen, peak

    await read("")
    async with api.here.database.connection() as connection:
        await connection.execute(
            "UPDATE service_request SET channel = 'letter' WHERE ticket_no < $1", f"2025{2 * PAGE:010}"
        )
    some, less = await read("&channel=letter")
    seen, peak = await read("")
    assert len(some) == 2 * PAGE - 1
    assert len(set(seen)) == len(seen) > count
    assert peak < 1.5 * less, (less, peak)
