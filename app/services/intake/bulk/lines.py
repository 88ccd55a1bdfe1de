"""Reads one line of a file or stream: a form that can be filed, or the result that says why it is none."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.domain.errors import FieldError, InvalidError
from app.schemas.messages import refused as of_form
from app.schemas.requests import RequestForm
from app.services.intake.bulk.results import Result, failed, refused
from app.services.intake.bulk.spoken import name_to_code
from app.services.intake.checks import Checked, check
from app.services.reference import Reference

UNREADABLE: Any = None
"""Key that no field has, and no JSON object: their keys are texts."""
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


def read_line(
    number: int, values: Mapping[str, Any], reference: Reference, *, english: bool, by_name: bool
) -> Line | Result:
    """Check one line's values; `channel` is `import` unless given. Never raises for what is wrong with the line.

    A line that could not even be read comes as `{UNREADABLE: reason}`. `by_name`: codes may be given by their names.
    """
    if UNREADABLE in values:
        return failed(number, "unreadable", str(values[UNREADABLE]))
    faults: list[FieldError] = []
    try:
        given = dict(values)
        if given.get("external_ref") is None:
            given["external_ref"] = content_ref(values)
        if by_name:
            faults += name_to_code(given, reference)
        form = RequestForm.model_validate({"channel": "import", **given})
        line = Line(number, form, check(form, reference))
        if not faults:
            return line
    except ValidationError as error:
        faults += of_form(error, "").errors
    except InvalidError as error:
        faults += error.errors
    except (TypeError, RecursionError, OverflowError) as error:
        return failed(number, "malformed-json", f"Cannot be read: {error}." if english else "无法读取这一行。")
    return refused(number, InvalidError(faults), english=english)


def content_ref(values: Mapping[str, Any]) -> str:
    """A reference for a line that has none: a hash of what it says, so that a second run finds it again."""
    canonical = json.dumps(values, sort_keys=True, default=str).encode()
    return "sha256:" + hashlib.sha256(canonical).hexdigest()[:40]
