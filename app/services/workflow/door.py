"""The one door: every change to a filed request or order goes through `act`.

Lock, check, write, append, in this order and nowhere else: staff, citizens and the system alike. The clock sweep
changes no state; it raises alarms by the same function that every step begins with (`alarms.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import SYSTEM, Actor, ActorKind
from app.domain.errors import ForbiddenError, IllegalTransitionError, StaleVersionError
from app.domain.workflow import Guard, Subject, Transition, available, find, rows_for
from app.services.reference import Reference
from app.services.workflow.alarms import raise_due_alarms
from app.services.workflow.effects import EFFECTS, leave_order
from app.services.workflow.lock import lock
from app.services.workflow.reactions import REACTIONS
from app.services.workflow.step import Step, Values
from app.services.workflow.write import write
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Command:
    """What an actor asks for: an action on a request or order, with its form.

    `if_match` is the version that the actor has seen; a newer one refuses the step.
    """

    subject: Subject
    action: str
    number: str
    form: Any
    if_match: int | None = None

    @property
    def choice(self) -> str | None:
        """The field value that picks among the action's rows, if any."""
        picked = getattr(self.form, "decision", None) or (
            getattr(self.form, "outcome", None) if self.action == "callbacks" else None
        )
        return str(picked) if picked else None


async def act(
    connection: Connection, actor: Actor, command: Command, *, reference: Reference, settings: Settings, at: datetime
) -> Step:
    """Take one step inside the caller's transaction and return it as written.

    Raises NotFoundError (also for what the actor may not see), ForbiddenError, StaleVersionError,
    IllegalTransitionError, InvalidError.
    """
    request, order = await lock(connection, actor, command.subject, command.number)
    step = Step(actor, at, reference, settings, request, order)
    row = _check(step, command)
    raise_due_alarms(step)
    walk(step, row, command.form)
    await write(connection, step)
    return step


def walk(step: Step, row: Transition, form: Any) -> None:
    """Apply one row of the table, write down its event, then whatever follows by itself."""
    order = step.order
    told_of: Values = order if row.event.startswith("work_order.") and order is not None else step.request
    from_state = told_of["state"]
    if row.opens_lead:
        leave_order(step, row.order_to)
    if row.request_to:
        step.change_request(state=row.request_to.value)
    if row.order_to and not row.opens_lead:
        step.change_order(state=row.order_to.value)
    elif row.subject is Subject.WORK_ORDER:
        step.change_order()  # every step on an order is a new version of it, for If-Match
    payload = EFFECTS[row.action](step, form)
    if note := getattr(form, "note", None):
        payload["note"] = note
    step.record(
        row.event, payload, from_state=from_state, to_state=told_of["state"], order=_concerned(step, row, order)
    )
    reaction = REACTIONS.get(row.event)
    follow_up = reaction(step) if reaction else None
    if follow_up and (next_row := find(rows_for(Subject.REQUEST, follow_up.action), step.position)):
        acting, step.actor = step.actor, SYSTEM
        walk(step, next_row, follow_up.form)
        step.actor = acting


def _concerned(step: Step, row: Transition, order: Values | None) -> Values | None:
    """The order whose unit reads the event in its feed: the new lead, or the one there is; reveals are nobody's news."""
    if row.action == "reveal":
        return None
    return step.new_order if row.opens_lead else order


def _check(step: Step, command: Command) -> Transition:
    """The row to walk, once actor, version and state allow it."""
    rows = rows_for(command.subject, command.action, command.choice)
    allowed = [row for row in rows if step.actor.may(row.permission) and _own(step, row) and _may_know(step, row)]
    if not allowed:
        raise ForbiddenError("您没有权限执行此操作。", "You may not do this.")
    about = step.order if command.subject is Subject.WORK_ORDER else step.request
    if command.if_match is not None and about and command.if_match != about["version"]:
        raise StaleVersionError(about["version"])
    row = find(allowed, step.position)
    if row is None:
        state = str(about["state"]) if about else ""
        raise IllegalTransitionError(command.action, state, available_to(step, command.subject))
    return row


def available_to(step: Step, subject: Subject) -> list[str]:
    """Actions open to the step's actor on the rows as they are now."""
    lead = step.lead
    own = lead is not None and lead["unit_code"] == step.actor.unit_code
    return available(step.position, step.actor.permissions, own_unit=own, subject=subject)


def _may_know(step: Step, row: Transition) -> bool:
    """Identities in secret matters are not for handlers: that is no passing state, so it is forbidden (403)."""
    return row.guard is not Guard.NOT_SECRET or not step.position.secret


def _own(step: Step, row: Transition) -> bool:
    if not row.own_unit_only or step.actor.kind is ActorKind.SYSTEM:
        return True
    return step.order is not None and step.order["unit_code"] == step.actor.unit_code
