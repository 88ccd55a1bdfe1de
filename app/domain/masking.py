"""Hides personal data in what a lesser reader sees (脱敏).

Names keep their first character, phones their ends. Free text loses phone and identity numbers; the text
stays readable.
"""

import re

_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")
_DOOR = re.compile(r"\d+(?:号楼|栋|幢|座|单元|室|户|号)(?:[-\d]*(?:单元|室|户|号)?)*")


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
    return _DOOR.sub("**", address) if address else None


def mask_text(text: str) -> str:
    """Free text without phone and identity numbers."""
    text = _ID_NUMBER.sub("******", text)
    text = _MOBILE.sub("***********", text)
    return _LANDLINE.sub("********", text)
