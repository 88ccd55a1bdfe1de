"""Whom a notice reaches: the contact points of a unit or of a role, or the citizen's own mobile phone.

What a request keeps secret is decided here once, for every audience.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from app.core.database import Connection, Row
from app.core.security import KeyRing
from app.domain.catalogue import Channel, RequestKind
from app.domain.messages import SUPERVISOR_ROLE
from app.services.personal import unseal

CITIZEN = "citizen"
SECRET = f"(r.confidential OR r.anonymous OR r.restricted OR r.kind = '{RequestKind.REPORT}')"
"""Matters of which no message tells more than that there is news."""
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
_CONTACTS = """
SELECT id, unit_code, role_code, kind FROM contact_point
WHERE active AND (unit_code = ANY($1::text[]) OR role_code = $2) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact point in use."""

    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contact points by the unit they belong to, and those of the supervisors."""

    of_units: Mapping[str, list[Contact]]
    of_supervisors: list[Contact]


async def load_contacts(connection: Connection, units: list[str]) -> Contacts:
    """Active contact points of the units and of the supervisors; one statement."""
    of_units: dict[str, list[Contact]] = {}
    of_supervisors: list[Contact] = []
    for row in await connection.fetch(_CONTACTS, units, SUPERVISOR_ROLE):
        mine = of_supervisors if row["role_code"] else of_units.setdefault(row["unit_code"], [])
        mine.append(Contact(row["id"], row["kind"]))
    return Contacts(of_units, of_supervisors)


def mobile_of(keys: KeyRing, requester: bytes | None) -> str | None:
    """The citizen's mobile number as one dials it, None when there is none (or a landline)."""
    phone = unseal(keys, requester).get("phone")
    if not phone:
        return None
    return phone if phonenumbers.number_type(phonenumbers.parse(phone, "CN")) in _MOBILE else None


def wants_news(row: Row) -> bool:
    """Whether the citizen agreed to be told; what was imported was filed, and is told of, elsewhere."""
    return bool(row["notify"]) and row["channel"] != Channel.IMPORT
