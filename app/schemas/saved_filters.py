"""What people send to save a filter; its query is checked by the model of its list (`schemas/filters.py`)."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool

from app.domain.records import FilterNoun
from app.schemas.administration import Page, changes_of
from app.schemas.types import Form, Line

FilterQuery = Annotated[
    dict[str, Any], Field(max_length=20, description="Parameters of the list, as in its query string; never a phone.")
]


class SavedFilterForm(Form):
    """A filter under a name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "东河街道办理中的投诉",
                    "noun": "requests",
                    "query": {"state": "in_progress", "kind": "complaint", "area": "990100001"},
                }
            ]
        }
    )
    name: Line
    noun: FilterNoun
    query: FilterQuery
    shared: StrictBool = False


SavedFilterChange = changes_of(SavedFilterForm, "noun", example={"name": "东河街道的投诉", "shared": True})


class SavedFilterPage(Page):
    """Parameters of the list of saved filters."""

    noun: FilterNoun | None = None
