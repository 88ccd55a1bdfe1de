"""The rules of delivery: what an answer means, and how long to wait."""

from datetime import UTC, datetime

import pytest

from app.domain.delivery import FIRST_PAUSE, LONGEST_ASKED, LONGEST_PAUSE, Verdict, asked_pause, excerpt, judge, pause

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (None, "failed"), (100, "failed"), (200, "delivered"), (204, "delivered"), (299, "delivered"),
        (301, "failed"), (307, "failed"), (400, "refused"), (401, "refused"), (404, "refused"), (408, "failed"),
        (410, "gone"), (422, "refused"), (425, "failed"), (429, "failed"), (500, "failed"), (503, "failed"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int | None, verdict: str) -> None:
    assert judge(status) is Verdict(verdict)


def test_pauses_grow_from_seconds_to_an_hour_and_spread() -> None:
    calm = [pause(n, 0.0) for n in range(1, 30)]
    assert calm[:4] == [FIRST_PAUSE, 10.0, 20.0, 40.0]
    assert calm == sorted(calm)
    assert calm[-1] == LONGEST_PAUSE
    assert FIRST_PAUSE < pause(1, 0.5) < pause(1, 1.0) < 2 * FIRST_PAUSE
    assert pause(30000, 1.0) == LONGEST_PAUSE
    assert pause(1, 0.0, asked=7200) == 7200
    assert pause(1, 0.0, asked=1e12) == LONGEST_ASKED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), ("Sat, 21 Nov 2026 08:01:00 GMT", 60.0), ("Sat, 21 Nov 2026 07:00:00 GMT", 0.0),
        ("soon", 0.0), ("", 0.0), ("-5", 0.0), ("1.5", 0.0), ("٣", 0.0), ("9" * 40, 999_999_999.0),
    ],
)  # fmt: skip
def test_what_a_receiver_asks_for(value: str, seconds: float) -> None:
    assert asked_pause({"retry-after": value}, NOW) == seconds
    assert asked_pause({}, NOW) == 0.0


def test_an_excerpt_can_be_stored() -> None:
    assert excerpt("a\x00" * 600) == "a\ufffd" * 250
