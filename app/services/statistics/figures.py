"""From counts to figures: every rate with its numerator and denominator, ratings raw and adjusted (domain guide §8).

A rate without a base is None, never 0 or 1: nothing can be said yet.
"""

from collections.abc import Mapping
from typing import Any

OPEN = ("received", "assigned", "in_progress", "on_hold")


def figures(counts: Mapping[str, Any], weights: tuple[float, float, float]) -> dict[str, Any]:
    """All figures of one group; `weights` are those of response, resolution and satisfaction in the composite."""

    def n(name: str) -> Any:
        return counts.get(name) or 0

    states = dict(sorted(n("states").items())) if n("states") else {}
    response = rate(n("contact_in_time"), n("dispatched"))
    raw, fair = _ratings(counts, "raw"), _ratings(counts, "fair")
    return {
        "requests": {
            "filed": n("filed"),
            "open": sum(states.get(state, 0) for state in OPEN),
            "finished": n("finished"),
            "states": states,
        },
        "response": response,
        "raw": {**raw, "composite": composite(weights, response, raw)},
        "adjusted": {**fair, "composite": composite(weights, response, fair)},
        "ratings_excluded": n("raw_valid") - n("fair_valid"),
        "on_time": {
            clock: rate(n(f"{clock}_in_time"), n(f"{clock}_decided")) for clock in ("accept", "contact", "resolve")
        },
        "orders": {
            "dispatched": n("dispatched"),
            "withdrawn": n("withdrawn"),
            "states": dict(sorted(n("order_states").items())) if n("order_states") else {},
        },
        "overdue_now": {"dispatch": n("undispatched"), "orders": n("overdue")},
        "returns": {"asked": n("return_asked"), "approved": n("returned")},
        "wrong_dispatch": rate(n("misdirected"), n("dispatched") + n("returned")),
        "forced": n("forced"),
        "escalated": n("escalated"),
        "extensions": n("extensions"),
        "holds": n("holds"),
        "redo": {
            "requests": n("redone"),
            "rounds": n("redo_rounds"),
            "one_round": rate(n("finished_at_once"), n("finished")),
            "earlier_ratings": _ratings(counts, "earlier"),
        },
        "repeat_callers": {"callers": n("callers"), "requests": n("calls")},
        "handling_hours": {"mean": _rounded(counts.get("mean_hours")), "p90": _rounded(counts.get("p90_hours"))},
        "slips": {"issued": n("slips"), "open": n("slips_open"), "overdue": n("slips_overdue")},
    }


def rate(numerator: float, denominator: int) -> dict[str, Any]:
    """A rate with what it is made of."""
    found = round(numerator / denominator, 4) if denominator else None
    return {"numerator": numerator, "denominator": denominator, "rate": found}


def composite(
    weights: tuple[float, float, float], response: Mapping[str, Any], ratings: Mapping[str, Any]
) -> float | None:
    """The weighted mean of the three rates; None while one of them has no base."""
    rates = (response["rate"], ratings["resolution"]["rate"], ratings["satisfaction"]["rate"])
    if None in rates or not sum(weights):
        return None
    weighted: float = sum(weight * value for weight, value in zip(weights, rates, strict=True))
    return round(weighted / sum(weights), 4)


def _ratings(counts: Mapping[str, Any], which: str) -> dict[str, Any]:
    valid, partly = counts.get(f"{which}_valid", 0), counts.get(f"{which}_partly", 0)
    return {
        "resolution": rate(counts.get(f"{which}_yes", 0) + partly / 2, valid),
        "satisfaction": rate(counts.get(f"{which}_satisfied", 0), valid),
    }


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 2)
