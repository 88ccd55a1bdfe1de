"""What comes in to file a request, and what an operator sees at once."""

from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool

from app.domain.catalogue import Channel, RequestKind, Urgency
from app.schemas.types import Code, Form, IdNumber, Line, Message, Phone


class Requester(Form):
    """Who asks; every part may be missing."""

    name: Line | None = None
    phone: Phone | None = None
    id_number: IdNumber | None = None


class Location(Form):
    """A point on the map (WGS 84)."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class RequestContent(Form):
    """What staff and citizens alike may say."""

    text: Message
    title: Line | None = None
    kind: RequestKind | None = None
    requester: Requester = Requester()
    anonymous: StrictBool = False
    publish_consent: StrictBool = False
    notify: StrictBool = Field(True, description="Whether the citizen may be told of progress by SMS.")
    area_code: Code | None = None
    address: Line | None = None
    location: Location | None = None


class RequestForm(RequestContent):
    """`POST /v1/requests`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "phone",
                    "text": "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快维修。",
                    "requester": {"name": "张先生", "phone": "13800000000"},
                    "address": "清河佳苑南门",
                }
            ]
        }
    )

    channel: Channel
    confidential: StrictBool = False
    category_code: Code | None = None
    urgency: Urgency | None = None
    external_ref: Line | None = None
    accused_unit_codes: Annotated[
        list[Code],
        Field(max_length=10, description="被反映单位: they and the units below them are shut out of the matter."),
    ] = Field(default_factory=list)


class PublicRequestForm(RequestContent):
    """`POST /public/requests`: what a citizen files from the web."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "我家楼下夜里一直有施工噪音，睡不着觉，希望有人管一管。",
                    "requester": {"phone": "13800000000"},
                }
            ]
        }
    )

    confidential: StrictBool = False
