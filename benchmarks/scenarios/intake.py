"""Filing: of a caller nobody knows, of one who asked before, and the preview."""

import itertools
import time
from collections.abc import Callable
from functools import cache

from app.services.classifier.samples import read_corpus
from benchmarks.client import Shot, repeat, shot
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.pgbench import Script
from benchmarks.recording import filing, reads_of
from benchmarks.site import Site

RECORDED = 60
"""Texts out of the product's own corpus, of as many matters: what is filed is as different as what people ask."""


@cache
def corpus() -> list[str]:
    """All messages of the product's own corpus."""
    return [message for messages in read_corpus().values() for message in messages]


@cache
def texts() -> list[str]:
    """What callers say."""
    return corpus()[:: len(corpus()) // RECORDED][:RECORDED]


KNOWN = "13800000001"
_numbers = itertools.count(int(time.time()) % 90_000_000)
"""Callers; others than in an earlier run on the same data."""


def form(n: int, phone: str | None = None) -> dict[str, object]:
    """What caller `n` says; a number of his own unless given."""
    text = texts()[n % RECORDED]
    person = {"name": "张建国", "phone": phone or f"139{n % 100_000_000:08d}"}
    return {"channel": "phone", "text": f"{text}第{n}次反映。", "address": "清河佳苑南门", "requester": person}


def _service(path: str, token: str, phone: str | None, expected: int) -> Callable[[], Shot]:
    return lambda: shot("POST", path, token, form(next(_numbers), phone), expected=expected)


def _bare(kind: str, name: str, phone: str | None, expected: int) -> Callable[[], Shot]:
    def make() -> Shot:
        n = next(_numbers)
        return shot("POST", f"/{kind}/{name}-{n % RECORDED}", None, form(n, phone), expected=expected)

    return make


FRESH_PHONE = "sha256((t.ticket_no || 'phone')::bytea)"


async def filings(site: Site, name: str, phone: str | None) -> list[list[str]]:
    """What filing each of the texts reads and writes; the floor is told."""
    known = FRESH_PHONE if phone is None else None
    scripts = []
    for n in range(RECORDED):
        before: list[str] = []
        body = form(10_000_000 + n, phone)
        async with reads_of(site, before):
            filed = await site.post("operator", "/v1/requests", body, 201)
        scripts.append([*before, await filing(site, filed["ticket_no"], known)])
        await site.teach(f"{name}-{n}", scripts[-1])
    return scripts


def script_of(scripts: list[list[str]]) -> Script:
    """For pgbench: one call of each, in transactions of their own."""
    calls = ["\n".join(["BEGIN;", *(_one_line(query) for query in script), "COMMIT;"]) for script in scripts]
    return Script("\n".join(calls), calls=len(calls))


def _one_line(query: str) -> str:
    """pgbench takes a colon followed by a letter for a variable, so `a:b` inside literals is kept apart."""
    return " ".join(query.split()) + ";"


async def _fresh(site: Site, plan: Plan) -> Ready:
    return await _filing(site, "fresh", None)


async def _repeat(site: Site, plan: Plan) -> Ready:
    return await _filing(site, "repeat", KNOWN)


async def _filing(site: Site, name: str, phone: str | None) -> Ready:
    token = await site.token("operator")
    scripts = await filings(site, name, phone)
    service = _service("/v1/requests", token, phone, 201)
    return Ready(repeat(service), repeat(_bare("file", name, phone, 201)), script_of(scripts))


async def _preview(site: Site, plan: Plan) -> Ready:
    token = await site.token("operator")
    scripts = []
    for n in range(RECORDED):
        before: list[str] = []
        async with reads_of(site, before):
            await site.post("operator", "/v1/requests:preview", form(20_000_000 + n))
        scripts.append(before)
        await site.teach(f"preview-{n}", before)
    service = _service("/v1/requests:preview", token, None, 200)
    text = "\n".join(_one_line(query) for script in scripts for query in script)
    return Ready(repeat(service), repeat(_bare("preview", "preview", None, 200)), Script(text, calls=len(scripts)))


SCENARIOS = [
    Scenario("intake, fresh caller", _fresh),
    Scenario("intake, repeat caller", _repeat),
    Scenario("preview", _preview),
]
