"""The table against everything that must keep in step with it: effects, forms, words, roles, and itself."""

from dataclasses import replace

import pytest

from app.domain.actors import CITIZEN, SYSTEM
from app.domain.events import PUBLIC_KINDS, STEP, EventKind
from app.domain.permissions import DEFAULT_ROLES, Permission
from app.domain.states import (
    FINAL_REQUEST_STATES,
    OPEN_ORDER_STATES,
    Guard,
    OrderRole,
    OrderState,
    RequestState,
    Subject,
    Whose,
)
from app.domain.walking import GUARDS, Position, Standing, applies, available
from app.domain.words import ACTIONS, OBSTACLES, STATES
from app.domain.workflow import TRANSITIONS, Transition
from app.schemas.forms import FORMS, SYSTEM_FORMS
from app.schemas.public import PublicRating
from app.schemas.steps import Callback, Rating, Review
from app.services.workflow.effects import EFFECTS

FILING = {EventKind.REQUEST_RECEIVED}
CLOCKS = {
    EventKind.REQUEST_DUE_SOON,
    EventKind.REQUEST_OVERDUE,
    EventKind.ORDER_DUE_SOON,
    EventKind.ORDER_OVERDUE,
    EventKind.ORDER_LATE,
    EventKind.ORDER_ESCALATED,
}
BESIDE = {
    EventKind.ORDER_RETURNED,
    EventKind.APPLICATION_LAPSED,
    EventKind.ORDER_FORCED,
    EventKind.HELP_RECEIVED,
    EventKind.REQUEST_EXTENDED,
    EventKind.HOLD_GRANTED,
    EventKind.ATTACHMENT_ADDED,
    EventKind.ATTACHMENT_REMOVED,
    EventKind.REQUEST_ERASED,
}
"""Told beside the table: what a step means for another order or application, and files that come and go."""
LEAD_ROWS = [row for row in TRANSITIONS if OrderRole.LEAD in row.roles]


def row_id(row: Transition) -> str:
    return f"{row.subject}-{row.action}-{row.choice or row.request_from[0]}-{row.roles[0]}"


def test_every_action_has_an_effect_and_every_effect_an_action() -> None:
    assert {(row.subject, row.action) for row in TRANSITIONS} == set(EFFECTS)


def test_every_action_has_a_form_and_every_form_an_action() -> None:
    assert {(row.subject, row.action) for row in TRANSITIONS} == FORMS.keys() | SYSTEM_FORMS.keys()
    assert not FORMS.keys() & SYSTEM_FORMS.keys()


def test_every_guard_is_used_and_decided() -> None:
    assert {row.guard for row in TRANSITIONS if row.guard} == set(Guard) == set(GUARDS)


@pytest.mark.parametrize("row", TRANSITIONS, ids=row_id)
def test_what_a_row_requires_its_form_requires(row: Transition) -> None:
    form = {**FORMS, **SYSTEM_FORMS}[(row.subject, row.action)]
    required = {name for name, field in form.model_fields.items() if field.is_required()}
    if form in (Review, Callback):  # fields that depend on the choice
        assert required <= set(row.requires)
        whole = {"decision": row.choice, "outcome": row.choice, "reason": "理由", "resolved": "yes", "satisfaction": 5}
        fitting = {name: whole[name] for name in row.requires}
        form.model_validate(fitting)
        for name in row.requires:
            with pytest.raises(ValueError, match=r"required|needed|give"):
                form.model_validate({key: value for key, value in fitting.items() if key != name})
    elif (row.subject, row.action) in SYSTEM_FORMS:
        assert row.action == "rating" or row.permission is Permission.REQUEST_REDO
    else:
        assert required == set(row.requires)


def test_the_citizens_rating_is_the_staffs_rating_with_a_code() -> None:
    assert PublicRating.model_fields.keys() - {"code"} == Rating.model_fields.keys() - {"note"}


def test_every_state_is_reached_and_only_final_ones_are_left_by_nobody() -> None:
    reached = {RequestState.RECEIVED, OrderState.PENDING}
    reached |= {state for row in TRANSITIONS for state in (row.request_to, row.order_to) if state}
    assert {*RequestState, *OrderState} == reached
    left = {state for row in TRANSITIONS if row.request_to for state in row.request_from}
    assert set(RequestState) - left == set(FINAL_REQUEST_STATES) - {RequestState.CLOSED}
    assert RequestState.CLOSED in left, "a supervisor may reopen"


