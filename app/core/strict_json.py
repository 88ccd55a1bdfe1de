"""JSON read strictly: a key that is there twice, of which parsers take the last in silence, and NaN are refused."""

import json
from typing import Any, NoReturn


class TwiceError(ValueError):
    """An object has a key twice; `key` is the first such."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key '{key}' appears twice")
        self.key = key


class ConstantError(ValueError):
    """NaN or an infinity, which are no JSON; `name` is which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not JSON")
        self.name = name


def loads(text: str) -> Any:
    """The value; raises TwiceError, ConstantError and what the parser raises (ValueError, RecursionError)."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise TwiceError(key)
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ConstantError(name)
