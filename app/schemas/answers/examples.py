"""Values that several examples share: one street lamp in the demo city 云岭市, from filing to rating."""

from typing import Any

TICKET_NO = "20261123000128"
ORDER_NO = f"{TICKET_NO}-1"
TITLE = "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑"
TEXT = f"{TITLE}，老人出门很不方便，请尽快维修。"
RESULT = "线路已更换，南门外六盏路灯全部恢复照明。"
FILED_AT = "2026-11-23T01:20:00+00:00"
ACCEPTED_AT = "2026-11-23T01:45:00+00:00"
UNIT: dict[str, Any] = {"code": "urban-management", "name": "云岭市综合行政执法局", "kind": "department"}
AREA = {"area_code": "990100001002", "area_name": "云岭市 东河街道 清河社区"}
CATEGORY = {"category_code": "0203", "category_path": ["市政公用", "路灯照明"]}
DISPATCH_CLOCK = {
    "due_soon_at": "2026-11-23T02:05:00+00:00",
    "due_at": "2026-11-23T02:20:00+00:00",
    "done_at": FILED_AT,
    "lamp": None,
}
ORDER_CLOCKS: dict[str, Any] = {
    "accept": {
        "due_soon_at": "2026-11-23T02:50:00+00:00",
        "due_at": "2026-11-23T03:20:00+00:00",
        "done_at": ACCEPTED_AT,
        "lamp": None,
    },
    "contact": {
        "due_soon_at": "2026-11-24T04:00:00+00:00",
        "due_at": "2026-11-24T10:00:00+00:00",
        "done_at": None,
        "lamp": "blue",
    },
    "resolve": {
        "due_soon_at": "2026-11-27T06:00:00+00:00",
        "due_at": "2026-11-30T10:00:00+00:00",
        "done_at": None,
        "lamp": "blue",
    },
}
CLOCKS = {"dispatch": DISPATCH_CLOCK, **ORDER_CLOCKS}
MATTER: dict[str, Any] = {
    "title": TITLE,
    "kind": "help",
    "urgency": "normal",
    "confidential": False,
    **CATEGORY,
    **AREA,
}
REQUEST: dict[str, Any] = {
    "ticket_no": TICKET_NO,
    "state": "in_progress",
    "version": 4,
    "round": 1,
    **MATTER,
    "channel": "phone",
    "unit": UNIT,
    "work_order_no": ORDER_NO,
    "desk": None,
    "master_no": None,
    "followers": 0,
    "lamp": "blue",
    "deadlines": CLOCKS,
    "result": None,
    "outcome": None,
    "resolved": None,
    "satisfaction": None,
    "created_at": FILED_AT,
    "updated_at": ACCEPTED_AT,
    "available_actions": ["classify", "dispatch", "hold", "supplements", "reminders", "reveal"],
}
REASON = "按派单规则：路灯照明 → 云岭市综合行政执法局"
ORDER: dict[str, Any] = {
    "work_order_no": ORDER_NO,
    "ticket_no": TICKET_NO,
    "role": "lead",
    "state": "accepted",
    "version": 2,
    "round": 1,
    "unit": UNIT,
    **MATTER,
    "request_state": "in_progress",
    "reason": REASON,
    "parent_no": None,
    "task": None,
    "forced": False,
    "attended": None,
    "open_application": None,
    "open_helpers": 0,
    "escalated_at": None,
    "lamp": "blue",
    "due_at": "2026-11-24T10:00:00+00:00",
    "deadlines": ORDER_CLOCKS,
    "result": None,
    "outcome": None,
    "created_at": FILED_AT,
    "updated_at": ACCEPTED_AT,
    "available_actions": ["contact", "progress", "submit"],
}
CONTENT: dict[str, Any] = {
    "text": TEXT,
    "requester": {"name": "张**", "phone": "138****0000", "id_number": None},
    "address": "清河佳苑南门",
    "location": {"lat": 31.2126, "lon": 105.6278},
}
ROUTE: dict[str, Any] = {"unit": UNIT, "confidence": 0.93, "reason": REASON, "rule_id": 12, "lesson": None}
OTHER_ROUTE: dict[str, Any] = {
    "unit": {"code": "power", "name": "云岭市供电公司", "kind": "utility"},
    "confidence": 0.05,
    "reason": "按派单规则：供电故障 → 云岭市供电公司",
    "rule_id": 31,
    "lesson": None,
}
CLASSIFICATION: dict[str, Any] = {
    **CATEGORY,
    "confidence": 0.93,
    "method": "linear-1",
    "evidence": ["路灯"],
    "alternatives": [
        {
            "category_code": "0209",
            "category_path": ["市政公用", "供电故障"],
            "confidence": 0.05,
            "evidence": ["漆黑"],
        }
    ],
    "kind": "help",
    "kind_evidence": ["请尽快维修"],
    "urgency": "normal",
    "urgency_evidence": [],
    **AREA,
    "area_confidence": 0.97,
    "area_evidence": ["清河社区"],
    "area_alternatives": [],
    "second_opinion": None,
}
