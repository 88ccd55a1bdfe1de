"""The gate by itself, with a clock of its own: who is let in, who waits, who is refused and when."""

import asyncio

import pytest

from app.core.admission import Admitted, Gate, Limits, step_aside
from app.core.crowd import Crowd
from app.routers.admission import kind_of, limits, long_kind_of
from app.settings import Settings


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Caller:
    def __init__(self, name: str, told: list[str]) -> None:
        self.name, self.told = name, told
        self.since = 0.0
        self.gone = False

    def go_on(self) -> None:
        self.told.append(f"{self.name} in")

    def turn_away(self) -> None:
        self.told.append(f"{self.name} out")


class Scene:
    """A gate with two places and a line of three, patience ten seconds."""

    def __init__(self, **changes: float) -> None:
        self.clock, self.told, self.refused = Clock(), [], 0
        given = {"at_once": 2, "line": 3, "patience": 10.0, **changes}
        self.gate = Gate(Limits(**given), self.count, self.clock)  # type: ignore[arg-type]

    def count(self) -> None:
        self.refused += 1

    def come(self, name: str) -> Caller:
        caller = Caller(name, self.told)
        if self.gate.enter():
            caller.go_on()
        else:
            self.gate.wait(caller)
        return caller


async def test_first_come_first_served_while_the_line_is_short() -> None:
    scene = Scene()
    for name in "abcde":
        scene.come(name)
    assert scene.told == ["a in", "b in"]
    scene.gate.leave()
    scene.gate.leave()
    assert scene.told == ["a in", "b in", "c in", "d in"]
    assert (scene.gate.inside, scene.gate.waiting, scene.refused) == (2, 1, 0)


async def test_a_full_line_refuses_at_once() -> None:
    scene = Scene()
    for name in "abcdef":
        scene.come(name)
    assert scene.told == ["a in", "b in", "f out"]
    assert scene.refused == 1


async def test_in_a_standing_line_the_newest_goes_first_and_the_oldest_is_refused() -> None:
    scene = Scene()
    for name in "abcd":
        scene.come(name)
    scene.clock.now += 2.1  # a fifth of the patience: the line stands as soon as it is longer than what is handled
    scene.come("e")
    scene.come("f")
    assert scene.told == ["a in", "b in", "c out"]
    scene.clock.now += 0.3
    scene.gate.leave()
    assert scene.told[3:] == ["d out", "f in"]
    scene.clock.now += 0.2
    scene.gate.leave()
    assert scene.told[5:] == ["e out"]
    scene.gate.leave()
    for name in "ghij":
        scene.come(name)
    scene.clock.now += 0.5
    scene.gate.leave()
    assert scene.told[6:] == ["g in", "h in", "i in"], "the line was empty: first come, first served again"


async def test_a_short_line_may_stand_for_long() -> None:
    scene = Scene()
    for name in "abcd":
        scene.come(name)
    for name in "efghijkl":
        scene.clock.now += 1
        scene.gate.leave()
        scene.come(name)
    assert scene.told == [f"{name} in" for name in "abcdefghij"]
    assert scene.refused == 0


async def test_who_went_away_takes_no_place_and_counts_as_no_refusal() -> None:
    scene = Scene()
    for name in "ab":
        scene.come(name)
    scene.come("c").gone = True
    scene.come("d")
    scene.gate.leave()
    assert scene.told == ["a in", "b in", "d in"]
    scene.come("e").gone = True
    scene.clock.now += 60
    scene.gate.leave()
    assert (scene.refused, scene.gate.inside) == (0, 1)


async def test_a_line_full_of_callers_who_went_away_is_empty() -> None:
    scene = Scene()
    for name in "ab":
        scene.come(name)
    for name in "cde":
        scene.come(name).gone = True
    scene.come("f")
    assert (scene.told, scene.gate.waiting, scene.refused) == (["a in", "b in"], 1, 0)
    scene.gate.leave()
    assert scene.told == ["a in", "b in", "f in"]


