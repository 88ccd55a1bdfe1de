"""The units' poll: nothing new, one item that is there already, and one that is written while everybody waits."""

import asyncio
from collections.abc import Callable

import orjson

from benchmarks.client import Shot, Source, Talk, repeat, shot
from benchmarks.floor import reads
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.pgbench import Script
from benchmarks.recording import quoted
from benchmarks.scenarios.news import News, newspapers
from benchmarks.scenarios.reads import script
from benchmarks.scenarios.ways import TEAM
from benchmarks.site import Site

USER = f"unit-{TEAM}"
ITEM = b"work_order.progressed"
WAIT = 25
NEWS_RATE = 750
"""Most events a second that are prepared; each is told to all connections."""
Position = tuple[str, str]
"""Transaction and event after which everything is new."""


def position(cursor: str) -> Position:
    """What stands in a cursor of the service."""
    _, xid, event = cursor.split("-")
    return xid, event


async def head(site: Site) -> str:
    """The cursor behind everything."""
    await site.settle()
    return str((await site.get(USER, "/v1/feed?after=latest"))["next_cursor"])


def ours(token: str, cursor: str, wait: int = 0, needs: bytes = b"") -> Shot:
    """A poll of the service."""
    return shot("GET", f"/v1/feed?after={cursor}&wait={wait}", token, needs=needs)


def bare(at: Position, wait: int = 0, needs: bytes = b"") -> Shot:
    """A poll of the floor."""
    return shot("GET", f"/feed/{TEAM}?xid={at[0]}&id={at[1]}&wait={wait}", needs=needs)


def _script(at: Position) -> Script:
    return script(reads.FEED, [(quoted(TEAM), quoted(at[0]), at[1])])


async def _idle(site: Site, plan: Plan) -> Ready:
    cursor = await head(site)
    service, floor = ours(await site.token(USER), cursor), bare(position(cursor))
    return Ready(repeat(lambda: service), repeat(lambda: floor), _script(position(cursor)))


async def _there(site: Site, plan: Plan) -> Ready:
    papers = await newspapers(site, 1)
    cursor = await head(site)
    for paper in papers:
        await paper.write()
    await site.settle()
    service = ours(await site.token(USER), cursor, needs=ITEM)
    floor = bare(position(cursor), needs=ITEM)
    return Ready(repeat(lambda: service), repeat(lambda: floor), _script(position(cursor)))


class _Round:
    """Readers that all wait for the same news; it is written when everybody has heard the one before and waits again."""

    def __init__(
        self, readers: int, paper: News, poll: Callable[[str], Shot], cursor: str, following: Callable[[bytes], str]
    ) -> None:
        self._expected, self._paper, self._poll, self._following = readers, paper, poll, following
        self._cursor = cursor
        self._present = self._waiting = 0
        self._everybody_came = False
        self._writing: asyncio.Task[None] | None = None

    def source(self) -> Talk:
        """One reader."""
        cursor = self._cursor
        self._present += 1
        self._everybody_came = self._everybody_came or self._present == self._expected
        try:
            while True:
                self._waiting += 1
                self._publish()
                answer = yield self._poll(cursor)
                cursor = self._following(answer.body)
                self._cursor = max(self._cursor, cursor, key=_order)
        finally:
            self._present -= 1
            self._publish()
            self._everybody_came = self._everybody_came and self._present > 0

    def _publish(self) -> None:
        if self._everybody_came and self._present and self._waiting >= self._present:
            self._waiting = 0
            self._writing = asyncio.get_running_loop().create_task(self._paper.write())


def _order(cursor: str) -> tuple[int, int]:
    xid, event = cursor.split("-")[-2:]
    return int(xid), int(event)


def _last_item(body: bytes) -> str:
    newest = orjson.loads(body)[-1]
    return f"{newest['xid']}-{newest['id']}"


async def _woken(site: Site, plan: Plan) -> Ready:
    papers = await newspapers(site, plan.uses(NEWS_RATE))
    token, cursor = await site.token(USER), await head(site)
    readers = plan.connections
    service = _Round(
        readers,
        papers[0],
        lambda at: ours(token, at, WAIT, ITEM),
        cursor,
        lambda body: str(orjson.loads(body)["next_cursor"]),
    )
    at = "-".join(position(cursor))
    floor = _Round(readers, papers[1], lambda after: bare(tuple(after.split("-")), WAIT, ITEM), at, _last_item)  # type: ignore[arg-type]
    sources: tuple[Source, Source] = (service.source, floor.source)
    return Ready(*sources)


SCENARIOS = [
    Scenario("feed, nothing new", _idle),
    Scenario("feed, one new item", _there),
    Scenario("feed, woken by one new item", _woken),
]
