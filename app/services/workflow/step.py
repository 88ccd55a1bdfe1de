"""One step being taken: the rows as they were locked, what changes in them, and the events that tell it.

Nothing here touches the database; `write.py` writes a finished step in one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.actors import Actor
from app.domain.catalogue import SlaPolicy
from app.domain.events import EventKind
from app.domain.states import Subject
from app.domain.walking import Position
from app.services.reference import Reference
from app.services.workflow.orders import lead_order
from app.services.workflow.rows import Aggregate, Values, policy_for, position_of
from app.settings import Settings


@dataclass
class Step:
    """The aggregate under lock and all that is to be written; its rows show the new values at once.

    `order` is the order the step is on (of a request: its lead), `lead` the one that answers the citizen.
    """

    actor: Actor
    at: datetime
    reference: Reference
    settings: Settings
    rows: Aggregate
    request_changes: Values = field(default_factory=dict)
    order_changes: dict[str, Values] = field(default_factory=dict)
    new_orders: list[Values] = field(default_factory=list)
    new_records: list[tuple[str, Values]] = field(default_factory=list)
    record_changes: dict[tuple[str, str], Values] = field(default_factory=dict)
    events: list[Values] = field(default_factory=list)

    @property
    def request(self) -> Values:
        """The request's row."""
        return self.rows.request

    @property
    def order(self) -> Values | None:
        """The order the step is on."""
        return self.rows.order

    @property
    def lead(self) -> Values | None:
        """The order that leads now."""
        return self.rows.lead

    @property
    def record(self) -> Values:
        """The application or slip that the step is on."""
        if self.rows.record is None:
            raise RuntimeError("the step is on no record")
        return self.rows.record

    @property
    def policy(self) -> SlaPolicy:
        """The time limits that hold for the request."""
        return policy_for(self.reference, self.request)

    def position(self, subject: Subject) -> Position:
        """Where the subject stands now."""
        order = self.order if subject is Subject.WORK_ORDER else self.lead
        return position_of(self.request, order, self.rows.record)

    def change_request(self, **changes: Any) -> None:
        """Set columns of the request."""
        self.request.update(changes)
        self.request_changes.update(changes)

    def change_order(self, order: Values | None = None, /, **changes: Any) -> None:
        """Set columns of an order, unless named the one that the step is on."""
        order = order or self.order
        if order is None:
            raise RuntimeError("the step has no order")
        number = order["work_order_no"]
        if number not in self.order_changes:
            changes |= {"version": order["version"] + 1, "updated_at": self.at}
        order.update(changes)
        self.order_changes.setdefault(number, {}).update(changes)

    def change_record(self, table: str, number: str, **changes: Any) -> None:
        """Set columns of an application or slip, whether it is loaded or not."""
        if self.rows.record is not None and self.rows.record["number"] == number:
            self.rows.record.update(changes)
        self.record_changes.setdefault((table, number), {}).update(changes)

    def add_record(self, table: str, **values: Any) -> None:
        """Write a new row beside the request."""
        self.new_records.append((table, values))

    def open_lead(self, unit_code: str, reason: str, *, forced: bool = False) -> Values:
        """Open a new lead order for a unit; its clocks start now."""
        number = self.next_order_no()
        order = lead_order(self.reference, self.policy, self.request, number, unit_code, reason, self.at)
        order["forced"] = forced
        self.new_orders.append(order)
        self.rows.lead = order
        # The centre's clock is done when a unit has it; a redo or another unit changes nothing about that.
        self.change_request(lead_order_no=number, dispatched_at=self.request["dispatched_at"] or self.at)
        return order

    def next_order_no(self) -> str:
        """The number of the next order of this request."""
        number = self.request["orders_opened"] + 1
        self.change_request(orders_opened=number)
        return f"{self.request['ticket_no']}-{number}"

    def tell(
        self,
        kind: EventKind,
        payload: Mapping[str, Any],
        *,
        from_state: str | None = None,
        to_state: str | None = None,
        order: Values | None = None,
        actor: Actor | None = None,
    ) -> None:
        """Append an event; its sequence number becomes the request's version."""
        by = actor or self.actor
        self.change_request(version=self.request["version"] + 1, updated_at=self.at)
        self.events.append(
            {
                "at": self.at,
                "kind": kind.value,
                "seq": self.request["version"],
                "work_order_no": order["work_order_no"] if order else None,
                "unit_code": order["unit_code"] if order else None,
                "actor_kind": by.kind.value,
                "actor": by.name,
                "from_state": from_state,
                "to_state": to_state,
                "request_state": self.request["state"],
                "payload": dict(payload),
            }
        )
