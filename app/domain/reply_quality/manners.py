"""How a reply speaks: polite, without orders or blame, without personal data and without blanks left from a template."""

import calendar
import re
from collections.abc import Iterable

from app.domain.personal_names import name_spans
from app.domain.personal_numbers import plain, private_spans, skeleton
from app.domain.reply_quality import words
from app.domain.reply_quality.finding import Code, Finding

_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]")
_LEAP_YEAR = 2024
_MOST = 3
_NAME = re.compile(r"(?![向应解申经与对和于从时以关按在需可])[\u4e00-\u9fff]{1,3}")
"""Masking hides rather too much; a clerk is only told of what looks like a name."""
_COPY_LENGTH, _COPY_SHARE, _GRAM = 30, 0.9, 3
_ALREADY_MASKED = re.compile(r"1\d{2}\*{4}\d{4}|\d[\d-]{1,5}\*{3,}\d*|[\w.]{0,6}\*{3,}[\w.@-]*")


def manners(reply: str) -> list[Finding]:
    """Faults of tone and form, each with its place."""
    found = _each(Code.BLAMING, words.BLAMING, reply) + _each(Code.IMPERATIVE, words.IMPERATIVE, reply)
    found += _each(Code.PLACEHOLDER, words.PLACEHOLDER, _hidden(reply))
    found += _each(Code.WRONG_SALUTATION, words.WRONG_SALUTATION, reply)
    found += [Finding(Code.IMPOSSIBLE_DATE, *date.span()) for date in _DATE.finditer(reply) if not _exists(date)][
        :_MOST
    ]
    return found


def courtesies(reply: str) -> list[Finding]:
    """What a reply that says something should also have."""
    found = []
    if not words.GREETING.search(reply[:80]):
        found.append(Finding(Code.NO_GREETING))
    if not words.CONTACT.search(reply):
        found.append(Finding(Code.NO_CONTACT))
    return found


def personal_data(reply: str) -> list[Finding]:
    """Numbers that belong to one person, and names. The salutation may name whom it greets."""
    same_length = plain(reply)
    private = private_spans(same_length, skeleton(same_length))
    found = [Finding(Code.PERSONAL_DATA, start, end) for start, end, _ in private][:_MOST]
    greeted = words.SALUTATION.match(same_length)
    begin = greeted.end() if greeted else 0
    named = [Finding(Code.NAMED_PERSON, start, end) for start, end, _ in name_spans(same_length) if start >= begin]
    return found or [name for name in named if _NAME.fullmatch(same_length[name.start : name.end])][:_MOST]


def copied(reply: str, earlier: Iterable[str]) -> list[Finding]:
    """A reply nearly all of which stands in an earlier one, and the other way round."""
    grams = _grams(reply)
    if len(grams) < _COPY_LENGTH:
        return []
    for other in earlier:
        theirs = _grams(other)
        if len(grams & theirs) >= _COPY_SHARE * len(grams | theirs):
            return [Finding(Code.COPIED)]
    return []


def _grams(text: str) -> set[str]:
    text = re.sub(r"[\s\d]", "", text[:4000])
    return {text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)}


def _each(code: Code, pattern: re.Pattern[str], text: str) -> list[Finding]:
    return [Finding(code, *found.span()) for found in pattern.finditer(text)][:_MOST]


def _hidden(reply: str) -> str:
    """What has been masked on purpose is no blank."""
    return _ALREADY_MASKED.sub(lambda found: "-" * len(found[0]), reply)


def _exists(date: re.Match[str]) -> bool:
    year, month, day = int(date[1] or _LEAP_YEAR), int(date[2]), int(date[3])
    return 1 <= month <= 12 and 1 <= year <= 9998 and 1 <= day <= calendar.monthrange(year, month)[1]
