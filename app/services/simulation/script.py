"""What the simulated people say: texts of the demo data, and how often they do what."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.schemas import steps
from app.services.seeding.files import read_toml


@cache
def material() -> dict[str, Any]:
    """The texts of `demo_city/lives.toml`."""
    return read_toml("demo_city/lives.toml")


@dataclass(frozen=True, slots=True)
class Habits:
    """How often what happens; shares of one."""

    answered_at_once: float = 0.5
    redispatched: float = 0.04
    progress_told: float = 0.6
    sent_back: float = 0.07
    rated_online: float = 0.25
    call_unanswered: float = 0.15
    call_refused: float = 0.02
    outcomes: tuple[tuple[str, int], ...] = (("solved", 70), ("partly", 10), ("explained", 14), ("unsolved", 6))
    satisfaction: tuple[tuple[int, int], ...] = ((5, 55), (4, 25), (3, 12), (2, 5), (1, 3))


def pick_outcome(habits: Habits, rng: random.Random) -> str:
    """How a unit's work ends."""
    names, weights = zip(*habits.outcomes, strict=True)
    return str(rng.choices(names, weights)[0])


def rating(habits: Habits, outcome: str | None, rng: random.Random) -> steps.Rating:
    """What the citizen says; an unsolved matter pleases less."""
    scores, weights = zip(*habits.satisfaction, strict=True)
    score = int(rng.choices(scores, weights)[0])
    if outcome == "unsolved":
        score = max(1, score - 2)
    resolved = "yes" if score >= 4 else "partly" if score == 3 else rng.choice(("no", "partly"))
    comment = rng.choice(material()["comments"][str(score)]) if rng.random() < 0.5 else None
    return steps.Rating(
        resolved=steps.Resolved(resolved), satisfaction=score, contacted_in_time=rng.random() < 0.95, comment=comment
    )
