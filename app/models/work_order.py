"""The work order (工单): one unit's duty to act on a request, with its three clocks.

The *lead* answers the citizen; *assist*, *child* and *summons* orders (协办、二级派单、吹哨报到) help the order named
by `parent_no`, within its time and without a duty to ring the citizen.
A clock runs while its work is undone: `accept` until accepted, `contact` until contacted, `resolve` until
submitted; none runs on hold. PostgreSQL derives from that the earliest running limit (`due_at`, `soon_at`)
and the next alarm (`alarm_at`), so no code can forget to.
"""

from sqlalchemy import ARRAY, BigInteger, Column, Computed, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlmodel import Field

from app.domain.states import OPEN_ORDER_STATES, OrderRole, OrderState
from app.models.base import CHANGES, Instant, Table, count, flag, instant, one_of

_OPEN = ", ".join(f"'{state}'" for state in OPEN_ORDER_STATES)
_RUNS = {
    "accept": "held_at IS NULL AND state = 'pending'",
    "contact": "held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted')",
    "resolve": "held_at IS NULL AND state IN ('pending', 'accepted')",
}


def _earliest(column: str) -> str:
    cases = (f"CASE WHEN {runs} THEN {clock}_{column} END" for clock, runs in _RUNS.items())
    return f"least({', '.join(cases)})"


_ALARMS = (
    *((clock, f"{clock}_{edge}_at") for clock in _RUNS for edge in ("soon", "due")),
    ("resolve", "resolve_notice_at"),
    ("resolve", "resolve_escalate_at"),
)
_NEXT_ALARM = "least({})".format(
    ", ".join(f"CASE WHEN {_RUNS[clock]} AND {at} > alarmed_until THEN {at} END" for clock, at in _ALARMS)
)


class WorkOrder(Table, table=True):
    """One unit's order; a request has at most one open lead order at a time."""

    __tablename__ = "work_order"
    __table_args__ = (
        one_of("state", OrderState),
        one_of("role", OrderRole),
        Index("uq_work_order_open_lead", "request_id", unique=True,
              postgresql_where=text(f"role = 'lead' AND state IN ({_OPEN})")),
        Index("ix_work_order_desk", "unit_code", "state", "due_at", "id"),
        Index("ix_work_order_unit_code", "unit_code", "id"),
        Index("ix_work_order_unit_request", "unit_code", "request_id"),
        Index("ix_work_order_lead_since", "unit_code", "created_at", postgresql_where=text("role = 'lead'")),
        Index("ix_work_order_due_at", "due_at", "id"),
        Index("ix_work_order_state", "state", "due_at", "id"),
        Index("ix_work_order_asked_by_unit", "asked_by_unit", "id", postgresql_where=text("asked_by_unit IS NOT NULL")),
        Index("ix_work_order_escalated_at", "escalated_at", postgresql_where=text("escalated_at IS NOT NULL")),
        Index("ix_work_order_alarm_at", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
        CHANGES,
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
    contact_soon_at: Instant = instant()
    contact_due_at: Instant = instant()
    contacted_at: Instant = instant()
    resolve_soon_at: Instant = instant(nullable=False)
    resolve_due_at: Instant = instant(nullable=False)
    resolve_notice_at: Instant = instant()
    resolve_escalate_at: Instant = instant()
    resolve_span: str | None = Field(default=None, sa_type=Text)
    submitted_at: Instant = instant()
    held_at: Instant = instant()
    alarmed_until: Instant = instant(nullable=False)
    soon_at: Instant = instant(computed=Computed(_earliest("soon_at"), persisted=True))
    due_at: Instant = instant(computed=Computed(_earliest("due_at"), persisted=True))
    alarm_at: Instant = instant(computed=Computed(_NEXT_ALARM, persisted=True))
    result: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    completed_at: Instant = instant()
    parent_no: str | None = Field(default=None, sa_type=Text)
    task: str | None = Field(default=None, sa_type=Text)
    forced: bool = flag()
    asked_by_unit: str | None = Field(default=None, sa_type=Text)
    returns_left: int = count()
    extensions_left: int = count()
    holds_left: int = count()
    applications_opened: int = count()
    open_application: str | None = Field(default=None, sa_type=Text)
    open_helpers: int = count()
    attended: bool | None = None
    escalated_at: Instant = instant()
    created_at: Instant = instant(nullable=False)
    updated_at: Instant = instant(nullable=False)
