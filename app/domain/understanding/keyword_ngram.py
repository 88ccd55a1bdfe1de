"""The first classifier: keyword hits plus likeness to the examples of each category.

It needs no training data but the catalogue itself, so a city that edits its categories has a working suggestion
at once. A trained one takes its place behind the same `Classifier` protocol.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp

from rjieba import cut

from app.domain.catalogue import Category
from app.domain.understanding.classifier import Candidate, Classification
from app.domain.understanding.keywords import KeywordIndex
from app.domain.understanding.ngrams import NgramIndex, grams
from app.domain.understanding.normalise import normalise

# Longer letters repeat themselves; the matter stands at the head and the wish at the tail.
_HEAD_CHARS, _TAIL_CHARS = 1000, 500
_ALTERNATIVES = 4
_MAX_EVIDENCE = 6
_EVIDENCE_SHARE = 0.3
"""Words that speak much more softly than the strongest one convince nobody."""
# Confidence is shared among so many leaders; the long tail would only blur it.
_COMPETITORS = 8


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each view counts and how scores become confidence.

    Measured in cross-validation over the examples of the delivered catalogue (some 300 categories, 2,000 examples):
    set anew when the catalogue changes much. There 0.06 is the best temperature (calibration error 0.02); real
    letters are harder than examples, and 0.08 keeps the confidence honest for them (0.9 said, 0.85 kept).
    """

    keyword: float = 0.1
    """Worth of one distinctive keyword beside the likeness to the examples (0 to 1)."""
    keyword_length: int = 60
    """Texts longer than this many characters hold keywords by chance; their sum is damped by the square root."""
    family: float = 2.0
    """Worth of the likeness to the first-level category, which knows far more words than one matter."""
    temperature: float = 0.08
    nothing: float = 0.15
    """The score at which "none of these" competes."""
    least: float = 0.02
    """Below this score the text says nothing at all; above it a person sees the guess with its low confidence."""


class KeywordNgramClassifier:
    """Keyword hits plus likeness to the examples, for second-level categories in use."""

    METHOD = "keyword-ngram-1"

    def __init__(self, categories: Iterable[Category], weights: Weights = Weights()) -> None:
        """Build the indexes; about 0.4 s for 300 categories of seven examples."""
        every = tuple(categories)
        used = [category for category in every if category.parent_code is not None and category.active]
        self._weights = weights
        self._parent = {category.code: str(category.parent_code) for category in used}
        names = {category.code: category.name for category in every}
        keywords = {
            category.code: [normalise(word) for word in (category.name, *category.keywords)] for category in used
        }
        documents: dict[str, list[tuple[str, float]]] = {}
        families: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for category in used:
            parts = [(normalise(example).lower(), 1.0) for example in category.examples]
            parts += [(word.lower(), 1.0) for word in keywords[category.code]]
            documents[category.code] = parts
            families[self._parent[category.code]] += parts
        for code, parts in families.items():
            parts.append((normalise(names.get(code, "")).lower(), 3.0))
        self._keywords = KeywordIndex(keywords)
        self._ngrams = NgramIndex(documents)
        self._families = NgramIndex(families)

    def classify(self, text: str) -> Classification:
        """Return the five likeliest categories of `text`; `best` is None when nothing in it is known."""
        text = normalise(_sample(text)).lower()
        found = self._keywords.find(text)
        vector = self._ngrams.vector(text)
        if not found and all(len(piece) == 1 for piece in vector):
            return Classification(None, (), self.METHOD)  # single characters are shared by chance (龙 of 水龙头)
        scores = self._scores(text, found, vector)
        ranked = sorted(scores, key=lambda code: (-scores[code], code))[:_COMPETITORS]
        if scores[ranked[0]] < self._weights.least:
            return Classification(None, (), self.METHOD)
        confidence = self._confidence({code: scores[code] for code in ranked})
        words = {word: tuple(grams(word)) for word in dict.fromkeys(cut(text)) if len(word) > 1}
        candidates = tuple(
            Candidate(code, round(confidence[code], 4), self._evidence(code, found, vector, words))
            for code in ranked[: 1 + _ALTERNATIVES]
        )
        return Classification(candidates[0], candidates[1:], self.METHOD)

    def _scores(self, text: str, found: dict[str, int], vector: dict[str, float]) -> dict[str, float]:
        likeness = self._ngrams.score(vector)
        family = self._families.score(self._families.vector(text))
        hits = self._keywords.score(found)
        damping = max(1.0, len(text) / self._weights.keyword_length) ** -0.5
        return {
            code: likeness.get(code, 0.0)
            + self._weights.keyword * hits.get(code, 0.0) * damping
            + self._weights.family * family.get(self._parent[code], 0.0)
            for code in likeness.keys() | hits.keys()
        }

    def _confidence(self, scores: dict[str, float]) -> dict[str, float]:
        """Turn the scores of the leaders into shares of one, with "none of these" as one more competitor."""
        temperature, nothing = self._weights.temperature, self._weights.nothing
        top = max(*scores.values(), nothing)
        shares = {code: exp((score - top) / temperature) for code, score in scores.items()}
        total = sum(shares.values()) + exp((nothing - top) / temperature)
        return {code: share / total for code, share in shares.items()}

    def _evidence(
        self, code: str, found: dict[str, int], vector: dict[str, float], words: dict[str, tuple[str, ...]]
    ) -> tuple[str, ...]:
        evidence = self._keywords.evidence(found, code)
        worth = {
            word: self._ngrams.contribution(vector, pieces, code)
            for word, pieces in words.items()
            if not any(word in keyword for keyword in evidence)
        }
        enough = _EVIDENCE_SHARE * max(worth.values(), default=0.0)
        strongest = sorted((word for word in worth if worth[word] > enough), key=lambda word: -worth[word])
        if not evidence and not strongest:  # no whole word spoke, only a piece of one
            pieces = {piece: self._ngrams.contribution(vector, (piece,), code) for piece in vector if len(piece) > 1}
            strongest = [max(pieces, key=lambda piece: pieces[piece])] if pieces else []
        return tuple((evidence + strongest)[:_MAX_EVIDENCE])


def _sample(text: str) -> str:
    if len(text) <= _HEAD_CHARS + _TAIL_CHARS:
        return text
    return f"{text[:_HEAD_CHARS]}\n{text[-_TAIL_CHARS:]}"
