"""Columns of requests and orders that steps and lists read.

Written out, because asking the tables' classes for them would load SQLAlchemy into every server (decision 27); a test
holds them against the classes.
"""

REQUEST_COLUMNS = (
    "id", "ticket_no", "state", "version", "round", "kind", "urgency", "channel", "title", "category_code",
    "area_code", "lat", "lon", "confidential", "anonymous", "publish_consent", "notify", "external_ref", "filed_by",
    "lead_order_no", "orders_opened", "dispatch_soon_at", "dispatch_due_at", "alarmed_until", "alarm_at", "held_at",
    "hold_review_on", "result", "outcome", "resolved_at", "callback_due_at", "callback_attempts", "called_at",
    "callback_outcome", "resolved_answer", "satisfaction", "contacted_in_time", "rated_at", "closed_at", "desk",
    "restricted", "accused_units", "returns_in_round", "extensions_in_round", "holds_in_round", "reminded_on",
    "reminders_today", "master_no", "followers", "resolved_unit_code", "left_unit_code", "dispatched_at",
    "slips_opened", "callback_claimed_by", "callback_claimed_until", "rating_excluded", "erased_at", "attachments",
    "created_at", "updated_at",
)  # fmt: skip
"""All but what is long (texts, the requester, how it was classified) and what is secret (hashes)."""
ORDER_COLUMNS = (
    "work_order_no", "request_id", "role", "state", "version", "round", "unit_code", "reason", "wall_clocks",
    "accept_soon_at", "accept_due_at", "accepted_at", "contact_soon_at", "contact_due_at", "contacted_at",
    "resolve_soon_at", "resolve_due_at", "resolve_notice_at", "resolve_escalate_at", "resolve_span", "submitted_at",
    "held_at", "alarmed_until", "soon_at", "due_at", "alarm_at", "result", "outcome", "completed_at", "parent_no",
    "task", "forced", "asked_by_unit", "returns_left", "extensions_left", "holds_left", "applications_opened",
    "open_application", "open_helpers", "attended", "escalated_at", "created_at", "updated_at",
)  # fmt: skip
"""All but the order's number inside."""
