"""What requests are about, in a few words each, and the clusters (集中诉求) that were found by them.

`request_key` holds no word of a confidential, restricted or whistle-blower's request: what is not there can neither
be found nor betray itself by the time that finding takes.
"""

from sqlalchemy import ARRAY, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field

from app.domain.clusters import ClusterState
from app.models.base import GROWS, Instant, Table, flag, identity, instant, one_of


class RequestKey(Table, table=True):
    """One of the most telling words of a request; the newest requests that share it are read off the primary key."""

    __tablename__ = "request_key"
    __table_args__ = (Index("ix_request_key_filed_at", "filed_at"), GROWS)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), primary_key=True))
    filed_at: Instant = instant(nullable=False)


class Cluster(Table, table=True):
    """One matter of several callers; `told` is how many callers there were when supervisors were last told."""

    __tablename__ = "cluster"
    __table_args__ = (
        one_of("state", ClusterState),
        Index("ix_cluster_last_at", "last_at", postgresql_where=text("state <> 'over'")),
        Index("ix_cluster_state", "state", "id"),
    )

    id: int | None = identity()
    state: str = Field(sa_type=Text)
    category_code: str | None = Field(default=None, sa_type=Text, foreign_key="category.code")
    area_code: str | None = Field(default=None, sa_type=Text, foreign_key="area.code")
    words: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    told: int = Field(sa_column=Column(Integer, nullable=False))
    first_at: Instant = instant(nullable=False)
    last_at: Instant = instant(nullable=False)
    opened_at: Instant = instant(nullable=False)
    decided_at: Instant = instant()
    decided_by: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class ClusterMember(Table, table=True):
    """A request in a cluster; `caller_hash` tells callers apart (see `domain.clusters.caller_of`)."""

    __tablename__ = "cluster_member"
    __table_args__ = (Index("ix_cluster_member_cluster_id", "cluster_id", "request_id"),)

    request_id: int = Field(sa_column=Column(BigInteger, ForeignKey("service_request.id"), primary_key=True))
    cluster_id: int = Field(sa_column=Column(BigInteger, ForeignKey("cluster.id"), nullable=False))
    caller_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    copied: bool = flag()
    filed_at: Instant = instant(nullable=False)
