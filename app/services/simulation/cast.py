"""Who plays: for every step an actor that may take it, with the name of a real user where there is one."""

from app.domain.actors import CITIZEN, Actor
from app.domain.permissions import Permission
from app.services.authentication import actor_of
from app.services.reference import Reference


class CastError(Exception):
    """A part cannot be filled; the text says which user is missing."""


class Cast:
    """The players of an installation, found once."""

    def __init__(self, reference: Reference) -> None:
        self._handlers: dict[str, Actor] = {}
        self._staff: dict[Permission, Actor] = {}
        self._inspectors: dict[Permission, Actor] = {}
        for user in sorted(reference.identities.users.values(), key=lambda user: (len(user.roles), user.id)):
            actor = actor_of(reference, user)
            if user.unit_code and Permission.WORK_ORDER_HANDLE in user.permissions:
                self._handlers.setdefault(user.unit_code, actor)
            for permission in user.permissions:
                self._staff.setdefault(permission, actor)
                if actor.may(Permission.REQUEST_RESTRICTED):
                    self._inspectors.setdefault(permission, actor)

    def handler(self, unit_code: str) -> Actor:
        """Who acts for the unit; raises CastError when it has no user."""
        if unit_code not in self._handlers:
            raise CastError(f"unit '{unit_code}' has no user with the handler role; add one with `hotline users add`")
        return self._handlers[unit_code]

    def staff(self, permission: Permission, *, restricted: bool = False) -> Actor:
        """A member of the centre who may do such things, in a restricted matter a discipline inspector.

        Raises CastError when there is none.
        """
        found = (self._inspectors if restricted else self._staff).get(permission)
        if found is None:
            raise CastError(f"no user has the permission {permission}; `hotline seed --demo` makes the demo users")
        return found

    @property
    def citizen(self) -> Actor:
        """The one who asked, code in hand."""
        return CITIZEN
