"""What commands say of input that does not fit: the words of the API, field by field.

Apart from `base`, because forms bring much that a command which keeps running never needs.
"""

from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from app.domain.errors import InvalidError
from app.schemas.messages import refused
from app.schemas.types import Form

F = TypeVar("F", bound=Form)


def filled(form: type[F], **values: Any) -> F:
    """The form with these values; what does not fit it is bad usage."""
    try:
        return form(**values)
    except ValidationError as error:
        raise typer.BadParameter(faults(refused(error, ""))) from None


def faults(error: InvalidError) -> str:
    """Every field that is wrong and what would be right."""
    return "; ".join(f"{fault.pointer[1:] or 'input'}: {fault.en}" for fault in error.errors)
