"""Reads example files: groups of sentences in TOML, with faults told by their place, so that a city can write its own."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_BYTES = 5_000_000


class ExamplesError(Exception):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of one `sort`; `secret` lists what masking must hide in it."""

    text: str
    sort: str
    held_out: bool
    secret: tuple[str, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """The examples of a file: `[[group]]` with `sort`, `held_out` (false) and `examples = [{text, secret}]`.

    An example may be written as its text alone. Raises `ExamplesError`.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ExamplesError(f"{path.name} is larger than {LARGEST_BYTES} bytes.")
        groups = tomllib.loads(path.read_text("utf-8")).get("group")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExamplesError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(groups, list) or not groups:
        raise ExamplesError(f"{path.name} has no [[group]].")
    return [example for number, group in enumerate(groups, 1) for example in _examples(group, f"group {number}")]


def _examples(group: Any, place: str) -> Iterator[Example]:
    if not isinstance(group, dict) or not isinstance(group.get("sort"), str):
        raise ExamplesError(f"{place} has no sort.")
    examples, held_out = group.get("examples"), group.get("held_out", False)
    if not isinstance(examples, list) or not isinstance(held_out, bool):
        raise ExamplesError(f"{place} needs examples = […], and held_out, if given, is true or false.")
    for number, example in enumerate(examples, 1):
        written = {"text": example} if isinstance(example, str) else example
        if not isinstance(written, dict) or not isinstance(written.get("text"), str):
            raise ExamplesError(f"{place}, example {number} has no text.")
        secret = written.get("secret", [])
        if not isinstance(secret, list) or not all(isinstance(part, str) and part for part in secret):
            raise ExamplesError(f"{place}, example {number}: secret is a list of texts.")
        yield Example(written["text"], group["sort"], held_out, tuple(secret))
