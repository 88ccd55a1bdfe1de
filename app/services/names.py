"""Names of units, categories and areas as items show them: each put together once per snapshot of the reference data."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.reference import Reference

_KEPT = 65_536
"""More codes than a province has; what callers make up never gets here, for rows hold known codes only."""


class Names:
    """Looks names up. What it gives is shared by all who ask: never change it."""

    def __init__(self, reference: Reference) -> None:
        keep = lru_cache(maxsize=_KEPT)
        self.unit = keep(reference.unit_view)
        """`{code, name, kind}`, or None."""
        self.category_path = keep(reference.category_path)
        """Names of first and second level; empty when it is unknown."""
        self.area_name = keep(reference.area_name)
        """Names from the county down to the area, or None."""
