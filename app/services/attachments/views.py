"""How attachments look from outside: to the staff, to a reader who may not know who asks, to the citizen."""

from collections.abc import Mapping
from typing import Any

from app.domain.actors import Actor, ActorKind
from app.domain.attachments import ALLOWED, FileKind, hidden_name, number_of
from app.domain.masking import mask_private
from app.services.views import WITHHELD, hides

Row = Mapping[str, Any]

COLUMNS = (
    "number", "work_order_no", "filename", "content_type", "size", "sha256", "storage_key", "public", "note",
    "uploaded_by", "uploaded_by_kind", "uploaded_at",
)  # fmt: skip
IN_ORDER = "length(a.number), a.number"

SHOWN_TO_CITIZENS = f"""(SELECT json_agg(to_json(a) ORDER BY {IN_ORDER})
     FROM (SELECT {", ".join(COLUMNS)} FROM attachment f
           WHERE f.request_id = r.id AND f.public AND f.removed_at IS NULL) a)"""
"""Rows that the citizen of request `r` may see, as JSON; `for_citizen` shapes them."""


def is_own(row: Row, actor: Actor) -> bool:
    """Whether this very actor has uploaded it."""
    return bool(row["uploaded_by"] == actor.name and row["uploaded_by_kind"] == actor.kind)


def is_withheld(request: Row, row: Row, actor: Actor) -> bool:
    """Whether the content is not for this reader: a voice, a face or a citizen's own letter tells who it is."""
    if not hides(request, actor) or is_own(row, actor):
        return False
    telling = ALLOWED[row["content_type"]].kind is not FileKind.DOCUMENT
    return telling or row["uploaded_by_kind"] == ActorKind.CITIZEN


def item(request: Row, row: Row, actor: Actor) -> dict[str, Any]:
    """An attachment as it stands in lists and answers for the staff."""
    hidden = hides(request, actor) and not is_own(row, actor)
    note = row["note"]
    return {
        "number": row["number"],
        "ticket_no": request["ticket_no"],
        "work_order_no": row["work_order_no"],
        "filename": hidden_name(number_of(row["number"])) if hidden else row["filename"],
        "content_type": row["content_type"],
        "kind": ALLOWED[row["content_type"]].kind.value,
        "size": row["size"],
        "sha256": None if hidden else row["sha256"],
        "public": row["public"],
        "note": WITHHELD if hidden and note else note,
        "uploaded_by": row["uploaded_by"],
        "uploaded_by_kind": row["uploaded_by_kind"],
        "uploaded_at": row["uploaded_at"],
        "withheld": is_withheld(request, row, actor),
    }


def for_citizen(row: Row) -> dict[str, Any]:
    """An attachment as it stands in the public progress."""
    return {
        "n": number_of(row["number"]),
        "filename": mask_private(row["filename"]),
        "content_type": row["content_type"],
        "kind": ALLOWED[row["content_type"]].kind.value,
        "size": row["size"],
        "note": mask_private(row["note"]) if row["note"] else None,
        "own": row["uploaded_by_kind"] == ActorKind.CITIZEN,
        "uploaded_at": row["uploaded_at"],
    }
