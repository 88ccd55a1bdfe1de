"""Users: who may log in, in which roles, for which unit; and that somebody is always left who can administer.

A change of roles, a new password and a deactivation end all tokens of the user (`token_version` rises).
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, Text, delete, func, literal
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.core.pagination import CursorError, decode_cursor, encode_cursor
from app.core.security import hash_password
from app.domain.actors import BUILT_IN_NAMES, Actor
from app.domain.errors import ConflictError, InvalidError, invalid, not_found, refuse_empty
from app.models.catalogue import Unit
from app.models.identity import Role, User, UserRole
from app.schemas.types import Form
from app.schemas.users import UserForm, UserPage
from app.services.administration import create_once, reading, writing
from app.services.catalogue.noun import Values
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation
from app.services.roles import ADMIN, HANDLER

_ROLES = (
    select(func.coalesce(func.array_agg(UserRole.role_code), literal([], ARRAY(Text))))
    .where(col(UserRole.user_id) == col(User.id))
    .correlate(User)
    .scalar_subquery()
)


def _with_roles() -> Any:
    return select(User, _ROLES)


def _view(user: User, roles: Iterable[str]) -> dict[str, Any]:
    return {
        "username": user.username,
        "display_name": user.display_name,
        "unit_code": user.unit_code,
        "roles": sorted(roles),
        "active": user.active,
        "created_at": user.created_at,
    }


async def list_users(here: Installation, page: UserPage) -> dict[str, Any]:
    """Users by name; one statement."""
    statement = _with_roles().order_by(User.username).limit(page.limit + 1)
    for condition in _conditions(page):
        statement = statement.where(condition)
    async with reading(here) as session:
        rows = list(await session.exec(statement))
    more = len(rows) > page.limit
    return {
        "items": [_view(user, roles) for user, roles in rows[: page.limit]],
        "next_cursor": encode_cursor(rows[page.limit - 1][0].username) if more else None,
    }


def _conditions(page: UserPage) -> list[Any]:
    found: list[Any] = []
    if page.q is not None:
        found.append(
            or_(*(col(name).icontains(page.q, autoescape=True) for name in (User.username, User.display_name)))
        )
    if page.unit is not None:
        found.append(col(User.unit_code) == page.unit)
    if page.role is not None:
        found.append(col(User.id).in_(select(UserRole.user_id).where(UserRole.role_code == page.role)))
    if page.active is not None:
        found.append(col(User.active) == page.active)
    if page.cursor:
        (after,) = decode_cursor(page.cursor, str)
        if after is None or not after.isascii() or "\0" in after:
            raise CursorError(page.cursor)
        found.append(col(User.username) > after)
    return found


async def read_user(here: Installation, username: str) -> dict[str, Any]:
    """One user; raises NotFoundError."""
    async with reading(here) as session:
        row = (await session.exec(_with_roles().where(User.username == username))).one_or_none()
    if row is None:
        raise not_found()
    return _view(*row)


async def create_user(here: Installation, actor: Actor, form: UserForm, claim: Claim | None) -> Replay:
    """Add a user; raises InvalidError for unknown roles or unit, ConflictError for a name that is taken."""
    if form.username in BUILT_IN_NAMES:
        raise invalid(
            "/username", "reserved", "该用户名由系统保留，请换一个。", "This name is reserved; choose another."
        )
    password_hash = await hash_password(form.password)

    async def work(session: AsyncSession) -> dict[str, Any]:
        values = form.model_dump(exclude={"password"})
        await _check(session, values)
        roles = values.pop("roles")
        user = User(**values, password_hash=password_hash)
        session.add(user)
        await session.flush()
        session.add_all(UserRole(user_id=_id_of(user), role_code=role) for role in set(roles))
        return _view(user, set(roles))

    return await create_once(here, actor, f"create user {form.username}", claim, work)


async def change_user(here: Installation, actor: Actor, username: str, form: Form) -> dict[str, Any]:
    """Change name, unit, roles or activity.

    Raises ConflictError `own-account` or `last-admin` when it would lock the caller or everybody out.
    """
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)
    async with writing(here, actor, f"change user {username}") as session:
        user, held = await _locked(session, username)
        before: Values = {**user.model_dump(), "roles": held}
        after = {**before, **changes}
        if {"roles", "unit_code"} & changes.keys():
            await _check(session, after)
        await _refuse_lock_out(session, actor, before, after)
        roles = set(after["roles"])
        if roles != set(held) or (before["active"] and not after["active"]):
            user.token_version += 1
        for name in changes.keys() - {"roles"}:
            setattr(user, name, changes[name])
        await _replace_roles(session, user, roles)
    return _view(user, roles)


async def set_password(here: Installation, actor: Actor, username: str, password: str) -> None:
    """Set a user's password without the old one; raises NotFoundError."""
    password_hash = await hash_password(password)
    async with writing(here, actor, f"set password of {username}") as session:
        user, _ = await _locked(session, username)
        user.password_hash = password_hash
        user.token_version += 1


