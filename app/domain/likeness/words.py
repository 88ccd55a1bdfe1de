"""What a request is about, as words with a worth: the rarer and longer a word, the more it tells.

How rare a word is comes from the segmenter's own dictionary of Chinese, not from the city's requests: nothing has to
be counted, and the first request of a new city is compared as well as the millionth.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import add

import rjieba

from app.domain.likeness.talk import NO_NAME, NO_NAMES, PLACE_ENDINGS, SETTLEMENT_ENDINGS, SPOT_ENDINGS, TALK
from app.domain.understanding import normalise, search_tokens

ALL_WORDS = 60_000_000
"""How many words the dictionary was counted over."""
READ = 400
"""Characters of a text that are compared; what matters is said at the beginning."""
KEYS = 12
"""Words by which a request is found again."""
_TELLING = re.compile(r"[\u3400-\u9fff]{2,}|\d{3}|(?!http|www|com$)[a-z]{3,}")
"""Chinese words, numbers of three digits (buses) and Latin names; no years, days or links."""
_NO_LETTERS = re.compile(r"[\W_]+")
SPOT_WORTH = 2.5
"""Worth of a place's name among the keys: what is filed about one place is to be found above all."""
_LONGEST = 20
_SHORTEST_NAME, _LONGEST_NAME = 3, 8
_PLACE_ENDING, _SPOT_ENDING = re.compile(PLACE_ENDINGS), re.compile(SPOT_ENDINGS)
_SETTLEMENT = re.compile(SETTLEMENT_ENDINGS)
_LONGEST_STEM = 4
_KEPT = 50_000
"""Words whose worth is kept at hand."""


@dataclass(frozen=True)
class Matter:
    """A request ready to be compared: `words` with their worth; the rest is read when it is first asked for.

    `said` is what was read: the title and the beginning of the text.
    """

    title: str
    said: str
    words: Mapping[str, float]

    @cached_property
    def title_words(self) -> Mapping[str, float]:
        """The words that the title holds."""
        title = self.title.lower()
        return {word: worth for word, worth in self.words.items() if word in title}

    @cached_property
    def length(self) -> float:
        """Of the bag of words under the squares of their worth."""
        return math.sqrt(math.fsum(worth**2 for worth in self.words.values()))

    @cached_property
    def title_worth(self) -> float:
        """What the words of the title are worth together."""
        return math.fsum(self.title_words.values())

    @cached_property
    def pairs(self) -> frozenset[str]:
        """All neighbouring character pairs."""
        return pairs(self.said)

    @cached_property
    def title_pairs(self) -> frozenset[str]:
        """Those of the title."""
        return pairs(self.title)

    @cached_property
    def places(self) -> frozenset[str]:
        """What may be names of places."""
        return places(self.said)

    @cached_property
    def title_places(self) -> frozenset[str]:
        """Those that the title names."""
        return places(self.title)

    @cached_property
    def names(self) -> str:
        """All that says where and nothing of what: names of villages, estates and roads, and places of the dictionary."""
        known = filter(_is_place, self.words)
        ended = (self.said[_begin(self.said, match.start()) : match.end()] for match in _SETTLEMENT.finditer(self.said))
        return " ".join([*known, *ended]).lower()

    @cached_property
    def spots(self) -> tuple[str, ...]:
        """Stems of estates and roads that the title names."""
        return spots(self.title)


def read_matter(title: str, text: str) -> Matter:
    """Read what is filed; raises nothing, whatever the citizen wrote."""
    title, text = normalise(title), normalise(text)
    return stored_matter(title, text, search_tokens(f"{title}\n{text}"))


def stored_matter(title: str, text: str, tokens: Iterable[str]) -> Matter:
    """Read what was normalised and cut into words before, as it lies in the database."""
    return _matter(title, text[:READ], tuple(tokens))


@lru_cache(maxsize=256)
def _matter(title: str, beginning: str, tokens: tuple[str, ...]) -> Matter:
    """Kept for a while: when a pipe bursts, everybody who rings is compared with the same few."""
    return Matter(title, f"{title}\n{beginning}", weighed(tokens))


