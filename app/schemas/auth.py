"""Bodies about the caller's own account."""

from typing import Annotated

from pydantic import StringConstraints

from app.schemas.types import Form, Storable

Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=8, max_length=200), Storable]
"""A new password: at least 8 characters; length counts for more than signs."""
GivenPassword = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=1000), Storable]
"""A password as typed."""


class PasswordChange(Form):
    """Old and new password."""

    current_password: GivenPassword
    new_password: Password
