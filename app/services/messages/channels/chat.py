"""Group chats and the like through apprise, from a closed list of its services.

apprise speaks to more than a hundred services, some of which write to this machine's own log or to any port of any
host: only what sends one HTTP message is let in, and where the address names the host, that host is looked at. Its
own loader would import all of them; here each is imported when it is first needed.
"""

import importlib
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from app.core.addresses import AddressError, resolve
from app.core.threads import Threads
from app.services.messages.channels.outcome import SEND_SECONDS, TIMEOUT, Letter, Outcome, Result, refused, retry
from app.settings import Settings

if TYPE_CHECKING:
    from apprise import NotifyBase

SERVICES = {
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "lark": ("lark", "NotifyLark"),
    "schan": ("serverchan", "NotifyServerChan"),
    "pushplus": ("pushplus", "NotifyPushplus"),
}
"""Services on hosts of their own: 企业微信、钉钉、飞书、Lark、Server酱、PushPlus."""
HOSTED = {
    "json": ("custom_json", "NotifyJSON"),
    "jsons": ("custom_json", "NotifyJSON"),
    "mmost": ("mattermost", "NotifyMattermost"),
    "mmosts": ("mattermost", "NotifyMattermost"),
    "gotify": ("gotify", "NotifyGotify"),
    "gotifys": ("gotify", "NotifyGotify"),
}
"""Services on a host that the address names, with TLS when the name ends in s; `json` is a POST to any receiver."""
_MODULES = SERVICES | HOSTED
LISTED = ", ".join(sorted(_MODULES))
_threads = Threads("chat", 8)


def service_of(url: str) -> str:
    """The service that an address names, in lower case."""
    return url.partition("://")[0].strip().lower()


def receiver(url: str) -> "NotifyBase | None":
    """What apprise makes of an address; None when its service is not on the list, or it is not whole."""
    place = _MODULES.get(service_of(url))
    if place is None:
        return None
    from apprise import AppriseAsset

    kind = getattr(importlib.import_module(f"apprise.plugins.{place[0]}"), place[1])
    # A receiver outside must not send us on to one inside: no redirects.
    asset = AppriseAsset(app_id="12345", app_desc="12345", app_url="", http_redirects=False)
    try:
        parsed = kind.parse_url(url)
        made = kind(**{**parsed, "asset": asset, "redirect": False}) if parsed else None
    except (TypeError, ValueError, AttributeError):
        return None
    return cast("NotifyBase | None", made)


def host_of(url: str) -> str | None:
    """The host that an address names; None when the service has its own."""
    if service_of(url) not in HOSTED:
        return None
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


async def send(letter: Letter, settings: Settings) -> Outcome:
    """Hand the text to the service; never raises for what it does."""
    made = receiver(letter.address)
    if made is None:
        return refused("bad-address")
    if service_of(letter.address) in HOSTED:
        try:
            await resolve(str(made.host).strip("[]"), made.port or 443, settings.webhook_allowed)
        except AddressError as error:
            return refused(error.code) if error.code == "inward-address" else retry("unknown-host")
    try:
        taken = await _threads.run(lambda: made.notify(body=letter.text, title=letter.title), SEND_SECONDS)
    except TimeoutError:
        return TIMEOUT
    except (OSError, ValueError, TypeError):
        return retry("service-failed")
    return Outcome(Result.SENT) if taken else retry("service-failed")
