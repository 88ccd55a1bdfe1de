"""A test message to a contact point, so that an administrator knows that it works before it is needed."""

from typing import Any
from uuid import uuid4

from app.domain.errors import not_found
from app.domain.messages import Language, MessageChannel
from app.services.installation import Installation
from app.services.messages.addresses import address_of
from app.services.messages.channels.outcome import MESSAGES, Letter
from app.services.messages.send import deliver

_WORDS = {
    Language.ZH: ("测试消息", "这是{city}12345热线的测试消息，收到即表示联系渠道可用。"),
    Language.EN: ("Test message", "This is a test message of the 12345 hotline of {city}. The contact point works."),
}


async def try_contact(here: Installation, key: int) -> dict[str, Any]:
    """Send one message at once and say what became of it; raises NotFoundError."""
    async with here.database.connection() as connection:
        row = await connection.fetchrow("SELECT kind, address, language FROM contact_point WHERE id = $1", key)
    if row is None:
        raise not_found()
    channel, address = MessageChannel(row["kind"]), address_of(here.keys, row["address"])
    title, text = _WORDS[Language(row["language"])]
    letter = Letter(str(uuid4()), channel, address, title, text.format(city=here.settings.city_name))
    outcome = await deliver(here, letter)
    MESSAGES.labels(channel.value, outcome.result.value).inc()
    return {"outcome": outcome.result.value, "reason": outcome.reason}
