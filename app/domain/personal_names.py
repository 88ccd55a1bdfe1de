"""Finds people's names in free text by weighing what they are made of against what stands before and behind them.

A surname alone is a word like any other (高度, 于是). Points are given for the characters that follow it, for how the
text falls into words, for who is named before it (我叫, 村民, 老公) and what is said after it (女士, 反映, ，男).
Offices' titles alone (李主任, 张先生) and people who are already hidden (王某) stay.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from rjieba import cut

from app.domain.personal_name_doubts import as_one_word, doubts, ordinary
from app.domain.personal_name_words import (
    ALSO_PLACES,
    BEFORE,
    CHARGED,
    COMPOUND,
    DOES,
    GIVEN,
    MEASURES,
    NOT_GIVEN,
    NOT_NAMES,
    NUMERALS,
    PERSONAL,
    PLACES,
    ROLES,
    SELF,
    SITES,
    SOUNDS,
    SURE,
    SURNAMES,
    TITLES,
    WORDS_TOO,
)
from app.domain.personal_numbers import Span

_ENOUGH = 3.0
_MOST_BY_SHAPE = 2.5
"""What `_shape` gives at most behind a surname of one sign: a long row of surnames is seen through without it."""
_HIDDEN = "**"
_HAN = r"[\u4e00-\u9fff]"
_ONE = f"(?:[{''.join(sorted(SURNAMES - MEASURES))}]|(?<![{NUMERALS}])[{''.join(sorted(MEASURES))}])"
_SURNAME = re.compile(f"(?:{'|'.join(COMPOUND)}|(?<![0-9第几每]){_ONE})(?={_HAN})")
_SOUND = f"[{''.join(sorted(SOUNDS))}]"
_FOREIGN = re.compile(rf"{_SOUND}{{2,8}}(?:[·•・‧]{_SOUND}{{1,8}}){{1,3}}|(?<=叫){_HAN}{{2,8}}[·•・‧]{_HAN}{{2,8}}")
_SOUNDING = re.compile(f"{_SOUND}{{3,8}}")
_STOPS = ' \u3000\n\t，,。；;！!？?、：:（(）)】」”"'
_NAME_ALONE = re.compile(f"(?<!{_HAN})名$")
"""我姓谢，名永强: behind any other sign 名 counts people (一名农民) or ends a word (报名, 黑名单)."""
_STRONG = ("self", "role")
_JOINING = frozenset("我和与跟找被是给问把将为对请由叫")
"""Signs that the cutting of words often takes for a part of the name behind them."""
_SENTENCE_ENDS = "。！？\n；;!?"


def name_spans(text: str) -> Iterator[Span]:
    """Each name in `text`: all but the surname, or the whole name where people introduce themselves."""
    yield from ((*found.span(), _HIDDEN) for found in _FOREIGN.finditer(text))
    yield from _sounding(text)
    first = _SURNAME.search(text)
    if first is None:
        return
    words = _Words(text)
    done = 0
    for found in _SURNAME.finditer(text, first.start()):
        start = found.start()
        if start < done:
            continue
        end = _end_of_name(text, start, words)
        if end:
            shown = 0 if _before(text, start)[0] == "self" else _surname_length(text, start)
            yield start + shown, end, _HIDDEN
            done = end


def _sounding(text: str) -> Iterator[Span]:
    """Names of other languages without a dot, where somebody is introduced: 我叫古丽娜尔, 户主哈斯巴根."""
    for found in _SOUNDING.finditer(text):
        if _before(text, found.start())[0] in _STRONG:
            yield (*found.span(), _HIDDEN)


class _Words:
    """How the text falls into words."""

    def __init__(self, text: str) -> None:
        self._ends = list(accumulate(map(len, cut(text))))

    def at(self, place: int) -> tuple[int, int]:
        """Where the word around a place begins and ends."""
        number = bisect_right(self._ends, place)
        return (self._ends[number - 1] if number else 0), self._ends[number]


def _surname_length(text: str, start: int) -> int:
    return 2 if text.startswith(COMPOUND, start) else 1


_INTRODUCING = SELF + ROLES
_LAST_SIGNS = frozenset(word[-1] for word in _INTRODUCING) | frozenset("名叫是为系 ：:\u3000\n！")


def _may_be_introduced(text: str, start: int) -> bool:
    """Whether `_before` is worth asking: most places are seen through by the sign before them."""
    return start > 0 and text[start - 1] in _LAST_SIGNS


def _before(text: str, start: int) -> tuple[str, float]:
    """What stands before the name, and its points."""
    near = text[max(0, start - 10) : start]
    if not _may_be_introduced(text, start):
        return _loosely_before(near)
    bare = near.rstrip(" ：:\u3000\n！")
    for end in (bare, bare[:-1] if bare.endswith(("叫", "是", "为", "系")) else bare, bare.removesuffix("名叫")):
        if end.endswith(SELF) or _NAME_ALONE.search(end):
            return "self", 3.0
        if end.endswith(ROLES):
            return "role", 2.5 if end is bare else 3.0
    if bare.endswith(("个叫", "他叫", "她叫", "方叫", "人叫", "位叫")):
        return "role", 3.0
    return _loosely_before(near)


def _loosely_before(near: str) -> tuple[str, float]:
    if near.endswith(("**、", "**和", "**与", "**及")):
        return "list", 2.0
    if near.endswith(CHARGED):
        return "charge", 1.5
    if near.endswith(BEFORE):
        return "word", 1.0
    return ("start", 0.25) if not near or near[-1] in _SENTENCE_ENDS else ("", 0.0)


def _after(text: str, end: int) -> float:
    """Points for what is said behind a name that ends at `end`."""
    if text.startswith(PERSONAL, end):
        return 2.5
    if text.startswith(TITLES, end):
        return 2.5
    if text.startswith(SITES, end):
        return -2.5
    if text.startswith(("、", "和", "与"), end) and text[end + 2 : end + 4] == _HIDDEN:
        return 2.5
    if end == len(text) or text[end] in _STOPS:
        return 1.0
    return 1.0 if text.startswith(DOES, end) else 0.0


def _end_of_name(text: str, start: int, words: _Words) -> int:
    """Where the name that begins at `start` ends, or 0 when there is none."""
    begin, stop = words.at(start)
    if not _may_be_introduced(text, start) and _is_plainly_none(text, start, begin, stop):
        return 0
    surname = _surname_length(text, start)
    if text.startswith(TITLES, start + surname):
        return 0
    kind, points = _before(text, start)
    if kind == "self" and (end := _end_before_stop(text, start, surname)):
        return end
    if (begin < start or stop - start > 1) and ordinary(text[begin:stop]):
        titled = _titled(text, start + surname + 2) or _titled(text, start + surname + 1)
        if begin < start or not (titled or kind in _STRONG):
            return 0
    if begin < start and kind not in _STRONG and text[start - 1] not in _JOINING:
        return 0
    best, best_points = 0, _ENOUGH
    for length in (surname + 2, surname + 1):
        end = start + length
        given = text[start + surname : end]
        if len(given) < length - surname or not _may_be_given(given) or text[start:end] in NOT_NAMES:
            continue
        around = points + _after(text, end)
        if surname == 1 and around + _MOST_BY_SHAPE < best_points:
            continue
        total = around + _shape(text, start, end, words, kind)
        if total > best_points or (total == best_points and not best):
            best, best_points = end, total
    return best


def _is_plainly_none(text: str, start: int, begin: int, stop: int) -> bool:
    """Whether no name can begin there, by the word around it alone: most surnames are seen through by this."""
    if begin < start:
        return text[start - 1] not in _JOINING
    if stop - start > 1:
        return text[start] not in SURE and ordinary(text[start:stop])
    return text[start] in WORDS_TOO and not (_titled(text, start + 3) or _titled(text, start + 2))


def _end_before_stop(text: str, start: int, surname: int) -> int:
    """Where a name ends that fills all the room between its introduction and the next sign (姓名：和大明。), or 0."""
    for end in (start + surname + 2, start + surname + 1):
        given = text[start + surname : end]
        if end <= len(text) and (end == len(text) or text[end] in _STOPS) and _may_be_given(given):
            plausible = all(sign in GIVEN for sign in given)
            return end if plausible or not (text[start] in WORDS_TOO or ordinary(text[start:end])) else 0
    return 0


def _may_be_given(given: str) -> bool:
    return all("\u4e00" <= sign <= "\u9fff" for sign in given) and "某" not in given and not given.endswith(TITLES)


def _shape(text: str, start: int, end: int, words: _Words, kind: str) -> float:
    """Points for the characters themselves and for how the text falls into words there."""
    whole, surname = text[start:end], _surname_length(text, start)
    given = whole[surname:]
    points = sum(0.5 if sign in GIVEN else -0.5 for sign in given)
    if given[-1] in NOT_GIVEN:
        points -= 1.5
    if given == "家" or given[-1] in PLACES or (text[end : end + 1] in PLACES and not _titled(text, end)):
        points -= 3.0
    introduced = kind in _STRONG or _titled(text, end)
    if surname == 2 and whole[:2] not in ALSO_PLACES and not _names_a_place(text, start + surname):
        points += 2.0
    stop = words.at(start)[1]
    if stop - start == 1:
        points += 1.0 if whole[0] in SURE else -1.5 if whole[0] in WORDS_TOO else 0.0
        if len(given) == 2 and ordinary(given) and (whole[0] in WORDS_TOO or not introduced):
            points -= 1.0
    elif stop == end:
        points += as_one_word(
            whole,
            firmly=introduced or kind in ("list", "charge"),
            stands_for_a_name=introduced and (len(whole) > 2 or (kind == "self" and text[end : end + 1] in _STOPS)),
        )
    elif stop == end + 1 and not ordinary(text[start:stop]):
        points += 1.0 if text.startswith(DOES, end) else 0.0
    elif stop - start > surname and ordinary(text[start:stop]):
        points -= 0.5 if _titled(text, end) else 1.5 if introduced else 4.0
    last, crossing = words.at(end - 1)
    if len(given) == 2 and crossing - last == 1 and not text.startswith(DOES, end - 1):
        points += 1.0 if stop == last and whole[0] in SURE and GIVEN.issuperset(given) else 0.5
    if crossing > end and ordinary(text[last:crossing]):
        points -= 1.0
    if whole[0] in WORDS_TOO and not introduced:
        points -= 1.0
    named = text.startswith(TITLES + PERSONAL, end)
    return points + doubts(text[start - 1 : start], whole, surname, kind, named=named)


def _names_a_place(text: str, end: int) -> bool:
    """Whether what ends there belongs to a place: 欧阳村口, 诸葛大道."""
    return text[end : end + 1] in PLACES or text.startswith(SITES, end)


def _titled(text: str, end: int) -> bool:
    return text.startswith(TITLES, end)
