"""Plays one request: looks where it stands, decides what happens next, takes the step, until its life is over."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.actors import Actor
from app.domain.catalogue import RequestKind
from app.domain.permissions import Permission as P
from app.domain.states import FINAL_REQUEST_STATES, RequestState, Subject
from app.schemas import steps
from app.schemas.step_form import Empty
from app.services.installation import Installation
from app.services.simulation.cast import Cast
from app.services.simulation.script import Habits, material, pick_outcome, rating
from app.services.steps import take_step
from app.services.workflow.door import Command
from app.services.workflow.rows import is_discontent

S = RequestState


@dataclass(frozen=True, slots=True)
class Move:
    """A step and who takes it."""

    actor: Actor
    command: Command


class Player:
    """Moves one request at a time; `rng` decides, so the same seed plays the same lives."""

    def __init__(self, here: Installation, cast: Cast, habits: Habits, rng: random.Random) -> None:
        self._here = here
        self._cast = cast
        self._habits = habits
        self._rng = rng

    async def take(self, move: Move, at: datetime) -> None:
        """Take a step that was decided on."""
        await take_step(self._here, move.actor, move.command, at)

    def next_move(self, ticket: Mapping[str, Any]) -> Move | None:
        """What happens next to a request with these columns (see `tickets.STATE_COLUMNS`)."""
        state = RequestState(ticket["state"])
        if state in FINAL_REQUEST_STATES or state is S.MERGED:
            return None
        match state:
            case S.RECEIVED:
                return self._received(ticket)
            case S.ASSIGNED:
                return self._assigned(ticket)
            case S.IN_PROGRESS:
                return self._working(ticket)
            case S.ON_HOLD:
                return self._request(P.REQUEST_HOLD, "resume", ticket, Empty())
            case S.RESOLVED:
                return self._resolved(ticket)
            case _:
                # After a discontent rating and no round left, a supervisor decides.
                decides = P.REQUEST_REOPEN if is_discontent(ticket) else P.REQUEST_CLOSE
                return self._request(decides, "close", ticket, Empty())

    def _received(self, ticket: Mapping[str, Any]) -> Move:
        units = self._open_units(ticket)
        consultation = ticket["kind"] == RequestKind.CONSULTATION and self._rng.random() < self._habits.answered_at_once
        if consultation or not units:
            text = self._rng.choice(material()["answers"])
            return self._request(P.REQUEST_ANSWER, "answer", ticket, steps.Answer(text=text))
        form = steps.Dispatch(unit_code=units[0], reason="经核实，属该单位职责范围")
        return self._request(P.REQUEST_DISPATCH, "dispatch", ticket, form)

    def _assigned(self, ticket: Mapping[str, Any]) -> Move:
        others = [unit for unit in self._open_units(ticket) if unit != ticket["unit_code"]]
        if others and ticket["orders_opened"] == 1 and self._rng.random() < self._habits.redispatched:
            form = steps.Dispatch(unit_code=others[0], reason="经协商，调整承办单位")
            return self._request(P.REQUEST_DISPATCH, "dispatch", ticket, form)
        return self._order(ticket, "accept", Empty())

    def _working(self, ticket: Mapping[str, Any]) -> Move:
        if ticket["order_state"] == "submitted":
            if ticket["sent_back"] == 0 and self._rng.random() < self._habits.sent_back:
                reason = self._rng.choice(material()["send_back_reasons"])
                form = steps.Review(decision=steps.Decision.SEND_BACK, reason=reason)
            else:
                form = steps.Review(decision=steps.Decision.APPROVE)
            return self._request(P.REQUEST_REVIEW, "review", ticket, form)
        if ticket["contacted_at"] is None:
            note = self._rng.choice(material()["contact_notes"])
            return self._order(ticket, "contact", steps.Contact(method="电话", outcome=note))
        if ticket["progressed"] == 0 and self._rng.random() < self._habits.progress_told:
            return self._order(ticket, "progress", steps.Progress(text=self._rng.choice(material()["progress_notes"])))
        outcome = pick_outcome(self._habits, self._rng)
        result = self._rng.choice(material()["results"][outcome])
        return self._order(ticket, "submit", steps.Submit(result=result, outcome=steps.Outcome(outcome)))

    def _resolved(self, ticket: Mapping[str, Any]) -> Move:
        if ticket["callback_outcome"] in ("unreachable", "refused"):
            return self._request(P.REQUEST_CLOSE, "close", ticket, Empty())
        said = rating(self._habits, ticket["outcome"], self._rng)
        if ticket["callback_attempts"] == 0 and self._rng.random() < self._habits.rated_online:
            return Move(self._cast.citizen, Command(Subject.REQUEST, "rating", ticket["ticket_no"], said))
        luck = self._rng.random()
        if luck < self._habits.call_refused:
            form = steps.Callback(outcome=steps.CallOutcome.REFUSED)
        elif luck < self._habits.call_refused + self._habits.call_unanswered:
            form = steps.Callback(outcome=steps.CallOutcome.NO_ANSWER)
        else:
            form = steps.Callback(outcome=steps.CallOutcome.REACHED, **said.model_dump(exclude={"note"}))
        return self._request(P.REQUEST_CALLBACK, "callbacks", ticket, form)

    def _open_units(self, ticket: Mapping[str, Any]) -> list[str]:
        """The units that were proposed at intake, are open and not accused, else any such department."""
        reference = self._here.reference.now
        units = {
            code: unit
            for code, unit in reference.units.items()
            if unit.active and not reference.shut_out(code, ticket["accused_units"])
        }
        proposed = [route["unit"]["code"] for route in ticket["routing"].get("alternatives", [])]
        usable = [code for code in proposed if code in units]
        departments = [unit.code for unit in units.values() if unit.kind == "department"]
        return usable or ([self._rng.choice(departments)] if departments else [])

    def _request(self, permission: P, action: str, ticket: Mapping[str, Any], form: Any) -> Move:
        return Move(
            self._cast.staff(permission, restricted=ticket["restricted"]),
            Command(Subject.REQUEST, action, ticket["ticket_no"], form),
        )

    def _order(self, ticket: Mapping[str, Any], action: str, form: Any) -> Move:
        actor = self._cast.handler(ticket["unit_code"])
        return Move(actor, Command(Subject.WORK_ORDER, action, ticket["lead_order_no"], form))
