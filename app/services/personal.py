"""Personal fields of a request: sealed at rest, shown masked, found again by keyed hash."""

from collections.abc import Mapping
from typing import Any

import orjson
import phonenumbers

from app.core.security import KeyRing
from app.domain.masking import mask_address, mask_id_number, mask_name, mask_phone

PURPOSE = "requester"
CHINA = 86


def seal(
    keys: KeyRing, name: str | None, phone: str | None, id_number: str | None, address: str | None
) -> bytes | None:
    """Name, phone, identity number and address as one ciphertext; None when all are missing."""
    fields = {"name": name, "phone": phone, "id_number": id_number, "address": address}
    present = {key: value for key, value in fields.items() if value}
    return keys.encrypt(orjson.dumps(present), PURPOSE) if present else None


def unseal(keys: KeyRing, sealed: bytes | None) -> dict[str, str]:
    """The plain fields that are there, the phone as one dials it in the country."""
    fields: dict[str, str] = dict(orjson.loads(keys.decrypt(sealed, PURPOSE))) if sealed else {}
    if "phone" in fields:
        fields["phone"] = _as_dialled(fields["phone"])
    return fields


def _as_dialled(phone: str) -> str:
    """`+868711234567` → `08711234567`; numbers of other countries stay as they are."""
    number = phonenumbers.parse(phone, "CN")
    if number.country_code != CHINA:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "").replace("-", "")


def masked(fields: Mapping[str, str]) -> dict[str, Any]:
    """What everyone who may see the request sees of the person."""
    return {
        "name": mask_name(fields.get("name")),
        "phone": mask_phone(fields.get("phone")),
        "id_number": mask_id_number(fields.get("id_number")),
    }


def masked_place(fields: Mapping[str, str]) -> str | None:
    """The address without building and door."""
    return mask_address(fields.get("address"))