def keys(matter: Matter) -> dict[str, float]:
    """The most telling words of a matter with their worth, at most `KEYS`: by these it is found again.

    Of a place's name the two characters before its ending are taken, because its beginning is a guess.
    """
    worth = {word: value * (2.0 if word in matter.title_words else 1.0) for word, value in matter.words.items()}
    worth |= {spot[-2:]: SPOT_WORTH for spot in matter.spots}
    best = sorted(worth, key=lambda word: (-worth[word], word))[:KEYS]
    return {word: worth[word] for word in best}


class _Worths(dict[str, float]):
    """Words and their worth as they are asked for; a plain subscript, for a filing asks for a thousand of them."""

    def __missing__(self, word: str) -> float:
        if len(self) >= _KEPT:
            self.clear()
        worth = self[word] = _worth_of(word)
        return worth


_worths = _Worths()


def weighed(words: Iterable[str]) -> dict[str, float]:
    """Each telling word with its worth, 0 to about 1.3: how much it says that two texts share it.

    Talk and single characters are left out.
    """
    return {word: worth for word in words if (worth := _worths[word])}


def _worth_of(word: str) -> float:
    if len(word) > _LONGEST or word in TALK or not _TELLING.fullmatch(word):
        return 0.0
    rarity = math.log(ALL_WORDS / max(1, rjieba.suggest_freq(word))) / math.log(ALL_WORDS)
    return rarity * min(1.3, 0.7 + 0.15 * len(word)) * _worth_of_sort(word)


def _worth_of_sort(word: str) -> float:
    """Names and things tell a matter, deeds a little less, sayings and the words between them hardly."""
    tagged = rjieba.tag(word)
    sort = tagged[0][1] if len(tagged) == 1 else "n"
    if sort.startswith("n") or sort in ("vn", "x", "j", "s", "eng"):
        return 1.0
    return 0.8 if sort.startswith("v") else 0.3


def pairs(text: str) -> frozenset[str]:
    """All neighbouring character pairs of the text's words, punctuation left out."""
    letters = _NO_LETTERS.sub("", text)
    return frozenset(map(add, letters, letters[1:]))


@lru_cache(maxsize=4_000)
def places(text: str) -> frozenset[str]:
    """What may be names of places and objects: every stretch of three to eight characters that ends like one.

    A name's beginning is not marked in Chinese, so several lengths of it are kept; two texts that name the same
    place share at least one of them.
    """
    found = set[str]()
    for match in _PLACE_ENDING.finditer(text):
        end = match.end()
        for start in range(match.start() - 1, max(-1, end - _LONGEST_NAME - 1), -1):
            if not text[start].isalnum() or _ends_a_name(text, start):
                break
            if end - start >= _SHORTEST_NAME:
                found.add(text[start:end])
    return frozenset(found)


def spots(title: str) -> tuple[str, ...]:
    """Stems of the names of estates, roads, villages and schools in a title (金桂 of 金桂花园)."""
    found = []
    for match in _SPOT_ENDING.finditer(title):
        begin, end = _begin(title, match.start()), match.start() if len(match.group()) > 1 else match.end()
        if end - begin >= 2:
            found.append(title[begin:end])
    return tuple(found)


def _begin(text: str, end: int) -> int:
    """Where a name that goes up to `end` may begin."""
    begin = end
    while begin > 0 and end - begin < _LONGEST_STEM and _may_be_named(text, begin - 1):
        begin -= 1
    return begin


@lru_cache(maxsize=_KEPT)
def _is_place(word: str) -> bool:
    tagged = rjieba.tag(word)
    return len(tagged) == 1 and tagged[0][1] == "ns"


def _may_be_named(title: str, place: int) -> bool:
    return title[place].isalnum() and not title[place].isascii() and not _ends_a_name(title, place)


def _ends_a_name(text: str, place: int) -> bool:
    """Whether a name that is read backwards cannot have this character."""
    return text[place] in NO_NAME or text[max(0, place - 1) : place + 1] in NO_NAMES
