"""Find like requests of different callers, and keep the alerts about them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "add_clusters"
down_revision: str | Sequence[str] | None = "add_routing_lessons"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = (
    # channel, language, title, body
    ("sms", "zh", "", "集中诉求{cluster}号：{area}{category}，{callers}人反映{requests}件，请研判。{more}"),
    ("sms", "en", "", "Cluster {cluster}: {category}, {area}: {callers} callers, {requests} requests. Please look into it.{more}"),
    ("rich", "zh", "集中诉求 {category}（{callers}人）",
     "集中诉求 {cluster} 号：{area} {category}，近期已有 {callers} 人反映，共 {requests} 件，最新一件为 {ticket_no}。\n请及时登录研判，必要时并案处理。{more}"),
    ("rich", "en", "Cluster: {category} ({callers} callers)",
     "Cluster {cluster}: {category}, {area}. {callers} callers have filed {requests} requests lately, {ticket_no} being the newest.\nPlease log in and look into it; they can be merged.{more}"),
)  # fmt: skip
"""Texts of the alert, for installations whose texts have been seeded already."""


def upgrade() -> None:
    _create_keys()
    _create_cluster()
    _create_member()
    _add_words()
    # What was filed before is found by its caller only; clusters begin with what is filed from now on.
    op.execute(
        """
        INSERT INTO consumer (name, epoch, xid, id)
        SELECT 'clusters', epoch, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, 9223372036854775807
        FROM installation
        """
    )


def _add_words() -> None:
    insert = sa.text(
        """
        INSERT INTO message_template (code, key, channel, language, title, body, active)
        SELECT 'supervisor.cluster.' || :channel || '.' || :language, 'supervisor.cluster', :channel, :language, :title, :body, true
        WHERE EXISTS (SELECT FROM message_template) ON CONFLICT DO NOTHING
        """
    )
    for channel, language, title, body in WORDS:
        op.execute(insert.bindparams(channel=channel, language=language, title=title, body=body))


def _create_keys() -> None:
    op.create_table(
        "request_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_request_key_request_id")),
        sa.PrimaryKeyConstraint("key", "request_id", name=op.f("pk_request_key")),
    )
    op.create_index(op.f("ix_request_key_filed_at"), "request_key", ["filed_at"])


def _create_cluster() -> None:
    op.create_table(
        "cluster",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'dismissed', 'over')", name=op.f("ck_cluster_state")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_cluster_area_code")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_cluster_category_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
    )
    op.create_index(op.f("ix_cluster_last_at"), "cluster", ["last_at"], postgresql_where=sa.text("state <> 'over'"))
    op.create_index("ix_cluster_state", "cluster", ["state", "id"])


def _create_member() -> None:
    op.create_table(
        "cluster_member",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_hash", sa.LargeBinary(), nullable=False),
        sa.Column("copied", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_member_cluster_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_cluster_member_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_cluster_member")),
    )
    op.create_index("ix_cluster_member_cluster_id", "cluster_member", ["cluster_id", "request_id"])


def downgrade() -> None:
    op.execute("DELETE FROM message_template WHERE key = 'supervisor.cluster'")
    op.execute("DELETE FROM consumer WHERE name = 'clusters'")
    op.drop_table("cluster_member")
    op.drop_table("cluster")
    op.drop_table("request_key")
