"""Finds place names in a text, the longest first, with or without their suffix.

People say 城东和平村 for 城东镇和平村; but 和平 alone is also an ordinary word, so a name without its suffix only
counts where it can mean one area, and outside an address only if no dictionary has it as a word.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rjieba import cut

from app.domain.understanding.normalise import normalise
from app.domain.understanding.sieve import PairTable

_SUFFIX = re.compile("(?:村民委员会|居民委员会|村委会|居委会|街道办事处|街道|社区|地区|村|镇|乡|市|县|区)$")
# 和平路 is a road that may lie anywhere, not the village 和平; 和平大道 likewise.
_NOT_A_STEM_BEFORE = re.compile("大?(?:[路巷道]|街(?!道))|大[桥厦]|[东西南北中后前][路街]")
_SHORTEST = 2
# Every digit becomes one character, so that places in the text stay where they are.
_NUMERALS = tuple(zip("0123456789", "零一二三四五六七八九", strict=True))
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found in a text, the areas it may mean, and where it stood.

    `stem`: without its suffix; `misread`: not the name itself but something like it,
    `same_sound` if it sounds the same; `length`: of what was written for it.
    """

    word: str
    codes: tuple[str, ...]
    stem: bool
    start: int = 0
    misread: bool = False
    same_sound: bool = False
    length: int = 0

    @property
    def end(self) -> int:
        """Where the text goes on."""
        return self.start + (self.length or len(self.word))


def stem_of(name: str) -> str:
    """Return the name without its administrative suffix, or "" when fewer than two characters would remain."""
    stem = _SUFFIX.sub("", name)
    return stem if stem != name and len(stem) >= _SHORTEST else ""


def tidy(text: str) -> str:
    """Return the normalised text without blanks; line breaks stay, they end a sentence."""
    return _BLANKS.sub("", normalise(text))


def spelling(text: str) -> str:
    """Return the tidy `text` of the same length as names are compared: 新民5队 is 新民五队."""
    for digit, numeral in _NUMERALS:  # a tenth of what `translate` takes to look up every character
        text = text.replace(digit, numeral)
    return text


class NameIndex:
    """Names by their first two characters and length, each with the areas it may mean."""

    def __init__(self) -> None:
        self._full: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._stems: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._starts = PairTable()
        self._ordinary: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        """Whether it is a full name or an alias."""
        return name in self._full

    def __iter__(self) -> Iterator[str]:
        """All full names and aliases."""
        return iter(self._full)

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the areas that a full name may mean."""
        return tuple(self._full.get(name, ()))

    def add(self, name: str, code: str) -> None:
        """Add a full name or an alias; names of one character are too common to mean anything."""
        if len(name) >= _SHORTEST:
            self._full[name][code] = None
            self._file(name)

    def add_stem(self, stem: str, code: str) -> None:
        """Add a name without its suffix."""
        if stem:
            self._stems[stem][code] = None
            self._file(stem)

    def drop(self, name: str, codes: set[str]) -> None:
        """Let a full name no longer mean these areas."""
        for code in codes.intersection(self._full.get(name, ())):
            del self._full[name][code]

    def find(self, text: str, *, loose: bool) -> list[Hit]:
        """Return the names in `text` (see `spelling`), left to right, without overlaps.

        `loose` (for an address, where every word is a place) also takes stems that are ordinary words; in a
        text they are taken right behind another name (青石镇磨盘).
        """
        hits: list[Hit] = []
        end_of_last = -1
        for position in self._starts.positions(text):
            if position >= end_of_last:
                lengths = self._lengths[text[position : position + _SHORTEST]]
                hit = self._at(text, position, lengths, loose or position == end_of_last)
                if hit:
                    hits.append(hit)
                    end_of_last = hit.end
        return hits

    def _at(self, text: str, position: int, lengths: tuple[int, ...], loose: bool) -> Hit | None:
        for length in lengths:
            name = text[position : position + length]
            if name in self._stems:
                codes = tuple(self._full.get(name, {}) | self._stems[name])
                meant = loose or name in self._full or len(codes) == 1
                road = _NOT_A_STEM_BEFORE.match(text, position + length)
                if meant and not road and (loose or not self._is_ordinary(name)):
                    return Hit(name, codes, stem=True, start=position)
            elif name in self._full:
                return Hit(name, tuple(self._full[name]), stem=False, start=position)
        return None

    def _is_ordinary(self, name: str) -> bool:
        """Whether a dictionary has it as one word; asked once for each name."""
        if name not in self._ordinary:
            self._ordinary[name] = len(cut(name, False)) <= 1
        return self._ordinary[name]

    def _file(self, name: str) -> None:
        lengths = self._lengths.get(name[:_SHORTEST], ())
        if len(name) not in lengths:
            self._lengths[name[:_SHORTEST]] = tuple(sorted({*lengths, len(name)}, reverse=True))
            self._starts.add(name[:_SHORTEST])
