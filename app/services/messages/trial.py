"""A test message to a contact point, so that an administrator knows that it works before it is needed."""

from typing import Any
from uuid import uuid4

from app.domain.messages import Language
from app.services.installation import Installation
from app.services.messages.channels.outcome import MESSAGES, Letter
from app.services.messages.contacts import address_for_test
from app.services.messages.send import deliver

_WORDS = {
    Language.ZH: ("测试消息", "这是{city}12345热线的测试消息，收到即表示联系渠道可用。"),
    Language.EN: ("Test message", "This is a test message of the 12345 hotline of {city}. The contact point works."),
}


async def try_contact(here: Installation, key: int) -> dict[str, Any]:
    """Send one message at once and say what became of it; raises NotFoundError."""
    channel, address, language = await address_for_test(here, key)
    title, text = _WORDS[language]
    letter = Letter(str(uuid4()), channel, address, title, text.format(city=here.settings.city_name))
    outcome = await deliver(here, letter)
    MESSAGES.labels(channel.value, outcome.result.value).inc()
    return {"outcome": outcome.result.value, "reason": outcome.reason}
