"""What the knowledge base offers for a question."""

from pydantic import AwareDatetime, Field

from app.schemas.answers.catalogue import CategoryCode, Number
from app.schemas.answers.common import Answer, example

_SOURCE = {
    "article_id": 33,
    "title": "住房公积金怎么提取",
    "basis": "《住房公积金管理条例》第二十四条、第二十五条",
    "category_code": "0307",
    "updated_at": "2026-11-21T00:00:00+08:00",
}
_ANSWER = "请带身份证和相应证明到公积金窗口办理，管理机构自受理之日起三日内作出决定。"


class Source(Answer):
    """Where an answer comes from: cite it (`knowledge_id`) when the answer is sent."""

    article_id: Number
    title: str
    basis: str = Field(description="Law or document that it rests on; may be empty.")
    category_code: CategoryCode | None
    updated_at: AwareDatetime


class FoundAnswer(Answer):
    """An article that fits, and the sentence of it that answers."""

    score: float = Field(ge=0, le=1, description="How much of the question the article covers.")
    answer: str = Field(description="The sentence that answers, for a person to confirm.")
    context: str = Field(description="The same with the sentences before and after it.")
    text: str = Field(description="The whole article.")
    source: Source


class FoundAnswers(Answer):
    """Best first; empty when the base does not know."""

    model_config = example(
        items=[{"score": 0.87, "answer": _ANSWER, "context": _ANSWER, "text": _ANSWER, "source": _SOURCE}]
    )
    items: list[FoundAnswer]
