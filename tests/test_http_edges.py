"""A real service and the rest of HTTP: what surrounds a body, calls without a body, callers who do not say whom they call."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from conftest import KEYS
from fastapi.responses import StreamingResponse

from app.core.http_limits import MAX_AROUND_BYTES
from support.api import Api
from support.flood import Answer, Line, dial, lines, raw
from support.service import Service, running

CHUNKED = (
    b"POST /public/requests HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture(scope="module")
def service(database_copy: str, workspace: Path) -> Iterator[Service]:
    given = {"database_url": database_copy, "data_dir": workspace, "secret_keys": KEYS, "log_level": "warning"}
    with running("serve", "--port", "0", log=workspace / "edges.log", **given) as service:
        yield service


def told(answer: Answer) -> dict[str, object]:
    """The problem document, with the status that was really sent."""
    return {**httpx.Response(answer.status, content=answer.body).json(), "sent": answer.status}


def megabytes(service: Service) -> float:
    family = psutil.Process(service.process.pid)
    return sum(member.memory_info().rss for member in (family, *family.children(recursive=True))) / 2**20


AROUND = {
    "long trailers": (b"2\r\n{}\r\n0\r\n", (b"X-A: " + b"y" * 1000 + b"\r\n") * 50),
    "short trailers": (b"2\r\n{}\r\n0\r\n", b"a:b\r\n" * 10_000),
    "one trailer": (b"2\r\n{}\r\n0\r\nX: ", b"y" * 65_536),
    "an extension": (b"2;a=", b"y" * 65_536),
    "extensions": (b"", (b"2;" + b"y" * 100 + b"\r\n[[\r\n") * 500),
    "zeros": (b"", b"0" * 65_536),
}


async def kept_sending(line: Line, piece: bytes, most: int) -> Answer:
    """The answer that ends a caller who sends the same again and again, at most so many times."""
    answer = asyncio.create_task(line.answer())
    for _ in range(most):
        if not answer.done() and not line.writer.is_closing():
            line.writer.write(piece)
            await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        return await answer


@pytest.mark.parametrize(("begin", "more"), AROUND.values(), ids=AROUND)
async def test_what_surrounds_a_body_has_a_bound_and_is_not_kept(service: Service, begin: bytes, more: bytes) -> None:
    before = megabytes(service)
    line = await dial(service.url)
    line.writer.write(CHUNKED + begin)
    answer = await kept_sending(line, more, 500)
    assert told(answer) | {"sent": 400, "code": "around-too-large"} == told(answer)
    assert answer.headers["connection"] == "close"
    assert await line.ended()
    line.close()
    assert megabytes(service) - before < 40, "30 MB were meant to be sent"


async def test_trailers_behind_an_answer_end_the_connection_without_a_second_one(service: Service) -> None:
    line = await dial(service.url)
    line.writer.write(CHUNKED.replace(b"/public/", b"/v1/") + b"a000\r\n" + b" " * 0xA000 + b"\r\n")
    assert (await line.answer()).status == 401
    assert (await kept_sending(line, b"0\r\n" + b"a:b\r\n" * 10_000, 500)).status == 0
    line.close()


async def test_tiny_chunks_extensions_and_trailers_of_a_fair_size_are_taken(service: Service) -> None:
    form = json.dumps({"text": "东湖花园南门外的路灯坏了一个星期，晚上一片漆黑，请尽快派人维修。" * 40}).encode()
    assert 5 * len(form) > MAX_AROUND_BYTES
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in form).replace(b"1", b"00001;signed=no", 1)
    trailers = b"X-Checksum: " + b"a" * 1000 + b"\r\nHost: other\r\n"
    async with lines(service.url, 2) as (fast, slow):
        answer = await fast.ask(CHUNKED + chunks + b"0\r\n" + trailers + b"\r\n")
        assert answer.status == 201, answer.body
        slow.writer.write(CHUNKED)
        for start in range(0, len(chunks), 1000):
            slow.writer.write(chunks[start : start + 1000])
            await asyncio.sleep(0.001)
        assert (await slow.ask(b"0\r\n" + trailers + b"\r\n")).status == 201
        assert (await slow.ask(raw("GET", "/healthz"))).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1",
        b"GET /healthz HTTP/1.1\r\nX-Host: test",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nhost: a",
        b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b",
        b"GET /healthz",
    ],
)
async def test_who_does_not_say_whom_they_call_is_refused(service: Service, head: bytes) -> None:
    line = await dial(service.url)
    answer = await line.ask(head + b"\r\n\r\n")
    assert told(answer) | {"sent": 400, "code": "wrong-host"} == told(answer)
    assert await line.ended()
    line.close()


@pytest.mark.parametrize("head", [b"GET /healthz HTTP/1.0", b"GET /healthz HTTP/1.1\r\nHost:"])
async def test_a_caller_of_old_and_an_empty_name_are_served(service: Service, head: bytes) -> None:
    line = await dial(service.url)
    assert (await line.ask(head + b"\r\n\r\n")).status == 200
    line.close()


OF_THE_MOMENT = {"date", "x-request-id", "transfer-encoding", "connection"}
PLACES = {
    "/": 200,
    "/file": 200,
    "/track": 200,
    "/knowledge": 200,
    "/docs": 200,
    "/track/": 308,
    "/static/site.css": 200,
    "/static/nothing": 404,
    "/healthz": 200,
    "/readyz": 200,
    "/v1/requests": 200,
    "/v1/categories?limit=3": 200,
    "/v1/requests?limit=0": 422,
    "/v1/requests/20000101000000": 404,
    "/v1/statistics/summary": 200,
    "/v1/work-orders:export": 200,
    "/v1/feed": 200,
    "/no/such/place": 404,
}


def test_head_is_answered_as_get_without_a_body(service: Service) -> None:
    """On one connection, where anything behind a head would be taken for the next answer."""
    with httpx.Client(base_url=service.url, headers=service.token("auditor"), timeout=20) as client:
        for path, status in PLACES.items():
            head, get = client.head(path), client.get(path)
            assert (head.status_code, get.status_code, head.content) == (status, status, b""), path
            alike = [{k: v for k, v in each.headers.items() if k not in OF_THE_MOMENT} for each in (head, get)]
            for each in alike if path.endswith("export") else ():
                assert each.pop("content-disposition").startswith("attachment"), "with the second in its name"
            assert alike[0] == alike[1], path
    assert httpx.head(service.url + "/v1/requests", timeout=20).status_code == 401


def test_head_does_not_wait_for_news(service: Service) -> None:
    token = service.token("dispatcher")
    assert httpx.head(service.url + "/v1/feed?after=latest&wait=30", headers=token, timeout=20).status_code == 200


def test_a_refused_method_is_told_all_others(service: Service) -> None:
    for path, methods in {"/": "GET, HEAD", "/healthz": "GET, HEAD", "/v1/requests": "GET, HEAD, POST"}.items():
        answer = httpx.delete(service.url + path, timeout=20)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
    refused = httpx.head(service.url + "/v1/requests:preview", timeout=20)
    assert (refused.status_code, refused.headers["allow"], refused.content) == (405, "POST", b"")


async def test_what_head_does_not_send_is_not_produced(api: Api) -> None:
    produced, over = 0, asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        nonlocal produced
        try:
            while True:
                produced += 1
                yield b"x"
                await asyncio.sleep(0)
        finally:
            over.set()

    api.app.add_api_route("/endless", lambda: StreamingResponse(endless()), methods=["HEAD"])
    async with asyncio.timeout(10):
        assert (await api.as_().head("/endless")).status_code == 200
        await over.wait()
    assert produced < 100
