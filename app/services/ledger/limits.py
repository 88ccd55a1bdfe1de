"""Holds the clocks in the rows against those recomputed from the history."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.clocks import ORDER_CLOCKS
from app.services.ledger.clocks import OrderClocks
from app.services.ledger.timekeeper import Timekeeper

Row = Mapping[str, Any]


def clock_differences(time: Timekeeper, request: Row, orders: Sequence[Row]) -> Iterator[str]:
    """Every limit, mark and allowance that is not what policy, calendar and history give."""
    told = {
        "dispatch_soon_at": time.dispatch.soon,
        "dispatch_due_at": time.dispatch.due,
        "alarmed_until": time.mark,
        "callback_due_at": time.callback_due,
    }
    yield from _differ("the request", request, told)
    for row in orders:
        if clocks := time.orders.get(row["work_order_no"]):
            told = {"alarmed_until": clocks.mark}
            for name in ORDER_CLOCKS:
                told[f"{name}_soon_at"], told[f"{name}_due_at"] = clocks.limits[name].soon, clocks.limits[name].due
            told["resolve_notice_at"] = clocks.limits["resolve"].late
            told["resolve_escalate_at"] = clocks.limits["resolve"].escalate
            yield from _differ(f"order {row['work_order_no']}", row, told)
            yield from _given(row, clocks)


def standing_clocks(request: Row, orders: Sequence[Row]) -> Iterator[str]:
    """Clocks that run although nobody may be waited for any more."""
    if request["state"] != "received" and request["alarm_at"] is not None:
        yield f"the centre's clock runs although the request is {request['state']}"
    for row in orders:
        ended = row["state"] in ("completed", "returned", "withdrawn") or row["held_at"] is not None
        if ended and row["alarm_at"] is not None:
            yield f"a clock of order {row['work_order_no']} runs although it is {row['state']}"


def _given(row: Row, clocks: OrderClocks) -> Iterator[str]:
    """What the order was given when it was opened, less what it has used."""
    for kind, column in (("return", "returns_left"), ("extend", "extensions_left"), ("hold", "holds_left")):
        if row[column] != clocks.left[kind]:
            yield f"order {row['work_order_no']} has {column} {row[column]}, the policy leaves {clocks.left[kind]}"
    if row["resolve_span"] != clocks.span or set(row["wall_clocks"]) != clocks.wall:
        yield f"order {row['work_order_no']} was given {row['resolve_span']}, the policy says {clocks.span}"


def _differ(what: str, row: Row, told: Mapping[str, datetime | None]) -> Iterator[str]:
    for name, value in told.items():
        if row[name] != value:
            found, due = (at.isoformat() if at else "nothing" for at in (row[name], value))
            yield f"{what} has {name} {found}; policy, extensions and holds give {due}"
