"""Requests about the same matter: one leads, the others follow its result (并案)."""

from typing import Any

from app.schemas import centre_steps
from app.services.workflow.effects.handling import restart_dispatch
from app.services.workflow.resolving import resolve
from app.services.workflow.step import Step

Payload = dict[str, Any]


def merge(step: Step, form: centre_steps.Merge) -> Payload:
    """Follow the master from now on; `merging.check_master` has looked at it."""
    step.change_request(master_no=form.into, desk=None)
    return {"master": form.into}


def unmerge(step: Step, _form: centre_steps.Unmerge) -> Payload:
    """Stand on its own again; the centre's clock begins anew."""
    master = step.request["master_no"]
    step.change_request(master_no=None)
    restart_dispatch(step)
    return {"master": master}


def follow(step: Step, form: centre_steps.Follow) -> Payload:
    """Share the master's result; this citizen is rung as well."""
    resolve(step, form.result, form.outcome, form.unit_code)
    return {"public": form.result, "outcome": form.outcome, "master": step.request["master_no"]}


def gather(step: Step, form: centre_steps.Gather) -> Payload:
    """Count the followers."""
    step.change_request(followers=max(0, step.request["followers"] + form.by))
    return {"ticket_no": form.ticket_no, "followers": step.request["followers"]}
