"""What a step on one request means for others: a master's followers, a follower's master.

Taken by the system in the same transaction, through the same door: either all of it happened or nothing.
"""

from typing import Any

from app.core.database import Connection
from app.domain.actors import ActorKind
from app.domain.events import EventKind
from app.domain.states import RequestState, Subject
from app.schemas import centre_steps
from app.services.workflow.rows import Values, is_secret
from app.services.workflow.step import Step

Consequence = tuple[Subject, str, str, Any]
"""Subject, action, number, form of a further step."""
UNTOLD_RESULT = "与您反映的同类问题已办结，办理结果请致电12345了解。"
UNTOLD_WORDS = "（保密）并案的诉求人补充了情况，请向12345中心了解。"
"""What joined requests tell each other in confidential matters: neither side may learn of the other's citizen."""
PASSED_ON = ("supplements", "reminders")
"""Steps that a follower's master hears of."""
_FOLLOWERS = "SELECT ticket_no FROM service_request WHERE master_no = $1 AND state = 'merged' ORDER BY id"


async def consequences(connection: Connection, step: Step) -> list[Consequence]:
    """The further steps that follow from this one, in order."""
    return [*await _of_followers(connection, step), *_of_master(step)]


def touches_others(step: Step) -> bool:
    """Whether other requests may have to follow."""
    return _shields(step) or _frees(step) or _shares(step) or bool(_of_master(step))


def _shields(step: Step) -> bool:
    return any(event["kind"] == EventKind.REQUEST_SHIELDED for event in step.events)


def _frees(step: Step) -> bool:
    return any("freed" in event["payload"] for event in step.events)


def _shares(step: Step) -> bool:
    return "followers" in step.request_changes and step.request["state"] == RequestState.RESOLVED


async def _of_followers(connection: Connection, step: Step) -> list[Consequence]:
    """A master that is resolved resolves its followers; one that ends otherwise has set them free."""
    request = step.request
    if _shields(step):
        return await _shield_followers(connection, step)
    freed = _frees(step)
    if not (freed or _shares(step)):
        return []
    rows = await connection.fetch(_FOLLOWERS, request["ticket_no"])
    if freed:
        form = centre_steps.Unmerge(note="主案已终止，恢复单独办理")
        return [(Subject.REQUEST, "unmerge", row["ticket_no"], form) for row in rows]
    shared = centre_steps.Follow(
        result=UNTOLD_RESULT if is_secret(request) else request["result"],
        outcome=request["outcome"],
        unit_code=request["resolved_unit_code"],
    )
    return [(Subject.REQUEST, "follow", row["ticket_no"], shared) for row in rows]


async def _shield_followers(connection: Connection, step: Step) -> list[Consequence]:
    """Who is shut out of a matter is shut out of every request that shares its result."""
    joined = "SELECT ticket_no FROM service_request WHERE master_no = $1 ORDER BY id"
    rows = await connection.fetch(joined, step.request["ticket_no"])
    form = centre_steps.Shield(unit_codes=step.request["accused_units"], note="随主案设置")
    return [(Subject.REQUEST, "shield", row["ticket_no"], form) for row in rows]


def _of_master(step: Step) -> list[Consequence]:
    """A master counts its followers; what a follower's citizen adds or asks reaches the unit that handles the master."""
    found: list[Consequence] = []
    for event in step.events:
        match EventKind(event["kind"]):
            case EventKind.REQUEST_MERGED:
                found.append(_gather(step, event, 1))
            case EventKind.REQUEST_UNMERGED if step.actor.kind is not ActorKind.SYSTEM:
                found.append(_gather(step, event, -1))
            case EventKind.REQUEST_SUPPLEMENTED if step.request["state"] == RequestState.MERGED:
                added = centre_steps.FollowersSupplement(
                    text=_said(step, event) or "", follower=step.request["ticket_no"]
                )
                found.append((Subject.REQUEST, "supplements", step.request["master_no"], added))
            case EventKind.REQUEST_REMINDED if step.request["state"] == RequestState.MERGED:
                chased = centre_steps.FollowersReminder(text=_said(step, event), follower=step.request["ticket_no"])
                found.append((Subject.REQUEST, "reminders", step.request["master_no"], chased))
            case _:
                continue
    return found


def _said(step: Step, event: Values) -> str | None:
    """The citizen's words; in a confidential matter only that there are some: no mask knows every name."""
    text: str | None = event["payload"].get("public")
    return UNTOLD_WORDS if text and is_secret(step.request) else text


def _gather(step: Step, event: Values, by: int) -> Consequence:
    form = centre_steps.Gather(ticket_no=step.request["ticket_no"], by=by)
    return Subject.REQUEST, "gather", event["payload"]["master"], form
