"""Who acts and reads in random lives, and what each of them may see: worked out here from rows alone.

Nothing asks `services/visibility.py`; the tree of units is read from the demo city's own file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.domain.permissions import DEFAULT_ROLES, Permission
from app.services.seeding.files import read_csv
from support.api import Api

Row = Mapping[str, Any]
TOP, MIDDLE, BELOW = "agriculture", "township-qingshi", "team-shimen"
UNITS = (MIDDLE, BELOW, "water", "fire-rescue")
"""Units that get orders; the first is above the second."""
PARENTS: dict[str, str | None] = {row["code"]: row["parent_code"] or None for row in read_csv("demo_city/units.csv")}
PARENTS[MIDDLE] = TOP
MACHINE, CADRE, CLERK = "machine", "cadre.of.shimen", "clerk.of.water"
"""A key of the township's system; a cadre of the village; a dispatcher who belongs to a unit that may be accused."""


def above(unit: str | None) -> set[str]:
    """The unit and those over it."""
    found: set[str] = set()
    while unit:
        found.add(unit)
        unit = PARENTS.get(unit)
    return found


@dataclass(frozen=True)
class Reader:
    """Somebody with an account: name, role, unit."""

    name: str
    role: str
    unit: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role allows such things at all."""
        return permission in DEFAULT_ROLES[self.role][1]

    @property
    def reads_all(self) -> bool:
        return self.may(Permission.REQUEST_READ_ALL)

    def has(self, unit: str | None) -> bool:
        """Whether the unit is the reader's own or below it."""
        return self.unit is not None and self.unit in above(unit)

    def shut_out(self, request: Row) -> bool:
        """Whether the matter is about the reader's unit or one above it, or is not for such eyes."""
        accused = not above(self.unit).isdisjoint(request["accused_units"])
        return accused or (request["restricted"] and self.reads_all and not self.may(Permission.REQUEST_RESTRICTED))

    def sees_request(self, request: Row, orders: Iterable[Row]) -> bool:
        """Staff all; others what they filed (unless restricted) and what their units were ever given."""
        if self.shut_out(request):
            return False
        filed = request["filed_by"] == self.name and not request["restricted"]
        return self.reads_all or filed or any(self.has(order["unit_code"]) for order in orders)

    def sees_order(self, request: Row, order: Row) -> bool:
        """Staff all; units their own and those they asked for."""
        if self.shut_out(request):
            return False
        return self.reads_all or self.has(order["unit_code"]) or self.has(order["asked_by_unit"])

    def sees_record(self, request: Row, orders: Iterable[Row], record: Row) -> bool:
        """An application or slip: whoever sees the request, units only their own."""
        return self.sees_request(request, orders) and (self.reads_all or self.has(record["unit_code"]))


STAFF = (
    Reader("operator", "operator", "centre"),
    Reader("dispatcher", "dispatcher", "centre"),
    Reader("expert", "expert", "centre"),
    Reader("callback", "callback_agent", "centre"),
    Reader("supervisor", "supervisor", "centre"),
    Reader("auditor", "auditor", "centre"),
    Reader("admin", "admin", "centre"),
    Reader("discipline", "discipline", "discipline"),
    Reader(CLERK, "dispatcher", "water"),
    Reader(CADRE, "cadre", BELOW),
    Reader(MACHINE, "handler", MIDDLE),
)
HANDLERS = tuple(Reader(f"unit-{unit}", "handler", unit) for unit in (*UNITS, TOP, "emergency", "forestry"))
READERS = {reader.name: reader for reader in (*STAFF, *HANDLERS)}
"""Everybody by name; forestry has to do with nothing."""


def reader(name: str) -> Reader:
    """Anybody, also the handlers of units that have no part of their own."""
    return READERS.get(name) or Reader(name, "handler", name.removeprefix("unit-"))


async def hire(api: Api) -> str:
    """Make the people and the key that the demo city lacks, and put the township below a department; the key."""
    admin = api.as_("admin")
    assert (await admin.patch(f"/v1/units/{MIDDLE}", json={"parent_code": TOP})).status_code == 200
    for name in (CADRE, CLERK):
        known = READERS[name]
        form = {"username": name, "display_name": name, "password": "long enough", "roles": [known.role]}
        answer = await admin.post("/v1/users", json={**form, "unit_code": known.unit})
        assert answer.status_code == 201, answer.text
    scopes = sorted(DEFAULT_ROLES["handler"][1])
    answer = await admin.post("/v1/api-keys", json={"name": "township", "username": f"unit-{MIDDLE}", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    await api.here.reference.refresh()
    key: str = answer.json()["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    api._clients[MACHINE] = httpx.AsyncClient(base_url=api.url, headers=bearer, timeout=60)
    return key
