"""Which callers are remembered as having written: those whose write was accepted, in memory that has a limit."""

from typing import Any

from app.core.recent import ROOM, Recent
from app.routers.own_writes import OwnWrites
from app.services.reading import FRESH


class House:
    """An application that answers with one status and says whether its caller must see everything."""

    def __init__(self) -> None:
        self.status, self.fresh = 200, False
        self.behind = OwnWrites(self.answer, 60)

    async def answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.fresh = FRESH.get()
        await send({"type": "http.response.start", "status": self.status})

    async def call(self, method: str, token: str = "") -> bool:
        headers = [(b"authorization", token.encode())] if token else []

        async def send(_message: Any) -> None:
            """Nobody listens."""

        await self.behind({"type": "http", "method": method, "headers": headers}, None, send)  # type: ignore[arg-type]
        return self.fresh


async def test_who_wrote_reads_what_is_fresh() -> None:
    house = House()
    assert not await house.call("GET", "a")
    assert await house.call("POST", "a"), "the call itself as well"
    assert await house.call("GET", "a")
    assert not await house.call("GET")


async def test_a_token_whose_write_was_refused_is_not_remembered() -> None:
    house = House()
    house.status = 401
    assert await house.call("POST", "invented")
    assert not await house.call("GET", "invented")


def test_however_much_happens_little_is_kept_and_nothing_forgotten() -> None:
    recent = Recent(60, lambda: 0.0)
    for number in range(2 * ROOM):
        recent.add(f"thing {number}")
    assert len(recent._young) <= ROOM
    assert all(f"thing {number}" in recent for number in range(2 * ROOM))
