"""Lessons as people see them, and what they decide about them: dismiss, adopt as a rule, take either back.

Nothing is thrown away: a decision that was undone stays with who undid it and when.
"""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.clock import now
from app.core.pagination import CursorError, decode_cursor, encode_cursor
from app.domain.actors import Actor
from app.domain.errors import ConflictError, not_found
from app.domain.records import LessonDecision
from app.domain.routing_lessons import parse_key
from app.models.catalogue import RoutingRule
from app.models.correction import RoutingLessonDecision
from app.schemas.routing import AdoptForm, DismissForm, LessonPage
from app.services.administration import create_once, reading, writing
from app.services.catalogue.keeping import KEPT
from app.services.catalogue.nouns import RULES
from app.services.idempotency import Claim, Replay
from app.services.installation import Installation
from app.services.reference import Reference
from app.services.routing.adopting import rule_of
from app.services.routing.lesson_view import lesson_view, state_of

MOST_HISTORY = 100


def list_lessons(here: Installation, page: LessonPage) -> dict[str, Any]:
    """A page in the order of the keys, decided ones among them whose evidence is gone; costs no statement."""
    reference = here.reference.now
    after = decode_cursor(page.cursor, str)[0] if page.cursor else ""
    if after and parse_key(after) is None:
        raise CursorError(page.cursor)
    keys = sorted({*reference.learned.book.lessons, *reference.learned.decisions})
    found = [key for key in keys if key > after and _wanted(reference, key, page)]
    shown = found[: page.limit]
    return {
        "items": [lesson_view(reference, key) for key in shown],
        "next_cursor": encode_cursor(shown[-1]) if len(found) > page.limit else None,
    }


def _wanted(reference: Reference, key: str, page: LessonPage) -> bool:
    category, area, *units = parse_key(key) or ("", None, "", "")
    return (
        category.startswith(page.category or "")
        and (area or "").startswith(page.area or "")
        and (page.unit is None or page.unit in units)
        and (page.state is None or state_of(reference, key) is page.state)
    )


async def read_lesson(here: Installation, key: str) -> dict[str, Any]:
    """One lesson with everything that was ever decided about it, newest first; raises NotFoundError."""
    async with reading(here) as session:
        rows = list(
            await session.exec(
                select(RoutingLessonDecision)
                .where(RoutingLessonDecision.lesson == key)
                .order_by(col(RoutingLessonDecision.id).desc())
                .limit(MOST_HISTORY)
            )
        )
    if not rows:
        _known(here.reference.now, key)
    history = [row.model_dump(exclude={"id", "lesson"}) for row in rows]
    return {**lesson_view(here.reference.now, key), "history": history}


async def dismiss(here: Installation, actor: Actor, key: str, form: DismissForm) -> dict[str, Any]:
    """It says nothing until that is undone; raises NotFoundError, ConflictError when it is decided already."""
    _known(here.reference.now, key)
    async with writing(here, actor, f"dismiss routing lesson {key}") as session:
        await _undecided(session, key)
        session.add(_decision(actor, key, LessonDecision.DISMISSED, form.reason))
    return lesson_view(here.reference.now, key)


async def adopt(here: Installation, actor: Actor, key: str, form: AdoptForm, claim: Claim | None) -> Replay:
    """Make a rule of it; raises NotFoundError, ConflictError when it is decided or a rule would change nothing."""
    reference = here.reference.now
    lesson = reference.learned.book.lessons.get(key)

    async def work(session: AsyncSession) -> dict[str, Any]:
        await _undecided(session, key)
        if lesson is None:
            raise not_found()
        values = rule_of(reference, lesson, form.note)
        await KEPT[RULES].check(session, values, None)
        rule = RoutingRule(**values)
        session.add(rule)
        await session.flush()
        session.add(_decision(actor, key, LessonDecision.ADOPTED, form.note, rule.id))
        return rule.model_dump()

    made = await create_once(here, actor, f"adopt routing lesson {key}", claim, work)
    return Replay(made.status, {"lesson": lesson_view(here.reference.now, key), "rule": made.body})


async def restore(here: Installation, actor: Actor, key: str) -> dict[str, Any]:
    """Undo what was decided. A rule made of the lesson goes, unless somebody changed it since: then it is answered."""
    async with writing(here, actor, f"restore routing lesson {key}") as session:
        standing = await _standing(session, key)
        if standing is None:
            _known(here.reference.now, key)
            raise ConflictError(
                "该经验尚未处理，无需恢复。", "Nothing was decided about this lesson.", code="lesson-undecided"
            )
        standing.undone_by, standing.undone_at = actor.name, now()
        kept = await _remove_rule(session, standing)
    return {"lesson": lesson_view(here.reference.now, key), "rule": kept.model_dump() if kept else None}


async def _remove_rule(session: AsyncSession, standing: RoutingLessonDecision) -> RoutingRule | None:
    """The rule made of the lesson, when it is another one now; it is deleted when it is as it was made."""
    rule = await session.get(RoutingRule, standing.rule_id) if standing.rule_id else None
    if rule is None:
        return None
    category, _area, _before, after = parse_key(standing.lesson) or ("", None, "", "")
    if (rule.category_prefix, rule.unit_code) != (category, after):
        return rule
    await session.delete(rule)
    return None


def _known(reference: Reference, key: str) -> None:
    if key not in reference.learned.book.lessons and key not in reference.learned.decisions:
        raise not_found()


async def _standing(session: AsyncSession, key: str) -> RoutingLessonDecision | None:
    statement = select(RoutingLessonDecision).where(
        RoutingLessonDecision.lesson == key, col(RoutingLessonDecision.undone_at).is_(None)
    )
    return (await session.exec(statement)).first()


async def _undecided(session: AsyncSession, key: str) -> None:
    if await _standing(session, key):
        raise ConflictError(
            "该经验已处理，如需更改请先恢复。", "This lesson is decided; restore it first.", code="lesson-decided"
        )


def _decision(
    actor: Actor, key: str, decision: LessonDecision, reason: str, rule_id: int | None = None
) -> RoutingLessonDecision:
    return RoutingLessonDecision(
        lesson=key, decision=decision.value, reason=reason, rule_id=rule_id, decided_by=actor.name, decided_at=now()
    )
