"""Takes codes by the names that people read on the pages, and what other systems write for them: 投诉 and 投诉类 for
`complaint`, 电梯故障 for `0408`, 是 for true. A word that may mean two of them (投诉举报, 领导信箱) means none.

Only files of people are read so; programs that call over HTTP say codes, as everywhere.
"""

from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from app.domain.errors import FieldError
from app.domain.words import CHANNELS, KINDS, TRUTH, URGENCIES
from app.services.intake.checks import UNKNOWN_AREA
from app.services.reference import Reference

_NAMES = {"kind": KINDS, "urgency": URGENCIES, "channel": CHANNELS}
_ELSEWHERE: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "consultation": ("咨询类",), "help": ("求助类", "求决", "求决类"), "complaint": ("投诉类",),
        "report": ("举报类", "检举", "检举类"), "suggestion": ("建议类", "意见建议", "意见建议类", "建言献策"),
        "praise": ("表扬类", "感谢", "感谢类", "表扬感谢", "感谢表扬"), "other": ("其他类", "其它", "其它类"),
    },
    "urgency": {"normal": ("普通", "正常", "常规", "不紧急"), "urgent": ("加急",), "critical": ("特别紧急",)},
    "channel": {
        "phone": ("来电", "热线电话", "电话热线", "12345热线", "12345电话"),
        "web": ("网页", "网络", "互联网", "网站留言", "门户网站", "政府网站"),
        "wechat": ("公众号", "微信公众号", "微信小程序"),
        "app": ("手机app", "移动app", "app端", "移动客户端", "手机客户端"),
        "sms": ("手机短信",), "email": ("电子邮箱", "邮箱"), "letter": ("来信", "群众来信", "信函", "书信"),
        "visit": ("来访", "群众来访", "入户走访"), "police_110": ("110", "110转接", "110移交"),
    },
}  # fmt: skip
"""Field → code → what other systems call it, as `_said` reads it."""
_YES_NO = {**TRUTH, "yes": True, "y": True, "√": True, "no": False, "n": False, "×": False}
WORDS: Mapping[str, Mapping[str, Any]] = {
    **{
        field: {word: code for code, name in names.items() for word in (name, *_ELSEWHERE[field].get(code, ()), code)}
        for field, names in _NAMES.items()
    },
    "anonymous": {**_YES_NO, "匿名": True, "不匿名": False, "实名": False},
    "confidential": {**_YES_NO, "保密": True, "不保密": False},
    "publish_consent": {**_YES_NO, "同意": True, "不同意": False, "同意公开": True, "不同意公开": False},
    "notify": _YES_NO,
}
"""Field → what may be written → what it means."""
_SHOWN = 40
"""Characters of an unknown category that are repeated in its fault."""


def name_to_code(values: dict[str, Any], reference: Reference) -> list[FieldError]:
    """Put codes in the place of names. What means nothing is taken out of the values, and told.

    Values that are no text, and empty ones, stay as they are.
    """
    faults = []
    for field, meant in WORDS.items():
        if (said := values.get(field)) and isinstance(said, str):
            code = meant.get(_said(said))
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


def _said(text: str) -> str:
    """A word without what does not matter: ＡＰＰ is app."""
    return normalize("NFKC", text).strip().lower()


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
