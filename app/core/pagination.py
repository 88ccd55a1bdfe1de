"""Keyset paging: a cursor says after which row the next page begins; never an offset."""

import base64
import binascii
from typing import Any

import orjson

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


class CursorError(ValueError):
    """The cursor was not made by us, or for another list."""


def encode_cursor(*keys: Any) -> str:
    """An opaque cursor from the sort keys of the last row shown."""
    return base64.urlsafe_b64encode(orjson.dumps(keys)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[Any]:
    """The sort keys; raises CursorError unless they have just these types (None is always allowed)."""
    try:
        keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise CursorError(cursor) from None
    fits = isinstance(keys, list) and len(keys) == len(types)
    if not fits or any(k is not None and type(k) is not t for k, t in zip(keys, types, strict=True)):
        raise CursorError(cursor)
    return list(keys)
