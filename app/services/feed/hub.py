"""One reader of new events per process, however many clients wait.

A notification makes the hub read the new events once; it keeps the newest in memory and wakes the waiting
clients, which are then served without a statement. While nothing happens, nothing is asked.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import islice

import orjson
import structlog

from app.core.database import UNAVAILABLE, Database, Row
from app.core.listener import Listener
from app.domain.actors import Actor
from app.domain.events import EventKind
from app.services.feed.position import MAX_ID, Position
from app.services.feed.rows import item, position_of, read_news
from app.services.feed.waiters import Waiters, shows
from app.services.installation import Installation
from app.services.kept_items import KeptItems
from app.services.workflow.rows import is_secret

log = structlog.get_logger(__name__)
CHANNEL = "hotline_events"
HIDDEN = "hotline_hidden"
"""Rung by the database with a request's id when something changes that decides who may see it, and how much."""
KEPT, SLACK = 1000, 250
"""Events in memory, some 3 kB each, and how many more there may be before the oldest are dropped."""
ITEM_BYTES = 2 * 2**20
"""What their items may take as they are shown: the newest are read by everybody within seconds."""
BATCH = 500
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.25
PAUSE_AFTER_FAILURE = 1.0
Marks = tuple[tuple[str, ...], bool, bool, str, datetime | None]


