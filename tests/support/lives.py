"""Brings a request to any position of the workflow by real steps, and names the form that each action needs."""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from app.domain.states import OrderRole
from app.domain.states import OrderState as O
from app.domain.states import RequestState as S
from app.domain.walking import Position
from support.api import Api
from support.forms import FORMS, HELPER

__all__ = ["ABOVE", "BASE", "FORMS", "HELPER", "STRANGER", "UNIT", "WALKS", "Life", "Walk", "live", "master"]
UNIT = "team-shimen"
"""A village team, so that there is a township above it."""
ABOVE = "township-qingshi"
STRANGER = "water"
PLACES = {
    "request": "requests", "follower": "requests", "work_order": "work-orders", "helper": "work-orders",
    "application": "applications", "supervision": "supervisions",
}  # fmt: skip


@dataclass
class Life:
    """A filed request: how to call it, its lead order and what stands beside it, and who may act on it.

    `kind` is that of its application.
    """

    ticket_no: str
    code: str
    order_no: str | None
    position: Position
    unit: str = UNIT
    helper: Position | None = None
    helper_unit: str = HELPER
    helper_no: str | None = None
    record_no: str | None = None
    master_no: str | None = None
    follower_no: str | None = None
    kind: str | None = None

    def number(self, subject: str) -> str | None:
        """The number of the subject; `helper` is the order that helps, `follower` the request that follows."""
        return {
            "request": self.ticket_no, "work_order": self.order_no, "helper": self.helper_no,
            "follower": self.follower_no, "application": self.record_no, "supervision": self.record_no,
        }[subject]  # fmt: skip

    def path(self, subject: str, action: str) -> str:
        """The URL of an action, below `/v1`."""
        return f"{PLACES[subject]}/{self.number(subject)}/{action}"

    def form(self, action: str, choice: str | None = None, subject: str = "request") -> dict[str, Any]:
        """A form that fits this life."""
        form = dict(FORMS.get((action, choice), {}))
        if action in ("dispatch", "reopen", "supervisions", "instructions"):
            form["unit_code"] = self.unit
        if action == "delegate":
            form["unit_code"] = UNIT
        if action in ("assist", "whistle") and self.helper_no:
            form |= {"unit_code": "forestry"} if action == "assist" else {"unit_codes": ["forestry"]}
        if action == "merge":
            form["into"] = self.ticket_no if subject == "follower" else self.master_no
        return form


@dataclass(frozen=True)
class Walk:
    """Where a request and its lead (and its application or slip) stand in the end, and the last steps to it.

    A step is `who subject action [choice]`; `unit` and `helper` act for the units that lead and help. `unit`: who has
    to lead it; `helper`: where the helping order stands.
    """

    position: Position
    before: str | None = None
    steps: tuple[str, ...] = ()
    unit: str | None = None
    helper: Position | None = None


def _led(request: S, order: O, **more: Any) -> Position:
    """A position with a lead order that has all it may apply for."""
    return Position(request, order, **{"may_return": True, "may_extend": True, "may_hold": True, **more})


