"""Roles as data: which permissions they may draw on, and that the administrators' role keeps its keys."""

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.errors import ConflictError, invalid
from app.domain.permissions import DEFAULT_ROLES, Permission
from app.models.identity import Role, UserRole
from app.schemas import users as forms
from app.services.catalogue.store import Noun, Values, contains

ADMIN = "admin"
HANDLER = "handler"
GRANTABLE = frozenset(permission for _, permissions in DEFAULT_ROLES.values() for permission in permissions)
"""What people may be given: the rest belongs to citizens and to the machine."""
_ADMIN_KEEPS = frozenset({Permission.IDENTITY_READ, Permission.IDENTITY_WRITE})


async def check_role(_session: AsyncSession, after: Values, _before: Values | None) -> None:
    """Only grantable permissions; the administrators' role can always mend the others."""
    for position, permission in enumerate(after["permissions"]):
        if permission not in GRANTABLE:
            raise invalid(
                f"/permissions/{position}",
                "not-grantable",
                f"权限“{permission}”不能授予人员。",
                f"'{permission}' cannot be granted to a role.",
            )
    if after["code"] == ADMIN and not set(after["permissions"]) >= _ADMIN_KEEPS:
        raise ConflictError(
            "管理员角色须保留用户管理权限。",
            "The role admin must keep identity.read and identity.write.",
            code="last-admin",
        )


async def _refuse_in_use(session: AsyncSession, role: Values) -> None:
    holders = select(func.count()).where(col(UserRole.role_code) == role["code"])
    count = (await session.exec(holders)).one()
    if count or role["code"] == ADMIN:
        raise ConflictError(f"仍有 {count} 名用户属于该角色。", f"{count} users have this role.", code="in-use")


ROLES = Noun(
    path="roles",
    name="roles 角色",
    table=Role,
    key="code",
    form=forms.RoleForm,
    change=forms.RoleChange,
    page=forms.RolePage,
    filters={"q": lambda words: contains(words, Role.code, Role.name)},
    check=check_role,
    removable=_refuse_in_use,
    derived=lambda role: {"permissions": sorted(set(role["permissions"]))},
    read=Permission.IDENTITY_READ,
    write=Permission.IDENTITY_WRITE,
)
