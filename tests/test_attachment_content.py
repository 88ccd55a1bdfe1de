"""What files are taken: every type by its content, and none of what hides behind a name, an ending or a picture."""

import io
from tempfile import SpooledTemporaryFile

import pytest
from PIL import Image, ImageSequence

from app.domain.attachments import ALLOWED
from app.domain.errors import FileTooLargeError, InvalidError
from app.services.attachments import documents, images
from app.services.attachments.examine import Upload, examined
from support import samples
from support.samples import CATALOG, GOOD, compound, mp4, office, packed_objects, pdf, phone_photo, picture

MOST = 2**20


async def kept(content: bytes, name: str = "x") -> tuple[str, str, bytes]:
    """Type, name and bytes as they would be kept."""
    with SpooledTemporaryFile() as file:
        file.write(content)
        async with examined(Upload(file, name), MOST) as found:
            found.content.seek(0)
            data = found.content.read()
            assert len(data) == found.size
            return found.file_type.content_type, found.filename, data


async def refusal(content: bytes) -> str:
    with pytest.raises(InvalidError) as refused:
        await kept(content)
    assert refused.value.errors[0].pointer == "/file"
    return refused.value.errors[0].code


def test_every_type_has_a_sample() -> None:
    assert {content_type for _, content_type in GOOD.values()} == set(ALLOWED)


@pytest.mark.parametrize("ending", GOOD)
async def test_a_type_is_found_by_content_whatever_it_is_called(ending: str) -> None:
    content, content_type = GOOD[ending]
    for name in (f"现场.{ending}", "现场.exe", "现场", "../现场.php"):
        assert (await kept(content, name))[:2] == (content_type, f"现场.{ending}")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_loses_its_place_and_keeps_its_way_up(kind: str) -> None:
    before = phone_photo(kind)
    assert b"HIDDENMAKER" in before
    _, _, after = await kept(before)
    assert b"HIDDENMAKER" not in after
    image = Image.open(io.BytesIO(after))
    assert dict(image.getexif()) == {}
    assert dict(image.getexif().get_ifd(0x8825)) == {}
    assert image.size == (20, 40), "turned upright"
    top, bottom = image.convert("RGB").getpixel((10, 5)), image.convert("RGB").getpixel((10, 35))
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]


async def test_a_photo_keeps_its_quality_and_colours() -> None:
    gradient = Image.radial_gradient("L").convert("RGB")
    out = io.BytesIO()
    gradient.save(out, "JPEG", quality=95, icc_profile=b"profile")
    _, _, after = await kept(out.getvalue())
    image = Image.open(io.BytesIO(after))
    assert image.info["icc_profile"] == b"profile"
    pairs = zip(gradient.convert("L").tobytes(), image.convert("L").tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in pairs) / (256 * 256) < 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_an_animation_goes_on_moving(kind: str) -> None:
    _, _, after = await kept(samples.animation(kind))
    image = Image.open(io.BytesIO(after))
    frames = []
    for frame in ImageSequence.Iterator(image):
        colour = frame.convert("RGB").getpixel((4, 4))
        frames.append((frame.info["duration"], colour))
    assert [duration for duration, _ in frames] == [100, 200, 300]
    assert [max(range(3), key=lambda band: colour[band]) for _, colour in frames] == [0, 1, 2]


async def test_texts_in_pictures_are_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Comment", "HIDDEN")
    for before in (
        picture("PNG", pnginfo=said),
        picture("GIF", comment=b"HIDDEN"),
        picture("JPEG", comment=b"HIDDEN"),
        picture("WEBP", xmp=b"<x>HIDDEN</x>"),
    ):
        assert b"HIDDEN" in before
        assert b"HIDDEN" not in (await kept(before))[2]


