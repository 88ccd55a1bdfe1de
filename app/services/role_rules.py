"""What the roles refuse: permissions that nobody may be given, and the loss of the administrators' role."""

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.errors import ConflictError, invalid
from app.domain.permissions import Permission
from app.models.identity import UserRole
from app.services.catalogue.noun import Values
from app.services.roles import ADMIN, GRANTABLE

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


async def refuse_in_use(session: AsyncSession, role: Values) -> None:
    """What somebody has stays, and so does the administrators' role."""
    holders = select(func.count()).where(col(UserRole.role_code) == role["code"])
    count = (await session.exec(holders)).one()
    if count or role["code"] == ADMIN:
        raise ConflictError(f"仍有 {count} 名用户属于该角色。", f"{count} users have this role.", code="in-use")


def sorted_permissions(role: Values) -> dict[str, Any]:
    """Each permission once, in order."""
    return {"permissions": sorted(set(role["permissions"]))}
