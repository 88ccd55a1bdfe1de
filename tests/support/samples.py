"""Tiny real files of every type, and of what only pretends to be one."""

import io
import wave
import zipfile
import zlib
from typing import Any

from PIL import Image

PLACE = {1: "N", 2: (31.0, 12.0, 45.0), 3: "E", 4: (105.0, 37.0, 40.0)}
"""GPS tags as a phone writes them."""
ROTATED = 6
"""EXIF: turn a quarter clockwise to look at it."""


def picture(kind: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A picture whose left half is red, whose right half is blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def phone_photo(kind: str = "JPEG") -> bytes:
    """A photo that tells where, when and with what it was taken, and that has to be turned."""
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    exif[0x010F] = "HIDDENMAKER"
    exif.get_ifd(0x8825).update(PLACE)
    return picture(kind, exif=exif)


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    return out.getvalue()


def office(main: str, contents: str = "<Types/>", **more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in {"[Content_Types].xml": contents, main: "<x/>", **more}.items():
            packed.writestr(name, text)
    return out.getvalue()


def compound(*names: str) -> bytes:
    """A compound file as Word 97 wrote it, as far as its directory."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return head + b"".join(f"{name}\0".encode("utf-16-le").ljust(128, b"\0") for name in names)


def pdf(*objects: bytes) -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, text) for n, text in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def packed_objects(text: bytes) -> bytes:
    data = zlib.compress(text)
    return b"<< /Type /ObjStm /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def tone() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return out.getvalue()


def box(kind: bytes, data: bytes) -> bytes:
    return (8 + len(data)).to_bytes(4, "big") + kind + data


def mp4(brand: bytes = b"isom", place: bytes = b"+31.2126+105.6278/") -> bytes:
    where = box(b"\xa9xyz", b"\x00\x12\x15\xc7" + place)
    return box(b"ftyp", brand + b"\0\0\2\0" + brand + b"mp42") + box(b"moov", box(b"udta", where))


CATALOG = b"<< /Type /Catalog >>"
GOOD: dict[str, tuple[bytes, str]] = {
    "jpg": (picture("JPEG"), "image/jpeg"),
    "png": (picture("PNG"), "image/png"),
    "webp": (picture("WEBP"), "image/webp"),
    "gif": (animation("GIF"), "image/gif"),
    "mp3": (b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(400), "audio/mpeg"),
    "m4a": (mp4(b"M4A "), "audio/mp4"),
    "aac": (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(60), "audio/aac"),
    "amr": (b"#!AMR\n" + bytes(64), "audio/amr"),
    "wav": (tone(), "audio/wav"),
    "ogg": (b"OggS\0\x02" + bytes(60), "audio/ogg"),
    "mp4": (mp4(), "video/mp4"),
    "pdf": (pdf(CATALOG), "application/pdf"),
    "docx": (office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": (
        office("ppt/presentation.xml"),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "doc": (compound("Root Entry", "WordDocument"), "application/msword"),
    "xls": (compound("Root Entry", "Workbook"), "application/vnd.ms-excel"),
    "txt": ("路灯坏了一个星期。\r\n".encode("gb18030"), "text/plain"),
}
"""Ending → a file and its type."""
HEIC = box(b"ftyp", b"heic\0\0\0\0mif1heic") + bytes(32)
