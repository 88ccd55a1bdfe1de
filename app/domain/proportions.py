"""How much a share of few cases proves: the Wilson score interval's lower bound.

Three of five and three hundred of five hundred are the same share and not the same evidence.
"""

from math import sqrt

ONE_SIDED_90, ONE_SIDED_95 = 1.2816, 1.6449
"""Standard deviations that leave 10 % and 5 % below the bound."""


def wilson_lower(hits: float, cases: float, z: float) -> float:
    """What the true share is at least, in [0, 1]; weighted counts are fine; 0 without cases."""
    if cases <= 0:
        return 0.0
    share = min(hits / cases, 1.0)
    centre = share + z * z / (2 * cases)
    spread = z * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return max((centre - spread) / (1 + z * z / cases), 0.0)
