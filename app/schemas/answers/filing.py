"""What the one who files gets back, the suggestion beforehand, and the result lines of an import."""

from typing import Annotated, Literal, NotRequired

from pydantic import AwareDatetime, ConfigDict, Field, RootModel, with_config
from typing_extensions import TypedDict

from app.domain.catalogue import RequestKind, Urgency
from app.domain.opinion import OpinionOutcome
from app.domain.states import RequestState, Subject
from app.schemas.answers import examples as shown
from app.schemas.answers.bulk import BulkFault
from app.schemas.answers.common import (
    Answer,
    AreaCode,
    CategoryPath,
    Confidence,
    Evidence,
    Nothing,
    OrderNumber,
    RequestClocks,
    TicketNumber,
    UnitView,
    Version,
    actions_on,
    example,
)

QueryCode = Annotated[str, Field(description="提取码: opens the ticket for the citizen; shown only here.")]


class CategoryCandidate(Answer):
    """A category that it might be as well."""

    category_code: str
    category_path: CategoryPath
    confidence: Confidence
    evidence: Evidence


class AreaCandidate(Answer):
    """A place that may be meant as well."""

    area_code: AreaCode
    area_name: str | None
    why: str = Field(description="The words, or the point on the map, that speak for it.")


class SecondOpinionView(Answer):
    """What another machine says about the category; advice for the dispatcher, it moves nothing."""

    outcome: OpinionOutcome
    category_code: str | None = Field(description="One of the categories that it was offered; null without an answer.")
    category_path: CategoryPath
    agrees: bool | None = Field(description="With our own suggestion.")
    reason: str | None = Field(description="Its own words, at most 100 characters; null for who may not read the text.")
    model: str
    at: AwareDatetime


class ClassificationView(Answer):
    """What was understood, how sure, by which words, and what else it could be."""

    category_code: str | None
    category_path: CategoryPath
    confidence: Confidence
    method: str = Field(description="`given` by the one who filed, else the classifier that suggested it.")
    evidence: Evidence
    alternatives: list[CategoryCandidate]
    kind: RequestKind
    kind_evidence: Evidence
    urgency: Urgency
    urgency_evidence: Evidence
    area_code: AreaCode | None
    area_name: str | None
    area_confidence: Confidence
    area_evidence: Evidence
    area_alternatives: list[AreaCandidate]
    second_opinion: SecondOpinionView | None = Field(description="Null when none was asked for, or none is there yet.")


class SuggestedUnit(Answer):
    """A unit that the rules propose, with the reason a person can check."""

    unit: UnitView
    confidence: Confidence
    reason: str
    rule_id: int | None = Field(description="The routing rule; null when no rule was needed (village affair).")
    lesson: str | None = Field(
        description="The lesson from returns that put it beside the rule's unit; a dispatcher decides then (退单经验)."
    )


class DispatchView(SuggestedUnit):
    """Where it was sent at once."""

    work_order_no: OrderNumber
    alternatives: list[SuggestedUnit]


class SuggestedDispatch(SuggestedUnit):
    """Where it would be sent at once."""

    work_order_no: Nothing
    alternatives: list[SuggestedUnit]


class PossibleDuplicate(Answer):
    """An earlier request about the same matter: of the same caller, or of another one in the same place."""

    ticket_no: TicketNumber
    state: RequestState
    title: str
    score: float = Field(ge=0, le=1, description="Probability that it is the same matter.")
    shared_words: list[str] = Field(description="Words of both, the most telling first, at most eight.")
    same_category: bool
    same_place: bool = Field(description="Both name one place.")
    same_caller: bool = Field(description="Both came from one phone number.")
    distance_m: int | None = Field(description="Metres between the two points; null when one has none.")
    days_ago: int = Field(description="Days since it was filed.")


class AdviceView(Answer):
    """What the operator should do now, e.g. transfer the call."""

    code: str = Field(examples=["gas"])
    message: str
    message_en: str
    number: str | None = Field(description="The line to transfer to: 110, 119, 120 …")


class MatterView(CategoryCandidate):
    """One matter of several in the text, ready to be filed as a request of its own."""

    title: str
    text: str = Field(description="What the text says of this matter, with the opening that all share.")


