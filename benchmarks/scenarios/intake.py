"""Filing: of a caller nobody knows, of one who asked before, and the preview."""

import itertools
import time
from collections.abc import Callable

from benchmarks.client import Shot, repeat, shot
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.pgbench import Script
from benchmarks.recording import filing, reads_of
from benchmarks.site import Site

TEXTS = (
    ("清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快派人维修。", "清河佳苑南门"),
    ("我们小区从昨天下午起一直停水，打供水公司电话没有人接，请问什么时候能恢复供水？", "金桂花园三号楼"),
    ("楼下烧烤店每天营业到凌晨，油烟和噪音都很大，孩子没法睡觉，希望有关部门管一管。", "人民路十二号"),
    ("公交六路车早高峰半个小时才来一趟，站台上全是人，建议增加班次。", "汽车站"),
    ("物业公司收了物业费却从不打扫楼道，电梯坏了半个月也不修，请查处。", "紫荆名邸"),
    ("工地拖欠我们十二个人三个月的工资，老板电话打不通，请帮忙讨回。", "经济开发区标准厂房工地"),
    ("村口的化粪池满了往外流，臭气熏天，苍蝇很多，请安排清理。", "青石镇石门村"),
    ("想咨询一下灵活就业人员的社保怎么缴，需要带哪些材料，到哪里办理？", "政务服务中心"),
    ("学校门口上下学时车辆乱停，堵得水泄不通，孩子过马路很危险。", "第一小学门口"),
    ("超市卖的牛奶过期了三天，找店家理论态度很差，要求退款并处罚。", "中心广场超市"),
)
KNOWN = "13800000001"
_numbers = itertools.count(int(time.time()) % 90_000_000)
"""Callers; others than in an earlier run on the same data."""


def form(n: int, phone: str | None = None) -> dict[str, object]:
    """What caller `n` says; a number of his own unless given."""
    text, address = TEXTS[n % len(TEXTS)]
    person = {"name": "张建国", "phone": phone or f"139{n % 100_000_000:08d}"}
    return {"channel": "phone", "text": f"{text}第{n}次反映。", "address": address, "requester": person}


def _service(path: str, token: str, phone: str | None, expected: int) -> Callable[[], Shot]:
    return lambda: shot("POST", path, token, form(next(_numbers), phone), expected=expected)


def _bare(kind: str, name: str, phone: str | None, expected: int) -> Callable[[], Shot]:
    def make() -> Shot:
        n = next(_numbers)
        return shot("POST", f"/{kind}/{name}-{n % len(TEXTS)}", None, form(n, phone), expected=expected)

    return make


FRESH_PHONE = "sha256((t.ticket_no || 'phone')::bytea)"


async def filings(site: Site, name: str, phone: str | None) -> list[list[str]]:
    """What filing each of the texts reads and writes; the floor is told."""
    known = FRESH_PHONE if phone is None else None
    scripts = []
    for n in range(len(TEXTS)):
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
    for n in range(len(TEXTS)):
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