WORKING = _led(S.IN_PROGRESS, O.ACCEPTED)
ROUND = ("unit work_order accept", "unit work_order submit", "dispatcher request review approve")
UNHAPPY = "callback request callbacks unhappy"
BASE: dict[str, Walk] = {
    "received": Walk(Position(S.RECEIVED)),
    "at the expert desk": Walk(Position(S.RECEIVED, at_desk=True), "received", ("operator request handover",)),
    "assigned": Walk(_led(S.ASSIGNED, O.PENDING), "received", ("dispatcher request dispatch",)),
    "in progress": Walk(WORKING, "assigned", ("unit work_order accept",)),
    "submitted": Walk(_led(S.IN_PROGRESS, O.SUBMITTED), "in progress", ("unit work_order submit",)),
    "on hold": Walk(_led(S.ON_HOLD, O.ACCEPTED), "in progress", ("dispatcher request hold",)),
    "resolved": Walk(_led(S.RESOLVED, O.COMPLETED), "submitted", ("dispatcher request review approve",)),
    "answered": Walk(Position(S.RESOLVED), "received", ("dispatcher request answer",)),
    "resolved, call refused": Walk(
        _led(S.RESOLVED, O.COMPLETED, callback_spent=True), "resolved", ("callback request callbacks refused",)
    ),
    "rated": Walk(
        _led(S.RATED, O.COMPLETED, rating_counts=True), "resolved", ("callback request callbacks reached",)
    ),
    "discontent after the last round": Walk(
        _led(S.RATED, O.COMPLETED, rating_counts=True, content=False),
        "resolved", (UNHAPPY, *ROUND, UNHAPPY, *ROUND, UNHAPPY),
    ),
    "rated, excluded": Walk(_led(S.RATED, O.COMPLETED), "rated", ("supervisor request exclude",)),
    "closed": Walk(_led(S.CLOSED, O.COMPLETED, rating_counts=True), "rated", ("dispatcher request close",)),
    "declined": Walk(Position(S.DECLINED), "received", ("dispatcher request decline",)),
    "transferred": Walk(Position(S.TRANSFERRED), "received", ("dispatcher request transfer",)),
    "withdrawn": Walk(Position(S.RECEIVED, O.WITHDRAWN), "assigned", ("dispatcher work_order withdraw",)),
    "returned": Walk(
        Position(S.RECEIVED, O.RETURNED, record="approved"), "return open", ("dispatcher application approve",)
    ),
    "forced": Walk(
        _led(S.IN_PROGRESS, O.ACCEPTED, may_return=False),
        "received", ("dispatcher request dispatch forced", "unit work_order accept"),
    ),
    "merged": Walk(Position(S.MERGED, O.WITHDRAWN), "assigned", ("dispatcher request merge",)),
    "followed": Walk(_led(S.IN_PROGRESS, O.ACCEPTED, followed=True), "in progress", ("dispatcher follower merge",)),
    "return open": Walk(
        _led(S.IN_PROGRESS, O.ACCEPTED, applied=True, record="open"), "in progress", ("unit work_order return",)
    ),
    "extend open": Walk(
        _led(S.IN_PROGRESS, O.ACCEPTED, applied=True, record="open", may_extend=False),
        "in progress", ("unit work_order extend",),
    ),
    "hold open": Walk(
        _led(S.IN_PROGRESS, O.ACCEPTED, applied=True, record="open"), "in progress", ("unit work_order hold",)
    ),
}  # fmt: skip
"""Positions of a request and the order that leads it."""


def _applications() -> dict[str, Walk]:
    """Applications that are no longer open."""
    found: dict[str, Walk] = {}
    for kind in ("return", "extend", "hold"):
        left = {"may_extend": kind != "extend"}
        here = {
            "approved": _led(S.ON_HOLD if kind == "hold" else S.IN_PROGRESS, O.ACCEPTED, record="approved", **left),
            "refused": _led(S.IN_PROGRESS, O.ACCEPTED, record="refused", **left),
            "cancelled": _led(S.IN_PROGRESS, O.ACCEPTED, record="cancelled", **left),
            "lapsed": Position(S.RECEIVED, O.WITHDRAWN, record="lapsed"),
        }
        last = {
            "approved": "dispatcher application approve", "refused": "dispatcher application refuse",
            "cancelled": "unit application cancel", "lapsed": "dispatcher work_order withdraw",
        }  # fmt: skip
        found |= {f"{kind} {end}": Walk(at, f"{kind} open", (last[end],)) for end, at in here.items()}
    del found["return approved"]  # that is "returned"
    return found


