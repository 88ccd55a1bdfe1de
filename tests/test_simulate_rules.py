"""A month of the county in virtual time, as a real process: every rule occurs, and the ledger over it balances."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.simulation.month.occurred import WAYS
from app.services.simulation.month.plots import PLOTS
from support.product import Product


@pytest.fixture(scope="module")
def product(workspace: Path) -> Iterator[Product]:
    """A demo installation in a folder of its own."""
    folder = workspace / "month"
    folder.mkdir()
    installed = Product(folder)
    installed.run("migrate")
    installed.run("seed", "--demo")
    yield installed
    installed.stop()


@pytest.fixture(scope="module")
def played(product: Product) -> dict[str, object]:
    lives = str(3 * len(PLOTS))
    out = product.run("simulate", "--rules", "--days", "35", "--requests", lives, "--from", "2026-09-20", "--json")
    outcome: dict[str, object] = json.loads(out.splitlines()[-1])
    return outcome


def test_every_kind_of_rule_occurs_and_all_of_it_balances(played: dict[str, object]) -> None:
    print(json.dumps(played, indent=1))
    assert played["never_occurred"] == []
    assert set(played["occurred"]) >= WAYS
    assert (played["balanced"], played["discrepancies"], played["first"]) == (True, 0, [])
    assert played["clocks"] == {"explained": 3 * len(PLOTS), "under_earlier_rules": 0}
    filed = played["requests"]
    ends = filed["closed"] + filed["declined"] + filed["transferred"] + filed["merged"]
    assert filed["filed"] == 3 * len(PLOTS) == ends + filed["open"]
    assert "reminders: reminder-limit" in played["refused_by_the_rules"]
