"""Beats of a plot: when each can happen, how long people take, and the step it is. First what units and centre do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.catalogue import UnitKind
from app.domain.permissions import Permission as P
from app.domain.records import HoldGround, ReturnReason
from app.schemas import centre_steps, steps, unit_steps
from app.schemas.step_form import Empty
from app.services.simulation.month.stage import Stage, Ticket
from app.services.simulation.player import Move
from app.services.simulation.script import material

When = Callable[[Ticket], bool]
Make = Callable[[Stage, Ticket, datetime], Move]


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that happens once the ticket stands as `when` says.

    `hours`: how many office hours after what came before; `clock`: they are hours of the day instead; `until`: not
    before this instant. `optional`: passed over when the ticket does not stand so.
    """

    when: When
    make: Make
    hours: float = 2.0
    clock: bool = False
    until: Callable[[Ticket], datetime | None] | None = None
    optional: bool = False


def say(stage: Stage, key: str) -> str:
    """Something that people say on such an occasion."""
    return str(stage.rng.choice(material()["month"][key]))


def received(ticket: Ticket) -> bool:
    """The centre has it."""
    return bool(ticket["state"] == "received")


def undecided(ticket: Ticket) -> bool:
    """No unit has signed for it."""
    return ticket["state"] in ("received", "assigned")


def pending(ticket: Ticket) -> bool:
    """A unit has it and has not signed."""
    return bool(ticket["state"] == "assigned")


def working(ticket: Ticket) -> bool:
    """A unit works on it and has applied for nothing."""
    return ticket["state"] == "in_progress" and ticket["order_state"] == "accepted" and not ticket["open_application"]


def applied(ticket: Ticket) -> bool:
    """The centre has to decide."""
    return ticket["state"] == "in_progress" and ticket["open_application"] is not None


def helped(ticket: Ticket) -> bool:
    """Somebody helps the unit."""
    return ticket["state"] in ("in_progress", "on_hold") and bool(ticket["helpers"])


def centre(permission: P, action: str, form: Callable[[Stage], Any]) -> Make:
    """A step of the centre on the request."""
    return lambda stage, ticket, _at: stage.centre(permission, action, ticket, form(stage))


def lead(action: str, form: Callable[[Stage], Any]) -> Make:
    """A step of the leading unit."""
    return lambda stage, ticket, _at: stage.lead(action, ticket, form(stage))


def helper(action: str, form: Callable[[Stage], Any], index: int = 0) -> Make:
    """A step of a unit that helps."""
    return lambda stage, ticket, _at: stage.helper(index, action, ticket, form(stage))


def decide(action: str, form: Callable[[Stage], Any]) -> Beat:
    """The centre decides about what was applied for."""
    return Beat(
        applied,
        lambda stage, ticket, _at: stage.application(
            stage.cast.staff(P.APPLICATION_DECIDE, restricted=ticket["restricted"]), action, ticket, form(stage)
        ),
        hours=3,
    )


def empty(_stage: Stage) -> Empty:
    """A step without content."""
    return Empty()


