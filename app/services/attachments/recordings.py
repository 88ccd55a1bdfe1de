"""Blanks where a phone was when it recorded: MP4 and M4A carry it as text such as `+31.2126+105.6278/` (ISO 6709)."""

import re
from tempfile import SpooledTemporaryFile
from typing import IO

_PLACE = re.compile(rb"[+-]\d{2}\.\d{2,8}[+-]\d{3}\.\d{2,8}(?:[+-]\d{1,5}(?:\.\d{1,8})?)?/")
_DIGIT = re.compile(rb"\d")


def without_place(content: IO[bytes]) -> IO[bytes]:
    """The file itself when it names no place, else a copy with zeros there; nothing moves, so it plays as before."""
    content.seek(0)
    raw = content.read()
    if not _PLACE.search(raw):
        return content
    copy = SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 - the caller closes it
    copy.write(_PLACE.sub(lambda found: _DIGIT.sub(b"0", found[0]), raw))
    return copy
