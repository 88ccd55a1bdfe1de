"""One call to the endpoint: `POST <HOTLINE_SECOND_OPINION_URL>/chat/completions`, bounded in time and size.

The endpoint comes from the settings, so it may well be on the intranet, as gateways for SMS and e-mail may. Whatever
it does, slow, silent, gigantic or mad, comes back as an outcome, never as an exception.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from prometheus_client import Counter

from app.core.breaker import Breaker
from app.core.lazily import later
from app.domain.catalogue import Category
from app.domain.opinion import Opinion, OpinionOutcome, messages, read_opinion
from app.settings import Settings

if TYPE_CHECKING:
    import httpx

    from app.core import outbound
else:  # few counties have an endpoint
    httpx = later("httpx")
    outbound = later("app.core.outbound")

log = structlog.get_logger(__name__)
MOST_BYTES = 65_536
MOST_TOKENS = 200
FAILURES, PAUSE_SECONDS = 3, 60.0
"""Failures in a row after which nobody asks for a minute."""
SECOND_OPINIONS = Counter(
    "hotline_second_opinions",
    "Second opinions asked for: agreed, differed, unusable, failed, timeout, paused.",
    ["outcome"],
    registry=None,
)


@lru_cache(maxsize=8)
def breaker_of(url: str) -> Breaker:
    """The breaker of an endpoint, one a process."""
    return Breaker(FAILURES, PAUSE_SECONDS)


async def ask(
    settings: Settings, text: str, choices: Sequence[Category], expected: str | None, known: Sequence[str] = ()
) -> tuple[OpinionOutcome, Opinion | None]:
    """The opinion on a masked text; `expected` is our own classifier's choice, for the figures only."""
    breaker = breaker_of(settings.second_opinion_url)
    if breaker.open:
        SECOND_OPINIONS.labels("paused").inc()
        return OpinionOutcome.UNANSWERED, None
    try:
        async with asyncio.timeout(settings.second_opinion_timeout_seconds):
            content = await _converse(settings, messages(text, choices))
    except (TimeoutError, httpx.TimeoutException):
        return _failed(breaker, "timeout")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        log.warning("second_opinion.failed", error=type(error).__name__)
        return _failed(breaker, "failed")
    opinion = read_opinion(content, choices, known)
    if opinion is None:
        breaker.failed()  # an endpoint that only ever writes nonsense is not worth the time either
        SECOND_OPINIONS.labels("unusable").inc()
        return OpinionOutcome.UNUSABLE, None
    breaker.succeeded()
    SECOND_OPINIONS.labels("agreed" if opinion.category_code == expected else "differed").inc()
    return OpinionOutcome.ANSWERED, opinion


def _failed(breaker: Breaker, outcome: str) -> tuple[OpinionOutcome, None]:
    breaker.failed()
    SECOND_OPINIONS.labels(outcome).inc()
    return OpinionOutcome.UNANSWERED, None


async def _converse(settings: Settings, conversation: list[dict[str, str]]) -> object:
    """What the model wrote, None when the answer has another shape; raises httpx.HTTPError for any status but 200."""
    headers = {"Accept-Encoding": "identity"}
    if key := settings.second_opinion_key:
        headers["Authorization"] = f"Bearer {key}"
    body: dict[str, Any] = {
        "model": settings.second_opinion_model,
        "messages": conversation,
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
    }
    url = settings.second_opinion_url.rstrip("/") + "/chat/completions"
    async with (
        httpx.AsyncClient(
            verify=outbound.trusted(),
            timeout=settings.second_opinion_timeout_seconds,
            trust_env=False,
            follow_redirects=False,
        ) as client,
        client.stream("POST", url, json=body, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            raise httpx.HTTPError(f"status {answer.status_code}")
        head = b""
        async for chunk in answer.aiter_raw():
            head += chunk
            if len(head) > MOST_BYTES:
                return None
    return _content(head)


def _content(body: bytes) -> object:
    """`choices[0].message.content`, None when there is none."""
    try:
        return orjson.loads(body)["choices"][0]["message"]["content"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return None
