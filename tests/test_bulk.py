"""One step on many: each item by itself, nothing twice, and the same rules as in the single steps."""

import asyncio
from typing import Any

import pytest

from app.core.clock import now
from app.domain.states import Subject
from app.routers.problems import told
from app.schemas.bulk import BulkForm, actions_for
from app.services.authentication import actor_of
from app.services.bulk import take_steps
from app.services.idempotency import claim
from support.api import Api
from support.description import Witness
from support.lives import FORMS, UNIT, live
from support.problems import ENGLISH, fingerprint, problem

DISPATCH = FORMS["dispatch", None]


async def bulk(api: Api, who: str, noun: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = await api.as_(who).post(f"/v1/{noun}:bulk", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["done"] + found["failed"] == len(found["results"]) == len(body["items"])
    return found


def items(*numbers: str) -> list[dict[str, Any]]:
    return [{"number": number} for number in numbers]


async def events(api: Api, ticket_no: str) -> list[str]:
    timeline = (await api.as_("auditor").get(f"/v1/requests/{ticket_no}/timeline")).json()
    return [item["kind"] for item in timeline["items"]]


async def test_each_item_has_its_own_result(api: Api) -> None:
    witness = Witness(api, "dispatcher")
    received, closed, stale = await live(api, "received"), await live(api, "closed"), await live(api, "received")
    numbers = [received.ticket_no, closed.ticket_no, "20000101000001", "no-number"]
    body = {"action": "dispatch", "items": [*items(*numbers), {"number": stale.ticket_no, "version": 99}]}
    answer = await bulk(api, "dispatcher", "requests", {**body, "form": DISPATCH})
    results = answer["results"]
    assert [result["number"] for result in results] == [*numbers, stale.ticket_no]
    assert [result["status"] for result in results] == [200, 409, 404, 404, 412]
    assert [result["code"] for result in results[1:]] == [
        "illegal-transition",
        "not-found",
        "not-found",
        "stale-version",
    ]
    now_ = (await api.as_("dispatcher").get(f"/v1/requests/{received.ticket_no}")).json()
    assert results[0]["body"] == {"state": "assigned", "version": now_["version"]}
    assert (answer["done"], answer["failed"]) == (1, 4)
    assert "状态" in results[1]["message"]
    again = await bulk(api, "dispatcher", "requests", {**body, "form": DISPATCH}, **ENGLISH)
    assert again["results"][2]["message"] == "Not found."
    assert ("post", "/v1/requests:bulk", 200) in witness.seen


async def test_what_does_not_fit_points_into_the_form(api: Api) -> None:
    life = await live(api, "received")
    body = {"action": "dispatch", "items": items(life.ticket_no), "form": {"unit_code": "nowhere"}}
    (result,) = (await bulk(api, "dispatcher", "requests", body))["results"]
    assert (result["status"], result["errors"][0]["pointer"]) == (422, "/form/unit_code")


async def test_units_act_on_their_own_orders_only(api: Api) -> None:
    witness = Witness(api, f"unit-{UNIT}")
    lives = [await live(api, "assigned") for _ in range(3)]
    body = {"action": "accept", "items": items(*(str(life.order_no) for life in lives))}
    others = await bulk(api, "unit-water", "work-orders", body)
    assert {result["status"] for result in others["results"]} == {404}
    above = await bulk(api, "unit-township-qingshi", "work-orders", body)
    assert {result["status"] for result in above["results"]} == {403}
    own = await bulk(api, f"unit-{UNIT}", "work-orders", body)
    assert {result["body"]["state"] for result in own["results"]} == {"accepted"}
    assert ("post", "/v1/work-orders:bulk", 200) in witness.seen
    problem(await api.as_("auditor").post("/v1/work-orders:bulk", json=body), 403)
    problem(await api.as_("auditor").post("/v1/requests:bulk", json={**body, "action": "close"}), 403)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"action": "reveal"}, "/action"),
        ({"action": "callbacks"}, "/action"),
        ({"action": "rating"}, "/action"),
        ({"action": "accept"}, "/action"),
        ({"action": "x" * 100}, "/action"),
        ({"items": []}, "/items"),
        ({"items": items(*(str(n) for n in range(201)))}, "/items"),
        ({"items": items("1", "2", "1")}, "/items/2/number"),
        ({"items": [{"number": "1", "version": "1"}]}, "/items/0/version"),
        ({"items": [{"number": "1\x00"}]}, "/items/0/number"),
        ({"items": [{"number": 1}]}, "/items/0/number"),
        ({"items": [{"ticket_no": "1"}]}, "/items/0/number"),
        ({"form": {}}, "/form/unit_code"),
        ({"form": {"unit_code": "a\x00"}}, "/form/unit_code"),
        ({"form": {"unit_code": UNIT, "unit": 1}}, "/form/unit"),
        ({"form": [UNIT]}, "/form"),
        ({"form": None}, "/form"),
    ],
)
async def test_a_wrong_call_is_refused_as_a_whole(api: Api, changes: dict[str, Any], pointer: str) -> None:
    before = await fingerprint(api)
    body = {"action": "dispatch", "items": items("20000101000001"), "form": DISPATCH, **changes}
    for language in ({}, ENGLISH):
        said = problem(await api.as_("dispatcher").post("/v1/requests:bulk", json=body, headers=language), 422)
        assert pointer in [error["pointer"] for error in said["errors"]], said
    assert await fingerprint(api) == before


