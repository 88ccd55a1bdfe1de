"""What the bodies of all steps have in common."""

from typing import ClassVar

from app.schemas.types import Form, Paragraph


class StepForm(Form):
    """Every step may carry a note for colleagues."""

    either: ClassVar[tuple[str, ...]] = ()
    """Fields of which exactly one is to be given."""
    note: Paragraph | None = None


class Empty(StepForm):
    """A step that needs nothing."""
