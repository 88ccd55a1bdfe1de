"""Files many requests from a stream of JSON lines: one result a line, bad lines reported and skipped.

Lines that came together are filed together, in one transaction: what was reported as filed is on disk, and a run that
was killed is simply started again (`external_ref` tells what is there already).
"""

from collections.abc import AsyncIterator

import orjson

from app.core import strict_json
from app.domain.actors import Actor
from app.services.installation import Installation
from app.services.intake.bulk.chunk import Importing
from app.services.intake.bulk.lines import Numbered
from app.services.intake.bulk.results import Result, failed

MAX_LINE_BYTES = 200_000
AT_ONCE, IN_A_ROW = 32, 4
"""Lines in one transaction, and lines that are read before the server's other calls have their turn: some ten
milliseconds either way."""


async def import_lines(
    here: Installation, actor: Actor, chunks: AsyncIterator[bytes], *, english: bool
) -> AsyncIterator[bytes]:
    """Result lines for the lines of a byte stream, in the order of the input, faults in the reader's language."""
    importing = Importing(here, actor, english=english, by_name=False, in_a_row=IN_A_ROW)
    number = 0
    async for lines in split_lines(chunks):
        for start in range(0, len(lines), AT_ONCE):
            part = list(enumerate(lines[start : start + AT_ONCE], number + 1))
            number += len(part)
            results = await _import_part(importing, part, english=english)
            yield b"".join(orjson.dumps(result) + b"\n" for result in results)


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[bytes | None]]:
    """The lines that each piece of a byte stream completes; None stands for a line that was too long to keep."""
    buffer = bytearray()
    too_long = False
    async for chunk in chunks:
        lines: list[bytes | None] = []
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            buffer += piece
            lines.append(None if too_long or len(buffer) > MAX_LINE_BYTES else bytes(buffer))
            buffer.clear()
            too_long = False
        buffer += rest
        if len(buffer) > MAX_LINE_BYTES:
            buffer.clear()
            too_long = True
        if lines:
            yield lines
    if too_long or buffer:
        yield [None if too_long else bytes(buffer)]


async def _import_part(importing: Importing, part: list[tuple[int, bytes | None]], *, english: bool) -> list[Result]:
    """Results of these lines; blank ones are counted, but nothing is said of them."""
    read = [_parsed(number, line, english=english) for number, line in part if line is None or line.strip()]
    filed = {result["line"]: result for result in await importing.file([one for one in read if isinstance(one, tuple)])}
    return [filed[one[0]] if isinstance(one, tuple) else one for one in read]


def _parsed(number: int, line: bytes | None, *, english: bool) -> Numbered | Result:
    if line is None:
        limit = f"A line has at most {MAX_LINE_BYTES} bytes." if english else f"每行最多 {MAX_LINE_BYTES} 字节。"
        return failed(number, "too-long", limit)
    try:
        values = strict_json.loads(line.decode())
    except strict_json.TwiceError as error:
        told = f"The key '{error.key}' appears twice." if english else f"字段“{error.key}”出现了两次。"
        return failed(number, "duplicate-key", told)
    except (ValueError, RecursionError) as error:
        return failed(number, "malformed-json", f"Not valid JSON: {error}." if english else "不是有效的 JSON。")
    if not isinstance(values, dict):
        return failed(number, "not-an-object", "A line is one JSON object." if english else "每行须为一个 JSON 对象。")
    return number, values
