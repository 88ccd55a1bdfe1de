"""Contact points over HTTP: administrators say where units and supervisors are told, and try it."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.lazily import later
from app.domain.actors import Actor
from app.domain.permissions import Permission
from app.routers.catalogue import typed
from app.routers.deps import Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import IdKey
from app.schemas.answers.common import page_of
from app.schemas.answers.notifications import ContactRow, ContactTest
from app.schemas.notifications import ContactChange, ContactForm, ContactPage
from app.schemas.types import Form

if TYPE_CHECKING:
    from app.services.messages import contacts, trial
else:
    contacts = later("app.services.messages.contacts")
    trial = later("app.services.messages.trial")

router = APIRouter(prefix="/v1/contact-points", tags=["contact points 联系渠道"], route_class=StrictRoute)
MAY_READ = Depends(requires(Permission.CATALOGUE_WRITE, Permission.AUDIT_READ))
Administrator = Annotated[Actor, Depends(requires(Permission.CATALOGUE_WRITE))]


@router.get(
    "",
    summary="List 联系渠道列表",
    responses=answers(page_of(ContactRow, "ContactRows")) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def list_contacts(here: Here, page: Annotated[ContactPage, Query()]) -> Response:
    """Addresses are masked."""
    return Json(await contacts.list_contacts(here, page))


@router.get(
    "/{key:int}",
    summary="Read one 联系渠道详情",
    responses=answers(ContactRow) | errors(401, 403, 404, 422),
    dependencies=[MAY_READ],
)
async def read_contact(here: Here, key: IdKey) -> Response:
    """By its number."""
    return Json(await contacts.read_contact(here, key))


@router.post(
    "",
    status_code=201,
    summary="Add one 新增联系渠道",
    responses=answers(ContactRow, 201)
    | errors(401, 403, 422, body=True, codes={409: ("already-exists", "idempotency-mismatch")}),
)
async def create_contact(here: Here, actor: Administrator, form: ContactForm, claim: Idempotency) -> Response:
    """Addresses that point inward are refused unless `HOTLINE_WEBHOOK_ALLOW` names them."""
    made = await contacts.create_contact(here, actor, form, claim)
    return Json(made.body, made.status)


@router.patch(
    "/{key:int}",
    summary="Change one 修改联系渠道",
    responses=answers(ContactRow) | errors(401, 403, 404, 422, body=True, codes={409: ("already-exists",)}),
)
@typed(form=ContactChange)
async def change_contact(here: Here, actor: Administrator, key: IdKey, form: Form) -> Response:
    """Only the fields given are changed; owner and kind stay."""
    return Json(await contacts.change_contact(here, actor, key, form))


@router.delete("/{key:int}", status_code=204, summary="Delete one 删除联系渠道", responses=errors(401, 403, 404, 422))
async def delete_contact(here: Here, actor: Administrator, key: IdKey) -> Response:
    """What waits for it is skipped; what was sent stays in the list."""
    await contacts.delete_contact(here, actor, key)
    return Response(status_code=204)


@router.post(
    "/{key:int}:test",
    summary="Send a test message 发送测试消息",
    responses=answers(ContactTest) | errors(401, 403, 404, 422),
)
async def test_contact(here: Here, actor: Administrator, key: IdKey) -> Response:
    """At once, whatever the hour, and once; the answer comes within 20 seconds."""
    return Json(await trial.try_contact(here, key))
