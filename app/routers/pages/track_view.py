"""Shapes a request's progress for the page: the rail of stages, the steps newest first, what may be done now."""

from datetime import date, datetime
from typing import Any

from fastapi import Request, Response

from app.domain.attachments import ALLOWED
from app.domain.events import EventKind
from app.domain.states import RequestState
from app.routers.pages.forms import Typed
from app.routers.pages.render import language, page
from app.routers.pages.texts import TEXTS
from app.routers.pages.wording import day_text, instant, limit_text, size_text, time_text
from app.services.installation import Installation
from app.services.workflow.rows import is_discontent

S = RequestState
WHOLE_WAY = (S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED, S.RATED)
ANSWERED_AT_ONCE = (S.RECEIVED, S.RESOLVED, S.RATED)
OWN_STEPS = (EventKind.REQUEST_RATED, EventKind.REQUEST_SUPPLEMENTED, EventKind.REQUEST_REMINDED)
"""What the citizen did: no unit stands beside it, though one had the order then."""
ENDS_ELSEWHERE = (S.DECLINED, S.TRANSFERRED, S.MERGED)
GOES_ON = (S.ASSIGNED, S.IN_PROGRESS, S.ON_HOLD)
OVER = (S.RESOLVED, S.RATED, S.CLOSED, *ENDS_ELSEWHERE)


def rail(progress: dict[str, Any]) -> list[tuple[RequestState, str]]:
    """The stages of this request, each `done`, `current` or `todo`."""
    state = S(progress["state"])
    if state in ENDS_ELSEWHERE:
        return [(S.RECEIVED, "done"), (state, "current")]
    answered = progress["unit"] is None and state in (S.RESOLVED, S.RATED, S.CLOSED)
    way = [S.ON_HOLD if stage is S.IN_PROGRESS and state is S.ON_HOLD else stage for stage in WHOLE_WAY]
    stages = ANSWERED_AT_ONCE if answered else tuple(way)
    reached = (S.RATED if progress["rating"] else S.RESOLVED) if state is S.CLOSED else state
    current = stages.index(reached)
    return [
        (stage, "done" if place < current else "current" if place == current else "todo")
        for place, stage in enumerate(stages)
    ]


def expected(
    progress: dict[str, Any], at: datetime, here: Installation, words: dict[str, Any], name: str
) -> str | None:
    """When the citizen may expect the result, honestly also when that time has passed."""
    today = at.astimezone(here.settings.zone).date()
    state = S(progress["state"])
    if state is S.ON_HOLD and progress["review_on"]:
        review = progress["review_on"]
        day = date.fromisoformat(review) if isinstance(review, str) else review
        return str(words["review_on"]).format(day=day_text(day, today, name))
    if state in OVER or progress["expected_at"] is None:
        return None
    due = instant(progress["expected_at"])
    text = words["expected_by"] if due > at else words["expected_past"]
    return str(text).format(time=limit_text(due, at, here.settings.zone, name, words["day_end"]))


def thanks(progress: dict[str, Any], words: dict[str, str], done: str) -> str | None:
    """What is said after a step of the citizen's; of a rating also what follows from it."""
    rating = progress["rating"] or {}
    if done == "rating" and S(progress["state"]) in GOES_ON:
        done = "rating_again"
    elif done == "rating" and is_discontent({**rating, "resolved_answer": rating.get("resolved")}):
        done = "rating_weighed"
    return words.get(done)


def timeline(progress: dict[str, Any], at: datetime, here: Installation, name: str) -> list[dict[str, Any]]:
    """The steps, newest first, with times in the city's zone."""
    return [
        {
            "iso": instant(step["at"]).isoformat(timespec="seconds"),
            "time": time_text(step["at"], at, here.settings.zone, name),
            "step": step["step_en"] if name == "en" else step["step"],
            "unit": step["unit"]["name"] if step["unit"] and step["kind"] not in OWN_STEPS else None,
            "text": step["text"],
            "source": step["source"],
        }
        for step in reversed(progress["timeline"])
    ]


def attachments(progress: dict[str, Any], at: datetime, here: Installation, name: str) -> list[dict[str, Any]]:
    """The files, oldest first, with size and time as people write them."""
    return [
        {
            **item,
            "size": size_text(item["size"]),
            "time": time_text(item["uploaded_at"], at, here.settings.zone, name),
        }
        for item in progress["attachments"]
    ]


def track_page(
    request: Request,
    here: Installation,
    progress: dict[str, Any],
    at: datetime,
    *,
    status: int = 200,
    acted: str | None = None,
    typed: Typed | None = None,
    faults: dict[str, str] | None = None,
    message: str | None = None,
    done: str = "",
) -> Response:
    """The page of a request; `acted`, `typed`, `faults` bring a form back that could not be taken."""
    name = language(request)
    words = TEXTS[name]["track"]
    return page(
        request,
        "track.html",
        status,
        private=True,
        progress=progress,
        rail=rail(progress),
        steps=timeline(progress, at, here, name),
        attachments=attachments(progress, at, here, name),
        file_types=",".join(ALLOWED),
        file_limit=size_text(here.settings.attachment_max_bytes),
        filed_at=time_text(progress["created_at"], at, here.settings.zone, name),
        expected=expected(progress, at, here, words, name),
        done=thanks(progress, words["done"], done),
        acted=acted,
        typed=typed or {},
        faults=faults or {},
        message=message,
    )
