"""How a search for words finds its page: rare words by their index, common ones by looking at the newest requests.

One statement for both would be planned for words of average rarity, and read the whole past for some.
"""

from app.core.database import Connection
from app.domain.understanding import search_tokens

COMMON = 10_000
"""Words that more requests than this hold together are soon met among the newest."""
_ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT FROM service_request r WHERE r.search @@ plainto_tsquery('simple', $1)"


def query_words(text: str) -> str:
    """The words of a text as they stand in the index."""
    return " ".join(search_tokens(text)) or text


async def are_common(connection: Connection, words: str) -> bool:
    """Whether the database expects the words in many requests; nothing is searched for that."""
    plan = await connection.fetchval(_ESTIMATE, words)
    return bool(plan[0]["Plan"]["Plan Rows"] > COMMON)
