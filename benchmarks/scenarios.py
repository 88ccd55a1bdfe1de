"""The calls that are measured, each with the bare route that it is held against."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.client import Shot, shot

TEXT = "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快派人维修，第{n}次反映。"
FORM = {"channel": "phone", "address": "清河佳苑南门"}


@dataclass(frozen=True)
class Scenario:
    """`make` yields requests to the service, `floor` to the bare routes."""

    name: str
    make: Callable[[], Shot | None]
    floor: Callable[[], Shot | None]


@dataclass(frozen=True)
class Prepared:
    """Tokens and tickets that the scenarios use."""

    operator: str
    handler: str
    tickets: list[tuple[str, str]]
    orders: list[str]


def scenarios(ready: Prepared, cursor: str) -> list[Scenario]:
    """All scenarios on a prepared service; `cursor` is one that the feed's memory still covers."""
    numbers = itertools.count(1)
    floor_numbers = itertools.cycle(range(1, 20000))
    tickets = itertools.cycle(ready.tickets[:-60])
    pending: Iterator[str] = iter(ready.orders[:-60])
    accepted = itertools.cycle(ready.orders[-60:])

    def file(path: str, phone: bool, expected: int) -> Callable[[], Shot]:
        def make() -> Shot:
            n = next(numbers)
            person = {"name": "张三", "phone": f"139{n % 100_000_000:08d}" if phone else "13800000000"}
            body = {**FORM, "text": TEXT.format(n=n), "requester": person}
            return shot("POST", path, ready.operator, body, expected=expected)

        return make

    def look_up(extra: str, expected: int) -> Callable[[], Shot]:
        def make() -> Shot:
            number, code = next(tickets)
            path = f"/public/requests/{number}?code={code}"
            return shot("GET", path, None, expected=expected, extra=extra)

        return make

    def get(path: str, token: str) -> Callable[[], Shot]:
        ready_made = shot("GET", path, token)
        return lambda: ready_made

    def accept() -> Shot | None:
        number = next(pending, None)
        return shot("POST", f"/v1/work-orders/{number}/accept", ready.handler) if number else None

    def progress() -> Shot:
        body = {"text": "已安排人员到现场查看。"}
        return shot("POST", f"/v1/work-orders/{next(accepted)}/progress", ready.handler, body)

    insert = lambda: shot("POST", "/insert", None, {**FORM, "text": TEXT})  # noqa: E731
    step = lambda: shot("POST", f"/step/{next(floor_numbers)}", None)  # noqa: E731
    lookup = lambda: shot("GET", f"/lookup/{next(floor_numbers)}", None)  # noqa: E731
    listing, empty = get("/list", ""), get("/empty", "")
    return [
        Scenario("intake, new caller", file("/v1/requests", True, 201), insert),
        Scenario("intake, known caller", file("/v1/requests", False, 201), insert),
        Scenario("preview", file("/v1/requests:preview", True, 200), empty),
        Scenario("public lookup 200", look_up("", 200), lookup),
        Scenario("public lookup 304", look_up('If-None-Match: "2"\r\n', 304), lookup),
        Scenario("accept", accept, step),
        Scenario("progress", progress, step),
        Scenario("desk list of 50", get("/v1/work-orders?state=accepted&limit=50", ready.handler), listing),
        Scenario("request list of 50", get("/v1/requests?limit=50", ready.operator), listing),
        Scenario("feed, nothing new", get("/v1/feed?after=latest", ready.handler), empty),
        Scenario("feed, 50 from memory", get(f"/v1/feed?limit=50&after={cursor}", ready.handler), listing),
    ]
