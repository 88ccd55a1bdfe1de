"""docker-compose.yml and Dockerfile, as far as they can be checked without a container engine."""

import re
from pathlib import Path
from typing import Any

import yaml

from app.cli import app
from app.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_every_service_of_the_product_is_there_and_waits_for_what_it_needs() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "api", "worker"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    volumes = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert volumes == set(COMPOSE["volumes"])


def test_settings_and_commands_exist() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    for name in ("migrate", "api", "worker"):
        assert set(SERVICES[name]["environment"]) <= known
        words = " ".join(SERVICES[name]["command"])
        assert set(re.findall(r"hotline (\w+)", words)) <= commands


def test_what_must_be_secret_has_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in ("POSTGRES_PASSWORD", "HOTLINE_SECRET_KEYS", "HOTLINE_ADMIN_PASSWORD"):
        assert not re.search(rf"\$\{{{name}:-", text)
        assert f"${{{name}:?" in text


def test_the_image_copies_what_exists_and_installs_pinned_packages_only() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in line.split()[:-1]), line
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
