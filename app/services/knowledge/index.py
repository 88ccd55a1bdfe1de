"""Under which words an article is found: its own, their pinyin, and pairs of characters that forgive a wrong one.

Written when the article is saved. `INDEX_VERSION` says which form of this module wrote it, so that seeding (which every
upgrade runs) renews what an older one wrote.
"""

from collections.abc import Mapping
from typing import Any

from app.core.database import Connection
from app.domain.knowledge.question import pairs_of
from app.domain.knowledge.spelling import spellings
from app.domain.understanding import normalise, search_tokens

INDEX_VERSION = 1
INDEX_SQL = """setweight(to_tsvector('simple', {0}), 'A') || setweight(to_tsvector('simple', {1}), 'B')
    || setweight(to_tsvector('simple', {2}), 'C') || to_tsvector('simple', {3})"""
"""Words of the title, of the keywords with all pinyin, pairs of characters, words of the text."""
_STALE = (
    "SELECT id, title, body, keywords FROM knowledge_article WHERE search IS NULL OR index_version < $1 ORDER BY id"
)
_RENEW = f"""
UPDATE knowledge_article SET index_version = $6, search = {INDEX_SQL.format("$2", "$3", "$4", "$5")} WHERE id = $1
"""


def index_texts(article: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The four texts of `INDEX_SQL`."""
    title, keywords = article["title"], list(article["keywords"])
    named = search_tokens("\n".join([title, *keywords]))
    # A keyword is found as it stands, whatever the dictionary takes for its words.
    whole = [normalise(word).lower().replace(" ", "") for word in keywords]
    pairs = list(dict.fromkeys(pair for text in (title, *keywords) for pair in pairs_of(text)))
    return (
        " ".join(search_tokens(title)),
        " ".join(dict.fromkeys([*search_tokens("\n".join(keywords)), *whole, *spellings([*named, *whole, title])])),
        " ".join(pairs),
        " ".join(search_tokens(article["body"])),
    )


async def index_stale(connection: Connection) -> int:
    """Index the articles that have no index of this version; returns how many."""
    rows = await connection.fetch(_STALE, INDEX_VERSION)
    renewed = [(row["id"], *index_texts(dict(row)), INDEX_VERSION) for row in rows]
    await connection.executemany(_RENEW, renewed)
    return len(renewed)
