"""What every refusal looks like, whatever was wrong: a problem document in the reader's language."""

import re
from typing import Any

import httpx

from app.models import metadata
from support.api import Api

CODE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
CHINESE = re.compile(r"[一-鿿]")
ENGLISH = {"Accept-Language": "en"}
UNCOUNTED = {"throttle", "alembic_version"}


def problem(answer: httpx.Response, status: int | set[int] | None = None) -> dict[str, Any]:
    """The document, once its shape and language are right; `status` is what it should be."""
    where = (str(answer.request.url)[:200], answer.request.method, answer.status_code, answer.text[:300])
    assert 400 <= answer.status_code < 500, where
    if status is not None:
        assert answer.status_code in (status if isinstance(status, set) else {status}), where
    assert answer.headers["content-type"] == "application/problem+json", where
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= body.keys(), where
    assert body["status"] == answer.status_code, where
    assert CODE.fullmatch(body["code"]), where
    assert body["type"].endswith(body["code"]), where
    english = answer.request.headers.get("accept-language") == "en"
    for error in body.get("errors", []):
        assert set(error) == {"pointer", "code", "message"}, where
        assert CODE.fullmatch(error["code"]), where
        assert error["pointer"] == "" or error["pointer"].startswith("/"), where
    for said in (body["title"], body["detail"], *(error["message"] for error in body.get("errors", []))):
        assert bool(CHINESE.search(said)) is not english, (*where, said)
        assert english or " or " not in said, (*where, said)
    return body


async def fingerprint(api: Api) -> tuple[Any, ...]:
    """How much is written: rows of every table and the sum of all versions."""
    tables = [name for name in sorted(metadata.tables) if name not in UNCOUNTED]
    counts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in tables)
    async with api.here.database.connection() as connection:
        row = await connection.fetchrow(
            f"SELECT {counts}, (SELECT sum(version) FROM service_request), (SELECT sum(version) FROM work_order)"
        )
    return tuple(row or ())
