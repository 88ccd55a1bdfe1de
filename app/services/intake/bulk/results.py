"""What is told of each line: filed, known already, or failed and why."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from app.domain.errors import HotlineError, InvalidError

Result = dict[str, Any]
MOST_FAULTS = 20
"""Of one line that are told: a line may have thousands of fields that nobody knows."""


def known(number: int, external_ref: str | None, earlier: Mapping[str, Any], *, english: bool) -> Result:
    """The result of a line whose reference is there already; `earlier` as `existing_answer` tells it."""
    ticket_no = earlier["ticket_no"]
    if not earlier["same_text"]:
        text = f"The reference is that of {ticket_no}, which says something else."
        return failed(number, "reference-conflict", text if english else f"该编号已用于 {ticket_no}，内容不同。")
    return _told(number, external_ref, "already", ticket_no, earlier["state"])


def filed(
    number: int, external_ref: str | None, ticket_no: str, state: str, category_code: str | None, unit_code: str | None
) -> Result:
    """The result of a line that became a request."""
    return {
        **_told(number, external_ref, "filed", ticket_no, state),
        "category_code": category_code,
        "unit_code": unit_code,
    }


def refused(number: int, error: Exception, *, english: bool) -> Result:
    """The result of a line that the service would not file."""
    if isinstance(error, InvalidError):
        told = [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.en if english else fault.zh}
            for fault in error.errors[:MOST_FAULTS]
        ]
        result = failed(number, **told[0])
        return {**result, "errors": told} if len(told) > 1 else result
    if isinstance(error, HotlineError):
        return failed(number, error.code, error.en if english else error.zh)
    if isinstance(error, (asyncpg.DataError, asyncpg.InterfaceError)):  # its text quotes the value
        text = "A value of this line cannot be stored." if english else "这一行中有无法保存的内容。"
        return failed(number, "unstorable", text)
    return failed(number, "conflict", str(error))


def failed(number: int, code: str, message: str, pointer: str | None = None) -> Result:
    """The result of a line that was not filed."""
    result = {"line": number, "status": "failed", "code": code, "message": message}
    return {**result, "pointer": pointer} if pointer else result


def _told(number: int, external_ref: str | None, status: str, ticket_no: str, state: str) -> Result:
    return {
        "line": number,
        "status": status,
        "external_ref": external_ref,
        "ticket_no": ticket_no,
        "state": state,
    }
