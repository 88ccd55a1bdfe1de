"""What is taken for a phone number: never letters, which a telephone's keys would make digits of, and never more digits
than it has: an extension or a decimal place hung on would make another number of it."""

import phonenumbers
import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.types import Phone, read_phone

PHONE = TypeAdapter(Phone)


@pytest.mark.parametrize("written", ["123abc", "138OOOO1234", "１３８ＯＯＯＯ1234", "1-800-FLOWERS", "abc", "", "12"])
def test_letters_are_slips(written: str) -> None:
    assert read_phone(written) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800000000", "+8613800000000"),
        ("+86 138 0000 0000", "+8613800000000"),
        ("8613800000000", "+8613800000000"),
        ("013800000000", "+8613800000000"),
        ("1380000-0001", "+8613800000001"),
        ("138.0000.0001", "+8613800000001"),
        ("1 3 8 0 0 0 0 0 0 0 1", "+8613800000001"),
        ("１３８００００００００", "+8613800000000"),
        ("19900000001", "+8619900000001"),
        ("13800000001.0", "+8613800000001"),
        ("１３８０００００００１．０", "+8613800000001"),
        ("9905550000.0", "+869905550000"),
        ("0990-5550000", "+869905550000"),
        ("0990-555-0000", "+869905550000"),
        ("(0990)5550000", "+869905550000"),
        ("（0990）5550000", "+869905550000"),
        ("+86 990 555 0000", "+869905550000"),
        ("+86990555-0000", "+869905550000"),
        ("010-12345678", "+861012345678"),
        ("010 1234 5678", "+861012345678"),
        ("021-62345678", "+862162345678"),
        ("0871-6312 3456", "+8687163123456"),
        ("5550000", "+865550000"),
        ("6312-3456", "+8663123456"),
        ("400-123-4567", "+864001234567"),
        ("4001234-567", "+864001234567"),
        ("95598", "+8695598"),
        ("95598.0", "+8695598"),
        ("12345", "+8612345"),
        ("0990-95598", "+8699095598"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+852 2345 6789", "+85223456789"),
    ],
)
def test_numbers_are_read(written: str, kept: str) -> None:
    number = read_phone(written)
    assert number is not None
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == kept
    assert PHONE.validate_python(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "13800000001.5", "13800000001.00", "138000000010", "1380000000", "138000000", "13800000001-2", "13800000001#2",
        "0990-5551003-12", "0990-5551003-1", "(0990)5551003-1", "+86 990 5551003 1", "0990-5551003/4", "9905551003.5",
        "0990-5551003#12", "010-12345678-8", "010-12345678-801", "010-1234567", "0871-63123456-1", "5551003-12",
        "63123456-801", "5551003.5", "95598-1", "12345678901", "1234567890", "+44 20 7946 0958#12",
    ],
)  # fmt: skip
def test_what_is_hung_on_makes_no_other_number(written: str) -> None:
    with pytest.raises(ValidationError, match="without extension"):
        PHONE.validate_python(written)
