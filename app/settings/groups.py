"""All settings in groups with their defaults, bounds and meanings: the README's table is generated from here."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from app.settings.values import (
    AllowedHosts,
    EmailAddress,
    Folder,
    Host,
    HttpUrl,
    Name,
    OfficeHours,
    PostgresUrl,
    Proxies,
    S3Url,
    SmtpUrl,
    SpanOfDay,
    ThreeWeights,
    TimeZone,
)


class Place(BaseSettings):
    """Where things are kept."""

    data_dir: Folder = Field(Path("var"), description="Folder for the embedded database, keys and files.")


class Database(BaseSettings):
    """The database."""

    database_url: PostgresUrl = Field(
        "", description="PostgreSQL 16+ URL; empty: an embedded PostgreSQL 18 in the data folder."
    )
    replica_url: PostgresUrl = Field(
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

    storage_url: S3Url = Field(
        "",
        description="S3-compatible store, `s3://bucket/prefix?endpoint=https://…&region=…`; empty: folder `files` in the data folder.",
    )
    storage_key: str = Field("", description="Access key of that store.")
    storage_secret: str = Field("", description="Secret of that access key.")
    attachment_max_bytes: int = Field(20_971_520, ge=1024, le=2**30, description="Largest file that may be attached.")
    attachments_per_request: int = Field(20, ge=1, le=1000, description="Files that a request may have at a time.")


class Http(BaseSettings):
    """The HTTP service."""

    host: Host = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
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
    trusted_proxies: Proxies = Field("127.0.0.1", description="Proxies whose X-Forwarded-For is believed; * for any.")
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

    city_name: Name = Field("云岭市", description="Name shown on the public pages.")
    timezone: TimeZone = Field("Asia/Shanghai", description="Zone in which working time runs.")
    working_hours: OfficeHours = Field("09:00-12:00,13:30-17:30", description="Office hours of a working day.")
    auto_dispatch_confidence: float = Field(
        0.5, ge=0, le=1, description="From this confidence on a request is dispatched without a dispatcher."
    )
    lesson_days: int = Field(90, ge=7, le=366, description="Days back that lessons about routing are drawn from.")
    lesson_half_life_days: int = Field(
        30, ge=1, le=3660, description="Days after which a return counts half as much in a lesson."
    )
    composite_weights: ThreeWeights = Field(
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

    webhook_allow: AllowedHosts = Field(
        "", description="Inside hosts, addresses or networks that may be reached all the same, by commas."
    )
    webhook_timeout: float = Field(10.0, ge=0.1, le=60, description="Seconds that a webhook's receiver has to answer.")


class Messages(BaseSettings):
    """Messages to units and citizens."""

    smtp_url: SmtpUrl = Field("", description="`smtp[s]://user:password@host:port` for e-mail; empty: none is sent.")
    smtp_from: EmailAddress = Field("", description="Sender's address of e-mails; empty: hotline@ and the SMTP host.")
    sms_url: HttpUrl = Field("", description="URL of the SMS gateway; empty: no SMS is sent.")
    sms_key: str = Field("", description="Key that the SMS gateway asks for.")
    quiet_hours: SpanOfDay = Field("21:30-08:00", description="When nobody is disturbed without need; empty: never.")
    message_gap: float = Field(
        10, ge=0, le=1440, description="Minutes between two messages about one matter to one recipient."
    )


class SecondOpinion(BaseSettings):
    """A second opinion on categories, from any OpenAI-compatible endpoint."""

    second_opinion_url: HttpUrl = Field(
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

    @field_validator("second_opinion_max")
    @classmethod
    def _a_band(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("second_opinion_min", 0.0):
            raise ValueError("must not be less than HOTLINE_SECOND_OPINION_MIN")
        return value


class Work(BaseSettings):
    """Background work and logs."""

    sweep_seconds: float = Field(1.0, ge=0.1, le=3600, description="Pause between two sweeps of the clocks.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged.")
    log_format: str = Field("auto", pattern="^(auto|json|console)$", description="auto: console on a terminal.")


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
SECRET_SETTINGS = (
    "database_url", "replica_url", "secret_keys", "storage_key", "storage_secret", "admin_password", "demo_password", "smtp_url", "sms_key",
    "second_opinion_key",
)  # fmt: skip
"""Never printed, not even when they are wrong."""
