"""Erasing a person from clusters: the count stays, who asked does not."""

from datetime import datetime

from app.core.database import Connection

_FORGET = """
UPDATE cluster_member SET caller_hash = sha256(convert_to('erased ' || request_id, 'UTF8')) WHERE request_id = ANY($1)
"""
"""Somebody, told apart from all others, and nobody's phone."""


async def forget_callers(connection: Connection, request_ids: list[int], _at: datetime) -> None:
    """Forget by which phone these requests came."""
    await connection.execute(_FORGET, request_ids)
