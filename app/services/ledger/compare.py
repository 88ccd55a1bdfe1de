"""Holds the rows of one request against its replayed life: every column that a rule reads must be what was told."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.half_days import half_day_start
from app.services.ledger.life import Life, OrderLife

Row = Mapping[str, Any]
HOLDS_LEAD = {
    "received": (), "declined": (), "transferred": (), "merged": (), "resolved": (), "rated": (), "closed": (),
    "assigned": ("pending",), "in_progress": ("accepted", "submitted"), "on_hold": ("accepted",),
}  # fmt: skip
"""The states that a request's open lead may be in; empty: there is none."""


def differences(
    life: Life, request: Row, orders: Sequence[Row], applications: Sequence[Row], slips: Sequence[Row], zone: ZoneInfo
) -> Iterator[str]:
    """What the rows say otherwise than the history, and what no row may say."""
    yield from _differ("the request", request, _request(life, zone))
    yield from _lead(life, request, orders)
    yield from _missing("order", {row["work_order_no"] for row in orders}, set(life.orders))
    for row in orders:
        if order := life.orders.get(row["work_order_no"]):
            yield from _differ(f"order {order.number}", row, _order(life, order))
    yield from _missing("application", {row["number"] for row in applications}, set(life.applications))
    for row in applications:
        if record := life.applications.get(row["number"]):
            told = {"state": record.state, "kind": record.kind, "work_order_no": record.work_order_no}
            yield from _differ(f"application {row['number']}", row, told)
    yield from _undecided(orders, applications)
    yield from _missing("slip", {row["number"] for row in slips}, set(life.slips))
    for row in slips:
        if record := life.slips.get(row["number"]):
            names = ("state", "kind", "reply_by", "overdue_at")
            yield from _differ(f"slip {row['number']}", row, {name: getattr(record, name) for name in names})


def _differ(what: str, row: Row, told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if row[name] != value:
            yield f"{what} has {name} {_said(row[name])}, the history says {_said(value)}"


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value) if value is None else str(value)


def _missing(what: str, rows: set[str], told: set[str]) -> Iterator[str]:
    yield from (f"{what} {number} stands in no event" for number in sorted(rows - told))
    yield from (f"{what} {number} was opened, but there is no row" for number in sorted(told - rows))


def _request(life: Life, zone: ZoneInfo) -> dict[str, Any]:
    resolved, satisfaction = life.rating or (None, None)
    last = life.reminded[-1].astimezone(zone).date() if life.reminded else None
    return {
        "state": life.state,
        "version": life.version,
        "round": life.round,
        "lead_order_no": life.lead_no,
        "orders_opened": len(life.orders),
        "slips_opened": len(life.slips),
        "returns_in_round": life.in_round["return"],
        "extensions_in_round": life.in_round["extend"],
        "holds_in_round": life.in_round["hold"],
        "followers": life.followers,
        "master_no": life.master_no,
        "desk": life.desk,
        "held_at": life.held_at,
        "resolved_at": life.resolved_at,
        "closed_at": life.closed_at,
        "resolved_answer": resolved,
        "satisfaction": satisfaction,
        "rating_excluded": life.excluded,
        "callback_attempts": _attempts(life.calls, zone),
        "reminded_on": last,
        "reminders_today": sum(at.astimezone(zone).date() == last for at in life.reminded),
    }


def _attempts(calls: list[datetime], zone: ZoneInfo) -> int:
    """Calls on different half-days."""
    halves = [half_day_start(at, zone) for at in calls]
    return bool(halves) + sum(a != b for a, b in pairwise(halves))


def _order(life: Life, order: OrderLife) -> dict[str, Any]:
    helped_by = sum(helper.parent_no == order.number for helper in life.helpers)
    names = (
        "state", "unit_code", "role", "round", "forced", "parent_no", "created_at", "accepted_at", "contacted_at",
        "submitted_at", "completed_at", "held_at", "open_application", "attended",
    )  # fmt: skip
    told = {name: getattr(order, name) for name in names}
    return {**told, "applications_opened": order.applications, "open_helpers": helped_by}


def _undecided(orders: Sequence[Row], applications: Sequence[Row]) -> Iterator[str]:
    """An application waits for a decision only while its unit works on the order."""
    working = {row["work_order_no"] for row in orders if row["state"] == "accepted"}
    for row in applications:
        if row["state"] == "open" and row["work_order_no"] not in working:
            yield f"application {row['number']} is open, but nobody works on its order any more"


def _lead(life: Life, request: Row, orders: Sequence[Row]) -> Iterator[str]:
    """One open lead or none, as the state says; helpers only beside an open lead."""
    open_orders = [row for row in orders if row["state"] in ("pending", "accepted", "submitted")]
    leads = [row["state"] for row in open_orders if row["role"] == "lead"]
    allowed = HOLDS_LEAD[request["state"]]
    if len(leads) != bool(allowed) or any(state not in allowed for state in leads):
        expected = f"one that is {' or '.join(allowed)}" if allowed else "none"
        yield f"a request that is {request['state']} has open leads {leads}, not {expected}"
    if not leads and open_orders:
        yield f"orders are open without a lead: {', '.join(row['work_order_no'] for row in open_orders)}"
    if (request["state"] == "merged") != bool(life.state == "merged" and request["master_state"]):
        yield f"it follows {request['master_no']}, which does not exist"
    if request["state"] == "merged" and request["master_state"] in ("closed", "declined", "transferred", "merged"):
        yield f"it follows {request['master_no']}, which is {request['master_state']} itself"
    if request["followers"] < request["following"]:
        yield f"{request['following']} requests follow it, but it counts {request['followers']}"
