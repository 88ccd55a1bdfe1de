"""Tokens, the caller, users, roles and keys as clients see them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.domain.actors import ActorKind
from app.domain.permissions import Permission
from app.schemas.answers.common import Answer, example, example_of


class Token(Answer):
    """For `Authorization: Bearer …`."""

    model_config = example(access_token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", token_type="bearer", expires_in=28800)  # noqa: S106 - an example
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int = Field(description="Seconds.")


class Me(Answer):
    """Who calls."""

    model_config = example(
        username="unit-urban-management",
        kind="user",
        unit_code="urban-management",
        roles=["handler"],
        permissions=["catalogue.read", "request.read", "work_order.handle"],
    )
    username: str
    kind: ActorKind = Field(description="`user` with a login token, `api_key` with a key.")
    unit_code: str | None
    roles: list[str]
    permissions: list[Permission] = Field(description="Of a key: those of its user that are among its scopes.")


class UserRow(Answer):
    """A member of the staff or a machine."""

    model_config = example(
        username="li.ming",
        display_name="李明",
        unit_code="centre",
        roles=["operator"],
        active=True,
        created_at="2026-11-21T08:00:00+00:00",
    )
    username: str
    display_name: str
    unit_code: str | None
    roles: list[str]
    active: bool
    created_at: AwareDatetime


class RoleRow(Answer):
    """A named set of permissions."""

    model_config = example(code="observer", name="观察员", permissions=["catalogue.read", "request.read"])
    code: str
    name: str
    permissions: list[Permission]


class ApiKeyRow(Answer):
    """A key, without the key itself."""

    model_config = example(
        username="unit-urban-management",
        id=4,
        name="综合行政执法局工单系统",
        prefix="hk_9fQ2x",
        scopes=["request.read", "work_order.handle"],
        created_at="2026-11-21T08:00:00+00:00",
        expires_at="2027-12-31T15:59:59+00:00",
        revoked_at=None,
    )
    username: str = Field(description="The user that it acts as.")
    id: Annotated[int, Field(ge=1)]
    name: str
    prefix: str = Field(description="First signs of the key, to tell keys apart.")
    scopes: list[Permission]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = Field(description="Null: never.")
    revoked_at: AwareDatetime | None


class NewApiKey(ApiKeyRow):
    """A new key; `key` is shown this once."""

    model_config = example(**example_of(ApiKeyRow), key="hk_9fQ2xExampleOnlyExampleOnlyExampleOnly")
    key: str
