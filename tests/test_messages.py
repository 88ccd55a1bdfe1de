"""What units, supervisors and citizens are told: by real steps, to real parties on loopback, each thing once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for

from app.services.messages.consume import consume
from app.services.sweep import sweep
from support.api import Api, serve
from support.lives import UNIT, live
from support.messages import PERSON, PHONE, contact, messages, noon, tell
from support.parties import Mailbox, Receiver, mailbox, receiver


@pytest.fixture(scope="module")
def sms() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
def chat() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
def post() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture(scope="module")
async def api(database_copy: str, workspace: Path, sms: Receiver, chat: Receiver, post: Mailbox) -> AsyncIterator[Api]:
    settings = settings_for(
        database_copy,
        workspace,
        sms_url=sms.url,
        sms_key="a key",
        smtp_url=post.url,
        smtp_from="12345@example.gov.cn",
        webhook_allow="127.0.0.1",
        message_gap=10,
    )
    async with serve(settings) as running:
        await contact(running, unit_code=UNIT, kind="apprise", address=f"json://127.0.0.1:{chat.port}/hook")
        await contact(running, unit_code=UNIT, kind="email", address="duty@example.gov.cn", language="en")
        await contact(running, role_code="supervisor", kind="sms", address="13700000001")
        yield running


@pytest.fixture(autouse=True)
async def _fresh(api: Api, sms: Receiver, chat: Receiver, post: Mailbox) -> None:
    """What other tests left is sent before, so that each sees its own."""
    await tell(api, noon(api, 30))
    for party in (sms.bodies, chat.bodies, post.mails):
        party.clear()


async def test_a_citizen_is_told_of_each_stage(api: Api, sms: Receiver) -> None:
    life = await live(api, "resolved", requester=PERSON)
    await tell(api)
    assert len(sms.texts(PHONE)) == 1, "all of it happened before anything was sent"
    assert "已办结" in sms.texts(PHONE)[0]
    assert life.ticket_no in sms.texts(PHONE)[0]
    assert life.code not in str(sms.bodies)
    assert sms.bodies[0].keys() == {"id", "to", "text", "sign"}
    assert sms.bodies[0]["sign"] == "云岭市12345"
    assert sms.headers[-1]["Authorization"] == "Bearer a key"
    (told,) = await messages(api, life.ticket_no, channel="sms")
    assert (told["state"], told["joined"], told["gateway_id"]) == ("sent", 3, "G-1")
    assert told["body"] == sms.texts(PHONE)[0]
    assert told["recipient"] == "139****5678"
    assert told["uid"] == sms.bodies[0]["id"]


@pytest.mark.parametrize(
    ("position", "word"),
    [
        ("received", "已受理"),
        ("declined", "不属于受理范围"),
        ("transferred", "已转交"),
        ("on hold", "暂缓办理"),
        ("assigned", "已派至"),
    ],
)
async def test_words_of_each_stage(api: Api, sms: Receiver, position: str, word: str) -> None:
    await live(api, position, requester=PERSON)
    await tell(api)
    (text,) = sms.texts(PHONE)
    assert word in text
    assert "{" not in text
    assert len(text) <= 70


async def test_a_call_nobody_answered_asks_for_a_rating(api: Api, sms: Receiver) -> None:
    life = await live(api, "resolved", requester=PERSON)
    await tell(api)
    await api.step("callback", life.path("request", "callbacks"), outcome="no_answer")
    await tell(api, noon(api, 2))
    assert "在线评价" in sms.texts(PHONE)[1]


@pytest.mark.parametrize(
    "filing",
    [
        {"requester": {"name": "无号码"}},
        {"requester": {"phone": "0990-5550000"}},
        {"requester": PERSON, "notify": False},
        {"requester": PERSON, "channel": "import"},
    ],
)
async def test_who_has_no_mobile_or_wants_none_gets_none(api: Api, sms: Receiver, filing: dict[str, Any]) -> None:
    filed = await api.file(**filing)
    await tell(api)
    assert sms.bodies == []
    assert [m for m in await messages(api, filed["ticket_no"]) if m["audience"] == "citizen"] == []


async def test_a_unit_is_told_by_chat_and_mail_each_in_its_language(api: Api, chat: Receiver, post: Mailbox) -> None:
    life = await live(api, "assigned")
    await tell(api)
    (body,) = chat.bodies
    assert body["title"] == f"新工单 {life.order_no}"
    assert "请及时登录签收办理" in body["message"]
    (mail,) = post.mails
    assert mail["Subject"] == f"New work order {life.order_no}"
    assert mail["To"] == "duty@example.gov.cn"
    assert mail["From"] == "12345@example.gov.cn"
    sent = {m["channel"]: m for m in await messages(api, life.ticket_no)}
    assert mail["Message-ID"] == f"<{sent['email']['uid']}@example.gov.cn>"
    assert sent["apprise"]["recipient"] == "json://127.0.0.1****"
    assert sent["email"]["recipient"] == "d***@example.gov.cn"
    assert {m["unit_code"] for m in sent.values()} == {UNIT}


async def as_often_as_they_like(api: Api) -> None:
    """Let the policies allow twenty reminders a day."""
    admin = api.as_("admin")
    for policy in (await admin.get("/v1/sla-policies", params={"limit": 200})).json()["items"]:
        changed = await admin.patch(f"/v1/sla-policies/{policy['id']}", json={"reminders_a_day": 20})
        assert changed.status_code == 200
    await api.here.reference.refresh()


async def test_twenty_reminders_are_one_message(api: Api, chat: Receiver) -> None:
    await as_often_as_they_like(api)
    life = await live(api, "in progress")
    await tell(api)
    chat.bodies.clear()
    for _ in range(20):
        await api.step("operator", life.path("request", "reminders"), text="还没来人")
        await consume(api.here, noon(api))
    await tell(api)
    assert chat.bodies == [], "within the gap since the first"
    await tell(api, noon(api) + timedelta(minutes=11))
    (body,) = chat.bodies
    assert "诉求人催办" in body["message"]
    assert "另有19条动态" in body["message"]
    assert "还没来人" not in body["message"]


async def test_the_weightier_of_two_gives_the_words(api: Api, chat: Receiver) -> None:
    life = await live(api, "in progress")
    await api.step("operator", life.path("request", "supplements"), text="补充")
    await tell(api)
    (body,) = chat.bodies
    assert body["title"].startswith("新工单")
    assert "另有1条动态" in body["message"]


async def test_what_is_over_is_not_told_any_more(api: Api, chat: Receiver) -> None:
    life = await live(api, "resolved")
    await tell(api)
    assert chat.bodies == []
    assert {(m["state"], m["reason"]) for m in await messages(api, life.ticket_no)} == {("skipped", "over")}


async def test_a_withdrawn_order(api: Api, chat: Receiver) -> None:
    await live(api, "withdrawn")
    await tell(api)
    assert "已收回" in chat.bodies[0]["title"]


async def test_late_orders_reach_unit_and_supervisor(api: Api, chat: Receiver, sms: Receiver) -> None:
    life = await live(api, "assigned")
    await tell(api)
    chat.bodies.clear()
    at = noon(api, 40)
    await sweep(api.here, at)
    await tell(api, at)
    (body,) = [b for b in chat.bodies if life.order_no and life.order_no in b["title"]]
    assert "逾期未办结" in body["title"], "of overdue and late, the graver gives the words"
    assert [text for text in sms.texts("13700000001") if life.order_no and life.order_no in text]


async def test_only_the_last_dissatisfaction_is_the_supervisors(api: Api, sms: Receiver) -> None:
    life = await live(api, "resolved")
    rating = {"code": life.code, "resolved": "no", "satisfaction": 1}
    for round_no in (1, 2, 3):
        answer = await api.as_().post(f"/public/requests/{life.ticket_no}/rating", json=rating)
        assert answer.status_code == 200, answer.text
        await tell(api, noon(api, round_no + 1))
        told = [text for text in sms.texts("13700000001") if "不满意" in text]
        assert len(told) == (round_no == 3)
        if round_no < 3:
            order = f"{life.ticket_no}-{round_no + 1}"
            await api.step(f"unit-{UNIT}", f"work-orders/{order}/accept")
            await api.step(f"unit-{UNIT}", f"work-orders/{order}/submit", result="已办。", outcome="solved")
            await api.step("dispatcher", life.path("request", "review"), decision="approve")


def local(api: Api, clock: str, days: int = 1) -> datetime:
    day = (datetime.now(api.here.settings.zone) + timedelta(days=days)).date()
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=api.here.settings.zone)


async def test_nobody_is_woken_without_need(api: Api, sms: Receiver, chat: Receiver) -> None:
    await live(api, "assigned", requester=PERSON)
    urgent = await live(api, "assigned", requester=PERSON, urgency="urgent")
    await tell(api, local(api, "23:00"))
    await tell(api, local(api, "07:59", 2))
    assert sms.bodies == [], "a citizen sleeps, whatever the matter"
    assert [body["title"] for body in chat.bodies] == [f"新工单 {urgent.order_no}"]
    await tell(api, local(api, "08:00", 2))
    assert len(sms.texts(PHONE)) == 2
    assert len(chat.bodies) == 2


@pytest.mark.parametrize("filing", [{"confidential": True}, {"anonymous": True}, {"kind": "report"}])
async def test_secret_matters_tell_nothing(
    api: Api, sms: Receiver, chat: Receiver, post: Mailbox, filing: dict[str, Any]
) -> None:
    life = await live(api, "received", requester=PERSON, **filing)
    await api.step("dispatcher", life.path("request", "classify"), category_code="0203", area_code="990100001002")
    order = await api.step("dispatcher", life.path("request", "dispatch"), unit_code=UNIT, reason="赵铁柱要求")
    await api.step("operator", life.path("request", "supplements"), text="我叫赵铁柱，路灯")
    await tell(api)
    (text,) = sms.texts(PHONE)
    assert text == f"您的来件{life.ticket_no}有新进展，请凭流水号和提取码查询。"
    said = str(chat.bodies) + str([mail.get_content() for mail in post.mails])
    assert order["work_order_no"] in said
    for word in ("路灯", "Street", "清河", "东河", "赵铁柱", PHONE, life.code):
        assert word not in said, word
    for reader in ("auditor", "admin"):
        listed = await messages(api, life.ticket_no, who=reader)
        assert {m["recipient"] for m in listed if m["audience"] == "citizen"} == {None}
        assert PHONE not in str(listed)
    async with api.here.database.connection() as connection:
        rows = await connection.fetch("SELECT message::text AS said FROM message")
    assert not [row for row in rows if "赵铁柱" in row["said"] or PHONE in row["said"] or "我叫" in row["said"]]


async def test_supervisors_hear_nothing_of_restricted_matters(api: Api, sms: Receiver) -> None:
    life = await live(api, "assigned")
    async with api.here.database.connection() as connection:
        await connection.execute("UPDATE service_request SET restricted = true WHERE ticket_no = $1", life.ticket_no)
    at = noon(api, 40)
    await sweep(api.here, at)
    await tell(api, at)
    assert life.ticket_no not in str(sms.bodies)


async def test_each_event_is_told_once_by_many_workers(api: Api, chat: Receiver, sms: Receiver) -> None:
    lives = [await live(api, "assigned", requester=PERSON) for _ in range(12)]
    at = noon(api)
    await asyncio.gather(*(consume(api.here, at) for _ in range(4)))
    await asyncio.gather(*(tell(api, at) for _ in range(4)))
    assert sorted(body["title"] for body in chat.bodies) == sorted(f"新工单 {life.order_no}" for life in lives)
    assert len({body["id"] for body in sms.bodies}) == len(sms.bodies) == 12


async def test_after_a_restore_the_past_is_not_told_again(api: Api, chat: Receiver, sms: Receiver) -> None:
    async with api.here.database.connection() as connection:
        before = await connection.fetchval("SELECT count(*) FROM message")
        await connection.execute("UPDATE installation SET epoch = epoch + 1")
    await tell(api)
    await tell(api)
    async with api.here.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM message") == before
        await connection.execute("DELETE FROM consumer")
    await tell(api)
    await live(api, "assigned", requester=PERSON)
    await tell(api)
    assert len(sms.bodies) == len(chat.bodies) == 1
