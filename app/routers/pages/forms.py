"""Reads what a browser's form sends, and puts each fault beside its field in words for a citizen."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from pydantic import ValidationError

from app.domain.errors import FieldError, InvalidError
from app.routers.pages.texts import TEXTS
from app.routers.strict import MalformedBodyError
from app.schemas.messages import describe

MAX_FIELDS = 30
Typed = dict[str, str]
"""Field → what was typed, trimmed; a field left empty is not there."""


async def read_form(request: Request) -> Typed:
    """What was typed. Raises MalformedBodyError for what is not UTF-8: other signs than were typed would be kept.

    Files are refused by the framework with 400, and so is a form of more fields than any of ours.
    """
    try:
        body = (await request.body()).decode()
        if request.headers.get("content-type", "").startswith("multipart/"):
            form = await request.form(max_files=0, max_fields=MAX_FIELDS)
            return tidy((name, value) for name, value in form.multi_items() if isinstance(value, str))
        return tidy(parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except UnicodeDecodeError:
        raise MalformedBodyError(
            "invalid-encoding",
            "表单内容的编码有误（须为 UTF-8），请用浏览器重新填写并提交。",
            "The form is not UTF-8; fill it in again with a browser.",
        ) from None
    except ValueError:
        raise HTTPException(400, f"A form has at most {MAX_FIELDS} fields.") from None


def tidy(fields: Iterable[tuple[str, str]]) -> Typed:
    """Fields as they were meant: trimmed, with plain line ends, none that was left empty."""
    trimmed = ((name, value.replace("\r\n", "\n").strip()) for name, value in fields)
    return {name: value for name, value in trimmed if value}


def ticked(typed: Mapping[str, str], name: str) -> bool:
    """Whether a box was ticked."""
    return name in typed


def only(typed: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The fields of these names that were filled in."""
    return {name: typed[name] for name in names if name in typed}


def faults(error: ValidationError | InvalidError, language: str) -> dict[str, str]:
    """Field → what is wrong with it; the first fault of a field counts."""
    english = language == "en"
    found: dict[str, str] = {}
    if isinstance(error, InvalidError):
        for item in error.errors:
            found.setdefault(_last(item.pointer), _domain_words(item, english=english))
        return found
    for detail in error.errors(include_url=False, include_input=False):
        fault = describe(cast(dict[str, Any], detail), english=english)
        field = _last(fault["pointer"])
        found.setdefault(field, _page_words(field, fault, language))
    return found


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _domain_words(item: FieldError, *, english: bool) -> str:
    return item.en if english else item.zh


def _page_words(field: str, fault: Mapping[str, str], language: str) -> str:
    """The page's own words where the API's would be technical (enum values, "required")."""
    words = cast(dict[str, str], TEXTS[language]["fault"])
    return words.get(f"{field}-{fault['code']}") or words.get(fault["code"]) or fault["message"]
