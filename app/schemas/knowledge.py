"""What is asked of the knowledge base."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.domain.knowledge.question import LONGEST
from app.schemas.administration import DigitsFilter
from app.schemas.types import Storable

MOST_ANSWERS = 10


class AnswersPage(BaseModel):
    """Parameters of `GET /v1/knowledge:answers`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Storable] = Field(
        description=f"What the citizen asks, as said or typed; the first {LONGEST} characters are read."
    )
    category: DigitsFilter | None = Field(None, description="Category code of the matter: its articles come first.")
    limit: Annotated[int, Field(ge=1, le=MOST_ANSWERS)] = 3