async def _locked(session: AsyncSession, username: str) -> tuple[User, list[str]]:
    user = (await session.exec(select(User).where(User.username == username).with_for_update())).one_or_none()
    if user is None:
        raise not_found()
    roles = await session.exec(select(UserRole.role_code).where(UserRole.user_id == user.id))
    return user, list(roles)


async def _replace_roles(session: AsyncSession, user: User, roles: set[str]) -> None:
    await session.exec(delete(UserRole).where(col(UserRole.user_id) == user.id))
    session.add_all(UserRole(user_id=_id_of(user), role_code=role) for role in roles)


def _id_of(user: User) -> int:
    if user.id is None:
        raise AssertionError("a user that was read or flushed has a number")
    return user.id


async def _check(session: AsyncSession, after: Values) -> None:
    """Roles and unit exist; who handles orders handles them for a unit."""
    known = set(await session.exec(select(Role.code)))
    for position, role in enumerate(after["roles"]):
        if role not in known:
            raise invalid(f"/roles/{position}", "unknown", f"角色“{role}”不存在。", f"Role '{role}' does not exist.")
    unit_code = after["unit_code"]
    if unit_code is None:
        if HANDLER in after["roles"]:
            raise _needs_unit()
        return
    unit = await session.get(Unit, unit_code)
    if unit is None or not unit.active:
        raise invalid(
            "/unit_code", "unknown", f"单位“{unit_code}”不存在或已停用。", f"No open unit has code '{unit_code}'."
        )


def _needs_unit() -> InvalidError:
    return invalid("/unit_code", "required", "承办人员须指明所属单位。", "A handler needs a unit_code.")


async def _refuse_lock_out(session: AsyncSession, actor: Actor, before: Values, after: Values) -> None:
    """Nobody shuts themselves out by accident, and the last administrator stays."""
    was_admin = before["active"] and ADMIN in before["roles"]
    loses_admin = was_admin and not (after["active"] and ADMIN in after["roles"])
    is_shut_out = before["active"] and not after["active"]
    if before["id"] == actor.user_id and (loses_admin or is_shut_out):
        raise ConflictError(
            "不能停用本人账号，也不能撤销本人的管理员角色。",
            "You cannot deactivate yourself or take the role admin from yourself.",
            code="own-account",
        )
    if loses_admin and not (await session.exec(_other_admins(before["id"]))).one():
        raise ConflictError(
            "这是最后一名在用的管理员，须保留。", "This is the last active administrator.", code="last-admin"
        )


def _other_admins(user_id: int) -> SelectOfScalar[int]:
    return (
        select(func.count())
        .select_from(User)
        .join(UserRole, col(UserRole.user_id) == col(User.id))
        .where(col(User.active), col(UserRole.role_code) == ADMIN, col(User.id) != user_id)
    )
