"""A SQL text and its bound values growing together, so that no value is ever written into the text."""

from collections.abc import Iterable, Mapping, Sequence


class Expression(str):
    """A piece of SQL that stands for itself (its values are bound already)."""

    __slots__ = ()


class Sql:
    """Collects arguments for asyncpg's positional placeholders."""

    def __init__(self) -> None:
        self.args: list[object] = []

    def arg(self, value: object, cast: str = "") -> str:
        """Bind a value; returns its placeholder, e.g. `$3` or `$3::text[]`."""
        if isinstance(value, Expression):
            return value
        self.args.append(value)
        return f"${len(self.args)}" + (f"::{cast}" if cast else "")

    def among(self, column: str, values: Sequence[str]) -> str:
        """That a column holds one of these values; of a single one as an equality, which more plans can use."""
        if len(values) == 1:
            return f"{column} = {self.arg(values[0])}"
        return f"{column} = ANY({self.arg(list(values), 'text[]')})"

    def narrowed(self, wanted: Mapping[str, Sequence[str] | None]) -> list[str]:
        """`among` for each column; None narrows nothing."""
        return [self.among(column, values) for column, values in wanted.items() if values is not None]

    def assignments(self, changes: Mapping[str, object]) -> str:
        """`column = $n, …` for an UPDATE; the column names are ours, the values bound."""
        return ", ".join(f"{column} = {self.arg(value)}" for column, value in changes.items())

    def insert(self, table: str, row: Mapping[str, object], source: str = "") -> str:
        """`INSERT INTO table (…) SELECT $n, … [FROM source]`; an Expression may name a column of the source."""
        values = ", ".join(self.arg(value) for value in row.values())
        origin = f" FROM {source}" if source else ""
        return f"INSERT INTO {table} ({', '.join(row)}) SELECT {values}{origin}"


def conjunction(conditions: Iterable[str]) -> str:
    """The conditions joined by AND; TRUE when there is none."""
    return " AND ".join(conditions) or "TRUE"
