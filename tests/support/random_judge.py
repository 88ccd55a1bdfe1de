"""What every event of a random story needs: who a part is, what he is offered, and the judgement of what comes of it."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from support.api import Api
from support.random_cast import reader as reader_of
from support.random_choices import DULL, NEXT
from support.random_forms import form_for
from support.random_laws import broken
from support.random_world import Outcome, Rows, Step, World

T = TypeVar("T")


class Judged:
    """A story whose every step is held against what was offered, and whose lives keep every law."""

    api: ClassVar[Api]
    loop: ClassVar[asyncio.AbstractEventLoop]
    tally: ClassVar[Counter[str]] = Counter()
    world: World
    before: dict[str, Rows]
    failed = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """In the service's loop; what goes wrong is told with the story so far."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)
        except BaseException as error:
            self.failed = True
            error.add_note("\n".join(["The story:", *self.world.journal]))
            raise

    def require(self, holds: object, *what: object) -> None:
        """Fail with the story so far."""
        if not holds:
            self.failed = True
            raise AssertionError("\n".join([*map(str, what), "The story:", *self.world.journal]))

    def life(self, index: int) -> Rows:
        lives = self.before
        return lives[self.world.tickets[index % len(self.world.tickets)]]

    def name(self, role: str, life: Rows) -> str:
        """Who that is in this life; the dispatcher where nobody has the part."""
        helpers = [order["unit_code"] for order in reversed(life.orders) if order["role"] != "lead"]
        units = {
            "lead": [life.lead["unit_code"]] if life.lead else [],
            "helper": helpers,
            "above": ["agriculture"],
            "named": [slip["unit_code"] for slip in reversed(life.slips)],
        }
        return f"unit-{units[role][0]}" if units.get(role) else "dispatcher" if role in units else role

    def offer(self, who: str, life: Rows, choice: int) -> tuple[str, str, str] | None:
        """One of the steps that somebody is offered, seldom a dull one."""
        offered = self.open_to(who, life)
        chosen = [one for one in offered if one[2] not in DULL] if choice % 4 else []
        return (chosen or offered)[choice * 5 % len(chosen or offered)] if offered else None

    def step(self, life: Rows, who: str, subject: str, action: str, form: int, number: str | None = None) -> Step:
        numbers = life.numbers[subject]
        masters = [ticket for ticket in self.world.tickets if ticket != life.request["ticket_no"]]
        number = number or (numbers[form % len(numbers)] if numbers else f"{life.request['ticket_no']}-9")
        return Step(who, subject, action, number, form_for(subject, action, form, self.world.at, masters))

    def open_to(self, who: str, life: Rows) -> list[tuple[str, str, str]]:
        """The steps that the reader is offered: subject, number, action."""
        detail = self.run(self.world.detail(who, life.request["ticket_no"]))
        expected = reader_of(who).sees_request(life.request, life.orders)
        self.require((detail is not None) == expected, f"{who} should see it: {expected}")
        if detail is None:
            return []
        offers = [("request", detail["ticket_no"], detail["available_actions"])]
        offers += [("order", order["work_order_no"], order["available_actions"]) for order in detail["work_orders"]]
        for subject, name in (("application", "applications"), ("supervision", "supervisions")):
            offers += [(subject, record["number"], record["available_actions"]) for record in detail[name]]
        return [(subject, number, action) for subject, number, offered in offers for action in offered]

    def take(self, step: Step, offered: list[tuple[str, str, str]], life: Rows) -> Outcome:
        """Try it; it must end as it was offered or not, and a refusal must leave no trace."""
        before = {ticket: rows.request["version"] for ticket, rows in self.before.items()}
        outcome = self.run(self.world.take(step))
        self.count(step, outcome)
        may = (step.subject, step.number, step.action) in offered
        if not self.sees(step, life):
            self.require(outcome.status in (404, 422), f"{step}: expected 404")
        else:
            self.require(outcome.status != 404, f"{step}: exists, but is not found")
            wrong = outcome.status == 403 or outcome.code == "illegal-transition"
            self.require(not may or not wrong, f"{step}: was offered")
            self.require(may or not outcome.done, f"{step}: was not offered")
        after = {ticket: rows.request["version"] for ticket, rows in self.run(self.world.rows()).items()}
        moved = after[life.request["ticket_no"]] > before[life.request["ticket_no"]]
        self.require(moved if outcome.done else after == before, f"{step}: {outcome}, versions {before} {after}")
        return outcome

    def count(self, step: Step, outcome: Outcome) -> None:
        self.tally["steps" if outcome.done else f"refused {outcome.status}"] += 1
        self.tally[f"{'took' if outcome.done else 'tried'} {step.subject}/{step.action}"] += 1

    def sees(self, step: Step, life: Rows) -> bool:
        """Whether the subject of the step exists for whoever takes it."""
        who = reader_of(step.who)
        if step.subject == "request":
            return who.sees_request(life.request, life.orders)
        if step.subject == "order":
            orders = [order for order in life.orders if order["work_order_no"] == step.number]
            return any(who.sees_order(life.request, order) for order in orders)
        records = [record for record in (*life.applications, *life.slips) if record["number"] == step.number]
        return any(who.sees_record(life.request, life.orders, record) for record in records)

    def next_step(self, life: Rows, form: int) -> tuple[str, str, str, str | None]:
        """Who does what to which number, if all goes as it usually does; sometimes what stands beside comes first."""
        state, lead = life.request["state"], life.lead
        if form % 2 and (beside := self.beside(life, form)):
            return beside
        role, subject, action = NEXT.get(state, ("dispatcher", "request", "supplements"))
        if state == "in_progress" and lead and lead["open_application"]:
            role, subject, action = "dispatcher", "application", ("approve", "approve", "refuse")[form % 3]
        elif state == "in_progress" and lead and lead["state"] == "submitted":
            role, subject, action = "dispatcher", "request", "review"
        who = "discipline" if life.request["restricted"] and role != "lead" else self.name(role, life)
        numbers = {"order": lead and lead["work_order_no"], "application": lead and lead["open_application"]}
        return who, subject, action, numbers.get(subject)

    def beside(self, life: Rows, form: int) -> tuple[str, str, str, str] | None:
        """The next step of a helper or of a slip, when there is one."""
        for order in life.orders:
            if order["role"] != "lead" and order["state"] in ("pending", "accepted"):
                action = "accept" if order["state"] == "pending" else "submit"
                return f"unit-{order['unit_code']}", "order", action, order["work_order_no"]
        for slip in life.slips:
            if slip["state"] == "open":
                return f"unit-{slip['unit_code']}", "supervision", "reply", slip["number"]
            if slip["state"] == "replied":
                return "supervisor", "supervision", ("settle", "send_back")[form % 4 == 1], slip["number"]
        if form == 9 and life.lead:
            return "supervisor", "request", "supervisions", life.request["ticket_no"]
        return None

    def at_once(self, steps: list[Step], *, sweeping: bool) -> list[Outcome]:
        outcomes = self.run(self.world.at_once(steps, sweeping=sweeping))
        self.tally["at once"] += 1
        self.tally["at once with the worker"] += sweeping
        for step, outcome in zip(steps, outcomes, strict=True):
            self.count(step, outcome)
        return outcomes

    def laws(self) -> None:
        """Every life keeps the laws, and its history explains its rows."""
        now = self.run(self.world.rows())
        for ticket, life in now.items():
            self.require(not (faults := broken(self.before.get(ticket), life)), ticket, *faults)
        faults = self.run(self.world.discrepancies())
        self.require(not faults, *faults)
        self.before = now
