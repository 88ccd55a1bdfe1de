"""What may be filed and said in random lives: for every action a handful of forms, the everyday one first.

A form need not be right: refused fields are part of life, and must leave no trace.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support.api import TEXT
from support.random_cast import BELOW, MIDDLE, UNITS

Form = dict[str, Any]
CITY = ZoneInfo("Asia/Shanghai")
_VAGUE: Form = {"channel": "phone", "text": "你好，想咨询一下。", "kind": "help", "urgency": "normal"}
PERSON = {"name": "赵铁柱", "phone": "13812345678"}
MATTERS: dict[str, Form] = {
    "ordinary": _VAGUE,
    "clear": {"channel": "phone", "text": TEXT, "category_code": "0203"},
    "known caller": {**_VAGUE, "requester": PERSON, "channel": "visit"},
    "urgent": {**_VAGUE, "urgency": "urgent"},
    "critical": {**_VAGUE, "urgency": "critical", "kind": "complaint"},
    "confidential": {**_VAGUE, "confidential": True, "requester": PERSON},
    "anonymous": {**_VAGUE, "anonymous": True, "requester": PERSON},
    "report": {**_VAGUE, "kind": "report"},
    "restricted": {**_VAGUE, "kind": "report", "category_code": "2504"},
    "accused township": {**_VAGUE, "kind": "complaint", "accused_unit_codes": [MIDDLE]},
    "accused and restricted": {
        **_VAGUE, "kind": "report", "category_code": "2504", "accused_unit_codes": ["water", BELOW],
    },
}  # fmt: skip
"""What people come with; `clear` is sent on by the machine."""
_TO = [{"unit_code": unit} for unit in UNITS]
_SAID: list[Form] = [{"text": "已了解情况，正在处理。"}]
_WHY: list[Form] = [{"reason": "确有需要"}]

FIXED: dict[tuple[str, str], list[Form]] = {
    ("request", "classify"): [
        {"urgency": "urgent"}, {"kind": "report"}, {"kind": "help"}, {"category_code": "2504"},
        {"category_code": "0203", "kind": "complaint"}, {"urgency": "critical"}, {"urgency": "normal"},
        {"category_code": "9999"}, {},
    ],
    ("request", "dispatch"): [*_TO, {"unit_code": MIDDLE, "force": True}, {"unit_code": "discipline"},
                              {"unit_code": "nobody"}],
    ("request", "answer"): [*_SAID, {}],
    ("request", "decline"): [{"reason": "military", "text": "请向有关部门反映。"}, {"reason": "lazy", "text": "不办"}],
    ("request", "transfer"): [{"to": "110", "reason": "属警情"},
                              {"to": "110", "reason": "属警情", "three_way": True, "three_way_note": "已接通"}],
    ("request", "handover"): [{"question": "参保年限怎样认定？"}],
    ("request", "handback"): _WHY,
    ("request", "shield"): [{"unit_codes": ["water"]}, {"unit_codes": []}, {"unit_codes": [MIDDLE, "fire-rescue"]},
                            {"unit_codes": ["nobody"]}],
    ("request", "review"): [{"decision": "approve"}, {"decision": "approve"},
                            {"decision": "send_back", "reason": "请补充照片"}, {"decision": "send_back"}],
    ("request", "callbacks"): [
        {"outcome": "reached", "resolved": "yes", "satisfaction": 5},
        {"outcome": "reached", "resolved": "no", "satisfaction": 1},
        {"outcome": "no_answer"}, {"outcome": "refused"}, {"outcome": "reached"},
        {"outcome": "reached", "resolved": "partly", "satisfaction": 2, "redo_unit_code": "fire-rescue"},
    ],
    ("request", "rating"): [{"resolved": "yes", "satisfaction": 4}, {"resolved": "no", "satisfaction": 2}],
    ("request", "reopen"): [{"reason": "领导批示", "unit_code": BELOW}, *_WHY, {"reason": "重办", "unit_code": "water"}],
    ("request", "exclude"): [{"reason": "unreasonable", "text": "与办理单位无关"}],
    ("request", "supplements"): [{"text": "补充：门牌已更换。"}, {"text": "我叫赵铁柱，13812345678。"}],
    ("request", "reminders"): [{}, *_SAID],
    ("request", "reveal"): _WHY,
    ("order", "reveal"): _WHY,
    ("order", "contact"): [{"method": "电话", "outcome": "已联系"}, {"method": "电话", "outcome": "无人接听"}],
    ("order", "progress"): _SAID,
    ("order", "submit"): [{"result": "已办妥。", "outcome": "solved"},
                          {"result": "已办妥。", "outcome": "partly", "without_help": "协办意见已口头答复"}],
    ("order", "return"): [{"reason": "not_our_duty", "suggested_unit_code": "water"},
                          {"reason": "not_our_area", "suggested_unit_code": "nobody"}],
    ("order", "assist"): [{**to, "task": "请派人到场查看。"} for to in reversed(_TO)],
    ("order", "delegate"): [{"unit_code": BELOW}, {"unit_code": "team-mopan", "task": "请入户核实"},
                            {"unit_code": "water"}],
    ("order", "whistle"): [{"unit_codes": ["fire-rescue"], "task": "请到现场会商。", "place": "村委会"},
                           {"unit_codes": ["water", BELOW], "task": "请到现场会商。"},
                           {"unit_codes": ["water", "water"], "task": "请到现场会商。"}],
    ("order", "attendance"): [{"present": True}, {"present": False, "text": "未到场"}],
    ("application", "refuse"): [{"reason": "理由不充分"}, {}],
    ("supervision", "reply"): [{"text": "已整改，情况如下。"}],
}  # fmt: skip
"""Forms that name no day; actions that need nothing are missing."""


def _dated(subject: str, action: str, at: datetime) -> list[Form] | None:
    today = at.astimezone(CITY).date()
    if action == "hold":
        days = [str(today + timedelta(days=days)) for days in (1, 10, 90, 91, 0)]
        return [{"review_on": day, "reason": "等待资金"} for day in days]
    if action == "extend":
        return [
            {"reason": "需要采购配件", "working_days": 1}, {"reason": "需要采购配件", "working_days": 5},
            {"reason": "需要采购配件", "until": (at + timedelta(hours=40)).isoformat()},
            {"reason": "需要采购配件", "working_days": 200}, {"reason": "需要采购配件"},
        ]  # fmt: skip
    soon, later, past = ((at + timedelta(hours=hours)).isoformat() for hours in (2, 75, -1))
    if action in ("supervisions", "instructions"):
        by = {"level": "orange"} if action == "supervisions" else {"leader": "市长"}
        said = {**by, "text": "请说明超期原因。"}
        return [{**said, "reply_by": later}, {**said, "reply_by": soon, "unit_code": MIDDLE},
                {**said, "reply_by": soon, "unit_code": "water"}, {**said, "reply_by": past}]  # fmt: skip
    if (subject, action) == ("supervision", "send_back"):
        return [{"reason": "整改不到位", "reply_by": later}, {"reason": "整改不到位", "reply_by": past}]
    return None


def form_for(subject: str, action: str, pick: int, at: datetime, masters: list[str]) -> Form:
    """The form number `pick` of an action; `masters` are requests that another could follow."""
    if action == "merge":
        return {"into": [*masters, "20260101999999"][pick % (len(masters) + 1)]}
    forms = FIXED.get((subject, action)) or _dated(subject, action, at) or [{}]
    return dict(forms[pick % len(forms)])
