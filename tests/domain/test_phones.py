"""What is taken for a phone number: never letters, which a telephone's keys would make digits of."""

import pytest

from app.schemas.types import read_phone


@pytest.mark.parametrize("written", ["123abc", "138OOOO1234", "１３８ＯＯＯＯ1234", "1-800-FLOWERS", "abc", "", "12"])
def test_letters_are_slips(written: str) -> None:
    assert read_phone(written) is None


@pytest.mark.parametrize(
    "written", ["13800000000", "+86 138 0000 0000", "１３８００００００００", "0990-5550000", "+44 20 7946 0958"]
)
def test_numbers_are_read(written: str) -> None:
    assert read_phone(written) is not None
