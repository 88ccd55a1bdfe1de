"""What the bodies of all steps have in common."""

from app.schemas.types import Form, Paragraph


class StepForm(Form):
    """Every step may carry a note for colleagues."""

    note: Paragraph | None = None


class Empty(StepForm):
    """A step that needs nothing."""
