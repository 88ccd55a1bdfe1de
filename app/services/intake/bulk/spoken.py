"""Takes codes by the names that people read on the pages: 投诉 for `complaint`, 电梯故障 for `0408`, 是 for true.

Only files of people are read so; programs that call over HTTP say codes, as everywhere.
"""

from typing import Any

from app.domain.errors import FieldError
from app.domain.words import CHANNELS, KINDS, TRUTH, URGENCIES
from app.services.intake.checks import UNKNOWN_AREA
from app.services.reference import Reference

_NAMES = {"kind": KINDS, "urgency": URGENCIES, "channel": CHANNELS}
_MEANT: dict[str, dict[str, Any]] = {
    **{field: {name: code for code, name in names.items()} | {c: c for c in names} for field, names in _NAMES.items()},
    **dict.fromkeys(("anonymous", "confidential", "publish_consent", "notify"), TRUTH),
}
"""Field → what may be written → what it means."""
_SHOWN = 40
"""Characters of an unknown category that are repeated in its fault."""


def name_to_code(values: dict[str, Any], reference: Reference) -> list[FieldError]:
    """Put codes in the place of names. What means nothing is taken out of the values, and told.

    Values that are no text, and empty ones, stay as they are.
    """
    faults = []
    for field, meant in _MEANT.items():
        if (said := values.get(field)) and isinstance(said, str):
            code = meant.get(said.strip().lower())
            if code is None:
                del values[field]
                faults.append(_none_of(field))
            else:
                values[field] = code
    if (said := values.get("category_code")) and isinstance(said, str) and said.strip() not in reference.categories:
        codes = reference.category_names.get(said.strip(), ())
        if len(codes) == 1:
            values["category_code"] = codes[0]
        else:
            del values["category_code"]
            faults.append(_no_category(said.strip()[:_SHOWN], codes))
    if (said := values.get("area_code")) and isinstance(said, str) and said.strip() not in reference.areas:
        del values["area_code"]
        faults.append(UNKNOWN_AREA)
    return faults


def _none_of(field: str) -> FieldError:
    names = _NAMES.get(field)
    if names is None:
        return FieldError(f"/{field}", "bool-parsing", "须为“是”或“否”。", "must be 是 or 否 (true or false)")
    listed, codes = list(names.values()), ", ".join(names)
    zh, en = f"须为以下之一：{'、'.join(listed)}。", f"must be one of {', '.join(listed)} (or a code: {codes})"
    return FieldError(f"/{field}", "enum", zh, en)


def _no_category(said: str, codes: tuple[str, ...]) -> FieldError:
    if codes:
        zh = f"有多个二级事项分类名为“{said}”，请填写代码：{'、'.join(codes)}。"
        en = f"is the name of several categories: {said}; write the code of one: {', '.join(codes)}"
    else:
        zh = f"没有二级事项分类“{said}”，请填写 /v1/categories 中的代码（如 0408）或名称。"
        en = f"unknown: {said}; write the code (such as 0408) or the name of a second level in `GET /v1/categories`"
    return FieldError("/category_code", "unknown-category", zh, en)
