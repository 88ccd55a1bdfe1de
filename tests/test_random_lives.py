"""Hundreds of random lives: whoever may do whatever, in any order and at once, and every law holds after each step.

`RANDOM_LIVES=5000` lives longer; `RANDOM_SEED=7` lives other lives. A failure tells its story step by step.
"""

import asyncio
import os

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from support.api import Api
from support.random_cast import hire
from support.random_machine import Lives
from support.random_world import ACTIONS

LIVES = int(os.environ.get("RANDOM_LIVES", "200"))
LIVES_A_STORY = 4
STEPS_A_STORY = 12


async def test_random_lives_keep_every_law(api: Api) -> None:
    key = await hire(api)
    chosen = os.environ.get("RANDOM_SEED")
    how = settings(
        max_examples=-(-LIVES // LIVES_A_STORY),
        stateful_step_count=STEPS_A_STORY,
        derandomize=chosen is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if os.environ.get("RANDOM_UNSHRUNK") else [Phase.generate, Phase.shrink],
    )
    machine = type("RandomLives", (Lives,), {"api": api, "key": key, "loop": asyncio.get_running_loop()})
    if chosen is not None:
        machine = seed(int(chosen))(machine)
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=how)
    print("\n" + "\n".join(f"{number:7} {what}" for what, number in sorted(Lives.tally.items())))
    untried = [f"{s}/{a}" for s, a in ACTIONS if not Lives.tally[f"took {s}/{a}"] + Lives.tally[f"tried {s}/{a}"]]
    assert not untried, untried
