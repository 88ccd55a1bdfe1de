"""What all forms of administration share: a change form made out of the create form, keys, page parameters."""

import re
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, create_model

from app.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.domain.errors import not_found
from app.schemas.types import Form, Storable


def changes_of(form: type[Form], *fixed: str, example: dict[str, Any]) -> type[Form]:
    """The PATCH form of a create form: every field may be left out, those in `fixed` cannot be changed.

    A field keeps its type, so `null` is only taken where the create form takes it.
    """
    fields: dict[str, Any] = {
        name: (Annotated[field.annotation, *field.metadata, Field(json_schema_extra=_without_default)], None)
        for name, field in form.model_fields.items()
        if name not in fixed
    }
    name = form.__name__.removesuffix("Form") + "Change"
    made: type[Form] = create_model(name, __base__=Form, __doc__=f"What may be changed of a {form.__name__}.", **fields)
    made.model_config["json_schema_extra"] = {"examples": [example]}
    made.model_rebuild(force=True)
    return made


def _without_default(schema: dict[str, Any]) -> None:
    """A field left out stays as it is: that is no default of null."""
    schema.pop("default", None)


def _shaped_like_a_key(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise not_found()
    return value


CodeKey = Annotated[str, AfterValidator(_shaped_like_a_key), Path(description="The code.")]
"""A code in a path; what cannot be one is simply not found."""
IdKey = Annotated[int, Path(ge=1, le=2**63 - 1, description="The number.")]
SearchWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable]
CodeFilter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
DigitsFilter = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]


class Page(BaseModel):
    """Query parameters of every list."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Items a page.")
    cursor: str | None = Field(None, max_length=300, description="`next_cursor` of the page before.")

    def narrowed(self) -> dict[str, Any]:
        """The filters that were given, without the paging."""
        return self.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
