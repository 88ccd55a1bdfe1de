"""The table against everything that must keep in step with it: effects, forms, words, roles, and itself."""

import pytest

from app.domain.actors import CITIZEN, SYSTEM
from app.domain.events import PUBLIC_KINDS, STEP, EventKind
from app.domain.permissions import DEFAULT_ROLES, Permission
from app.domain.workflow import (
    FINAL_REQUEST_STATES,
    OPEN_ORDER_STATES,
    TRANSITIONS,
    Guard,
    OrderState,
    Position,
    RequestState,
    Subject,
    Transition,
    applies,
    available,
)
from app.domain.workflow_later import LATER as LATER_ROWS
from app.schemas.public import PublicRating
from app.schemas.steps import FORMS, Callback, Rating, Reopen, Review, StepForm
from app.services.workflow.effects import EFFECTS

LATER = {RequestState.MERGED, OrderState.RETURNED}
"""States of the domain guide that merging and returns (later work) will lead to."""
OUTSIDE: dict[tuple[Subject, str], type[StepForm]] = {
    (Subject.REQUEST, "rating"): Rating,
    (Subject.REQUEST, "redo"): Reopen,
}
"""Actions without a URL under /v1: the citizen's rating, the system's redo."""
FILING = {EventKind.REQUEST_RECEIVED}
CLOCKS = {kind for kind in EventKind if kind.endswith((".due_soon", ".overdue"))}


def row_id(row: Transition) -> str:
    return f"{row.action}-{row.choice or row.request_from[0]}"


def test_every_action_has_an_effect_and_every_effect_an_action() -> None:
    assert {row.action for row in TRANSITIONS} == set(EFFECTS)


def test_every_action_has_a_form_and_every_form_an_action() -> None:
    assert {(row.subject, row.action) for row in TRANSITIONS} == FORMS.keys() | OUTSIDE.keys()


@pytest.mark.parametrize("row", TRANSITIONS, ids=row_id)
def test_what_a_row_requires_its_form_requires(row: Transition) -> None:
    form = {**FORMS, **OUTSIDE}[(row.subject, row.action)]
    required = {name for name, field in form.model_fields.items() if field.is_required()}
    if form in (Review, Callback):  # fields that depend on the choice
        assert required <= set(row.requires)
        whole = {"decision": row.choice, "outcome": row.choice, "reason": "理由", "resolved": "yes", "satisfaction": 5}
        fitting = {name: whole[name] for name in row.requires}
        form.model_validate(fitting)
        for name in row.requires:
            with pytest.raises(ValueError, match=r"required|needed|give"):
                form.model_validate({key: value for key, value in fitting.items() if key != name})
    elif row.action == "redo":
        assert required <= {*row.requires, "reason"}
    else:
        assert required == set(row.requires)


def test_the_citizens_rating_is_the_staffs_rating_with_a_code() -> None:
    assert PublicRating.model_fields.keys() - {"code"} == Rating.model_fields.keys() - {"note"}


def test_every_state_is_reached_and_only_final_ones_are_left_by_nobody() -> None:
    reached = {RequestState.RECEIVED, OrderState.PENDING}
    reached |= {state for row in TRANSITIONS for state in (row.request_to, row.order_to) if state}
    assert {*RequestState, *OrderState} - reached == LATER
    left = {state for row in TRANSITIONS if row.request_to for state in row.request_from}
    assert set(RequestState) - left - LATER == set(FINAL_REQUEST_STATES) - {RequestState.CLOSED}
    assert RequestState.CLOSED in left, "a supervisor may reopen"


def test_a_walk_over_the_table_meets_no_position_where_an_open_order_is_forgotten() -> None:
    """From filing on, by any row: a closed, declined, transferred or answered request has no open order."""
    start = Position(RequestState.RECEIVED)
    seen, ahead = {start}, [start]
    while ahead:
        at = ahead.pop()
        for row in TRANSITIONS:
            if not applies(row, at):
                continue
            order = OrderState.PENDING if row.opens_lead else row.order_to or at.order
            spent = row.event is EventKind.CALLBACK_REFUSED or (at.callback_spent and not row.opens_lead)
            there = Position(row.request_to or at.request, order, spent)
            if there not in seen:
                seen.add(there)
                ahead.append(there)
    working = {RequestState.ASSIGNED, RequestState.IN_PROGRESS, RequestState.ON_HOLD}
    for position in seen:
        assert (position.order in OPEN_ORDER_STATES) == (position.request in working), position
    assert {position.request for position in seen} == set(RequestState) - LATER
    for position in seen:
        for subject in ("request", "work_order"):
            rows = [row for row in TRANSITIONS if row.subject == subject and applies(row, position)]
            picked = [(row.action, row.choice, row.permission) for row in rows]
            assert len(set(picked)) == len(picked), f"two rows compete at {position}: {picked}"


def test_every_event_is_told_by_a_row_a_filing_or_a_clock() -> None:
    told = {row.event for row in TRANSITIONS} | FILING | CLOCKS
    later = {row.event for row in LATER_ROWS}
    assert set(EventKind) == told | later
    assert not told & later


def test_planned_steps_are_in_no_other_table_and_lead_to_the_states_that_are_still_missing() -> None:
    walked = {(row.subject, row.action) for row in TRANSITIONS}
    assert not walked & {(row.subject, row.action) for row in LATER_ROWS}
    reached = {state for row in LATER_ROWS for state in (row.request_to, row.order_to)}
    assert reached >= LATER


def test_what_a_citizen_is_told_has_words_in_both_languages() -> None:
    inside = {EventKind.REQUEST_CLASSIFIED, EventKind.IDENTITY_REVEALED, EventKind.ORDER_WITHDRAWN} | CLOCKS
    assert set(STEP) == set(EventKind) - inside - {row.event for row in LATER_ROWS}
    assert set(PUBLIC_KINDS) == {kind.value for kind in STEP}
    for chinese, english in STEP.values():
        assert any("一" <= letter <= "鿿" for letter in chinese)
        assert english.isascii()


def test_somebody_may_do_every_action_and_the_machines_permissions_are_in_no_role() -> None:
    given = {permission for _, permissions in DEFAULT_ROLES.values() for permission in permissions}
    assert {row.permission for row in TRANSITIONS} <= given | CITIZEN.permissions | SYSTEM.permissions
    assert Permission.REQUEST_REDO not in given
    assert Permission.REQUEST_RATE not in given, "only the citizen rates"
    others = {row.action for row in TRANSITIONS if row.own_unit_only != (row.subject == "work_order")}
    assert others == {"withdraw", "reveal"}, "the dispatcher takes back; the unit asks who its citizen is"


def test_the_guard_keeps_a_request_open_until_the_citizen_was_asked() -> None:
    held = frozenset({Permission.REQUEST_CLOSE})
    guarded = [row for row in TRANSITIONS if row.guard is Guard.CALLBACK_SPENT]
    assert [(row.action, row.request_from) for row in guarded] == [("close", (RequestState.RESOLVED,))]
    for spent, expected in ((False, []), (True, ["close"])):
        at = Position(RequestState.RESOLVED, OrderState.COMPLETED, callback_spent=spent)
        assert available(at, held, own_unit=False, subject=guarded[0].subject) == expected
