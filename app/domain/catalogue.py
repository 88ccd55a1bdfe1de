"""The reference data that every rule reads: units, areas, categories, routing rules, SLA policies.

Plain frozen records, so that rules stay pure and a whole snapshot can be swapped in memory at once.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class UnitKind(StrEnum):
    """What sort of organisation a unit is (承办单位类别)."""

    DEPARTMENT = "department"
    TOWNSHIP = "township"
    VILLAGE_TEAM = "village_team"
    UTILITY = "utility"
    EXTERNAL = "external"


class AreaLevel(StrEnum):
    """Level of an area in the division tree (区划层级)."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


class RequestKind(StrEnum):
    """What the citizen wants (诉求类型). A machine never sets `report` by itself."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    OTHER = "other"


class Channel(StrEnum):
    """The way a request came in (来源渠道)."""

    PHONE = "phone"
    WEB = "web"
    WECHAT = "wechat"
    APP = "app"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"
    POLICE_110 = "police_110"
    IMPORT = "import"
    OPEN311 = "open311"


class Urgency(StrEnum):
    """How fast it must go (紧急程度). `critical`: life or property at risk."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation that can be given a work order (承办单位)."""

    code: str
    name: str
    kind: UnitKind
    parent_code: str | None = None
    area_code: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Area:
    """A node of the division tree (区划), named by its 12-digit code.

    `lat`, `lon`: its centre, in degrees; `boundary`: a GeoJSON Polygon or MultiPolygon.
    """

    code: str
    name: str
    level: AreaLevel
    parent_code: str | None = None
    aliases: tuple[str, ...] = ()
    active: bool = True
    lat: float | None = None
    lon: float | None = None
    boundary: dict[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Category:
    """A matter (事项). Two levels; only second-level ones are given to requests."""

    code: str
    name: str
    parent_code: str | None = None
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    unit_kind: UnitKind | None = None
    usual_kind: RequestKind | None = None
    usual_urgency: Urgency = Urgency.NORMAL
    village_affair: bool = False
    restricted: bool = False
    active: bool = True
    auto_dispatch_confidence: float | None = field(default=None, compare=False)  # says nothing about what it is
    definition: str = ""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Category prefix × area prefix × kind → unit (派单规则).

    Exactly one of `unit_code` and `area_unit` is set; `area_unit` means "the village team (or township)
    that looks after the place" (属地兜底).
    """

    id: int
    category_prefix: str = ""
    area_prefix: str = ""
    kind: RequestKind | None = None
    unit_code: str | None = None
    area_unit: UnitKind | None = None
    priority: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """What holds for kind × urgency × category prefix: time limits (spans as in `domain.spans`) and how often (办理时限与次数).

    `return_window`: how long after accepting a unit may ask to return; `notice_after`, `escalate_after`: how late
    an order is when its unit is warned and when a supervisor is told; `undo_window`: how long a dispatch counts as
    a slip of the hand; `max_…`: per round; `keep_days`: after which personal fields are erased, None: never.
    """

    id: int
    kind: RequestKind | None
    urgency: Urgency | None
    category_prefix: str
    dispatch: str
    accept: str
    contact: str
    resolve: str
    callback: str
    return_window: str = "2wd"
    notice_after: str = "1wd"
    escalate_after: str = "5wd"
    undo_window: str = "10m"
    max_returns: int = 2
    max_extensions: int = 1
    max_holds: int = 2
    max_hold_days: int = 90
    reminders_a_day: int = 3
    call_attempts: int = 3
    redo_rounds: int = 2
    keep_days: int | None = None
