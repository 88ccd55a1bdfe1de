"""What must hold of every life at every moment, read off its rows alone: the ledger replays, these only look.

Each law yields what breaks it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from support.random_world import Rows

CITY = ZoneInfo("Asia/Shanghai")
OPEN = ("pending", "accepted", "submitted")
LEADS = {"assigned": {"pending"}, "in_progress": {"accepted", "submitted"}, "on_hold": {"accepted"}}
"""In which states a request has an open lead, and the states of that lead."""
OVER = ("declined", "transferred", "closed", "merged", "resolved", "rated")
MOST = {"return": 2, "extend": 1, "hold": 2}
REMINDERS_A_DAY, REDO_ROUNDS, CALLS = 3, 2, 3
"""The demo city's policies."""
MOVES_LIMITS = {
    "application.approved", "application.refused", "application.cancelled", "application.expired", "request.resumed", "work_order.sent_back",
}  # fmt: skip
CLOCKS = ("accept", "contact", "resolve")


def broken(before: Rows | None, now: Rows) -> list[str]:
    """Everything that is wrong with a life, or with how it came here from `before`."""
    found = [*_hands(now), *_clocks(now), *_counts(now), *_history(now)]
    return found if before is None else [*found, *_since(before, now)]


def _hands(life: Rows) -> Iterator[str]:
    state = life.request["state"]
    leads = [order for order in life.orders if order["role"] == "lead" and order["state"] in OPEN]
    helpers = [order for order in life.orders if order["role"] != "lead" and order["state"] in OPEN]
    if {order["state"] for order in leads} - LEADS.get(state, set()) or len(leads) != (state in LEADS):
        yield f"{state} with open leads {[order['state'] for order in leads]}"
    if leads and leads[0]["work_order_no"] != life.request["lead_order_no"]:
        yield "the open lead is not the one that the request names"
    if helpers and (not leads or leads[0]["state"] == "submitted"):
        yield f"{len(helpers)} open helpers beside {state}, lead {[order['state'] for order in leads]}"
    if any(helper["parent_no"] != leads[0]["work_order_no"] for helper in helpers if leads):
        yield "a helper of an earlier lead is still open"
    busy = Counter(order["unit_code"] for order in (*leads, *helpers))
    if any(number > 1 for number in busy.values()):
        yield f"a unit has two open orders: {busy}"
    accused = set(life.request["accused_units"])
    if accused & busy.keys():
        yield f"an accused unit has an open order: {accused & busy.keys()}"
    for order in life.orders:
        waiting = [
            a["number"]
            for a in life.applications
            if (a["work_order_no"], a["state"]) == (order["work_order_no"], "open")
        ]
        if waiting != ([order["open_application"]] if order["open_application"] else []):
            yield f"{order['work_order_no']} names {order['open_application']}, open are {waiting}"
        if waiting and (order["state"], order["role"]) != ("accepted", "lead"):
            yield f"an application is open on an order that is {order['role']} {order['state']}"


def _clocks(life: Rows) -> Iterator[str]:
    state, request = life.request["state"], life.request
    if state in OVER and any(order["alarm_at"] or order["due_at"] for order in life.orders):
        yield f"{state}, but a clock of an order runs"
    if state != "received" and request["alarm_at"]:
        yield f"{state}, but the centre's clock runs"
    if (state == "on_hold") != (request["held_at"] is not None) or (request["held_at"] is None) != (
        request["hold_review_on"] is None
    ):
        yield f"{state}, but held at {request['held_at']} until {request['hold_review_on']}"
    kinds = {record["number"]: record["kind"] for record in life.applications if record["state"] == "open"}
    asked = any(kind == "hold" for kind in kinds.values())
    for order in life.orders:
        if order["state"] not in OPEN and (order["due_at"] or order["alarm_at"]):
            yield f"{order['work_order_no']} is {order['state']}, but its clock runs"
        if order["state"] in ("returned", "withdrawn") and order["held_at"]:
            yield f"{order['work_order_no']} is {order['state']}, but on hold"
        if order["state"] in OPEN and (order["held_at"] is not None) != (state == "on_hold" or asked):
            yield f"{order['work_order_no']} held at {order['held_at']} while {state}, hold asked for: {asked}"
        if order["held_at"] and (order["due_at"] or order["alarm_at"]):
            yield f"{order['work_order_no']} is on hold, but a clock runs"


def _counts(life: Rows) -> Iterator[str]:
    used = Counter((record["kind"], record["round"]) for record in life.applications)
    if over := {key: number for key, number in used.items() if number > MOST[key[0]]}:
        yield f"more applications a round than allowed: {over}"
    days: Counter[Any] = Counter(
        event["at"].astimezone(CITY).date()
        for event in life.events
        if event["kind"] == "request.reminded" and "follower" not in event["payload"]
    )
    if days and max(days.values()) > REMINDERS_A_DAY:
        yield f"more reminders a day than allowed: {days}"
    redone = [event for event in life.events if event["kind"] == "request.reopened" and event["actor_kind"] == "system"]
    if len(redone) > REDO_ROUNDS:
        yield f"redone {len(redone)} times by itself"
    if life.request["callback_outcome"] == "unreachable" and life.request["callback_attempts"] < CALLS:
        yield f"unreachable after {life.request['callback_attempts']} calls"


def _history(life: Rows) -> Iterator[str]:
    if [event["seq"] for event in life.events] != list(range(1, life.request["version"] + 1)):
        yield f"version {life.request['version']}, events {[event['seq'] for event in life.events]}"
    instants = [event["at"] for event in life.events]
    if instants != sorted(instants):
        yield "the history runs backwards"


def _since(before: Rows, now: Rows) -> Iterator[str]:
    """Nothing that was written is unwritten, and no limit moves without one of the few reasons."""
    new = [event for event in now.events if event["seq"] > before.request["version"]]
    if now.events[: len(before.events)] != before.events:
        yield "the history was rewritten"
    if not new and before.request["state"] != now.request["state"]:
        yield "the state changed without an event"
    reasons = [event["kind"] for event in new if event["kind"] in MOVES_LIMITS]
    known = {order["work_order_no"]: order for order in before.orders}
    for order in now.orders:
        was = known.pop(order["work_order_no"], None)
        if was is None:
            continue
        if not new and was != order:
            yield f"{order['work_order_no']} changed without an event"
        for clock in CLOCKS:
            yield from _moved(clock, was, order, reasons)
    if known:
        yield f"orders are gone: {sorted(known)}"


def _moved(clock: str, was: dict[str, Any], order: dict[str, Any], reasons: list[str]) -> Iterator[str]:
    column = f"{clock}_due_at"
    earlier: datetime | None = was[column]
    later: datetime | None = order[column]
    if earlier == later:
        return
    if earlier is None or later is None or later < earlier:
        yield f"{order['work_order_no']} {column} moved from {earlier} to {later}"
    elif not reasons:
        yield f"{order['work_order_no']} {column} moved to {later} for no reason"
