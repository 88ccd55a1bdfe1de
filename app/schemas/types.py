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
_OF_A_SPREADSHEET = re.compile(r"(\d+)[.．][0０]")
_CHINA = 86
_MOBILE = re.compile(r"1[3-9]\d{9}")
_OTHER = re.compile(r"\d{5,8}|[3-9]\d{9,10}|(?:10|2\d)\d{8}|[3-9]\d\d(?:1[02]|9[56])\d{4}|106\d{6,9}|(?:10|21)800\d{7}")
"""Without area code or short, with area code (a service of nine digits too), senders of SMS, toll-free."""
_WHOLE = re.compile(r"(?![48]00)[2-9]\d{6,7}|10\d{3}|123\d{2}|9[56]\d{3}")
"""What is dialled without area code; 400 and 800 begin longer numbers."""


def read_phone(value: str) -> phonenumbers.PhoneNumber | None:
    """The number that was written; None when it is none, or has an extension, which a number has no place for.

    Letters are slips here, never keys of a telephone; the `.0` of a spreadsheet's number is dropped.
    """
    if _LETTERS.search(value):
        return None
    if found := _OF_A_SPREADSHEET.fullmatch(value):
        value = found[1]
    try:
        number = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return number if number.country_code != _CHINA or _is_chinese(value, str(number.national_number)) else None


def _is_chinese(value: str, number: str) -> bool:
    """Whether it has as many digits as its kind, and the last ones are no extension hung on (0990-5551003-1).

    The library's own list of what is in use is behind the new ranges, and its lengths let both through.
    """
    *before, last = re.findall(r"\d+", value)
    whole = number[: -len(last)]
    alone = len(before) == 1 and len(before[0]) == len(whole)
    hung_on = len(whole) >= 10 or (alone and _WHOLE.fullmatch(whole))
    return bool(_MOBILE.fullmatch(number) or (_OTHER.fullmatch(number) and not hung_on))


def _phone(value: str) -> str:
    number = read_phone(value)
    if number is None:
        raise PydanticCustomError(
            "phone", "must be a phone number such as 13800000000 or 0990-5550000, without extension"
        )
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
