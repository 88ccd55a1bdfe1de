"""Contact points: where a unit, or the holders of a role, are told. Addresses are sealed, shown masked, tested by hand.

An address may be a secret of its own (whoever has a group chat's URL may write into it), so nobody reads it back.
"""

import re
from typing import Any

import phonenumbers
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.addresses import AddressError, resolve
from app.core.pagination import decode_cursor, encode_cursor
from app.core.security import KeyRing
from app.domain.actors import Actor
from app.domain.errors import InvalidError, invalid, not_found, refuse_empty
from app.domain.messages import MessageChannel
from app.models.catalogue import Unit
from app.models.identity import Role
from app.models.message import ContactPoint
from app.schemas.notifications import ContactForm, ContactPage
from app.schemas.types import Form, read_phone
from app.services.administration import create_once, reading, writing
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation
from app.services.messages.addresses import PURPOSE, address_of, masked_address
from app.services.messages.channels import chat

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII)


async def list_contacts(here: Installation, page: ContactPage) -> dict[str, Any]:
    """Contact points, oldest first; one statement."""
    statement = select(ContactPoint).order_by(col(ContactPoint.id)).limit(page.limit + 1)
    filters = {
        "unit": ContactPoint.unit_code,
        "role": ContactPoint.role_code,
        "kind": ContactPoint.kind,
        "active": ContactPoint.active,
    }
    statement = statement.where(*(col(filters[name]) == value for name, value in page.narrowed().items()))
    if page.cursor:
        statement = statement.where(col(ContactPoint.id) > decode_cursor(page.cursor, int)[0])
    async with reading(here) as session:
        rows = list(await session.exec(statement))
    more = len(rows) > page.limit
    return {
        "items": [_view(here, row) for row in rows[: page.limit]],
        "next_cursor": encode_cursor(rows[page.limit - 1].id) if more else None,
    }


async def read_contact(here: Installation, key: int) -> dict[str, Any]:
    """One contact point; raises NotFoundError."""
    async with reading(here) as session:
        return _view(here, await _found(session, key))


async def create_contact(here: Installation, actor: Actor, form: ContactForm, claim: Claim | None) -> Replay:
    """Add one; raises InvalidError for an unknown owner or an address that will not do, ConflictError when it is there."""
    address = await _checked(here, form.kind, form.address)

    async def work(session: AsyncSession) -> dict[str, Any]:
        await _check_owner(session, form.unit_code, form.role_code)
        values: dict[str, Any] = {**form.model_dump(), **_sealed(here.keys, address)}
        row = ContactPoint(**values)
        session.add(row)
        await session.flush()
        await session.refresh(row)
        return _view(here, row)

    return await create_once(here, actor, "create contact point", claim, work)


async def change_contact(here: Installation, actor: Actor, key: int, form: Form) -> dict[str, Any]:
    """Change the given fields; raises as `create_contact`, and NotFoundError."""
    changes = form.model_dump(exclude_unset=True)
    refuse_empty(changes)
    if address := changes.pop("address", None):
        kind = (await read_contact(here, key))["kind"]  # never changes, so it may be read before the lock
        changes |= _sealed(here.keys, await _checked(here, MessageChannel(kind), address))
    async with writing(here, actor, f"change contact point {key}") as session:
        row = await _found(session, key)
        for column, value in changes.items():
            setattr(row, column, value)
        await session.flush()
    return _view(here, row)


async def delete_contact(here: Installation, actor: Actor, key: int) -> None:
    """Remove one; what waits for it is skipped. Raises NotFoundError."""
    async with writing(here, actor, f"delete contact point {key}") as session:
        await session.delete(await _found(session, key))


async def _found(session: AsyncSession, key: int) -> ContactPoint:
    row = await session.get(ContactPoint, key)
    if row is None:
        raise not_found()
    return row


async def _check_owner(session: AsyncSession, unit_code: str | None, role_code: str | None) -> None:
    if (unit_code is None) == (role_code is None):
        raise invalid(
            "/unit_code",
            "one-owner",
            "单位（unit_code）与角色（role_code）须且只须填写一项。",
            "Give exactly one of unit_code and role_code.",
        )
    if unit_code and await session.get(Unit, unit_code) is None:
        raise invalid("/unit_code", "unknown", f"单位“{unit_code}”不存在。", f"'{unit_code}' does not exist.")
    if role_code and await session.get(Role, role_code) is None:
        raise invalid("/role_code", "unknown", f"角色“{role_code}”不存在。", f"'{role_code}' does not exist.")


async def _checked(here: Installation, kind: MessageChannel, address: str) -> str:
    """The address in the form in which it is used; raises InvalidError."""
    if kind is MessageChannel.SMS:
        return _checked_phone(address)
    if kind is MessageChannel.EMAIL:
        if not _EMAIL.fullmatch(address):
            raise _bad(
                "邮箱地址格式不正确，例如 duty@example.gov.cn。", "Not an e-mail address such as duty@example.gov.cn."
            )
        return address
    return await _checked_chat(here, address)


async def _checked_chat(here: Installation, address: str) -> str:
    made = chat.receiver(address)
    if made is None:
        raise _bad(
            f"不是可用的通知地址，支持：{chat.LISTED}。",
            f"Not an address of a service that may be used: {chat.LISTED}.",
        )
    if chat.service_of(address) in chat.HOSTED:
        await _refuse_inward(here, str(made.host).strip("[]"))
    return address


async def _refuse_inward(here: Installation, host: str) -> None:
    """A host that cannot be found now is looked at again whenever something is sent."""
    try:
        await resolve(host, 443, here.settings.webhook_allowed)
    except AddressError as error:
        if error.code != "inward-address":
            return
        raise invalid(
            "/address",
            "inward-address",
            "该地址指向内部网络，未经允许（HOTLINE_WEBHOOK_ALLOW）不能使用。",
            "The address points inward; HOTLINE_WEBHOOK_ALLOW does not name it.",
        ) from None


def _checked_phone(address: str) -> str:
    number = read_phone(address)
    if number is None:
        raise _bad(
            "不是有效的电话号码，例如 13800000000，不带分机号。",
            "Not a phone number such as 13800000000, without extension.",
        )
    if number.country_code == 86:
        return str(number.national_number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _bad(zh: str, en: str) -> InvalidError:
    return invalid("/address", "bad-address", zh, en)


def _sealed(keys: KeyRing, address: str) -> dict[str, bytes]:
    return {
        "address": keys.encrypt(address.encode(), PURPOSE),
        "address_hash": keys.lookup_hash(address, PURPOSE),
    }


def _view(here: Installation, row: ContactPoint) -> dict[str, Any]:
    shown = row.model_dump(exclude={"address", "address_hash"})
    return {**shown, "address": masked_address(row.kind, address_of(here.keys, row.address))}
