"""Deliveries: signed, in order, at least once, as the owner sees them; one receiver's trouble is nobody else's."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for
from standardwebhooks import WebhookVerificationError

from app.services.metrics import WEBHOOK_DELIVERIES
from support.api import Api
from support.feed import Reader, poll
from support.lives import ABOVE, STRANGER, UNIT, live
from support.receiver import Message, answer, hang, receiving
from support.webhooks import do, drop, hook, shown, until, update, verify, working

TIMEOUT = 1.0


@pytest.fixture(scope="module", autouse=True)
async def worker(api: Api, database_copy: str, workspace: Path) -> AsyncIterator[None]:
    async with working(settings_for(database_copy, workspace, webhook_timeout=TIMEOUT)):
        yield


async def latest(api: Api) -> str:
    return (await poll(api, "auditor", "latest"))["next_cursor"]


async def feed(api: Api, who: str, after: str) -> list[tuple[str, int, str]]:
    """What the feed shows after a cursor, once all is settled."""
    reader = Reader(api, who, after=after)
    await asyncio.sleep(0.1)
    return await reader.drain()


def counted(outcome: str) -> float:
    return WEBHOOK_DELIVERIES.labels(outcome)._value.get()


async def test_messages_are_signed_in_order_and_as_the_feed_shows_them(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        after, before = made["position"], counted("delivered")
        for name in ("resolved", "closed"):
            await live(api, name)
        expected = await feed(api, "auditor", after)
        await receiver.until(len(expected))
        assert receiver.events == expected
        items = (await poll(api, "auditor", after))["items"]
        first = verify(receiver.taken[0], made["secret"])
        assert first["type"] == first["data"]["kind"] == "request.received"
        assert first["data"] == items[0] | {"work_order": first["data"]["work_order"]}
        assert first["timestamp"] == first["data"]["at"]
        assert len({message.id for message in receiver.taken}) == len(expected)
        altered = Message("/", receiver.taken[0].headers, receiver.taken[0].body + b" ")
        with pytest.raises(WebhookVerificationError):
            verify(altered, made["secret"])
        row = await until(api, made, position=items[-1]["cursor"])
        assert (row["state"], row["failures"], row["last_error"], row["waiting"]["events"]) == ("active", 0, None, 0)
        assert row["last_success_at"]
        assert counted("delivered") - before == len(expected)
        assert receiver.most_at_once == 1
        await drop(api, made)


async def test_news_arrives_at_once(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        await api.file()
        await receiver.until(1)
        for _ in range(5):
            count, started = len(receiver.taken), time.monotonic()
            await api.file()
            await receiver.until(count + 1)
            assert time.monotonic() - started < 1
        await drop(api, made)


async def test_only_the_kinds_asked_for(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver, events=["work_order.accepted", "request.closed", "request.closed"])
        assert made["events"] == ["request.closed", "work_order.accepted"]
        await live(api, "closed")
        await receiver.until(2)
        assert [message.data["kind"] for message in receiver.taken] == ["work_order.accepted", "request.closed"]
        await drop(api, made)


async def test_a_unit_gets_what_its_feed_shows_and_nothing_else(api: Api) -> None:
    after = await latest(api)
    async with receiving() as own, receiving() as above, receiving() as stranger, receiving() as whole:
        made = [
            await hook(api, receiver, who)
            for receiver, who in (
                (own, f"unit-{UNIT}"),
                (above, f"unit-{ABOVE}"),
                (stranger, f"unit-{STRANGER}"),
                (whole, "auditor"),
            )
        ]
        person = {"name": "王某某", "phone": "13812345678"}
        life = await live(api, "in progress", confidential=True, requester=person)
        await api.step("dispatcher", f"requests/{life.ticket_no}/supplements", text="联系电话13812345678。")
        await live(api, "assigned")
        expected = await feed(api, f"unit-{UNIT}", after)
        for receiver in (own, above):
            await receiver.until(len(expected))
            assert receiver.events == expected
        items = [i for i in (await poll(api, f"unit-{UNIT}", after))["items"] if i["kind"] == "request.supplemented"]
        sent = next(m.data for m in own.taken if m.data["kind"] == "request.supplemented")
        assert sent == items[0]
        assert not any("13812345678" in message.body.decode() for message in own.taken + above.taken)
        assert "（保密）" in own.taken[0].data["work_order"]["title"]
        await whole.until(len(await feed(api, "auditor", after)))
        assert stranger.seen == []
        await drop(api, *made)


async def test_bad_receivers_delay_only_themselves(api: Api) -> None:
    async def slow(_message: Message) -> int:
        await asyncio.sleep(0.4)
        return 200

    filed_at: dict[str, float] = {}
    async with receiving() as good, receiving(hang) as dead, receiving(answer(500)) as broken, receiving(slow) as tired:
        made = [await hook(api, one, events=["request.received"]) for one in (dead, broken, tired, good)]
        refusing = await hook(api, "http://127.0.0.1:1/", events=["request.received"])
        await asyncio.sleep(1.2)  # the worker has taken them
        for _ in range(12):
            filed_at[(await api.file())["ticket_no"]] = time.monotonic()
            await asyncio.sleep(0.15)
        await good.until(12)
        late = [message.at - filed_at[message.data["ticket_no"]] for message in good.taken]
        assert max(late) < 1, late
        assert [m.data["ticket_no"] for m in good.taken] == list(filed_at)
        await tired.until(12)
        assert [m.data["ticket_no"] for m in tired.taken] == list(filed_at)
        assert len(dead.seen) <= 2
        for one, error in ((made[0], "timeout"), (made[1], "HTTP 500")):
            row = await until(api, one, last_error=error)
            assert row["failing_since"]
            assert row["waiting"]["events"] >= 12
            assert row["waiting"]["seconds"] > 0
        await drop(api, *made, refusing)


async def test_an_hour_of_failing_loses_nothing_and_keeps_the_order(api: Api) -> None:
    async with receiving(answer(500)) as receiver:
        made = await hook(api, receiver)
        after = made["position"]
        await live(api, "resolved")
        for failures in range(1, 11):
            await until(api, made, failures=failures)
            await update(api, made, "next_attempt_at = now(), failing_since = now() - interval '1 hour'")
        assert len({message.id for message in receiver.seen}) == 1, "the head of the queue stays"
        await live(api, "closed")
        receiver.behave = answer(200)
        await update(api, made, "next_attempt_at = now()")
        expected = await feed(api, "auditor", after)
        await receiver.until(len(expected))
        assert receiver.events == expected
        row = await until(api, made, failures=0)
        assert (row["failing_since"], row["last_error"], row["next_attempt_at"]) == (None, None, None)
        await drop(api, made)


async def test_a_receiver_may_ask_for_patience(api: Api) -> None:
    async with receiving(answer(429, {"Retry-After": "900"})) as receiver:
        made = await hook(api, receiver)
        await api.file()
        await until(api, made, failures=1)
        async with api.here.database.connection() as connection:
            wait = await connection.fetchval("SELECT next_attempt_at - now() FROM webhook WHERE id = $1", made["id"])
        assert 880 < wait.total_seconds() <= 900
        await drop(api, made)


async def test_after_five_days_it_is_disabled_and_goes_on_when_resumed(api: Api) -> None:
    async with receiving(answer(503)) as receiver:
        made = await hook(api, receiver)
        ticket = (await api.file())["ticket_no"]
        await until(api, made, failures=1)
        await update(api, made, "failing_since = now() - interval '119 hours', next_attempt_at = now()")
        assert (await until(api, made, failures=2))["state"] == "active"
        await update(api, made, "failing_since = now() - interval '121 hours', next_attempt_at = now()")
        await until(api, made, state="disabled")
        seen = len(receiver.seen)
        receiver.behave = answer(204)
        await asyncio.sleep(1.5)
        assert len(receiver.seen) == seen
        assert (await do(api, made, "resume"))["state"] == "active"
        await receiver.until(1)
        assert receiver.taken[0].data["ticket_no"] == ticket
        await drop(api, made)


async def test_what_is_refused_goes_to_the_dead_letters_and_the_queue_goes_on(api: Api) -> None:
    unwanted: list[str] = []

    async def choosy(message: Message) -> int | tuple[int, dict[str, str], bytes]:
        return (422, {}, "不认识".encode() * 400) if message.data["ticket_no"] in unwanted else 200

    async with receiving(choosy) as receiver:
        made = await hook(api, receiver, events=["request.received"])
        unwanted.append((await api.file())["ticket_no"])
        wanted = (await api.file())["ticket_no"]
        for failures in (1, 2):
            await until(api, made, failures=failures)
            await update(api, made, "next_attempt_at = now()")
        await receiver.until(1)
        assert [message.data["ticket_no"] for message in receiver.seen] == [*unwanted * 3, wanted]
        page = (await api.as_("admin").get(f"/v1/webhooks/{made['id']}/dead-letters")).json()
        letter = page["items"][0]
        assert (letter["ticket_no"], letter["status"], letter["kind"]) == (unwanted[0], 422, "request.received")
        assert letter["response"] == ("不认识" * 400)[:500]
        path = f"/v1/webhooks/{made['id']}/dead-letters/{letter['id']}"
        assert (await api.as_("admin").post(f"{path}:retry")).json()["status"] == 422
        unwanted.clear()
        assert (await api.as_("admin").post(f"{path}:retry")).json()["delivered"]
        assert receiver.taken[-1].id == receiver.seen[0].id
        assert (await api.as_("admin").post(f"{path}:retry")).status_code == 404
        await drop(api, made)


async def test_gone_disables_at_once_and_redirects_are_failures(api: Api) -> None:
    async with receiving() as inside, receiving(answer(410)) as gone, receiving() as moved:
        moved.behave = answer(307, {"Location": inside.url})
        made = [await hook(api, gone), await hook(api, moved)]
        await api.file()
        assert (await until(api, made[0], state="disabled"))["last_error"] == "HTTP 410"
        assert (await until(api, made[1], failures=1))["last_error"] == "HTTP 307"
        assert inside.seen == []
        await drop(api, *made)


async def test_an_address_that_is_not_allowed_any_more_is_not_called(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        await update(api, made, f"url = 'http://[::ffff:127.0.0.2]:{receiver.port}/'")
        await api.file()
        assert (await until(api, made, failures=1))["last_error"] == "inward-address"
        assert receiver.seen == []
        await drop(api, made)


async def test_while_a_secret_is_replaced_both_sign(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        fresh = await do(api, made, "rotate-secret")
        assert fresh["secret"] != made["secret"]
        assert fresh["previous_secret_until"]
        await api.file()
        await receiver.until(1)
        for secret in (made["secret"], fresh["secret"]):
            verify(receiver.taken[0], secret)
        assert receiver.taken[0].headers["webhook-signature"].count("v1,") == 2
        await update(api, made, "previous_until = now()")
        await do(api, made, "pause")
        await do(api, made, "resume")
        ticket_no = (await api.file())["ticket_no"]
        later = await receiver.until_about(ticket_no)
        verify(later, fresh["secret"])
        with pytest.raises(WebhookVerificationError):
            verify(later, made["secret"])
        await drop(api, made)


async def test_pausing_loses_nothing_and_replaying_begins_anywhere(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        await do(api, made, "pause")
        await live(api, "assigned")
        await asyncio.sleep(1.2)
        assert receiver.seen == []
        assert (await shown(api, made))["waiting"]["events"] == 2
        await do(api, made, "resume")
        await receiver.until(2)
        first, second = receiver.taken
        cursor = first.data["cursor"]
        await do(api, made, "replay", after=cursor)
        await receiver.until(3)
        assert receiver.taken[2].id == second.id
        await do(api, made, "replay", after="beginning")
        whole = await feed(api, "auditor", "")
        await receiver.until(3 + len(whole), within=60)
        assert receiver.events[3:] == whole
        await do(api, made, "replay", after="latest")
        await asyncio.sleep(0.3)
        assert len(receiver.taken) == 3 + len(whole)
        await drop(api, made)


async def test_nothing_is_sent_for_an_owner_who_may_not_read(api: Api) -> None:
    admin = api.as_("admin")
    async with receiving() as receiver:
        made = await hook(api, receiver, "expert", events=["request.received"])
        await api.file()
        await receiver.until(1)
        assert (await admin.patch("/v1/users/expert", json={"active": False})).status_code == 200
        await asyncio.sleep(0.5)  # the worker has heard of it
        ticket = (await api.file())["ticket_no"]
        row = await until(api, made, waiting=None)
        assert (await until(api, made, last_error="the owner is inactive or may not read"))["position"] == row[
            "position"
        ]
        assert len(receiver.seen) == 1
        await admin.patch("/v1/users/expert", json={"active": True})
        await update(api, made, "next_attempt_at = now()")
        await receiver.until(2)
        assert receiver.taken[-1].data["ticket_no"] == ticket
        await drop(api, made)


async def test_a_position_from_before_a_restore_disables(api: Api) -> None:
    async with receiving() as receiver:
        made = await hook(api, receiver)
        await do(api, made, "pause")
        epoch, rest = made["position"].split("-", 1)
        await update(api, made, f"position = '{int(epoch) + 1}-{rest}', state = 'active'")
        row: dict[str, Any] = await until(api, made, state="disabled")
        assert "restored" in row["last_error"]
        answered = await api.as_("admin").post(f"/v1/webhooks/{made['id']}:resume")
        assert (answered.status_code, answered.json()["code"]) == (409, "position-lost")
        await do(api, made, "replay", after="latest")
        await do(api, made, "resume")
        await api.file()
        await receiver.until(1)
        await drop(api, made)


async def test_a_change_holds_from_the_next_message_on(api: Api) -> None:
    async with receiving() as old, receiving() as new:
        made = await hook(api, old)
        await api.file()
        await old.until(1)
        changed = await api.as_("admin").patch(f"/v1/webhooks/{made['id']}", json={"url": new.url})
        assert changed.status_code == 200
        seen = len(old.seen)
        ticket = (await api.file())["ticket_no"]
        async with asyncio.timeout(10):
            while ticket not in [message.data["ticket_no"] for message in new.taken]:
                await asyncio.sleep(0.02)
        assert len(old.seen) - seen <= 1
        await drop(api, made)
        await api.file()
        await asyncio.sleep(0.3)
        assert all(message.data["ticket_no"] for message in new.taken)
