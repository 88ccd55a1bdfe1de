"""Files many requests from a stream of JSON lines: one result a line, bad lines reported and skipped.

Each line is a transaction of its own, a few at a time: what was reported as filed is on disk, and a run that
was killed is simply started again (`external_ref` tells what is there already).
"""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from app.core.clock import now
from app.core.database import TRANSIENT, UNAVAILABLE
from app.domain.actors import Actor
from app.domain.errors import HotlineError, InvalidError
from app.schemas.messages import describe
from app.schemas.requests import RequestForm
from app.services.installation import Installation
from app.services.intake.filing import file_request

MAX_LINE_BYTES = 200_000
AT_ONCE = 8
OUTAGE_SECONDS = 60.0
"""How long a line waits for a database that is out of reach before it is given up."""

UNREADABLE = ""
"""Key that no field has."""
Result = dict[str, Any]
Job = Coroutine[Any, Any, Result]


async def import_lines(
    here: Installation, actor: Actor, chunks: AsyncIterator[bytes], *, english: bool
) -> AsyncIterator[bytes]:
    """Result lines for the lines of a byte stream, in the order of the input, faults in the reader's language."""

    async def jobs() -> AsyncIterator[Job]:
        number = 0
        async for line in split_lines(chunks):
            number += 1
            if line is None or line.strip():
                yield _import_line(here, actor, number, line, english=english)

    async for result in in_order(jobs()):
        yield orjson.dumps(result) + b"\n"


async def in_order(jobs: AsyncIterator[Job]) -> AsyncIterator[Result]:
    """Results in the order of the jobs, of which a few run at a time."""
    running: deque[asyncio.Task[Result]] = deque()
    try:
        async for job in jobs:
            running.append(asyncio.create_task(job))
            if len(running) >= AT_ONCE:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    """Lines of a byte stream; None stands for a line that was too long to keep."""
    buffer = bytearray()
    too_long = False
    async for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            buffer += piece
            yield None if too_long or len(buffer) > MAX_LINE_BYTES else bytes(buffer)
            buffer.clear()
            too_long = False
        buffer += rest
        if len(buffer) > MAX_LINE_BYTES:
            buffer.clear()
            too_long = True
    if too_long or buffer:
        yield None if too_long else bytes(buffer)


async def _import_line(here: Installation, actor: Actor, number: int, line: bytes | None, *, english: bool) -> Result:
    if line is None:
        limit = f"A line has at most {MAX_LINE_BYTES} bytes." if english else f"每行最多 {MAX_LINE_BYTES} 字节。"
        return failed(number, "too-long", limit)
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return failed(number, "malformed-json", f"Not valid JSON: {error}." if english else "不是有效的 JSON。")
    if not isinstance(values, dict):
        return failed(number, "not-an-object", "A line is one JSON object." if english else "每行须为一个 JSON 对象。")
    return await import_one(here, actor, number, values, english=english)


async def import_one(
    here: Installation, actor: Actor, number: int, values: Mapping[str, Any], *, english: bool = True
) -> Result:
    """File one line's values; `channel` is `import` unless given. Never raises for what is wrong with the line.

    A line that could not even be read comes as `{UNREADABLE: reason}`.
    """
    if UNREADABLE in values:
        return failed(number, "unreadable", str(values[UNREADABLE]))
    try:
        given = values if values.get("external_ref") is not None else {**values, "external_ref": content_ref(values)}
        form = RequestForm.model_validate({"channel": "import", **given})
    except (TypeError, RecursionError, OverflowError) as error:
        return failed(number, "malformed-json", f"Cannot be read: {error}." if english else "无法读取这一行。")
    except ValidationError as error:
        found = describe(dict(error.errors(include_url=False)[0]), english=english)
        return failed(number, found["code"], found["message"], found["pointer"])
    try:
        filed = await _file_patiently(here, actor, form)
    except InvalidError as error:
        first = error.errors[0]
        return failed(number, first.code, first.en if english else first.zh, first.pointer)
    except (HotlineError, *TRANSIENT) as error:
        return failed(number, getattr(error, "code", "conflict"), str(error))
    body = filed.body
    if not filed.new and not body["same_text"]:
        text = f"The reference is that of {body['ticket_no']}, which says something else."
        return failed(
            number, "reference-conflict", text if english else f"该编号已用于 {body['ticket_no']}，内容不同。"
        )
    result = {"line": number, "status": "filed" if filed.new else "already", "external_ref": form.external_ref}
    result |= {"ticket_no": body["ticket_no"], "state": body["state"]}
    if filed.new:
        unit = body["dispatch"]["unit"]["code"] if body["dispatch"] else None
        result |= {"category_code": body["classification"]["category_code"], "unit_code": unit}
    return result


async def _file_patiently(here: Installation, actor: Actor, form: RequestForm) -> Any:
    """Wait out a restart of the database; the reference makes filing again harmless."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + OUTAGE_SECONDS
    while True:
        try:
            return await here.database.transaction(
                lambda connection: file_request(connection, actor, form, installation=here, at=now())
            )
        except UNAVAILABLE:
            if loop.time() > deadline:
                raise
            await asyncio.sleep(0.2)


def content_ref(values: Mapping[str, Any]) -> str:
    """A reference for a line that has none: a hash of what it says, so that a second run finds it again."""
    canonical = json.dumps(values, sort_keys=True, default=str).encode()
    return "sha256:" + hashlib.sha256(canonical).hexdigest()[:40]


def failed(number: int, code: str, message: str, pointer: str | None = None) -> Result:
    """The result of a line that was not filed."""
    result = {"line": number, "status": "failed", "code": code, "message": message}
    return {**result, "pointer": pointer} if pointer else result
