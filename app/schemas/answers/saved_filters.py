"""A saved filter as clients see it."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.domain.records import FilterNoun
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, example, page_of


class SavedFilterRow(Answer):
    """A filter under a name; `?saved=<id>` applies it to its list."""

    model_config = example(
        id=7,
        owner="supervisor",
        own=True,
        name="东河街道办理中的投诉",
        noun="requests",
        query={"state": "in_progress", "kind": "complaint", "area": "990100001"},
        shared=True,
        created_at=shown.FILED_AT,
        updated_at=shown.ACCEPTED_AT,
    )
    id: int
    owner: str
    own: bool = Field(description="Whether it is the caller's, who alone may change it.")
    name: str
    noun: FilterNoun
    query: dict[str, Any] = Field(description="Parameters of the list.")
    shared: bool = Field(description="Whether everybody may use it.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


SavedFilterRows = page_of(SavedFilterRow, "SavedFilterRows")
