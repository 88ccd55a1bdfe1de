"""What the edge has to know of one kind of reference data, and how a filter of its list becomes SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.sql import Sql
from app.domain.permissions import Permission
from app.schemas.administration import Page
from app.schemas.answers.common import Answer
from app.schemas.types import Form

Values = Mapping[str, Any]
Filter = Callable[[Sql, Any], str]


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """One kind of reference data.

    `key`: the column that names a row. `row`: what clients see of one, field by field a column. `removable`: whether
    rows may be deleted; those of other nouns are deactivated.
    """

    path: str
    name: str
    table: str
    key: str
    row: type[Answer]
    form: type[Form]
    change: type[Form]
    page: type[Page]
    filters: Mapping[str, Filter]
    removable: bool = False
    read: Permission = Permission.CATALOGUE_READ
    write: Permission = Permission.CATALOGUE_WRITE

    @property
    def columns(self) -> str:
        """The columns that are shown, for a SELECT."""
        return ", ".join(self.row.model_fields)

    def conditions(self, sql: Sql, narrowed: Values) -> list[str]:
        """The filters that were given, as conditions."""
        return [self.filters[name](sql, value) for name, value in narrowed.items()]


def same(column: str) -> Filter:
    """The column has the value."""
    return lambda sql, value: f"{column} = {sql.arg(value)}"


def begins(column: str) -> Filter:
    """The column begins with the value."""
    return lambda sql, value: f"starts_with({column}, {sql.arg(value)})"


def contains(*columns: str) -> Filter:
    """Any of the columns contains the words, upper or lower case alike."""

    def condition(sql: Sql, words: str) -> str:
        wanted = sql.arg(words)
        return f"({' OR '.join(f'strpos(lower({column}), lower({wanted})) > 0' for column in columns)})"

    return condition
