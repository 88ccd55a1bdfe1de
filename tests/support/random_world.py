"""The lives that one random story is about: files, steps and passing time, over HTTP or on a clock of their own.

With a clock of its own a story calls the services that the routes call, at the instant it has come to; without one
every call is a real call, taken now. Each lives in a database that many stories share.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from app.domain.actors import Actor
from app.domain.errors import HotlineError, NotFoundError
from app.routers.problems import STATUS
from app.schemas.forms import FORMS, SYSTEM_FORMS
from app.schemas.requests import RequestForm
from app.services.authentication import authenticate
from app.services.due_steps import take_due_steps
from app.services.intake.filing import file_request
from app.services.ledger.balance import balance
from app.services.ledger.reading import Scope
from app.services.requests import read_request
from app.services.steps import take_step
from app.services.sweep import sweep
from app.services.workflow.door import Command
from support.api import Api
from support.random_cast import MACHINE
from support.story import SUBJECTS, URLS, actor

ALL_FORMS = FORMS | SYSTEM_FORMS
_ROWS = {
    "orders": "SELECT * FROM work_order WHERE request_id = ANY($1) ORDER BY id",
    "applications": "SELECT * FROM application WHERE request_id = ANY($1) ORDER BY number",
    "slips": "SELECT * FROM supervision WHERE request_id = ANY($1) ORDER BY number",
    "events": "SELECT request_id, seq, at, kind, actor_kind, work_order_no, payload FROM event "
    "WHERE request_id = ANY($1) ORDER BY request_id, seq",
}


@dataclass
class Rows:
    """One life as the tables show it."""

    request: dict[str, Any]
    orders: list[dict[str, Any]] = field(default_factory=list)
    applications: list[dict[str, Any]] = field(default_factory=list)
    slips: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lead(self) -> dict[str, Any] | None:
        number = self.request["lead_order_no"]
        return next((order for order in self.orders if order["work_order_no"] == number), None)

    @property
    def numbers(self) -> dict[str, list[str]]:
        """What steps can be taken on, by subject; the newest first."""
        return {
            "request": [self.request["ticket_no"]],
            "order": [order["work_order_no"] for order in reversed(self.orders)],
            "application": [record["number"] for record in reversed(self.applications)],
            "supervision": [record["number"] for record in reversed(self.slips)],
        }


@dataclass(frozen=True)
class Step:
    """What somebody tries."""

    who: str
    subject: str
    action: str
    number: str
    form: dict[str, Any]
    if_match: int | None = None

    def __str__(self) -> str:
        match = f" if-match {self.if_match}" if self.if_match is not None else ""
        return f"{self.who} {self.subject}/{self.action} {self.number} {self.form}{match}"


@dataclass(frozen=True)
class Outcome:
    """200 with the row, or why not."""

    status: int
    code: str | None
    body: dict[str, Any]

    @property
    def done(self) -> bool:
        return self.status == 200


class World:
    """One story: its lives by ticket number, its clock, and what has been told so far."""

    def __init__(self, api: Api, key: str, name: str, at: datetime | None) -> None:
        self.api, self.key, self.name, self._at = api, key, name, at
        self.tickets: list[str] = []
        self.codes: dict[str, str] = {}
        self.journal: list[str] = []
        self.version: dict[str, int] = {}

    @property
    def virtual(self) -> bool:
        return self._at is not None

    @property
    def at(self) -> datetime:
        return self._at or datetime.now(UTC)

    def tell(self, what: object) -> None:
        """Write down for the reader of a failure."""
        self.journal.append(f"{self.at:%m-%d %H:%M:%S} {what}")

    def actor(self, who: str) -> Actor:
        here = self.api.here
        if who == MACHINE:
            found = authenticate(here.reference.now, here.keys, self.key)
            assert found is not None
            return found
        return actor(self.api, who)

    async def file(self, who: str, matter: dict[str, Any]) -> str:
        """File a request; its number. The reference makes the story's lives one scope of the ledger."""
        form = {**matter, "external_ref": f"{self.name}{len(self.tickets)}"}
        if self._at is None:
            answer = await self.api.as_(who).post("/v1/requests", json=form)
            assert answer.status_code == 201, answer.text
            body = answer.json()
        else:
            parsed, at = RequestForm.model_validate(form), self._at
            body = (
                await self.api.here.database.transaction(
                    lambda connection: file_request(
                        connection, self.actor(who), parsed, installation=self.api.here, at=at
                    )
                )
            ).body
        ticket: str = body["ticket_no"]
        self.tickets.append(ticket)
        self.codes[ticket] = body["query_code"]
        self.tell(f"{who} files {ticket}: {matter}")
        return ticket

    async def take(self, step: Step) -> Outcome:
        """Try a step; anything but an answer or an expected refusal is an error of the test."""
        outcome = await (self._here(step) if self._at else self._over_http(step))
        self.tell(f"{step} -> {outcome.status} {outcome.code or outcome.body.get('state')}")
        assert outcome.status in (200, 403, 404, 409, 412, 422), outcome
        return outcome

    async def _here(self, step: Step) -> Outcome:
        key = (SUBJECTS[step.subject], step.action)
        try:
            form = ALL_FORMS[key].model_validate(step.form)
        except ValidationError as error:
            return Outcome(422, str(error.errors()[0]["type"]), {})
        command = Command(*key, step.number, form, step.if_match)
        try:
            return Outcome(200, None, await take_step(self.api.here, self.actor(step.who), command, self.at))
        except HotlineError as error:
            return Outcome(STATUS[type(error)], error.code, {})

    async def _over_http(self, step: Step) -> Outcome:
        if step.who == "citizen":
            path = f"/public/requests/{step.number}/{step.action}"
            answer = await self.api.as_(None).post(path, json={**step.form, "code": self.codes[step.number]})
        else:
            path = f"/v1/{URLS[step.subject]}/{step.number}/{step.action}"
            headers = {"If-Match": f'"{step.if_match}"'} if step.if_match is not None else {}
            answer = await self.api.as_(step.who).post(path, json=step.form, headers=headers)
        body = answer.json()
        return Outcome(answer.status_code, body.get("code") if answer.status_code != 200 else None, body)

    async def detail(self, who: str, ticket: str) -> dict[str, Any] | None:
        """The request as somebody reads it; None when it does not exist for him."""
        if self._at is None:
            answer = await self.api.as_(who).get(f"/v1/requests/{ticket}")
            assert answer.status_code in (200, 404), answer.text
            return answer.json() if answer.status_code == 200 else None
        try:
            return await read_request(self.api.here, self.actor(who), ticket, self.at)
        except NotFoundError:
            return None

    async def pass_time(self, until: datetime | None) -> int:
        """Let the worker sweep and wake at an instant (without a clock of its own: now); how much it did."""
        if self._at is not None and until is not None:
            self._at = until
        done = await sweep(self.api.here, self.at) + await take_due_steps(self.api.here, self.at)
        self.tell(f"the worker sweeps: {done}")
        return done

    async def at_once(self, steps: list[Step], *, sweeping: bool) -> list[Outcome]:
        """Try several steps at the same moment, the worker among them."""
        worker = [self.pass_time(None)] if sweeping else []
        outcomes, *_ = await asyncio.gather(asyncio.gather(*(self.take(step) for step in steps)), *worker)
        return list(outcomes)

    async def rows(self) -> dict[str, Rows]:
        """All lives as the tables show them."""
        async with self.api.here.database.connection() as connection:
            found = await connection.fetch("SELECT * FROM service_request WHERE ticket_no = ANY($1)", self.tickets)
            lives = {row["id"]: Rows(dict(row)) for row in found}
            for name, query in _ROWS.items():
                for row in await connection.fetch(query, list(lives)):
                    getattr(lives[row["request_id"]], name).append(dict(row))
        return {rows.request["ticket_no"]: rows for rows in lives.values()}

    async def discrepancies(self) -> list[str]:
        """What the ledger finds wrong with these lives."""
        ledger = await balance(self.api.here, Scope(reference=self.name))
        assert ledger.earlier_rules == 0
        return [f"{found.ticket_no}: {found.what}" for found in ledger.discrepancies]


ACTIONS = sorted({(subject, action) for subject, kind in SUBJECTS.items() for of, action in FORMS if of is kind})
"""Every (subject, action) with a URL."""
