"""What returns and re-dispatches teach about the rules: matters that keep coming back from a unit and end with another.

A lesson never overrides a rule: the rule's unit keeps its place, the unit that kept the matters stands beside it, and
a person decides. Lessons are drawn anew from the corrections each time, so nothing is learned that cannot be shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.catalogue import Unit
from app.domain.proportions import ONE_SIDED_90, wilson_lower
from app.domain.routing import Avoid, Route

MIN_WENT, MIN_ENDED, MIN_SHARE = 5, 3, 0.25
"""A lesson speaks from 3 of 5 matters on, while the weighted share of those that moved is surely above a quarter."""
ANYWHERE = "any"
_BETWEEN = "~"
"""Stands in no code, and needs no quoting in a URL."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Matters of a category at an area that a unit was to handle, and where they are.

    `moved`: the unit gave them back or lost them; `unit_after` has them now (None: nobody yet). `weight`: the cases,
    each halved for every half-life of its age.
    """

    category_code: str
    area_code: str | None
    unit_before: str
    moved: bool
    unit_after: str | None
    cases: int
    weight: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """Of the `went` matters that went to `unit_before`, `came_back` moved and `ended` are with `unit_after`.

    `area_code`: a township, or None for the whole city; `endings`: all units where moved ones ended.
    """

    category_code: str
    area_code: str | None
    unit_before: str
    unit_after: str
    went: int
    came_back: int
    ended: int
    weight_went: float
    weight_ended: float
    endings: tuple[tuple[str, int], ...]
    days: int

    @property
    def key(self) -> str:
        """What names it in URLs: category, place and the two units; evidence may come and go."""
        return lesson_key(self.category_code, self.area_code, self.unit_before, self.unit_after)

    @property
    def bound(self) -> float:
        """The share of matters that end with the other unit is at least this, recent ones weighing more."""
        return wilson_lower(self.weight_ended, self.weight_went, ONE_SIDED_90)

    @property
    def share(self) -> float:
        """The likely share, below 1 however few the cases."""
        return self.weight_ended / (self.weight_went + 1)

    @property
    def proven(self) -> bool:
        """Whether the evidence is enough to speak."""
        return self.went >= MIN_WENT and self.ended >= MIN_ENDED and self.bound >= MIN_SHARE

    def reason(self, units: Mapping[str, Unit]) -> str:
        """The sentence that a dispatcher reads."""
        before, after = (units[code].name if code in units else code for code in (self.unit_before, self.unit_after))
        where = "本乡镇（街道）" if self.area_code else ""
        return f"近{self.days}天{where}同类诉求{self.went}件中{self.ended}件由{before}退回或改派后转{after}办理"


def lesson_key(category_code: str, area_code: str | None, unit_before: str, unit_after: str) -> str:
    """The key of a lesson; `any` for the whole city."""
    return _BETWEEN.join((category_code, area_code or ANYWHERE, unit_before, unit_after))


def parse_key(key: str) -> tuple[str, str | None, str, str] | None:
    """The four parts of a key; None when it is none."""
    parts = key.split(_BETWEEN)
    if len(parts) != 4 or not all(parts):
        return None
    return parts[0], None if parts[1] == ANYWHERE else parts[1], parts[2], parts[3]


Against = tuple[str, str | None, str]
"""Category, township (None: the whole city) and the unit that matters went to."""


@dataclass(frozen=True, slots=True)
class LessonBook:
    """All lessons of the moment by their keys, those dismissed by people among them; `went`: how many cases are known."""

    lessons: Mapping[str, Lesson] = field(default_factory=dict)
    went: Mapping[Against, int] = field(default_factory=dict)
    of: Mapping[Against, Sequence[Lesson]] = field(default_factory=dict)
    dismissed: frozenset[str] = frozenset()

    def about(self, category_code: str, area_path: Sequence[str], unit_code: str) -> list[Lesson]:
        """What speaks against sending such a matter to the unit, the strongest first.

        The narrowest place with enough cases decides, also by saying nothing: what holds elsewhere is not asked then.
        """
        for place in (*reversed(area_path), None):
            if self.went.get((category_code, place, unit_code), 0) >= MIN_WENT:
                return self._speaking(category_code, place, unit_code)
        return []

    def _speaking(self, category_code: str, place: str | None, unit_code: str) -> list[Lesson]:
        found = [lesson for lesson in self.of.get((category_code, place, unit_code), ()) if self.speaks(lesson)]
        return sorted(found, key=lambda lesson: (-lesson.bound, lesson.unit_after))

    def speaks(self, lesson: Lesson) -> bool:
        """Whether it is proven and nobody dismissed it."""
        return lesson.proven and lesson.key not in self.dismissed


EMPTY = LessonBook()


@dataclass(slots=True)
class _Tally:
    went: int = 0
    weight: float = 0.0
    moved: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    weight_ended: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    places: defaultdict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))

    def add(self, outcome: Outcome, place: str | None) -> None:
        self.went += outcome.cases
        self.weight += outcome.weight
        if not outcome.moved:
            return
        self.moved += outcome.cases
        if outcome.unit_after and outcome.unit_after != outcome.unit_before:
            self.ended[outcome.unit_after] += outcome.cases
            self.weight_ended[outcome.unit_after] += outcome.weight
            self.places[outcome.unit_after].add(place)


def draw_lessons(
    outcomes: Iterable[Outcome],
    township_of: Callable[[str | None], str | None],
    days: int,
    dismissed: Iterable[str] = (),
) -> LessonBook:
    """Lessons for each township and for the whole city, from outcomes of the last `days` days.

    What one township alone teaches is not taken for the whole city.
    """
    tallies: defaultdict[Against, _Tally] = defaultdict(_Tally)
    for outcome in outcomes:
        township = township_of(outcome.area_code)
        for place in {township, None}:
            tallies[outcome.category_code, place, outcome.unit_before].add(outcome, township)
    of: dict[Against, list[Lesson]] = {}
    for (category, place, before), tally in tallies.items():
        for after, ended in tally.ended.items():
            known = {township for township in tally.places[after] if township}
            if place is None and len(tally.places[after]) == 1 and known:
                continue
            lesson = Lesson(
                category, place, before, after, tally.went, tally.moved, ended, tally.weight,
                tally.weight_ended[after], tuple(tally.ended.most_common(5)), days,
            )  # fmt: skip
            of.setdefault((category, place, before), []).append(lesson)
    return LessonBook(
        {lesson.key: lesson for lessons in of.values() for lesson in lessons},
        {against: tally.went for against, tally in tallies.items()},
        of,
        frozenset(dismissed),
    )


def heed(
    routes: Sequence[Route], book: LessonBook, area_path: Sequence[str], units: Mapping[str, Unit], avoid: Avoid,
    most: int = 3,
) -> list[Route]:  # fmt: skip
    """The routes with what lessons say about the first of them; it stays the first.

    A unit that kept such matters comes right after it, with its part of the confidence; closed units and those that
    may not have the matter (回避) are not proposed.
    """
    if not routes:
        return []
    first, others = routes[0], {route.unit.code: route for route in routes[1:]}
    found: list[Route] = []
    for lesson in book.about(first.category_code, area_path, first.unit.code):
        unit = units.get(lesson.unit_after)
        if unit is None or not unit.active or avoid(unit.code) or len(found) == most - 1:
            continue
        there = others.pop(unit.code, None)
        part = first.confidence * lesson.share
        found.append(
            Route(
                unit,
                min(part + (there.confidence if there else 0.0), 1.0),
                lesson.reason(units),
                there.rule_id if there else None,
                there.avoided if there else False,
                there.category_code if there else first.category_code,
                lesson.key,
            )
        )
        first = replace(first, confidence=first.confidence - part)
    return [first, *found, *others.values()][:most]
