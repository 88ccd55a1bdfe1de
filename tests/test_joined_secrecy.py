"""What joined requests must not tell each other, and answers that must not be had twice: each was a hole once."""

from support.api import Api
from support.story import UNIT, Story, file, handled

HANDLER = f"unit-{UNIT}"
FORMER, FORMER_USER = "gas", "unit-gas"
RESULT = "经查，有关人员已被处理。"


async def joined(api: Api, **filing: object) -> tuple[Story, Story]:
    """A master at work, and a follower that another unit had before."""
    master, follower = await handled(api, **filing), await handled(api, unit=FORMER, **filing)
    await follower.step("dispatcher", "request/merge", into=master.ticket)
    return master, follower


async def resolve(master: Story) -> None:
    await master.step(HANDLER, "order/submit", result=RESULT, outcome="solved")
    await master.step("dispatcher", "request/review", decision="approve")


async def test_who_is_shut_out_of_a_master_is_shut_out_of_its_followers(api: Api) -> None:
    master, follower = await joined(api)
    await master.step("dispatcher", "request/shield", unit_codes=[FORMER], reason="群众反映该单位")
    await resolve(master)
    assert (await follower.request())["result"] == RESULT
    for story in (master, follower):
        assert (await api.as_(FORMER_USER).get(f"/v1/requests/{story.ticket}")).status_code == 404
        assert (await api.as_(FORMER_USER).get(f"/v1/requests/{story.ticket}/timeline")).status_code == 404


async def test_a_unit_is_not_told_who_is_shut_out(api: Api) -> None:
    story = await handled(api)
    await story.step("dispatcher", "request/shield", unit_codes=[FORMER], reason="群众反映该单位")
    for path in (f"/v1/requests/{story.ticket}", f"/v1/requests/{story.ticket}/timeline", "/v1/feed"):
        told = (await api.as_(HANDLER).get(path)).text
        assert "群众反映该单位" not in told
        assert f'"{FORMER}"' not in told
    assert [unit["code"] for unit in (await story.request("auditor"))["accused_units"]] == [FORMER]


async def test_joined_requests_keep_one_secrecy(api: Api) -> None:
    master, follower = await joined(api)
    assert await master.refused("dispatcher", "request/classify", kind="report") == "secrecy-differs"
    await follower.step("dispatcher", "request/unmerge")
    await follower.step("dispatcher", "request/classify", kind="report")


async def test_confidential_requests_tell_each_other_no_words(api: Api) -> None:
    master, follower = await joined(api, confidential=True)
    await follower.step("operator", "request/supplements", text="我是李四，家住清河佳苑。")
    told = (await api.as_(HANDLER).get(f"/v1/requests/{master.ticket}/timeline")).text
    assert "李四" not in told
    assert "补充了情况" in told
    await resolve(master)
    page = (await api.as_().get(f"/public/requests/{follower.ticket}", params={"code": follower.code})).text
    assert RESULT not in page
    assert "12345" in page


async def test_units_read_what_they_are_told_to_do_in_confidential_matters(api: Api) -> None:
    story = await handled(api, confidential=True)
    await story.step(HANDLER, "order/assist", unit_code=FORMER, task="请到现场关闭阀门，联系13812345678。")
    desk = (await api.as_(FORMER_USER).get("/v1/work-orders", params={"ticket_no": story.ticket})).json()["items"]
    assert desk[0]["task"].startswith("请到现场关闭阀门")
    assert "13812345678" not in desk[0]["task"]


async def test_a_reveal_is_never_answered_from_memory(api: Api) -> None:
    story = await handled(api, requester={"name": "孙八", "phone": "13612345678"})
    call = (f"/v1/requests/{story.ticket}/reveal", {"reason": "联系诉求人"}, {"Idempotency-Key": "once"})
    path, form, key = call
    for _ in range(2):
        assert (await api.as_(HANDLER).post(path, json=form, headers=key)).json()["requester"]["phone"] == "13612345678"
    assert len(await story.events("identity.revealed")) == 2
    await story.step("dispatcher", "request/classify", kind="report")
    assert (await api.as_(HANDLER).post(path, json=form, headers=key)).status_code == 403


async def test_a_step_that_needs_words_says_so_when_there_is_no_body(api: Api) -> None:
    story = await file(api)
    for body in (None, b"null", b"{}"):
        answer = await api.as_("dispatcher").post(f"/v1/requests/{story.ticket}/classify", content=body)
        assert answer.status_code == 422, answer.text


async def test_the_discipline_inspectors_shut_out_whom_nobody_else_can(api: Api) -> None:
    filed = await api.file(kind="report", category_code="2501")
    story = Story(api, filed["ticket_no"], filed["query_code"])
    assert await story.refused("dispatcher", "request/shield", unit_codes=[FORMER]) == "not-found"
    await story.step("discipline", "request/shield", unit_codes=[FORMER])
    assert await story.refused("discipline", "request/dispatch", unit_code=FORMER) == "unit-shielded"
