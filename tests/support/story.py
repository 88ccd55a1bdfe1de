"""Tells the life of one request step by step, over HTTP or on a clock of its own.

Without `at` every step is a real call, taken now. With it the same steps go through the service that the route
calls, at the instant the story has come to, so that weeks pass without waiting.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.actors import CITIZEN, Actor
from app.domain.errors import HotlineError, InvalidError
from app.domain.states import Subject
from app.schemas.forms import FORMS, SYSTEM_FORMS
from app.schemas.requests import RequestForm
from app.services.authentication import actor_of
from app.services.due_steps import take_due_steps
from app.services.intake.filing import file_request
from app.services.steps import take_step
from app.services.sweep import sweep
from app.services.workflow.door import Command
from support.api import Api
from support.feed import poll

CITY = ZoneInfo("Asia/Shanghai")
UNIT = "water"
SUBJECTS = {
    "request": Subject.REQUEST,
    "order": Subject.WORK_ORDER,
    "application": Subject.APPLICATION,
    "supervision": Subject.SUPERVISION,
}
URLS = {"request": "requests", "order": "work-orders", "application": "applications", "supervision": "supervisions"}
VAGUE = {"channel": "phone", "text": "你好，想咨询一下。", "kind": "help", "urgency": "normal"}
"""Nothing the machine would be sure of: the request waits for a dispatcher. Helped within five working days."""


def city(text: str) -> datetime:
    """An instant in the city's own time, such as `2026-11-23 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def actor(api: Api, name: str) -> Actor:
    """Who a user is to the services; `citizen` is nobody's account."""
    if name == "citizen":
        return CITIZEN
    reference = api.here.reference.now
    return actor_of(reference, next(u for u in reference.identities.users.values() if u.username == name))


