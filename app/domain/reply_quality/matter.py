"""Whether a reply speaks of what was asked, and whether it answers every point that the citizen listed."""

import re
from dataclasses import dataclass

from app.domain.knowledge.question import meaningful
from app.domain.reply_quality.finding import Code, Finding
from app.domain.reply_quality.words import GENERIC
from app.domain.understanding import normalise

READ = 6000
"""Characters of a text that are read."""
_LEAST_ASKED, _LEAST_TOLD, _LEAST_SHARED = 6, 10, 1
_POINT = re.compile(
    r"(?:^|(?<=[\s。；;：:，,！!？?]))(?:[1-9][0-9]?[、.．)）](?!\d)|[（(][1-9一二三四五六七八九][)）]|[一二三四五六七八九]、|第[一二三四五六七八九][，,、个]|其[一二三四五][，,、：:])"
)
_LISTED = re.compile(r"[^。；;！!？?\n]{0,200}[。；;！!？?\n]?")
_MOST_POINTS = 30


@dataclass(frozen=True, slots=True)
class Matter:
    """The request that is replied to; `kind` and `category` are names or codes, empty when unknown."""

    text: str
    title: str = ""
    kind: str = ""
    category: str = ""


def words_of(text: str) -> set[str]:
    """Words of a text that tell what it is about, without those that stand everywhere."""
    return {word for word in meaningful(normalise(text[:READ]).lower()) if len(word) > 1 and word not in GENERIC}


def other_matter(matter: Matter, reply: str) -> list[Finding]:
    """A reply that shares no telling word with title, text and category; short requests prove nothing."""
    asked = words_of(f"{matter.title}\n{matter.text}")
    told = normalise(reply[:READ]).lower()
    if len(asked) < _LEAST_ASKED or len(words_of(reply)) < _LEAST_TOLD:
        return []
    shared = sum(word in told for word in asked | words_of(matter.category))
    return [] if shared >= _LEAST_SHARED + (len(asked) > 30) else [Finding(Code.OTHER_MATTER)]


def unanswered_points(matter: Matter, reply: str) -> list[Finding]:
    """Each numbered point of the request that the reply neither counts nor names."""
    points = points_of(matter.text)
    if len(points) < 2 or len(_POINT.findall(reply)) >= len(points):
        return []
    told = normalise(reply[:READ]).lower()
    missing = [
        number for number, point in enumerate(points, 1) if (w := words_of(point)) and not any(x in told for x in w)
    ]
    return [Finding(Code.POINT_UNANSWERED, about=str(number)) for number in missing[:5]]


def points_of(text: str) -> list[str]:
    """What a citizen listed under 1、2、3, without what stands before."""
    starts = [found.end() for found in _POINT.finditer(text[:READ])]
    return [text[start : _LISTED.match(text, start).end()] for start in starts[:_MOST_POINTS]]  # type: ignore[union-attr]