async def test_callers_who_went_away_do_not_make_a_line_stand() -> None:
    scene = Scene()
    for name in "abc":
        scene.come(name)
    for name in "de":
        scene.come(name).gone = True
    scene.clock.now += 2.1
    scene.gate.leave()
    assert scene.told == ["a in", "b in", "c in"]
    scene.clock.now += 0.3
    scene.come("f")
    scene.come("g")
    scene.clock.now += 0.3  # longer than the patience of a standing line
    scene.gate.leave()
    assert scene.told[3:] == ["f in"]
    assert scene.refused == 0


async def test_who_waits_is_told_although_nobody_leaves() -> None:
    told: list[str] = []
    gate = Gate(Limits(1, 3, 0.05), lambda: None)
    assert gate.enter()
    gate.wait(Caller("a", told))
    async with asyncio.timeout(30):
        while not told:
            await asyncio.sleep(0.005)
    assert told == ["a out"]


async def test_a_call_that_only_waits_gives_its_place_to_the_next_until_too_many_wait() -> None:
    scene = Scene(at_once=1, aside=1)
    enough = asyncio.Event()

    async def poll(*_: object) -> None:
        step_aside()
        step_aside()  # once more does nothing
        await enough.wait()

    polls = []
    for number in range(2):
        assert scene.gate.enter()
        polls.append(asyncio.create_task(Admitted(poll, scene.gate)({}, None, None)))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert (scene.gate.inside, scene.gate.aside) == (0, number + 1)
    scene.come("x")
    assert scene.told == ["x out"]
    enough.set()
    await asyncio.gather(*polls)
    assert (scene.gate.inside, scene.gate.aside) == (0, 0)
    step_aside()  # outside of any call: harmless


class Guest:
    def __init__(self) -> None:
        self.sent_off = False

    def send_off(self) -> None:
        self.sent_off = True


def test_the_longest_idle_connection_goes_and_those_at_work_stay() -> None:
    refused: list[int] = []
    crowd = Crowd(3, lambda: refused.append(1))
    first, second, third, fourth, fifth = (Guest() for _ in range(5))
    for guest in (first, second, third):
        crowd.arrive(guest)
    crowd.work(first)
    crowd.rest(first)  # idle for less long than the second now
    crowd.arrive(fourth)
    assert [guest.sent_off for guest in (first, second, third, fourth)] == [False, True, False, False]
    crowd.depart(second)
    for guest in (first, third, fourth):
        crowd.work(guest)
    crowd.arrive(fifth)
    assert fifth.sent_off
    assert (len(refused), crowd.count) == (2, 4)


@pytest.mark.parametrize(
    ("method", "path", "query", "kind"),
    [
        ("GET", "/healthz", b"", None),
        ("GET", "/readyz", b"", None),
        ("GET", "/metrics", b"", None),
        ("POST", "/v1/requests", b"", "write"),
        ("POST", "/v1/requests:preview", b"", "write"),
        ("PATCH", "/v1/units/x", b"", "write"),
        ("POST", "/v1/auth/token", b"", "login"),
        ("GET", "/v1/requests", b"text=x", "read"),
        ("GET", "/v1/work-orders", b"", "read"),
        ("GET", "/v1/feed", b"after=latest", "read"),
        ("GET", "/v1/feed", b"after=latest&wait=20", "poll"),
        ("GET", "/v1/statistics/league", b"", "report"),
        ("GET", "/v1/requests:export", b"", "report"),
        ("POST", "/v1/requests:import", b"", "transfer"),
        ("GET", "/v1/attachments/1", b"", "transfer"),
        ("GET", "/public/requests/1", b"code=x", "public"),
        ("POST", "/public/requests", b"", "public_write"),
        ("GET", "/", b"", "public"),
        ("POST", "/track", b"", "public"),
        ("POST", "/track/1", b"", "public"),
        ("POST", "/track/1/rating", b"", "public_write"),
        ("POST", "/file", b"", "public_write"),
    ],
)
def test_every_call_has_its_kind(method: str, path: str, query: bytes, kind: str | None) -> None:
    found = kind_of(method, path, query)
    assert found == kind
    assert found is None or found in limits(Settings())
    assert long_kind_of(path) in limits(Settings())
