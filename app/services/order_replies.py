"""Checks a unit's reply before it goes to review, also against what the unit wrote before. It never blocks."""

from datetime import datetime
from typing import Any

from app.domain.actors import Actor
from app.domain.reply_quality import check_reply
from app.services.installation import Installation
from app.services.replies import check_view, matter_of
from app.services.work_orders import read_order

EARLIER = 20
"""How many of a unit's latest replies a new one is compared with."""
_EARLIER = """
SELECT result FROM work_order WHERE unit_code = $1 AND work_order_no <> $2 AND result IS NOT NULL ORDER BY id DESC LIMIT $3
"""


async def check_order_reply(
    here: Installation, actor: Actor, order_no: str, reply: str, now: datetime
) -> dict[str, Any]:
    """What a reviewer would say of `reply` to an order that the actor may read; two statements. Raises NotFoundError."""
    order = await read_order(here, actor, order_no, now)
    async with here.database.connection() as connection:
        rows = await connection.fetch(_EARLIER, order["unit"]["code"], order_no, EARLIER)
    return check_view(check_reply(matter_of(order), reply, [row["result"] for row in rows]))
