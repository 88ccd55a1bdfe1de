"""Conventions that all tables share: constraint names, types, timestamps.

SQLModel's `table=True` classes do not validate: requests are checked by `app.schemas`, rows by the CHECKs here.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, Identity, MetaData, SmallInteger, func
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

CHANGES = {
    "postgresql_with": {
        "fillfactor": 85,
        "autovacuum_vacuum_scale_factor": 0.02,
        "autovacuum_analyze_scale_factor": 0.01,
        "autovacuum_vacuum_insert_scale_factor": 0.05,
    }
}
"""Storage of large tables whose rows change: room beside each row for its next version, tidied by the day's growth."""
GROWS = {"postgresql_with": {"autovacuum_vacuum_insert_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.01}}
"""Storage of large tables that only grow."""


class Table(SQLModel):
    """Base of all tables; its metadata is the one truth of the schema."""

    metadata = MetaData(naming_convention=NAMING)


def instant(*, nullable: bool = True, now: bool = False, computed: Any = None) -> Any:
    """A `timestamptz` column; `now` fills it at insert."""
    args = [computed] if computed is not None else []
    default = func.now() if now else None
    column: Column[datetime] = Column(DateTime(timezone=True), *args, nullable=nullable, server_default=default)
    return Field(default=None, sa_column=column)


def identity() -> Any:
    """A generated bigint primary key."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


def count() -> Any:
    """A small counter that begins at nought."""
    return Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))


def flag() -> Any:
    """A yes or no that begins with no."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))


def one_of(column: str, values: type[StrEnum], *, nullable: bool = False) -> CheckConstraint:
    """CHECK that a text column holds one of an enum's values."""
    listed = ", ".join(f"'{value}'" for value in values)
    condition = f"{column} IN ({listed})"
    return CheckConstraint(f"{column} IS NULL OR {condition}" if nullable else condition, name=column)


Instant = datetime | None
