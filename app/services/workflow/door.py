"""The one door: every change to a filed request or order goes through `act`.

Lock, check, write, append, in this order and nowhere else: staff, citizens and the system alike; or look, check and
write if nobody has since (`consider`), which comes to the same. The clock sweep changes no state; it raises alarms by
the same function that every step begins with (`alarms.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import SYSTEM, Actor
from app.domain.errors import ForbiddenError, IllegalTransitionError, StaleVersionError
from app.domain.states import Guard, Subject
from app.domain.walking import Standing, available, find, obstacle, rows_for
from app.domain.workflow import Transition
from app.services.knowledge.answers import check_citable
from app.services.reference import Reference
from app.services.workflow.alarms import raise_due_alarms
from app.services.workflow.consequences import PASSED_ON, consequences, touches_others
from app.services.workflow.effects import EFFECTS
from app.services.workflow.leaving import leave_lead
from app.services.workflow.lock import RECORDS, lock, look
from app.services.workflow.merging import check_master
from app.services.workflow.reactions import REACTIONS
from app.services.workflow.rows import Values, standing
from app.services.workflow.step import Step
from app.services.workflow.write import write
from app.settings import Settings

HOLDING = ("merge", "unmerge", "shield", "reveal")
"""Actions that read or write more than their own request's rows, and hold it meanwhile."""


@dataclass(frozen=True, slots=True)
class Command:
    """What an actor asks for: an action on a request, order, application or slip, with its form.

    `if_match` is the version that the actor has seen; a newer one refuses the step.
    """

    subject: Subject
    action: str
    number: str
    form: Any
    if_match: int | None = None

    def choice(self, record: Values | None) -> str | None:
        """The field value that picks among the action's rows, or the kind of the application; None when none does."""
        if self.subject is Subject.APPLICATION and record:
            return str(record["kind"])
        picked = getattr(self.form, "decision", None) or (
            getattr(self.form, "outcome", None) if self.action == "callbacks" else None
        )
        return str(picked) if picked else None


async def act(
    connection: Connection, actor: Actor, command: Command, *, reference: Reference, settings: Settings, at: datetime
) -> Step:
    """Take one step inside the caller's transaction, with all that follows from it; return it as written.

    Whoever waited for the row acts after whoever had it: the history never runs backwards.
    Raises NotFoundError (also for what the actor may not see), ForbiddenError, StaleVersionError,
    IllegalTransitionError, InvalidError, ConflictError.
    """
    rows = await lock(connection, actor, command.subject, command.number)
    step = Step(actor, max(at, rows.request["updated_at"]), reference, settings, rows)
    await _walk(connection, step, command)
    await write(connection, step)
    for subject, action, number, form in await consequences(connection, step):
        following = Command(subject, action, number, form)
        try:
            await act(connection, SYSTEM, following, reference=reference, settings=settings, at=step.at)
        except IllegalTransitionError:
            if action not in PASSED_ON:
                raise  # what is only passed on is written on the request itself, whatever its master takes
    return step


async def consider(
    connection: Connection, actor: Actor, command: Command, *, reference: Reference, settings: Settings, at: datetime
) -> Step | None:
    """The step as `act` would take it, thought out while nothing is held, for `write_alone` to write.

    Two statements instead of four, for a step that is about its own request only. None: it must be taken by `act`.
    """
    if command.action in HOLDING:
        return None
    rows = await look(connection, actor, command.subject, command.number)
    if rows is None:
        return None
    step = Step(actor, max(at, rows.request["updated_at"]), reference, settings, rows)
    await _walk(connection, step, command)
    return None if touches_others(step) else step


async def _walk(connection: Connection, step: Step, command: Command) -> None:
    """Check the step and fill in all that it changes; raises what `act` raises."""
    row = _check(step, command)
    if command.action == "merge":
        await check_master(connection, step.actor, step, command.form.into)
    if command.action == "answer" and command.form.knowledge_id is not None:
        await check_citable(connection, command.form.knowledge_id)
    raise_due_alarms(step)
    walk(step, row, command.form)