@dataclass
class Story:
    """A request, the numbers of what belongs to it, and the instant the story has come to (None: now)."""

    api: Api
    ticket: str
    code: str
    at: datetime | None = None
    numbers: dict[str, str] = field(default_factory=dict)
    slips: int = 0

    def number(self, subject: str) -> str:
        return {"request": self.ticket, "supervision": f"{self.ticket}-S{self.slips}", **self.numbers}[subject]

    async def step(self, who: str, path: str, /, number: str | None = None, **form: Any) -> dict[str, Any]:
        """Take `subject/action` as a user; it must succeed."""
        answer, code = await self._take(who, path, number, form)
        assert code is None, (who, path, code, answer)
        self._remember(path, answer)
        return answer

    async def refused(self, who: str, path: str, /, number: str | None = None, **form: Any) -> str:
        """Try the same; it must be refused. Returns the problem's code, or that of the first wrong field."""
        answer, code = await self._take(who, path, number, form)
        assert code is not None, (who, path, answer)
        return code

    async def _take(
        self, who: str, path: str, number: str | None, form: dict[str, Any]
    ) -> tuple[dict[str, Any], str | None]:
        subject, _, action = path.partition("/")
        number = number or self.number(subject)
        if self.at is None:
            answer = await self.api.as_(who).post(f"/v1/{URLS[subject]}/{number}/{action}", json=form)
            body = answer.json()
            return body, None if answer.status_code == 200 else body.get("errors", [body])[0]["code"]
        key = (SUBJECTS[subject], action)
        parsed = (FORMS | SYSTEM_FORMS)[key].model_validate(form)
        try:
            command = Command(*key, number, parsed)
            return await take_step(self.api.here, actor(self.api, who), command, self.at), None
        except InvalidError as error:
            return {}, error.errors[0].code
        except HotlineError as error:
            return {}, error.code

    def _remember(self, path: str, answer: dict[str, Any]) -> None:
        subject = path.partition("/")[0]
        if subject == "request" and answer.get("work_order_no"):
            self.numbers["order"] = answer["work_order_no"]
        if subject == "order" and answer.get("open_application"):
            self.numbers["application"] = answer["open_application"]
        self.slips += path in ("request/supervisions", "request/instructions")

    async def steps(self, *script: tuple[str, str, dict[str, Any]]) -> None:
        """Take several steps in a row: who, what, with which form."""
        for who, path, form in script:
            await self.step(who, path, **form)

    async def until(self, at: datetime) -> None:
        """Let time pass up to an instant, with the worker sweeping and waking on the way."""
        self.at = at
        await sweep(self.api.here, at)
        await take_due_steps(self.api.here, at)

    async def request(self, who: str = "dispatcher") -> dict[str, Any]:
        return await self._get(who, f"requests/{self.ticket}")

    async def order(self, number: str | None = None, who: str = "dispatcher") -> dict[str, Any]:
        return await self._get(who, f"work-orders/{number or self.number('order')}")

    async def record(self, subject: str, number: str | None = None, who: str = "dispatcher") -> dict[str, Any]:
        return await self._get(who, f"{URLS[subject]}/{number or self.number(subject)}")

    async def _get(self, who: str, path: str) -> dict[str, Any]:
        answer = await self.api.as_(who).get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def due(self, clock: str = "resolve", number: str | None = None) -> datetime:
        """When a clock of an order runs out, in the city's time."""
        order = await self.order(number)
        return datetime.fromisoformat(order["deadlines"][clock]["due_at"]).astimezone(CITY)

    async def events(self, *kinds: str, who: str = "auditor") -> list[dict[str, Any]]:
        """The history, or the part of it that is of these kinds."""
        items = (await self._get(who, f"requests/{self.ticket}/timeline"))["items"]
        return [item for item in items if not kinds or item["kind"] in kinds]

    async def kinds(self, who: str = "auditor") -> list[str]:
        return [item["kind"] for item in await self.events(who=who)]

    async def heard(self, who: str, *wanted: str) -> list[dict[str, Any]]:
        """What a unit's feed tells of this request, once all the wanted kinds have come and there is no more."""
        found: list[dict[str, Any]] = []
        cursor = ""
        async with asyncio.timeout(15):
            while True:
                page = await poll(self.api, who, cursor, wait=0.1)
                cursor = page["next_cursor"]
                found += [item for item in page["items"] if item["ticket_no"] == self.ticket]
                if not page["items"] and {*wanted} <= {item["kind"] for item in found}:
                    return found

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """What stands in a table about this request, oldest first."""
        async with self.api.here.database.connection() as connection:
            found = await connection.fetch(
                f"SELECT t.* FROM {table} t JOIN service_request r ON r.id = t.request_id WHERE r.ticket_no = $1",
                self.ticket,
            )
        return [dict(row) for row in found]


async def file(api: Api, at: datetime | None = None, **changes: Any) -> Story:
    """A request that waits for a dispatcher."""
    body = {**VAGUE, **changes}
    if at is None:
        filed = await api.file(category_code=None, **{k: v for k, v in body.items() if k != "category_code"})
        return Story(api, filed["ticket_no"], filed["query_code"])
    form, who = RequestForm.model_validate(body), actor(api, "operator")
    done = await api.here.database.transaction(
        lambda connection: file_request(connection, who, form, installation=api.here, at=at)
    )
    return Story(api, done.body["ticket_no"], done.body["query_code"], at)


async def handled(api: Api, at: datetime | None = None, unit: str = UNIT, **changes: Any) -> Story:
    """A request that a unit has accepted."""
    story = await file(api, at, **changes)
    await story.step("dispatcher", "request/dispatch", unit_code=unit)
    await story.step(f"unit-{unit}", "order/accept")
    return story


async def resolved(api: Api, at: datetime | None = None, unit: str = UNIT, **changes: Any) -> Story:
    """A request that a unit has resolved."""
    story = await handled(api, at, unit, **changes)
    await story.step(f"unit-{unit}", "order/submit", result="已修复供水。", outcome="solved")
    await story.step("dispatcher", "request/review", decision="approve")
    return story
