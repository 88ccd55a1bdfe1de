"""The supervisor alone, with children that misbehave."""

import os
import signal
import sys
import time

import pytest

from app.core.processes import HOPELESS, Child, Supervisor, SupervisorError

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


def supervise(code: str, grace: float, deaths: list[int], *others: Child) -> Supervisor:
    return Supervisor(
        [Child("child", (sys.executable, "-c", code)), *others],
        environment=dict(os.environ),
        grace=grace,
        when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
        when_dead=deaths.append,
        when_stopping=lambda: None,
    )


async def test_a_child_that_never_comes_up_is_given_up() -> None:
    deaths: list[int] = []
    with pytest.raises(SupervisorError, match="The child process does not start"):
        await supervise("raise SystemExit(1)", 5, deaths).run()
    assert len(set(deaths)) == 4


async def test_a_child_that_says_that_it_cannot_work_is_not_started_again() -> None:
    deaths: list[int] = []
    with pytest.raises(SupervisorError, match="cannot work as things are"):
        await supervise(f"raise SystemExit({HOPELESS})", 5, deaths).run()
    assert len(deaths) == 1


async def test_a_child_that_is_not_needed_is_tried_again() -> None:
    deaths: list[int] = []
    helper = Child("helper", (sys.executable, "-c", f"raise SystemExit({HOPELESS})"), needed=False)
    with pytest.raises(SupervisorError, match="The helper process does not start"):
        await supervise("import time; time.sleep(60)", 0.3, deaths, helper).run()
    assert len(deaths) == 5


async def test_a_child_that_does_not_stop_is_killed() -> None:
    started = time.monotonic()
    deaths: list[int] = []
    await supervise(STUBBORN, 0.3, deaths).run()
    assert len(deaths) == 1
    assert time.monotonic() - started < 5