def _helpers() -> dict[str, Walk]:
    """Orders that help, in every state; on hold they can be taken up too."""
    found: dict[str, Walk] = {}
    for role, action in (("assist", "assist"), ("child", "delegate"), ("summons", "whistle")):
        at = Position(S.IN_PROGRESS, role=OrderRole(role))
        unit = UNIT if role == "assist" else ABOVE
        for state, before, step in (
            (O.PENDING, "in progress", f"unit work_order {action}"),
            (O.ACCEPTED, f"{role} pending", "helper helper accept"),
            (O.COMPLETED, f"{role} accepted", "helper helper submit"),
            (O.WITHDRAWN, f"{role} pending", "unit helper withdraw"),
        ):
            stands = Position(at.request, state, at.role)
            found[f"{role} {state}"] = Walk(WORKING, before, (step,), unit, stands)
        found[f"{role} on hold"] = Walk(
            _led(S.ON_HOLD, O.ACCEPTED), f"{role} pending", ("dispatcher request hold",), unit,
            Position(S.ON_HOLD, O.PENDING, at.role),
        )  # fmt: skip
    return found


def _slips() -> dict[str, Walk]:
    """Slips in every state, of a request that is being handled."""
    here = {state: _led(S.IN_PROGRESS, O.ACCEPTED, record=state) for state in ("open", "replied", "accepted")}
    return {
        "slip open": Walk(here["open"], "in progress", ("supervisor request supervisions",)),
        "slip replied": Walk(here["replied"], "slip open", ("unit supervision reply",)),
        "slip accepted": Walk(here["accepted"], "slip replied", ("supervisor supervision settle",)),
    }


APPLICATIONS, HELPED, SLIPS = _applications(), _helpers(), _slips()
WALKS: dict[str, Walk] = BASE | APPLICATIONS | HELPED | SLIPS
"""Name → where it ends and how it gets there."""
_MASTERS: "WeakKeyDictionary[Api, dict[str, str]]" = WeakKeyDictionary()


async def master(api: Api, **filing: Any) -> str:
    """A received request filed like this, which others may follow; the same one each time."""
    known = _MASTERS.setdefault(api, {})
    if (key := repr(sorted(filing.items()))) not in known:
        known[key] = (await live(api, "received", **filing)).ticket_no
    return known[key]


async def live(api: Api, name: str, *, unit: str | None = None, **filing: Any) -> Life:
    """A new request that stands at the named position."""
    walk = WALKS[name]
    unit = unit or walk.unit or UNIT
    if walk.before is None:
        # A report of wrongdoing would wait for a dispatcher too, but hide the person; confidence 0 does not.
        filed = await api.file(category_code=None, text="你好，想咨询一下。", **filing)
        assert filed["state"] == "received", filed
        return Life(filed["ticket_no"], filed["query_code"], None, walk.position, unit)
    life = await live(api, walk.before, unit=unit, **filing)
    for step in walk.steps:
        await _take(api, life, step, filing)
    life.position, life.helper = walk.position, walk.helper
    return life


async def _take(api: Api, life: Life, step: str, filing: dict[str, Any]) -> None:
    who, subject, action, choice = (*step.split(), None)[:4]
    if subject == "follower":
        life.follower_no = (await live(api, "received", **filing)).ticket_no
    elif action == "merge":
        life.master_no = await master(api, **filing)
    acting = {"unit": f"unit-{life.unit}", "helper": f"unit-{life.helper_unit}"}
    form = life.form(str(action), choice, str(subject))
    answer = await api.step(acting.get(str(who), str(who)), life.path(str(subject), str(action)), **form)
    if subject in ("request", "work_order"):
        life.order_no = answer.get("work_order_no") or life.order_no
    if action in ("assist", "delegate", "whistle"):
        life.helper_no = f"{life.ticket_no}-2"
        life.helper_unit = UNIT if action == "delegate" else HELPER
    elif action == "supervisions":
        life.record_no = f"{life.ticket_no}-S1"
    elif subject == "work_order" and action in ("return", "extend", "hold"):
        life.record_no, life.kind = answer["open_application"], str(action)
