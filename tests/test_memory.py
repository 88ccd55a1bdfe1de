"""What a server process weighs after a busy day: the real program, a mixed load over HTTP, the kernel's own figures."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
from alembic.script import ScriptDirectory
from conftest import KEYS

from app.services.installation import MIGRATIONS, head_revision
from support.mixed_load import drive
from support.service import Service, running

CALLS = 2000
MOST_MB = 248
"""Measured 237 (docs/decisions/0027), and a twentieth."""
GROWTH_MB = 6
"""What twice the load may add: nothing but noise."""
FOREIGN = ("scipy", "sklearn", "pypinyin", "openpyxl", "alembic")
"""Training, saved articles, sheets and migrations need these: many MB that a server does without."""


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
        mapped = [part.path for part in psutil.Process(service.process.pid).memory_maps()]
        assert service.stop() == 0
    assert not [path for path in mapped if {"scipy", "sklearn"} & set(Path(path).parts)]
    assert statuses[201] >= 2 * CALLS // 10  # the load did its work
    assert not [status for status in statuses if status >= 500]
    assert second <= MOST_MB
    assert second - first <= GROWTH_MB


def test_a_server_starts_without_what_only_other_commands_need() -> None:
    asked = f"import sys, app.cli; print(*sorted(set({FOREIGN!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_the_newest_migration_is_the_one_that_alembic_names() -> None:
    assert head_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
