"""Reads a body that carries a file (multipart/form-data): spooled to disk, bounded while it is read, refused clearly.

Too large a body is read on for a while and thrown away: a browser that is cut off shows no answer at all.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.domain.errors import FileTooLargeError, invalid
from app.routers.strict import MalformedBodyError, StrictRequest, StrictRoute
from app.services.attachments.examine import Upload

ENVELOPE = 64 * 1024
"""Bytes of a body beside its file: fields, names, boundaries."""
MAX_FIELDS = 8
DRAINED = 4
"""How many times the limit is read in vain."""
F = TypeVar("F", bound=BaseModel)


def is_multipart(request: Request) -> bool:
    """Whether the body may carry a file."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


class UploadRequest(StrictRequest):
    """A request whose body may be as large as one attachment."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body's chunks; raises FileTooLargeError when there are too many."""
        if not is_multipart(self):
            async for chunk in super().stream():
                yield chunk
            return
        limit = int(self.app.state.settings.attachment_max_bytes)
        most, received = limit + ENVELOPE, 0
        declared = self.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > most * DRAINED:
            raise FileTooLargeError(limit)
        async for chunk in Request.stream(self):
            received += len(chunk)
            if received <= most:
                yield chunk
            elif received > most * DRAINED:
                break
        if received > most:
            raise FileTooLargeError(limit)


class UploadRoute(StrictRoute):
    """A route that takes a file."""

    request_class = UploadRequest


@dataclass
class Received:
    """What came: text fields, and the file unless none was chosen or it was too large."""

    fields: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None
    too_large: FileTooLargeError | None = None

    def file(self) -> Upload:
        """The file; raises FileTooLargeError, InvalidError."""
        if self.too_large:
            raise self.too_large
        if self.upload is None:
            raise invalid("/file", "missing", "请选择文件", "is required")
        return self.upload

    def form(self, model: type[F]) -> F:
        """The other fields as a form, an empty one as if it were not there; raises RequestValidationError."""
        try:
            return model.model_validate({name: value for name, value in self.fields.items() if value})
        except ValidationError as error:
            faults: list[Any] = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
            raise RequestValidationError(faults) from None


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Received]:
    """The parts of the body; the file is closed at the block's end. Raises MalformedBodyError, InvalidError."""
    if not is_multipart(request):
        raise MalformedBodyError(
            "malformed", "请以 multipart/form-data 格式提交文件。", "Send the file as multipart/form-data."
        )
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=MAX_FIELDS, max_part_size=ENVELOPE
    )
    found = Received()
    try:
        await _parse(parser, found)
        for name, value in parser.items:
            _take(found, name, value)
        yield found
    finally:
        for file in parser._files_to_close_on_error:  # all there are, also those whose part was cut off
            file.close()


async def _parse(parser: MultiPartParser, found: Received) -> None:
    try:
        await parser.parse()
    except FileTooLargeError as error:
        found.too_large = error
    except MultiPartException as error:
        raise MalformedBodyError("malformed", "提交的内容无法读取，请检查后再试。", error.message) from None


def _take(found: Received, name: str, value: str | UploadFile) -> None:
    if isinstance(value, str):
        if name == "file" and not value:
            return  # none chosen
        if name == "file":
            raise invalid("/file", "file-expected", "这里应为文件", "must be a file, not text")
        if name in found.fields:
            raise MalformedBodyError("duplicate-key", f"字段“{name}”出现了两次。", f"The field '{name}' appears twice.")
        found.fields[name] = value
        return
    chosen = bool(value.filename or value.size) and not found.too_large
    if chosen and name != "file":
        raise invalid(f"/{name}", "extra-forbidden", "文件字段名应为 file", "the file's field is called `file`")
    if chosen:
        found.upload = Upload(cast(Any, value.file), value.filename or "")
