"""The table of synonyms, read once: what citizens call a thing, and what the papers call it."""

from functools import cache

from app.domain.knowledge import Synonyms
from app.services.seeding.files import read_toml


@cache
def known_synonyms() -> Synonyms:
    """The groups of `app/data/synonyms.toml`; a name in two groups raises ValueError."""
    return Synonyms(group for groups in read_toml("synonyms.toml").values() for group in groups)
