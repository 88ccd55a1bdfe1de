"""A real service under more than it can carry: it refuses early and in order, nobody starves anybody, slow ones go."""

import asyncio
import io
import json
import os
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import KEYS
from PIL import Image

from support.flood import Answer, Line, all_at_once, deaf, dial, lines, raw
from support.service import Service, running

FORM = {"channel": "phone", "text": "东湖花园南门外的路灯坏了一个星期，晚上一片漆黑，请尽快派人维修。"}


@pytest.fixture(scope="module")
def roomy(database_copy: str, workspace: Path) -> Iterator[Service]:
    """A service with the usual limits, but for what one account may do, which stands for many here."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "log_level": "warning"}
    given |= {"max_polls_each": "1000"}
    with running("serve", "--port", "0", log=workspace / "roomy.log", **given) as service:
        yield service


@pytest.fixture(scope="module")
def narrow(database_copy: str, workspace: Path) -> Iterator[Service]:
    """A service for sixty connections that gives its callers one second."""
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "log_level": "warning"}
    given |= {"max_connections": "60", "caller_seconds": "1", "calls_at_once": "4"}
    given |= {"max_waiting_polls": "12", "max_polls_each": "8"}
    with running("serve", "--port", "0", log=workspace / "narrow.log", **given) as service:
        yield service


def shed(service: Service, kind: str) -> float:
    return service.figures().get(f'hotline_shed_total{{class="{kind}"}}', 0)


async def one(service: Service, content: bytes) -> Answer:
    return (await all_at_once(service.url, content, 1))[0]


async def test_what_is_too_much_is_refused_with_a_problem_and_the_rest_succeeds(roomy: Service) -> None:
    operator = roomy.token("operator")
    before = shed(roomy, "write")
    call = raw("POST", "/v1/requests:preview", operator, FORM)
    flood = asyncio.gather(*(all_at_once(roomy.url, call, 100) for _ in range(3)))
    alive = await all_at_once(roomy.url, raw("GET", "/healthz"), 20)
    answers = [answer for part in await flood for answer in part]
    assert {answer.status for answer in alive} == {200}
    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) == {200, 503}
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.headers["retry-after"] for answer in refused} == {"1", "2", "3"}
    problem = httpx.Response(503, content=refused[0].body).json()
    assert problem | {"status": 503, "code": "overloaded", "detail": "当前访问人数较多，请稍后重试。"} == problem
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert refused[0].headers["cache-control"] == "no-store"
    assert shed(roomy, "write") - before == len(refused)
    assert (await one(roomy, call)).status == 200, "afterwards all is as before"
    assert "shedding" in roomy.log()


async def test_the_refusal_speaks_the_callers_language_and_is_a_page_in_a_browser(roomy: Service) -> None:
    async def refused(headers: dict[str, str]) -> Answer:
        for _ in range(20):
            answers = await all_at_once(roomy.url, raw("GET", "/", headers), 300)
            if found := [answer for answer in answers if answer.status == 503]:
                return found[0]
        raise AssertionError("nothing was refused")

    english = await refused({"Accept-Language": "en", "Accept": "application/json"})
    assert b"More calls arrive than can be handled" in english.body
    page = await refused({"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "系统暂时不可用" in page.body.decode()
    assert "没有提交" not in page.body.decode(), "there was nothing to lose"
    assert page.headers["retry-after"] in "123"


async def keep_asking(line: Line, content: bytes, seen: Counter[int], over: asyncio.Event) -> None:
    while not over.is_set():
        seen[(await line.ask(content)).status] += 1


async def test_intake_gets_through_while_look_ups_and_polls_hang_on(roomy: Service) -> None:
    operator, unit = roomy.token("operator"), roomy.token("dispatcher")
    filed = httpx.post(roomy.url + "/v1/requests", json=FORM, headers=operator, timeout=30).json()
    look_up = raw("GET", f"/public/requests/{filed['ticket_no']}?code={filed['query_code']}")
    poll = raw("GET", "/v1/feed?after=latest&wait=30&limit=1", unit)
    seen: Counter[int] = Counter()
    over = asyncio.Event()
    async with lines(roomy.url, 500) as pollers, lines(roomy.url, 500) as citizens:
        polls = [asyncio.create_task(line.ask(poll)) for line in pollers]
        async with asyncio.timeout(60):
            while roomy_waiters(await one(roomy, raw("GET", "/metrics"))) < 500:
                await asyncio.sleep(0.1)
        asking = [asyncio.create_task(keep_asking(line, look_up, seen, over)) for line in citizens]
        for _ in range(20):
            answer = await one(roomy, raw("POST", "/v1/requests", operator, FORM))
            assert answer.status == 201
        over.set()
        told = await asyncio.gather(*polls)
        await asyncio.gather(*asking)
    assert {answer.status for answer in told} == {200}, "every poll was told of the first request"
    assert seen[200] > 0
    assert set(seen) <= {200, 503}
    assert (await one(roomy, look_up)).status == 200


POLL = "/v1/feed?after=latest&wait=30"


async def test_a_poll_ends_when_its_caller_hangs_up(narrow: Service) -> None:
    """Otherwise a few connections that call and go would keep all others from waiting for half a minute."""
    going, staying = narrow.token("dispatcher"), narrow.token("auditor")
    for _ in range(5):
        async with lines(narrow.url, 8) as callers:
            for line in callers:
                line.writer.write(raw("GET", POLL, going))
            await waiters(narrow, 8)
        await waiters(narrow, 0)
    assert (await one(narrow, raw("GET", "/v1/feed?after=latest&wait=0.1", staying))).status == 200


async def test_a_poll_does_not_wait_where_it_would_not_be_noticed_that_its_caller_hangs_up(narrow: Service) -> None:
    """Behind a call that is sent ahead, and behind a long body, nothing more is read from a connection."""
    going, me = narrow.token("dispatcher"), raw("GET", "/v1/auth/me", narrow.token("auditor"))
    async with asyncio.timeout(10), lines(narrow.url, 3) as (ahead, later, long):
        ahead.writer.write(raw("GET", POLL, going) + me)
        later.writer.write(raw("GET", POLL, going))
        await waiters(narrow, 1)
        later.writer.write(me)
        for line in (ahead, later):
            assert [(await line.answer()).status for _ in range(2)] == [200, 200]
        assert (await long.ask(raw("GET", POLL, going, "x" * 100_000))).status == 200


async def test_one_account_does_not_take_all_the_places_to_wait(narrow: Service) -> None:
    greedy, other = narrow.token("dispatcher"), narrow.token("auditor")
    async with lines(narrow.url, 8) as callers:
        for line in callers:
            line.writer.write(raw("GET", POLL, greedy))
        await waiters(narrow, 8)
        refused = await one(narrow, raw("GET", POLL, greedy))
        problem = httpx.Response(429, content=refused.body).json()
        assert (refused.status, problem["code"]) == (429, "too-many-polls")
        assert problem["detail"] == "同一账号最多同时等待 8 个轮询，请等其他轮询结束后再试。"
        assert refused.headers["retry-after"] == "5"
        english = await one(narrow, raw("GET", POLL, {**greedy, "Accept-Language": "en"}))
        assert b"At most 8 polls of one account" in english.body
        assert (await one(narrow, raw("GET", "/v1/feed?after=latest", greedy))).status == 200, (
            "who does not wait may ask"
        )
        assert (await one(narrow, raw("GET", "/v1/feed?after=latest&wait=0.1", other))).status == 200
    await waiters(narrow, 0)


async def waiters(service: Service, number: int) -> None:
    """Wait until so many clients wait."""
    async with asyncio.timeout(10):
        while roomy_waiters(await one(service, raw("GET", "/metrics"))) != number:
            await asyncio.sleep(0.05)


def roomy_waiters(figures: Answer) -> float:
    line = next(line for line in figures.body.decode().splitlines() if line.startswith("hotline_feed_waiters "))
    return float(line.split()[1])


async def test_a_slow_body_is_cut_off_and_holds_no_place(narrow: Service) -> None:
    head = b"POST /v1/requests HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n{"
    async with lines(narrow.url, 30) as slow:
        for line in slow:
            line.writer.write(head)
        assert (await one(narrow, raw("POST", "/v1/requests", narrow.token("operator"), FORM))).status == 201
        answers = await asyncio.gather(*(line.answer() for line in slow))
        assert {answer.status for answer in answers} == {408}
        assert httpx.Response(408, content=answers[0].body).json()["code"] == "too-slow"
        assert all(await asyncio.gather(*(line.ended() for line in slow)))


def noise() -> bytes:
    """A picture that no format makes small."""
    made = io.BytesIO()
    Image.frombytes("RGB", (150, 150), os.urandom(150 * 150 * 3)).save(made, "PNG")
    return made.getvalue()


async def test_a_long_body_that_dries_up_is_cut_off_and_one_that_flows_is_not(narrow: Service) -> None:
    operator = narrow.token("operator")
    filed = httpx.post(narrow.url + "/v1/requests", json=FORM, headers=operator, timeout=30).json()
    path = f"/v1/requests/{filed['ticket_no']}/attachments"
    upload = httpx.Request("POST", narrow.url + path, headers=operator, files={"file": ("photo.png", noise())})
    body = upload.read()
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in upload.headers.items())
    async with lines(narrow.url, 2) as (dry, flowing):
        for line in (dry, flowing):
            line.writer.write(f"{head}\r\n".encode() + body[:40_000])
        for start in range(40_000, len(body), 4_000):
            await asyncio.sleep(0.2)
            flowing.writer.write(body[start : start + 4_000])
        assert (await flowing.answer()).status == 201
        assert (await dry.answer()).status == 408
        assert await dry.ended()


def slow(path: str, headers: str = "") -> bytes:
    """The beginning of a long body."""
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n{headers}Content-Type: application/json\r\nContent-Length: 900000"
    return head.encode() + b"\r\n\r\n" + b" " * 40_000


async def test_a_long_body_that_trickles_is_cut_off(narrow: Service) -> None:
    line = await dial(narrow.url)
    line.writer.write(slow("/public/requests"))
    answer = asyncio.create_task(line.answer())
    for _ in range(20):
        if not answer.done():
            line.writer.write(b" " * 700)
            await asyncio.sleep(0.5)
    assert answer.done()
    assert answer.result().status == 408
    line.close()


@pytest.mark.parametrize(("path", "accepted"), [("/public/requests", 422), ("/v1/requests", 401)])
async def test_slow_bodies_of_one_address_leave_places_to_others(roomy: Service, path: str, accepted: int) -> None:
    before, token = shed(roomy, "sender"), "Authorization: Bearer x\r\n"
    own, other = {"Authorization": "Bearer x"}, {"Authorization": "Bearer x", "X-Forwarded-For": "203.0.113.9"}
    long = {"text": "x" * 40_000}
    async with lines(roomy.url, 55) as opened:
        for line in opened:
            line.writer.write(slow(path, token))
        await asyncio.sleep(0.5)
        assert shed(roomy, "sender") - before == 45
        assert (await one(roomy, raw("POST", path, other, long))).status == accepted
    await asyncio.sleep(0.3)
    assert (await one(roomy, raw("POST", path, own, long))).status == accepted, "who has left holds nothing"


async def test_without_a_token_a_long_body_is_not_waited_for(roomy: Service) -> None:
    line = await dial(roomy.url)
    line.writer.write(slow("/v1/requests"))
    async with asyncio.timeout(10):
        assert (await line.answer()).status == 401
    line.close()


async def test_who_does_not_read_is_cut_off(narrow: Service) -> None:
    line = await dial(narrow.url)
    line.writer.transport.pause_reading()
    calls = raw("GET", "/v1/categories?limit=200", narrow.token("operator")) * 1000  # more than the system buffers
    line.writer.write(calls)
    async with asyncio.timeout(60):
        while not line.writer.transport.is_closing():
            assert (await one(narrow, raw("GET", "/healthz"))).status == 200
            line.writer.write(b"\r\n")
            await asyncio.sleep(0.1)
    line.close()


def description(service: Service) -> None:
    """Have the largest answer without a login made."""
    assert httpx.get(service.url + "/openapi.json", timeout=120).status_code == 200


async def test_who_does_not_read_holds_no_place_with_calls_sent_ahead(roomy: Service) -> None:
    description(roomy)
    ahead = raw("GET", "/openapi.json") * 2 + raw("POST", "/v1/requests", {}, FORM)
    with deaf(roomy.url, ahead, 24):
        await asyncio.sleep(1)
        for path, status in (("/v1/requests", 401), ("/public/requests", 422)):
            assert (await one(roomy, raw("POST", path, {}, {}))).status == status
        assert (await one(roomy, raw("GET", "/"))).status == 200


async def test_who_goes_away_is_no_fault_of_ours(roomy: Service) -> None:
    """With one call at work and another sent ahead; with many, some at work; with an answer half read."""
    description(roomy)
    operator = roomy.token("operator")
    before = len(roomy.log())
    poll, page = raw("GET", "/v1/feed?after=latest&wait=1", operator), raw("GET", "/v1/requests?limit=200", operator)
    for calls in (poll + page, poll, page * 20, raw("GET", "/openapi.json") * 4 + page):
        with deaf(roomy.url, calls, 10):
            await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    figures = roomy.figures()
    log = roomy.log()[before:]
    assert "unexpected" not in log
    assert "Exception in ASGI" not in log
    left = [name for name in figures if 'route="/v1/feed"' in name and 'status="499"' in name]
    assert left, "nobody was answered 200"


async def test_who_reads_late_gets_all_answers_to_calls_sent_ahead(roomy: Service) -> None:
    description(roomy)
    line = await dial(roomy.url)
    line.writer.transport.pause_reading()
    line.writer.write(raw("GET", "/openapi.json") * 12 + raw("POST", "/v1/requests", {}, FORM))
    await asyncio.sleep(1)
    line.writer.transport.resume_reading()
    async with asyncio.timeout(60):
        assert [(await line.answer()).status for _ in range(13)] == [200] * 12 + [401]
    line.close()


async def test_idle_connections_make_room_for_new_ones(narrow: Service) -> None:
    before = shed(narrow, "connection")
    async with lines(narrow.url, 50) as idle:
        assert {
            answer.status for answer in await asyncio.gather(*(line.ask(raw("GET", "/healthz")) for line in idle))
        } == {200}
        async with lines(narrow.url, 40) as fresh:
            asked = await asyncio.gather(*(line.ask(raw("GET", "/healthz")) for line in fresh))
            assert {answer.status for answer in asked} == {200}
            assert all(await asyncio.gather(*(line.ended() for line in idle[:20])))
            assert (await idle[-1].ask(raw("GET", "/healthz"))).status == 200
    assert shed(narrow, "connection") - before >= 30


async def test_calls_that_are_sent_ahead_are_answered_in_order(narrow: Service) -> None:
    line = await dial(narrow.url)
    line.writer.write(raw("GET", "/healthz") * 3 + raw("POST", "/v1/requests", {}, FORM) + raw("GET", "/readyz"))
    assert [(await line.answer()).status for _ in range(5)] == [200, 200, 200, 401, 200]
    line.close()


HEADERS: list[tuple[str, int, str]] = [
    # header lines, status, code
    ('If-Match: "999"', 412, "stale-version"),
    ("If-Match: *", 404, "not-found"),
    *(
        (f"If-Match: {tag}", 422, "invalid")
        for tag in ('W/"1"', "1", '"1', '1"', '""1""', '"1", "2"', 'W/"1', '""', '"x"', '"1234567890"', "W/*")
    ),
    ("Idempotency-Key: a\r\nIdempotency-Key: b", 422, "invalid"),
    ('If-Match: "1"\r\nIf-Match: "2"', 422, "invalid"),
    ("Authorization: Bearer x", 422, "invalid"),
    ("Content-Type: application/json; charset=gbk", 400, "invalid-encoding"),
    ("content-type: application/json;CHARSET=utf-16", 400, "invalid-encoding"),
]


@pytest.mark.parametrize(("header", "status", "code"), HEADERS)
async def test_headers_that_contradict_or_are_malformed_are_refused(
    narrow: Service, header: str, status: int, code: str
) -> None:
    operator = narrow.token("operator")
    filed = httpx.post(narrow.url + "/v1/requests", json=FORM, headers=operator, timeout=30).json()
    ticket = "20000101000000" if status == 404 else filed["ticket_no"]
    told = raw("POST", f"/v1/requests/{ticket}/reminders", operator, None).removesuffix(b"\r\n").decode()
    body = b'{"note": "x"}'
    told = told.replace("Content-Length: 0", f"Content-Length: {len(body)}")
    kind = "" if "ontent-" in header else "Content-Type: application/json\r\n"
    answer = await one(narrow, f"{told}{kind}{header}\r\n\r\n".encode() + body)
    assert (answer.status, httpx.Response(200, content=answer.body).json()["code"]) == (status, code)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"; v=1'])
async def test_saying_utf_8_or_the_same_twice_is_no_fault(narrow: Service, kind: str) -> None:
    headers = [*narrow.token("operator").items()] * 2 + [("Content-Type", kind), *[("Idempotency-Key", kind[-9:])] * 2]
    answer = httpx.post(narrow.url + "/v1/requests", content=json.dumps(FORM), headers=headers, timeout=30)
    assert answer.status_code == 201
