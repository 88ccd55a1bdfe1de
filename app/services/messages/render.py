"""Puts values into a message's words at the moment it is sent: what it says is true then, and holds no personal data.

In matters that are secret or anonymous, category and place give way to a word that tells nothing.
"""

from datetime import date, datetime

from app.core.database import Row
from app.domain import words
from app.domain.messages import Language
from app.domain.placeholders import fill
from app.services.installation import Installation
from app.services.reference import Reference
from app.settings import Settings

_ZH = Language.ZH
CLOCKS = {
    "accept": ("签收", "acceptance"),
    "contact": ("联系诉求人", "first contact"),
    "resolve": ("办结", "the result"),
    "dispatch": ("派单", "dispatch"),
}
URGENCIES = {name: (chinese, name) for name, chinese in words.URGENCIES.items()}
WITHHELD = ("（保密）", "(confidential)")
UNKNOWN = ("未定", "not known")
THE_HOTLINE = ("12345热线", "the hotline")
MORE = ("另有{n}条动态，请登录查看。", " There are {n} further updates.")
EXAMPLE_FACTS = {
    "ticket_no": "20261123000128",
    "order_no": "20261123000128-1",
    "unit": ("综合行政执法局", "Urban Management"),
    "category": ("路灯照明", "Street lamps"),
    "area": ("东河街道 清河社区", "Donghe, Qinghe"),
    "urgency": URGENCIES["normal"],
    "clock": CLOCKS["resolve"],
    "due": ("11月30日17:30", "30 Nov 17:30"),
    "review_on": ("12月20日", "20 Dec"),
    "cluster": "17",
    "callers": "8",
    "requests": "11",
    "more": ("", ""),
}


def text_of(row: Row, here: Installation) -> tuple[str, str]:
    """Title and body of a claimed message; raises PlaceholderError for words that nobody could have saved."""
    values = values_of(row, here.reference.now, here.settings)
    return fill(row["words_title"], values), fill(row["words_body"], values)


def values_of(row: Row, reference: Reference, settings: Settings) -> dict[str, str]:
    """Every placeholder's value in the language of the words."""
    language, facts = Language(row["language"]), row["facts"]
    say = 0 if language is _ZH else 1
    unit = reference.units.get(facts.get("unit_code") or "")
    path = reference.names.category_path(row["category_code"])
    joined = row["joined"] - 1
    return {
        "city": settings.city_name,
        "ticket_no": row["ticket_no"],
        "order_no": facts.get("order_no") or row["ticket_no"],
        "unit": unit.name if unit else THE_HOTLINE[say],
        "category": WITHHELD[say] if row["secret"] else (path[-1] if path else UNKNOWN[say]),
        "area": WITHHELD[say] if row["secret"] else (reference.names.area(row["area_code"]) or UNKNOWN[say]),
        "urgency": URGENCIES[row["urgency"]][say],
        "clock": CLOCKS.get(facts.get("clock", ""), UNKNOWN)[say],
        "due": _instant(facts.get("due_at") or row["resolve_due_at"], language, settings),
        "review_on": _day(facts.get("review_on"), language),
        **{name: str(facts.get(name, "")) for name in ("cluster", "callers", "requests")},
        "more": MORE[say].format(n=joined) if joined > 0 else "",
    }


def example_values(language: Language, settings: Settings) -> dict[str, str]:
    """Values to look at words with, before anybody gets them."""
    say = 0 if language is _ZH else 1
    shown = {name: value if isinstance(value, str) else value[say] for name, value in EXAMPLE_FACTS.items()}
    return {"city": settings.city_name, **shown}


def _instant(value: str | datetime | None, language: Language, settings: Settings) -> str:
    """`11月30日17:30` in the city's zone."""
    if value is None:
        return UNKNOWN[0 if language is _ZH else 1]
    local = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(settings.zone)
    return _day(local.date().isoformat(), language) + (f"{local:%H:%M}" if language is _ZH else f" {local:%H:%M}")


def _day(value: str | None, language: Language) -> str:
    if value is None:
        return UNKNOWN[0 if language is _ZH else 1]
    day = date.fromisoformat(value)
    return f"{day.month}月{day.day}日" if language is _ZH else f"{day.day} {day:%b}"
