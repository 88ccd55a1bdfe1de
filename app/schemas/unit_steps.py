"""Bodies of the steps between units: what a unit applies for, whom it asks for help, what is decided."""

from datetime import date
from typing import Annotated

from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from app.domain.records import HoldGround, ReturnReason
from app.schemas.common import When
from app.schemas.step_form import StepForm
from app.schemas.types import Code, Paragraph

MOST_UNITS = 20


class Return(StepForm):
    """Ask to give the order back; `suggestion` says, and `suggested_unit_code` names, who should have it."""

    reason: ReturnReason
    text: Paragraph | None = None
    suggestion: Paragraph | None = None
    suggested_unit_code: Code | None = None


class Extend(StepForm):
    """Ask for more time: `until` an instant, or so many `working_days` beyond the present limit; exactly one of both."""

    either = ("until", "working_days")
    reason: Paragraph
    until: When | None = None
    working_days: Annotated[int, Field(ge=1, le=200, strict=True)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Extend":
        if (self.until is None) == (self.working_days is None):
            raise PydanticCustomError("one_of_until_and_working_days", "give exactly one of until and working_days")
        return self


class ApplyHold(StepForm):
    """Ask to put the matter on hold until `review_on`; `ground`: what it waits for."""

    review_on: date
    reason: Paragraph
    ground: HoldGround | None = None


class Approve(StepForm):
    """Grant what was applied for; `reason` is told to the unit."""

    reason: Paragraph | None = None


class Refuse(StepForm):
    """Refuse what was applied for; the unit goes on."""

    reason: Paragraph


class Assist(StepForm):
    """Ask another unit to help with a part of it (协办)."""

    unit_code: Code
    task: Paragraph


class Delegate(StepForm):
    """Pass the work on to a unit below one's own (二级派单); one's own order stays open."""

    unit_code: Code
    task: Paragraph | None = None


class Whistle(StepForm):
    """A township summons units to the spot (吹哨报到): when and where they meet."""

    unit_codes: Annotated[list[Code], Field(min_length=1, max_length=MOST_UNITS)]
    task: Paragraph
    meet_at: When | None = None
    place: Paragraph | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "Whistle":
        if len(set(self.unit_codes)) < len(self.unit_codes):
            raise PydanticCustomError("duplicate_items", "name each unit once")
        return self


class Attendance(StepForm):
    """Whether a summoned unit came (报到登记)."""

    present: StrictBool
    text: Paragraph | None = None
