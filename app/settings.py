"""Everything that can be set from outside, typed, in groups, checked at start.

Each setting is an environment variable `HOTLINE_<NAME>`; a wrong value or an unknown name stops the program
with a sentence that says what to do. The README's table is generated from here.
"""

import difflib
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.addresses import AllowList, parse_allowed
from app.core.security import KeyRing, KeyRingError
from app.core.setting_words import what_is_right
from app.domain.calendar import WorkingHours
from app.domain.messages import QuietHours, parse_quiet_hours

PREFIX = "HOTLINE_"
SECRET_SETTINGS = (
    "database_url", "replica_url", "secret_keys", "storage_key", "storage_secret", "admin_password", "demo_password", "smtp_url", "sms_key",
    "second_opinion_key",
)  # fmt: skip
"""Never printed, not even when they are wrong."""


class Place(BaseSettings):
    """Where things are kept."""

    data_dir: Path = Field(Path("var"), description="Folder for the embedded database, keys and files.")


class Database(BaseSettings):
    """The database."""

    database_url: str = Field(
        "", description="PostgreSQL 16+ URL; empty: an embedded PostgreSQL 18 in the data folder."
    )
    replica_url: str = Field(
        "", description="URL of a streaming replica for look-ups, lists and statistics; empty: the primary serves all."
    )
    replica_max_lag: float = Field(
        5.0, ge=1, le=60, description="Seconds that the replica may be behind and is still used."
    )
    database_pool_size: int = Field(10, ge=1, le=200, description="Connections per process.")
    database_statement_timeout: float = Field(
        30.0, ge=0.1, le=86_400, description="Seconds after which a statement is cancelled."
    )


class Files(BaseSettings):
    """Attachments."""

    storage_url: str = Field(
        "",
        description="S3-compatible store, `s3://bucket/prefix?endpoint=https://…&region=…`; empty: folder `files` in the data folder.",
    )
    storage_key: str = Field("", description="Access key of that store.")
    storage_secret: str = Field("", description="Secret of that access key.")
    attachment_max_bytes: int = Field(20_971_520, ge=1024, le=2**30, description="Largest file that may be attached.")
    attachments_per_request: int = Field(20, ge=1, le=1000, description="Files that a request may have at a time.")


class Http(BaseSettings):
    """The HTTP service."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(8000, ge=0, le=65535, description="Port; the plain variable PORT is read as well.")
    max_body_bytes: int = Field(
        1_048_576, ge=1024, le=2**30, description="Largest accepted request body (imports and files apart)."
    )
    calls_at_once: int = Field(
        10, ge=2, le=1000, description="Calls of one kind (write, read, public …) that a process handles at once."
    )
    shed_load: bool = Field(True, description="Whether calls beyond that wait briefly and are then refused with 503.")
    max_connections: int = Field(
        3000, ge=10, le=100_000, description="Connections per process; beyond that the longest idle one is closed."
    )
    max_waiting_polls: int = Field(2000, ge=1, le=100_000, description="Feed polls that may wait in a process.")
    max_polls_each: int = Field(
        100, ge=1, le=100_000, description="Of these, how many for one account with its log-ins and API keys."
    )
    caller_seconds: float = Field(
        30.0,
        ge=0.1,
        le=600,
        description="Seconds a caller may take to send a call's head or short body, or to read on.",
    )
    trusted_proxies: str = Field("127.0.0.1", description="Proxies whose X-Forwarded-For is believed; * for any.")
    docs: bool = Field(True, description="Whether /docs and /openapi.json are served.")


class Security(BaseSettings):
    """Identity and secrets."""

    secret_keys: str = Field(
        "",
        description="Master keys `id:base64,…`, the first one current; empty: made once in the data folder.",
    )
    token_minutes: int = Field(480, ge=1, le=1440, description="Minutes until a login token runs out.")
    admin_password: str = Field("", description="Password of the first administrator; empty: made and printed.")
    demo_password: str = Field("demo", min_length=1, description="Password of all demo users.")
    login_attempts: int = Field(
        10, ge=1, le=1_000_000, description="Wrong passwords per user or address in 15 minutes."
    )
    public_writes: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Requests filed without account per address in 15 minutes; a tenth of it per ticket for facts and chases.",
    )
    guess_attempts: int = Field(
        10, ge=1, le=1_000_000, description="Wrong query codes per ticket or address in 15 minutes."
    )


class City(BaseSettings):
    """The city's own ways."""

    city_name: str = Field("云岭市", description="Name shown on the public pages.")
    timezone: str = Field("Asia/Shanghai", description="Zone in which working time runs.")
    working_hours: str = Field("09:00-12:00,13:30-17:30", description="Office hours of a working day.")
    auto_dispatch_confidence: float = Field(
        0.5, ge=0, le=1, description="From this confidence on a request is dispatched without a dispatcher."
    )
    lesson_days: int = Field(90, ge=7, le=366, description="Days back that lessons about routing are drawn from.")
    lesson_half_life_days: int = Field(
        30, ge=1, le=3660, description="Days after which a return counts half as much in a lesson."
    )
    composite_weights: str = Field(
        "30,35,35", description="Weights of response, resolution and satisfaction in the composite figure."
    )


