"""The table of notices and the rules around it: placeholders, quiet hours, pauses."""

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.events import EventKind
from app.domain.messages import Audience, parse_quiet_hours, pause_after
from app.domain.notices import NEWS, NOTICES, PLACEHOLDERS, notices_for, units_told
from app.domain.placeholders import PlaceholderError, fill, names_in
from app.services.clusters.tell import KIND as CLUSTER_GREW

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = tomllib.loads((Path(__file__).parents[2] / "app/data/messages.toml").read_text(encoding="utf-8"))
PERSONAL = {"name", "phone", "address", "text", "title", "requester", "code", "query_code", "id_number"}


def test_every_rule_is_about_an_event_and_has_words() -> None:
    # What a cluster does is no event of one request.
    assert {notice.kind for notice in NOTICES} <= {kind.value for kind in EventKind} | {CLUSTER_GREW}
    assert WORDS.keys() == PLACEHOLDERS.keys()
    assert len({(notice.kind, notice.audience) for notice in NOTICES}) == len(NOTICES)
    for notice in NOTICES:
        assert notice.template.startswith(notice.audience.value)


@pytest.mark.parametrize("key", WORDS)
def test_shipped_words_use_what_is_allowed_and_fit(key: str) -> None:
    for language in ("zh", "en"):
        words = WORDS[key][language]
        assert ("title" in words, "text" in words) == (not key.startswith("citizen."),) * 2
        for text in words.values():
            assert set(names_in(text)) <= set(PLACEHOLDERS[key]), (key, text)
        assert bool(re.search("[一-鿿]", words["sms"])) is (language == "zh")
    assert len(WORDS[key]["zh"]["sms"]) <= 70
    assert any(name in WORDS[key]["zh"]["sms"] for name in ("{ticket_no", "{order_no", "{cluster"))


def test_no_placeholder_is_personal() -> None:
    assert not PERSONAL & {name for names in PLACEHOLDERS.values() for name in names}
    assert set(PLACEHOLDERS[NEWS]) == {"city", "ticket_no"}


@pytest.mark.parametrize("text", ["{", "}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{}", "{0}", "{a b}", "{{a}"])
def test_a_placeholder_is_a_name_and_nothing_else(text: str) -> None:
    with pytest.raises(PlaceholderError):
        fill(text, {"a": "1"})


def test_filling() -> None:
    assert fill("{{x}} {a}{b}，{a}。", {"a": "{b}", "b": ""}) == "{x} {b}，{b}。"


def test_only_a_dissatisfied_citizen_without_a_further_round_is_the_supervisors() -> None:
    def told(redone: bool, **payload: object) -> list[str]:
        return [notice.template for notice in notices_for("request.rated", payload, redone=redone)]

    assert told(False, satisfaction=2) == ["supervisor.dissatisfied"]
    assert (
        told(True, satisfaction=2) == told(False, satisfaction=3) == told(False) == told(False, satisfaction="1") == []
    )
    assert notices_for("no.such_event", {}, redone=False) == []


def test_who_is_named_is_told() -> None:
    (asked,) = notices_for("assist.asked", {}, redone=False)
    (sent,) = (n for n in notices_for("request.dispatched", {}, redone=False) if n.audience is Audience.UNIT)
    assert units_told(asked, "lead", {"unit_code": "helper"}) == ["helper"]
    assert units_told(asked, "lead", {"unit_codes": ["a", "b"]}) == ["a", "b"]
    assert units_told(asked, "lead", {}) == units_told(sent, "lead", {"unit_code": "other"}) == ["lead"]
    assert units_told(sent, None, {}) == []


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        ("21:30-08:00", "21:29", False),
        ("21:30-08:00", "21:30", True),
        ("21:30-08:00", "00:00", True),
        ("21:30-08:00", "07:59", True),
        ("21:30-08:00", "08:00", False),
        ("12:00-14:00", "13:00", True),
        ("12:00-14:00", "14:00", False),
    ],
)
def test_quiet_hours(hours: str, clock: str, quiet: bool) -> None:
    parsed = parse_quiet_hours(hours, SHANGHAI)
    instant = datetime.fromisoformat(f"2026-11-23T{clock}:00").replace(tzinfo=SHANGHAI)
    assert parsed is not None
    assert parsed.holds(instant.astimezone(ZoneInfo("UTC"))) is quiet


@pytest.mark.parametrize("text", ["21:30", "25:00-08:00", "08:00-08:00", "a-b", "21:30+08:00-08:00", "-"])
def test_wrong_quiet_hours(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        parse_quiet_hours(text, SHANGHAI)


def test_pauses_grow_to_an_hour() -> None:
    minutes = [pause_after(attempts) / timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
