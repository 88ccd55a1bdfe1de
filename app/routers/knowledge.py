"""Answers out of the knowledge base while the citizen is on the line; its articles are administered in the catalogue."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.domain.permissions import Permission
from app.routers.deps import Here, Json, requires
from app.routers.documentation import answers, errors
from app.routers.strict import StrictRoute
from app.schemas.answers.knowledge import FoundAnswers
from app.schemas.knowledge import AnswersPage
from app.services.knowledge.answers import find_answers

router = APIRouter(prefix="/v1", route_class=StrictRoute)


@router.get(
    "/knowledge:answers",
    summary="Answers to a question 知识库智能答复",
    tags=["knowledge 知识库"],
    responses=answers(FoundAnswers) | errors(401, 403, 422),
    dependencies=[Depends(requires(Permission.CATALOGUE_READ))],
)
async def suggest(here: Here, page: Annotated[AnswersPage, Query()]) -> Response:
    """The best active articles, each with the sentence that answers, for the operator to confirm and send (直接答复).

    Found by words, other names for the same thing, and pinyin (`gjj`); one wrong character is forgiven. Send the
    answer with `knowledge_id`, and the citizen reads what it rests on.
    """
    return Json({"items": await find_answers(here, page.question, page.category, page.limit)})
