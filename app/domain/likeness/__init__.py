"""Whether two requests are about one matter: words, places and spelling compared, with the evidence.

Pure arithmetic over texts; where candidates come from and who may see them is the services' business.
"""

from app.domain.likeness.score import SAME, WEIGHTS, Likeness, compare, compare_from, is_worth_reading
from app.domain.likeness.words import READ, Matter, keys, read_matter, stored_matter

__all__ = [
    "READ",
    "SAME",
    "WEIGHTS",
    "Likeness",
    "Matter",
    "compare",
    "compare_from",
    "is_worth_reading",
    "keys",
    "read_matter",
    "stored_matter",
]
