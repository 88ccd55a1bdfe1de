"""The README tells the truth: its tour runs as written, its generated parts are up to date."""

import os
import re
import runpy
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from support.product import Product

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_generated_parts_are_up_to_date() -> None:
    assert generate["render"](README) == README, "run `make docs`"


def test_every_setting_is_documented() -> None:
    missing = [name for name in Settings.model_fields if f"`HOTLINE_{name.upper()}`" not in README]
    assert missing == []


def test_every_command_is_documented() -> None:
    from app.cli import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands if not command.hidden}
    names |= {group.name for group in app.registered_groups}
    missing = [name for name in names if f"`hotline {name.replace('_', '-')}" not in README]
    assert missing == []


@pytest.fixture
def demo() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="hotline tour 演示-"))
    folder.chmod(0o711)
    product = Product(folder)
    product.start("demo")
    yield product
    product.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_the_tour_works_as_written(demo: Product) -> None:
    blocks = re.findall(r"```bash tour\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 4
    script = "set -euo pipefail\n" + "".join(blocks).replace("http://127.0.0.1:8000", demo.url)
    bash = shutil.which("bash")
    assert bash, "the tour needs bash"
    assert shutil.which("curl"), "the tour needs curl"
    done = subprocess.run(
        [bash, "-c", script], cwd=demo.folder, capture_output=True, text=True, timeout=120, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "路灯线路已更换，照明恢复。" in done.stdout
    assert done.stdout.count("closed") >= 1
