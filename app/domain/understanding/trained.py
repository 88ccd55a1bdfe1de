"""Suggests the category of a text with the trained model, and names the words that spoke for it.

A category that the city added since the last training is unknown to the model; until the next one it speaks through
its keywords.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rjieba import cut

from app.domain.catalogue import Category
from app.domain.understanding.classifier import Candidate, Classification, title_of
from app.domain.understanding.features import BODY, TITLE, Pieces, pieces
from app.domain.understanding.keywords import KeywordIndex
from app.domain.understanding.linear_model import LinearModel
from app.domain.understanding.normalise import normalise

# Longer letters repeat themselves; the matter stands at the head and the wish at the tail.
_HEAD_CHARS, _TAIL_CHARS = 1000, 500
_SHOWN = 5
_MAX_EVIDENCE = 6
_EVIDENCE_SHARE = 0.3
"""Words that speak much more softly than the strongest one convince nobody."""
_LEAST = 0.02
"""Below this confidence the text says nothing at all; above it a person sees the guess with its low confidence."""
_FEWEST_PIECES = 3
"""Known pieces that a text must have: single characters are shared by chance (龙 of 水龙头)."""
_UNTRAINED = -1.0
"""What the heads of a category say that the model has not learnt: no, unless keywords speak."""
_KEYWORD = 0.5
"""Worth of a distinctive keyword of such a category."""

Floats = NDArray[np.float32]


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
        text, title = _prepared(text, title)
        found = [pieces([text], BODY), pieces([title], TITLE)]
        shares, known = self._shares(found, [text])
        if not self._codes or known[0] < _FEWEST_PIECES:
            return Classification(None, (), self.METHOD)
        order = np.argsort(-shares[0], kind="stable")[:_SHOWN]
        confidence = self.model.honest(shares[0, order])
        if confidence[0] < _LEAST:
            return Classification(None, (), self.METHOD)
        candidates = [
            Candidate(self._codes[row], round(float(sure), 4), words)
            for row, sure, words in zip(order, confidence, self._evidence(text, found[0], order), strict=True)
        ]
        return Classification(candidates[0], tuple(candidates[1:]), self.METHOD)

    def classify_many(self, texts: Sequence[str], titles: Sequence[str]) -> list[list[tuple[str, float]]]:
        """For each text the three likeliest categories with their confidence, without evidence: for files and figures."""
        shares, known = self._shares_of(texts, titles)
        best = np.argpartition(-shares, 2, axis=1)[:, :3] if len(self._codes) > 3 else np.argsort(-shares, axis=1)
        confidence = self.model.honest(np.take_along_axis(shares, best, axis=1))
        return [
            sorted(
                ((self._codes[row], float(sure)) for row, sure in zip(rows, how_sure, strict=True)),
                key=lambda answer: -answer[1],
            )
            if count >= _FEWEST_PIECES
            else []
            for rows, how_sure, count in zip(best, confidence, known, strict=True)
        ]

    def shares(self, texts: Sequence[str], titles: Sequence[str]) -> tuple[list[str], Floats]:
        """The codes in use, and text × category shares of one, not yet held against how often they were right."""
        return self._codes, self._shares_of(texts, titles)[0]

    def _shares_of(self, texts: Sequence[str], titles: Sequence[str]) -> tuple[Floats, NDArray[np.integer]]:
        prepared = [_prepared(text, title) for text, title in zip(texts, titles, strict=True)]
        bodies = [text for text, _ in prepared]
        return self._shares([pieces(bodies, BODY), pieces([title for _, title in prepared], TITLE)], bodies)

    def _shares(self, found: Sequence[Pieces], texts: Sequence[str]) -> tuple[Floats, NDArray[np.integer]]:
        """Text × category in use, and how many pieces of each text are known."""
        vectors = self.model.vectors(found, len(texts))
        scores = self.model.category_scores(vectors, len(texts))
        if self.untrained:
            scores = np.hstack([scores, self._by_keywords(texts)])
        known = sum(np.bincount(document, minlength=len(texts)) for document, _, _ in vectors)
        # What a category out of use has of the whole is nobody's: the others are none the surer for it.
        return self.model.shares(scores)[:, self._columns], np.asarray(known)

    def _by_keywords(self, texts: Sequence[str]) -> Floats:
        """Text × untrained category."""
        scores: Floats = np.full((len(texts), len(self.untrained)), _UNTRAINED, np.float32)
        for number, text in enumerate(texts):
            for code, worth in self._keywords.score(self._keywords.find(text.lower())).items():
                scores[number, self.untrained.index(code)] += _KEYWORD * worth
        scores *= self.model.levels.sum()
        return scores

    def _evidence(self, text: str, found: Pieces, rows: NDArray[np.integer]) -> list[tuple[str, ...]]:
        """For each candidate the words of the text that spoke for it, loudest first."""
        words = list(cut(text))
        ends = np.cumsum([len(word) for word in words])
        said = self._said(found, len(text), rows)
        loud = np.add.reduceat(said, ends - [len(word) for word in words], axis=0)
        telling = [number for number, word in enumerate(words) if len(word) > 1 and word[0].isalpha()]
        keywords = self._keywords.find(text.lower()) if self.untrained else {}
        return [
            _strongest([(words[number], float(loud[number, column])) for number in telling],
                       self._keywords.evidence(keywords, self._codes[row]))
            for column, row in enumerate(rows)
        ]  # fmt: skip

    def _said(self, found: Pieces, length: int, rows: NDArray[np.integer]) -> Floats:
        """Character × candidate: what the pieces over each character add to the candidate's score."""
        row = self.model.rows(found.bucket, BODY)
        known = row >= 0
        start, size = found.start[known], found.size[known]
        columns = self._columns[rows]
        trained = columns < len(self.model.categories)
        worth = self.model.worth(row[known], np.where(trained, columns, 0)) * trained / size[:, None]
        said = np.zeros((length, len(rows)), np.float32)
        for number in np.unique(size):
            own = size == number
            for step in range(number):  # pieces of one size begin at different places: nothing is added twice
                said[start[own] + step] += worth[own]
        return said


def _prepared(text: str, title: str) -> tuple[str, str]:
    text = normalise(text)
    if len(text) > _HEAD_CHARS + _TAIL_CHARS:
        text = f"{text[:_HEAD_CHARS]}\n{text[-_TAIL_CHARS:]}"
    return text, normalise(title) or title_of(text)


def _strongest(worth: Sequence[tuple[str, float]], keywords: Sequence[str]) -> tuple[str, ...]:
    """Keywords first, then the words that speak loudest; a word inside one already named says nothing new."""
    summed: dict[str, float] = {}
    for word, value in worth:
        summed[word] = summed.get(word, 0.0) + value
    words = sorted((word for word in summed if summed[word] > 0), key=lambda word: -summed[word])
    enough = _EVIDENCE_SHARE * summed[words[0]] if words else 0.0
    named = list(keywords)
    for word in words:
        if len(named) == _MAX_EVIDENCE or summed[word] < enough:
            break
        if not any(word in other for other in named):
            named.append(word)
    return tuple(named[:_MAX_EVIDENCE])
