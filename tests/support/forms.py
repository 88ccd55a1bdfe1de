"""A form that fits, for every action of the workflow."""

from datetime import UTC, datetime, timedelta
from typing import Any

HELPER = "fire-rescue"
"""A unit that is asked for help."""
_UNIT = "team-shimen"
_SOON = (datetime.now(UTC) + timedelta(days=20)).replace(microsecond=0)

FORMS: dict[tuple[str, str | None], dict[str, Any]] = {
    ("classify", None): {"urgency": "normal"},
    ("dispatch", None): {"unit_code": _UNIT},
    ("dispatch", "forced"): {"unit_code": _UNIT, "force": True},
    ("answer", None): {"text": "已说明政策。"},
    ("decline", None): {"reason": "military", "text": "请向有关部门反映。"},
    ("transfer", None): {"to": "110", "reason": "属警情"},
    ("handover", None): {"question": "参保年限怎样认定？"},
    ("handback", None): {"reason": "不属专家解答范围"},
    ("shield", None): {"unit_codes": ["tax"], "reason": "反映的是该单位"},
    ("hold", None): {"reason": "等待资金", "review_on": str(_SOON.date())},
    ("contact", None): {"method": "电话", "outcome": "已联系"},
    ("progress", None): {"text": "正在办理。"},
    ("submit", None): {"result": "已办妥。", "outcome": "solved"},
    ("return", None): {"reason": "not_our_duty", "text": "属供水单位职责", "suggested_unit_code": "water"},
    ("extend", None): {"reason": "需要采购配件", "working_days": 1},
    ("assist", None): {"unit_code": HELPER, "task": "请派人到场查看。"},
    ("delegate", None): {"unit_code": _UNIT},
    ("whistle", None): {"unit_codes": [HELPER], "task": "请到现场会商。", "place": "村委会"},
    ("attendance", None): {"present": True},
    ("refuse", None): {"reason": "理由不充分"},
    ("review", "approve"): {"decision": "approve"},
    ("review", "send_back"): {"decision": "send_back", "reason": "请补充照片"},
    ("callbacks", "reached"): {"outcome": "reached", "resolved": "yes", "satisfaction": 5},
    ("callbacks", "unhappy"): {"outcome": "reached", "resolved": "no", "satisfaction": 1},
    ("callbacks", "no_answer"): {"outcome": "no_answer"},
    ("callbacks", "refused"): {"outcome": "refused"},
    ("rating", None): {"resolved": "yes", "satisfaction": 5},
    ("exclude", None): {"reason": "unreasonable", "text": "与办理单位无关"},
    ("reopen", None): {"reason": "领导批示", "unit_code": _UNIT},
    ("supplements", None): {"text": "补充：门牌已更换。"},
    ("supervisions", None): {"level": "orange", "reply_by": _SOON.isoformat(), "text": "请说明超期原因。"},
    ("instructions", None): {"leader": "市长", "reply_by": _SOON.isoformat(), "text": "请尽快办理。"},
    ("reply", None): {"text": "已整改，情况如下。"},
    ("send_back", None): {"reason": "整改不到位", "reply_by": _SOON.isoformat()},
    ("reveal", None): {"reason": "需要联系诉求人"},
}
"""Action and choice → a form that fits; actions that need nothing are missing."""
