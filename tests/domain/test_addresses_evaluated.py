"""Written addresses of the demo city lead to their village, and doubtful ones to a question."""

from pathlib import Path

from app.services.gazetteer.evaluation import judge, read_cases, summary
from support.gazetteer import demo_gazetteer, demo_rows

CASES = tuple(read_cases(Path(__file__).resolve().parents[1] / "evaluation" / "addresses.csv"))


def test_most_written_addresses_are_understood() -> None:
    verdicts = [judge(demo_gazetteer(), case) for case in CASES]
    found = summary(verdicts)
    wrong = [(verdict.case.address, verdict.case.text) for verdict in verdicts if verdict.outcome != "right"]
    assert found["accuracy"] >= 0.97, wrong
    assert found["held_out_accuracy"] >= 0.97, wrong
    assert found["asked_rightly"] >= 0.95 * found["to_be_asked"], wrong
    assert found["guessed"] + found["wrong"] <= 0.01 * len(CASES), wrong


def test_the_set_is_large_mixed_and_about_areas_that_exist() -> None:
    codes = {area.code for area in demo_rows()[0]}
    assert len(CASES) >= 800
    assert len({(case.address, case.text) for case in CASES}) == len(CASES)
    assert {word for case in CASES for word in case.expected.split()} <= codes | {"ask", "none"}
    assert sum(case.expected.startswith("ask") for case in CASES) >= 50
    assert sum(case.expected == "none" for case in CASES) >= 40
    assert sum(case.held_out for case in CASES) * 3 >= len(CASES) - 3


def test_a_sure_answer_is_a_right_one() -> None:
    verdicts = [judge(demo_gazetteer(), case) for case in CASES]
    sure = [verdict for verdict in verdicts if verdict.match.confidence >= 0.8 and not verdict.match.alternatives]
    assert sum(verdict.outcome == "right" for verdict in sure) >= 0.99 * len(sure)
    assert len(sure) > 400
