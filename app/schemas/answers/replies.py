"""What is said of a reply before the citizen reads it."""

from pydantic import Field

from app.domain.reply_quality import Code, Severity, Verdict
from app.domain.reply_quality.finding import FAULTS
from app.schemas.answers.common import Answer, example

_FAULT = FAULTS[Code.NO_DATE]
REPLY_CHECK = {
    "score": 95,
    "verdict": "good",
    "findings": [
        {
            "code": Code.NO_DATE.value,
            "severity": _FAULT.severity.value,
            "message_zh": _FAULT.zh,
            "message_en": _FAULT.en,
            "advice_zh": _FAULT.advice_zh,
            "advice_en": _FAULT.advice_en,
            "start": None,
            "end": None,
            "point": None,
        }
    ],
}


class ReplyFinding(Answer):
    """Something that could be better, and how."""

    code: Code
    severity: Severity = Field(description="`warning`: a citizen will complain about it; `hint`: it could be better.")
    message_zh: str
    message_en: str
    advice_zh: str = Field(description="What would be right.")
    advice_en: str
    start: int | None = Field(description="Where in the text, in characters; null when the whole is meant.")
    end: int | None
    point: str | None = Field(description="Number of the citizen's point that is not answered.")


class ReplyCheck(Answer):
    """The check of a reply: advice, never a refusal."""

    model_config = example(**REPLY_CHECK)
    score: int = Field(ge=0, le=100)
    verdict: Verdict
    findings: list[ReplyFinding] = Field(description="Heaviest first.")
