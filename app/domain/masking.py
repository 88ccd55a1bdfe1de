"""Hides personal data in what a lesser reader sees (脱敏).

Names keep their first character, phones their ends. Free text loses what may lead to a person; the text stays
readable. What counts as such is in `personal_numbers.py` and `personal_names.py`.
"""

import re
from collections.abc import Iterable

from app.domain.personal_names import without_names
from app.domain.personal_numbers import plain, without_doors, without_numbers, without_private_numbers


def mask_name(name: str | None) -> str | None:
    """`张三丰` → `张**`."""
    return name[:1] + "**" if name else None


def mask_phone(phone: str | None) -> str | None:
    """`+8613800000000` → `138****0000`; short numbers keep two digits."""
    if not phone:
        return None
    digits = re.sub(r"\D", "", phone.removeprefix("+86"))
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else f"****{digits[-2:]}"


def mask_id_number(number: str | None) -> str | None:
    """Keeps the region's first two digits only."""
    return number[:2] + "*" * (len(number) - 2) if number else None


def mask_address(address: str | None) -> str | None:
    """Keeps the street, hides building and door."""
    return without_doors(plain(address)) if address else None


def mask_text(text: str, known: Iterable[str] = ()) -> str:
    """Free text without anything that may name somebody, and without the `known` names and numbers.

    For readers who must not learn who asks: rather too much is hidden than too little.
    """
    text = plain(text)
    for name in known:
        text = text.replace(plain(name), "**")
    return without_names(without_numbers(text))


def mask_private(text: str) -> str:
    """Free text without private numbers and names, for the citizen's own page and for publication.

    Land lines stay: an answer often says which office to ring.
    """
    return without_names(without_private_numbers(plain(text)))
