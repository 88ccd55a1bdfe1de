"""Messages, their words and contact points as clients see them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.domain.messages import Audience, Language, MessageChannel, MessageState, TextClass
from app.schemas.answers import examples as shown
from app.schemas.answers.common import Answer, TicketNumber, example

Number = Annotated[int, Field(ge=1)]


class TemplateRow(Answer):
    """The words of a message for a class of channels and a language."""

    model_config = example(
        code="unit.reminded.rich.zh",
        key="unit.reminded",
        channel="rich",
        language="zh",
        title="群众催办 {order_no}",
        body="{unit}：诉求人催办工单 {order_no}，请尽快办理。{more}",
        active=True,
    )
    code: str
    key: str
    channel: TextClass
    language: Language
    title: str = Field(description="Empty for an SMS.")
    body: str
    active: bool = Field(description="False: nothing is sent in these words.")


class TemplatePreview(Answer):
    """Words with example values in them."""

    model_config = example(
        title="群众催办 20261123000128-1",
        text="综合行政执法局：诉求人催办工单 20261123000128-1，请尽快办理。",
        characters=41,
        sms_parts=1,
        placeholders=["city", "ticket_no", "order_no", "unit", "category", "area", "urgency", "more"],
    )
    title: str
    text: str
    characters: int
    sms_parts: Number = Field(description="How many SMS it would be: 70 characters, or 67 each.")
    placeholders: list[str] = Field(description="All that these words may use.")


class ContactRow(Answer):
    """Where a unit, or the holders of a role, are told."""

    model_config = example(
        id=3,
        name="执法局值班邮箱",
        unit_code="urban-management",
        role_code=None,
        kind="email",
        address="d***@example.gov.cn",
        language="zh",
        active=True,
        created_at="2026-11-21T08:00:00+00:00",
    )
    id: Number
    name: str
    unit_code: str | None
    role_code: str | None
    kind: MessageChannel
    address: str = Field(description="Masked; it cannot be read back.")
    language: Language
    active: bool
    created_at: AwareDatetime


class ContactTest(Answer):
    """What became of a test message."""

    model_config = example(outcome="sent", reason=None)
    outcome: Literal["sent", "refused", "retry", "skipped"] = Field(
        description="`retry`: it failed for now; `skipped`: the channel is not set up."
    )
    reason: str | None = Field(description="A code such as `timeout`, `gateway-503`, `smtp-550`, `channel-off`.")


class MessageRow(Answer):
    """A message and what became of it. The words hold no personal data."""

    model_config = example(
        id=17,
        uid="0c6a4d2e-5a0b-4bb1-9d7e-7f3a1f2b6c11",
        ticket_no=shown.TICKET_NO,
        audience="citizen",
        unit_code=None,
        contact_point_id=None,
        recipient="138****0000",
        channel="sms",
        template="citizen.assigned",
        state="sent",
        urgent=False,
        joined=2,
        attempts=1,
        due_at=shown.FILED_AT,
        reason=None,
        title="",
        body=f"您的诉求（{shown.TICKET_NO}）已派至云岭市综合行政执法局办理，请凭流水号和提取码查询进展。",
        gateway_id="A1B2",
        created_at=shown.FILED_AT,
        done_at="2026-11-23T01:20:02+00:00",
    )
    id: Number
    uid: str = Field(description="The id that the gateway is given, the same at every attempt.")
    ticket_no: TicketNumber
    audience: Audience
    unit_code: str | None
    contact_point_id: int | None
    recipient: str | None = Field(description="Masked; null when it is gone or not for this reader.")
    channel: MessageChannel
    template: str
    state: MessageState
    urgent: bool = Field(description="Does not wait for the end of the quiet hours.")
    joined: Number = Field(description="Events that it tells of.")
    attempts: int
    due_at: AwareDatetime = Field(description="Not sent before.")
    reason: str | None = Field(description="Why it was not sent, or not yet: a code.")
    title: str | None
    body: str | None = Field(description="The words as sent; null before.")
    gateway_id: str | None = Field(description="What the gateway calls it.")
    created_at: AwareDatetime
    done_at: AwareDatetime | None
