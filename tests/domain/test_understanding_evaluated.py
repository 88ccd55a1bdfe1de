"""Danger is seen in 98 of 100 ways to say it, three in a hundred alarms at most are false; kinds are mostly right."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.domain.catalogue import RequestKind
from app.domain.understanding import suggest_kind, suggest_urgency
from app.services.evaluating.files import Example, ExamplesError, read_examples
from app.services.evaluating.understanding import DANGER, MILD, evaluate_danger, evaluate_kind

FOLDER = Path(__file__).parent.parent / "evaluation"
DANGERS = read_examples(FOLDER / "danger.toml")
KINDS = read_examples(FOLDER / "kind.toml")


def test_there_are_enough_examples() -> None:
    assert sum(example.sort == DANGER for example in DANGERS) >= 180
    assert sum(example.sort == MILD for example in DANGERS) >= 180
    assert sum(example.held_out for example in DANGERS) >= 120
    assert len(KINDS) >= 150
    assert {example.sort for example in KINDS} == set(RequestKind)
    assert len({example.text for example in DANGERS}) == len(DANGERS)


def test_danger_is_seen_and_alarms_are_seldom_false() -> None:
    figures = evaluate_danger(DANGERS)
    assert figures.recall >= 0.98, figures.wrong
    assert figures.false_alarms <= 0.03, figures.wrong


def test_danger_as_it_was_held_out() -> None:
    figures = evaluate_danger(example for example in DANGERS if example.held_out)
    assert figures.recall >= 0.98, figures.recall
    assert figures.false_alarms <= 0.07, figures.false_alarms


@pytest.mark.parametrize("held_out", [True, False])
def test_most_kinds_are_suggested_as_a_person_would(held_out: bool) -> None:
    figures = evaluate_kind(example for example in KINDS if example.held_out is held_out)
    assert figures.accuracy >= 0.88, figures.wrong


def test_no_example_makes_the_machine_set_report() -> None:
    assert all(suggest_kind(example.text, None).kind is not RequestKind.REPORT for example in (*KINDS, *DANGERS))


@pytest.mark.parametrize("calm", ["今天天气很好，请问社保怎么交。", "路灯坏了三天没人修，"])
def test_danger_among_other_words_is_seen(calm: str) -> None:
    for example in DANGERS:
        if example.sort == DANGER and suggest_urgency(example.text, None).advice:
            assert suggest_urgency(f"{calm.rstrip('，。')}。{example.text}。", None).advice, example.text


@pytest.mark.parametrize("piece", ["孩子", "有人", "电梯", "煤气", "吃了", "水", "他打", "老人没", "。着", "锁车"])
def test_the_longest_message_is_read_in_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        suggest_urgency(text, None)
        return time.process_time() - started

    seconds(5_000)
    assert seconds(40_000) < 12 * seconds(5_000) + 0.5, piece


def test_a_wrong_sort_is_told() -> None:
    with pytest.raises(ExamplesError, match="neither"):
        evaluate_danger([Example("着火了", "fire", held_out=False)])


def test_a_city_measures_with_its_own_examples(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[group]]\nsort = "danger"\nexamples = ["着火了", "一切都好"]\n', "utf-8")
    done = CliRunner().invoke(app, ["danger", "evaluate", str(file), "--json"])
    assert done.exit_code == 0
    outcome = json.loads(done.stdout)
    assert (outcome["recall"], outcome["dangers"]) == (0.5, 2)
    assert [line["text"] for line in outcome["wrong"]] == ["一切都好"]
