"""Labels that people gave: corrections in the city's own history, or a file of labelled messages.

Nothing secret is learnt from: a weight could tell what a report says.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from app.core.database import Connection
from app.domain.catalogue import Category
from app.domain.records import CorrectionSource
from app.services.classifier.samples import Sample, written
from app.services.intake.files import open_source
from app.services.intake.tables import FileError
from app.services.visibility import open_matter

SOURCE_WEIGHTS = {CorrectionSource.CLASSIFY: 1.0, CorrectionSource.RETURN: 0.8, CorrectionSource.REDISPATCH: 0.6}
"""A dispatcher who changes the category looks at nothing else; a unit that returns an order also wants rid of it."""
HALF_LIFE_DAYS = 365
"""What a category means shifts with offices and rules: after a year a label counts half."""
REAL_WEIGHT = 20.0
"""A real message counts as much as twenty of ours: the best of 3, 6, 12, 20, 40 and 100 in five parts of 681 letters."""
MOST_LABELS = 200_000

_CORRECTED = f"""
SELECT * FROM (
    SELECT DISTINCT ON (c.request_id) r.title, r.text, c.category_after AS category, c.source, c.at
    FROM correction c JOIN service_request r ON r.id = c.request_id
    WHERE c.category_after IS NOT NULL AND r.category_code = c.category_after AND NOT r.anonymous
        AND {open_matter()}
    ORDER BY c.request_id, c.at DESC) latest
ORDER BY at DESC LIMIT $1
"""


async def corrected_samples(connection: Connection, at: datetime) -> list[Sample]:
    """The last correction of each request that still holds, the older the lighter."""
    rows = await connection.fetch(_CORRECTED, MOST_LABELS)
    return [
        written(
            row["text"],
            row["category"],
            row["title"],
            weight=REAL_WEIGHT * SOURCE_WEIGHTS[row["source"]] * 0.5 ** ((at - row["at"]).days / HALF_LIFE_DAYS),
            real=True,
        )
        for row in rows
    ]


def read_groups(path: Path, categories: Iterable[Category]) -> dict[str, str]:
    """Category code → class of the city, from a file with the columns `label` and `category_prefix`.

    The longest prefix wins. Raises FileError naming the line that is wrong.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"label", "category_prefix"} <= set(rows.fieldnames or ()):
            raise FileError(f"{path.name} needs the columns label and category_prefix")
        prefixes: dict[str, str] = {}
        for line, row in enumerate(rows, 2):
            label, prefix = (row["label"] or "").strip(), (row["category_prefix"] or "").strip()
            if not label or not prefix.isdigit() or prefix in prefixes:
                raise FileError(f"{path.name}, line {line}: a label and a category code of its own are needed")
            prefixes[prefix] = label
    found = {}
    for category in categories:
        lengths = range(len(category.code), 0, -1)
        label = next((prefixes[category.code[:n]] for n in lengths if category.code[:n] in prefixes), None)
        if label is not None:
            found[category.code] = label
    return found


def read_labels(
    path: Path, columns: Mapping[str, str], categories: Mapping[str, Category], groups: Mapping[str, str]
) -> list[Sample]:
    """The labelled messages of a file; labels are category codes, or classes of `groups`.

    Raises FileError when a label is neither, naming the commonest ones.
    """
    source = open_source(path, columns)
    if source.mapping and "category_code" not in source.mapping:
        raise FileError("no column holds the label; say which with --label COLUMN")
    known_groups = set(groups.values())
    samples, unknown = [], Counter[str]()
    for values in source.forms("label"):
        label, text = str(values.get("category_code", "")), str(values.get("text", ""))
        title = str(values.get("title", ""))
        group = label if label in known_groups else groups.get(label)
        category = label if label in categories and categories[label].parent_code else None
        if category is None and group is None:
            unknown[label] += 1
        elif text.strip():
            whole = f"{title}\n{text}"
            samples.append(written(whole, category, title, group, weight=REAL_WEIGHT, real=True))
    if unknown:
        named = ", ".join(f"'{label}' ({count})" for label, count in unknown.most_common(5))
        raise FileError(f"labels that are no category and not in the mapping: {named}; give --mapping FILE")
    if not samples:
        raise FileError(f"{path.name} has no labelled message")
    return samples
