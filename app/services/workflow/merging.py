"""Looks at the request that another is to follow, under lock, before the step is taken."""

from app.core.database import Connection
from app.domain.actors import Actor
from app.domain.errors import ConflictError, NotFoundError, invalid
from app.domain.states import Subject
from app.domain.workflow import ALIVE
from app.services.workflow.lock import lock
from app.services.workflow.rows import is_secret
from app.services.workflow.step import Step


async def check_master(connection: Connection, actor: Actor, step: Step, master_no: str) -> None:
    """Raises InvalidError when there is no such master for this actor, ConflictError when it cannot be followed.

    A master follows nobody, so there are no chains and no circles; both are locked, so two merges at once cannot
    make one either.
    """
    if master_no == step.request["ticket_no"]:
        raise invalid("/into", "itself", "不能与自身并案。", "A request cannot follow itself.")
    try:
        master = (await lock(connection, actor, Subject.REQUEST, master_no)).request
    except NotFoundError:
        raise invalid("/into", "unknown-ticket", "没有这个主案。", "No such request to follow.") from None
    if master["state"] not in ALIVE:
        raise ConflictError(
            "主案已并入其他案件或已办结，请选择办理中的主案。",
            "The request to follow has ended or follows another; choose one that is being handled.",
            code="master-not-open",
        )
    if is_secret(master) != is_secret(step.request) or master["restricted"] != step.request["restricted"]:
        raise ConflictError(
            "保密诉求不能与普通诉求并案。",
            "A confidential request cannot be joined with one that is not.",
            code="secrecy-differs",
        )
    if set(master["accused_units"]) != set(step.request["accused_units"]):
        raise ConflictError(
            "两案的回避单位不同，不能并案。", "The two shut out different units.", code="secrecy-differs"
        )
