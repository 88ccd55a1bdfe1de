"""Finds place names in a text, the longest first, with or without their suffix.

People say 城东和平村 for 城东镇和平村; but 和平 alone is also an ordinary word, so a name without its suffix only
counts where it can mean one area, and outside an address only if no dictionary has it as a word.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from rjieba import cut

_SUFFIX = re.compile("(?:村民委员会|居民委员会|村委会|居委会|街道办事处|街道|社区|地区|村|镇|乡|市|县|区)$")
# 和平路 is a road that may lie anywhere, not the village 和平; 和平大道 likewise.
_NOT_A_STEM_BEFORE = re.compile("大?(?:[路巷道]|街(?!道))|大[桥厦]|[东西南北中]路")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found in a text, the areas it may mean, and whether it stood there without its suffix."""

    word: str
    codes: tuple[str, ...]
    stem: bool


def stem_of(name: str) -> str:
    """Return the name without its administrative suffix, or "" when fewer than two characters would remain."""
    stem = _SUFFIX.sub("", name)
    return stem if stem != name and len(stem) >= _SHORTEST else ""


class NameIndex:
    """Names by their first two characters, longest first, each with the areas it may mean."""

    def __init__(self) -> None:
        self._full: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._stems: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._by_start: dict[str, list[str]] = defaultdict(list)

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

    def find(self, text: str, *, loose: bool) -> list[Hit]:
        """Return the names in the normalised `text`, left to right, without overlaps.

        `loose` (for an address, where every word is a place) also takes stems that are ordinary words; in a
        text they are taken right behind another name (青石镇磨盘).
        """
        hits: list[Hit] = []
        position = 0
        end_of_last = -1
        while position < len(text) - 1:
            hit = self._at(text, position, loose or position == end_of_last)
            if hit is not None:
                hits.append(hit)
                position += len(hit.word)
                end_of_last = position
            else:
                position += 1
        return hits

    def _at(self, text: str, position: int, loose: bool) -> Hit | None:
        for name in self._by_start.get(text[position : position + _SHORTEST], ()):
            if not text.startswith(name, position):
                continue
            codes = tuple(self._full.get(name, {}) | self._stems.get(name, {}))
            if name not in self._stems:
                return Hit(name, codes, stem=False)
            known = name in self._full or len(codes) == 1
            road = _NOT_A_STEM_BEFORE.match(text, position + len(name))
            if known and not road and (loose or len(cut(name, False)) > 1):
                return Hit(name, codes, stem=True)
        return None

    def _file(self, name: str) -> None:
        names = self._by_start[name[:_SHORTEST]]
        if name not in names:
            names.append(name)
            names.sort(key=len, reverse=True)
