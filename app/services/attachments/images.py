"""Makes a clean copy of a photo: same picture, same way up, nothing else.

A phone writes where and when a photo was taken into it; whoever asks for confidence must not be given away by
their own photo. Only pixels, colour profile and timing of an animation come through, so that whatever was hidden
in or behind the picture is gone as well.
"""

from tempfile import SpooledTemporaryFile
from typing import IO, Any

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from app.domain import attachments as types
from app.domain.attachments import FileType
from app.domain.errors import InvalidError, invalid

MAX_PIXELS = 50_000_000
"""Of all frames together: about 200 MB while it is copied."""
MOST_FRAMES = 500
IN_MEMORY = 2**20
_FORMATS = {types.JPEG: ("JPEG", "MPO"), types.PNG: ("PNG",), types.WEBP: ("WEBP",), types.GIF: ("GIF",)}
_NOTHING: dict[str, Any] = {"exif": b"", "xmp": b"", "comment": b""}
_OPTIONS: dict[FileType, dict[str, Any]] = {
    types.JPEG: {"format": "JPEG", "quality": 92, "optimize": True},
    types.PNG: {"format": "PNG"},
    types.WEBP: {"format": "WEBP", "quality": 92},
    types.GIF: {"format": "GIF"},
}
_KEPT = {"transparency", "icc_profile", "duration", "loop", "background", "disposal", "blend", "gamma"}
_JPEG_MODES = ("L", "RGB", "CMYK")


def clean_image(content: IO[bytes], file_type: FileType) -> IO[bytes]:
    """A new file with the picture alone; raises InvalidError when it is broken or has too many pixels."""
    content.seek(0)
    try:
        with Image.open(content, formats=_FORMATS[file_type]) as image:
            frames = 1 if file_type is types.JPEG else _frames(image)
            if image.width * image.height * frames > MAX_PIXELS:
                raise _too_many()
            return _copy(image, file_type, animated=frames > 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise _too_many() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):
        raise invalid("/file", "file-broken", "图片已损坏，无法打开。", "The picture is broken.") from None


def _frames(image: Image.Image) -> int:
    """How many pictures it holds; raises InvalidError for more than anybody would look at, without reading them all."""
    try:
        image.seek(MOST_FRAMES)
    except EOFError:
        image.seek(0)
        return int(getattr(image, "n_frames", 1))
    raise _too_many()


def _copy(image: Image.Image, file_type: FileType, *, animated: bool) -> IO[bytes]:
    clean = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        if animated:  # an animation has no way up
            timing = _timing(image) if file_type is types.WEBP else {}  # the others bring theirs along
            _forget(image)
            image.save(clean, save_all=True, **_OPTIONS[file_type], **_NOTHING, **timing)
        else:
            upright = ImageOps.exif_transpose(image)
            if file_type is types.JPEG and upright.mode not in _JPEG_MODES:
                upright = upright.convert("RGB")
            _forget(upright)
            colours = upright.info.get("icc_profile")
            upright.save(clean, **_OPTIONS[file_type], **_NOTHING, icc_profile=colours)
    except BaseException:
        clean.close()
        raise
    return clean


def _timing(image: Image.Image) -> dict[str, Any]:
    """Milliseconds that each frame is shown, and how often all of them."""
    durations = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        durations.append(frame.info.get("duration", 100))
    return {"duration": durations, "loop": image.info.get("loop", 0)}


def _forget(image: Image.Image) -> None:
    """Drop what the picture says beside its pixels."""
    for name in set(image.info) - _KEPT:
        del image.info[name]


def _too_many() -> InvalidError:
    return invalid(
        "/file",
        "file-too-many-pixels",
        "图片的像素过多，请缩小后再上传。",
        "The picture has too many pixels; make it smaller.",
    )
