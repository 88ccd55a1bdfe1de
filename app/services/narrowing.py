"""Refuses lists and figures of what does not exist: a slip of the pen would look like nothing to do.

Everything is asked of the reference snapshot, so it costs no statement.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.domain.errors import FieldError, InvalidError, invalid
from app.services.reference import Reference

_NAMES = {
    "unit": ("没有这个承办单位", "No such unit"),
    "category": ("没有这样的事项分类", "No such category"),
    "area": ("没有这样的区划", "No such area"),
}


def of_query(name: str) -> str:
    """Where a parameter of the query stands."""
    return f"/query/{name}"


def refuse_unknown(reference: Reference, wanted: Mapping[str, Any], place: Callable[[str], str] = of_query) -> None:
    """Raises InvalidError that names the units that are not there, and beginnings of categories and areas that no code has.

    What has been closed is still there. `wanted`: parameter → a value or several; `place`: parameter → its pointer.
    """
    faults = []
    for name, (zh, en) in _NAMES.items():
        given = wanted.get(name) or ()
        wrong = [
            value for value in ([given] if isinstance(given, str) else given) if not _known(reference, name, value)
        ]
        if wrong:
            zh, en = f"{zh}：{'、'.join(wrong)}。", f"{en}: {', '.join(wrong)}."
            faults.append(FieldError(place(name), f"unknown-{name}", zh, en))
    if faults:
        raise InvalidError(faults)


def _known(reference: Reference, name: str, value: str) -> bool:
    if name == "unit":
        return value in reference.units
    codes = reference.categories if name == "category" else reference.areas
    return value in codes or any(code.startswith(value) for code in codes)


def refuse_empty_period(since: datetime | None, until: datetime | None, pointer: str) -> None:
    """Raises InvalidError, about the parameter `pointer`, for a period that does not end after it begins."""
    if since is not None and until is not None and not since < until:
        raise invalid(
            pointer,
            "empty-period",
            "结束时间须晚于开始时间；结束时间本身不计在内，要包含某日，请填写次日。",
            "The period must end after it begins, and its end is not included: to include a whole day, name the next one.",
        )
