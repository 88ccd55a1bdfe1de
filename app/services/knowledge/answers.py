"""Answers to a question out of the knowledge base, for an operator to confirm or a citizen to read.

One statement: the index says which terms stand where and in how many articles, the domain what that is worth.
"""

from typing import Any

from app.core.database import Connection, Row
from app.domain.errors import invalid
from app.domain.knowledge import Article, Hit, Question, Ranked, rank, read_question
from app.services.installation import Installation
from app.services.knowledge.synonyms import known_synonyms

MOST_ANSWERS, MOST_CANDIDATES = 10, 30
_SEARCH = """
WITH term AS (
    SELECT (n - 1)::int AS n, weight, CASE WHEN begins THEN (quote_literal(word) || ':*')::tsquery
        ELSE plainto_tsquery('simple', word) END AS words
    FROM unnest($1::text[], $2::float8[], $3::bool[]) WITH ORDINALITY AS t (word, weight, begins, n)
), hit AS (
    SELECT a.id, term.n, term.weight, least(1, ts_rank('{0.35, 0.5, 0.85, 1}', a.search, term.words) * 1.65) AS place,
        count(*) OVER (PARTITION BY term.n) AS known_in
    FROM term JOIN knowledge_article a ON a.active AND a.search @@ term.words
), candidate AS (
    SELECT id, jsonb_object_agg(n, jsonb_build_array(place, known_in)) AS places,
        sum(weight * place / ln(2.0 + known_in)) AS coarse
    FROM hit GROUP BY id ORDER BY coarse DESC, id LIMIT $4
)
SELECT a.id, a.title, a.body, a.basis, a.category_code, a.keywords, a.updated_at, c.places,
    (SELECT count(*) FROM knowledge_article WHERE active) AS total
FROM candidate c JOIN knowledge_article a ON a.id = c.id
"""
_CITABLE = "SELECT active FROM knowledge_article WHERE id = $1"


async def find_answers(
    here: Installation, text: str, category_code: str | None = None, most: int = 3
) -> list[dict[str, Any]]:
    """The best active articles for a question, each with the sentence that answers; one statement, none without words."""
    question = read_question(text, known_synonyms())
    if not question.terms:
        return []
    async with here.database.connection() as connection:
        rows = await _candidates(connection, question)
    known_in = {int(n): found[1] for row in rows for n, found in row["places"].items()}
    hits = [_hit(row) for row in rows]
    total = rows[0]["total"] if rows else 0
    best = rank(question, hits, known_in, total, category_code, min(most, MOST_ANSWERS))
    return [_view(found) for found in best]


async def _candidates(connection: Connection, question: Question) -> list[Row]:
    terms = question.terms
    return list(
        await connection.fetch(
            _SEARCH,
            [term.word for term in terms],
            [term.weight for term in terms],
            [term.prefix for term in terms],
            MOST_CANDIDATES,
        )
    )


def _hit(row: Row) -> Hit:
    article = Article(
        row["id"], row["title"], row["body"], row["basis"], row["category_code"], row["keywords"], row["updated_at"]
    )
    return Hit(article, {int(n): found[0] for n, found in row["places"].items()})


def _view(found: Ranked) -> dict[str, Any]:
    article, passage = found.article, found.passage
    return {
        "score": found.score,
        "answer": passage.sentence,
        "context": "".join((passage.before, passage.sentence, passage.after)),
        "text": article.body,
        "source": {
            "article_id": article.id,
            "title": article.title,
            "basis": article.basis,
            "category_code": article.category_code,
            "updated_at": article.updated_at,
        },
    }


async def check_citable(connection: Connection, article_id: int) -> None:
    """Raises InvalidError unless an article of this number may be cited: one that is there and in force."""
    if not await connection.fetchval(_CITABLE, article_id):
        raise invalid(
            "/knowledge_id",
            "unknown",
            "知识库中没有该条目，或该条目已停用。",
            "There is no such article in the knowledge base, or it is out of use.",
        )


def words_query(text: str) -> str:
    """A text as a query of the index in which every word must stand, under one of its names; '' without words."""
    question = read_question(text, known_synonyms())
    sql: dict[int, list[str]] = {}
    for term in question.terms:
        if term.weight == 1.0 or term.group in sql:
            sql.setdefault(term.group, []).append(_operand(term.word, prefix=term.prefix))
    return " & ".join(f"({' | '.join(names)})" for names in sql.values())


def _operand(word: str, *, prefix: bool) -> str:
    quoted = "'" + word.replace("'", "''").replace("\\", "\\\\") + "'"
    return quoted + ":*" if prefix else quoted
