"""Attachments in lists and answers: to the staff, and to the citizen."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.domain.actors import ActorKind
from app.domain.attachments import FileKind
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, OrderNumber, TicketNumber, example

_FILE = {"filename": "修好的路灯.jpg", "content_type": "image/jpeg", "kind": "image", "size": 284113, "note": "维修后"}
PHOTO = {
    "number": f"{shown.TICKET_NO}-F1",
    "ticket_no": shown.TICKET_NO,
    "work_order_no": shown.ORDER_NO,
    **_FILE,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "public": True,
    "uploaded_by": "unit-urban-management",
    "uploaded_by_kind": "user",
    "uploaded_at": shown.ACCEPTED_AT,
    "withheld": False,
}
PUBLIC_PHOTO = {"n": 1, **_FILE, "own": False, "uploaded_at": shown.ACCEPTED_AT}

AttachmentNumber = Annotated[str, Field(pattern=r"^\d{14}-F\d{1,4}$", description="Ticket number and F with a number.")]


class AttachmentView(Answer):
    """A file of a request; what it holds is at `/v1/attachments/{number}`."""

    model_config = example(**PHOTO)
    number: AttachmentNumber
    ticket_no: TicketNumber
    work_order_no: OrderNumber | None = Field(description="The order of the unit that uploaded it.")
    filename: str = Field(description="`附件` and a number for readers who may not know who asks.")
    content_type: str = Field(description="Found in the content.")
    kind: FileKind
    size: int = Field(ge=1, description="Bytes, as kept: photos without hidden data.")
    sha256: str | None = Field(description="Of the bytes as kept; null for readers who may not know who asks.")
    public: bool = Field(description="Whether the citizen sees it.")
    note: str | None
    uploaded_by: str
    uploaded_by_kind: ActorKind
    uploaded_at: AwareDatetime
    withheld: bool = Field(description="True when this caller may not download it (confidential matters).")


class Attachments(Answer):
    """All attachments of a request, oldest first."""

    model_config = example(items=[PHOTO])
    items: list[AttachmentView]


class PublicAttachment(Answer):
    """A file that the citizen sees: public ones and the citizen's own."""

    model_config = example(**PUBLIC_PHOTO)
    n: int = Field(ge=1, description="Its number within the request.")
    filename: str
    content_type: str
    kind: FileKind
    size: int = Field(ge=1, description="Bytes.")
    note: str | None
    own: bool = Field(description="Whether the citizen has uploaded it.")
    uploaded_at: AwareDatetime
