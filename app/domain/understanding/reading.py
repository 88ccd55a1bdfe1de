"""Reads the names of the city out of an address or a text: which names, for which reason, and whether they are ours."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding.elsewhere import elsewhere_in, governed, opens_with
from app.domain.understanding.house_numbers import (
    HouseNumbers,
    HouseNumbersError,
    number_after,
    parse_house_numbers,
)
from app.domain.understanding.misspelt import Misspelt
from app.domain.understanding.names import Hit, NameIndex, spelling, stem_of, tidy
from app.domain.understanding.roles import Role, is_beside, roles_in
from app.domain.understanding.variants import area_variants, place_variants

_SURE_LENGTH = 4
"""So many characters that sound alike are no chance, even in a message."""
_READ_LENGTH = 4_000
_MOST_NAMES = 64
"""Of a message so much is read for places: who names more has not said where it is, and must not cost more."""
_GUESSED_LENGTH = 120
"""Misspelt names are only looked for in so many characters: addresses are short."""


@dataclass(frozen=True, slots=True)
class Place:
    """A named spot inside an area (小区, 学校, 道路 …), so that people need not know their division's name.

    `numbers`: which house numbers of a road lie in this area, as `parse_house_numbers` reads them.
    """

    name: str
    area_code: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    numbers: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text: the names, why each stands there, those that only lie near, places elsewhere."""

    text: str
    hits: list[Hit]
    roles: tuple[Role, ...] = ()
    beside: frozenset[Hit] = frozenset()
    elsewhere: bool = False

    def in_role(self, role: Role) -> list[Hit]:
        """The names that stand there for this reason."""
        return [hit for hit, its_role in zip(self.hits, self.roles, strict=False) if its_role is role]


