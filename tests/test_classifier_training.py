"""Training: the same material gives the same model, labels of people count, and what is no model is refused."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from app.cli import app as command_line
from app.cli.base import CommandError
from app.core.clock import now
from app.domain.understanding import TrainedClassifier
from app.services.classifier.building import fingerprint
from app.services.classifier.evaluation import Answers, figures, made_honest
from app.services.classifier.jobs import Material, measure, measure_in_parts, train
from app.services.classifier.labels import REAL_WEIGHT, corrected_samples, read_groups, read_labels
from app.services.classifier.model_file import NAME, ModelError, read_model, write_model
from app.services.classifier.samples import Sample, own_samples, read_corpus, written
from app.services.intake.tables import FileError
from support.api import Api
from support.classifier import delivered_categories, delivered_model, first_levels

PART = first_levels("13", "19")
GROUPS = {code: "医保" if code.startswith("13") else "军人" for code, one in PART.items() if one.parent_code}


def quiet(_: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def small() -> Any:
    return train(Material(PART), quiet)


def test_the_delivered_model_was_trained_on_what_is_delivered() -> None:
    """Else: `hotline classify train --delivered`."""
    samples = list(own_samples(delivered_categories(), read_corpus(), {}))
    assert delivered_model().about["fingerprint"] == fingerprint(samples)
    assert delivered_model().about["samples"] == len(samples)
    assert not TrainedClassifier(delivered_model(), delivered_categories()).untrained


def test_the_delivered_model_keeps_its_figures() -> None:
    """On messages of our own that it had not learnt, a little under what was measured."""
    unseen = delivered_model().about["unseen"]
    assert unseen["top1"] >= 0.56
    assert unseen["top3"] >= 0.70
    assert unseen["ece"] <= 0.05


def test_the_same_material_gives_the_same_model(small: Any) -> None:
    again = train(Material(PART), quiet)
    assert again.about == small.about
    for name in ("buckets", "heads", "weights", "intercepts", "paths", "knots", "worth_of_knots"):
        assert np.array_equal(getattr(again, name), getattr(small, name)), name


def test_a_model_is_read_as_it_was_written(small: Any, tmp_path: Path) -> None:
    write_model(tmp_path / NAME, small)
    text = "医保卡里的钱怎么给父母用"
    first, second = (
        TrainedClassifier(model, PART.values()).classify(text) for model in (small, read_model(tmp_path / NAME))
    )
    assert first.best is not None
    assert second.best is not None
    assert first.best.category_code == second.best.category_code
    assert first.best.confidence == pytest.approx(second.best.confidence, abs=0.02)


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_what_is_no_model_is_refused_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    with pytest.raises(ModelError, match="holds no classifier"):
        read_model(path)


def changed(path: Path, **parts: Any) -> None:
    """The file with some parts put in place of its own."""
    with np.load(path) as file:
        np.savez(path, **{**{name: file[name] for name in file.files}, **parts})


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("weights", lambda part: np.full_like(part, np.nan)),
        ("weights", lambda part: part[:, :-1]),
        ("weights", lambda part: part.astype(str)),
        ("rarity", lambda part: part[1:]),
        ("heads", lambda part: part + np.uint16(60_000)),
        ("paths", lambda part: part - 1),
        ("paths", lambda part: part + 10_000),
        ("paths", lambda part: part.ravel()),
        ("intercepts", lambda part: np.full_like(part, np.inf)),
        ("levels", lambda part: part[1:]),
        ("categories", lambda part: part[1:]),
        ("buckets", lambda part: part[::-1]),
        ("buckets", lambda part: part + np.uint32(2**21)),
        ("buckets", lambda part: part.astype(float)),
        ("knots", lambda part: part[:1]),
        ("knots", lambda part: part[:, ::-1]),
        ("scalars", lambda part: part * 0),
        ("scalars", lambda part: part[0]),
        ("about", lambda part: np.frombuffer(b"[]", np.uint8)),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(small: Any, tmp_path: Path, name: str, spoil: Any) -> None:
    path = tmp_path / NAME
    write_model(path, small)
    with np.load(path) as file:
        part = file[name]
    changed(path, **{name: spoil(part)})
    with pytest.raises(ModelError):
        read_model(path)


def test_two_trainings_write_two_files_and_leave_nothing_behind(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / NAME, list[str]()
    save = np.savez_compressed

    def watched(file: Any, **parts: Any) -> None:
        seen.append(file.name)
        save(file, **parts)

    monkeypatch.setattr(np, "savez_compressed", watched)
    write_model(path, small)
    write_model(path, small)
    assert len(set(seen)) == 2

    def full(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        write_model(path, small)
    assert [one.name for one in tmp_path.iterdir()] == [NAME]
    assert read_model(path).about == small.about


def test_too_few_categories_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        train(Material({}), quiet)


def test_labels_of_people_teach_a_city_its_own_words() -> None:
    """A word of the town that no corpus knows: after a few corrections it is understood."""
    text = "小红本今年换新的，旧的还能用不"
    taught = [written(f"{text}{n}号窗口", "1305", weight=REAL_WEIGHT, real=True) for n in "一二三四五六"]
    before = TrainedClassifier(train(Material(PART), quiet), PART.values()).classify(text).best
    after = TrainedClassifier(train(Material(PART, taught), quiet), PART.values()).classify(text).best
    assert after is not None
    assert after.category_code == "1305"
    assert before is None or before.category_code != "1305" or before.confidence < after.confidence


def test_coarser_classes_of_a_city_are_learnt_and_measured(small: Any) -> None:
    corpus = read_corpus()
    labels = [
        written(text, None, group=GROUPS[code], weight=REAL_WEIGHT, real=True)
        for code in ("1302", "1303", "1901", "1902")
        for text in corpus[code][:6]
    ]
    material = Material(PART, labels, GROUPS)
    found = measure_in_parts(material, 3, quiet)
    assert found["messages"] == len(labels)
    assert found["macro_f1"] > 0.8
    assert set(found["f1"]) == {"医保", "军人"}
    assert measure(small, material, quiet)["speed"]["median_ms"] > 0


def test_figures_are_counted_rightly() -> None:
    """Four answers, three right; the wrong one is the surest of the wrong and the only confusion."""
    answers = Answers(("a", "b"), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]]), np.array([0, 1, 0, 1]))
    samples = [Sample(f"title {n}", "text", None) for n in range(4)]
    found = figures(answers, samples)
    assert found["top1"] == 0.75
    assert found["top3"] == 1.0
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4)
    assert found["confusions"] == [{"is": "b", "said": "a", "messages": 1}]
    assert found["worst"] == [{"title": "title 3", "is": "b", "said": "a", "confidence": 0.6}]
    assert found["ece"] == pytest.approx((0.1 + 0.2 + 0.3 + 0.6) / 4)
    honest = made_honest(answers, np.array([0, 0, 1, 1]))
    assert np.array_equal(honest.best, answers.best)


def test_a_mapping_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("label,category_prefix\n医保,13\n医保,十三\n", encoding="utf-8")
    with pytest.raises(FileError, match="line 3"):
        read_groups(path, PART.values())
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(FileError, match="needs the columns"):
        read_groups(path, PART.values())
    path.write_text("label,category_prefix\n医保,13\n异地,1303\n", encoding="utf-8")
    groups = read_groups(path, PART.values())
    assert (groups["1302"], groups["1303"], groups.get("1901")) == ("医保", "异地", None)


def test_labels_that_nobody_knows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("title", "text", "label"), ("标题", "异地就医怎么备案", "1303"), ("", "内容", "不存在")]
        )
    with pytest.raises(FileError, match="'不存在' \\(1\\)"):
        read_labels(path, {"category_code": "label"}, PART, {})


async def test_corrections_of_the_city_are_learnt_but_no_secrets(api: Api) -> None:
    open_one, secret = await api.file(), await api.file(confidential=True)
    for filed in (open_one, secret):
        await api.step("dispatcher", f"requests/{filed['ticket_no']}/classify", category_code="0201")
    async with api.here.database.connection() as connection:
        samples = await corrected_samples(connection, now() + timedelta(days=365))
    assert [(sample.category, sample.real) for sample in samples] == [("0201", True)]
    assert samples[0].weight == pytest.approx(REAL_WEIGHT / 2, rel=0.01)


async def test_a_running_service_takes_up_a_new_model_and_outlives_a_broken_one(api: Api, small: Any) -> None:
    path = api.here.settings.data_dir / NAME
    try:
        write_model(path, small)
        await api.here.reference.refresh()
        assert api.here.reference.now.classifier.model.about == small.about
        assert "0203" in api.here.reference.now.classifier.untrained
        assert (await api.file(category_code=None))["ticket_no"]
        path.write_bytes(b"half a mod")
        await api.here.reference.refresh()  # the log tells; the delivered one answers
        assert api.here.reference.now.classifier.model.about == delivered_model().about
        assert (await api.file(category_code=None))["ticket_no"]
    finally:
        path.unlink()
    await api.here.reference.refresh()
    assert api.here.reference.now.classifier.model.about == delivered_model().about


def test_anybody_can_measure_with_a_file_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rows = [
        ("异地就医怎么备案才能直接结算", "1303"),
        ("退伍军人优待证什么时候能办下来", "1903"),
        ("门口路灯坏了", "0203"),
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    shell = CliRunner()
    done = shell.invoke(command_line, ["classify", "evaluate", str(path), "--delivered", "--json"])
    assert done.exit_code == 0, done.exception
    found = orjson.loads(done.stdout.splitlines()[-1])
    assert (found["messages"], found["top1"]) == (3, 1.0)
    assert shell.invoke(command_line, ["classify", "evaluate", str(path), "--delivered"]).exit_code == 0
    for wrong in (["--folds", "1"], ["--label", "nothing"], ["--model", str(path)]):
        refused = shell.invoke(command_line, ["classify", "evaluate", str(path), "--delivered", *wrong])
        assert isinstance(refused.exception, CommandError), wrong
