"""The delivered taxonomy and corpus as read from their files, for the tests that read them like a reviewer."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import app

DATA = Path(app.__file__).parent / "data"


@cache
def first_levels() -> tuple[dict[str, Any], ...]:
    """One table a first-level category, in the order of their codes."""
    return tuple(_tables("categories"))


@cache
def second_levels() -> dict[str, dict[str, Any]]:
    """Every second-level category by its code."""
    return {entry["code"]: entry for top in first_levels() for entry in top["category"]}


@cache
def corpus() -> dict[str, list[str]]:
    """The messages of the corpus by the code of their category."""
    return {code: texts for table in _tables("corpus") for code, texts in table["messages"].items()}


def _tables(folder: str) -> Iterator[dict[str, Any]]:
    for path in sorted((DATA / folder).glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assert path.name.startswith(f"{table['code']}_"), path.name
        yield table


def bare(text: str) -> str:
    """The text without spaces and punctuation, in lower case: two messages that are bare the same are the same."""
    return re.sub(r"[\W_]+", "", text).lower()


def shingles(text: str) -> frozenset[str]:
    """All runs of three characters of the bare text."""
    letters = bare(text)
    return frozenset(letters[start : start + 3] for start in range(len(letters) - 2))
