"""What ends with a lead order that is taken from its unit: its open application, the orders that help it.

Returned, withdrawn, merged, transferred, sent to another unit: however it happens, nothing is left hanging.
"""

from app.domain.events import EventKind
from app.domain.records import ApplicationState
from app.domain.states import OPEN_ORDER_STATES, OrderState
from app.domain.workflow import Transition
from app.services.workflow.step import Step

TOLD_AS = {OrderState.WITHDRAWN: EventKind.ORDER_WITHDRAWN, OrderState.RETURNED: EventKind.ORDER_RETURNED}


def leave_lead(step: Step, row: Transition) -> None:
    """Take the lead order from its unit, if it still has it; the row's own event may tell it already."""
    order, to = step.lead, row.order_to
    step.change_request(lead_order_no=None, left_unit_code=order["unit_code"] if order else None)
    if order is None or to is None or OrderState(order["state"]) not in OPEN_ORDER_STATES:
        return
    was = order["state"]
    _lapse_application(step)
    dismiss_helpers(step)
    step.change_order(order, state=to.value, completed_at=step.at, held_at=None)
    if row.event is not TOLD_AS[to]:
        step.tell(TOLD_AS[to], {}, from_state=was, to_state=to.value, order=order)
    step.rows.lead = None


def _lapse_application(step: Step) -> None:
    order = step.lead or {}
    number = order["open_application"]
    if number is None or (step.rows.record is not None and step.record["number"] == number):
        return  # there is none, or it is being decided by this very step
    step.change_record("application", number, state=ApplicationState.LAPSED.value, decided_at=step.at)
    step.change_order(order, open_application=None)
    step.tell(EventKind.APPLICATION_LAPSED, {"application": number}, order=order)


def dismiss_helpers(step: Step) -> None:
    """Take back what other units were asked for and have not finished."""
    for helper in step.rows.helpers:
        was = helper["state"]
        step.change_order(helper, state=OrderState.WITHDRAWN.value, completed_at=step.at, held_at=None)
        step.tell(EventKind.HELPER_WITHDRAWN, {}, from_state=was, to_state=OrderState.WITHDRAWN.value, order=helper)
    if step.rows.helpers and step.lead:
        step.change_order(step.lead, open_helpers=0)
    step.rows.helpers = []
