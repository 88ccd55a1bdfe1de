"""The work order (工单): one unit's duty to act on a request, with its three clocks.

A clock runs while its work is undone: `accept` until accepted, `contact` until contacted, `resolve` until
submitted; none runs on hold. PostgreSQL derives from that the earliest running limit (`due_at`, `soon_at`)
and the next alarm (`alarm_at`), so no code can forget to.
"""

from sqlalchemy import ARRAY, BigInteger, Column, Computed, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlmodel import Field

from app.domain.workflow import OPEN_ORDER_STATES, OrderState
from app.models.base import Instant, Table, instant, one_of

_OPEN = ", ".join(f"'{state}'" for state in OPEN_ORDER_STATES)
_RUNS = {
    "accept": "held_at IS NULL AND state = 'pending'",
    "contact": "held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted')",
    "resolve": "held_at IS NULL AND state IN ('pending', 'accepted')",
}


def _earliest(column: str) -> str:
    cases = (f"CASE WHEN {runs} THEN {clock}_{column} END" for clock, runs in _RUNS.items())
    return f"least({', '.join(cases)})"


_NEXT_ALARM = "least({})".format(
    ", ".join(
        f"CASE WHEN {runs} AND {clock}_{edge} > alarmed_until THEN {clock}_{edge} END"
        for clock, runs in _RUNS.items()
        for edge in ("soon_at", "due_at")
    )
)


class WorkOrder(Table, table=True):
    """One unit's order; a request has at most one open lead order at a time."""

    __tablename__ = "work_order"
    __table_args__ = (
        one_of("state", OrderState),
        Index("uq_work_order_open_lead", "request_id", unique=True,
              postgresql_where=text(f"role = 'lead' AND state IN ({_OPEN})")),
        Index("ix_work_order_desk", "unit_code", "state", "due_at", "id"),
        Index("ix_work_order_unit_code", "unit_code", "id"),
        Index("ix_work_order_due_at", "due_at", "id"),
        Index("ix_work_order_state", "state", "due_at", "id"),
        Index("ix_work_order_alarm_at", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    work_order_no: str = Field(sa_type=Text, unique=True)
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), nullable=False, index=True))
    role: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    round: int = Field(sa_type=SmallInteger)
    unit_code: str = Field(sa_type=Text, foreign_key="unit.code")
    reason: str = Field(default="", sa_type=Text)
    wall_clocks: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    accept_soon_at: Instant = instant(nullable=False)
    accept_due_at: Instant = instant(nullable=False)
    accepted_at: Instant = instant()
    contact_soon_at: Instant = instant(nullable=False)
    contact_due_at: Instant = instant(nullable=False)
    contacted_at: Instant = instant()
    resolve_soon_at: Instant = instant(nullable=False)
    resolve_due_at: Instant = instant(nullable=False)
    submitted_at: Instant = instant()
    held_at: Instant = instant()
    alarmed_until: Instant = instant(nullable=False)
    soon_at: Instant = instant(computed=Computed(_earliest("soon_at"), persisted=True))
    due_at: Instant = instant(computed=Computed(_earliest("due_at"), persisted=True))
    alarm_at: Instant = instant(computed=Computed(_NEXT_ALARM, persisted=True))
    result: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    completed_at: Instant = instant()
    created_at: Instant = instant(nullable=False)
    updated_at: Instant = instant(nullable=False)
