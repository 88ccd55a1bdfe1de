"""Returns teach: the rule's unit keeps its place, a person decides, and what people decided can be taken back."""

import asyncio
from typing import Any

import pytest

from app.core.clock import now
from app.services.routing.ringing import ring_for_lessons
from support.api import Api
from support.lessons import AFTER, AREA, BEFORE, LAMPS, TOWNSHIP, file_lamp, give_back, teach

LESSONS = "/v1/routing-lessons"


@pytest.fixture(scope="module")
async def lesson(api: Api) -> str:
    return await teach(api)


def units(filed: dict[str, Any]) -> list[str]:
    return [route["unit"]["code"] for route in filed["suggested_units"]]


async def shown(api: Api, key: str) -> dict[str, Any]:
    answer = await api.as_("dispatcher").get(f"{LESSONS}/{key}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_such_a_matter_waits_for_a_dispatcher_who_sees_both_units(api: Api, lesson: str) -> None:
    filed = await file_lamp(api)
    assert (filed["state"], filed["dispatch"]) == ("received", None)
    assert units(filed)[:2] == [BEFORE, AFTER]
    first, second = filed["suggested_units"][:2]
    assert (first["lesson"], second["lesson"]) == (None, lesson)
    assert "同类诉求5件中4件由" in second["reason"]
    detail = (await api.as_("dispatcher").get(f"/v1/requests/{filed['ticket_no']}")).json()
    assert detail["routing"]["alternatives"][1]["lesson"] == lesson
    elsewhere = await api.file(category_code=LAMPS, area_code="990100002000")
    assert elsewhere["dispatch"], "one township does not teach the whole city"


async def test_what_a_lesson_shows_and_how_lessons_are_found(api: Api, lesson: str) -> None:
    found = await shown(api, lesson)
    assert (found["went"], found["came_back"], found["ended"], found["state"]) == (5, 4, 4, "speaking")
    assert (found["unit_before"]["code"], found["unit_after"]["code"]) == (BEFORE, AFTER)
    assert found["endings"] == [{"unit": found["unit_after"], "cases": 4}]
    reader = api.as_("dispatcher")
    for params, there in (
        ({"category": "02"}, True), ({"category": "03"}, False), ({"area": TOWNSHIP[:9]}, True), ({"area": "8"}, False),
        ({"unit": AFTER}, True), ({"unit": "gas"}, False), ({"state": "speaking"}, True), ({"state": "adopted"}, False),
    ):  # fmt: skip
        items = (await reader.get(LESSONS, params=params)).json()["items"]
        assert ([item["id"] for item in items] == [lesson]) is there, params


async def test_what_is_no_lesson(api: Api, lesson: str) -> None:
    admin = api.as_("admin")
    for key in ("1", "0203~any~gas", "0203~any~no-such~unit", f"{lesson}~x", "0203~99~a~b", "%00~any~a~b"):
        assert (await admin.get(f"{LESSONS}/{key}")).status_code == 404, key
        assert (await admin.post(f"{LESSONS}/{key}/dismiss", json={"reason": "无"})).status_code == 404, key
        assert (await admin.post(f"{LESSONS}/{key}/adopt", json={})).status_code == 404, key
        assert (await admin.post(f"{LESSONS}/{key}/restore")).status_code == 404, key
    for cursor in ("x", "WzFd", "WyJhXHUwMDAwIl0"):
        assert (await admin.get(LESSONS, params={"cursor": cursor})).status_code == 422, cursor
    for form in (
        {},
        {"reason": ""},
        {"reason": "\x00"},
        {"reason": 5},
        {"reason": "x" * 5000},
        {"reason": "a", "b": 1},
    ):
        assert (await admin.post(f"{LESSONS}/{lesson}/dismiss", json=form)).status_code == 422, form


async def test_only_who_writes_the_catalogue_decides(api: Api, lesson: str) -> None:
    for action in ("dismiss", "adopt", "restore"):
        for who, status in ((None, 401), ("dispatcher", 403), ("unit-gas", 403)):
            answer = await api.as_(who).post(f"{LESSONS}/{lesson}/{action}", json={"reason": "试一试"})
            assert answer.status_code == status, (who, action)


async def test_a_dismissed_lesson_says_nothing_until_that_is_undone(api: Api, lesson: str) -> None:
    admin, one = api.as_("admin"), f"{LESSONS}/{lesson}"
    answers = await asyncio.gather(*(admin.post(f"{one}/dismiss", json={"reason": "职责已调整"}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409], "three at once"
    assert (await shown(api, lesson))["state"] == "dismissed"
    preview = {"channel": "phone", "text": "路灯坏了。", "category_code": LAMPS, "area_code": AREA}
    quiet = (await api.as_("operator").post("/v1/requests:preview", json=preview)).json()
    assert (quiet["state"], units(quiet)) == ("assigned", [BEFORE])
    restored = (await admin.post(f"{one}/restore")).json()
    assert (restored["lesson"]["state"], restored["lesson"]["decision"], restored["rule"]) == ("speaking", None, None)
    again = (await api.as_("operator").post("/v1/requests:preview", json=preview)).json()
    assert (again["state"], units(again)[:2]) == ("received", [BEFORE, AFTER])
    history = (await shown(api, lesson))["history"]
    assert [(row["decision"], row["decided_by"], row["undone_by"]) for row in history] == [
        ("dismissed", "admin", "admin")
    ]


async def test_an_adopted_lesson_becomes_a_rule_that_goes_again(api: Api, lesson: str) -> None:
    admin, one = api.as_("admin"), f"{LESSONS}/{lesson}"
    key = {"Idempotency-Key": "adopt-1"}
    made = await admin.post(f"{one}/adopt", json={"note": "联席会议纪要"}, headers=key)
    assert made.status_code == 201, made.text
    assert (await admin.post(f"{one}/adopt", json={"note": "联席会议纪要"}, headers=key)).json() == made.json()
    rule = made.json()["rule"]
    assert (rule["category_prefix"], rule["area_prefix"], rule["unit_code"]) == (LAMPS, TOWNSHIP[:9], AFTER)
    assert "联席会议纪要" in rule["note"]
    filed = await file_lamp(api)
    assert (filed["dispatch"]["unit"]["code"], filed["dispatch"]["rule_id"]) == (AFTER, rule["id"])
    assert (await admin.post(f"{one}/adopt", json={})).json()["code"] == "lesson-decided"
    assert (await admin.post(f"{one}/restore")).json()["rule"] is None
    assert (await admin.get(f"/v1/routing-rules/{rule['id']}")).status_code == 404


async def test_a_rule_that_was_changed_since_stays(api: Api, lesson: str) -> None:
    admin, one = api.as_("admin"), f"{LESSONS}/{lesson}"
    rule = (await admin.post(f"{one}/adopt", json={})).json()["rule"]
    path = f"/v1/routing-rules/{rule['id']}"
    await admin.patch(path, json={"unit_code": "housing"})
    kept = (await admin.post(f"{one}/restore")).json()["rule"]
    assert (kept["id"], kept["unit_code"]) == (rule["id"], "housing")
    assert (await admin.delete(path)).status_code == 204


async def test_a_rule_that_would_never_hit_is_not_made(api: Api, lesson: str) -> None:
    admin = api.as_("admin")
    above = {"category_prefix": LAMPS, "area_prefix": TOWNSHIP[:9], "unit_code": BEFORE, "priority": 1000}
    rule = (await admin.post("/v1/routing-rules", json=above)).json()
    answer = await admin.post(f"{LESSONS}/{lesson}/adopt", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "lesson-covered")
    assert (await admin.delete(f"/v1/routing-rules/{rule['id']}")).status_code == 204


async def test_the_choice_of_the_dispatcher_is_evidence_too(api: Api, lesson: str) -> None:
    before = await shown(api, lesson)
    for choice in (AFTER, BEFORE):
        filed = await file_lamp(api)
        await api.step("dispatcher", f"requests/{filed['ticket_no']}/dispatch", unit_code=choice)
    await api.here.reference.learn()
    after = await shown(api, lesson)
    assert (after["went"] - before["went"], after["ended"] - before["ended"]) == (2, 1)


async def test_matters_under_secrecy_and_those_where_a_unit_was_avoided_teach_nobody(api: Api, lesson: str) -> None:
    before = await shown(api, lesson)
    secret = await file_lamp(api, confidential=True)
    accused = await file_lamp(api, accused_unit_codes=["tax"])
    for filed in (secret, accused):
        path = f"requests/{filed['ticket_no']}/dispatch"
        await api.step("dispatcher", path, unit_code=BEFORE)
        await api.step("dispatcher", path, unit_code=AFTER)
    await api.here.reference.learn()
    assert await shown(api, lesson) == before


async def test_the_worker_rings_when_there_is_something_new(api: Api, lesson: str) -> None:
    await api.here.reference.learn()
    assert await ring_for_lessons(api.here, now()) == 0
    before = await shown(api, lesson)
    admin = api.as_("admin")
    await admin.post(f"{LESSONS}/{lesson}/dismiss", json={"reason": "试运行"})
    await give_back(api, await file_lamp(api))
    await admin.post(f"{LESSONS}/{lesson}/restore")
    for _ in range(200):
        rang = await ring_for_lessons(api.here, now())
        if not rang and (await shown(api, lesson))["went"] > before["went"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the bell was not heard")
