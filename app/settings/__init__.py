"""Everything that can be set from outside, typed, in groups, checked at start.

Each setting is an environment variable `HOTLINE_<NAME>`; a wrong value or an unknown name stops the program
with a sentence that says what to do.
"""

import difflib
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from app.core.addresses import AllowList, parse_allowed
from app.core.security import KeyRing, KeyRingError
from app.core.setting_words import what_is_right
from app.domain.calendar import WorkingHours
from app.domain.messages import QuietHours, parse_quiet_hours
from app.settings.groups import (
    GROUPS,
    SECRET_SETTINGS,
    City,
    Clusters,
    Database,
    Files,
    Http,
    Messages,
    Outbound,
    Place,
    SecondOpinion,
    Security,
    Work,
)

__all__ = ["GROUPS", "PREFIX", "SECRET_SETTINGS", "Settings", "SettingsError", "get_settings", "settings_or_exit"]

PREFIX = "HOTLINE_"


class Settings(Place, Database, Files, Http, Security, City, Clusters, Outbound, Messages, SecondOpinion, Work):
    """All groups together, flat, as the program reads them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, allow_inf_nan=False)

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def webhook_allowed(self) -> AllowList:
        """What webhooks may call although it is not public."""
        return parse_allowed(self.webhook_allow)

    @property
    def weights(self) -> tuple[float, float, float]:
        """Weights of response, resolution and satisfaction."""
        response, resolution, satisfaction = map(float, self.composite_weights.split(","))
        return response, resolution, satisfaction

    @property
    def hours(self) -> WorkingHours:
        """Office hours of a working day."""
        return WorkingHours.parse(self.working_hours)

    @property
    def quiet(self) -> QuietHours | None:
        """When messages wait for the morning; None: never."""
        return parse_quiet_hours(self.quiet_hours, self.zone)


class SettingsError(Exception):
    """The environment does not make sense; the text says what to do."""


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once; raises SettingsError with a line for each fault."""
    if from_port := "PORT" in os.environ and f"{PREFIX}PORT" not in os.environ:
        os.environ[f"{PREFIX}PORT"] = os.environ["PORT"]
    faults = list(_unknown_names())
    try:
        settings = Settings()
        if settings.secret_keys:
            KeyRing(settings.secret_keys)
    except ValidationError as error:
        faults += map(_sentence, error.errors())
    except KeyRingError as error:
        faults.append(f"{PREFIX}SECRET_KEYS: {error}")
    if faults:
        if from_port:
            del os.environ[f"{PREFIX}PORT"]
            faults = [re.sub(rf"^{PREFIX}PORT:", "PORT:", fault) for fault in faults]
        raise SettingsError("\n".join(faults))
    return settings


def _sentence(fault: ErrorDetails) -> str:
    """A line: the setting, what would be right, and what was given unless that is a secret."""
    name = str(fault["loc"][0])
    it_is = "" if name in SECRET_SETTINGS else f" (it is {fault['input']!r})"
    return f"{PREFIX}{name.upper()}: {what_is_right(Settings.model_fields[name], fault)}{it_is}."


def _unknown_names() -> Iterator[str]:
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            close = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1)
            hint = f" Did you mean {PREFIX}{close[0]}?" if close else " See the settings table in the README."
            yield f"{name} is not a setting of the hotline.{hint}"


def settings_or_exit() -> Settings:
    """The settings, or a clear message and exit code 2."""
    try:
        return get_settings()
    except SettingsError as error:
        for line in str(error).splitlines():
            print(f"Settings: {line}", file=sys.stderr)
        raise SystemExit(2) from None
