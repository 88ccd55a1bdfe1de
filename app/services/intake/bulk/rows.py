"""Builds the rows of many requests, each from the same functions as a single filing: they cannot come out otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from app.domain.actors import Actor
from app.services.installation import Installation
from app.services.intake.assess import Assessment, classification_view, routing_view
from app.services.intake.bulk.lines import Line
from app.services.intake.bulk.results import Result, filed
from app.services.intake.duplicates import said
from app.services.intake.filing import caller_hash, content, new_step, ticket_number
from app.services.workflow.rows import Values

HASH_BYTES = 32
"""As long as the hash of a query code."""
Numbers = tuple[int, int]
"""A request's id and its running number."""


@dataclass(slots=True)
class Rows:
    """What is to be written for some requests, table by table, and what is told of each."""

    requests: list[Values] = field(default_factory=list)
    orders: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    words: list[tuple[str, int, datetime]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    @property
    def units(self) -> list[str]:
        """Codes of the units that get an order, each once, in the order in which they are to be locked."""
        return sorted({order["unit_code"] for order in self.orders})


def build_rows(
    here: Installation, actor: Actor, given: Iterable[tuple[Line, Assessment, Numbers]], at: datetime
) -> Rows:
    """All rows of these requests as filed at `at`."""
    rows = Rows()
    for line, assessment, numbers in given:
        _add(rows, here, actor, line, assessment, numbers, at)
    return rows


def _add(
    rows: Rows,
    here: Installation,
    actor: Actor,
    line: Line,
    assessment: Assessment,
    numbers: Numbers,
    at: datetime,
) -> None:
    request_id, number = numbers
    reference, keys = here.reference.now, here.keys
    ticket_no = ticket_number(here.settings, number, at)
    step = new_step(here, actor, line.form, assessment, ticket_no, at)
    classification = classification_view(assessment, reference)
    views = {"classification": classification, "suggested_units": routing_view(assessment, reference)}
    rows.requests.append(
        {
            "id": request_id,
            **step.request,
            **content(line.form, assessment, views, keys, actor),
            "phone_hash": caller_hash(keys, line.form),
            # Nobody is told a code of an imported request: there is none, and none has this hash.
            "query_code_hash": token_bytes(HASH_BYTES),
        }
    )
    rows.orders += ({"request_id": request_id, **order} for order in step.new_orders)
    rows.events += ({"request_id": request_id, **event} for event in step.events)
    words = said(actor, line.form, line.checked).found_by(step.request)
    rows.words += ((word, request_id, at) for word in words)
    category = classification["category_code"]
    unit = step.lead["unit_code"] if step.lead else None
    rows.results.append(filed(line.number, line.form.external_ref, ticket_no, step.request["state"], category, unit))
