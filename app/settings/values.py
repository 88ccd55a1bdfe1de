"""What the value of a setting may be, by its kind: each type says what would be right to who set it wrong.

The values stay the texts that were given; `Settings` has properties that read them.
"""

import os
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from app.core.addresses import parse_allowed
from app.domain.calendar import WorkingHours
from app.domain.messages import parse_quiet_hours


def _folder(value: object) -> object:
    if not str(value).strip():
        raise ValueError("must name a folder; unset it for the folder var")
    path = Path(str(value))
    if any(os.path.exists(part) and not os.path.isdir(part) for part in (path, *path.parents)):
        raise ValueError("must be a folder, and is a file or in one")
    return value


def _name(value: str) -> str:
    if not value.strip() or not value.isprintable() or len(value) > 50:
        raise ValueError("must be a name of at most 50 characters on one line; write e.g. 云岭市")
    return value.strip()


def _host(value: str) -> str:
    if not re.fullmatch(r"[\w.:%-]+", value):
        raise ValueError("must be an address or a host name; write e.g. 127.0.0.1, or 0.0.0.0 for all")
    return value


def _read_by(read: Callable[[str], object], told: str) -> AfterValidator:
    """Takes what this reads; whatever it does not is `told` what would be right."""

    def check(value: str) -> str:
        try:
            read(value)
        except (KeyError, ValueError):  # a zone that is not there is a key that is not
            raise ValueError(told) from None
        return value

    return AfterValidator(check)


def _three_weights(value: str) -> str:
    parts = [part.strip() for part in value.split(",")]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or not any(map(int, parts)):
        raise ValueError("must be three whole numbers, not all of them 0; write e.g. 30,35,35")
    return value


def _proxies(value: str) -> str:
    if value.strip() != "*":
        for part in filter(None, map(str.strip, value.split(","))):
            try:
                ip_network(part)
            except ValueError:
                raise ValueError("must be addresses or networks separated by commas, or *") from None
    return value


def _email_address(value: str) -> str:
    if value and not re.fullmatch(r"[\w.%+-]{1,64}@[A-Za-z0-9.-]{1,253}", value, re.ASCII):
        raise ValueError("must be an e-mail address")
    return value


def _split(url: str) -> SplitResult:
    """The parts of a URL; raises ValueError for one that has none."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("is no URL: an IPv6 address stands in brackets, as in [::1]") from None


def _outside_url(scheme: str) -> AfterValidator:
    """Takes a URL that is empty or has the scheme or its safe twin, a host and a port that is a number."""

    def check(value: str) -> str:
        parts = _split(value)
        try:
            whole = parts.scheme in (scheme, f"{scheme}s") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if value and not whole:
            raise ValueError(
                f"must be {scheme}[s]://host:port; signs such as : / @ in a password are written %3A %2F %40"
            )
        return value

    return AfterValidator(check)


def _postgres_url(value: str) -> str:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql:// (only PostgreSQL is supported)")
    for host in _split(value).netloc.rpartition("@")[2].split(","):
        port = host.rpartition("]")[2].partition(":")[2]  # an IPv6 address stands in brackets
        if port and not (port.isdecimal() and int(port) < 65536):
            raise ValueError(
                "has a port that is no number up to 65535; signs such as : / @ in a password are written %3A %2F %40"
            )
    return value


def _s3_url(value: str) -> str:
    parts = _split(value)
    if value and (parts.scheme != "s3" or not parts.netloc or parts.username):
        raise ValueError("must be written s3://bucket/prefix?endpoint=https://host&region=name, without keys")
    unknown = {name for name, _ in parse_qsl(parts.query)} - {"endpoint", "region"}
    if unknown:
        raise ValueError(f"knows endpoint and region, not {', '.join(sorted(unknown))}")
    return value


Folder = Annotated[Path, BeforeValidator(_folder)]
Name = Annotated[str, AfterValidator(_name)]
Host = Annotated[str, AfterValidator(_host)]
TimeZone = Annotated[str, _read_by(ZoneInfo, "is not a time zone; write e.g. Asia/Shanghai")]
OfficeHours = Annotated[
    str, _read_by(WorkingHours.parse, "must be ascending periods; write e.g. 09:00-12:00,13:30-17:30")
]
ThreeWeights = Annotated[str, AfterValidator(_three_weights)]
Proxies = Annotated[str, AfterValidator(_proxies)]
AllowedHosts = Annotated[
    str, _read_by(parse_allowed, "must be hosts, addresses or networks separated by commas, e.g. 10.1.0.0/16")
]
SpanOfDay = Annotated[
    str,
    _read_by(
        lambda value: parse_quiet_hours(value, ZoneInfo("UTC")), "must be a span of the day; write e.g. 21:30-08:00"
    ),
]
EmailAddress = Annotated[str, AfterValidator(_email_address)]
SmtpUrl = Annotated[str, _outside_url("smtp")]
HttpUrl = Annotated[str, _outside_url("http")]
PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
S3Url = Annotated[str, AfterValidator(_s3_url)]
