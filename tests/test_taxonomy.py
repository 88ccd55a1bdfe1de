"""The delivered categories are read by hand and by officials: nothing missing, nothing twice, borders that lead somewhere."""

import re
from collections import Counter

from app.domain.catalogue import RequestKind, UnitKind, Urgency
from app.services.seeding.catalogue import category_rows
from support.taxonomy import bare, first_levels, second_levels

CODE = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def test_there_are_as_many_levels_as_were_asked_for() -> None:
    assert 25 <= len(first_levels()) <= 30
    assert len(second_levels()) >= 250
    assert len(second_levels()) == sum(len(top["category"]) for top in first_levels())
    names = Counter(entry["name"] for entry in second_levels().values())
    assert [name for name, times in names.items() if times > 1] == []


def test_every_category_says_what_it_is_and_who_usually_answers() -> None:
    for top in first_levels():
        assert top["definition"]
        assert UnitKind(top["unit_kind"])
        for entry in top["category"]:
            assert entry["code"].startswith(top["code"]), entry["code"]
            assert 8 <= len(entry["definition"]) <= 60, entry["code"]
            assert 15 <= len(entry["includes"]) <= 60, entry["code"]
            assert 8 <= len(entry["excludes"]) <= 120, entry["code"]
            UnitKind(entry.get("unit_kind", top["unit_kind"]))
            RequestKind(entry["usual_kind"])
            Urgency(entry["usual_urgency"])


def test_no_machine_sets_a_report_by_itself() -> None:
    assert [code for code, entry in second_levels().items() if entry["usual_kind"] == "report"] == []


def test_what_goes_elsewhere_is_named_by_code_and_name() -> None:
    categories = second_levels()
    for code, entry in categories.items():
        others = [other for other in CODE.findall(entry["excludes"]) if other != "12345"]
        assert others, code
        assert code not in others, code
        for other in others:
            assert f"{other}{categories[other]['name']}" in entry["excludes"], (code, other)


def test_borders_stand_in_the_notes_and_not_in_the_definition() -> None:
    for code, entry in second_levels().items():
        assert not re.search(r"；[^；]*归", entry["definition"]), code
        for text in (entry["definition"], entry["includes"], entry["excludes"]):
            assert text == text.strip(" ；。，"), code
            assert '"' not in text, code


def test_what_falls_under_it_says_more_than_the_definition() -> None:
    for code, entry in second_levels().items():
        said, more = (bare(entry[name]) for name in ("definition", "includes"))
        pairs = {more[start : start + 2] for start in range(len(more) - 1)}
        assert sum(pair in said for pair in pairs) <= 0.7 * len(pairs), code


def test_words_of_a_category_stand_once() -> None:
    for code, entry in second_levels().items():
        assert 3 <= len(entry["synonyms"]) <= 8, code
        words = [entry["name"], *entry["keywords"], *entry["synonyms"]]
        assert len(words) - len(set(words)) <= (entry["name"] in entry["keywords"]), code
        assert all(2 <= len(word) <= 12 for word in entry["synonyms"]), code


def test_seeding_brings_notes_and_synonyms_into_the_catalogue() -> None:
    rows = {row["code"]: row for row in category_rows()}
    for code, entry in second_levels().items():
        row = rows[code]
        assert (row["includes"], row["excludes"]) == (entry["includes"], entry["excludes"])
        assert row["keywords"] == entry["keywords"] + entry["synonyms"]
        assert row["unit_kind"] is not None
