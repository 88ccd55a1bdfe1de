"""What the one who files gets back: number, code, suggestion with reasons, unit, deadlines, advice."""

from typing import Any

from app.domain.states import Subject
from app.services import views
from app.services.intake.assess import Assessment, advice_view, classification_view, routing_view
from app.services.intake.several import matters_view
from app.services.workflow.door import available_to
from app.services.workflow.step import Step


def filed_answer(
    step: Step, assessment: Assessment, query_code: str | None, alike: list[dict[str, Any]]
) -> dict[str, Any]:
    """The body of 201; the preview gives the same without number and code."""
    routes = routing_view(assessment, step.reference)
    dispatch = None
    if step.lead:
        dispatch = {
            "unit": routes[0]["unit"],
            "work_order_no": step.lead["work_order_no"],
            "reason": routes[0]["reason"],
            "rule_id": routes[0]["rule_id"],
            "lesson": routes[0]["lesson"],
            "confidence": routes[0]["confidence"],
            "alternatives": routes[1:],
        }
    return {
        "ticket_no": step.request["ticket_no"],
        "query_code": query_code,
        "state": step.request["state"],
        "version": step.request["version"],
        "kind": assessment.kind,
        "urgency": assessment.urgency,
        "title": assessment.title,
        "classification": classification_view(assessment, step.reference),
        "dispatch": dispatch,
        "suggested_units": routes,
        "deadlines": views.deadlines(step.request, step.lead, step.at),
        "possible_duplicates": alike,
        "advice": advice_view(assessment),
        "matters": matters_view(assessment, step.reference, step.request["accused_units"]),
        "available_actions": available_to(step, Subject.REQUEST),
    }


def existing_answer(before: dict[str, Any], text: str) -> dict[str, Any]:
    """When this reference has been filed before: which ticket it became, and whether with this normalised text.

    Its code is stored nowhere.
    """
    return {
        "ticket_no": before["earlier_ticket_no"],
        "query_code": None,
        "state": before["earlier_state"],
        "version": before["earlier_version"],
        "already_filed": True,
        "same_text": before["earlier_text"] == text,
    }
