"""Several people who ask about one matter, and a hand on the worker that watches for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.services.clusters.watch import watch
from support.api import Api

VOICES = (
    "{place}搅拌站整夜轰鸣，粉尘很大，住户睡不着，请查处搅拌站。",
    "投诉{place}旁的搅拌站，粉尘满天，夜里轰鸣。",
    "{place}附近搅拌站粉尘污染严重，请有关部门查处。",
    "搅拌站就建在{place}旁边，粉尘和轰鸣声让老人孩子受不了。",
    "请问{place}边上的搅拌站有没有手续，粉尘太大了。",
    "{place}的搅拌站还在生产，粉尘飘到家里。",
    "我是{place}业主，搅拌站粉尘问题什么时候能够解决。",
)
PLACE = "金桂花园"


def phone(number: int) -> str:
    return f"138{number:08d}"


async def say(api: Api, number: int, text: str = "", place: str = PLACE, **form: Any) -> str:
    """One caller files in words of his own; returns the ticket number."""
    body = {
        "channel": "phone",
        "text": text or VOICES[number % len(VOICES)].format(place=place),
        "category_code": "0901",
        "requester": {"phone": phone(number)},
        **form,
    }
    answer = await api.as_("operator").post("/v1/requests", json=body)
    assert answer.status_code == 201, answer.text
    ticket: str = answer.json()["ticket_no"]
    return ticket


async def look(api: Api, at: datetime | None = None) -> int:
    """What the worker does each minute."""
    return await watch(api.here, at or datetime.now(UTC))


async def clusters(api: Api, who: str = "supervisor", **params: Any) -> list[dict[str, Any]]:
    """Clusters as a supervisor sees them."""
    answer = await api.as_(who).get("/v1/statistics/clusters", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def age(api: Api, ticket_no: str, by: timedelta) -> None:
    """Let a request have been filed earlier."""
    async with api.here.database.connection() as connection:
        await connection.execute(
            "UPDATE service_request SET created_at = created_at - $2::interval WHERE ticket_no = $1", ticket_no, by
        )


async def crowd(api: Api, start: int = 0, number: int = 5, **form: Any) -> list[str]:
    """Several callers, each with a number of his own, one after the other."""
    return [await say(api, caller, **form) for caller in range(start, start + number)]


async def walk(api: Api) -> None:
    """Every call about clusters once."""
    supervisor = api.as_("supervisor")
    await crowd(api, 40, 5, place="紫荆名邸")
    await look(api)
    newest = (await supervisor.get("/v1/statistics/clusters")).json()["items"][0]
    path = f"/v1/clusters/{newest['id']}"
    await supervisor.get(path)
    await supervisor.post(f"{path}/acknowledge", json={"reason": "已联系"})
    for _ in range(2):
        await supervisor.post(f"{path}/dismiss", json={"reason": "不属于同一问题"})
