"""Bodies of the everyday steps: the centre's, the handling unit's, the citizen's.

A test holds the required fields against the table's `requires`; `forms.py` says which step takes which form.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from app.domain.catalogue import RequestKind, Urgency
from app.schemas.step_form import StepForm
from app.schemas.types import Code, Line, Paragraph


class Outcome(StrEnum):
    """How a matter ended (办理结果)."""

    SOLVED = "solved"
    PARTLY = "partly"
    EXPLAINED = "explained"
    UNSOLVED = "unsolved"


class DeclineReason(StrEnum):
    """Why a request is not accepted (不予受理理由); a closed list, domain guide §2."""

    OUT_OF_JURISDICTION = "out_of_jurisdiction"
    PARTY_OR_CONGRESS_OR_COURT_MATTER = "party_or_congress_or_court_matter"
    MILITARY = "military"
    EMERGENCY_LINE = "emergency_line"
    STATUTORY_PROCEDURE = "statutory_procedure"
    ALREADY_ANSWERED = "already_answered"
    SECRET_OR_PRIVACY = "secret_or_privacy"  # noqa: S105 - a reason, not a secret
    NO_SUBSTANCE = "no_substance"


class Decision(StrEnum):
    """What the reviewer says."""

    APPROVE = "approve"
    SEND_BACK = "send_back"


class CallOutcome(StrEnum):
    """What became of a call-back."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


class Resolved(StrEnum):
    """Whether the citizen says it is resolved."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Classify(StepForm):
    """Correct what the machine or a colleague said; at least one of these."""

    category_code: Code | None = None
    kind: RequestKind | None = None
    urgency: Urgency | None = None
    area_code: Code | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Classify":
        if not self.model_dump(exclude_none=True, exclude={"note"}):
            raise PydanticCustomError(
                "nothing_to_change", "give at least one of category_code, kind, urgency, area_code"
            )
        return self


class Dispatch(StepForm):
    """Send to a unit, or to another one. `force`: it may not ask to return it (强制指派)."""

    unit_code: Code
    reason: Paragraph | None = None
    force: StrictBool = False


class Answer(StepForm):
    """Answer at once."""

    text: Paragraph
    knowledge_id: Annotated[int, Field(ge=1, le=2**62)] | None = None


class Decline(StepForm):
    """Do not accept; `text` is what the citizen reads."""

    reason: DeclineReason
    text: Paragraph


class Transfer(StepForm):
    """Pass on to an authority outside: 110, a court, another hotline.

    `three_way`: the citizen was connected in a call of three, `three_way_note` says with whom and what was agreed;
    `reference`: the number that the other side gave it.
    """

    to: Line
    reason: Paragraph
    three_way: StrictBool | None = None
    three_way_note: Paragraph | None = None
    reference: Line | None = None

    @model_validator(mode="after")
    def _note_of_the_call(self) -> "Transfer":
        if self.three_way and not self.three_way_note:
            raise PydanticCustomError("three_way_note_required", "say in three_way_note who spoke and what was agreed")
        return self


class Hold(StepForm):
    """Put on hold until a review date at most 90 days ahead."""

    review_on: date
    reason: Paragraph


class Contact(StepForm):
    """The unit spoke with the citizen."""

    method: Line
    outcome: Paragraph


class Progress(StepForm):
    """What has been done so far; the citizen reads it."""

    text: Paragraph


class Submit(StepForm):
    """The unit's result; the citizen reads it after review.

    `without_help`: why the result stands although other units have not finished what they were asked.
    """

    result: Paragraph
    outcome: Outcome
    without_help: Paragraph | None = None


class Review(StepForm):
    """Approve the result, or send it back with a reason."""

    decision: Decision
    reason: Paragraph | None = None

    @model_validator(mode="after")
    def _reason_when_sent_back(self) -> "Review":
        if self.decision is Decision.SEND_BACK and not self.reason:
            raise PydanticCustomError("reason_required", "give a reason when sending back")
        return self


class Rating(StepForm):
    """What the citizen says afterwards."""

    resolved: Resolved
    satisfaction: Annotated[int, Field(ge=1, le=5, strict=True)]
    contacted_in_time: StrictBool | None = None
    comment: Paragraph | None = None


class Callback(StepForm):
    """A call-back and what came of it; reached: with the citizen's answers.

    `redo_unit_code`: who does it again when the citizen is not content; else the unit that did it.
    """

    outcome: CallOutcome
    contacted_in_time: StrictBool | None = None
    resolved: Resolved | None = None
    satisfaction: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    comment: Paragraph | None = None
    redo_unit_code: Code | None = None

    @model_validator(mode="after")
    def _answers_when_reached(self) -> "Callback":
        if self.outcome is CallOutcome.REACHED and (self.resolved is None or self.satisfaction is None):
            raise PydanticCustomError("answers_required", "a reached citizen's resolved and satisfaction are needed")
        return self


class Reopen(StepForm):
    """Have it done again, by the same unit or another."""

    reason: Paragraph
    unit_code: Code | None = None


class Supplement(StepForm):
    """Further facts."""

    text: Paragraph


class Remind(StepForm):
    """Chase the unit."""

    text: Paragraph | None = None


class Reveal(StepForm):
    """Show who asks; the reason is logged."""

    reason: Paragraph
