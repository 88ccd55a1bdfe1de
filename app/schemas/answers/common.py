"""What all answers share: unknown fields do not exist, every field is always there, and one example each."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema, create_model, with_config
from typing_extensions import TypedDict

from app.domain.catalogue import RequestKind, UnitKind, Urgency
from app.domain.clocks import Lamp
from app.domain.records import ApplicationState, SlipState
from app.domain.states import OrderState, RequestState, Subject
from app.domain.workflow import TRANSITIONS


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # servers write answers, and validate none


def example(**values: Any) -> ConfigDict:
    """The configuration of an answer with its example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


def example_of(answer: type[BaseModel]) -> Any:
    """The example that an answer carries; raises KeyError when it has none."""
    extra: Any = answer.model_config["json_schema_extra"]
    return extra["examples"][0]


AnyState = RequestState | OrderState | ApplicationState | SlipState
"""The state of whatever an event tells of."""
NextCursor = Annotated[str | None, Field(description="`cursor` of the next page; null on the last one.")]


def page_of(item: type[Answer], name: str) -> type[Answer]:
    """A page of a list: `items` and `next_cursor`, with the item's example in it."""
    made = create_model(
        name,
        __base__=Answer,
        __doc__=f"A page of {name}.",
        items=(list[item], ...),  # type: ignore[valid-type] # the type is made at run time
        next_cursor=(NextCursor, ...),
    )
    made.model_config["json_schema_extra"] = {"examples": [{"items": [example_of(item)], "next_cursor": None}]}
    made.model_rebuild(force=True)
    return made


def actions_on(subject: Subject) -> Any:
    """Names of the steps of the workflow on one subject, as the type of `available_actions`."""
    names = list(dict.fromkeys(row.action for row in TRANSITIONS if row.subject is subject))
    schema: dict[str, Any] = {"items": {"type": "string", "enum": names}}
    return Annotated[
        list[str], Field(description="Steps open to this caller now, each a URL.", json_schema_extra=schema)
    ]


TicketNumber = Annotated[str, Field(pattern=r"^\d{14}$", description="Ticket number: day of filing and 6 digits.")]
OrderNumber = Annotated[str, Field(pattern=r"^\d{14}-\d{1,4}$", description="Ticket number and a running number.")]
AreaCode = Annotated[str, Field(pattern=r"^\d{12}$", description="12-digit division code.")]
CategoryPath = Annotated[list[str], Field(description="Names of first and second level; empty when unknown.")]
Version = Annotated[int, Field(description="Rises with every step; for `If-Match`.")]
Round = Annotated[int, Field(ge=1, description="1; one more each time it is done again (重办).")]
Confidence = Annotated[float, Field(ge=0, le=1, description="0 to 1.")]
Satisfaction = Annotated[int, Field(ge=1, le=5, description="5 very satisfied … 3 basically … 1 very dissatisfied.")]
Nothing = Annotated[None, WithJsonSchema({"enum": [None]})]
"""Always null, said so that OpenAPI 3.0 and 3.1 both understand it."""
Evidence = Annotated[list[str], Field(description="Words of the text that decided.")]


class UnitView(Answer):
    """A unit wherever one is named."""

    code: str
    name: str
    kind: UnitKind


class ClockView(Answer):
    """One time limit: yellow from `due_soon_at` (75 % of the span), red from `due_at`."""

    due_soon_at: AwareDatetime
    due_at: AwareDatetime
    done_at: AwareDatetime | None = Field(description="When its work was done.")
    lamp: Lamp | None = Field(description="Null when the clock does not run: done, on hold, or over.")


@with_config(ConfigDict(extra="forbid"))
class OrderClocks(TypedDict, total=False):
    """The clocks of a lead order by name: signing, first contact, result."""

    accept: ClockView
    contact: ClockView
    resolve: ClockView


@with_config(ConfigDict(extra="forbid"))
class RequestClocks(OrderClocks, total=False):
    """The centre's own clock `dispatch`, and those of the lead order once there is one."""

    dispatch: ClockView


class MaskedPerson(Answer):
    """Who asks, as far as everybody may see."""

    name: str | None = Field(examples=["张**"])
    phone: str | None = Field(examples=["138****0000"])
    id_number: str | None


@with_config(ConfigDict(extra="forbid"))
class Person(TypedDict, total=False):
    """Who asks, in the clear; what is not known is missing."""

    name: str
    phone: str
    id_number: str
    address: str


class Point(Answer):
    """A point on the map (WGS 84)."""

    lat: float
    lon: float


CallOutcomeView = Literal["reached", "unreachable", "refused"]


class Matter(Answer):
    """What a request or order is about, wherever one is shown."""

    title: str = Field(description="Masked for readers who may not know who asks.")
    kind: RequestKind
    urgency: Urgency
    confidential: bool = Field(description="Also true of every `report`.")
    category_code: str | None
    category_path: CategoryPath
    area_code: AreaCode | None
    area_name: str | None
