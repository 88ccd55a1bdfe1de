"""Looks into office files and PDFs: what they are, and whether they carry something that acts by itself.

A macro or a script in a citizen's file would run on a handler's desk. This finds what is there openly; it is no
virus scanner.
"""

import re
import zlib
from collections.abc import Iterator
from typing import IO
from zipfile import BadZipFile, ZipFile

from app.domain import attachments as types
from app.domain.attachments import FileType
from app.domain.errors import InvalidError, invalid

MAX_UNPACKED = 300 * 2**20
"""Bytes that an office file may have when unpacked."""
MAX_ENTRIES = 5000
_MAIN_PART = {"word/document.xml": types.DOCX, "xl/workbook.xml": types.XLSX, "ppt/presentation.xml": types.PPTX}
_CONTENTS = "[Content_Types].xml"
_MACROS = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)


def _broken() -> InvalidError:
    return invalid("/file", "file-broken", "文件已损坏，无法打开。", "The file is broken and cannot be opened.")


def _active() -> InvalidError:
    return invalid(
        "/file",
        "file-active",
        "文件中含有宏或脚本，为安全起见不能上传。请另存为不含宏的格式。",
        "The file carries macros or scripts; save it without them.",
    )


def _locked() -> InvalidError:
    return invalid(
        "/file",
        "file-locked",
        "文件已加密，无法检查内容。请去掉密码后再上传。",
        "The file is encrypted and cannot be checked; remove the password.",
    )


def _bomb() -> InvalidError:
    return invalid("/file", "file-bomb", "文件解压后过大。", "The file is far too large once unpacked.")


def office_type(content: IO[bytes]) -> FileType:
    """Type of a zip that is a Word, Excel or PowerPoint file without macros; raises InvalidError for any other."""
    content.seek(0)
    try:
        with ZipFile(content) as packed:
            entries = packed.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise _bomb()
            if any(entry.flag_bits & 1 for entry in entries):
                raise _locked()
            names = {entry.filename for entry in entries}
            found = [file_type for part, file_type in _MAIN_PART.items() if part in names]
            if _CONTENTS not in names or len(found) != 1:
                raise invalid(
                    "/file",
                    "file-archive",
                    "不支持压缩包，请解压后逐个上传。",
                    "Archives are not taken; upload the files one by one.",
                )
            with packed.open(_CONTENTS) as listing:
                contents = listing.read(2**20)
    except (BadZipFile, NotImplementedError, EOFError, zlib.error, ValueError, OSError):
        raise _broken() from None
    parts = "\n".join(names).encode(errors="replace")
    if _MACROS.search(contents.replace(b"\x00", b"")) or _MACROS.search(parts) or b"activeX/" in parts:
        raise _active()
    return found[0]


def old_office_type(content: IO[bytes]) -> FileType:
    """Type of a compound file of Word or Excel 97–2003 without macros; raises InvalidError for any other."""
    content.seek(0)
    raw = content.read()

    def has(*names: str) -> bool:
        return any(f"{name}\0".encode("utf-16-le") in raw for name in names)  # names in the file's directory

    if has("EncryptedPackage"):
        raise _locked()
    if has("_VBA_PROJECT", "_VBA_PROJECT_CUR"):
        raise _active()
    if has("WordDocument"):
        return types.DOC
    if has("Workbook", "Book"):
        return types.XLS
    raise invalid("/file", "file-type", "不支持这种文件。", "This type of file is not taken.")


_PDF_ACTS = re.compile(rb"/(?:JavaScript|Launch)(?![A-Za-z])")
_PDF_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z])")
_PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_OBJECTS = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_INFLATED, _PIECE = 16 * 2**20, 2**16
_MOST_STREAMS = 2000
"""Streams of objects in one PDF; more are a trap for whoever looks into them."""


def check_pdf(content: IO[bytes]) -> None:
    """Raises InvalidError for a PDF that is encrypted, or starts scripts or programs."""
    content.seek(0)
    raw = content.read()
    for part in (raw, *_object_streams(raw)):
        plain = _PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part) if b"#" in part else part
        if _PDF_LOCKED.search(plain):
            raise _locked()
        if _PDF_ACTS.search(plain):
            raise _active()


def _object_streams(raw: bytes) -> Iterator[bytes]:
    """The compressed streams that hold objects, unpacked; all of them together up to `_INFLATED` bytes."""
    left, view = _INFLATED, memoryview(raw)
    for count, found in enumerate(_PDF_OBJECTS.finditer(raw)):
        if count == _MOST_STREAMS:
            raise _bomb()
        unpacked = _unpacked(view[found.end() :], left)
        yield unpacked
        left -= len(unpacked)
        if left <= 0:
            raise _bomb()


def _unpacked(packed: memoryview, most: int) -> bytes:
    """One stream, read piece by piece: whatever follows it in the file is not copied. Nothing when it is none."""
    reader, out = zlib.decompressobj(), bytearray()
    for start in range(0, len(packed), _PIECE):
        try:
            out += reader.decompress(packed[start : start + _PIECE], most - len(out))
        except zlib.error:
            break
        if reader.eof or len(out) >= most:
            break
    return bytes(out)