async def test_a_repeated_call_gets_the_first_answer(api: Api) -> None:
    lives = [await live(api, "received") for _ in range(3)]
    body = {"action": "supplements", "items": items(*(x.ticket_no for x in lives), "2"), "form": {"text": "又来电。"}}
    key = {"Idempotency-Key": "bulk one"}
    first = await bulk(api, "dispatcher", "requests", body, **key)
    assert (first["done"], first["failed"]) == (3, 1)
    assert await bulk(api, "dispatcher", "requests", body, **key, **ENGLISH) == first
    for life in lives:
        assert (await events(api, life.ticket_no)).count("request.supplemented") == 1
    other = {**body, "items": body["items"][:1]}
    said = problem(await api.as_("dispatcher").post("/v1/requests:bulk", json=other, headers=key), 409)
    assert said["code"] == "idempotency-mismatch"


@pytest.mark.parametrize(("action", "form"), [("dispatch", DISPATCH), ("supplements", {"text": "又来电。"})])
async def test_the_same_call_several_times_at_once_acts_once(api: Api, action: str, form: dict[str, Any]) -> None:
    lives = [await live(api, "received") for _ in range(6)]
    body = {"action": action, "items": items(*(life.ticket_no for life in lives)), "form": form}
    key = {"Idempotency-Key": f"at once {action}"}
    found = await asyncio.gather(*(bulk(api, "dispatcher", "requests", body, **key) for _ in range(5)))
    assert all(answer == found[0] for answer in found)
    assert found[0]["done"] == len(lives)
    for life in lives:
        kinds = await events(api, life.ticket_no)
        assert len(kinds) == len(set(kinds))


async def test_a_call_that_was_cut_off_goes_on_where_it_stopped(api: Api) -> None:
    lives = [await live(api, "received") for _ in range(40)]
    reference = api.here.reference.now
    user = next(u for u in reference.identities.users.values() if u.username == "dispatcher")
    actor = actor_of(reference, user)
    numbers = [life.ticket_no for life in lives]
    form = BulkForm.model_validate({"action": "dispatch", "items": items(*numbers), "form": DISPATCH})
    mine = claim(actor, "/v1/requests:bulk", "cut off", b"the same body")

    async def call() -> dict[str, Any]:
        return await take_steps(
            api.here, actor, Subject.REQUEST, form, mine, lambda error: told(error, english=False, prefix="/form")
        )

    async def assigned() -> int:
        async with api.here.database.connection() as connection:
            query = "SELECT count(*) FROM service_request WHERE state = 'assigned' AND ticket_no = ANY($1)"
            return int(await connection.fetchval(query, numbers))

    task = asyncio.create_task(call())
    while await assigned() < 5:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 5 <= await assigned() < len(lives)
    with pytest.raises(Exception, match="used for another body"):
        await take_steps(
            api.here, actor, Subject.REQUEST, form, claim(actor, "/v1/requests:bulk", "cut off", b"other"), lambda _: {}
        )
    answer = await call()
    assert (answer["done"], answer["failed"]) == (len(lives), 0)
    for ticket_no in numbers:
        assert (await events(api, ticket_no)).count("request.dispatched") == 1
    started = now()
    assert await call() == answer
    assert (now() - started).total_seconds() < 1


def test_what_is_about_one_person_is_never_done_to_many() -> None:
    assert not {"reveal", "callbacks"} & set(actions_for(Subject.REQUEST))
    assert {"dispatch", "decline", "review", "reopen", "close", "hold"} <= set(actions_for(Subject.REQUEST))
