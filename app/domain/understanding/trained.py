"""Suggests the category of a text with the trained model, and names the words that spoke for it.

A category that the city added since the last training is unknown to the model; until the next one it speaks through
its keywords.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.catalogue import Category
from app.domain.understanding.classifier import Candidate, Classification, title_of
from app.domain.understanding.evidence import Known, loudest_words, strongest
from app.domain.understanding.features import Pieces, pieces_of_messages
from app.domain.understanding.keywords import KeywordIndex
from app.domain.understanding.linear_model import LinearModel
from app.domain.understanding.normalise import normalise

# Longer letters repeat themselves; the matter stands at the head and the wish at the tail.
_HEAD_CHARS, _TAIL_CHARS = 1000, 500
_SHOWN = 5
_LEAST = 0.02
"""Below this confidence the text says nothing at all; above it a person sees the guess with its low confidence."""
_FEWEST_PIECES = 3
"""Known pieces that a text must have: single characters are shared by chance (龙 of 水龙头)."""
_UNTRAINED = -1.0
"""What the heads of a category say that the model has not learnt: no, unless keywords speak."""
_KEYWORD = 0.5
"""Worth of a distinctive keyword of such a category."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Read:
    """Messages as read: their bodies, the shares of the categories in use, how many different pieces of each are known, and all their
    pieces with the rows that these have in the model."""

    bodies: Sequence[str]
    shares: Floats
    known: NDArray[np.integer]
    found: Pieces
    row: NDArray[np.int64]


class TrainedClassifier:
    """The linear model over the second-level categories in use."""

    METHOD = "linear-1"

    def __init__(self, model: LinearModel, categories: Iterable[Category]) -> None:
        """Match the model with the catalogue of today."""
        used = [category for category in categories if category.parent_code is not None and category.active]
        place = {code: number for number, code in enumerate(model.categories)}
        self.model = model
        new = [category for category in used if category.code not in place]
        place.update({category.code: len(place) + number for number, category in enumerate(new)})
        self._codes = [category.code for category in used]
        self._columns = np.array([place[code] for code in self._codes], np.int64)
        self.untrained = [category.code for category in new]
        """Categories in use that the model has not learnt."""
        self._keywords = KeywordIndex(
            {category.code: [normalise(word) for word in (category.name, *category.keywords)] for category in new}
        )

    def classify(self, text: str, title: str = "") -> Classification:
        """Return the five likeliest categories of `text`; `best` is None when nothing in it is known."""
        return self.classify_each([text], [title])[0]

    def classify_each(self, texts: Sequence[str], titles: Sequence[str]) -> list[Classification]:
        """For each text what `classify` answers, for less than what they cost one by one."""
        read = self._read(texts, titles)
        known = [_of_body(read, number) for number in range(len(texts))]
        return [self._answer(*message) for message in zip(read.bodies, read.shares, read.known, known, strict=True)]

    def _answer(self, body: str, shares: Floats, count: int, known: Known) -> Classification:
        if not self._codes or count < _FEWEST_PIECES:
            return Classification(None, (), self.METHOD)
        order = np.argsort(-shares, kind="stable")[:_SHOWN]
        confidence = self.model.honest(shares[order])
        if confidence[0] < _LEAST:
            return Classification(None, (), self.METHOD)
        candidates = [
            Candidate(self._codes[best], round(float(sure), 4), words)
            for best, sure, words in zip(order, confidence, self._evidence(body, known, order), strict=True)
        ]
        return Classification(candidates[0], tuple(candidates[1:]), self.METHOD)

    def classify_many(self, texts: Sequence[str], titles: Sequence[str]) -> list[list[tuple[str, float]]]:
        """For each text the three likeliest categories with their confidence, without evidence: for files and figures."""
        read = self._read(texts, titles)
        shares = read.shares
        best = np.argpartition(-shares, 2, axis=1)[:, :3] if len(self._codes) > 3 else np.argsort(-shares, axis=1)
        confidence = self.model.honest(np.take_along_axis(shares, best, axis=1))
        return [
            sorted(
                ((self._codes[row], float(sure)) for row, sure in zip(rows, how_sure, strict=True)),
                key=lambda answer: -answer[1],
            )
            if count >= _FEWEST_PIECES
            else []
            for rows, how_sure, count in zip(best, confidence, read.known, strict=True)
        ]

    def shares(self, texts: Sequence[str], titles: Sequence[str]) -> tuple[list[str], Floats]:
        """The codes in use, and text × category shares of one, not yet held against how often they were right."""
        return self._codes, self._read(texts, titles).shares

    def _read(self, texts: Sequence[str], titles: Sequence[str]) -> _Read:
        prepared = [_prepared(text, title) for text, title in zip(texts, titles, strict=True)]
        bodies, count = [text for text, _ in prepared], len(prepared)
        found = pieces_of_messages(bodies, [title for _, title in prepared])
        row = self.model.rows(found, count)
        vector = self.model.vector(found, row, count)
        scores = self.model.category_scores(vector, count)
        if self.untrained:
            scores = np.hstack([scores, self._by_keywords(bodies)])
        # What a category out of use has of the whole is nobody's: the others are none the surer for it.
        shares = self.model.shares(scores)[:, self._columns]
        return _Read(bodies, shares, np.bincount(vector[0], minlength=count), found, row)

    def _by_keywords(self, texts: Sequence[str]) -> Floats:
        """Text × untrained category."""
        scores: Floats = np.full((len(texts), len(self.untrained)), _UNTRAINED, np.float32)
        for number, text in enumerate(texts):
            for code, worth in self._keywords.score(self._keywords.find(text.lower())).items():
                scores[number, self.untrained.index(code)] += _KEYWORD * worth
        scores *= self.model.levels.sum()
        return scores

    def _evidence(self, text: str, known: Known, rows: NDArray[np.integer]) -> list[tuple[str, ...]]:
        """For each candidate the words of the text that spoke for it, loudest first."""
        columns = self._columns[rows]
        trained = columns < len(self.model.categories)
        start, size, row = known
        worth = self.model.worth(row, np.where(trained, columns, 0)) * trained
        loudest = loudest_words(text, start, size, worth)
        if not self.untrained:
            return [strongest(words, ()) for words in loudest]
        keywords = self._keywords.find(text.lower())
        named = [self._keywords.evidence(keywords, self._codes[row]) for row in rows]
        return [strongest(words, own) for words, own in zip(loudest, named, strict=True)]


def _of_body(read: _Read, number: int) -> Known:
    """Where the known pieces of a body begin, how long they are, and their rows."""
    own = np.flatnonzero((read.found.document == number) & (read.row >= 0))
    return read.found.start[own], read.found.size[own], read.row[own]


def _prepared(text: str, title: str) -> tuple[str, str]:
    text = normalise(text)
    if len(text) > _HEAD_CHARS + _TAIL_CHARS:
        text = f"{text[:_HEAD_CHARS]}\n{text[-_TAIL_CHARS:]}"
    return text, normalise(title) or title_of(text)
