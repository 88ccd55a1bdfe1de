"""Field types that all forms share, strict about what the database could not keep.

A NUL byte or half a surrogate pair cannot be stored as text; both are refused with a clear code.
"""

import re
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError


class Form(BaseModel):
    """Base of all request bodies: unknown fields are refused, values are not bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, str_strip_whitespace=True)


def _storable(value: object) -> object:
    if isinstance(value, str):
        if "\x00" in value:
            raise PydanticCustomError("nul_character", "must not contain NUL characters")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise PydanticCustomError("invalid_unicode", "must be valid Unicode") from None
    return value


_LETTERS = re.compile("[A-Za-z\uff21-\uff3a\uff41-\uff5a]")


def read_phone(value: str) -> phonenumbers.PhoneNumber | None:
    """The number that was written; None when it is none. Letters are slips here, never keys of a telephone."""
    if _LETTERS.search(value):
        return None
    try:
        number = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _phone(value: str) -> str:
    number = read_phone(value)
    if number is None:
        raise PydanticCustomError("phone", "must be a phone number such as 13800000000 or 0990-5550000")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _id_number(value: str) -> str:
    """Check digit of GB 11643-1999."""
    digits, check = value[:17], value[17:].upper()
    well_formed = len(value) == 18 and digits.isascii() and digits.isdigit()
    if not well_formed or "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11] != check:
        raise PydanticCustomError("id_number", "must be an 18-digit identity number with a right check digit")
    return digits + check


Storable = BeforeValidator(_storable)
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
"""A line of text."""
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=4000), Storable]
"""A few sentences: a note, a reason, a result."""
Message = Annotated[str, StringConstraints(min_length=1, max_length=20000), Storable]
"""What a citizen wrote."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"), Storable]
"""A code of the catalogue: a unit, an area, a category."""
Ticket = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$"), Storable]
"""A ticket number in a body."""
Phone = Annotated[str, StringConstraints(max_length=32), AfterValidator(_phone), Storable]
"""A phone number, kept as E.164."""
IdNumber = Annotated[str, Storable, AfterValidator(_id_number)]
"""An 18-digit identity number."""
