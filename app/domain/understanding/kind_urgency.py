"""Suggests what the citizen wants and how fast it must go, by rules that can be read and argued about.

A machine may suggest a kind but never `report`: whistle-blowing changes who may see the ticket, so a person must
ask first. For urgency a missed gas leak costs more than a needless question, so recall comes before precision.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import exp

from app.domain.catalogue import Category, RequestKind, Urgency
from app.domain.understanding.danger_words import DANGERS, IDIOMS, UNNAMED_DANGER, URGENT, Advice
from app.domain.understanding.kind_words import CLOSING, HOW_TO_REPORT, KIND_CUES, OFFICE_GRAFT, REPORT_WORDS
from app.domain.understanding.normalise import normalise
from app.domain.understanding.present_danger import level_of, outage_stands
from app.domain.understanding.sieve import Sieve

# What the usual kind of the category is worth beside a cue word (an outspoken one, 投诉, is worth 3).
_PRIOR = 1.2
# People say what they want in the title and the first words; later mentions are often courtesy.
_OPENING_CHARS = 60
_OPENING_BONUS = 1.5
_MAX_EVIDENCE = 5

_CUES = tuple((kind, weight, cue) for kind, cues in KIND_CUES.items() for weight, cue in cues)
_CUE_SIEVE = Sieve(cue for _, _, cue in _CUES)
_OUTAGE, _IDIOM = len(DANGERS), len(DANGERS) + 1
_URGENCY_SIEVE = Sieve([*(danger.rule for danger in DANGERS), URGENT, IDIOMS])
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+")
_LONGEST_SENTENCE = 300
_LOOKED_AT = 5
"""Mentions of one danger in one sentence that are weighed; a text of nothing else must not slow the seats."""


@dataclass(frozen=True, slots=True)
class KindSuggestion:
    """The likely kind, how sure (0 to 1), the words that spoke for it, and whether to ask "is this a report?"."""

    kind: RequestKind
    confidence: float
    evidence: tuple[str, ...]
    ask_report: bool


@dataclass(frozen=True, slots=True)
class UrgencySuggestion:
    """The likely urgency, the words that spoke for it, and what to do at once when life is at risk."""

    urgency: Urgency
    evidence: tuple[str, ...]
    advice: tuple[Advice, ...]


def suggest_kind(text: str, category: Category | None) -> KindSuggestion:
    """Suggest the kind of a message; `category` lends its usual kind where the words are silent.

    Words of whistle-blowing give `complaint` with `ask_report`, never `report`. A text without a letter gives
    `other` with confidence 0.
    """
    text = _without_phrases(normalise(text))
    if not any(character.isalnum() for character in text):
        return KindSuggestion(RequestKind.OTHER, 0.0, (), False)
    accusation = _distinct(
        match.group()
        for words in (OFFICE_GRAFT, REPORT_WORDS)
        if words.may_find(text)
        for match in words.pattern.finditer(text)
    )
    scores, words = _kind_scores(text)
    if category is not None and category.usual_kind in scores:
        scores[category.usual_kind] += _PRIOR
    if accusation:
        scores[RequestKind.COMPLAINT] = max(scores.values()) + len(accusation)
        words[RequestKind.COMPLAINT] = [*accusation, *words[RequestKind.COMPLAINT]]
    best = max(scores, key=lambda kind: scores[kind])
    if not any(scores.values()):
        best = RequestKind.HELP
    confidence = exp(scores[best]) / sum(exp(score) for score in scores.values())
    return KindSuggestion(best, round(confidence, 3), _distinct(words[best]), bool(accusation))


def speaks_of_graft(text: str) -> bool:
    """Whether a text accuses somebody in office of corruption."""
    text = normalise(text)
    return OFFICE_GRAFT.may_find(text) and OFFICE_GRAFT.pattern.search(text) is not None


def suggest_urgency(text: str, category: Category | None) -> UrgencySuggestion:
    """Suggest the urgency of a message; never below the usual urgency of `category`.

    Danger to life or property gives `critical` with one advice per sort of danger; danger that is only feared
    (如果着火) and outages give `urgent`; idioms, lessons and things that are over give nothing.
    """
    text = normalise(text)
    tried = _URGENCY_SIEVE.sift(text)
    idioms, outages = tried.pop(_IDIOM, None), tried.pop(_OUTAGE, set())
    if idioms:
        text = IDIOMS.pattern.sub(lambda match: "〇" * len(match.group()), text)
    sentences = _sentences(text) if tried or outages else []
    critical: list[str] = []
    urgent: list[str] = []
    advice: list[Advice] = []
    for number, signs in tried.items():
        for level, word in _dangers(DANGERS[number].rule.pattern, sentences, signs):
            if level is Urgency.CRITICAL:
                critical.append(word)
                advice.append(DANGERS[number].advice)
            else:
                urgent.append(word)
    if critical:
        return UrgencySuggestion(Urgency.CRITICAL, _distinct(critical), tuple(dict.fromkeys(advice)))
    urgent.extend(_outages(sentences, outages))
    usual = category.usual_urgency if category is not None else Urgency.NORMAL
    if usual is Urgency.NORMAL and urgent:
        usual = Urgency.URGENT
    return UrgencySuggestion(usual, _distinct(urgent), (UNNAMED_DANGER,) if usual is Urgency.CRITICAL else ())


def _dangers(pattern: re.Pattern[str], sentences: list[str], signs: Collection[str]) -> Iterator[tuple[Urgency, str]]:
    """Yield how urgent a sort of danger is wherever `sentences` name it, in each up to the first critical mention."""
    for number, sentence in enumerate(sentences):
        if not any(sign in sentence for sign in signs):
            continue
        following = sentences[number + 1] if number + 1 < len(sentences) else ""
        for match in islice(pattern.finditer(sentence), _LOOKED_AT):
            level = level_of(sentence, match, following)
            if level is not None:
                yield level, match.group()
            if level is Urgency.CRITICAL:
                break


def _outages(sentences: list[str], signs: Collection[str]) -> Iterator[str]:
    for sentence in sentences:
        if not any(sign in sentence for sign in signs):
            continue
        for match in URGENT.pattern.finditer(sentence):
            if outage_stands(sentence, match):
                yield match.group()


def _kind_scores(text: str) -> tuple[dict[RequestKind, float], dict[RequestKind, list[str]]]:
    scores = dict.fromkeys(KIND_CUES, 0.0)
    words: dict[RequestKind, list[str]] = {kind: [] for kind in KIND_CUES}
    for number in _CUE_SIEVE.sift(text):
        kind, weight, cue = _CUES[number]
        matches = list(cue.pattern.finditer(text))
        if matches:
            opening = matches[0].start() < _OPENING_CHARS
            scores[kind] += weight * (_OPENING_BONUS if opening else 1.0)
            words[kind].extend(match.group() for match in matches)
    return scores, words


def _without_phrases(text: str) -> str:
    """The text without thanks at its close, and with a question how to report made the question that it is."""
    if HOW_TO_REPORT.may_find(text):
        text = HOW_TO_REPORT.pattern.sub("咨询", text)
    return CLOSING.pattern.sub(r"\1", text) if CLOSING.may_find(text) else text


def _sentences(text: str) -> list[str]:
    """Split at full stops; a text without any is cut, so that no message can make the rules slow."""
    return [
        sentence[start : start + _LONGEST_SENTENCE]
        for sentence in _SENTENCE_END.split(text)
        for start in range(0, len(sentence), _LONGEST_SENTENCE)
    ]


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:_MAX_EVIDENCE]
