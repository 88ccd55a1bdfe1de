"""Keyset paging: a cursor says after which row the next page begins; never an offset."""

import base64
import binascii
from datetime import datetime
from typing import Any

import orjson

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_MAX_ID = 2**63 - 1
_YEARS = range(1900, 9000)


class CursorError(ValueError):
    """The cursor was not made by us, or for another list."""


def encode_cursor(*keys: Any) -> str:
    """An opaque cursor from the sort keys of the last row shown."""
    return base64.urlsafe_b64encode(orjson.dumps(keys)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[Any]:
    """The sort keys; raises CursorError unless they have these types (`int`, `str`, `datetime`).

    A datetime may be None: rows without one sort last.
    """
    try:
        keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise CursorError(cursor) from None
    if not isinstance(keys, list) or len(keys) != len(types):
        raise CursorError(cursor)
    return [_read(key, wanted, cursor) for key, wanted in zip(keys, types, strict=True)]


def _read(key: Any, wanted: type, cursor: str) -> Any:
    if wanted is datetime:
        return None if key is None else _read_instant(key, cursor)
    too_large = isinstance(key, int) and abs(key) > _MAX_ID
    if type(key) is not wanted or too_large or (isinstance(key, str) and "\x00" in key):
        raise CursorError(cursor)
    return key


def _read_instant(key: Any, cursor: str) -> datetime:
    try:
        instant = datetime.fromisoformat(key)
    except (TypeError, ValueError):
        raise CursorError(cursor) from None
    if instant.tzinfo is None or instant.year not in _YEARS:
        raise CursorError(cursor)
    return instant
