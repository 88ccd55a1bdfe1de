"""What the words of a message may be: only the placeholders of its key, no line breaks in a title, a bounded SMS."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import InvalidError, invalid
from app.domain.messages import Language, TextClass
from app.domain.notices import PLACEHOLDERS
from app.domain.placeholders import PlaceholderError, fill, names_in
from app.services.messages.render import example_values
from app.settings import Settings

LONGEST_SMS = 300
ONE_SMS, PART_OF_SMS = 70, 67
"""Characters of a Chinese SMS: one alone, and each part of a longer one."""
_ENDS_OF_LINES = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def code_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The natural key of a template's row."""
    return {"code": f"{values['key']}.{values['channel']}.{values['language']}"}


async def check_template(_session: object, after: Mapping[str, Any], _before: object) -> None:
    """Raises InvalidError that names the placeholders which are allowed."""
    allowed = PLACEHOLDERS.get(after["key"])
    if allowed is None:
        listed = ", ".join(PLACEHOLDERS)
        raise invalid("/key", "unknown", f"没有这种通知，可用的有：{listed}。", f"No such message; there are {listed}.")
    for field in ("title", "body"):
        _check_names(field, after[field], allowed)
    if _ENDS_OF_LINES & set(after["title"]):
        raise invalid("/title", "line-break", "标题不能换行。", "A title is one line.")
    if after["channel"] == TextClass.SMS and len(after["body"]) > LONGEST_SMS:
        raise invalid(
            "/body",
            "string-too-long",
            f"短信最多 {LONGEST_SMS} 个字符。",
            f"An SMS has at most {LONGEST_SMS} characters.",
        )
    if after["channel"] == TextClass.RICH and not after["title"]:
        raise invalid("/title", "required", "请填写标题。", "Give a title.")


def _check_names(field: str, text: str, allowed: tuple[str, ...]) -> None:
    listed = ", ".join(f"{{{name}}}" for name in allowed)
    try:
        unknown = [name for name in names_in(text) if name not in allowed]
    except PlaceholderError:
        raise _refused(field, "malformed-placeholder", "占位符写法有误", "A placeholder is malformed", listed) from None
    if unknown:
        name = unknown[0][:64]
        raise _refused(field, "unknown-placeholder", f"没有占位符 {{{name}}}", f"There is no {{{name}}} here", listed)


def _refused(field: str, code: str, zh: str, en: str, listed: str) -> InvalidError:
    return invalid(f"/{field}", code, f"{zh}，可用的有：{listed}。", f"{en}; there are {listed}.")


async def preview(settings: Settings, values: Mapping[str, Any]) -> dict[str, Any]:
    """The words with example values, and how many SMS they would be; raises InvalidError as saving them would."""
    await check_template(None, values, None)
    examples = example_values(Language(values["language"]), settings)
    text = fill(values["body"], examples)
    return {
        "title": fill(values["title"], examples),
        "text": text,
        "characters": len(text),
        "sms_parts": 1 if len(text) <= ONE_SMS else -(-len(text) // PART_OF_SMS),
        "placeholders": list(PLACEHOLDERS[values["key"]]),
    }
