"""Parameters of the figures: which period, which part of the city, compared by what."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.domain.catalogue import RequestKind
from app.schemas.administration import DigitsFilter
from app.schemas.common import BEFORE, Moment
from app.schemas.filters import UnitFilter


class Dimension(StrEnum):
    """What a league compares (排名维度)."""

    UNIT = "unit"
    AREA = "area"
    CATEGORY = "category"
    KIND = "kind"
    CHANNEL = "channel"


class Step(StrEnum):
    """How long the pieces of a trend are; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Figures(BaseModel):
    """Which requests are counted: those filed in the period, in this part of the city."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: Moment | None = Field(
        None,
        alias="from",
        description="Filed from then on: an instant with offset, or a day of the city from its beginning. Default: this month's first.",
    )
    to: Moment | None = Field(None, description=f"Filed {BEFORE} Default: now.")
    category: DigitsFilter | None = Field(None, description="Category code or its beginning.")
    area: DigitsFilter | None = Field(None, description="Area code or its beginning.")
    unit: UnitFilter | None = Field(None, description="A unit and the units below it.")
    kind: RequestKind | None = None


class League(Figures):
    """Parameters of a league table."""

    by: Dimension = Dimension.UNIT
    limit: int = Field(200, ge=1, le=1000, description="Rows, the best first.")


class Trend(Figures):
    """Parameters of a trend."""

    by: Step = Step.DAY
