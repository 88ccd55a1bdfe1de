"""Every call by which a reader could come to see a life, held against what the rows say he may see.

What he may not see looks, by number, exactly like what never existed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from app.domain.permissions import Permission as P
from support.random_cast import Reader
from support.random_world import Rows, World

NEVER = "20260101999999"
_LONG = {"from": "2020-01-01T00:00:00+08:00", "to": "2039-01-01T00:00:00+08:00"}
LEAGUES = ("kind", "channel", "area", "category", "unit")
_ALL_REQUESTS = "SELECT id, ticket_no, restricted, accused_units, filed_by, lead_order_no FROM service_request"
_ALL_ORDERS = "SELECT request_id, work_order_no, unit_code, asked_by_unit FROM work_order"


@dataclass
class Look:
    """One reader before all lives of a story."""

    world: World
    reader: Reader
    lives: dict[str, Rows]
    feed_from: str
    calls: int = 0

    async def faults(self) -> list[str]:
        """Everything he is shown and may not see, or may see and is not shown."""
        found = [fault for life in self.lives.values() for fault in await self._by_number(life)]
        return [*found, *await self._lists(), *await self._feed(), *await self._figures()]

    async def _get(self, path: str, **params: Any) -> httpx.Response:
        self.calls += 1
        answer = await self.world.api.as_(self.reader.name).get(path, params=params)
        assert answer.status_code < 500, (path, answer.text)
        return answer

    def _sees(self, life: Rows) -> bool:
        return self.reader.sees_request(life.request, life.orders)

    async def _by_number(self, life: Rows) -> list[str]:
        found: list[str] = []
        for path, never, visible in self._paths(life):
            answer = await self._get(path)
            if visible and answer.status_code != 200:
                found.append(f"{self.reader.name} may see {path}, but gets {answer.status_code}")
            if not visible and answer.status_code == 200:
                found.append(f"{self.reader.name} is shown {path}")
            if not visible:
                absent = await self._get(never)
                if (answer.status_code, answer.content) != (absent.status_code, absent.content):
                    found.append(f"{self.reader.name} can tell {path} from {never}: {answer.text} {absent.text}")
        return found

    def _paths(self, life: Rows) -> Iterator[tuple[str, str, bool]]:
        """What names the life: path, the same path of what never was, whether he may see it."""
        ticket, sees = life.request["ticket_no"], self._sees(life)
        for tail in ("", "/timeline", "/attachments"):
            yield f"/v1/requests/{ticket}{tail}", f"/v1/requests/{NEVER}{tail}", sees
        for order in life.orders[-3:]:
            visible = self.reader.sees_order(life.request, order)
            yield f"/v1/work-orders/{order['work_order_no']}", f"/v1/work-orders/{NEVER}-1", visible
        for noun, records, tail in (("applications", life.applications, "1-A1"), ("supervisions", life.slips, "S1")):
            for record in records[-2:]:
                visible = self.reader.sees_record(life.request, life.orders, record)
                yield f"/v1/{noun}/{record['number']}", f"/v1/{noun}/{NEVER}-{tail}", visible

    async def _lists(self) -> list[str]:
        found: list[str] = []
        seen = {ticket for ticket, life in self.lives.items() if self._sees(life)}
        for path, params in self._list_calls():
            answer = await self._get(path, **params)
            assert answer.status_code == 200, (path, answer.text)
            shown = {ticket for ticket in self.lives if ticket in answer.text}
            found += [f"{self.reader.name} is shown {t} by {path} {params}" for t in shown - self._named_by(seen)]
            if path == "/v1/requests" and set(params) == {"limit"}:
                found += [f"{self.reader.name} misses {ticket} in {path}" for ticket in seen - shown]
        return found

    def _named_by(self, seen: set[str]) -> set[str]:
        """What he sees, and the masters that those name which he sees."""
        return seen | {str(self.lives[ticket].request["master_no"]) for ticket in seen}

    def _list_calls(self) -> Iterator[tuple[str, dict[str, Any]]]:
        first = next(iter(self.lives))
        yield "/v1/requests", {"limit": 200}
        yield "/v1/requests", {"text": "咨询", "limit": 200}
        hidden = [ticket for ticket, life in self.lives.items() if not self._sees(life)]
        for ticket in hidden[:2] or [first]:
            yield "/v1/requests", {"text": ticket}
            yield "/v1/work-orders", {"ticket_no": ticket}
            yield "/v1/requests", {"master_no": ticket}
        yield "/v1/work-orders", {"limit": 200, "sort": "newest"}
        yield "/v1/applications", {"limit": 200}
        yield "/v1/supervisions", {"limit": 200}
        yield "/v1/applications", {"ticket_no": first}
        if self.reader.may(P.REQUEST_CALLBACK) or self.reader.may(P.AUDIT_READ):
            yield "/v1/callbacks/queue", {"limit": 200, "all": "true"}
        if self.reader.may(P.REQUEST_EXPORT):
            yield "/v1/requests:export", {"format": "csv"}
        if self.reader.may(P.REQUEST_EXPORT) or self.reader.may(P.WORK_ORDER_HANDLE):
            yield "/v1/work-orders:export", {"format": "ndjson"}

    async def _feed(self) -> list[str]:
        found, cursor = [], self.feed_from
        seen = {ticket for ticket, life in self.lives.items() if self._sees(life)}
        for _ in range(20):
            body = (await self._get("/v1/feed", after=cursor, limit=200)).json()
            for item in body["items"]:
                if item["ticket_no"] in self.lives and item["ticket_no"] not in seen:
                    found.append(f"{self.reader.name} is fed {item['kind']} of {item['ticket_no']}")
            if not body["items"]:
                break
            cursor = body["next_cursor"]
        return found

    async def _figures(self) -> list[str]:
        """The figures count whom he sees: staff exactly those, units no others."""
        if not self.reader.may(P.STATISTICS_READ):
            return []
        expected = await self._visible()
        summary = (await self._get("/v1/statistics/summary", **_LONG)).json()["figures"]["requests"]["filed"]
        found = []
        if summary > expected or (self.reader.reads_all and summary != expected):
            found.append(f"{self.reader.name} sees {expected} requests, the summary counts {summary}")
        for by in (LEAGUES[expected % len(LEAGUES)],):
            rows = (await self._get("/v1/statistics/league", by=by, **_LONG)).json()["items"]
            counted = sum(row["figures"]["requests"]["filed"] for row in rows)
            if counted != summary:
                found.append(f"{self.reader.name}: the summary counts {summary}, the league by {by} {counted}")
        return found

    async def _visible(self) -> int:
        """How many requests of the whole database he may see."""
        async with self.world.api.here.database.connection() as connection:
            requests = await connection.fetch(_ALL_REQUESTS)
            orders: dict[int, list[Any]] = {}
            for row in await connection.fetch(_ALL_ORDERS):
                orders.setdefault(row["request_id"], []).append(row)
        return sum(self.reader.sees_request(row, orders.get(row["id"], ())) for row in requests)


async def latest(world: World, readers: list[Reader]) -> dict[str, str]:
    """Where each reader's feed stands now."""
    found = {}
    for reader in readers:
        answer = await world.api.as_(reader.name).get("/v1/feed", params={"after": "latest"})
        assert answer.status_code == 200, answer.text
        found[reader.name] = answer.json()["next_cursor"]
    return found
