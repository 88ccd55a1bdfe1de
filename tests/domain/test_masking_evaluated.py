"""Masking on written examples and on secrets put into any sentence: at least 99 of 100 gone, at most one plain one harmed."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from app.cli import app
from app.cli.base import CommandError
from app.domain.masking import mask_private, mask_text
from app.domain.personal_numbers import plain
from app.services.evaluating.files import ExamplesError, read_examples
from app.services.evaluating.masking import ORDINARY, evaluate_masking

FILE = Path(__file__).parent.parent / "evaluation" / "masking.toml"
EXAMPLES = read_examples(FILE)
PLAIN_WORDS = [example.text for example in EXAMPLES if example.sort == ORDINARY and len(example.text) < 30]


def test_there_are_enough_examples() -> None:
    secrets = [example for example in EXAMPLES if example.sort != ORDINARY]
    assert len(secrets) >= 520
    assert len(EXAMPLES) - len(secrets) >= 400
    assert all(secret in example.text for example in secrets for secret in example.secret)
    assert all(example.secret for example in secrets)
    assert sum(example.held_out for example in EXAMPLES) > len(EXAMPLES) / 5


def test_nearly_every_secret_is_gone_and_nearly_every_ordinary_sentence_stays() -> None:
    figures = evaluate_masking(EXAMPLES)
    assert figures.recall >= 0.99, figures.wrong
    assert figures.over_masked <= 0.01, figures.wrong


def test_what_was_held_out_while_tuning() -> None:
    figures = evaluate_masking(example for example in EXAMPLES if example.held_out)
    assert figures.recall >= 0.98, figures.as_dict()["sorts"]
    assert figures.over_masked <= 0.01


@pytest.mark.parametrize("mask", [mask_text, mask_private])
def test_masking_twice_is_masking_once(mask: object) -> None:
    for example in EXAMPLES:
        once = mask(example.text)  # type: ignore[operator]
        assert mask(once) == once  # type: ignore[operator]


CLEAR = ["13812345678", "138 1234 5678", "一三八一二三四五六七八", "110101199003070038", "京A·12345", "a.b@example.com"]


@given(st.sampled_from(CLEAR), st.sampled_from(PLAIN_WORDS), st.sampled_from(PLAIN_WORDS))
def test_a_secret_in_any_ordinary_words_is_gone_and_the_words_stay(secret: str, before: str, after: str) -> None:
    masked = mask_private(f"{before}，{secret}，{after}")
    assert secret not in masked
    assert masked.startswith(plain(before)[:2])
    assert masked.endswith(plain(after)[-2:])


@given(
    st.sampled_from(["我叫{}，", "联系人：{}。", "村民{}反映，", "我父亲{}住院，", "{}女士，", "老板{}，"]),
    st.sampled_from("王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁宋唐许韩冯邓曹彭"),
    st.sampled_from(["建国", "秀英", "志强", "春梅", "小军", "海燕", "子涵", "丽华"]),
)
def test_a_name_in_its_usual_places_is_gone(place: str, surname: str, given_name: str) -> None:
    for mask in (mask_text, mask_private):
        assert given_name not in mask(place.format(surname + given_name) + "路灯坏了")


HOSTILE = [
    "1 ",
    "1",
    "零",
    "一",
    "a@",
    "3号楼",
    "张",
    "京A 1",
    "a.",
    "微信",
    "王小",
    "86 1",
    "三室",
    "、张三",
    "我叫",
    "买提",
    "138然后",
    "v",
    "(",
    "·阿",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hundred_kilobytes_take_no_time(piece: str) -> None:
    text = piece * (30_000 // len(piece))
    for mask in (mask_text, mask_private):
        started = time.process_time()
        mask(text)
        assert time.process_time() - started < 2, piece


@pytest.mark.parametrize(
    "broken",
    ["", "x = 1", "[[group]]\nsort = 1", '[[group]]\nsort = "a"', '[[group]]\nsort = "a"\nexamples = [1]', "\x00",
     '[[group]]\nsort = "a"\nexamples = [{text = "a", secret = "b"}]'],
)  # fmt: skip
def test_a_broken_file_is_told(broken: str, tmp_path: Path) -> None:
    file = tmp_path / "examples.toml"
    file.write_text(broken, "utf-8")
    with pytest.raises(ExamplesError):
        read_examples(file)


def command(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["masking", *arguments], input=given)


def test_a_city_tries_its_own_texts() -> None:
    done = command("check", "-", "--json", given="我叫张建国\n路灯坏了\n电话13812345678".encode())
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"lines": 3, "changed": 2})
    assert command("check", "-", given="电话13812345678[/b]".encode()).exit_code == 0
    for broken in (command("check", "-", given=b"\xff\xfe"), command("check", "/nowhere")):
        assert isinstance(broken.exception, CommandError)


def test_a_city_measures_with_its_own_examples(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[group]]\nsort = "name"\nexamples = [{ text = "我叫张建国。", secret = ["张建国"] }]', "utf-8")
    done = command("evaluate", str(file), "--json")
    assert (done.exit_code, json.loads(done.stdout)["recall"]) == (0, 1.0)
    assert isinstance(command("evaluate", str(tmp_path / "none.toml")).exception, CommandError)
