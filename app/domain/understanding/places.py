"""Finds where a matter is, from the deploying city's own names of areas and places.

National address libraries put a 朝阳区 wherever it is most famous; a city knows its own. The same village name
lives in several townships, so where the words leave two answers the caller is asked, never guessed at.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding.names import Hit, NameIndex, stem_of
from app.domain.understanding.normalise import normalise

_MAX_ALTERNATIVES = 5
_DEPTH = {AreaLevel.COUNTY: 0, AreaLevel.TOWNSHIP: 1, AreaLevel.VILLAGE: 2, AreaLevel.GRID: 3}


@dataclass(frozen=True, slots=True)
class Place:
    """A named spot inside an area (小区, 学校, 道路 …), so that people need not know their division's name."""

    name: str
    area_code: str
    aliases: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """The area found (None: unknown or to be asked), how sure, the names read, and the areas to choose from.

    Each alternative is an area code with the names from the county down.
    """

    area_code: str | None
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[tuple[str, tuple[str, ...]], ...]


class Gazetteer:
    """The names of one city's areas and places, ready to be found in a text."""

    def __init__(self, areas: Iterable[Area], places: Iterable[Place]) -> None:
        """Index the active areas by name, by name without suffix and by alias, and the places inside them."""
        self._areas = {area.code: area for area in areas if area.active}
        self._names = NameIndex()
        for area in self._areas.values():
            for name in (area.name, *area.aliases):
                self._names.add(normalise(name), area.code)
        for place in places:
            if place.area_code in self._areas:
                for name in (place.name, *place.aliases):
                    self._names.add(normalise(name), place.area_code)
        for area in self._areas.values():
            self._names.add_stem(stem_of(normalise(area.name)), area.code)

    def path(self, area_code: str) -> tuple[str, ...]:
        """Return the names from the county down to the area; empty for an unknown code."""
        return tuple(self._areas[code].name for code in reversed(self._lineage(area_code)))

    def find(self, address: str | None, text: str) -> PlaceMatch:
        """Return the most specific area that the names in `address`, then in `text`, agree on.

        A name that several areas bear is settled by another name (a township, a place) or left open. What the
        address says outweighs the text; the text may only refine it.
        """
        in_address = self._names.find(normalise(address or ""), loose=True)
        in_text = self._names.find(normalise(text), loose=False)
        support = self._support(in_address, in_text)
        if not support:
            return PlaceMatch(None, 0.0, (), ())
        most = max(support.values())
        leaders = self._most_specific(code for code, worth in support.items() if worth == most)
        if len(leaders) == 1:
            return self._answer(leaders[0], in_address, in_text)
        return self._undecided(leaders, in_address, in_text)

    def _support(self, in_address: list[Hit], in_text: list[Hit]) -> dict[str, tuple[float, float]]:
        """Return for each area named how many of the names fit it: first those of the address, then the text.

        A name fits an area when it may mean that area or one above it.
        """
        named = dict.fromkeys(code for hit in (*in_address, *in_text) for code in hit.codes)
        support = {}
        for code in named:
            lineage = set(self._lineage(code))
            support[code] = (_fitting(in_address, lineage), _fitting(in_text, lineage))
        return support

    def _most_specific(self, codes: Iterable[str]) -> list[str]:
        """Drop every code that lies above another one of `codes`; keep all where parents run in a circle."""
        kept = list(codes)
        above = {code for lower in kept for code in self._lineage(lower)[1:]}
        return [code for code in kept if code not in above] or kept

    def _answer(self, code: str, in_address: list[Hit], in_text: list[Hit]) -> PlaceMatch:
        lineage = set(self._lineage(code))
        hits = [hit for hit in (*in_address, *in_text) if lineage.intersection(hit.codes)]
        own = [hit for hit in hits if code in hit.codes]
        confidence = 0.9 if any(not hit.stem for hit in own) else 0.65
        confidence += 0.07 if len({hit.word for hit in hits}) > 1 else 0.0
        if not any(hit in in_address for hit in own):
            confidence -= 0.1
        if self._areas[code].level is AreaLevel.COUNTY:
            confidence = 0.5
        return PlaceMatch(code, round(confidence, 2), _words(hits), ())

    def _undecided(self, leaders: list[str], in_address: list[Hit], in_text: list[Hit]) -> PlaceMatch:
        """Answer with what the rivals share if that is a township or less, and list them all to choose from."""
        shared = Counter(code for leader in leaders for code in self._lineage(leader))
        common = [code for code in self._lineage(leaders[0]) if shared[code] == len(leaders)]
        certain = next((code for code in common if _DEPTH[self._areas[code].level] >= 1), None)
        rivals = set(leaders)
        hits = [hit for hit in (*in_address, *in_text) if rivals.intersection(hit.codes)]
        choices = tuple((code, self.path(code)) for code in sorted(leaders)[:_MAX_ALTERNATIVES])
        return PlaceMatch(certain, 0.6 if certain else 0.0, _words(hits), choices)

    def _lineage(self, code: str) -> list[str]:
        """Return the code and those above it, the lowest first; a broken or circular parent ends the list."""
        lineage: list[str] = []
        step: str | None = code
        while step is not None and step in self._areas and step not in lineage:
            lineage.append(step)
            step = self._areas[step].parent_code
        return lineage


def _fitting(hits: list[Hit], lineage: set[str]) -> float:
    """Count the distinct names that fit; a bare stem (和平 for 和平村) counts less than a name in full."""
    worth = {hit.word: 0.6 if hit.stem else 1.0 for hit in hits if lineage.intersection(hit.codes)}
    return round(sum(worth.values()), 1)


def _words(hits: list[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.word for hit in hits))
