"""Reads one line of a file or stream: a form that can be filed, or the result that says why it is none."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.domain.errors import InvalidError
from app.schemas.messages import describe
from app.schemas.requests import RequestForm
from app.services.intake.bulk.results import Result, failed, refused
from app.services.intake.checks import Checked, check
from app.services.reference import Reference

UNREADABLE = ""
"""Key that no field has."""
Numbered = tuple[int, Mapping[str, Any]]
"""A line's number and its values."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be filed; `key` is what it is known by."""

    number: int
    form: RequestForm
    checked: Checked

    @property
    def key(self) -> tuple[str, str]:
        """Channel and reference: what is there under these is not filed again."""
        return self.form.channel.value, self.form.external_ref or ""


def read_line(number: int, values: Mapping[str, Any], reference: Reference, *, english: bool) -> Line | Result:
    """Check one line's values; `channel` is `import` unless given. Never raises for what is wrong with the line.

    A line that could not even be read comes as `{UNREADABLE: reason}`.
    """
    if UNREADABLE in values:
        return failed(number, "unreadable", str(values[UNREADABLE]))
    try:
        given = values if values.get("external_ref") is not None else {**values, "external_ref": content_ref(values)}
        form = RequestForm.model_validate({"channel": "import", **given})
        return Line(number, form, check(form, reference))
    except ValidationError as error:
        found = describe(dict(error.errors(include_url=False)[0]), english=english)
        return failed(number, found["code"], found["message"], found["pointer"])
    except InvalidError as error:
        return refused(number, error, english=english)
    except (TypeError, RecursionError, OverflowError) as error:
        return failed(number, "malformed-json", f"Cannot be read: {error}." if english else "无法读取这一行。")


def content_ref(values: Mapping[str, Any]) -> str:
    """A reference for a line that has none: a hash of what it says, so that a second run finds it again."""
    canonical = json.dumps(values, sort_keys=True, default=str).encode()
    return "sha256:" + hashlib.sha256(canonical).hexdigest()[:40]
