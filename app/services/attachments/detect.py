"""Finds what a file is by its content, and refuses what the closed table of types does not name.

The claimed type and the ending are never looked at: whoever wants to pass a program off as a photo writes both.
"""

import codecs
import unicodedata
from typing import IO

import filetype

from app.domain import attachments as types
from app.domain.attachments import FileType
from app.domain.errors import InvalidError, invalid
from app.services.attachments.documents import office_type, old_office_type

HEAD = 8192
_BY_MIME = {
    "image/jpeg": types.JPEG,
    "image/png": types.PNG,
    "image/apng": types.PNG,
    "image/webp": types.WEBP,
    "image/gif": types.GIF,
    "audio/mpeg": types.MP3,
    "audio/mp4": types.M4A,
    "audio/aac": types.AAC,
    "audio/amr": types.AMR,
    "audio/x-wav": types.WAV,
    "audio/ogg": types.OGG,
    "video/mp4": types.MP4,
    "video/x-m4v": types.MP4,
    "application/pdf": types.PDF,
}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def refused(code: str, zh: str, en: str) -> InvalidError:
    """The file cannot be taken, with what would help."""
    return invalid("/file", code, zh, en)


def detect(content: IO[bytes]) -> FileType:
    """The type of a file; raises InvalidError for what is not in the table."""
    content.seek(0)
    head = content.read(HEAD)
    if not head:
        raise refused("file-empty", "文件是空的。", "The file is empty.")
    if head.startswith(_ZIP):
        return office_type(content)
    if head.startswith(_OLE):
        return old_office_type(content)
    if b"ftypM4A" in head[:12]:
        return types.M4A
    guessed = filetype.guess_mime(head)
    if guessed in _BY_MIME:
        return _BY_MIME[guessed]
    if guessed in ("image/heic", "image/avif") or head[4:12] in (b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1"):
        raise refused(
            "file-heic",
            "暂不支持 HEIC 照片，请转换为 JPG 后上传（可在手机相机设置中选择“兼容性最佳”）。",
            "HEIC photos cannot be taken; convert it to JPEG (on the phone: camera format “most compatible”).",
        )
    if guessed is None and _is_text(content):
        return types.TXT
    raise refused(
        "file-type",
        "不支持这种文件。可以上传照片（JPG、PNG、WebP、GIF）、录音（MP3、M4A、AAC、AMR、WAV、OGG）、"
        "视频（MP4）和文档（PDF、Word、Excel、PPTX、TXT）。",
        "This type is not taken. Taken are JPEG, PNG, WebP, GIF, MP3, M4A, AAC, AMR, WAV, OGG, MP4, PDF, "
        "DOCX, XLSX, PPTX, DOC, XLS and TXT.",
    )


def _is_text(content: IO[bytes]) -> bool:
    """Whether the whole file is plain text in an encoding in use here, and not mark-up or a script."""
    content.seek(0)
    raw = content.read()
    encodings = ("utf-16",) if raw.startswith(_TEXT_MARKS[1:]) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        start = text.lstrip()[:2]
        mark_up = (start[:1] == "<" and start[1:].isalpha()) or start in ("<!", "<?", "#!", "{\\")
        return not mark_up and not any(unicodedata.category(sign) == "Cc" for sign in set(text) - set("\t\n\r\f"))
    return False
