"""Create the case pipeline, the catalogue and identity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


class Xid8(sa.types.UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


revision: str = "create_tables"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("aliases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{12}$'", name=op.f("ck_area_code")),
        sa.CheckConstraint("level IN ('county', 'township', 'village', 'grid')", name=op.f("ck_area_level")),
        sa.CheckConstraint("code <> parent_code", name=op.f("ck_area_own_parent")),
        sa.ForeignKeyConstraint(["parent_code"], ["area.code"], name=op.f("fk_area_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_index(op.f("ix_area_parent_code"), "area", ["parent_code"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("examples", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("unit_kind", sa.Text(), nullable=True),
        sa.Column("usual_kind", sa.Text(), nullable=True),
        sa.Column("usual_urgency", sa.Text(), nullable=False),
        sa.Column("village_affair", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{2}([0-9]{2})?$'", name=op.f("ck_category_code")),
        sa.CheckConstraint(
            "unit_kind IS NULL OR unit_kind IN ('department', 'township', 'village_team', 'utility', 'external')",
            name=op.f("ck_category_unit_kind"),
        ),
        sa.CheckConstraint(
            "usual_kind IS NULL OR usual_kind IN ('consultation', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_category_usual_kind"),
        ),
        sa.CheckConstraint("usual_urgency IN ('normal', 'urgent', 'critical')", name=op.f("ck_category_usual_urgency")),
        sa.CheckConstraint(
            "(parent_code IS NULL) = (length(code) = 2) AND left(code, 2) = coalesce(parent_code, code)",
            name=op.f("ck_category_level"),
        ),
        sa.ForeignKeyConstraint(["parent_code"], ["category.code"], name=op.f("fk_category_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_category")),
    )
    op.create_index(op.f("ix_category_parent_code"), "category", ["parent_code"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("key_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
    )
    op.create_table(
        "sla_policy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.Column("category_prefix", sa.Text(), nullable=False),
        sa.Column("dispatch", sa.Text(), nullable=False),
        sa.Column("accept", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("resolve", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.CheckConstraint("accept ~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'", name=op.f("ck_sla_policy_accept")),
        sa.CheckConstraint("callback ~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'", name=op.f("ck_sla_policy_callback")),
        sa.CheckConstraint("contact ~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'", name=op.f("ck_sla_policy_contact")),
        sa.CheckConstraint("dispatch ~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'", name=op.f("ck_sla_policy_dispatch")),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('consultation', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_sla_policy_kind"),
        ),
        sa.CheckConstraint("resolve ~ '^[1-9][0-9]{0,3}(wd|wh|h|m)$'", name=op.f("ck_sla_policy_resolve")),
        sa.CheckConstraint(
            "urgency IS NULL OR urgency IN ('normal', 'urgent', 'critical')", name=op.f("ck_sla_policy_urgency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy")),
        sa.UniqueConstraint(
            "kind",
            "urgency",
            "category_prefix",
            name=op.f("uq_sla_policy_kind_urgency_category_prefix"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "throttle",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_throttle")),
    )
    op.create_table(
        "knowledge_article",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_knowledge_article_category_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_article")),
        sa.UniqueConstraint("title", name=op.f("uq_knowledge_article_title")),
    )
    op.create_index(op.f("ix_knowledge_article_category_code"), "knowledge_article", ["category_code"], unique=False)
    op.create_index(
        "ix_knowledge_article_search", "knowledge_article", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_place_area_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("name", "area_code", name=op.f("uq_place_name_area_code")),
    )
    op.create_index(op.f("ix_place_area_code"), "place", ["area_code"], unique=False)
    op.create_table(
        "service_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("original_text", sa.Text(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("requester", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("publish_consent", sa.Boolean(), nullable=False),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("query_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("classification", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("routing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lead_order_no", sa.Text(), nullable=True),
        sa.Column("orders_opened", sa.SmallInteger(), nullable=False),
        sa.Column("dispatch_soon_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatch_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "alarm_at",
            sa.DateTime(timezone=True),
            sa.Computed(
                "\nCASE WHEN state = 'received' THEN least(\n    CASE WHEN dispatch_soon_at > alarmed_until THEN dispatch_soon_at END,\n    CASE WHEN dispatch_due_at > alarmed_until THEN dispatch_due_at END) END\n",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_review_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_attempts", sa.SmallInteger(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_outcome", sa.Text(), nullable=True),
        sa.Column("resolved_answer", sa.Text(), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("contacted_in_time", sa.Boolean(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.CheckConstraint(
            "callback_outcome IN ('reached', 'unreachable', 'refused')",
            name=op.f("ck_service_request_callback_outcome"),
        ),
        sa.CheckConstraint(
            "channel IN ('phone', 'web', 'wechat', 'app', 'sms', 'email', 'letter', 'visit', 'police_110', 'import', 'open311')",
            name=op.f("ck_service_request_channel"),
        ),
        sa.CheckConstraint(
            "kind IN ('consultation', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_service_request_kind"),
        ),
        sa.CheckConstraint(
            "resolved_answer IN ('yes', 'partly', 'no')", name=op.f("ck_service_request_resolved_answer")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'assigned', 'in_progress', 'on_hold', 'resolved', 'rated', 'closed', 'declined', 'transferred', 'merged')",
            name=op.f("ck_service_request_state"),
        ),
        sa.CheckConstraint("urgency IN ('normal', 'urgent', 'critical')", name=op.f("ck_service_request_urgency")),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_service_request_satisfaction")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_service_request_area_code")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_service_request_category_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request")),
        sa.UniqueConstraint("ticket_no", name=op.f("uq_service_request_ticket_no")),
    )
    op.create_index(
        "ix_service_request_alarm_at",
        "service_request",
        ["alarm_at"],
        unique=False,
        postgresql_where=sa.text("alarm_at IS NOT NULL"),
    )
    op.create_index("ix_service_request_area_code", "service_request", ["area_code", "id"], unique=False)
    op.create_index(
        "ix_service_request_callback",
        "service_request",
        ["callback_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'resolved' AND callback_outcome IS NULL"),
    )
    op.create_index("ix_service_request_category_code", "service_request", ["category_code", "id"], unique=False)
    op.create_index(
        "ix_service_request_phone_hash",
        "service_request",
        ["phone_hash", "id"],
        unique=False,
        postgresql_where=sa.text("phone_hash IS NOT NULL"),
    )
    op.create_index("ix_service_request_search", "service_request", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_service_request_state", "service_request", ["state", "id"], unique=False)
    op.create_index("ix_service_request_filed_by", "service_request", ["filed_by", "id"], unique=False)
    op.create_index(
        "uq_service_request_channel_external_ref",
        "service_request",
        ["channel", "external_ref"],
        unique=True,
        postgresql_where=sa.text("external_ref IS NOT NULL"),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('department', 'township', 'village_team', 'utility', 'external')", name=op.f("ck_unit_kind")
        ),
        sa.CheckConstraint("code <> parent_code", name=op.f("ck_unit_own_parent")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_unit_area_code")),
        sa.ForeignKeyConstraint(["parent_code"], ["unit.code"], name=op.f("fk_unit_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_area_code"), "unit", ["area_code"], unique=False)
    op.create_index(op.f("ix_unit_parent_code"), "unit", ["parent_code"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("work_order_no", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("request_state", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_event_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("request_id", "seq", name=op.f("uq_event_request_id_seq")),
    )
    op.create_index("ix_event_commit_order", "event", ["xid", "id"], unique=False)
    op.create_index(
        "ix_event_unit_commit_order",
        "event",
        ["unit_code", "xid", "id"],
        unique=False,
        postgresql_where=sa.text("unit_code IS NOT NULL"),
    )
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("category_prefix", sa.Text(), nullable=False),
        sa.Column("area_prefix", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("area_unit", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("area_unit IN ('village_team', 'township')", name=op.f("ck_routing_rule_area_unit")),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('consultation', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_routing_rule_kind"),
        ),
        sa.CheckConstraint("(unit_code IS NULL) <> (area_unit IS NULL)", name=op.f("ck_routing_rule_one_target")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_routing_rule_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint(
            "category_prefix",
            "area_prefix",
            "kind",
            "priority",
            name=op.f("uq_routing_rule_category_prefix_area_prefix_kind_priority"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_routing_rule_unit_code"), "routing_rule", ["unit_code"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_user_account_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_index(op.f("ix_user_account_unit_code"), "user_account", ["unit_code"], unique=False)
    op.create_table(
        "work_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("work_order_no", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wall_clocks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("accept_soon_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_soon_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_soon_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolve_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "soon_at",
            sa.DateTime(timezone=True),
            sa.Computed(
                "least(CASE WHEN held_at IS NULL AND state = 'pending' THEN accept_soon_at END, CASE WHEN held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted') THEN contact_soon_at END, CASE WHEN held_at IS NULL AND state IN ('pending', 'accepted') THEN resolve_soon_at END)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            sa.Computed(
                "least(CASE WHEN held_at IS NULL AND state = 'pending' THEN accept_due_at END, CASE WHEN held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted') THEN contact_due_at END, CASE WHEN held_at IS NULL AND state IN ('pending', 'accepted') THEN resolve_due_at END)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "alarm_at",
            sa.DateTime(timezone=True),
            sa.Computed(
                "least(CASE WHEN held_at IS NULL AND state = 'pending' AND accept_soon_at > alarmed_until THEN accept_soon_at END, CASE WHEN held_at IS NULL AND state = 'pending' AND accept_due_at > alarmed_until THEN accept_due_at END, CASE WHEN held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted') AND contact_soon_at > alarmed_until THEN contact_soon_at END, CASE WHEN held_at IS NULL AND contacted_at IS NULL AND state IN ('pending', 'accepted') AND contact_due_at > alarmed_until THEN contact_due_at END, CASE WHEN held_at IS NULL AND state IN ('pending', 'accepted') AND resolve_soon_at > alarmed_until THEN resolve_soon_at END, CASE WHEN held_at IS NULL AND state IN ('pending', 'accepted') AND resolve_due_at > alarmed_until THEN resolve_due_at END)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'submitted', 'completed', 'returned', 'withdrawn')",
            name=op.f("ck_work_order_state"),
        ),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_work_order_request_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_work_order_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint("work_order_no", name=op.f("uq_work_order_work_order_no")),
    )
    op.create_index(
        "ix_work_order_alarm_at",
        "work_order",
        ["alarm_at"],
        unique=False,
        postgresql_where=sa.text("alarm_at IS NOT NULL"),
    )
    op.create_index("ix_work_order_desk", "work_order", ["unit_code", "state", "due_at", "id"], unique=False)
    op.create_index(op.f("ix_work_order_request_id"), "work_order", ["request_id"], unique=False)
    op.create_index("ix_work_order_unit_code", "work_order", ["unit_code", "id"], unique=False)
    op.create_index("ix_work_order_due_at", "work_order", ["due_at", "id"], unique=False)
    op.create_index("ix_work_order_state", "work_order", ["state", "due_at", "id"], unique=False)
    op.create_index(
        "uq_work_order_open_lead",
        "work_order",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("role = 'lead' AND state IN ('pending', 'accepted', 'submitted')"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"], unique=False)
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name=op.f("fk_user_role_role_code")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_code", name=op.f("pk_user_role")),
    )
    op.create_index(op.f("ix_user_role_role_code"), "user_role", ["role_code"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_user_role_role_code"), table_name="user_role")
    op.drop_table("user_role")
    op.drop_index(op.f("ix_api_key_user_id"), table_name="api_key")
    op.drop_table("api_key")
    op.drop_index(
        "uq_work_order_open_lead",
        table_name="work_order",
        postgresql_where=sa.text("role = 'lead' AND state IN ('pending', 'accepted', 'submitted')"),
    )
    op.drop_index("ix_work_order_unit_code", table_name="work_order")
    op.drop_index("ix_work_order_due_at", table_name="work_order")
    op.drop_index("ix_work_order_state", table_name="work_order")
    op.drop_index(op.f("ix_work_order_request_id"), table_name="work_order")
    op.drop_index("ix_work_order_desk", table_name="work_order")
    op.drop_index("ix_work_order_alarm_at", table_name="work_order", postgresql_where=sa.text("alarm_at IS NOT NULL"))
    op.drop_table("work_order")
    op.drop_index(op.f("ix_user_account_unit_code"), table_name="user_account")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_routing_rule_unit_code"), table_name="routing_rule")
    op.drop_table("routing_rule")
    op.drop_index("ix_event_unit_commit_order", table_name="event", postgresql_where=sa.text("unit_code IS NOT NULL"))
    op.drop_index("ix_event_commit_order", table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_unit_parent_code"), table_name="unit")
    op.drop_index(op.f("ix_unit_area_code"), table_name="unit")
    op.drop_table("unit")
    op.drop_index(
        "uq_service_request_channel_external_ref",
        table_name="service_request",
        postgresql_where=sa.text("external_ref IS NOT NULL"),
    )
    op.drop_index("ix_service_request_state", table_name="service_request")
    op.drop_index("ix_service_request_filed_by", table_name="service_request")
    op.drop_index("ix_service_request_search", table_name="service_request", postgresql_using="gin")
    op.drop_index(
        "ix_service_request_phone_hash",
        table_name="service_request",
        postgresql_where=sa.text("phone_hash IS NOT NULL"),
    )
    op.drop_index("ix_service_request_category_code", table_name="service_request")
    op.drop_index(
        "ix_service_request_callback",
        table_name="service_request",
        postgresql_where=sa.text("state = 'resolved' AND callback_outcome IS NULL"),
    )
    op.drop_index("ix_service_request_area_code", table_name="service_request")
    op.drop_index(
        "ix_service_request_alarm_at", table_name="service_request", postgresql_where=sa.text("alarm_at IS NOT NULL")
    )
    op.drop_table("service_request")
    op.drop_index(op.f("ix_place_area_code"), table_name="place")
    op.drop_table("place")
    op.drop_index("ix_knowledge_article_search", table_name="knowledge_article", postgresql_using="gin")
    op.drop_index(op.f("ix_knowledge_article_category_code"), table_name="knowledge_article")
    op.drop_table("knowledge_article")
    op.drop_table("throttle")
    op.drop_table("sla_policy")
    op.drop_table("role")
    op.drop_table("installation")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_category_parent_code"), table_name="category")
    op.drop_table("category")
    op.drop_table("calendar_day")
    op.drop_index(op.f("ix_area_parent_code"), table_name="area")
    op.drop_table("area")