@pytest.mark.parametrize(
    "tail",
    [office("word/document.xml"), b"<script>alert(1)</script>", b"MZ\x90", pdf(CATALOG)],
    ids=["zip", "html", "exe", "pdf"],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_second_file_behind_a_picture_is_cut_off(kind: str, tail: bytes) -> None:
    _, _, after = await kept(picture(kind) + tail)
    assert tail not in after
    assert after == (await kept(picture(kind)))[2]


async def test_a_recording_loses_its_place() -> None:
    for brand in (b"isom", b"M4A "):
        before = mp4(brand)
        _, _, after = await kept(before)
        assert after == before.replace(b"+31.2126+105.6278/", b"+00.0000+000.0000/")


BAD = {
    "empty": (b"", "file-empty"),
    "exe": (b"MZ\x90\0" + bytes(200), "file-type"),
    "elf": (b"\x7fELF" + bytes(200), "file-type"),
    "noise": (bytes(range(256)) * 4, "file-type"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "file-type"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file-type"),
    "xml": (b"<?xml version='1.0'?><a/>", "file-type"),
    "shell": (b"#!/bin/sh\nrm -rf /\n", "file-type"),
    "rtf": (b"{\\rtf1 x}", "file-type"),
    "text with NUL": (b"abc\0def", "file-type"),
    "heic": (samples.HEIC, "file-heic"),
    "bmp": (picture("BMP"), "file-type"),
    "tiff": (picture("TIFF"), "file-type"),
    "cut photo": (picture("JPEG", (400, 400))[:700], "file-broken"),
    "head of a png": (picture("PNG")[:30], "file-broken"),
    "archive": (office("readme.txt"), "file-archive"),
    "archive of nothing": (b"PK\x03\x04" + bytes(60), "file-broken"),
    "docm": (office("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"), "file-active"),
    "docx with macros": (office("word/document.xml", **{"word/vbaProject.bin": "x"}), "file-active"),
    "xlsm in UTF-16": (office("xl/workbook.xml", "\0".join("macroEnabled")), "file-active"),
    "activeX": (office("xl/workbook.xml", **{"xl/activeX/activeX1.xml": "x"}), "file-active"),
    "two in one": (office("word/document.xml", **{"xl/workbook.xml": "x"}), "file-archive"),
    "old macros": (compound("WordDocument", "_VBA_PROJECT"), "file-active"),
    "locked office": (compound("EncryptedPackage"), "file-locked"),
    "ppt": (compound("PowerPoint Document"), "file-type"),
    "pdf with script": (pdf(CATALOG, b"<< /S /JavaScript /JS (app.alert(1)) >>"), "file-active"),
    "pdf with hidden script": (pdf(CATALOG, b"<< /S /J#61vaScript /JS (x) >>"), "file-active"),
    "pdf with packed script": (pdf(CATALOG, packed_objects(b"<< /S /JavaScript >>")), "file-active"),
    "pdf that starts programs": (pdf(CATALOG, b"<< /S /Launch /F (cmd.exe) >>"), "file-active"),
    "locked pdf": (pdf(CATALOG, b"<< /Encrypt 3 0 R >>"), "file-locked"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_not_in_the_table_is_refused_with_a_reason(name: str) -> None:
    content, code = BAD[name]
    assert await refusal(content) == code


async def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    vast = bytearray(picture("PNG", (10, 10)))
    vast[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    vast[29:33] = zlib.crc32(bytes(vast[12:29])).to_bytes(4, "big")
    assert await refusal(bytes(vast)) == "file-too-many-pixels"
    large = io.BytesIO()
    Image.new("L", (10_000, 9_000)).save(large, "PNG")
    assert await refusal(large.getvalue()) == "file-too-many-pixels"
    monkeypatch.setattr(images, "MAX_PIXELS", 8 * 8 * 2)
    assert await refusal(samples.animation("GIF")) == "file-too-many-pixels"
    monkeypatch.setattr(documents, "MAX_UNPACKED", 100_000)
    assert await refusal(office("word/document.xml", **{"word/media.xml": "0" * 200_000})) == "file-bomb"
    monkeypatch.setattr(documents, "_INFLATED", 1000)
    assert await refusal(pdf(CATALOG, packed_objects(b"0" * 5000))) == "file-bomb"


async def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(FileTooLargeError):
        await kept(b"a" * (MOST + 1))
