"""What is said about a file when it is uploaded, beside the file itself (multipart fields)."""

from app.schemas.public import QueryCode
from app.schemas.types import Form, Paragraph


class AttachmentForm(Form):
    """A remark, and whether the citizen may see the file."""

    note: Paragraph | None = None
    public: bool = False


class PublicAttachmentForm(Form):
    """A citizen's file: opens the ticket, and may carry a remark."""

    code: QueryCode
    note: Paragraph | None = None
