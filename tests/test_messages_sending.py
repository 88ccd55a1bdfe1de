"""Getting messages out: gateways that fail, refuse, hang and recover; a sender that is killed; channels that are off."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import KEYS, settings_for

from app.domain.messages import MAX_ATTEMPTS, MessageChannel
from app.services.housekeeping import clean_up
from app.services.messages.channels import chat as chats
from app.services.messages.channels.outcome import MESSAGES, Letter, Result
from app.services.messages.consume import consume
from app.services.messages.outbox import LEASE
from app.services.messages.send import deliver, send_due
from support.api import Api, serve
from support.lives import UNIT, live
from support.messages import PERSON, PHONE, contact, messages, noon, tell
from support.parties import Mailbox, Receiver, mailbox, receiver
from support.service import environment, eventually

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def sms() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
def post() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture(scope="module")
async def api(database_copy: str, workspace: Path, sms: Receiver, post: Mailbox) -> AsyncIterator[Api]:
    given = {"sms_url": sms.url, "smtp_url": post.url, "webhook_allow": "127.0.0.0/8", "quiet_hours": ""}
    async with serve(settings_for(database_copy, workspace, **given)) as running:
        yield running


@pytest.fixture(autouse=True)
async def _fresh(api: Api, sms: Receiver, post: Mailbox) -> None:
    sms.status, sms.hang, sms.location, post.refusal = 200, 0.0, "", ""
    sms.answer = b'{"id": "G-1"}'
    await tell(api, noon(api, 30))
    sms.bodies.clear()
    post.mails.clear()


def counted(channel: str, outcome: str) -> float:
    return MESSAGES.labels(channel, outcome)._value.get()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_a_gateway_that_fails_is_asked_again_later(api: Api, sms: Receiver, status: int) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.status = status
    at = noon(api)
    before = counted("sms", "retry")
    await tell(api, at)
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["reason"], told["attempts"]) == ("waiting", f"gateway-{status}", 1)
    await tell(api, at + timedelta(seconds=50))
    assert len(sms.bodies) == 1, "not before a minute has passed"
    sms.status = 202
    await tell(api, at + MINUTE)
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["attempts"]) == ("sent", 2)
    assert len({body["id"] for body in sms.bodies}) == 1, "the same id at every attempt"
    assert counted("sms", "retry") == before + 1


async def test_after_the_last_attempt_a_person_may_try_again(api: Api, sms: Receiver) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.status = 500
    for hours in range(MAX_ATTEMPTS + 2):
        await tell(api, noon(api) + timedelta(hours=hours))
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["attempts"], len(sms.bodies)) == ("failed", MAX_ATTEMPTS, MAX_ATTEMPTS)
    sms.status = 200
    again = await api.as_("supervisor").post(f"/v1/messages/{told['id']}:retry")
    assert (again.json()["state"], again.json()["attempts"]) == ("waiting", 0)
    await tell(api)
    assert (await messages(api, life.ticket_no))[0]["state"] == "sent"
    refused = await api.as_("supervisor").post(f"/v1/messages/{told['id']}:retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "message-state")


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
async def test_a_refusal_is_final(api: Api, sms: Receiver, status: int) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.status, sms.location = status, sms.url
    await tell(api)
    await tell(api, noon(api, 3))
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["reason"]) == ("failed", f"gateway-{status}")
    assert len(sms.bodies) == 1


@pytest.mark.parametrize("answer", [b"", b"[]", b"\xff", b'{"id": null}', b'{"id": "a\\u0000b"}', b"x" * 200_000])
async def test_whatever_a_gateway_says_with_2xx_it_has_taken_it(api: Api, sms: Receiver, answer: bytes) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.answer = answer
    await tell(api)
    (told,) = await messages(api, life.ticket_no)
    assert told["state"] == "sent"
    assert told["gateway_id"] in (None, "ab")


async def test_what_is_new_replaces_what_could_not_be_sent(api: Api, sms: Receiver) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.status, sms.hang = 500, 0.5
    sending = asyncio.create_task(tell(api))
    while not sms.bodies:
        await asyncio.sleep(0.01)
    await api.step("dispatcher", life.path("request", "decline"), reason="military", text="请向有关部门反映。")
    await consume(api.here, noon(api))
    await sending
    sms.status, sms.hang = 200, 0.0
    await tell(api, noon(api, 2))
    first, second = await messages(api, life.ticket_no)
    assert (first["state"], second["state"], second["joined"]) == ("replaced", "sent", 2)
    assert "不属于受理范围" in sms.texts(PHONE)[-1]


async def test_cancelling(api: Api, sms: Receiver) -> None:
    life = await live(api, "received", requester=PERSON)
    await consume(api.here, noon(api))
    (told,) = await messages(api, life.ticket_no)
    stopped = await api.as_("admin").post(f"/v1/messages/{told['id']}:cancel")
    assert stopped.json()["state"] == "cancelled"
    assert (await api.as_("admin").post(f"/v1/messages/{told['id']}:cancel")).json()["code"] == "message-state"
    await tell(api)
    assert sms.bodies == []
    await api.step("dispatcher", life.path("request", "dispatch"), unit_code=UNIT)
    await consume(api.here, noon(api))
    taken = await api.as_("admin").post(f"/v1/messages/{told['id']}:retry")
    assert taken.json()["code"] == "message-state", "another one waits"


@pytest.mark.parametrize("who", ["auditor", "operator", "unit-water"])
async def test_who_may_look_and_who_may_act(api: Api, who: str) -> None:
    assert (await api.as_(who).get("/v1/messages")).status_code == (200 if who == "auditor" else 403)
    for action in ("retry", "cancel"):
        assert (await api.as_(who).post(f"/v1/messages/1:{action}")).status_code == 403
        assert (await api.as_("admin").post(f"/v1/messages/{2**62}:{action}")).status_code == 404


async def test_mail_that_is_refused_and_mail_that_is_put_off(api: Api, post: Mailbox) -> None:
    key = await contact(api, unit_code=UNIT, kind="email", address="duty@example.gov.cn")
    for refusal, state, reason in (
        ("550 no such user", "failed", "smtp-550"),
        ("451 try later", "waiting", "smtp-451"),
        ("", "sent", None),
    ):
        post.refusal = refusal
        life = await live(api, "assigned")
        await tell(api)
        (told,) = await messages(api, life.ticket_no)
        assert (told["state"], told["reason"]) == (state, reason)
    assert (await api.as_("admin").delete(f"/v1/contact-points/{key}")).status_code == 204
    await tell(api, noon(api, 2))
    assert len(post.mails) == 1, "nobody is left to tell"


async def test_a_channel_that_hangs_delays_only_itself(api: Api, sms: Receiver, post: Mailbox) -> None:
    key = await contact(api, unit_code=UNIT, kind="email", address="night@example.gov.cn")
    await live(api, "assigned", requester=PERSON)
    await consume(api.here, noon(api))
    sms.hang = 2.0
    slow = asyncio.create_task(send_due(api.here, noon(api), MessageChannel.SMS))
    await send_due(api.here, noon(api), MessageChannel.EMAIL)
    assert len(post.mails) == 1
    assert not slow.done()
    assert await slow == 1
    await api.as_("admin").delete(f"/v1/contact-points/{key}")


async def test_chats_redirects_and_failures(api: Api, sms: Receiver) -> None:
    def letter(address: str) -> Letter:
        return Letter("u", MessageChannel.APPRISE, address, "t", "x")

    here = f"json://127.0.0.1:{sms.port}/hook"
    assert (await deliver(api.here, letter(here))).result is Result.SENT
    sms.status, sms.location = 307, sms.url
    assert (await deliver(api.here, letter(here + "?redirect=yes"))).result is Result.RETRY
    assert len(sms.bodies) == 2, "nobody is sent on"
    assert (await deliver(api.here, letter("json://127.0.0.1:1/x"))).reason == "service-failed"
    assert (await deliver(api.here, letter("json://10.1.2.3/x"))).reason == "inward-address"
    assert (await deliver(api.here, letter("json://no-such-host.invalid/x"))).reason == "unknown-host"
    assert (await deliver(api.here, letter("syslog://"))).reason == "bad-address"
    assert chats.receiver("json://[") is None


async def test_channels_that_are_off_skip(database_copy: str, workspace: Path, api: Api) -> None:
    life = await live(api, "received", requester=PERSON)
    async with serve(settings_for(database_copy, workspace)) as without:
        await tell(without)
        (told,) = await messages(without, life.ticket_no)
    assert (told["state"], told["reason"]) == ("skipped", "channel-off")


async def test_a_sender_that_is_killed_tries_once_more_with_the_same_id(
    api: Api, database_copy: str, workspace: Path, sms: Receiver
) -> None:
    life = await live(api, "received", requester=PERSON)
    sms.hang = 3.0
    given = environment(
        database_url=database_copy,
        data_dir=workspace,
        secret_keys=KEYS,
        sms_url=sms.url,
        quiet_hours="",
        log_level="error",
    )
    with (workspace / "killed.log").open("w") as log:
        worker = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=given, stdout=log, stderr=log)
    await asyncio.to_thread(eventually, lambda: sms.bodies)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    sms.hang = 0.0
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["attempts"]) == ("sending", 1)
    now = datetime.now(UTC)
    await tell(api, now)
    assert len(sms.bodies) == 1, "it is still the dead one's"
    await tell(api, now + LEASE)
    await tell(api, now + 2 * LEASE)
    (told,) = await messages(api, life.ticket_no)
    assert (told["state"], told["attempts"]) == ("sent", 2)
    assert [body["id"] for body in sms.bodies] == [told["uid"]] * 2


async def test_old_messages_are_thrown_away(api: Api) -> None:
    life = await live(api, "received", requester=PERSON)
    await tell(api)
    other = await live(api, "received", requester=PERSON)
    await consume(api.here, noon(api))
    await clean_up(api.here, noon(api) + timedelta(days=89))
    assert await messages(api, life.ticket_no)
    await clean_up(api.here, noon(api) + timedelta(days=91))
    assert await messages(api, life.ticket_no) == []
    assert await messages(api, other.ticket_no), "what waits is kept"
