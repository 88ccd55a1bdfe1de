"""What a random story draws from: when it begins, how long it waits, who acts; and the register of what can happen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from support.random_cast import CADRE, CLERK, MACHINE, UNITS
from support.random_world import ACTIONS
from support.story import city

STARTS = {
    "monday morning": city("2026-11-23 09:00"), "friday closing": city("2026-11-27 17:25"),
    "saturday": city("2026-11-28 12:00"), "eve of the national day": city("2026-09-30 16:50"),
    "eve of the spring festival": city("2026-02-14 17:00"), "new year's eve": city("2026-12-31 23:50"),
    "over http": None,
}  # fmt: skip
SPANS = {
    "a minute": timedelta(minutes=1), "20 minutes": timedelta(minutes=20), "an hour": timedelta(hours=1),
    "half a day": timedelta(hours=5), "a day": timedelta(hours=26), "three days": timedelta(days=3),
    "eight days": timedelta(days=8), "forty days": timedelta(days=40), "to the next alarm": None,
    "to just before the next alarm": timedelta(seconds=-1),
}  # fmt: skip
ROLES = (
    *["lead"] * 6, *["dispatcher"] * 4, *["helper"] * 4, *["supervisor"] * 3, *["discipline"] * 3, *["callback"] * 2,
    *["named"] * 2, "operator", "operator", "expert", "expert", "above", "auditor", "admin", CLERK, CADRE, MACHINE, "unit-forestry", *(f"unit-{unit}" for unit in UNITS),
)  # fmt: skip
NEXT = {
    "received": ("dispatcher", "request", "dispatch"), "assigned": ("lead", "order", "accept"),
    "in_progress": ("lead", "order", "submit"), "on_hold": ("dispatcher", "request", "resume"),
    "resolved": ("callback", "request", "callbacks"), "rated": ("callback", "request", "close"),
    "closed": ("supervisor", "request", "reopen"), "merged": ("dispatcher", "request", "unmerge"),
}  # fmt: skip
ODD = 7
"""So many actions are tried at the end of each story, others in each."""
DULL = ("reveal", "classify", "supplements", "progress")
"""What nearly everybody is offered nearly always."""
OF_UNIT = ("contact", "progress", "assist", "return", "hold", "extend", "delegate", "whistle", "submit")
which, pick = st.integers(0, 4), st.integers(0, 11)
roles, actions = st.sampled_from(ROLES), st.sampled_from(ACTIONS)
Event = Callable[..., None]
EVENTS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {}
"""What can happen: how often among others, and with which arguments."""


def event(weight: int, **arguments: st.SearchStrategy[Any]) -> Callable[[Event], Event]:
    """Let a method of `Lives` be something that happens."""

    def known(method: Event) -> Event:
        EVENTS[method.__name__] = weight, arguments
        return method

    return known


def anything() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """One of the registered events, by weight, with its arguments."""
    names = [name for name, (weight, _) in EVENTS.items() for _ in range(weight)]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), st.fixed_dictionaries(EVENTS[name][1])))
