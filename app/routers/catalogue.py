"""The catalogue (and the roles) over HTTP: the same five calls for every noun, built from the table of nouns, and the questions.

Built rather than written out: eight files of the same routes would drift apart.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Response

from app.core.lazily import later
from app.domain.actors import Actor
from app.domain.catalogue import RequestKind
from app.domain.permissions import Permission
from app.routers.deps import Here, Idempotency, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.administration import CodeKey, IdKey, Page
from app.schemas.answers import catalogue as rows
from app.schemas.answers.common import page_of
from app.schemas.catalogue_filters import ArticlePage
from app.schemas.types import Form
from app.services.catalogue.listing import list_rows as list_of
from app.services.catalogue.listing import read_row as row_of
from app.services.catalogue.noun import Noun
from app.services.catalogue.nouns import ARTICLES, NOUNS, ROLES
from app.services.catalogue.questions import check_day, explain_route, find_articles

if TYPE_CHECKING:
    from app.services.catalogue import store
else:
    store = later("app.services.catalogue.store")

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
router = APIRouter(prefix="/v1", route_class=StrictRoute)
MAY_READ = Depends(requires(Permission.CATALOGUE_READ))
KEYS: dict[str, Any] = {"code": CodeKey, "id": IdKey, "day": date}
"""Type of a path's key by its name."""


KEPT: dict[str, str] = {
    "units": "in-use",
    "areas": "in-use",
    "categories": "in-use",
    "sla-policies": "last-catch-all",
    "roles": "last-admin",
}
"""The code by which a change is refused that would break something; nouns not named have no such rule."""
HELD: dict[str, str] = {"sla-policies": "last-catch-all", "knowledge": "in-use", "roles": "in-use"}
"""The same for a removal."""


def _conflicts(*codes: str | None) -> dict[int, tuple[str, ...]]:
    named = tuple(code for code in codes if code)
    return {409: named} if named else {}


def _administrator(noun: Noun) -> Any:
    return Annotated[Actor, Depends(requires(noun.write))]


def typed(**types: Any) -> Callable[[Endpoint], Endpoint]:
    """Give an endpoint's parameters types made at run time: the framework reads forms and filters off them."""

    def give(endpoint: Endpoint) -> Endpoint:
        endpoint.__annotations__.update(types)
        return endpoint

    return give


def _add_reads(noun: Noun) -> None:
    async def list_rows(here: Here, page: Page) -> Response:
        if noun is ARTICLES and isinstance(page, ArticlePage):
            return Json(await find_articles(here, page))
        return Json(await list_of(here, noun, page))

    async def read_row(here: Here, key: Any) -> Response:
        return Json(await row_of(here, noun, key))

    row = noun.row
    common: dict[str, Any] = {"methods": ["GET"], "tags": [noun.name], "dependencies": [Depends(requires(noun.read))]}
    router.add_api_route(
        f"/{noun.path}",
        typed(page=Annotated[noun.page, Query()])(list_rows),
        name=f"list {noun.path}",
        summary=f"List and search {noun.name}",
        description=f"In the order of `{noun.key}`; filters are joined by AND.",
        responses=answers(page_of(row, f"{row.__name__}s")) | errors(401, 403, 422),
        **common,
    )
    router.add_api_route(
        f"/{noun.path}/{{key}}",
        typed(key=KEYS[noun.key])(read_row),
        name=f"read {noun.path}",
        summary=f"Read one of {noun.name}",
        description=f"By its `{noun.key}`.",
        responses=answers(row) | errors(401, 403, 404, 422),
        **common,
    )


def _add_writes(noun: Noun) -> None:
    async def create_row(here: Here, actor: Actor, form: Form, claim: Idempotency) -> Response:
        made = await store.create_row(here, actor, noun, form, claim)
        return Json(made.body, made.status)

    async def change_row(here: Here, actor: Actor, key: Any, form: Form) -> Response:
        return Json(await store.change_row(here, actor, noun, key, form))

    row = noun.row
    router.add_api_route(
        f"/{noun.path}",
        typed(actor=_administrator(noun), form=noun.form)(create_row),
        methods=["POST"],
        status_code=201,
        name=f"create {noun.path}",
        summary=f"Add to {noun.name} 新增",
        description="409 `already-exists` when there is one like it. In force at once, in every process.",
        tags=[noun.name],
        responses=answers(row, 201)
        | errors(401, 403, 422, body=True, codes=_conflicts("already-exists", "idempotency-mismatch")),
    )
    router.add_api_route(
        f"/{noun.path}/{{key}}",
        typed(actor=_administrator(noun), key=KEYS[noun.key], form=noun.change)(change_row),
        methods=["PATCH"],
        name=f"change {noun.path}",
        summary=f"Change one of {noun.name} 修改",
        description="Only the fields given are changed."
        + ("" if noun.removable else " Set `active` to false to take it out of use; it is never deleted."),
        tags=[noun.name],
        responses=answers(row)
        | errors(401, 403, 404, 422, body=True, codes=_conflicts("already-exists", KEPT.get(noun.path))),
    )


def _add_removal(noun: Noun) -> None:
    async def delete_row(here: Here, actor: Actor, key: Any) -> Response:
        await store.delete_row(here, actor, noun, key)
        return Response(status_code=204)

    router.add_api_route(
        f"/{noun.path}/{{key}}",
        typed(actor=_administrator(noun), key=KEYS[noun.key])(delete_row),
        methods=["DELETE"],
        status_code=204,
        name=f"delete {noun.path}",
        summary=f"Delete one of {noun.name} 删除",
        description="409 when something still needs it." if noun.path in HELD else "Nothing is left of it.",
        tags=[noun.name],
        responses=errors(401, 403, 404, 422, codes=_conflicts(HELD.get(noun.path))),
    )


for _noun in (*NOUNS, ROLES):
    _add_reads(_noun)
    _add_writes(_noun)
    if _noun.removable:
        _add_removal(_noun)


@router.get(
    "/routing-rules:explain",
    summary="Which rule hits 派单规则命中说明",
    tags=["routing rules 派单规则"],
    responses=answers(rows.RouteExplanation) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def explain(
    here: Here,
    category_code: Annotated[str, Query(pattern=r"^[0-9]{2}([0-9]{2})?$")],
    area_code: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    kind: RequestKind | None = None,
) -> Response:
    """The unit that such a matter would go to, with the rule behind it; `kind` defaults to the category's usual one."""
    return Json(await explain_route(here, category_code, area_code, kind))


@router.get(
    "/calendar:check",
    summary="Is it a working day 是否工作日",
    tags=["calendar 工作日历"],
    responses=answers(rows.DayCheck) | errors(401, 403, 422),
    dependencies=[MAY_READ],
)
async def is_working_day(here: Here, day: date) -> Response:
    """Whether offices work on that day; `provisional` while the year's make-up days are not announced."""
    return Json(await check_day(here, day))
