"""What a server process weighs after a busy day: the real program, a mixed load over HTTP, the kernel's own figures."""

from collections import Counter
from pathlib import Path

import psutil
from alembic.script import ScriptDirectory
from conftest import KEYS

from app.services.installation import MIGRATIONS, head_revision
from support.mixed_load import drive
from support.service import Service, running

CALLS = 2000
MOST_MB = 265
"""Measured 255, of which 50 are the dictionaries of the first classifier (docs/decisions/0027)."""
GROWTH_MB = 6
"""What twice the load may add: nothing but noise."""


def resident(service: Service) -> float:
    """MB of the process that answers."""
    return psutil.Process(service.process.pid).memory_info().rss / 2**20


def test_a_server_stays_small_and_does_not_grow(database_copy: str, workspace: Path) -> None:
    settings = {"database_url": database_copy, "data_dir": workspace / "memory", "secret_keys": KEYS}
    with running("serve", "--port", "0", log=workspace / "memory.log", **settings) as service:
        headers = service.token("operator")
        statuses = Counter(drive(service.url, headers, CALLS))
        first = resident(service)
        statuses += Counter(drive(service.url, headers, CALLS))
        second = resident(service)
        assert service.stop() == 0
    assert statuses[201] >= 2 * CALLS // 10  # the load did its work
    assert not [status for status in statuses if status >= 500]
    assert second <= MOST_MB
    assert second - first <= GROWTH_MB


def test_the_newest_migration_is_the_one_that_alembic_names() -> None:
    assert head_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
