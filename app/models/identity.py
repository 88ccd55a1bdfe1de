"""Users, their roles, API keys, and the counters that slow guessing down."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlmodel import Field

from app.models.base import Instant, Table, identity, instant


class Role(Table, table=True):
    """A named set of permissions (角色); the permissions come from `domain.permissions`."""

    __tablename__ = "role"

    code: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    permissions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class User(Table, table=True):
    """A member of the staff or a machine that logs in. `token_version` rises to end all its tokens."""

    __tablename__ = "user_account"

    id: int | None = identity()
    username: str = Field(sa_type=Text, unique=True)
    display_name: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text)
    unit_code: str | None = Field(default=None, sa_type=Text, foreign_key="unit.code", index=True)
    active: bool = True
    token_version: int = 1
    created_at: Instant = instant(nullable=False, now=True)


class UserRole(Table, table=True):
    """Which user has which role."""

    __tablename__ = "user_role"

    user_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    )
    role_code: str = Field(sa_type=Text, foreign_key="role.code", primary_key=True, index=True)


class ApiKey(Table, table=True):
    """A key for machines: acts as its user, with no more than `scopes`; only its hash is kept."""

    __tablename__ = "api_key"

    id: int | None = identity()
    name: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text)
    key_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    user_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: Instant = instant(nullable=False, now=True)
    expires_at: Instant = instant()
    revoked_at: Instant = instant()


class Throttle(Table, table=True):
    """Failed attempts of a bucket (a user, a ticket, an address) in a window of time."""

    __tablename__ = "throttle"

    bucket: str = Field(sa_type=Text, primary_key=True)
    window_start: datetime = instant(nullable=False)
    failures: int = Field(sa_type=SmallInteger)


class IdempotencyKey(Table, table=True):
    """The first answer to a creating call, given again when the same call comes again.

    The answer is encrypted: it may hold a query code that is stored nowhere else in the clear.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    scope: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status: int = Field(sa_type=SmallInteger)
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: Instant = instant(nullable=False, now=True)


class Installation(Table, table=True):
    """One row: which keys this database was set up with, and the epoch of its transaction ids.

    Transaction ids start anew after a restore into another cluster; feed cursors carry the epoch.
    """

    __tablename__ = "installation"

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    epoch: int = Field(sa_type=SmallInteger)
    key_fingerprint: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    demo: bool = False
