"""One request's life as its history tells it: what every row must look like if nothing went wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.states import OPEN_ORDER_STATES, OrderRole, OrderState

Values = dict[str, Any]
_OPEN = frozenset(state.value for state in OPEN_ORDER_STATES)


@dataclass
class OrderLife:
    """An order as told; the instants are those of the events."""

    number: str
    unit_code: str
    role: str
    round: int
    created_at: datetime
    parent_no: str | None = None
    forced: bool = False
    state: str = OrderState.PENDING.value
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    submitted_at: datetime | None = None
    completed_at: datetime | None = None
    held_at: datetime | None = None
    applications: int = 0
    open_application: str | None = None
    attended: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether a unit still has it."""
        return self.state in _OPEN

    @property
    def is_lead(self) -> bool:
        """Whether it answers the citizen."""
        return self.role == OrderRole.LEAD


@dataclass
class RecordLife:
    """An application or slip as told."""

    kind: str
    state: str
    work_order_no: str | None
    opened_at: datetime
    reply_by: datetime | None = None
    overdue_at: datetime | None = None


@dataclass
class Life:
    """A request as told, and what does not join in the telling."""

    ticket_no: str
    state: str | None = None
    version: int = 0
    round: int = 1
    lead_no: str | None = None
    orders: dict[str, OrderLife] = field(default_factory=dict)
    applications: dict[str, RecordLife] = field(default_factory=dict)
    slips: dict[str, RecordLife] = field(default_factory=dict)
    in_round: dict[str, int] = field(default_factory=lambda: {"return": 0, "extend": 0, "hold": 0})
    reminded: list[datetime] = field(default_factory=list)
    calls: list[datetime] = field(default_factory=list)
    followers: int = 0
    master_no: str | None = None
    desk: str | None = None
    held_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    rating: tuple[str, int] | None = None
    excluded: str | None = None
    alarms: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def lead(self) -> OrderLife | None:
        """The open order that answers the citizen."""
        order = self.orders.get(self.lead_no or "")
        return order if order and order.is_open else None

    @property
    def helpers(self) -> Iterator[OrderLife]:
        """The open orders that help it."""
        return (order for order in self.orders.values() if order.is_open and not order.is_lead)

    @property
    def together(self) -> list[OrderLife]:
        """The open lead and all who help it: they stand still and go on together."""
        return [order for order in (self.lead, *self.helpers) if order]

    def fault(self, what: str) -> None:
        """Write down what does not join."""
        self.faults.append(what)