class Hub:
    """The newest events of the installation. `tail` covers everything after `start` up to `head`.

    `most_each`: how many clients of one account may wait.
    """

    def __init__(self, database: Database, most_each: int | None = None) -> None:
        self._database = database
        self._rows: list[Row] = []
        self._keys: list[Position] = []
        self._marks: dict[int, Marks] = {}
        self._start = self.head = Position(0, 0)
        self._rung = asyncio.Event()
        self._wanted_xid = 0
        self._blind = False
        self._changes = 0
        self._waiters = Waiters(most_each)
        self._items = KeptItems(ITEM_BYTES)
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.epoch = 1
        self._watchers: list[Callable[[list[Row]], None]] = []
        self._secret_keepers: list[Callable[[], None]] = []

    def follow(self, listener: Listener) -> None:
        """Hear of new events from now on."""
        listener.subscribe(CHANNEL, self._ring)
        listener.subscribe(HIDDEN, self._hide)

    def watch(self, callback: Callable[[list[Row]], None]) -> None:
        """Have new events told, as soon as this process has read them."""
        self._watchers.append(callback)

    def watch_secrecy(self, callback: Callable[[], None]) -> None:
        """Have it told when something was hidden from some who saw it, as soon as this process has read of it."""
        self._secret_keepers.append(callback)

    async def open(self) -> None:
        """Begin at the present end of the history."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                "SELECT epoch, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin FROM installation"
            )
        if row is None:
            raise RuntimeError("the installation row is missing")
        self.epoch = row["epoch"]
        self._start = self.head = Position(row["xmin"] - 1, MAX_ID)
        self._task = asyncio.create_task(self._run(), name="feed-hub")

    async def close(self) -> None:
        """Send all waiting clients home; none waits from now on. Harmless when done twice."""
        self._closing = True
        self._waiters.dismiss()
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def covers(self, position: Position) -> bool:
        """Whether everything after the position is in memory."""
        return position >= self._start

    def after(self, position: Position, actor: Actor, limit: int) -> list[Row]:
        """Events in memory after the position that the actor may see."""
        found: list[Row] = []
        for row in islice(self._rows, bisect_right(self._keys, position), None):
            if shows(actor, row):
                found.append(row)
                if len(found) == limit:
                    break
        return found

    def items(self, here: Installation, actor: Actor, rows: list[Row], now: datetime) -> list[orjson.Fragment]:
        """Rows of `after` as items, each serialised once for each kind of reader."""
        kept = self._items
        reader, found = kept.of(here.reference.now, actor), []
        for row in rows:
            key = (row["e_id"], reader)
            made = kept.find(key, now)
            if made is None:
                fresh = item(row, self.epoch, here, actor, now)
                clocks = fresh["work_order"]["deadlines"] if fresh["work_order"] else {}
                made = kept.keep(key, fresh, clocks, now)
            found.append(made)
        return found

    async def news(self, actor: Actor, timeout: float) -> bool:
        """Wait for events that the actor may see, at most `timeout` seconds; False when the time is up or the house closes.

        Raises TooManyPollsError.
        """
        if self._closing or timeout <= 0 or self._task is None:
            return False
        return await self._waiters.wait(actor, timeout)

    def _ring(self, payload: str) -> None:
        """Transaction `payload` committed events; empty: the listener (re)connected and may have missed some."""
        self._blind = self._blind or not payload
        self._wanted_xid = max(self._wanted_xid, int(payload or 0))
        self._rung.set()

    def _hide(self, payload: str) -> None:
        """Other people may see request `payload` now; empty: the listener may have missed of which this is true.

        The event that says so is read only when all older transactions have ended, which may take minutes.
        """
        self._changes += 1
        if not payload or int(payload) in self._marks:
            self._forget()

    async def _run(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                await self._catch_up()
            except UNAVAILABLE as error:
                log.warning("feed.unavailable", error=type(error).__name__)
                await asyncio.sleep(LONGEST_PAUSE)
                self._rung.set()
            except Exception:
                # Whatever it was: a hub that ended would leave every client waiting in silence.
                log.exception("feed.failed")
                await asyncio.sleep(PAUSE_AFTER_FAILURE)
                self._rung.set()

    async def _catch_up(self) -> None:
        """Read until everything announced has been seen; wait briefly while older transactions still run."""
        pause = FIRST_PAUSE
        while True:
            changes = self._changes
            async with self._database.connection() as connection:
                rows, settled, newest = await read_news(connection, self.head, BATCH)
            if changes != self._changes:
                continue  # they may have been read before what has become secret meanwhile
            self._append(rows)
            if self._blind:  # whatever was committed or running just now must be seen before resting
                self._wanted_xid, self._blind = max(self._wanted_xid, newest - 1), False
            if len(rows) == BATCH:
                continue
            if settled > self._wanted_xid:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _append(self, rows: list[Row]) -> None:
        if not rows:
            return
        for callback in self._watchers:
            callback(rows)
        marks = {row["request_id"]: _marks(row) for row in rows}
        changed = any(self._marks.get(request, new) != new for request, new in marks.items())
        if changed or any(_hides(row) for row in rows):
            for hidden in self._secret_keepers:
                hidden()
        if changed:
            self._forget()
        self._marks |= marks
        self._rows.extend(rows)
        self._keys.extend(position_of(row) for row in rows)
        self.head = self._keys[-1]
        if len(self._rows) > KEPT + SLACK:
            self._start = self._keys[-KEPT - 1]
            del self._rows[:-KEPT], self._keys[:-KEPT]
            self._marks = {row["request_id"]: _marks(row) for row in self._rows}
        self._waiters.tell(rows)

    def _forget(self) -> None:
        """Drop what was read before a request was shielded, made secret or erased: it shows what must not be shown.

        Who comes with an older cursor is served by the database.
        """
        self._start = self.head
        self._rows.clear()
        self._keys.clear()
        self._marks.clear()
        self._items.clear()


def _hides(row: Row) -> bool:
    """Whether the event hid its request, or something in it: also of a request of which nothing is in memory."""
    if row["e_kind"] == EventKind.REQUEST_CLASSIFIED:
        return bool(row["restricted"] or is_secret(row))
    return row["e_kind"] in (EventKind.REQUEST_SHIELDED, EventKind.REQUEST_ERASED)


def _marks(row: Row) -> Marks:
    """Everything about a request that decides who may see it, and how much."""
    return tuple(row["accused_units"]), row["restricted"], row["confidential"], row["kind"], row["erased_at"]
