"""Rules of time limits, calendar and knowledge: one policy must always match, and what was cited stays."""

from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import now
from app.domain.errors import ConflictError, invalid
from app.domain.events import EventKind
from app.models.catalogue import Category
from app.models.event import Event
from app.services.catalogue.checks import check_prefix
from app.services.catalogue.noun import Values
from app.services.knowledge.index import INDEX_SQL, INDEX_VERSION, index_texts


def _catches_all(policy: Values) -> bool:
    return policy["kind"] is None and policy["urgency"] is None and policy["category_prefix"] == ""


async def check_policy(session: AsyncSession, after: Values, before: Values | None) -> None:
    """The category prefix exists; the policy that matches everything (there is one by constraint) goes on doing so."""
    await check_prefix(session, Category, "category_prefix", after)
    if before and not _catches_all(after):
        await refuse_last_catch_all(session, before)


async def refuse_last_catch_all(_session: AsyncSession, policy: Values) -> None:
    """Without the policy for everything some request would have no time limit at all."""
    if _catches_all(policy):
        raise ConflictError(
            "这是适用于所有诉求的兜底时限，不能删除或缩小范围。",
            "This is the policy for everything else; it cannot be removed or narrowed.",
            code="last-catch-all",
        )


async def check_article(session: AsyncSession, after: Values, _before: Values | None) -> None:
    """The category exists."""
    code = after["category_code"]
    if code and await session.get(Category, code) is None:
        raise invalid("/category_code", "unknown", f"分类“{code}”不存在。", f"Category '{code}' does not exist.")


async def refuse_cited(session: AsyncSession, article: Values) -> None:
    """What a citizen was answered with must remain readable."""
    cites = col(Event.payload).contains({"knowledge_id": article["id"]})
    answers = select(Event.id).where(Event.kind == EventKind.REQUEST_ANSWERED, cites).limit(1)
    if (await session.exec(answers)).first():
        raise ConflictError(
            "已有答复引用该条目，请停用而不要删除。",
            "Answers cite this article; deactivate it instead.",
            code="in-use",
        )


def indexed(article: Values) -> dict[str, Any]:
    """The words by which an article is found, and when it was written."""
    names = ("index_title", "index_keywords", "index_pairs", "index_body")
    search = text(INDEX_SQL.format(*(f":{name}" for name in names))).bindparams(
        **dict(zip(names, index_texts(article), strict=True))
    )
    return {"search": search, "index_version": INDEX_VERSION, "updated_at": now()}


async def anything(_session: AsyncSession, *_rows: Values | None) -> None:
    """Nothing to refuse beyond what form and constraints say."""
