"""The calls that are measured, in the order of the table."""

from benchmarks.measure import Scenario
from benchmarks.scenarios import feed, importing, intake, lives, login, reads, steps, waiters

SCENARIOS: list[Scenario] = [
    *intake.SCENARIOS,
    *steps.SCENARIOS,
    *reads.SCENARIOS,
    *feed.SCENARIOS,
    *waiters.SCENARIOS,
    *lives.SCENARIOS,
    *login.SCENARIOS,
    *importing.SCENARIOS,
]
