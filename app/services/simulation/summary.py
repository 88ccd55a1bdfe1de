"""What came out: counts by state, on-time rates, satisfaction; the figures of `services/statistics`, over all time."""

from datetime import datetime
from typing import Any

from app.domain.actors import SYSTEM
from app.services.installation import Installation
from app.services.statistics.report import figures_of
from app.services.statistics.scope import Scope


async def summary(here: Installation, now: datetime) -> dict[str, Any]:
    """The figures of the whole installation; a rate without a base is None."""
    figures = await figures_of(here, SYSTEM, Scope(), now)
    on_time, raw = figures["on_time"], figures["raw"]
    return {
        "requests": figures["requests"]["states"],
        "work_orders": figures["orders"]["states"],
        "on_time": {
            "accept": on_time["accept"]["rate"],
            "contact": figures["response"]["rate"],
            "resolve": on_time["resolve"]["rate"],
        },
        "callbacks": {
            "valid": raw["satisfaction"]["denominator"],
            "resolution_rate": raw["resolution"]["rate"],
            "satisfaction_rate": raw["satisfaction"]["rate"],
        },
    }
