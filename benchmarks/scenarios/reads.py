"""Reads: the citizen's look-up, lists, history, search."""

import itertools
from collections.abc import Callable
from urllib.parse import quote

from app.domain.understanding import search_tokens
from benchmarks.client import Shot, repeat, shot
from benchmarks.floor import reads
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.pgbench import Script
from benchmarks.recording import quoted
from benchmarks.scenarios.ways import Life, Way
from benchmarks.site import Site

TICKETS, PGBENCH = 200, 40
WORKING = Way("", ("dispatcher request dispatch", "unit order accept", "unit order contact", "unit order progress"))


async def _tickets(site: Site) -> list[tuple[str, str, str]]:
    """Ticket, code and code hash of requests that are being handled."""
    if not site.tickets:
        for _ in range(TICKETS):
            life = await Life.begin(site, WORKING)
            site.tickets.append((life.ticket_no, life.numbers["code"]))
    rows = await site.admin.fetch(
        "SELECT ticket_no, encode(query_code_hash, 'hex') AS hash FROM service_request WHERE ticket_no = ANY($1)",
        [ticket for ticket, _ in site.tickets],
    )
    hashes = {row["ticket_no"]: row["hash"] for row in rows}
    return [(ticket, code, hashes[ticket]) for ticket, code in site.tickets]


def script(query: str, arguments: list[tuple[str, ...]]) -> Script:
    """For pgbench: the query once with each of these arguments, given as literals."""
    lines = []
    for values in arguments:
        text = " ".join(query.split())
        for place, value in enumerate(values, 1):
            text = text.replace(f"${place}", value)
        lines.append(text + ";")
    return Script("\n".join(lines), calls=len(lines))


def _look_up(query: str, path: str, expected: int) -> Callable[..., object]:
    async def prepare(site: Site, plan: Plan) -> Ready:
        tickets = await _tickets(site)
        versions = {
            row["ticket_no"]: row["version"]
            for row in await site.admin.fetch(
                "SELECT ticket_no, version FROM service_request WHERE ticket_no = ANY($1)", [t for t, *_ in tickets]
            )
        }
        ours, bare = itertools.cycle(tickets), itertools.cycle(tickets)

        def service() -> Shot:
            ticket, code, _ = next(ours)
            extra = f'If-None-Match: "{versions[ticket]}"\r\n' if expected == 304 else ""
            return shot("GET", f"/public/requests/{ticket}?code={code}", expected=expected, extra=extra)

        def floor() -> Shot:
            ticket, _, opens = next(bare)
            return shot("GET", f"/{path}/{ticket}?code={opens}", expected=expected)

        given = [(quoted(ticket), f"'\\x{opens}'::bytea") for ticket, _, opens in tickets[:PGBENCH]]
        return Ready(repeat(service), repeat(floor), script(query, given))

    return prepare


async def _wrong(site: Site, plan: Plan) -> Ready:
    tickets = await _tickets(site)
    numbers = itertools.count(1)

    def address(n: int) -> str:
        return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"

    def service() -> Shot:
        n = next(numbers)
        extra = f"X-Forwarded-For: {address(n)}\r\n"
        ticket = tickets[n % len(tickets)][0]
        return shot("GET", f"/public/requests/{ticket}?code=22222222", expected=404, extra=extra)

    def floor() -> Shot:
        n = next(numbers)
        ticket = tickets[n % len(tickets)][0]
        return shot("GET", f"/wrong/{ticket}?code=00&bucket={address(n)}", expected=404)

    return Ready(repeat(service), repeat(floor))


def _get(user: str, path: str, name: str, query: str, about: str) -> Callable[..., object]:
    async def prepare(site: Site, plan: Plan) -> Ready:
        await _tickets(site)
        asked, bare = shot("GET", path, await site.token(user)), shot("GET", f"/read/{name}/{about}")
        return Ready(repeat(lambda: asked), repeat(lambda: bare), script(query, [(quoted(about),)]))

    return prepare


async def _timeline(site: Site, plan: Plan) -> Ready:
    tickets = await _tickets(site)
    token = await site.token("operator")
    ours, bare = itertools.cycle(tickets), itertools.cycle(tickets)
    given = [(quoted(ticket),) for ticket, *_ in tickets[:PGBENCH]]
    return Ready(
        repeat(lambda: shot("GET", f"/v1/requests/{next(ours)[0]}/timeline", token)),
        repeat(lambda: shot("GET", f"/read/timeline/{next(bare)[0]}")),
        script(reads.TIMELINE, given),
    )


WORDS, FOUND = "路灯", 60
_ASKS = {"channel": "phone", "text": "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑。", "category_code": "0203"}


async def _search(site: Site, plan: Plan) -> Ready:
    for _ in range(FOUND):
        await site.post("operator", "/v1/requests", _ASKS, 201)
    words = " ".join(search_tokens(WORDS))
    asked = shot("GET", f"/v1/requests?limit=50&text={quote(WORDS)}", await site.token("operator"))
    bare = shot("GET", f"/read/search/{quote(words)}")
    return Ready(repeat(lambda: asked), repeat(lambda: bare), script(reads.SEARCH, [(quoted(words),)]))


DESK_PATH = "/v1/work-orders?state=accepted&limit=50"
SCENARIOS = [
    Scenario("desk list of 50", _get("unit-team-shimen", DESK_PATH, "desk", reads.DESK, "team-shimen")),
    Scenario("request list of 50", _get("operator", "/v1/requests?limit=50", "requests", reads.REQUESTS, "all")),
    Scenario("public lookup 200", _look_up(reads.LOOKUP, "lookup", 200)),
    Scenario("public lookup 304", _look_up(reads.VERSION, "version", 304)),
    Scenario("public lookup, wrong code", _wrong),
    Scenario("timeline", _timeline),
    Scenario("search by text", _search),
]
