"""Who acts: a person of the staff, a machine with a key, a citizen with number and code, or the system."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.permissions import CITIZEN_PERMISSIONS, SYSTEM_PERMISSIONS, Permission


class ActorKind(StrEnum):
    """What sort of party an actor is."""

    USER = "user"
    API_KEY = "api_key"
    CITIZEN = "citizen"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The party on whose behalf a call runs.

    `units` are the codes of its unit and all subordinate ones: what it may see when it may not read all. `above`
    are those of its unit and all superior ones: is one of them accused, the actor is shut out.
    """

    kind: ActorKind
    name: str
    permissions: frozenset[Permission]
    unit_code: str | None = None
    units: tuple[str, ...] = ()
    user_id: int | None = None
    roles: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    def may(self, permission: Permission) -> bool:
        """Whether the actor may do such things at all."""
        return permission in self.permissions

    @property
    def sees_all(self) -> bool:
        """Whether no row is hidden: the system, who reads all, and a citizen whose code has opened the one row."""
        return self.kind in (ActorKind.SYSTEM, ActorKind.CITIZEN) or Permission.REQUEST_READ_ALL in self.permissions

    @property
    def sees_restricted(self) -> bool:
        """Whether the restricted queue (纪检) is open to the actor; a unit sees of it what it was given to do."""
        return self.kind in (ActorKind.SYSTEM, ActorKind.CITIZEN) or Permission.REQUEST_RESTRICTED in self.permissions


CITIZEN = Actor(ActorKind.CITIZEN, "citizen", CITIZEN_PERMISSIONS)
SYSTEM = Actor(ActorKind.SYSTEM, "system", frozenset(SYSTEM_PERMISSIONS))
IMPORTER = Actor(ActorKind.SYSTEM, "import", frozenset({Permission.REQUEST_IMPORT, Permission.REQUEST_FILE}))
SIMULATOR = Actor(ActorKind.SYSTEM, "simulator", frozenset({Permission.REQUEST_FILE}))

BUILT_IN_NAMES = frozenset({CITIZEN.name, SYSTEM.name, IMPORTER.name, SIMULATOR.name})
"""Names that no user may have: what an actor filed is known by its name."""