def _withdraw(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    return stage.order(
        stage.cast.staff(P.REQUEST_DISPATCH, restricted=ticket["restricted"]),
        "withdraw",
        ticket["lead_order_no"],
        Empty(),
    )


def _elsewhere(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    form = steps.Dispatch(unit_code=stage.other_units(ticket)[0], reason=say(stage, "redispatch"))
    return stage.centre(P.REQUEST_DISPATCH, "dispatch", ticket, form)


def _to_township(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    form = steps.Dispatch(unit_code=stage.township_with_team(), reason=say(stage, "redispatch"))
    return stage.centre(P.REQUEST_DISPATCH, "dispatch", ticket, form)


def _on(at: datetime, stage: Stage, days: int) -> date:
    return at.astimezone(stage.here.settings.zone).date() + timedelta(days=days)


def _apply_hold(stage: Stage, ticket: Ticket, at: datetime) -> Move:
    form = unit_steps.ApplyHold(review_on=_on(at, stage, 4), reason=say(stage, "hold"), ground=HoldGround.FUNDS)
    return stage.lead("hold", ticket, form)


def _hold(stage: Stage, ticket: Ticket, at: datetime) -> Move:
    form = steps.Hold(review_on=_on(at, stage, 9), reason=say(stage, "hold_reason"))
    return stage.centre(P.REQUEST_HOLD, "hold", ticket, form)


def _assist(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    form = unit_steps.Assist(unit_code=stage.other_units(ticket)[0], task=say(stage, "assist"))
    return stage.lead("assist", ticket, form)


def _delegate(stage: Stage, ticket: Ticket, _at: datetime) -> Move:
    """To a team below the unit; one that has none names a unit beside it, which the rules refuse."""
    unit = ticket["unit_code"]
    below = [code for code in stage.here.reference.now.subordinates[unit] if code != unit]
    team = stage.rng.choice(below or stage.other_units(ticket))
    return stage.lead("delegate", ticket, unit_steps.Delegate(unit_code=team, task=say(stage, "delegate")))


def _whistle(stage: Stage, ticket: Ticket, at: datetime) -> Move:
    units = [*stage.other_units(ticket, 2), *stage.other_units(ticket, 1, UnitKind.UTILITY)]
    form = unit_steps.Whistle(
        unit_codes=units, task=say(stage, "whistle"), meet_at=at + timedelta(hours=20), place=say(stage, "place")
    )
    return stage.lead("whistle", ticket, form)


def _by_the_asker(action: str, form: Callable[[Stage], Any]) -> Make:
    return lambda stage, ticket, _at: stage.order(
        stage.cast.handler(ticket["unit_code"]), action, ticket["helpers"][0]["number"], form(stage)
    )


def _return(stage: Stage) -> unit_steps.Return:
    return unit_steps.Return(
        reason=stage.rng.choice(tuple(ReturnReason)),
        text=say(stage, "return_text"),
        suggestion=say(stage, "suggestion"),
    )


def _submit(stage: Stage) -> steps.Submit:
    return steps.Submit(
        result=stage.rng.choice(material()["results"]["solved"]),
        outcome=steps.Outcome.SOLVED,
        without_help=say(stage, "without_help"),
    )


def _helped(stage: Stage) -> steps.Submit:
    return steps.Submit(result=say(stage, "helped"), outcome=steps.Outcome.SOLVED)


UNDO = Beat(pending, _withdraw, hours=0.05, clock=True, optional=True)
WITHDRAW = Beat(pending, _withdraw, hours=1)
TO_TOWNSHIP = Beat(undecided, _to_township, hours=0.2)
ELSEWHERE = Beat(working, _elsewhere, hours=2)
TAKE_AWAY = Beat(applied, _elsewhere, hours=2)
RETURN = Beat(working, lead("return", _return), hours=2)
EXTEND = Beat(working, lead("extend", lambda s: unit_steps.Extend(reason=say(s, "extend"), working_days=2)), hours=3)
APPLY_HOLD = Beat(working, _apply_hold, hours=4)
HOLD = Beat(working, _hold, hours=4)
RESUME = Beat(lambda t: t["state"] == "on_hold", centre(P.REQUEST_HOLD, "resume", empty), hours=20)
APPROVE = decide("approve", lambda s: unit_steps.Approve(reason=say(s, "approve")))
REFUSE = decide("refuse", lambda s: unit_steps.Refuse(reason=say(s, "refuse")))
CANCEL = Beat(
    applied,
    lambda stage, ticket, _at: stage.application(stage.cast.handler(ticket["unit_code"]), "cancel", ticket, Empty()),
    hours=1,
)
ASSIST = Beat(working, _assist, hours=2)
ASSIST_MEANWHILE = Beat(applied, _assist, hours=1)
DELEGATE = Beat(working, _delegate, hours=2)
WHISTLE = Beat(working, _whistle, hours=2)
HELPER_ACCEPTS = Beat(helped, helper("accept", empty), hours=1)
HELPER_RINGS = Beat(helped, helper("contact", lambda _s: steps.Contact(method="电话", outcome="已联系")), hours=2)
HELPER_TELLS = Beat(helped, helper("progress", lambda s: steps.Progress(text=say(s, "helped"))), hours=3)
HELPER_DONE = Beat(helped, helper("submit", _helped), hours=5)
CAME = Beat(helped, _by_the_asker("attendance", lambda _s: unit_steps.Attendance(present=True)), hours=6)
STAYED_AWAY = Beat(helped, _by_the_asker("attendance", lambda _s: unit_steps.Attendance(present=False)), hours=6)
TAKE_BACK = Beat(helped, _by_the_asker("withdraw", empty), hours=3)
SUBMIT_ALONE = Beat(working, lead("submit", _submit), hours=3)
_TELL = lead("progress", lambda s: steps.Progress(text=s.rng.choice(material()["progress_notes"])))
DOZE = Beat(working, _TELL, until=lambda ticket: ticket["resolve_due_at"] + timedelta(hours=1))
SLEEP = Beat(
    working,
    _TELL,
    until=lambda ticket: ticket["resolve_escalate_at"] + timedelta(hours=1) if ticket["resolve_escalate_at"] else None,
)
SHIELD = Beat(
    undecided,
    lambda stage, ticket, _at: stage.centre(
        P.REQUEST_SHIELD,
        "shield",
        ticket,
        centre_steps.Shield(unit_codes=stage.other_units(ticket), reason=say(stage, "shield")),
    ),
    hours=0.3,
)
REVEAL = Beat(working, lead("reveal", lambda s: steps.Reveal(reason=say(s, "reveal"))), hours=0.5)
NOBODY_ANSWERS = Beat(working, lead("contact", lambda _s: steps.Contact(method="电话", outcome="无人接听")), hours=1)
