"""Brings a request to any position of the workflow by real steps, and names the form that each action needs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.workflow import OrderState as O
from app.domain.workflow import Position
from app.domain.workflow import RequestState as S
from support.api import Api

UNIT = "team-shimen"
"""A village team, so that there is a township above it."""
ABOVE = "township-qingshi"
STRANGER = "water"

FORMS: dict[tuple[str, str | None], dict[str, Any]] = {
    ("classify", None): {"urgency": "normal"},
    ("dispatch", None): {"unit_code": UNIT},
    ("answer", None): {"text": "已说明政策。"},
    ("decline", None): {"reason": "military", "text": "请向有关部门反映。"},
    ("transfer", None): {"to": "110", "reason": "属警情"},
    ("hold", None): {"reason": "等待资金", "review_on": str((datetime.now(UTC) + timedelta(days=20)).date())},
    ("contact", None): {"method": "电话", "outcome": "已联系"},
    ("progress", None): {"text": "正在办理。"},
    ("submit", None): {"result": "已办妥。", "outcome": "solved"},
    ("review", "approve"): {"decision": "approve"},
    ("review", "send_back"): {"decision": "send_back", "reason": "请补充照片"},
    ("callbacks", "reached"): {"outcome": "reached", "resolved": "yes", "satisfaction": 5},
    ("callbacks", "no_answer"): {"outcome": "no_answer"},
    ("callbacks", "refused"): {"outcome": "refused"},
    ("rating", None): {"resolved": "yes", "satisfaction": 5},
    ("reopen", None): {"reason": "领导批示", "unit_code": UNIT},
    ("supplements", None): {"text": "补充：门牌已更换。"},
    ("reveal", None): {"reason": "需要联系诉求人"},
}
"""Action and choice → a form that fits; actions that need nothing are missing."""


@dataclass
class Life:
    """A filed request: how to call it, its lead order, and who may act on it."""

    ticket_no: str
    code: str
    order_no: str | None
    position: Position
    unit: str = UNIT

    def path(self, subject: str, action: str) -> str:
        """The URL of an action, below `/v1`."""
        return (
            f"requests/{self.ticket_no}/{action}" if subject == "request" else f"work-orders/{self.order_no}/{action}"
        )


P = Position
WALKS: dict[str, tuple[Position, tuple[tuple[str, str, str | None], ...]]] = {
    "received": (P(S.RECEIVED), ()),
    "assigned": (P(S.ASSIGNED, O.PENDING), (("dispatcher", "dispatch", None),)),
    "in progress": (P(S.IN_PROGRESS, O.ACCEPTED), (("unit", "accept", None),)),
    "submitted": (P(S.IN_PROGRESS, O.SUBMITTED), (("unit", "submit", None),)),
    "on hold": (P(S.ON_HOLD, O.ACCEPTED), (("dispatcher", "hold", None),)),
    "resolved": (P(S.RESOLVED, O.COMPLETED), (("dispatcher", "review", "approve"),)),
    "answered": (P(S.RESOLVED), (("dispatcher", "answer", None),)),
    "resolved, call refused": (
        P(S.RESOLVED, O.COMPLETED, callback_spent=True),
        (("callback", "callbacks", "refused"),),
    ),
    "rated": (P(S.RATED, O.COMPLETED), (("callback", "callbacks", "reached"),)),
    "closed": (P(S.CLOSED, O.COMPLETED), (("dispatcher", "close", None),)),
    "declined": (P(S.DECLINED), (("dispatcher", "decline", None),)),
    "transferred": (P(S.TRANSFERRED), (("dispatcher", "transfer", None),)),
    "withdrawn": (P(S.RECEIVED, O.WITHDRAWN), (("dispatcher", "withdraw", None),)),
}
"""Name → position and the last steps to it; `BEFORE` says from which position they start."""
BEFORE = {
    "assigned": "received", "in progress": "assigned", "submitted": "in progress", "on hold": "in progress",
    "resolved": "submitted", "answered": "received", "resolved, call refused": "resolved", "rated": "resolved",
    "closed": "rated", "declined": "received", "transferred": "received", "withdrawn": "assigned",
}  # fmt: skip


async def live(api: Api, name: str, **filing: Any) -> Life:
    """A new request that stands at the named position."""
    position, last_steps = WALKS[name]
    if name not in BEFORE:
        # A report of wrongdoing would wait for a dispatcher too, but hide the person; confidence 0 does not.
        filed = await api.file(category_code=None, text="你好，想咨询一下。", **filing)
        assert filed["state"] == "received", filed
        return Life(filed["ticket_no"], filed["query_code"], None, position)
    life = await live(api, BEFORE[name], **filing)
    for who, action, choice in last_steps:
        subject = "work_order" if action in ("accept", "submit", "withdraw") else "request"
        user = f"unit-{life.unit}" if who == "unit" else who
        answer = await api.step(user, life.path(subject, action), **FORMS.get((action, choice), {}))
        life.order_no = answer.get("work_order_no") or life.order_no
    life.position = position
    return life
