"""SMS by the city's own gateway, over one small documented call (README, "Messages").

`POST <HOTLINE_SMS_URL>` with `Authorization: Bearer <HOTLINE_SMS_KEY>` and `{"id", "to", "text", "sign"}`; 2xx means
taken, the body may name the gateway's own `{"id"}`. 408, 425, 429 and 5xx are tried again with the same id, any other
answer is a refusal. The gateway comes from the settings, so it may well be on the intranet.
"""

import httpx
import orjson

from app.core.outbound import trusted
from app.services.messages.channels.outcome import OFF, Letter, Outcome, Result, refused, retry
from app.settings import Settings

PATIENCE = httpx.Timeout(10.0)
MOST_BYTES = 65_536
PASSING = (408, 425, 429)


async def send(letter: Letter, settings: Settings) -> Outcome:
    """Hand one SMS to the gateway; never raises for what the gateway does."""
    if not settings.sms_url:
        return OFF
    body = {"id": letter.uid, "to": letter.address, "text": letter.text, "sign": f"{settings.city_name}12345"}
    headers = {"Authorization": f"Bearer {settings.sms_key}"} if settings.sms_key else {}
    try:
        async with (
            httpx.AsyncClient(verify=trusted(), timeout=PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", settings.sms_url, json=body, headers=headers) as answer,
        ):
            return _judge(answer.status_code, await _head(answer))
    except httpx.HTTPError as error:
        return retry(f"gateway-{'timeout' if isinstance(error, httpx.TimeoutException) else 'unreachable'}")


async def _head(answer: httpx.Response) -> bytes:
    """The answer's body, as far as anybody could want to read it."""
    head = b""
    async for chunk in answer.aiter_bytes():
        head += chunk
        if len(head) > MOST_BYTES:
            break
    return head


def _judge(status: int, body: bytes) -> Outcome:
    if 200 <= status < 300:
        return Outcome(Result.SENT, gateway_id=_own_id(body))
    if status in PASSING or status >= 500:
        return retry(f"gateway-{status}")
    return refused(f"gateway-{status}")


def _own_id(body: bytes) -> str | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    named = answer.get("id") if isinstance(answer, dict) else None
    return str(named).replace("\x00", "")[:200] if isinstance(named, str | int) else None
