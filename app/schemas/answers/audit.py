"""What auditors read: who looked at whose identity."""

from pydantic import AwareDatetime, Field

from app.domain.actors import ActorKind
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, TicketNumber, example, page_of


class Reveal(Answer):
    """One look at an identity."""

    model_config = example(
        at=shown.ACCEPTED_AT,
        actor_kind="user",
        actor="dispatcher",
        ticket_no=shown.TICKET_NO,
        reason="联系诉求人核对位置",
        restricted=False,
    )
    at: AwareDatetime
    actor_kind: ActorKind
    actor: str = Field(description="User name; of an API key the name of its user.")
    ticket_no: TicketNumber | None = Field(description="Null when the matter is in a queue closed to the reader.")
    reason: str | None = Field(description="The reason that was given.")
    restricted: bool = Field(description="In the restricted queue (纪检).")


Reveals = page_of(Reveal, "Reveals")
