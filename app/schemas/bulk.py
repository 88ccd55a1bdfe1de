"""What comes in to take one step on many requests or orders."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, create_model

from app.domain.states import Subject
from app.schemas.forms import FORMS
from app.schemas.types import Code, Form

MOST = 200
"""Numbers in one call: what a person can have looked at, and a few seconds of work."""
SINGLY = frozenset({"reveal", "callbacks"})
"""Steps that are about one person at a time: to see who asks, to write down what was said on the phone."""


class BulkItem(Form):
    """One of the many; `version` as in `If-Match`."""

    number: Code
    version: Annotated[int, Field(ge=1, le=10**9, strict=True)] | None = None


class BulkForm(Form):
    """A step, what it is taken on, and the form that all of them share."""

    action: Code
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MOST)]
    form: dict[str, Any] = Field({}, description="As in the single step, without its number.")


def actions_for(subject: Subject) -> list[str]:
    """Steps on a subject that may be taken on many at once."""
    return [action for of, action in FORMS if of is subject and action not in SINGLY]


def bulk_form(subject: Subject, example: dict[str, Any]) -> type[BulkForm]:
    """The form for one subject: it tells which actions there are."""
    actions: Any = Annotated[Code, Field(json_schema_extra={"enum": [*actions_for(subject)]})]
    name = "".join(part.capitalize() for part in subject.value.split("_"))
    made = create_model(f"Bulk{name}Form", __base__=BulkForm, __doc__=BulkForm.__doc__, action=(actions, ...))
    made.model_config = ConfigDict(**{**made.model_config, "json_schema_extra": {"examples": [example]}})
    made.model_rebuild(force=True)
    return made
