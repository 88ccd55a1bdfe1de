"""What the classifier learns from: the catalogue, our own corpus, and labels of the city.

A label may be coarser than our categories (a city's own seven topics): a `Mapping` says which categories belong to it.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.catalogue import Category
from app.domain.understanding import normalise
from app.domain.understanding.classifier import title_of

NO_GROUP = "-"
"""The group of categories that a city's coarser classes do not cover."""
CORPUS = Path(__file__).parents[2] / "data" / "corpus"


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with what is known of its class at each level (None: not known), and how much it counts."""

    title: str
    text: str
    category: str | None
    group: str | None = None
    weight: float = 1.0
    real: bool = False
    """Whether a citizen wrote it, and not we."""

    @property
    def first_level(self) -> str | None:
        """The code of the first-level category."""
        return self.category[:2] if self.category else None


def read_corpus(folder: Path = CORPUS) -> dict[str, list[str]]:
    """The messages we wrote, by second-level code; raises ValueError when a code stands in two files."""
    messages: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for code, texts in tomllib.loads(path.read_text(encoding="utf-8"))["messages"].items():
            if code in messages:
                raise ValueError(f"{path.name}: category {code} has messages in another file already")
            messages[code] = texts
    return messages


def own_samples(
    categories: Iterable[Category], corpus: Mapping[str, Iterable[str]], groups: Mapping[str, str]
) -> Iterator[Sample]:
    """Samples of every category in use: its name and keywords, its definition, its examples, its messages."""
    for category in categories:
        if category.parent_code is None or not category.active:
            continue
        group = groups.get(category.code, NO_GROUP) if groups else None
        # What goes elsewhere stands behind the semicolon of a definition.
        named = (f"{category.name}，{'，'.join(category.keywords)}", category.definition.split("；")[0])
        for text in filter(None, named):
            yield written(text, category.code, category.name, group)
        for text in (*category.examples, *corpus.get(category.code, ())):
            yield written(text, category.code, group=group)


def written(
    text: str,
    category: str | None,
    title: str = "",
    group: str | None = None,
    *,
    weight: float = 1.0,
    real: bool = False,
) -> Sample:
    """A sample as a message would come: normalised, with the title that intake would give it."""
    text = normalise(text)
    return Sample(normalise(title) or title_of(text), text, category, group, weight, real)
