"""Notices when one text brings several matters, so that each can be filed as a request of its own.

People ring once and name what has gathered: a lamp, a neighbour's dog, a pension. One request goes to one unit, so
the second matter would be lost with the first one's answer. Most texts bring one matter at length, with its causes,
effects and everybody who did not help; they must be left whole, so a matter is only proposed where it is sure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.domain.catalogue import Category
from app.domain.understanding.classifier import Candidate, Suggestion, title_of
from app.domain.understanding.normalise import Normal, normalise

MOST_PASSAGES = 8
"""Passages that are classified; what follows them belongs to the last matter found."""
LONGEST_PASSAGE = 400
LEAST_CHARACTERS = 40
"""A shorter text is only looked at when it has a mark of a list or of a further matter."""
LEAST_PASSAGE, LEAST_POINT = 8, 4
"""Characters from which on a passage, and a point of a numbered list (低保没发), may be a matter; a point as short as that
is as doubtful as a sentence."""
SURE_MARKED, SURE_FURTHER, SURE_PLAIN = 0.5, 0.3, 0.9
"""Confidence from which a passage counts as a matter: point of a list or paragraph, said to be a further one, sentence.

Confidence is how often such an answer is right for a whole message. A sentence torn out of one names a category more
firmly than it should (孩子后来转到市里住院), so a mere sentence needs a near certainty, and a writer's own mark little.
"""
SURE_OPENING = 0.95
"""What stands before a list opens it, unless it says very clearly what it is about itself."""
POSSIBLE = 0.05
"""Confidence from which what else a passage could be counts against its being another matter."""
_COULD_BE = 3
"""Categories that a passage is held to be possibly about."""

_NUMBER = r"(?:[一二三四五六七八]、|第[一二三四五六](?:件事?|个问题|点)?[，,、:：是]|[（(][一二三四五六1-8][)）]|(?<![\d.])[1-8][.．、)）](?!\d)|[①-⑧]|[一二三四]是(?=.{4}))"
_ORDER = r"(?:首先|其次|再次|最后)[，,]"
_FURTHER = (
    r"(?:另外|此外|除此之外|顺便|顺带|还有(?:[一两]?[件个]事(?:情)?|就是|一点)?[，,:：]|还有(?=[^。]{6})"
    r"|再(?:反映|问|说|咨询)一[下个件]|还(?:想|要)再?(?:反映|咨询|问|说|了解)|再(?:反映|咨询)(?=一|.问题)|咨询另(?:外)?一|第[二三四](?:件事情?|个问题))"
)
_BESIDES = r"(?:另外|此外|除此之外|顺便|顺带)(?![一二两三四的找租买花付收给加再又叫请有派])"
"""Words that begin a further matter behind a mere comma too; 还有 goes on with the same one there."""
_STARTS = re.compile(
    rf"(?:(?:(?<=^)|(?<=[。！？；;!?\n:：]))\s*(?P<mark>{_NUMBER}|{_ORDER}|{_FURTHER})|(?<=[，,])\s*(?P<besides>{_BESIDES}))"
)
_FURTHER_MARK = re.compile(rf"{_FURTHER}|第[二三四](?:件|个)")
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_LEADING = re.compile(
    rf"^\s*(?:{_NUMBER}|{_ORDER}|{_FURTHER})[，,、:：\s]*(?:我?(?:还|也)?(?:想|要)?(?:再)?(?=反映|咨询|问))?"
)

_CONTEXT = re.compile(
    r"找过|打过|报过|去过|问过|投诉过|反映过|举报过|交涉过|申请过|向.{1,12}反映|来.?.?过|推诿|踢皮球"
    r"|调解(?:过|了)|(?:回复|答复)(?:说|是)|去(?:投诉|反映|举报)|(?:第[^，。；！？]{1,9}|[多几屡数再])次.{0,4}(?:反映|投诉|来电|拨?打|举报|求助|报修)"
    r"|^[^，,]{0,8}(?:物业|社区|居委会|村里|镇上|镇里|街道|部门|局|公司|城管|环卫工人|警察|民警|老板|经理|客服|银行|学校|老师|医院"
    r"|房东|商家|平台|厂家|开发商|他们?)[^，,]{0,4}(?:说|称|来了|要|回复|让|贴了)|^[去问].{1,8}[，,]"
)
"""Who was asked and what they did: it names other units' business and is none of their matters."""
_CONSEQUENCE = re.compile(r"^(?:导致|造成|致使|所以|因此|结果|因为|由于|否则|万一|以至|影响|担心|害怕)")
_WISH = re.compile(r"^(?:希望|请(?!问)|恳请|要求|建议|望|盼|强烈|麻烦|请求|我要求|我们要求)")


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter of several: its title and a text that can be filed as it stands, and what it seems to be."""

    title: str
    text: str
    category: Candidate


@dataclass(frozen=True, slots=True)
class _Passage:
    text: str
    """As it was written: the proposal's text."""
    least: float
    """The confidence that it takes to stand by itself."""
    further: bool
    """Said to be a further matter, or a point of a list."""
    point: bool = False
    """A point of a numbered list."""


@dataclass(frozen=True)
class Cut:
    """A text in the parts that its writer gave it; `plain`: those that could be matters as they are read, None for others."""

    passages: Sequence[_Passage] = ()
    plain: Sequence[Normal | None] = ()

    @cached_property
    def asked(self) -> list[Normal]:
        """The parts to be classified; none where fewer than two could be matters."""
        asked = [text for text in self.plain if text]
        return asked if len(asked) > 1 else []


