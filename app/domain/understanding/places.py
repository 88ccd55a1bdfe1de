"""Finds where a matter is, from the deploying city's own names of areas and places.

National address libraries put a 朝阳区 wherever it is most famous; a city knows its own. The same village name
lives in several townships, so where the words leave two answers the caller is asked, never guessed at.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding.boundaries import AreaMap, PointMatch
from app.domain.understanding.names import Hit
from app.domain.understanding.reading import NameBook, Place, Reading
from app.domain.understanding.roles import Role

__all__ = ["Alternative", "Gazetteer", "Place", "PlaceMatch"]
_MAX_ALTERNATIVES = 5
_DEPTH = {AreaLevel.COUNTY: 0, AreaLevel.TOWNSHIP: 1, AreaLevel.VILLAGE: 2, AreaLevel.GRID: 3}
_ROLES = tuple(sorted(Role, reverse=True))
_ON_THE_MAP = "地图位置"
Support = tuple[float, ...]
"""How many names fit an area: those of the address, then of the text by role, the weightiest first."""


class Alternative(NamedTuple):
    """An area to choose from: its code, the names from the county down, and the words that speak for it."""

    code: str
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """The area found (None: unknown or to be asked), how sure, the names read, and the areas to choose from.

    `outside`: the words or the point tell of a place that is not in the city.
    """

    area_code: str | None
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    outside: bool = False


_NOWHERE = PlaceMatch(None, 0.0, (), ())


class Gazetteer:
    """The names of one city's areas and places, ready to be found in a text, and the areas' shapes."""

    def __init__(self, areas: Iterable[Area], places: Iterable[Place]) -> None:
        """Index the active areas and the places inside them."""
        self._areas = {area.code: area for area in areas if area.active}
        self._lineages: dict[str, list[str]] = {}
        self._book = NameBook(self._areas, places, self._lineage)
        self._map = AreaMap(self._areas.values())

    def path(self, area_code: str) -> tuple[str, ...]:
        """Return the names from the county down to the area; empty for an unknown code."""
        return tuple(self._areas[code].name for code in reversed(self._lineage(area_code)))

    def at(self, lat: float, lon: float) -> PointMatch:
        """Return the area at a point of the map (degrees, WGS 84 or whatever the gazetteer is drawn in)."""
        return self._map.at(lat, lon)

    def find(self, address: str | None, text: str, *, tidy: bool = False) -> PlaceMatch:
        """Return the most specific area that the names in `address`, then in `text`, agree on.

        A name that several areas bear is settled by another name (a township, a place) or left open. What the
        address says outweighs the text; the text may only refine it, the place of the matter before the place
        where the caller lives. Where exact names lead to no village, misspelt ones are looked for. `tidy`: `text`
        is normalised already.
        """
        where, said = self._book.read_address(address or ""), self._book.read_text(text, normalised=tidy)
        match = self._judge(where, said)
        if match.area_code and not match.alternatives and self._depth(match.area_code) >= _DEPTH[AreaLevel.VILLAGE]:
            return match
        guessed_where = self._book.guess(where, in_address=True)
        guessed_said = said if where.text else self._book.guess(said, in_address=False)
        if guessed_where is where and guessed_said is said:
            return match
        return self._judge(guessed_where, guessed_said)

    def locate(self, address: str | None, text: str, point: tuple[float, float] | None) -> PlaceMatch:
        """Hold the words against a point (lat, lon) of the map.

        The point settles what the words leave open; where both agree it is surer; where they do not, ask.
        """
        words = self.find(address, text, tidy=True)
        if point is None:
            return words
        there = self.at(*point)
        if there.area_code is None:
            return replace(words, outside=words.outside or (there.outside and words.area_code is None))
        return self._with_point(words, there, there.area_code)

    def _with_point(self, words: PlaceMatch, there: PointMatch, code: str) -> PlaceMatch:
        open_to = {alternative.code for alternative in words.alternatives}
        if code in open_to:
            return PlaceMatch(code, there.confidence, (*words.evidence, _ON_THE_MAP), ())
        if words.area_code is None and not open_to:
            others = self._choices((code, *there.others), []) if there.others else ()
            return PlaceMatch(code, there.confidence, (_ON_THE_MAP,), others)
        if words.area_code and not open_to:
            evidence = (*words.evidence, _ON_THE_MAP)
            if code in self._lineage(words.area_code):
                return replace(words, confidence=round(min(0.99, words.confidence + 0.05), 2), evidence=evidence)
            if words.area_code in self._lineage(code):
                return PlaceMatch(code, there.confidence, evidence, ())
        rivals = [*sorted(open_to), *([words.area_code] if words.area_code and not open_to else []), code]
        shared = self._shared(rivals)
        choices = (*(words.alternatives or self._choices(rivals[:-1], [], "、".join(words.evidence))),)
        choices = (*choices[: _MAX_ALTERNATIVES - 1], *self._choices([code], [], _ON_THE_MAP))
        return PlaceMatch(shared, 0.6 if shared else 0.0, words.evidence, choices)

    def _judge(self, where: Reading, said: Reading) -> PlaceMatch:
        hits = [*where.hits, *said.hits]
        support = self._support(where, said) if hits else {}
        if not support:
            return replace(_NOWHERE, outside=where.elsewhere or said.elsewhere)
        most = max(support.values())
        leaders = self._most_specific(code for code, worth in support.items() if worth == most)
        if len(leaders) == 1:
            return self._answer(leaders[0], where, said)
        choices = self._choices(leaders, hits)
        shared = self._shared(leaders)
        named = [hit for hit in hits if not set(leaders).isdisjoint(hit.codes)]
        return PlaceMatch(shared, 0.6 if shared else 0.0, _words(named), choices)

    def _support(self, where: Reading, said: Reading) -> dict[str, Support]:
        """Return for each area named how many of the names fit it: first those of the address, then the text.

        A name fits an area when it may mean that area or one above it.
        """
        named = dict.fromkeys(code for hit in (*where.hits, *said.hits) for code in hit.codes)
        tiers = [where.hits, *(said.in_role(role) for role in _ROLES)]
        beside = where.beside | said.beside
        support = {}
        for code in named:
            lineage = set(self._lineage(code))
            support[code] = tuple(_fitting(tier, lineage, beside) if tier else 0.0 for tier in tiers)
        return support

    def _most_specific(self, codes: Iterable[str]) -> list[str]:
        """Drop every code that lies above another one of `codes`; keep all where parents run in a circle."""
        kept = list(codes)
        above = {code for lower in kept for code in self._lineage(lower)[1:]}
        return [code for code in kept if code not in above] or kept

    def _answer(self, code: str, where: Reading, said: Reading) -> PlaceMatch:
        lineage = set(self._lineage(code))
        hits = [hit for hit in (*where.hits, *said.hits) if lineage.intersection(hit.codes)]
        own = [hit for hit in hits if code in hit.codes]
        confidence = 0.9 if any(not hit.stem and not hit.misread for hit in own) else 0.65
        confidence += 0.07 if len({hit.word for hit in hits}) > 1 else 0.0
        if not any(hit in where.hits for hit in own):
            confidence -= 0.1
        if all(hit in where.beside or hit in said.beside for hit in own):
            confidence -= 0.05
        if where.elsewhere:
            confidence -= 0.2
        if self._areas[code].level is AreaLevel.COUNTY:
            confidence = 0.5
        return PlaceMatch(code, round(confidence, 2), _words(hits), ())

    def _shared(self, rivals: list[str]) -> str | None:
        """What all rivals lie in, if that is a township or less."""
        shared = Counter(code for rival in rivals for code in self._lineage(rival))
        common = [code for code in self._lineage(rivals[0]) if shared[code] == len(rivals)]
        return next((code for code in common if self._depth(code) >= _DEPTH[AreaLevel.TOWNSHIP]), None)

    def _choices(self, codes: Iterable[str], hits: list[Hit], why: str = "") -> tuple[Alternative, ...]:
        return tuple(
            Alternative(code, self.path(code), why or "、".join(_words([hit for hit in hits if code in hit.codes])))
            for code in sorted(codes)[:_MAX_ALTERNATIVES]
        )

    def _depth(self, code: str) -> int:
        return _DEPTH[self._areas[code].level]

    def _lineage(self, code: str) -> list[str]:
        """The code and those above it, the lowest first, not to be changed; a broken or circular parent ends the list."""
        lineage = self._lineages.get(code)
        if lineage is None:
            lineage = []
            step: str | None = code
            while step is not None and step in self._areas and step not in lineage:
                lineage.append(step)
                step = self._areas[step].parent_code
            if lineage:
                self._lineages[code] = lineage
        return lineage


def _fitting(hits: list[Hit], lineage: set[str], beside: frozenset[Hit]) -> float:
    """Count the distinct names that fit; a bare stem (和平 for 和平村) counts less than a name in full."""
    worth = {hit.word: _worth(hit, hit in beside) for hit in hits if not lineage.isdisjoint(hit.codes)}
    return round(sum(worth.values()), 2)


def _worth(hit: Hit, beside: bool) -> float:
    worth = 0.7 if hit.misread else 0.6 if hit.stem else 1.0
    return worth - 0.1 if beside else worth


def _words(hits: list[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.word for hit in hits))
