"""Orders articles by how much of a question they cover: rare words count more, and so does the place where they stand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.knowledge.question import Question, meaningful, with_wholes
from app.domain.knowledge.sentences import Passage, best_passage
from app.domain.understanding import normalise

SAME_MATTER, SAME_FIELD = 1.2, 1.08
"""What it is worth when the article's category is the request's, or of the same first level."""
LEAST_SCORE = 0.2
"""Below it an article shares some word by chance and is not offered."""
_TITLE_SHARE, _KEYWORD_SHARE = 0.35, 0.3
_PAIR_SAYS = 0.6
"""Between the sentences of one article a pair of characters is hardly there by chance."""
_NAMED = 0.5
"""Terms that weigh more say the thing's name, not a part of it."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the knowledge base."""

    id: int
    title: str
    body: str
    basis: str
    category_code: str | None
    keywords: Sequence[str]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that the index found: index of the question's term → how prominently it stands there, 0 to 1."""

    article: Article
    places: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An article with the share of the question that it covers (0 to 1) and the sentence that answers."""

    article: Article
    score: float
    passage: Passage


def rank(
    question: Question,
    hits: Sequence[Hit],
    known_in: Mapping[int, int],
    total: int,
    category_code: str | None = None,
    most: int = 3,
) -> list[Ranked]:
    """The best articles, best first. `known_in`: index of a term → in how many of the `total` articles it stands."""
    worth = [math.log(1 + (total + 1) / (known_in.get(index, 0) + 0.5)) for index in range(len(question.terms))]
    whole = _whole(question, worth)
    scored = sorted(
        ((_score(question, hit, worth, whole, category_code), hit) for hit in hits),
        key=lambda pair: (-pair[0], pair[1].article.id),
    )
    words = {
        term.word: worth[n] * max(term.weight, _PAIR_SAYS) for n, term in enumerate(question.terms) if not term.prefix
    }
    return [
        Ranked(
            hit.article,
            round(score, 4),
            best_passage(question.text, words, hit.article.body, normalise(hit.article.title).lower()),
        )
        for score, hit in scored[:most]
        if score >= LEAST_SCORE
    ]


def _whole(question: Question, worth: Sequence[float]) -> float:
    """What an article would get that holds every word in its title."""
    groups: dict[int, float] = {}
    for index, term in enumerate(question.terms):
        if term.weight == 1.0:
            groups[term.group] = max(groups.get(term.group, 0.0), worth[index])
    return sum(groups.values()) or sum(term.weight * worth[i] for i, term in enumerate(question.terms)) or 1.0


def _score(question: Question, hit: Hit, worth: Sequence[float], whole: float, category_code: str | None) -> float:
    groups: dict[int, float] = {}
    for index, place in hit.places.items():
        term = question.terms[index]
        groups[term.group] = max(groups.get(term.group, 0.0), term.weight * place * worth[index])
    covered = sum(groups.values()) / whole
    score = (
        covered + _TITLE_SHARE * _title_share(question, hit.article) + _KEYWORD_SHARE * _keyword(question, hit.article)
    )
    return min(1.0, score * _category(hit.article.category_code, category_code) / (1 + _TITLE_SHARE))


def _title_share(question: Question, article: Article) -> float:
    """How much of the title the question says: an article about less is the better one among equals."""
    words = [word for word, whole in with_wholes(meaningful(article.title)) if word == whole]
    asked = {term.word for term in question.terms if term.weight > _NAMED}
    return sum(len(word) for word in words if word in asked) / (sum(map(len, words)) or 1)


def _keyword(question: Question, article: Article) -> float:
    """Whether the question holds a keyword in full, a longer one counting more."""
    longest = max(
        (len(k) for k in (normalise(word).lower() for word in article.keywords) if k in question.text), default=0
    )
    return min(1.0, longest / 4)


def _category(of_article: str | None, of_request: str | None) -> float:
    if not of_article or not of_request:
        return 1.0
    if of_article == of_request:
        return SAME_MATTER
    return SAME_FIELD if of_article[:2] == of_request[:2] else 1.0
