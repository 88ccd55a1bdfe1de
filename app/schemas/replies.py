"""A reply that is to be checked before it is submitted."""

from pydantic import ConfigDict

from app.schemas.answers import examples as shown
from app.schemas.types import Form, Paragraph


class CheckReplyForm(Form):
    """`POST /v1/work-orders/{number}/check-reply`: the result as it would be submitted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"result": shown.RESULT}]})
    result: Paragraph
