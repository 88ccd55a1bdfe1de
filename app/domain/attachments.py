"""Which files may be attached to a request (附件), and what a file may be called.

A closed table: whatever is not in it is refused. The type is found in the content, never taken from a claim,
and the name is made to fit it.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_NAME = 120
"""Characters of a file name, its ending among them."""
SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,8})$")


class FileKind(StrEnum):
    """What a person gets to see or hear."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken; the first of its endings is given to files whose own does not fit."""

    content_type: str
    kind: FileKind
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
JPEG = FileType("image/jpeg", FileKind.IMAGE, ("jpg", "jpeg"))
PNG = FileType("image/png", FileKind.IMAGE, ("png",))
WEBP = FileType("image/webp", FileKind.IMAGE, ("webp",))
GIF = FileType("image/gif", FileKind.IMAGE, ("gif",))
MP3 = FileType("audio/mpeg", FileKind.AUDIO, ("mp3",))
M4A = FileType("audio/mp4", FileKind.AUDIO, ("m4a",))
AAC = FileType("audio/aac", FileKind.AUDIO, ("aac",))
AMR = FileType("audio/amr", FileKind.AUDIO, ("amr",))
WAV = FileType("audio/wav", FileKind.AUDIO, ("wav",))
OGG = FileType("audio/ogg", FileKind.AUDIO, ("ogg", "oga", "opus"))
MP4 = FileType("video/mp4", FileKind.VIDEO, ("mp4", "m4v"))
PDF = FileType("application/pdf", FileKind.DOCUMENT, ("pdf",))
DOCX = FileType(f"{_OFFICE}.wordprocessingml.document", FileKind.DOCUMENT, ("docx",))
XLSX = FileType(f"{_OFFICE}.spreadsheetml.sheet", FileKind.DOCUMENT, ("xlsx",))
PPTX = FileType(f"{_OFFICE}.presentationml.presentation", FileKind.DOCUMENT, ("pptx",))
DOC = FileType("application/msword", FileKind.DOCUMENT, ("doc",))
XLS = FileType("application/vnd.ms-excel", FileKind.DOCUMENT, ("xls",))
TXT = FileType("text/plain", FileKind.DOCUMENT, ("txt",))

ALLOWED: dict[str, FileType] = {
    file_type.content_type: file_type
    for file_type in (
        JPEG, PNG, WEBP, GIF, MP3, M4A, AAC, AMR, WAV, OGG, MP4, PDF, DOCX, XLSX, PPTX, DOC, XLS, TXT
    )
}  # fmt: skip
"""Content type → what is taken."""
_ENDINGS = {ending for file_type in ALLOWED.values() for ending in file_type.endings}

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
UNNAMED = "附件"


def clean_name(claimed: str, file_type: FileType) -> str:
    """A name that is safe on every system: no folders, no control or direction characters, the right ending."""
    text = unicodedata.normalize("NFC", claimed[:2000].encode("utf-8", "ignore").decode())
    text = "".join(
        sign for sign in text if sign in "\t " or not unicodedata.category(sign).startswith(("C", "Zl", "Zp"))
    )
    text = _FORBIDDEN.sub("_", re.split(r"[/\\]", text)[-1])
    stem, ending = _without_ending(" ".join(text.split()).strip(". "), file_type)
    if not stem or _RESERVED.match(stem):
        stem = f"_{stem}" if stem else UNNAMED
    return f"{stem[: MAX_NAME - len(ending) - 1].rstrip('. ')}.{ending}"


def _without_ending(name: str, file_type: FileType) -> tuple[str, str]:
    """The name before its ending, and the ending it should have; an ending of another type is taken off."""
    found = SUFFIX.search(name)
    claimed = found[1].lower() if found else ""
    if found is None or (claimed not in _ENDINGS and claimed.isdigit()):
        return name, file_type.endings[0]  # "3.5" is no ending
    stem = name[: found.start()].rstrip(". ")
    return stem, claimed if claimed in file_type.endings else file_type.endings[0]


def hidden_name(number: int) -> str:
    """What a reader sees who may not know who is behind a request: a name may name somebody."""
    return f"{UNNAMED}{number}"


def number_of(attachment_no: str) -> int:
    """`20261123000128-F3` → 3."""
    return int(attachment_no.rpartition("-F")[2])
