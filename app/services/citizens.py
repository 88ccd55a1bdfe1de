"""What a citizen does without account: file, add facts, chase, rate; the code is checked first."""

from datetime import datetime
from typing import Any

from app.core.database import Connection
from app.domain.actors import CITIZEN, Actor
from app.domain.states import Subject
from app.schemas.attachments import AttachmentForm
from app.schemas.requests import PublicRequestForm
from app.schemas.step_form import StepForm
from app.services.attachments.examine import Upload
from app.services.attachments.upload import attach, may_attach
from app.services.idempotency import Claim
from app.services.installation import Installation
from app.services.intake.filing import Filed, file_request
from app.services.public import Progress, look_up, open_ticket
from app.services.steps import take_step
from app.services.throttle import network_of, record_failure
from app.services.workflow.door import Command

TOLD = ("ticket_no", "query_code", "state", "title", "deadlines")
"""What the citizen is told of the filing; how it was classified and routed is the house's business."""


async def file_public(
    here: Installation, form: PublicRequestForm, claim: Claim | None, address: str, at: datetime
) -> Filed:
    """File a citizen's request from the web; raises ThrottledError when an address floods the house."""
    await _count(here, f"filed:{network_of(address)}", here.settings.public_writes, at)
    filed = await here.database.one_write(
        lambda connection: file_request(connection, CITIZEN, form, installation=here, at=at, claim=claim)
    )
    body = {name: filed.body[name] for name in TOLD}
    # The sentences speak to an operator; what is to be done speaks for itself: which line to call, what to add.
    body["advice"] = [{"code": advice["code"], "number": advice["number"]} for advice in filed.body["advice"]]
    return Filed(filed.status, body, filed.new)


async def _count(here: Installation, bucket: str, most: int, at: datetime) -> None:
    async with here.database.connection() as connection:
        await record_failure(connection, {bucket: most}, at)


async def progress(
    here: Installation, ticket_no: str, code: str, address: str, at: datetime, seen: int | None = None
) -> Progress:
    """What the code opens, unless it is at the version that was `seen`; one statement when the code is right.

    Who has seen more than a replica holds is answered by the primary.
    """

    async def read(connection: Connection) -> Progress:
        return await look_up(here, connection, ticket_no, code, address, at, seen)

    found = await here.reading(read, about=ticket_no)
    if seen is not None and found.version < seen:
        async with here.database.connection() as connection:
            found = await read(connection)
    return found


async def citizen_step(
    here: Installation,
    ticket_no: str,
    code: str,
    action: str,
    form: StepForm,
    address: str,
    at: datetime,
    claim: Claim | None = None,
) -> dict[str, Any]:
    """Check the code, take the step (once for a claim), answer with the progress as it is then."""
    async with here.database.connection() as connection:
        await open_ticket(here, connection, ticket_no, code, address, at)
    await _count(here, f"written:{ticket_no}", max(1, here.settings.public_writes // 10), at)
    await take_step(here, CITIZEN, Command(Subject.REQUEST, action, ticket_no, form), at, claim)
    return (await progress(here, ticket_no, code, address, at)).body


async def count_upload(here: Installation, address: str, at: datetime) -> None:
    """Before a large body is read from somebody unknown; raises ThrottledError when an address sends too many."""
    await _count(here, f"uploaded:{network_of(address)}", here.settings.public_writes, at)


async def attach_file(
    here: Installation,
    ticket_no: str,
    code: str,
    upload: Upload,
    note: str | None,
    address: str,
    at: datetime,
    key: tuple[Actor, str] | None = None,
) -> dict[str, Any]:
    """Check the code, keep the citizen's file; it is one that the citizen sees. Raises what `attach` raises."""
    async with here.database.connection() as connection:
        await open_ticket(here, connection, ticket_no, code, address, at)
    await _count(here, f"written:{ticket_no}", max(1, here.settings.public_writes // 10), at)
    await may_attach(here, CITIZEN, ticket_no, repeated=key is not None)
    return await attach(here, CITIZEN, ticket_no, upload, AttachmentForm(note=note, public=True), at, key)
