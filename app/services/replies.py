"""How the check of a reply looks to clients: to the unit before it submits, to the reviewer, and over many replies at once."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.reply_quality import Check, Finding, Matter, check_reply
from app.domain.states import OrderRole, OrderState

SCORES = (0, 25, 50, 75, 90, 101)


def waiting_reply(detail: Mapping[str, Any]) -> dict[str, Any] | None:
    """The check of the lead's result while it waits for review, from a request's detail as this reader sees it."""
    for order in detail["work_orders"]:
        if order["state"] == OrderState.SUBMITTED and order["role"] == OrderRole.LEAD and order["result"]:
            return check_view(check_reply(matter_of(detail), order["result"]))
    return None


def matter_of(shown: Mapping[str, Any]) -> Matter:
    """What was asked, from a request or order as its reader sees it."""
    return Matter(shown["text"], shown["title"], shown["kind"], " ".join(shown["category_path"]))


def check_view(check: Check) -> dict[str, Any]:
    """A check as clients see it."""
    return {"score": check.score, "verdict": check.verdict, "findings": [_finding_view(one) for one in check.findings]}


def _finding_view(finding: Finding) -> dict[str, Any]:
    fault = finding.fault
    return {
        "code": finding.code,
        "severity": fault.severity,
        "message_zh": fault.zh,
        "message_en": fault.en,
        "advice_zh": fault.advice_zh,
        "advice_en": fault.advice_en,
        "start": finding.start,
        "end": finding.end,
        "point": finding.about,
    }


def survey(pairs: Iterable[tuple[Matter, str]]) -> dict[str, Any]:
    """How many replies get which verdict and score, and what is found most often."""
    verdicts: Counter[str] = Counter()
    scores: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for matter, reply in pairs:
        check = check_reply(matter, reply)
        verdicts[check.verdict.value] += 1
        scores[_band(check.score)] += 1
        codes.update({finding.code.value for finding in check.findings})
    bands = [f"{low}-{high - 1}" for low, high in itertools.pairwise(SCORES)]
    return {
        "replies": verdicts.total(),
        "verdicts": dict(verdicts.most_common()),
        "scores": {band: scores[band] for band in bands},
        "findings": dict(codes.most_common()),
    }


def _band(score: int) -> str:
    low, high = next((low, high) for low, high in itertools.pairwise(SCORES) if score < high)
    return f"{low}-{high - 1}"