class NameBook:
    """Every name of the city with the areas it may mean, and the house numbers of its roads."""

    def __init__(self, areas: Mapping[str, Area], places: Iterable[Place], lineage: Callable[[str], list[str]]) -> None:
        self._areas = areas
        self._lineage = lineage
        self._names = NameIndex()
        self._segments: defaultdict[str, list[tuple[str, HouseNumbers | None]]] = defaultdict(list)
        self._counties = [_key(area.name) for area in areas.values() if area.level is AreaLevel.COUNTY]
        for area in areas.values():
            for name in (area.name, *area.aliases):
                self._names.add(_key(name), area.code)
        for place in places:
            if place.area_code in areas:
                self._add_place(place)
        for area in areas.values():
            self._names.add_stem(stem_of(_key(area.name)), area.code)
        self._add_variants()
        self._drop_vague()
        self._misspelt = Misspelt(self._names)

    def _add_place(self, place: Place) -> None:
        numbers = _numbers(place)
        above = [self._areas[code] for code in self._lineage(place.area_code)]
        townships = [_key(area.name) for area in above if area.level is AreaLevel.TOWNSHIP]
        for name in map(_key, (place.name, *place.aliases)):
            for form in (name, *place_variants(name, self._counties, townships)):
                self._names.add(form, place.area_code)
                self._segments[form].append((place.area_code, numbers))

    def _add_variants(self) -> None:
        """Names that follow from an area's name, unless they are a name themselves.

        A township's office stands for it (东河街道办事处迎晖社区), even where the house itself is a place.
        """
        follow = [
            (form, area.code)
            for area in self._areas.values()
            for form in area_variants(area, _key(area.name))
            if form not in self._names or area.level is AreaLevel.TOWNSHIP
        ]
        for form, code in follow:
            self._names.add(form, code)

    def _drop_vague(self) -> None:
        """A road of a township whose villages are known by house number means these villages, not the whole township."""
        for name, segments in self._segments.items():
            if any(numbers for _, numbers in segments):
                above = {upper for code, _ in segments for upper in self._lineage(code)[1:]}
                self._names.drop(name, above)

    def read_address(self, address: str) -> Reading:
        """Read an address, where every word is a place."""
        text = tidy(address)[:_READ_LENGTH]
        if not text:
            return Reading("", [])
        hits = self._narrowed(text, self._names.find(spelling(text), loose=True)[:_MOST_NAMES])
        reading = Reading(text, hits, beside=_beside(text, hits))
        if not elsewhere_in(text, hits, address=True) or self._names_county(hits):
            return reading
        # Another city of our name's province may stand before it; two names of ours in a row are no chance.
        ours = (
            any(self._areas[code].level is AreaLevel.TOWNSHIP and not hit.stem for hit in hits for code in hit.codes)
            and len({hit.word for hit in hits}) > 1
        )
        return replace(reading, elsewhere=True) if ours else Reading(text, [], elsewhere=True)

    def read_text(self, text: str, *, normalised: bool) -> Reading:
        """Read a message, where places are named for many reasons."""
        text = (text.replace(" ", "") if normalised else tidy(text))[:_READ_LENGTH]
        hits = self._narrowed(text, self._names.find(spelling(text), loose=False)[:_MOST_NAMES])
        away = elsewhere_in(text, hits, address=False)
        lost = governed(text, hits, away)
        kept = [hit for hit in hits if hit not in lost]
        elsewhere = not kept and (bool(lost) or any(opens_with(text, *span) for span in away))
        return Reading(text, kept, tuple(roles_in(text, kept)), _beside(text, kept), elsewhere)

    def guess(self, reading: Reading, *, in_address: bool) -> Reading:
        """Add the names that are only misspelt; the same reading when there are none.

        In a message ordinary words may sound like a name (请市场 like 青石场): there a likeness needs another name
        beside it, unless it is as long as four characters and sounds the same.
        """
        if reading.elsewhere or not reading.text:
            return reading
        text = spelling(reading.text[:_GUESSED_LENGTH])
        found = self._misspelt.find(text, reading.hits)
        exact = [hit for hit in reading.hits if not any(_covers(guess, hit) for guess in found)]
        kept = [guess for guess in (self._supported(hit, exact, in_address=in_address) for hit in found) if guess]
        if not kept:
            return reading
        exact = [hit for hit in reading.hits if not any(_covers(guess, hit) for guess in kept)]
        hits = sorted([*exact, *self._narrowed(reading.text, kept)], key=lambda hit: hit.start)
        roles = tuple(roles_in(reading.text, hits)) if reading.roles or not reading.hits else ()
        return Reading(reading.text, hits, roles, _beside(reading.text, hits))

    def _supported(self, guess: Hit, others: list[Hit], *, in_address: bool) -> Hit | None:
        """A weak likeness must lie in an area that another name tells; a strong one need not."""
        if not guess.stem and (in_address or (guess.same_sound and guess.length >= _SURE_LENGTH)):
            return guess
        told = {code for hit in others for code in hit.codes if self._areas[code].level is not AreaLevel.COUNTY}
        codes = tuple(code for code in guess.codes if not told.isdisjoint(self._lineage(code)))
        return replace(guess, codes=codes) if codes else None

    def _narrowed(self, text: str, hits: list[Hit]) -> list[Hit]:
        """Keep of a road's areas those that have the house number behind its name."""
        return [self._narrow(text, hit) for hit in hits]

    def _narrow(self, text: str, hit: Hit) -> Hit:
        segments = self._segments.get(hit.word, ())
        if len(segments) < 2 or not any(numbers for _, numbers in segments):
            return hit
        number = number_after(text, hit.end)
        if number is None:
            return hit
        codes = tuple(code for code, numbers in segments if numbers and number in numbers)
        codes = codes or tuple(code for code, numbers in segments if numbers is None)
        return replace(hit, codes=codes or hit.codes)

    def _names_county(self, hits: list[Hit]) -> bool:
        return any(self._areas[code].level is AreaLevel.COUNTY for hit in hits for code in hit.codes)


def _key(name: str) -> str:
    return spelling(tidy(name))


def _numbers(place: Place) -> HouseNumbers | None:
    """The house numbers; what cannot be read counts as not given, it was refused where it was to be written."""
    try:
        return parse_house_numbers(place.numbers) if place.numbers else None
    except HouseNumbersError:
        return None


def _beside(text: str, hits: list[Hit]) -> frozenset[Hit]:
    return frozenset(hit for hit in hits if is_beside(text, hit))


def _covers(outer: Hit, inner: Hit) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