class Clusters(BaseSettings):
    """Duplicates and clusters."""

    duplicate_days: int = Field(30, ge=1, le=365, description="Days back in which like requests of others are shown.")
    cluster_callers: int = Field(5, ge=2, le=50, description="Different callers from which on supervisors are alarmed.")
    cluster_window_hours: int = Field(72, ge=1, le=720, description="Hours within which they must have asked.")
    cluster_seconds: float = Field(60.0, ge=0.1, le=86_400, description="Pause between two looks for clusters.")


class Outbound(BaseSettings):
    """What may be reached outside."""

    webhook_allow: str = Field(
        "", description="Inside hosts, addresses or networks that may be reached all the same, by commas."
    )
    webhook_timeout: float = Field(10.0, ge=0.1, le=60, description="Seconds that a webhook's receiver has to answer.")


class Messages(BaseSettings):
    """Messages to units and citizens."""

    smtp_url: str = Field("", description="`smtp[s]://user:password@host:port` for e-mail; empty: none is sent.")
    smtp_from: str = Field("", description="Sender's address of e-mails; empty: hotline@ and the SMTP host.")
    sms_url: str = Field("", description="URL of the SMS gateway; empty: no SMS is sent.")
    sms_key: str = Field("", description="Key that the SMS gateway asks for.")
    quiet_hours: str = Field("21:30-08:00", description="When nobody is disturbed without need; empty: never.")
    message_gap: float = Field(
        10, ge=0, le=1440, description="Minutes between two messages about one matter to one recipient."
    )


class SecondOpinion(BaseSettings):
    """A second opinion on categories, from any OpenAI-compatible endpoint."""

    second_opinion_url: str = Field(
        "",
        description="Base URL, such as `http://10.1.2.3:8000/v1`; inside addresses are allowed; empty: none is asked.",
    )
    second_opinion_key: str = Field("", description="Key that the endpoint asks for.")
    second_opinion_model: str = Field("default", min_length=1, max_length=200, description="Name of the model.")
    second_opinion_timeout_seconds: float = Field(3.0, ge=0.1, le=30, description="Seconds that it has to answer.")
    second_opinion_min: float = Field(0.0, ge=0, le=1, description="Least confidence of our own at which it is asked.")
    second_opinion_max: float = Field(
        0.5, ge=0, le=1, description="Greatest confidence at which it is asked: where automatic dispatch begins."
    )


class Work(BaseSettings):
    """Background work and logs."""

    sweep_seconds: float = Field(1.0, ge=0.1, le=3600, description="Pause between two sweeps of the clocks.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged.")
    log_format: str = Field("auto", pattern="^(auto|json|console)$", description="auto: console on a terminal.")


