"""Figures as clients see them: every rate with its numerator and denominator."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field

from app.schemas.answers.common import Answer, example
from app.schemas.statistics import Dimension, Step


class Rate(Answer):
    """A rate with what it is made of; null without a base."""

    numerator: float
    denominator: int
    rate: float | None = Field(ge=0, le=1)


class Ratings(Answer):
    """What citizens say: resolution (partly counts half) and satisfaction (3 of 5 and better)."""

    resolution: Rate
    satisfaction: Rate


class Marks(Ratings):
    """Ratings with the weighted mean of response, resolution and satisfaction."""

    composite: float | None = Field(description="Null while one of the three has no base.")


class RequestFigures(Answer):
    """Requests filed in the period; of a unit: those that it leads now."""

    filed: int
    open: int
    finished: int = Field(description="Resolved, rated or closed.")
    states: dict[str, int]


class OrderFigures(Answer):
    """Lead orders of these requests."""

    dispatched: int = Field(description="Without those withdrawn or returned.")
    withdrawn: int
    states: dict[str, int]


class OnTime(Answer):
    """In time of those decided: done, or too late already. What still may be in time counts for nobody."""

    accept: Rate
    contact: Rate
    resolve: Rate


class Overdue(Answer):
    """What is too late at this moment."""

    dispatch: int
    orders: int


class Returns(Answer):
    """Applications to return an order."""

    asked: int
    approved: int


class Redo(Answer):
    """What had to be done again; ratings of rounds before the last count only here."""

    requests: int
    rounds: int
    one_round: Rate = Field(description="Finished in the first round, of all finished.")
    earlier_ratings: Ratings


class RepeatCallers(Answer):
    """Numbers that filed twice and more in the period."""

    callers: int
    requests: int


class Hours(Answer):
    """From filing to the result, by the wall clock."""

    mean: float | None
    p90: float | None


class Slips(Answer):
    """Rectification slips."""

    issued: int
    open: int
    overdue: int


class FiguresView(Answer):
    """All figures of a group of requests."""

    requests: RequestFigures
    response: Rate = Field(description="Contacted in time, of all orders dispatched.")
    raw: Marks = Field(description="All valid ratings, the last round's.")
    adjusted: Marks = Field(description="Without the ratings that were excluded with a reason.")
    ratings_excluded: int
    on_time: OnTime
    orders: OrderFigures
    overdue_now: Overdue
    returns: Returns
    wrong_dispatch: Rate = Field(description="Returned as not its duty or not its area, of dispatched and returned.")
    forced: int = Field(description="Orders that might not be returned any more (强制指派).")
    escalated: int = Field(description="Orders so late that a supervisor was told.")
    extensions: int = Field(description="Extensions granted.")
    holds: int = Field(description="Holds granted.")
    redo: Redo
    repeat_callers: RepeatCallers
    handling_hours: Hours
    slips: Slips


def _rate(numerator: float, denominator: int) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "rate": round(numerator / denominator, 4)}


_RAW = {"resolution": _rate(371.5, 400), "satisfaction": _rate(378, 400)}
_FAIR = {"resolution": _rate(371.5, 396), "satisfaction": _rate(378, 396)}
FIGURES: dict[str, Any] = {
    "requests": {
        "filed": 640,
        "open": 130,
        "finished": 492,
        "states": {"assigned": 130, "closed": 492, "declined": 18},
    },
    "response": _rate(540, 560),
    "raw": {**_RAW, "composite": 0.9451},
    "adjusted": {**_FAIR, "composite": 0.9517},
    "ratings_excluded": 4,
    "on_time": {"accept": _rate(549, 558), "contact": _rate(540, 555), "resolve": _rate(470, 488)},
    "orders": {"dispatched": 560, "withdrawn": 12, "states": {"completed": 452, "pending": 108, "withdrawn": 12}},
    "overdue_now": {"dispatch": 0, "orders": 3},
    "returns": {"asked": 21, "approved": 14},
    "wrong_dispatch": _rate(9, 574),
    "forced": 1,
    "escalated": 2,
    "extensions": 11,
    "holds": 2,
    "redo": {
        "requests": 17,
        "rounds": 19,
        "one_round": _rate(475, 492),
        "earlier_ratings": {"resolution": _rate(1.5, 19), "satisfaction": _rate(2, 19)},
    },
    "repeat_callers": {"callers": 22, "requests": 51},
    "handling_hours": {"mean": 38.25, "p90": 96.5},
    "slips": {"issued": 3, "open": 1, "overdue": 0},
}
PERIOD = {
    "from": "2026-11-01T00:00:00+08:00",
    "to": "2026-11-23T17:30:00+08:00",
    "as_of": "2026-11-23T17:30:00+08:00",
}


class About(Answer):
    """The period in the city's zone."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    as_of: AwareDatetime


class Summary(About):
    """How it stands."""

    model_config = example(**PERIOD, figures=FIGURES)
    figures: FiguresView


class LeagueRow(Answer):
    """One of those compared."""

    key: str | None = Field(description="Code of the unit, area or category, or the kind or channel; null: none.")
    name: str | None
    figures: FiguresView


class LeagueTable(About):
    """Who is how good, by the adjusted composite."""

    model_config = example(
        **PERIOD, by="unit", total=1, items=[{"key": "water", "name": "云岭市自来水公司", "figures": FIGURES}]
    )
    by: Dimension
    total: int = Field(description="Rows there are; the answer has at most `limit` of them.")
    items: list[LeagueRow]


class TrendRow(Answer):
    """One piece of time."""

    start: date = Field(description="Its first day in the city.")
    figures: FiguresView


class TrendLine(About):
    """How it went, oldest first, without gaps."""

    model_config = example(**PERIOD, by="day", items=[{"start": "2026-11-01", "figures": FIGURES}])
    by: Step
    items: list[TrendRow]