def walk(step: Step, row: Transition, form: Any) -> None:
    """Apply one row of the table, write down its event, then whatever follows by itself."""
    told_of = _told_of(step, row)
    from_state, order = told_of["state"], step.order
    if row.leaves_lead:
        leave_lead(step, row)
    if row.request_to:
        step.change_request(state=row.request_to.value)
    if row.order_to and not row.leaves_lead:
        step.change_order(state=row.order_to.value)
    elif row.subject is Subject.WORK_ORDER:
        step.change_order()  # every step on an order is a new version of it, for If-Match
    if row.record_to:
        step.change_record(RECORDS[row.subject], step.record["number"], state=row.record_to)
    payload = EFFECTS[row.subject, row.action](step, form)
    if note := getattr(form, "note", None):
        payload["note"] = note
    concerned = _concerned(step, row, order)
    if row.subject is Subject.WORK_ORDER and step.new_orders:
        from_state, told_of = None, step.new_orders[-1]  # it tells of the helper's order, which begins
    step.tell(row.event, payload, from_state=from_state, to_state=told_of["state"], order=concerned)
    reaction = REACTIONS.get(row.event)
    follow_up = reaction(step) if reaction else None
    if follow_up and (next_row := find(rows_for(Subject.REQUEST, follow_up.action), step.position(Subject.REQUEST))):
        acting, step.actor = step.actor, SYSTEM
        walk(step, next_row, follow_up.form)
        step.actor = acting


def _told_of(step: Step, row: Transition) -> Values:
    """The row whose states the event names: the order's for `work_order.…`, the record's for steps on a record."""
    if row.subject in RECORDS:
        return step.record
    return step.order if row.event.startswith("work_order.") and step.order is not None else step.request


def _concerned(step: Step, row: Transition, order: Values | None) -> Values | None:
    """The order whose unit reads the event in its feed: the newest, or the one there is; reveals and who is shut out are no unit's news."""
    if row.action in ("reveal", "shield"):
        return None
    if record := _slip(step, row):
        return {"work_order_no": record["work_order_no"], "unit_code": record["unit_code"]}
    return step.new_orders[-1] if step.new_orders else order


def _slip(step: Step, row: Transition) -> Values | None:
    """The slip or instruction that the step is on, or issues."""
    if row.subject is Subject.SUPERVISION:
        return step.record
    return next((values for table, values in step.new_records if table == "supervision"), None)


def _check(step: Step, command: Command) -> Transition:
    """The row to walk, once actor, version and state allow it."""
    rows = rows_for(command.subject, command.action, command.choice(step.rows.record))
    before = _standing(step, command.subject)
    allowed = [row for row in rows if before.meets(row) and _may_know(step, row)]
    about = step.order if command.subject is Subject.WORK_ORDER else step.request
    if not allowed:
        raise ForbiddenError("您没有权限执行此操作。", "You may not do this.")
    if command.if_match is not None and about and command.if_match != about["version"]:
        raise StaleVersionError(about["version"])
    row = find(allowed, step.position(command.subject))
    if row is None:
        stands = step.rows.record or about
        state = str(stands["state"]) if stands else ""
        in_the_way = obstacle(allowed, step.position(command.subject))
        raise IllegalTransitionError(command.action, state, available_to(step, command.subject), in_the_way)
    return row


def _standing(step: Step, subject: Subject) -> Standing:
    if subject is Subject.SUPERVISION:
        return standing(step.actor, step.record)
    return standing(step.actor, step.lead if subject is Subject.REQUEST else step.order)


def available_to(step: Step, subject: Subject) -> list[str]:
    """Actions open to the step's actor on the rows as they are now."""
    choice = str(step.record["kind"]) if subject is Subject.APPLICATION else None
    return list(available(step.position(subject), _standing(step, subject), subject, choice))


def _may_know(step: Step, row: Transition) -> bool:
    """Identities in secret matters are not for handlers: that is no passing state, so it is forbidden (403)."""
    return row.guard is not Guard.NOT_SECRET or not step.position(row.subject).secret