class Settings(Place, Database, Files, Http, Security, City, Clusters, Outbound, Messages, SecondOpinion, Work):
    """All groups together, flat, as the program reads them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, allow_inf_nan=False)

    @field_validator("data_dir", mode="before")
    @classmethod
    def _a_folder(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("must name a folder; unset it for the folder var")
        path = Path(str(value))
        if any(os.path.exists(part) and not os.path.isdir(part) for part in (path, *path.parents)):
            raise ValueError("must be a folder, and is a file or in one")
        return value

    @field_validator("host")
    @classmethod
    def _a_host(cls, value: str) -> str:
        if not re.fullmatch(r"[\w.:%-]+", value):
            raise ValueError("must be an address or a host name; write e.g. 127.0.0.1, or 0.0.0.0 for all")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is not a time zone; write e.g. Asia/Shanghai") from None
        return value

    @field_validator("working_hours")
    @classmethod
    def _readable_hours(cls, value: str) -> str:
        try:
            WorkingHours.parse(value)
        except ValueError:
            raise ValueError("must be ascending periods; write e.g. 09:00-12:00,13:30-17:30") from None
        return value

    @field_validator("composite_weights")
    @classmethod
    def _three_weights(cls, value: str) -> str:
        parts = [part.strip() for part in value.split(",")]
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or not any(map(int, parts)):
            raise ValueError("must be three whole numbers, not all of them 0; write e.g. 30,35,35")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        if value.strip() != "*":
            for part in filter(None, map(str.strip, value.split(","))):
                try:
                    ip_network(part)
                except ValueError:
                    raise ValueError("must be addresses or networks separated by commas, or *") from None
        return value

    @field_validator("webhook_allow")
    @classmethod
    def _hosts_and_networks(cls, value: str) -> str:
        try:
            parse_allowed(value)
        except ValueError:
            raise ValueError("must be hosts, addresses or networks separated by commas, e.g. 10.1.0.0/16") from None
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _readable_quiet_hours(cls, value: str) -> str:
        try:
            parse_quiet_hours(value, ZoneInfo("UTC"))
        except ValueError:
            raise ValueError("must be a span of the day; write e.g. 21:30-08:00") from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _readable_smtp(cls, value: str) -> str:
        return _outside_url(value, "smtp", "smtps")

    @field_validator("smtp_from")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w.%+-]{1,64}@[A-Za-z0-9.-]{1,253}", value, re.ASCII):
            raise ValueError("must be an e-mail address")
        return value

    @field_validator("sms_url", "second_opinion_url")
    @classmethod
    def _readable_sms(cls, value: str) -> str:
        return _outside_url(value, "http", "https")

    @field_validator("second_opinion_max")
    @classmethod
    def _a_band(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("second_opinion_min", 0.0):
            raise ValueError("must not be less than HOTLINE_SECOND_OPINION_MIN")
        return value

    @field_validator("database_url", "replica_url")
    @classmethod
    def _postgres_url(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql:// (only PostgreSQL is supported)")
        for host in _split(value).netloc.rpartition("@")[2].split(","):
            port = host.rpartition("]")[2].partition(":")[2]  # an IPv6 address stands in brackets
            if port and not (port.isdecimal() and int(port) < 65536):
                raise ValueError(
                    "has a port that is no number up to 65535; signs such as : / @ in a password are written %3A %2F %40"
                )
        return value

    @field_validator("storage_url")
    @classmethod
    def _s3_url(cls, value: str) -> str:
        parts = _split(value)
        if value and (parts.scheme != "s3" or not parts.netloc or parts.username):
            raise ValueError("must be written s3://bucket/prefix?endpoint=https://host&region=name, without keys")
        unknown = {name for name, _ in parse_qsl(parts.query)} - {"endpoint", "region"}
        if unknown:
            raise ValueError(f"knows endpoint and region, not {', '.join(sorted(unknown))}")
        return value

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


GROUPS: tuple[type[BaseSettings], ...] = (
    Place,
    Database,
    Files,
    Http,
    Security,
    City,
    Clusters,
    Outbound,
    Messages,
    SecondOpinion,
    Work,
)


def _split(url: str) -> SplitResult:
    """The parts of a URL; raises ValueError for one that has none."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("is no URL: an IPv6 address stands in brackets, as in [::1]") from None


def _outside_url(value: str, *schemes: str) -> str:
    """The URL as it is, when it is empty or has one of the schemes, a host and a port that is a number."""
    parts = _split(value)
    try:
        whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if value and not whole:
        raise ValueError(
            f"must be {schemes[0]}[s]://host:port; signs such as : / @ in a password are written %3A %2F %40"
        )
    return value


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
