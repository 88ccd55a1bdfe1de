"""Looks at the machine: Python, the data folder, the port, the embedded PostgreSQL. Changes nothing."""

import os
import platform
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from app.core.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from app.core.embedded_postgres.identity import user_name
from app.core.web_server import bind, port_user
from app.services.classifier.model_file import NAME, ModelError, read_model
from app.services.diagnosis.finding import Finding, fail, ok, warn
from app.settings import PREFIX, SECRET_SETTINGS, Settings

LEAST_FREE_MEGABYTES, LOW_FREE_MEGABYTES = 200, 2000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def look_at_machine(settings: Settings) -> list[Finding]:
    """Everything that can be said without a database."""
    return [
        _python(),
        ok("platform", f"{platform.platform()}, {os.cpu_count()} processors"),
        _user(),
        _settings(settings),
        *_data_folder(settings.data_dir),
        *_classifier(settings.data_dir),
        _port(settings),
        *_browser(),
    ]


def look_at_embedded(settings: Settings) -> tuple[Finding, bool]:
    """The embedded server as it is, and whether there is a database to go on with."""
    try:
        facts = EmbeddedPostgres(settings.data_dir.resolve() / "postgres").describe()
    except EmbeddedPostgresError as error:
        return fail("embedded PostgreSQL", str(error), "Repair that, or set HOTLINE_DATABASE_URL."), False
    told = f"{facts['version']} in {facts['root']}, runs as {facts['runs_as']}"
    if not facts["initialised"]:
        return warn("embedded PostgreSQL", f"{told}, no database yet", "Run `hotline migrate` to create it."), False
    return ok("embedded PostgreSQL", f"{told}, {'running' if facts['running'] else 'not running'}"), True


def _python() -> Finding:
    return ok("Python", f"{platform.python_version()} at {sys.executable}")  # an older one does not get this far


def _user() -> Finding:
    name = user_name(os.geteuid())
    return ok("user", f"{name} (PostgreSQL itself is run as an unprivileged one)" if os.geteuid() == 0 else name)


def _settings(settings: Settings) -> Finding:
    changed = {
        name: _shown(name, value)
        for name, value in settings.model_dump().items()
        if value != Settings.model_fields[name].default
    }
    told = ", ".join(f"{PREFIX}{name.upper()}={value}" for name, value in changed.items())
    return ok("settings", told or "all as by default")


def _shown(name: str, value: object) -> str:
    """A setting's value, as far as others may see it."""
    if name == "database_url":
        parts = urlsplit(str(value))
        return f"{parts.scheme}://***@{parts.netloc.rpartition('@')[2]}{parts.path}"
    return "***" if name in SECRET_SETTINGS else str(value)


def _data_folder(folder: Path) -> list[Finding]:
    place = folder.resolve()
    nearest = next(parent for parent in (place, *place.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return [fail("data folder", f"{place} cannot be written", "Allow it, or choose another HOTLINE_DATA_DIR.")]
    free = shutil.disk_usage(nearest).free // 2**20
    told = f"{place}{'' if place.exists() else ' (will be created)'}, {free} MB free"
    if free < LEAST_FREE_MEGABYTES:
        return [fail("data folder", told, "Free some space, or choose another HOTLINE_DATA_DIR.")]
    if free < LOW_FREE_MEGABYTES:
        return [warn("data folder", told, "Space runs out soon; free some.")]
    return [ok("data folder", told)]


def _classifier(folder: Path) -> list[Finding]:
    """The city's own classifier, if it has one: a broken one is silently replaced by the delivered one."""
    path = folder.resolve() / NAME
    if not path.exists():
        return []
    try:
        model = read_model(path)
    except ModelError as error:
        advice = "The delivered one answers meanwhile. Delete the file, or run `hotline classify train`."
        return [warn("classifier", str(error), advice)]
    return [ok("classifier", f"{path}, {len(model.categories)} categories")]


def _port(settings: Settings) -> Finding:
    told = f"{settings.port} on {settings.host}"
    try:
        bind(settings.host, settings.port).close()
    except OSError as error:
        user = port_user(settings.port)
        advice = "If that is not the hotline itself, stop it or choose another HOTLINE_PORT."
        return warn("port", f"{told}: {error.strerror or error}{f', used by {user}' if user else ''}", advice)
    return ok("port", f"{told} is free")


def _browser() -> list[Finding]:
    """Only where the product is tested."""
    if find_spec("playwright") is None:
        return []
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return [ok("browser for tests", found)]
    return [warn("browser for tests", "no Chromium", "Only for the browser tests: apt-get install chromium.")]
