"""A whole life as one call: file, accept, submit, review, and the citizen looks three times."""

import itertools
import time

from benchmarks.client import Talk, UnexpectedAnswerError, shot
from benchmarks.measure import Plan, Ready, Scenario
from benchmarks.recording import change, filing, reads_of, snapshot
from benchmarks.scenarios.intake import FRESH_PHONE
from benchmarks.scenarios.ways import FORMS
from benchmarks.site import Site

UNIT = "urban-management"
HANDLER = f"unit-{UNIT}"
STEPS = (
    (HANDLER, "work-orders", "-1", "accept", None),
    (HANDLER, "work-orders", "-1", "submit", FORMS["submit"]),
    ("dispatcher", "requests", "", "review", FORMS["review approve"]),
)
LOOKS = 3
TEXT = "清河佳苑南门外的路灯坏了一个星期，晚上一片漆黑，老人出门很不方便，请尽快派人维修。"


def _form(n: int) -> dict[str, object]:
    person = {"name": "王桂芳", "phone": f"137{n % 100_000_000:08d}"}
    return {"channel": "phone", "text": TEXT, "address": "清河佳苑南门", "requester": person, "category_code": "0203"}


async def _teach(site: Site) -> None:
    """Live one life and tell the floor what it read and wrote."""
    before: list[str] = []
    async with reads_of(site, before):
        filed = await site.post("operator", "/v1/requests", _form(99_999_999), 201)
    ticket = filed["ticket_no"]
    if not filed["dispatch"] or filed["dispatch"]["unit"]["code"] != UNIT:
        raise UnexpectedAnswerError(f"the life's request was expected at {UNIT}")
    await site.teach("life", [*before, await filing(site, ticket, FRESH_PHONE)])
    for user, place, suffix, action, body in STEPS:
        was = await snapshot(site, ticket)
        await site.post(user, f"/v1/{place}/{ticket}{suffix}/{action}", body)
        done = await change(site, was, await snapshot(site, ticket), {ticket: "$1::text"}, ticket + suffix)
        await site.teach(f"life-{action}", [done.lock, done.write])


async def _life(site: Site, plan: Plan) -> Ready:
    await _teach(site)
    tokens = {user: await site.token(user) for user in ("operator", HANDLER, "dispatcher")}
    numbers = itertools.count(int(time.time()) % 90_000_000)

    def service() -> Talk:
        while True:
            body = _form(next(numbers))
            filed = (yield shot("POST", "/v1/requests", tokens["operator"], body, expected=201, last=False)).json()
            ticket = filed["ticket_no"]
            for user, place, suffix, action, form in STEPS:
                yield shot("POST", f"/v1/{place}/{ticket}{suffix}/{action}", tokens[user], form, last=False)
            for look in range(LOOKS):
                path = f"/public/requests/{ticket}?code={filed['query_code']}"
                yield shot("GET", path, last=look == LOOKS - 1)

    def floor() -> Talk:
        while True:
            body = _form(next(numbers))
            filed = (yield shot("POST", "/file/life", None, body, expected=201, last=False)).json()
            ticket = filed["ticket_no"]
            for *_, action, form in STEPS:
                yield shot("POST", f"/step/life-{action}/{ticket}", None, form, last=False)
            for look in range(LOOKS):
                yield shot("GET", f"/lookup/{ticket}?code={filed['code']}", last=look == LOOKS - 1)

    return Ready(service, floor)


SCENARIOS = [Scenario("whole life", _life)]
