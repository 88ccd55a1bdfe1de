"""The columns of the files: their names in both formats, and the words that spreadsheets show for codes.

Text that people wrote is masked for every reader: a file travels further than the page that it was taken from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from app.domain import words
from app.domain.masking import mask_text


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in JSON, its heading, its value out of an item of the list, and words for its codes."""

    name: str
    heading: str
    value: Callable[[Mapping[str, Any], datetime], Any]
    words: Mapping[Any, str] | None = None


def _field(name: str) -> Callable[[Mapping[str, Any], datetime], Any]:
    return lambda item, _: item[name]


def _masked(name: str) -> Callable[[Mapping[str, Any], datetime], Any]:
    return lambda item, _: mask_text(item[name]) if item[name] else None


def _unit(item: Mapping[str, Any], _: datetime) -> str | None:
    return item["unit"]["name"] if item["unit"] else None


def _category(item: Mapping[str, Any], _: datetime) -> str | None:
    return " / ".join(item["category_path"]) or None


def _due(clock: str) -> Callable[[Mapping[str, Any], datetime], Any]:
    return lambda item, _: (item["deadlines"].get(clock) or {}).get("due_at")


def _in_time(clock: str) -> Callable[[Mapping[str, Any], datetime], bool | None]:
    """Whether the clock's work was done in time; None while it may still be, and where there is no such clock."""

    def decide(item: Mapping[str, Any], now: datetime) -> bool | None:
        found = item["deadlines"].get(clock)
        if not found or found["due_at"] is None:
            return None
        if found["done_at"] is not None:
            return bool(found["done_at"] <= found["due_at"])
        return False if found["lamp"] == "red" else None

    return decide


_MATTER = (
    Column("title", "标题", _masked("title")),
    Column("kind", "诉求类型", _field("kind"), words.KINDS),
    Column("urgency", "紧急程度", _field("urgency"), words.URGENCIES),
    Column("category", "事项分类", _category),
    Column("area", "区划", _field("area_name")),
    Column("unit", "承办单位", _unit),
)
_CLOCKS = (
    Column("accepted_in_time", "按时签收", _in_time("accept")),
    Column("contacted_in_time", "按时联系", _in_time("contact")),
    Column("resolved_in_time", "按时办结", _in_time("resolve")),
)
_RESULT = (
    Column("result", "办理结果", _masked("result")),
    Column("outcome", "办理情况", _field("outcome"), words.OUTCOMES),
)
REQUEST_COLUMNS = (
    Column("ticket_no", "诉求编号", _field("ticket_no")),
    Column("created_at", "登记时间", _field("created_at")),
    Column("channel", "来源渠道", _field("channel"), words.CHANNELS),
    *_MATTER,
    Column("state", "诉求状态", _field("state"), words.STATES),
    Column("round", "办理轮次", _field("round")),
    Column("dispatched_in_time", "按时派单", _in_time("dispatch")),
    *_CLOCKS,
    *_RESULT,
    Column("resolved", "群众反馈", _field("resolved"), words.RESOLVED),
    Column("satisfaction", "满意度", _field("satisfaction"), words.SATISFACTION),
    Column("updated_at", "更新时间", _field("updated_at")),
)
ORDER_COLUMNS = (
    Column("work_order_no", "工单编号", _field("work_order_no")),
    Column("ticket_no", "诉求编号", _field("ticket_no")),
    Column("created_at", "派单时间", _field("created_at")),
    Column("role", "工单角色", _field("role"), words.ROLES),
    *_MATTER,
    Column("state", "工单状态", _field("state"), words.STATES),
    Column("round", "办理轮次", _field("round")),
    Column("accept_due_at", "签收时限", _due("accept")),
    Column("resolve_due_at", "办结时限", _due("resolve")),
    *_CLOCKS,
    *_RESULT,
    Column("updated_at", "更新时间", _field("updated_at")),
)


def values(columns: tuple[Column, ...], item: Mapping[str, Any], now: datetime, zone: tzinfo) -> dict[str, Any]:
    """An item's values by name, instants in the city's zone."""
    found = {column.name: column.value(item, now) for column in columns}
    return {name: v.astimezone(zone) if isinstance(v, datetime) else v for name, v in found.items()}
