"""Bodies of the centre's further steps: experts, merging, shielding, supervision, what a rating is worth."""

from typing import Annotated

from pydantic import Field

from app.domain.records import Exclusion, SlipLevel
from app.schemas.common import When
from app.schemas.step_form import StepForm
from app.schemas.steps import Outcome, Remind, Supplement
from app.schemas.types import Code, Line, Paragraph, Ticket


class Handover(StepForm):
    """Hand the question over to the expert seat (转专家座席)."""

    question: Paragraph


class Handback(StepForm):
    """Give it back to the operators; nothing was answered."""

    reason: Paragraph


class Shield(StepForm):
    """Shut units out of a matter that accuses them (回避): they and all units below see nothing of it.

    The list replaces the one before; an empty list shuts nobody out.
    """

    unit_codes: Annotated[list[Code], Field(max_length=10)]
    reason: Paragraph | None = None


class Merge(StepForm):
    """Let this request follow another about the same matter (并案)."""

    into: Ticket


class Unmerge(StepForm):
    """Handle it on its own again."""


class Follow(StepForm):
    """The master's result, which its followers share; only the system takes this step."""

    result: str | None
    outcome: Outcome | None
    unit_code: str | None


class Gather(StepForm):
    """A follower has come (+1) or gone (−1); only the system takes this step."""

    ticket_no: str
    by: int


class FollowersSupplement(Supplement):
    """What the citizen of a follower added, for the unit that handles the master; only the system takes this step."""

    follower: str


class FollowersReminder(Remind):
    """The citizen of a follower chases; only the system takes this step."""

    follower: str


class Supervise(StepForm):
    """A rectification slip (督办单); to the unit that leads unless another is named."""

    level: SlipLevel
    reply_by: When
    text: Paragraph
    unit_code: Code | None = None


class Instruct(StepForm):
    """A leader's instruction (领导批示), which the unit must answer."""

    leader: Line
    reply_by: When
    text: Paragraph
    level: SlipLevel = SlipLevel.ORANGE
    unit_code: Code | None = None


class Reply(StepForm):
    """The unit's answer to a slip or instruction."""

    text: Paragraph


class SendBackReply(StepForm):
    """The answer is not enough: again, by a new date."""

    reason: Paragraph
    reply_by: When


class Exclude(StepForm):
    """Leave a rating out of the adjusted figures; the raw ones keep it."""

    reason: Exclusion
    text: Paragraph
