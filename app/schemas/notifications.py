"""Bodies and filters of messages: contact points, words of messages, and the list of what was sent."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from app.core.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.domain.messages import Language, MessageChannel, MessageState, TextClass
from app.domain.notices import PLACEHOLDERS
from app.schemas.administration import CodeFilter, Page, SearchWords, changes_of
from app.schemas.common import Moment
from app.schemas.types import Code, Form, Line, Storable

Address = Annotated[str, StringConstraints(min_length=3, max_length=1000), Storable]
TemplateKey = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$"),
    Storable,
    Field(description=f"One of {', '.join(PLACEHOLDERS)}."),
]
Title = Annotated[str, StringConstraints(max_length=100), Storable]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000), Storable]


class ContactForm(Form):
    """`POST /v1/contact-points`: of a unit or of a role, exactly one of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "执法局值班邮箱",
                    "unit_code": "urban-management",
                    "kind": "email",
                    "address": "duty@example.gov.cn",
                }
            ]
        }
    )
    name: Line
    unit_code: Code | None = None
    role_code: Code | None = None
    kind: MessageChannel
    address: Address = Field(
        description="An e-mail address, a phone number, or an apprise URL such as `wecombot://key`."
    )
    language: Language = Language.ZH
    active: StrictBool = True


ContactChange = changes_of(ContactForm, "unit_code", "role_code", "kind", example={"name": "执法局夜间值班邮箱"})


class ContactPage(Page):
    """Filters of `GET /v1/contact-points`."""

    unit: CodeFilter | None = None
    role: CodeFilter | None = None
    kind: MessageChannel | None = None
    active: bool | None = None


class TemplateForm(Form):
    """`POST /v1/message-templates`: the words of a message for a class of channels and a language."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "unit.reminded",
                    "channel": "rich",
                    "language": "zh",
                    "title": "群众催办 {order_no}",
                    "body": "{unit}：诉求人催办工单 {order_no}，请尽快办理。{more}",
                }
            ]
        }
    )
    key: TemplateKey
    channel: TextClass
    language: Language
    title: Title = ""
    body: Words
    active: StrictBool = True


TemplateChange = changes_of(
    TemplateForm, "key", "channel", "language", example={"body": "{unit}：工单 {order_no} 被催办，请尽快办理。"}
)


class TemplatePage(Page):
    """Filters of `GET /v1/message-templates`."""

    q: SearchWords | None = Field(None, description="Part of title or body.")
    key: Annotated[str, StringConstraints(pattern=r"^[a-z_.]{1,64}$")] | None = None
    channel: TextClass | None = None
    language: Language | None = None
    active: bool | None = None


class MessagePage(BaseModel):
    """Filters of `GET /v1/messages`."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Items a page.")
    cursor: str | None = Field(None, max_length=300, description="`next_cursor` of the page before.")
    ticket_no: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")] | None = None
    state: MessageState | None = None
    channel: MessageChannel | None = None
    unit: CodeFilter | None = None
    since: Moment | None = Field(
        None, description="Begun at or after this instant, or from the beginning of this day of the city on."
    )
