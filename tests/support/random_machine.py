"""Random lives as a state machine: whoever may do whatever, in any order, at once, while time passes.

The events choose; `random_laws` and the ledger judge every life after each of them, `random_sight` all of them at
the end of a story. Hypothesis drives it from a thread of its own, the service runs in the test's loop.
"""

import itertools
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from app.services.callbacks import claim, release
from support.random_cast import CADRE, CLERK, READERS
from support.random_cast import reader as reader_of
from support.random_choices import ODD, OF_UNIT, SPANS, STARTS, actions, anything, event, pick, roles, which
from support.random_forms import MATTERS
from support.random_judge import Judged
from support.random_sight import Look, latest
from support.random_world import ACTIONS, Rows, Step, World


class Lives(Judged, RuleBasedStateMachine):
    """One story of up to five lives."""

    key: ClassVar[str]
    numbers: ClassVar[Any] = itertools.count(1)

    @initialize(
        start=st.sampled_from(list(STARTS)),
        matters=st.lists(st.sampled_from(list(MATTERS)), min_size=2, max_size=5),
        readers=st.lists(st.sampled_from(list(READERS)), min_size=2, max_size=2, unique=True),
        odd=st.integers(0, len(ACTIONS) // ODD),
    )
    def begin(self, start: str, matters: list[str], readers: list[str], odd: int) -> None:
        self.world = World(self.api, self.key, f"R{next(self.numbers)}-", STARTS[start])
        self.readers = [READERS[name] for name in readers]
        self.failed, self.odd = False, ACTIONS[odd * ODD : (odd + 1) * ODD]
        self.before: dict[str, Rows] = {}
        self.feeds = self.run(latest(self.world, self.readers))
        for matter in matters:
            self.file("operator", matter)

    @event(1, who=st.sampled_from(["operator", "dispatcher", CADRE, CLERK]), matter=st.sampled_from(list(MATTERS)))
    def file(self, who: str, matter: str) -> None:
        """Somebody comes with something; five lives make a story."""
        if len(self.world.tickets) < 5:
            self.run(self.world.file(who, MATTERS[matter]))
            self.tally["lives"] += 1
            self.before |= {t: r for t, r in self.run(self.world.rows()).items() if t not in self.before}

    @event(8, index=which, forms=st.lists(pick, min_size=2, max_size=5))
    def goes_on(self, index: int, forms: list[int]) -> None:
        """The next steps of an ordinary life."""
        for form in forms:
            life = self.life(index)
            who, subject, action, number = self.next_step(life, form)
            step = self.step(life, who, subject, action, form, number)
            self.take(step, self.open_to(who, life), life)
            self.laws()

    @event(6, index=which, steps=st.lists(st.tuples(roles, pick, pick), min_size=2, max_size=5))
    def do_what_is_offered(self, index: int, steps: list[tuple[str, int, int]]) -> None:
        """People take one after the other what they are offered: who, which of it, with which form."""
        for role, choice, form in steps:
            life = self.life(index)
            who = self.name(role, life)
            if chosen := self.offer(who, life, choice):
                subject, number, action = chosen
                self.take(self.step(life, who, subject, action, form, number), [chosen], life)
                self.laws()

    @event(6, index=which, actions=st.lists(st.tuples(st.sampled_from(OF_UNIT), pick), min_size=3, max_size=6))
    def unit_works(self, index: int, actions: list[tuple[str, int]]) -> None:
        """The unit that leads does what units do, if its order is at that; it is decided upon, helped, answered."""
        for action, form in actions:
            life = self.life(index)
            if life.request["state"] in ("received", "assigned", "resolved"):
                self.goes_on(index, [form, form])
                life = self.life(index)
            if life.lead is not None:
                who = self.name("lead", life)
                step = self.step(life, who, "order", action, form, life.lead["work_order_no"])
                self.take(step, self.open_to(who, life), life)
                self.laws()

    @event(3, index=which, tries=st.lists(st.tuples(roles, actions, pick), min_size=3, max_size=6))
    def try_anything(self, index: int, tries: list[tuple[str, tuple[str, str], int]]) -> None:
        """People try something, whether they may or not."""
        for role, action, form in tries:
            life = self.life(index)
            who = self.name(role, life)
            self.take(self.step(life, who, *action, form), self.open_to(who, life), life)
            self.laws()

    @event(1, index=which, behind=st.integers(1, 3), form=pick)
    def comes_too_late(self, index: int, behind: int, form: int) -> None:
        """A dispatcher acts on what he saw before."""
        life = self.life(index)
        offered = self.open_to("dispatcher", life)
        if offered and life.request["version"] > behind:
            step = self.step(life, "dispatcher", "request", "classify", form)
            stale = Step(step.who, step.subject, step.action, step.number, step.form, life.request["version"] - behind)
            self.require(not self.take(stale, offered, life).done, f"{stale}: was stale")

    @event(2, index=which, action=st.sampled_from(["supplements", "reminders", "rating"]), form=pick)
    def citizen_speaks(self, index: int, action: str, form: int) -> None:
        """The citizen adds, chases or rates, with number and code."""
        life = self.life(index)
        before = life.request["version"]
        step = self.step(life, "citizen", "request", action, form)
        outcome = self.run(self.world.take(step))
        self.count(step, outcome)
        after = self.run(self.world.rows())[life.request["ticket_no"]].request["version"]
        self.require((after > before) == outcome.done, f"{step}: {outcome}")

    @event(3, index=which, into=which, who=st.sampled_from(["dispatcher", CLERK]), both_ways=st.booleans())
    def joins(self, index: int, into: int, who: str, both_ways: bool) -> None:
        """One life is to follow another, or each the other at the same moment."""
        life = self.life(index)
        one = life.request["ticket_no"]
        others = [ticket for ticket in self.world.tickets if ticket != one]
        other = others[into % len(others)] if others else one
        steps = [Step(who, "request", "merge", a, {"into": b}) for a, b in ((one, other), (other, one))]
        if both_ways and one != other:
            outcomes = self.at_once(steps, sweeping=False)
            self.require(sum(outcome.done for outcome in outcomes) < 2, "both follow each other")
        else:
            self.take(steps[0], self.open_to(who, life), life)

    @event(4, index=which, tries=st.lists(st.tuples(roles, pick, pick), min_size=2, max_size=3), sweeping=st.sampled_from([True, False]),
        same=st.booleans(),
    )  # fmt: skip
    def do_at_once(self, index: int, tries: list[tuple[str, int, int]], sweeping: bool, same: bool) -> None:
        """Two or three at the same moment; `same`: all the same step."""
        life, steps = self.life(index), []
        for role, choice, form in tries:
            who = self.name(role, life)
            if chosen := self.offer(who, life, choice):
                subject, number, action = chosen
                steps.append(self.step(life, who, subject, action, form, number))
        if steps:
            self.at_once(steps[:1] * len(tries) if same else steps, sweeping=sweeping)

    @event(4, span=st.sampled_from(list(SPANS)))
    def time_passes(self, span: str) -> None:
        """The worker sweeps; a second time there is nothing left to do."""
        waiting = [row["alarm_at"] for life in self.before.values() for row in (life.request, *life.orders)]
        alarm = min((at for at in waiting if at), default=None)
        until: datetime | None = self.world.at + (SPANS[span] or timedelta(0))
        if span.endswith("alarm"):
            until = max(self.world.at, alarm + (SPANS[span] or timedelta(0))) if alarm else None
        self.run(self.world.pass_time(until))
        self.require(not self.world.virtual or self.run(self.world.pass_time(None)) == 0, "the same was swept twice")
        self.tally["sweeps"] += 2

    @event(1, who=st.sampled_from(["callback", "discipline"]), back=st.booleans())
    def takes_from_the_queue(self, who: str, back: bool) -> None:
        """An agent takes call-backs, or gives them back."""
        agent, here, at = self.world.actor(who), self.api.here, self.world.at
        taken = self.run(claim(here, agent, 50, at))
        if back:
            self.run(release(here, agent, [item["ticket_no"] for item in taken["items"]]))
        self.world.tell(f"{who} takes {len(taken['items'])} call-backs{' and gives them back' if back else ''}")
        for item in taken["items"]:
            life = self.before.get(item["ticket_no"])
            may = life is None or reader_of(who).sees_request(life.request, life.orders)
            self.require(may, f"{who} is given {item['ticket_no']}")

    @rule(what=st.deferred(anything))
    def happens(self, what: tuple[str, dict[str, Any]]) -> None:
        """Something happens; one rule, for rules of their own would be left out of half the stories."""
        name, arguments = what
        self.tally[f"event {name}"] += 1
        getattr(self, name)(**arguments)
        self.laws()

    def teardown(self) -> None:
        """At the end a few things are tried on every life, and two readers look at everything."""
        if not hasattr(self, "world") or self.failed:
            return
        for number, action in enumerate(self.odd):
            who = "lead" if action[0] in ("order", "supervision") else "dispatcher"
            self.try_anything(number, [(who, action, number)])
        self.tally["stories"] += 1
        for reader in self.readers:
            look = Look(self.world, reader, self.before, self.feeds[reader.name])
            faults = self.run(look.faults())
            self.tally["reads"] += look.calls
            self.require(not faults, *faults)
