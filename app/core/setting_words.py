"""Says in plain words what a setting has to be: who sets up a server has not read the manual of our libraries."""

import re
from types import NoneType
from typing import Any, get_args

from annotated_types import Ge, Le, MinLen
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def what_is_right(field: FieldInfo, fault: ErrorDetails) -> str:
    """What a field takes, e.g. `must be a whole number from 0 to 65535`; a validator's own words come first."""
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    known = {type(rule): rule for rule in field.metadata}
    pattern = next((rule.pattern for rule in field.metadata if getattr(rule, "pattern", None)), "")
    if words := re.fullmatch(r"\^\(([\w|]+)\)\$", str(pattern)):
        return f"must be one of {words[1].replace('|', ', ')}"
    if MinLen in known and not fault["input"]:
        return "must not be empty"
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not NoneType]
    if kinds and kinds[0] in _KINDS:
        in_bytes = str(fault["loc"][0]).endswith("_bytes")
        unit, example = (" of bytes", f", e.g. {field.default}") if in_bytes else ("", "")
        span = f" from {known[Ge].ge} to {known[Le].le}" if Ge in known else ""
        return f"must be {_KINDS[kinds[0]]}{unit}{span}{example}"
    return fault["msg"].replace("Input should", "should").replace("String should", "should")
