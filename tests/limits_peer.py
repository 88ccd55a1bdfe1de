"""A life told by a process of its own, whose machine stands in another time zone: prints the instants it was given.

Run as `python tests/limits_peer.py`, with settings in the environment; `test_calendar_truth.py` compares.
"""

import asyncio
import json
import time
from datetime import datetime
from types import SimpleNamespace

from app.core.clock import now
from app.services.installation import open_installation
from app.settings import get_settings
from support.story import UNIT, city, handled, resolved


async def tell() -> dict[str, object]:
    """Limits given just before midnight and a holiday, a hold's last moment, days and half-days as the city has them."""
    settings = get_settings()
    async with open_installation(settings.database_url, settings) as here:
        api = SimpleNamespace(here=here)
        late = await handled(api, city("2026-09-29 23:59"))
        held = await handled(api, city("2026-09-30 09:00"))
        await held.step("dispatcher", "request/hold", reason="待放晴", review_on="2026-10-10")
        await held.until(city("2026-10-09 23:59"))
        asleep = (await held.rows("work_order"))[0]["held_at"] is not None
        await held.until(city("2026-10-10 00:00"))
        rung = await resolved(api, city("2026-09-28 09:00"))
        for rung.at in (city("2026-09-28 11:59"), city("2026-09-28 12:00")):
            await rung.step("callback", "request/callbacks", outcome="no_answer")
        orders = [(await story.rows("work_order"))[0] for story in (late, held)]
        async with here.database.connection() as connection:
            attempts = await connection.fetchval(
                "SELECT callback_attempts FROM service_request WHERE ticket_no = $1", rung.ticket
            )
        return {
            "unit": UNIT,
            "ticket_day": late.ticket[:8],
            "limits": [_instants(order) for order in orders],
            "asleep_until_the_day": asleep,
            "attempts": attempts,
            "aware": now().utcoffset() is not None,
        }


def _instants(order: dict[str, object]) -> dict[str, str]:
    return {
        name: value.timestamp().hex()
        for name, value in order.items()
        if name.endswith(("_due_at", "_soon_at", "_notice_at", "_escalate_at")) and isinstance(value, datetime)
    }


if __name__ == "__main__":
    print(json.dumps({**asyncio.run(tell()), "zone": time.tzname[0]}))
