"""The default catalogue: roles, categories, time limits, knowledge, the working calendar."""

from datetime import date
from typing import Any

from pydantic import TypeAdapter

from app.core.database import Connection
from app.domain.catalogue import Category
from app.domain.permissions import DEFAULT_ROLES
from app.services.knowledge.index import index_stale
from app.services.messages.templates import code_of
from app.services.seeding.files import DATA, fill_if_empty, read_csv, read_toml

YEARS_BACK, YEARS_AHEAD = 1, 2


async def seed_catalogue(connection: Connection, today: date) -> dict[str, int]:
    """Insert what is missing; returns how many rows of each kind."""
    roles = [
        {"code": code, "name": name, "permissions": [str(p) for p in permissions]}
        for code, (name, permissions) in DEFAULT_ROLES.items()
    ]
    counts = {
        "roles": await fill_if_empty(connection, "role", roles),
        "categories": await fill_if_empty(connection, "category", category_rows()),
        "sla_policies": await fill_if_empty(connection, "sla_policy", _policy_rows()),
        "calendar_days": await fill_if_empty(connection, "calendar_day", calendar_rows(today)),
        "message_templates": await fill_if_empty(connection, "message_template", template_rows()),
        "knowledge": await fill_if_empty(connection, "knowledge_article", _knowledge_rows()),
    }
    await index_stale(connection)
    return counts


def category_rows() -> list[dict[str, Any]]:
    """Both levels, from one file a first-level category."""
    rows = []
    for path in sorted((DATA / "categories").glob("*.toml")):
        top = read_toml(f"categories/{path.name}")
        rows.append(_category_row(top, None, None))
        rows.extend(_category_row(child, top["code"], top.get("unit_kind")) for child in top["category"])
    return rows


def delivered_categories() -> dict[str, Category]:
    """The catalogue as it is delivered, by code, for work that needs no installation."""
    rows = TypeAdapter(tuple[Category, ...]).validate_python(category_rows())
    return {category.code: category for category in rows}


def _category_row(entry: dict[str, Any], parent: str | None, unit_kind: str | None) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "name": entry["name"],
        "parent_code": parent,
        "definition": entry.get("definition", ""),
        "includes": entry.get("includes", ""),
        "excludes": entry.get("excludes", ""),
        "keywords": entry.get("keywords", []) + entry.get("synonyms", []),
        "examples": entry.get("examples", []),
        "unit_kind": entry.get("unit_kind", unit_kind),
        "usual_kind": entry.get("usual_kind"),
        "usual_urgency": entry.get("usual_urgency", "normal"),
        "village_affair": entry.get("village_affair", False),
        "restricted": entry.get("restricted", False),
        "active": True,
    }


def _policy_rows() -> list[dict[str, Any]]:
    return [{**row, "category_prefix": row["category_prefix"] or ""} for row in read_csv("sla_policies.csv")]


def _knowledge_rows() -> list[dict[str, Any]]:
    return [
        {
            "title": entry["title"],
            "body": entry["body"].strip(),
            "basis": entry.get("basis", ""),
            "category_code": entry.get("category_code"),
            "keywords": entry.get("keywords", []),
            "active": True,
            "updated_at": "2026-11-21T00:00:00+08:00",
        }
        for entry in read_toml("knowledge.toml")["article"]
    ]


def template_rows() -> list[dict[str, Any]]:
    """The words of all messages in both languages: a short text, and for those with a title a long one."""
    rows = []
    for key, languages in read_toml("messages.toml").items():
        for language, words in languages.items():
            texts = {"sms": ("", words["sms"])} | ({"rich": (words["title"], words["text"])} if "text" in words else {})
            for channel, (title, body) in texts.items():
                named = {"key": key, "channel": channel, "language": language}
                rows.append({**code_of(named), **named, "title": title, "body": body, "active": True})
    return rows


def calendar_rows(today: date) -> list[dict[str, Any]]:
    """Days that do not follow the week, from last year to the year after next.

    The State Council's announcements as far as the library knows them; later years hold the statutory
    holidays only and are flagged provisional until an administrator confirms them.
    """
    from chinese_calendar import constants  # tables of 3 MB that only seeding needs

    announced_until = max(constants.holidays).year
    rows: list[dict[str, Any]] = []
    for year in range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1):
        if year <= announced_until:
            rows.extend(_announced(year))
        else:
            rows.extend(_expected(year))
    return rows


def _announced(year: int) -> list[dict[str, Any]]:
    import chinese_calendar
    from chinese_calendar import constants

    off = [(day, False, name) for day, name in constants.holidays.items() if day.year == year]
    make_up = [(day, True, f"{name} 调休") for day, name in constants.workdays.items() if day.year == year]
    return [
        {"day": str(day), "working": working, "name": name, "provisional": False}
        for day, working, name in sorted(off + make_up)
        if chinese_calendar.is_workday(day) == working
    ]


def _expected(year: int) -> list[dict[str, Any]]:
    import holidays

    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    return [
        {"day": str(day), "working": False, "name": name, "provisional": True} for day, name in sorted(found.items())
    ]