def walked() -> set[Position]:
    """Every position of a request and its lead that any row leads to, from filing on."""
    free = Position(RequestState.RECEIVED, may_return=True, may_extend=True, may_hold=True)
    seen, ahead = {free}, [free]
    while ahead:
        at = ahead.pop()
        for row in LEAD_ROWS:
            looks = replace(at, record=row.record_from)
            if not applies(row, looks):
                continue
            order = OrderState.PENDING if row.opens_lead else row.order_to or at.order
            spent = row.event is EventKind.CALLBACK_REFUSED or (at.callback_spent and not row.opens_lead)
            there = replace(at, request=row.request_to or at.request, order=order, callback_spent=spent)
            if there not in seen:
                seen.add(there)
                ahead.append(there)
    return seen


def test_a_walk_over_the_table_meets_no_position_where_an_open_order_is_forgotten() -> None:
    """From filing on, by any row: a closed, declined, transferred, merged or answered request has no open order."""
    working = {RequestState.ASSIGNED, RequestState.IN_PROGRESS, RequestState.ON_HOLD}
    seen = walked()
    for position in seen:
        assert (position.order in OPEN_ORDER_STATES) == (position.request in working), position
    assert {position.request for position in seen} == set(RequestState)
    for position in seen:
        for subject in Subject:
            rows = [row for row in TRANSITIONS if row.subject == subject and applies(row, position)]
            picked = [(row.action, row.choice, row.permission, row.whose) for row in rows]
            assert len(set(picked)) == len(picked), f"two rows compete at {position}: {picked}"


def test_a_helpers_step_never_moves_the_request() -> None:
    for row in TRANSITIONS:
        if OrderRole.LEAD not in row.roles:
            assert row.request_to is None, row
            assert not row.opens_lead
            assert row.subject is Subject.WORK_ORDER


def test_every_event_is_told_by_a_row_a_filing_a_clock_or_beside_a_row() -> None:
    told = {row.event for row in TRANSITIONS}
    assert set(EventKind) == told | FILING | CLOCKS | BESIDE
    assert not told & (FILING | CLOCKS | BESIDE)


def test_what_a_citizen_is_told_has_words_in_both_languages() -> None:
    inside = {kind for kind in EventKind if kind not in STEP}
    for kind in inside:
        assert kind.split(".")[0] not in ("callback",), "a citizen hears of every call"
    assert set(PUBLIC_KINDS) == {kind.value for kind in STEP}
    for chinese, english in STEP.values():
        assert any("一" <= letter <= "鿿" for letter in chinese)
        assert english.isascii()
    helpers = {row.event for row in TRANSITIONS if OrderRole.LEAD not in row.roles} - {EventKind.ORDER_CONTACTED}
    assert not helpers & STEP.keys(), "only the lead answers the citizen"


def test_every_state_action_and_obstacle_has_a_chinese_word() -> None:
    assert set(OBSTACLES) == {guard.value for guard in Guard} - {Guard.NOT_SECRET}, "secrecy forbids, it does not delay"
    assert {row.action for row in TRANSITIONS} <= ACTIONS.keys()
    records = {state for row in TRANSITIONS for state in (row.record_from, row.record_to) if state}
    assert {*RequestState, *OrderState, *records} <= STATES.keys()


def test_somebody_may_do_every_action_and_the_machines_permissions_are_in_no_role() -> None:
    given = {permission for _, permissions in DEFAULT_ROLES.values() for permission in permissions}
    assert {row.permission for row in TRANSITIONS} <= given | CITIZEN.permissions | SYSTEM.permissions
    assert Permission.REQUEST_REDO not in given
    assert Permission.REQUEST_RATE not in given, "only the citizen rates"
    for row in TRANSITIONS:
        if row.permission is Permission.WORK_ORDER_HANDLE:
            assert row.whose is not Whose.ANYBODY, "handling is for the unit whose order it is"


def test_the_guard_keeps_a_request_open_until_the_citizen_was_asked() -> None:
    held = Standing(frozenset({Permission.REQUEST_CLOSE}))
    for spent, expected in ((False, ()), (True, ("close",))):
        at = Position(RequestState.RESOLVED, OrderState.COMPLETED, callback_spent=spent)
        assert available(at, held, Subject.REQUEST) == expected


def test_only_a_supervisor_closes_over_a_discontent_citizen() -> None:
    at = Position(RequestState.RATED, OrderState.COMPLETED, content=False)
    assert available(at, Standing(frozenset({Permission.REQUEST_CLOSE})), Subject.REQUEST) == ()
    assert "close" in available(at, Standing(frozenset({Permission.REQUEST_REOPEN})), Subject.REQUEST)