class _Understood(Answer):
    state: RequestState
    version: Version
    kind: RequestKind
    urgency: Urgency
    title: str
    classification: ClassificationView
    suggested_units: list[SuggestedUnit] = Field(description="Best first, at most three.")
    deadlines: RequestClocks
    possible_duplicates: list[PossibleDuplicate]
    advice: list[AdviceView]
    matters: list[MatterView] = Field(description="Several matters in one text, each to be filed apart; usually empty.")
    available_actions: actions_on(Subject.REQUEST)  # type: ignore[valid-type] # made from the workflow table


_UNDERSTOOD = {
    "kind": "help",
    "urgency": "normal",
    "title": shown.TITLE,
    "classification": shown.CLASSIFICATION,
    "suggested_units": [shown.ROUTE, shown.OTHER_ROUTE],
    "deadlines": shown.CLOCKS,
    "possible_duplicates": [
        {
            "ticket_no": "20261117000031",
            "state": "closed",
            "title": "清河佳苑南门路灯不亮",
            "score": 0.91,
            "shared_words": ["清河", "佳苑", "路灯"],
            "same_category": True,
            "same_place": True,
            "same_caller": False,
            "distance_m": 120,
            "days_ago": 6,
        }
    ],
    "advice": [],
    "matters": [],
    "available_actions": ["supplements", "reminders"],
}


class FiledRequest(_Understood):
    """A new request: number and code, what was understood, and where it went."""

    model_config = example(
        ticket_no=shown.TICKET_NO,
        query_code="K7M4Q2XA9",
        state="assigned",
        version=2,
        dispatch={**shown.ROUTE, "work_order_no": shown.ORDER_NO, "alternatives": [shown.OTHER_ROUTE]},
        **_UNDERSTOOD,
    )
    ticket_no: TicketNumber
    query_code: QueryCode
    dispatch: DispatchView | None = Field(description="Null when it waits for a dispatcher.")


class EarlierRequest(Answer):
    """The same `channel` and `external_ref` were filed before: the ticket of that time, as it is now."""

    model_config = example(
        ticket_no=shown.TICKET_NO, query_code=None, state="in_progress", version=4, already_filed=True, same_text=True
    )
    ticket_no: TicketNumber
    query_code: Nothing = Field(description="Stored nowhere in the clear, so it cannot be shown again.")
    state: RequestState
    version: Version
    already_filed: Literal[True]
    same_text: bool = Field(description="False: the reference was used for another text, which was not filed.")


class PreviewedRequest(_Understood):
    """What filing would answer; nothing is saved, so there is neither number nor code."""

    model_config = example(
        ticket_no=None,
        query_code=None,
        state="assigned",
        version=2,
        dispatch={**shown.ROUTE, "work_order_no": None, "alternatives": [shown.OTHER_ROUTE]},
        **_UNDERSTOOD,
    )
    ticket_no: Nothing
    query_code: Nothing
    dispatch: SuggestedDispatch | None = Field(description="Null when it would wait for a dispatcher.")


class ImportedLine(Answer):
    """A line that became a request in this run."""

    line: int = Field(ge=1, description="Number of the input line.")
    status: Literal["filed"]
    external_ref: str = Field(description="The line's own, else a hash of what it says.")
    ticket_no: TicketNumber
    state: RequestState
    category_code: str | None
    unit_code: str | None = Field(description="Null when it waits for a dispatcher.")


class KnownLine(Answer):
    """A line that an earlier run had filed."""

    line: int = Field(ge=1)
    status: Literal["already"]
    external_ref: str
    ticket_no: TicketNumber
    state: RequestState


@with_config(ConfigDict(extra="forbid"))
class FailedLine(TypedDict):
    """A line that was skipped, and why."""

    line: Annotated[int, Field(ge=1)]
    status: Literal["failed"]
    code: Annotated[str, Field(description="Stable, machine-readable.", examples=["missing"])]
    message: str
    pointer: NotRequired[Annotated[str, Field(description="The field, RFC 6901.", examples=["/text"])]]
    errors: NotRequired[Annotated[list[BulkFault], Field(description="All faults, where there are several.")]]


class ImportResult(RootModel[ImportedLine | KnownLine | FailedLine]):
    """One line of the answer; lines end with a line feed and come in the order of the input."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "line": 1,
                    "status": "filed",
                    "external_ref": "2026-0417",
                    "ticket_no": shown.TICKET_NO,
                    "state": "assigned",
                    "category_code": "0203",
                    "unit_code": "urban-management",
                }
            ]
        }
    )
