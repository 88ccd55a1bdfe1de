"""A rule finds what its pattern finds, nothing less: what is ruled out too early is a danger that nobody hears of."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.understanding.danger_words import DANGERS, IDIOMS, URGENT
from app.domain.understanding.kind_words import CLOSING, HOW_TO_REPORT, KIND_CUES, OFFICE_GRAFT, REPORT_WORDS
from app.domain.understanding.rules import Rule, rule
from app.domain.understanding.sieve import PairTable, Sieve
from support.taxonomy import corpus

PATTERNS = (
    "停水",
    "[？?]",
    "停[水电]|断[水电气]",
    "(?<!不)(?:停|断)(?:了)?水",
    "(?:煤|燃)气[^。]{0,3}?(?:漏|炸)",
    "(?:水|电)+断(?=了|$)",
    "(?:不想|没法)再?活|活(?:腻|累)了",
    "[^。]{0,3}(?:漏|炸)了",
    "水{2,3}$|(?:的|)气断",
    "(?:水电?){1,2}了",
    "(?i:a)b|停",
    "[不-丟]水|[^水]断",
)
EVERY_RULE = (
    *(danger.rule for danger in DANGERS),
    *(cue for cues in KIND_CUES.values() for _, cue in cues),
    URGENT,
    IDIOMS,
    CLOSING,
    HOW_TO_REPORT,
    OFFICE_GRAFT,
    REPORT_WORDS,
)
_texts = st.text(st.sampled_from("停断水电气煤燃漏炸了不没想法再活腻。？?aAb的"), max_size=30)


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4), _texts)
def test_a_rule_finds_what_its_patterns_find(patterns: list[str], text: str) -> None:
    made = rule(*patterns)
    expected = [match.span() for match in re.finditer("|".join(patterns), text)]
    assert [match.span() for match in made.pattern.finditer(text)] == expected
    assert made.may_find(text) or not expected


@pytest.mark.parametrize("made", EVERY_RULE, ids=lambda made: made.pattern.pattern[:20])
def test_whatever_a_rule_finds_holds_one_of_its_signs(made: Rule) -> None:
    @settings(max_examples=60)
    @given(st.from_regex(made.pattern))
    def check(text: str) -> None:
        found = made.pattern.search(text)
        assert found
        assert any(sign in found[0] for sign in made.signs), found[0]

    check()


@pytest.mark.parametrize("pattern", ["水?", "[^水]", r"\w+", "水|.", "(?i)ab", "", "(?=水)"])
def test_what_may_be_found_anywhere_is_no_rule(pattern: str) -> None:
    with pytest.raises(ValueError, match="rules"):
        rule(pattern)


@given(st.lists(_texts | st.text(), max_size=5).map("".join))
def test_a_sieve_lets_through_what_the_rules_let_through(text: str) -> None:
    rules = [rule(pattern) for pattern in PATTERNS]
    sifted = Sieve(rules).sift(text)
    assert list(sifted) == [number for number, made in enumerate(rules) if made.may_find(text)]
    for number, signs in sifted.items():
        assert signs == {sign for sign in rules[number].signs if sign in text}


@given(st.lists(st.text(min_size=2, max_size=2)), st.lists(_texts | st.text(), max_size=8).map("".join))
def test_a_table_finds_every_pair_and_nothing_else(pairs: list[str], text: str) -> None:
    text += "".join(pairs)
    expected = [place for place in range(len(text) - 1) if text[place : place + 2] in pairs]
    assert PairTable(pairs).positions(text) == expected


def test_of_all_rules_few_are_tried_on_a_message() -> None:
    """What it costs to read a message: a sign that stands in every other text rules nothing out."""
    texts = [text for messages in corpus().values() for text in messages]
    sieve = Sieve(EVERY_RULE)
    tried = sum(len(sieve.sift(text)) for text in texts)
    assert tried < len(texts) * len(EVERY_RULE) / 7
