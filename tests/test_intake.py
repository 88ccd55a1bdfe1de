"""What filing and its preview say and keep: normalised text, evidence, place, duplicates, secrets sealed."""

import asyncio

import pytest

from support.api import TEXT, Api


async def test_the_answer_says_what_was_understood_and_why(api: Api) -> None:
    body = {
        "channel": "phone",
        "text": "清河佳苑南門外的路燈壞了一個星期，晚上一片漆黑，請盡快維修。",
        "address": "清河佳苑南门",
    }
    filed = (await api.as_("operator").post("/v1/requests", json=body)).json()
    assert filed["classification"]["category_code"] == "0203"
    assert "路灯" in "".join(filed["classification"]["evidence"])
    assert len(filed["classification"]["alternatives"]) >= 2
    assert filed["classification"]["area_code"]
    assert filed["suggested_units"][0]["reason"]
    assert set(filed["deadlines"]) >= {"dispatch"}
    detail = (await api.as_("operator").get(f"/v1/requests/{filed['ticket_no']}")).json()
    assert detail["text"].startswith("清河佳苑南门外的路灯坏了")
    async with api.here.database.connection() as connection:
        original = await connection.fetchval(
            "SELECT original_text FROM service_request WHERE ticket_no = $1", filed["ticket_no"]
        )
    assert original == body["text"]


@pytest.mark.parametrize(
    ("title", "text", "shown"),
    [
        (None, "路灯\x1b[2J坏了\u2028一个星期\v没人管。", "路灯[2J坏了 一个星期 没人管"),
        ("甲路\u2029灯坏\n\n三天\x07", TEXT, "甲路 灯坏 三天"),
        ("\u200b\u2800", "路灯坏了。", "路灯坏了"),
    ],
)
async def test_a_title_is_one_line_that_can_be_read(api: Api, title: str | None, text: str, shown: str) -> None:
    filed = await api.file(title=title, text=text)
    detail = (await api.as_("operator").get(f"/v1/requests/{filed['ticket_no']}")).json()
    assert detail["title"] == shown
    assert all(sign.isprintable() or sign == "\n" for sign in detail["text"])


async def test_preview_says_the_same_and_keeps_nothing(api: Api) -> None:
    async with api.here.database.connection() as connection:
        before = await connection.fetchval("SELECT count(*) FROM service_request")
        seen = (await api.as_("operator").post("/v1/requests:preview", json={"channel": "phone", "text": TEXT})).json()
        assert await connection.fetchval("SELECT count(*) FROM service_request") == before
    filed = await api.file(category_code=None)
    assert seen["ticket_no"] is None
    assert seen["query_code"] is None
    assert seen["classification"] == filed["classification"]


async def test_the_same_callers_earlier_matter_is_shown(api: Api) -> None:
    person = {"name": "李四", "phone": "139 1234 5678"}
    first = await api.file(requester=person)
    second = await api.file(text=TEXT + "上次反映过，还没修。", requester={"phone": "+8613912345678"})
    own = [d for d in second["possible_duplicates"] if d["same_caller"]]
    assert [d["ticket_no"] for d in own] == [first["ticket_no"]]
    assert own[0]["score"] > 0.5
    found = (await api.as_("operator").get("/v1/requests", params={"phone": "13912345678"})).json()["items"]
    assert {item["ticket_no"] for item in found} == {first["ticket_no"], second["ticket_no"]}


async def test_personal_fields_are_sealed_at_rest_and_masked_when_read(api: Api) -> None:
    person = {"name": "王小明", "phone": "13700001111", "id_number": "11010519491231002X"}
    filed = await api.file(requester=person, address="东湖花园3栋2单元501室")
    async with api.here.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT to_jsonb(r)::text AS row, requester FROM service_request r WHERE ticket_no = $1", filed["ticket_no"]
        )
    for secret in ("王小明", "13700001111", "11010519491231002X", "501室"):
        assert secret not in row["row"]
        assert secret.encode() not in row["requester"]
    detail = (await api.as_("operator").get(f"/v1/requests/{filed['ticket_no']}")).json()
    assert detail["requester"] == {"name": "王**", "phone": "137****1111", "id_number": "11****************"}
    assert detail["address"] == "东湖花园**"
    shown = await api.step("dispatcher", f"requests/{filed['ticket_no']}/reveal", reason="核实联系方式")
    assert shown["requester"]["name"] == "王小明"
    timeline = (await api.as_("auditor").get(f"/v1/requests/{filed['ticket_no']}/timeline")).json()["items"]
    assert timeline[-1]["kind"] == "identity.revealed"
    assert "王小明" not in str(timeline)


@pytest.mark.parametrize("changes", [{"kind": "report"}, {"confidential": True}, {"text": "我要举报村干部收受贿赂。"}])
async def test_secret_matters_wait_for_a_person_and_never_show_who_asks_to_handlers(
    api: Api, changes: dict[str, object]
) -> None:
    filed = await api.file(**{"requester": {"name": "赵六", "phone": "13600002222"}, **changes})
    assert filed["state"] == "received"
    assert filed["dispatch"] is None
    if "text" in changes:
        assert any(advice["code"] == "ask_report" for advice in filed["advice"])
        return
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code="water")
    order = (await api.as_("unit-water").get("/v1/work-orders", params={"ticket_no": filed["ticket_no"]})).json()
    detail = (await api.as_("unit-water").get(f"/v1/work-orders/{order['items'][0]['work_order_no']}")).json()
    assert detail["requester"] is None
    refused = await api.as_("unit-water").post(
        f"/v1/requests/{filed['ticket_no']}/reveal", json={"reason": "想知道是谁"}
    )
    assert refused.status_code == 403


