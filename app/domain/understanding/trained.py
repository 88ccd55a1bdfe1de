"""Suggests the category of a text with the trained model, and names the words that spoke for it.

A category that the city added since the last training is unknown to the model; until the next one it speaks through
its keywords.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat

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


@dataclass(frozen=True)
class _Batch:
    """Texts that were read together: their bodies, and all their pieces with the rows that these have in the model.

    `shares`: those of the categories in use; `known`: how many different pieces of each text the model knows.
    """

    bodies: Sequence[str]
    shares: Floats
    known: NDArray[np.integer]
    found: Pieces
    row: NDArray[np.int64]

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The likeliest categories of each text."""
        return np.argsort(-self.shares, axis=1, kind="stable")[:, :_SHOWN]

    @cached_property
    def _by_text(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pieces of one text after the other, and where those of each begin."""
        order = np.argsort(self.found.document, kind="stable")
        return order, np.searchsorted(self.found.document[order], np.arange(len(self.bodies) + 1))

    def of_body(self, number: int) -> Known:
        """Where the known pieces of a body begin, how long they are, and their rows."""
        order, begin = self._by_text
        own = order[begin[number] : begin[number + 1]]
        own = own[self.row[own] >= 0]
        return self.found.start[own], self.found.size[own], self.row[own]


@dataclass(frozen=True)
class TrainedSuggestion:
    """A `Suggestion` for one text of a batch."""

    classifier: "TrainedClassifier"
    batch: _Batch
    number: int
    likeliest: Sequence[tuple[str, float]]

    @cached_property
    def classification(self) -> Classification:
        """Five categories at most; `best` is None when nothing in the text is known, or nothing said by it.

        What is hardly possible is named without words: few would speak for it, and finding them costs most.
        """
        if not self.likeliest or self.likeliest[0][1] < _LEAST:
            return Classification(None, (), TrainedClassifier.METHOD)
        told = sum(sure >= _LEAST for _, sure in self.likeliest)
        evidence = chain(self.classifier.evidence(self.batch, self.number, told), repeat(()))
        named = zip(self.likeliest, evidence, strict=False)
        candidates = [Candidate(code, round(sure, 4), words) for (code, sure), words in named]
        return Classification(candidates[0], tuple(candidates[1:]), TrainedClassifier.METHOD)


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
        return self.suggest([text], [title])[0].classification

    def suggest(self, texts: Sequence[str], titles: Sequence[str]) -> list[TrainedSuggestion]:
        """By a few array operations, however many texts they are; see `Classifier`."""
        batch = self._read(texts, titles)
        confidence = self.model.honest(batch.shares[np.arange(len(texts))[:, None], batch.order])
        codes = [[self._codes[best] for best in row] for row in batch.order.tolist()]
        return [
            TrainedSuggestion(self, batch, number, list(zip(own, sure, strict=True)) if known >= _FEWEST_PIECES else [])
            for number, (own, sure, known) in enumerate(zip(codes, confidence.tolist(), batch.known, strict=True))
        ]

    def shares(self, texts: Sequence[str], titles: Sequence[str]) -> tuple[list[str], Floats]:
        """The codes in use, and text × category shares of one, not yet held against how often they were right."""
        return self._codes, self._read(texts, titles).shares

    def _read(self, texts: Sequence[str], titles: Sequence[str]) -> _Batch:
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
        return _Batch(bodies, shares, np.bincount(vector[0], minlength=count), found, row)

    def _by_keywords(self, texts: Sequence[str]) -> Floats:
        """Text × untrained category."""
        scores: Floats = np.full((len(texts), len(self.untrained)), _UNTRAINED, np.float32)
        for number, text in enumerate(texts):
            for code, worth in self._keywords.score(self._keywords.find(text.lower())).items():
                scores[number, self.untrained.index(code)] += _KEYWORD * worth
        scores *= self.model.levels.sum()
        return scores

    def evidence(self, batch: _Batch, number: int, most: int) -> list[tuple[str, ...]]:
        """For each of the `most` likeliest categories of a text the words that spoke for it, loudest first."""
        text, rows = batch.bodies[number], batch.order[number, :most]
        columns = self._columns[rows]
        trained = columns < len(self.model.categories)
        start, size, row = batch.of_body(number)
        telling, worth = self.model.worth(row, np.where(trained, columns, 0))
        loudest = loudest_words(text, start[telling], size[telling], worth * trained)
        if not self.untrained:
            return [strongest(words, ()) for words in loudest]
        keywords = self._keywords.find(text.lower())
        named = [self._keywords.evidence(keywords, self._codes[row]) for row in rows]
        return [strongest(words, own) for words, own in zip(loudest, named, strict=True)]


def _prepared(text: str, title: str) -> tuple[str, str]:
    text = normalise(text)
    if len(text) > _HEAD_CHARS + _TAIL_CHARS:
        text = f"{text[:_HEAD_CHARS]}\n{text[-_TAIL_CHARS:]}"
    return text, normalise(title) or title_of(text)