@dataclass(slots=True)
class _Found:
    """A matter in the making: its passages, what was read in the first, and what else that could be."""

    parts: list[str]
    suggestion: Suggestion
    category_code: str
    possible: frozenset[str]
    said: bool
    """Set apart by its writer, not only by a full stop."""


def cut_apart(text: str) -> Cut:
    """The parts of a text that could be matters; at most eight of them, and short ones, are to be classified."""
    passages = _passages(normalise(text))
    plain = [_standing(passage) if number < MOST_PASSAGES else None for number, passage in enumerate(passages)]
    return Cut(passages, plain)


def matters_in(
    cut: Cut,
    suggestions: Sequence[Suggestion],
    *,
    categories: Mapping[str, Category],
    unit_of: Callable[[str], str | None],
) -> tuple[Matter, ...]:
    """The matters of a text when there are several, else empty; `suggestions`: one for each part in `cut.asked`.

    `unit_of` names the unit that a category would go to: two categories of one family and one unit are one matter.
    """
    if not suggestions:
        return ()
    opening, found, answers = "", list[_Found](), iter(suggestions)
    for passage, plain in zip(cut.passages, cut.plain, strict=True):
        read = _read(passage, plain, next(answers)) if plain else None
        same = next((one for one in found if read and _alike(one, read, categories, unit_of)), None)
        if read is not None and same is None:
            found.append(read)
        elif found:
            (same or found[-1]).parts.append(passage.text)
        else:
            opening += passage.text
    if len(found) < 2:
        return ()
    return tuple(_proposal(one, opening) for one in found)


def _standing(passage: _Passage) -> Normal | None:
    """The passage without its mark, as far as it is read; None when its words show that it is no matter by itself."""
    plain = _LEADING.sub("", passage.text)[:LONGEST_PASSAGE]
    short = len(plain) < LEAST_PASSAGE
    if short and not (passage.point and len(plain) >= LEAST_POINT):
        return None
    if _CONSEQUENCE.match(plain) or (_WISH.match(plain) and (short or not passage.further)):
        return None
    return None if not passage.further and _CONTEXT.search(plain) else Normal(plain)


def _read(passage: _Passage, plain: str, suggestion: Suggestion) -> _Found | None:
    """A passage that is surely enough about something."""
    answers = suggestion.likeliest[:_COULD_BE]
    least = SURE_PLAIN if len(plain) < LEAST_PASSAGE else passage.least
    if not answers or answers[0][1] < least:
        return None
    possible = frozenset(code for code, confidence in answers if confidence >= POSSIBLE)
    return _Found([passage.text], suggestion, answers[0][0], possible, passage.least < SURE_PLAIN)


def _alike(
    one: _Found, other: _Found, categories: Mapping[str, Category], unit_of: Callable[[str], str | None]
) -> bool:
    """Whether they may be one matter, or one unit would act on both in one go."""
    first, second = one.category_code, other.category_code
    if first in other.possible or second in one.possible:
        return True
    if _family(first, categories) != _family(second, categories):
        return False
    if not (one.said or other.said):
        return True
    unit = unit_of(first)
    return unit is None or unit == unit_of(second)


def _family(code: str, categories: Mapping[str, Category]) -> str:
    category = categories.get(code)
    return (category.parent_code if category else None) or code


def _proposal(found: _Found, opening: str) -> Matter:
    own = [_LEADING.sub("", part).strip("，, \n") for part in found.parts]
    text = "".join(part if part[-1:] in "。！？!?；" else f"{part}。" for part in own if part)
    read = found.suggestion.classification
    category = next(one for one in (read.best, *read.alternatives) if one and one.category_code == found.category_code)
    return Matter(title_of(text), f"{opening.strip()}{text}", category)


def _passages(text: str) -> Sequence[_Passage]:
    """The text in the parts that its writer gave it: points and further matters, paragraphs, else sentences."""
    starts = {match.start(match.lastgroup or 0): match.lastgroup for match in _STARTS.finditer(text)}
    marks = list(starts)
    if not marks and len(text) < LEAST_CHARACTERS:
        return ()
    # Before "besides, …" stands the first matter; before "1." stands what all points share.
    besides = bool(marks) and _FURTHER_MARK.match(text[marks[0] :]) is not None
    passages: list[_Passage] = []
    for number, (start, end) in enumerate(zip([0, *marks], [*marks, len(text)], strict=True)):
        part = text[start:end].strip()
        if not part:
            continue
        if number:
            said = _FURTHER_MARK.match(part) is not None
            least = SURE_FURTHER if said and starts[start] == "mark" else SURE_MARKED
            passages.append(_Passage(part, least, further=True, point=not said))
        elif besides:
            passages.append(_Passage(part, SURE_FURTHER, further=True))
        elif marks:
            passages.append(_Passage(part, SURE_OPENING, further=False))
        elif "\n" in part:
            passages += [_Passage(one.strip(), SURE_MARKED, further=False) for one in part.split("\n") if one.strip()]
        else:
            passages += _sentences(part)
    return passages


def _sentences(part: str) -> list[_Passage]:
    """Sentences of what carries no mark."""
    sentences = (match.group().strip() for match in _SENTENCE.finditer(part))
    return [_Passage(sentence, SURE_PLAIN, further=False) for sentence in sentences if sentence]
