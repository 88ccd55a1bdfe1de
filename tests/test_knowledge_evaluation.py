"""How well citizens' questions are answered out of the knowledge base that ships with the product."""

import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for

from app.services.installation import Installation, open_installation
from app.services.knowledge.answers import find_answers

QUESTIONS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "evaluation" / "knowledge.toml").read_text(encoding="utf-8")
)
WANTED = (0.85, 0.95, 0.8)
"""Of the questions: article first, article among three, right sentence."""


@dataclass
class Tally:
    """How many of the questions were answered how well; `faults` say what came instead."""

    asked: int = 0
    first: int = 0
    among_three: int = 0
    sentence: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, question: str, title: str, words: str, found: list[dict[str, Any]]) -> None:
        titles = [answer["source"]["title"] for answer in found]
        self.asked += 1
        self.first += titles[:1] == [title]
        self.among_three += title in titles
        said = next((answer["answer"] for answer in found if answer["source"]["title"] == title), "")
        self.sentence += words in said
        if titles[:1] != [title]:
            self.faults.append(f"{question} → {titles}")
        elif words not in said:
            self.faults.append(f"{question} → {said}")


@pytest.fixture(scope="module")
async def here(database_copy: str, workspace: Path) -> AsyncIterator[Installation]:
    async with open_installation(database_copy, settings_for(database_copy, workspace)) as running:
        yield running


@pytest.mark.parametrize("part", ["tuned", "held_out"])
async def test_questions_find_their_article_and_its_sentence(here: Installation, part: str) -> None:
    tally = Tally()
    for question, title, words in QUESTIONS[part]:
        tally.add(question, title, words, await find_answers(here, question))
    figures = (tally.first / tally.asked, tally.among_three / tally.asked, tally.sentence / tally.asked)
    assert all(reached >= wanted for reached, wanted in zip(figures, WANTED, strict=True)), (figures, tally.faults)


async def test_letters_find_what_they_spell(here: Installation) -> None:
    for letters, title in QUESTIONS["letters"]:
        found = [answer["source"]["title"] for answer in await find_answers(here, letters)]
        assert title in found, (letters, found)


async def test_nothing_is_offered_for_what_the_base_does_not_know(here: Installation) -> None:
    for question in QUESTIONS["nothing"]:
        assert await find_answers(here, question) == [], question


async def test_a_third_is_held_out() -> None:
    tuned, held_out = len(QUESTIONS["tuned"]), len(QUESTIONS["held_out"])
    assert tuned + held_out >= 120
    assert held_out >= (tuned + held_out) / 3
