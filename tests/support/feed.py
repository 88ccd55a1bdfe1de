"""Readers of the feed as a polling department writes them: keep the cursor, ask again."""

from typing import Any

from support.api import Api

Seen = tuple[str, int, str]
"""What tells one event from all others: ticket, sequence number, kind."""


async def poll(api: Api, who: str, after: str = "", wait: float = 0, limit: int = 200) -> dict[str, Any]:
    """One call that must succeed."""
    params: dict[str, str | float] = {"after": after, "wait": wait, "limit": limit}
    answer = await api.as_(who).get("/v1/feed", params=params)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def seen(page: dict[str, Any]) -> list[Seen]:
    return [(item["ticket_no"], item["seq"], item["kind"]) for item in page["items"]]


class Reader:
    """Follows the feed with its own page size and patience."""

    def __init__(self, api: Api, who: str, *, after: str = "", limit: int = 200, wait: float = 0) -> None:
        self.api, self.who, self.cursor, self.limit, self.wait = api, who, after, limit, wait
        self.events: list[Seen] = []

    async def step(self, wait: float | None = None) -> int:
        """Poll once; how many events came."""
        page = await poll(self.api, self.who, self.cursor, self.wait if wait is None else wait, self.limit)
        self.events += seen(page)
        self.cursor = page["next_cursor"]
        return len(page["items"])

    async def drain(self) -> list[Seen]:
        """Poll until there is nothing more."""
        while await self.step():
            pass
        return self.events