async def test_danger_to_life_tells_the_operator_whom_to_call(api: Api) -> None:
    filed = await api.file(text="楼道里闻到很浓的煤气味，有人晕倒了！", category_code=None)
    assert filed["urgency"] == "critical"
    assert {advice["number"] for advice in filed["advice"]} & {"110", "119", "120"}


async def test_unsatisfied_citizens_get_it_done_again_twice_and_then_a_supervisor_decides(api: Api) -> None:
    filed = await api.file()
    ticket = filed["ticket_no"]
    for round_no in (1, 2, 3):
        detail = (await api.as_("operator").get(f"/v1/requests/{ticket}")).json()
        assert (detail["state"], detail["round"]) == ("assigned", round_no)
        order, unit = detail["work_order_no"], "unit-" + detail["unit"]["code"]
        await api.step(unit, f"work-orders/{order}/accept")
        await api.step(unit, f"work-orders/{order}/submit", result="已处理。", outcome="solved")
        await api.step("dispatcher", f"requests/{ticket}/review", decision="approve")
        rating = {"code": filed["query_code"], "resolved": "no", "satisfaction": 1}
        assert (await api.as_().post(f"/public/requests/{ticket}/rating", json=rating)).status_code == 200
    detail = (await api.as_("supervisor").get(f"/v1/requests/{ticket}")).json()
    assert (detail["state"], detail["round"]) == ("rated", 3)
    assert "reopen" in detail["available_actions"]
    reopened = await api.step("supervisor", f"requests/{ticket}/reopen", reason="现场核实未解决", unit_code="water")
    assert (reopened["state"], reopened["round"], reopened["unit"]["code"]) == ("assigned", 4, "water")


async def test_what_goes_to_a_unit_that_is_closed_at_this_moment_is_not_filed_at_all(api: Api) -> None:
    unit = (await api.file())["dispatch"]["unit"]["code"]
    form = {"channel": "phone", "text": TEXT, "category_code": "0203"}
    counts = "SELECT (SELECT count(*) FROM service_request), (SELECT count(*) FROM idempotency_key), (SELECT count(*) FROM event)"
    async with api.here.database.connection() as connection, api.here.database.connection() as other:
        before = await connection.fetchrow(counts)
        async with other.transaction():
            await other.execute("UPDATE unit SET active = false WHERE code = $1", unit)
            filing = asyncio.create_task(
                api.as_("operator").post("/v1/requests", json=form, headers={"Idempotency-Key": "closing"})
            )
            while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        answer = await filing
        assert (answer.status_code, answer.json()["code"]) == (409, "unit-closed")
        assert await connection.fetchrow(counts) == before
        await connection.execute("UPDATE unit SET active = true WHERE code = $1", unit)


GRAFT = "我要举报东河街道办事处王某收受开发商好处，违规发放拆迁补偿"


async def advised(api: Api, **form: object) -> bool:
    answer = await api.as_("operator").post("/v1/requests:preview", json={"channel": "phone", **form})
    assert answer.status_code == 200, answer.text
    return any(advice["code"] == "ask_report" for advice in answer.json()["advice"])


async def test_a_report_is_not_asked_whether_it_is_one(api: Api) -> None:
    assert await advised(api, text=GRAFT)
    assert await advised(api, text="村主任把扶贫款装进自己口袋")
    assert not await advised(api, text=GRAFT, kind="report")


@pytest.mark.parametrize("given", [None, "0203"])
async def test_a_report_of_corruption_is_restricted_whatever_else_it_names(api: Api, given: str | None) -> None:
    filed = await api.file(text=GRAFT, kind="report", category_code=given)
    path = f"/v1/requests/{filed['ticket_no']}"
    assert (filed["state"], filed["dispatch"]) == ("received", None)
    assert (await api.as_("dispatcher").get(path)).status_code == 404
    read = (await api.as_("discipline").get(path)).json()
    assert (read["category_code"], read["restricted"]) == (given or "0312", True)
    await api.step("discipline", f"requests/{filed['ticket_no']}/classify", kind="report")
    assert (await api.as_("dispatcher").get(path)).status_code == 404
    await api.step("discipline", f"requests/{filed['ticket_no']}/classify", category_code="0312")
    assert (await api.as_("dispatcher").get(path)).status_code == 200, "who may see it has decided"


async def test_what_becomes_a_report_of_corruption_is_restricted(api: Api) -> None:
    filed = await api.file(text=GRAFT, category_code="0312")
    path = f"/v1/requests/{filed['ticket_no']}"
    assert (await api.as_("dispatcher").get(path)).json()["restricted"] is False
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/classify", kind="report")
    assert (await api.as_("dispatcher").get(path)).status_code == 404
    assert (await api.as_("discipline").get(path)).json()["restricted"] is True
