"""Who is told what at which event: one table, read aloud like the workflow's.

"When a *work order is overdue*, the *unit* is told with the text unit.overdue, and the *supervisor* with
supervisor.overdue." Event kinds are plain strings, so that a rule may be written before its event exists; a kind
without a rule tells nobody. In secret and anonymous matters every rule for citizens gives way to `citizen.news`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.messages import Audience

U, S, C = Audience.UNIT, Audience.SUPERVISOR, Audience.CITIZEN
NEWS = "citizen.news"
"""All that a citizen is told by SMS in a secret or anonymous matter: that there is something to read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the table.

    `weight`: of several notices that join into one message the heaviest gives the text, the newest among equals.
    `while_open`: not worth telling any more once the unit's order has ended. `named`: the units that the event's
    payload names are told, not the one whose order it happened to.
    """

    kind: str
    audience: Audience
    template: str
    weight: int = 1
    while_open: bool = False
    named: bool = False
    only_if_dissatisfied: bool = False


N = Notice
# fmt: off
NOTICES: tuple[Notice, ...] = (
    # event, audience, template, weight
    N("request.dispatched", U, "unit.dispatched", 9, while_open=True),
    N("request.reopened", U, "unit.reopened", 9, while_open=True),
    N("work_order.due_soon", U, "unit.due_soon", 3, while_open=True),
    N("work_order.overdue", U, "unit.overdue", 4, while_open=True),
    N("request.reminded", U, "unit.reminded", 2, while_open=True),
    N("request.supplemented", U, "unit.supplemented", 1, while_open=True),
    N("work_order.sent_back", U, "unit.sent_back", 3, while_open=True),
    N("work_order.withdrawn", U, "unit.withdrawn", 9),
    N("work_order.late", U, "unit.late", 4, while_open=True),
    N("assist.asked", U, "unit.assist_asked", 9, named=True),
    N("work_order.delegated", U, "unit.delegated", 9, named=True),
    N("whistle.blown", U, "unit.whistle_blown", 9, named=True),
    N("application.approved", U, "unit.application_approved", 3),
    N("application.refused", U, "unit.application_refused", 3),
    N("supervision.issued", U, "unit.supervised", 6),
    N("instruction.given", U, "unit.supervised", 6),
    N("supervision.sent_back", U, "unit.supervision_sent_back", 6),
    N("request.overdue", S, "supervisor.undispatched", 2),
    N("work_order.overdue", S, "supervisor.overdue", 2),
    N("work_order.escalated", S, "supervisor.escalated", 3),
    N("cluster.grew", S, "supervisor.cluster", 3),
    N("request.rated", S, "supervisor.dissatisfied", 3, only_if_dissatisfied=True),
    N("request.received", C, "citizen.received"),
    N("request.dispatched", C, "citizen.assigned"),
    N("request.answered", C, "citizen.resolved"),
    N("work_order.completed", C, "citizen.resolved"),
    N("request.followed", C, "citizen.resolved"),
    N("request.declined", C, "citizen.declined"),
    N("request.transferred", C, "citizen.transferred"),
    N("request.held", C, "citizen.held"),
    N("hold.granted", C, "citizen.held"),
    N("callback.unanswered", C, "citizen.rating"),
)
# fmt: on
KINDS: tuple[str, ...] = tuple(dict.fromkeys(notice.kind for notice in NOTICES))
BASIC = ("city", "ticket_no")
FOR_UNITS = (*BASIC, "order_no", "unit", "category", "area", "urgency", "more")
_DUE, _CLOCK = ("due",), ("clock", "due")
_MORE: Mapping[str, tuple[str, ...]] = {
    "unit.dispatched": _DUE,
    "unit.reopened": _DUE,
    "unit.sent_back": _DUE,
    "unit.due_soon": _CLOCK,
    "unit.overdue": _CLOCK,
    "supervisor.overdue": _CLOCK,
    "supervisor.undispatched": _DUE,
    "supervisor.cluster": ("cluster", "callers", "requests"),
    "citizen.assigned": ("unit",),
    "citizen.resolved": ("unit",),
    "citizen.held": ("review_on",),
}
PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    key: (BASIC if key.startswith("citizen.") else FOR_UNITS) + _MORE.get(key, ())
    for key in dict.fromkeys([*(notice.template for notice in NOTICES), NEWS])
}
"""Template key → the placeholders its texts may use. None of them is personal, in any template."""


def notices_for(kind: str, payload: Mapping[str, Any], *, redone: bool) -> list[Notice]:
    """The rows that hold for an event; `redone`: a new round followed by itself, so nobody need decide."""
    return [
        notice
        for notice in NOTICES
        if notice.kind == kind and (not notice.only_if_dissatisfied or (_dissatisfied(payload) and not redone))
    ]


def units_told(notice: Notice, unit_code: str | None, payload: Mapping[str, Any]) -> list[str]:
    """Codes of the units that a notice for units goes to."""
    if notice.named and (named := payload.get("unit_codes") or payload.get("unit_code")):
        return [str(code) for code in named] if isinstance(named, list) else [str(named)]
    return [unit_code] if unit_code else []


def tells_only_open(template: str) -> bool:
    """Whether a text is about an order that must still be open when it is sent."""
    return any(notice.while_open for notice in NOTICES if notice.template == template)


def _dissatisfied(payload: Mapping[str, Any]) -> bool:
    """Unresolved or a score below 3: what calls for another round, and after the last one for a supervisor."""
    satisfaction = payload.get("satisfaction")
    return payload.get("resolved") == "no" or (isinstance(satisfaction, int) and satisfaction < 3)
