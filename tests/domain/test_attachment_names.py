"""What a file may be called, whatever its sender called it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attachments import ALLOWED, JPEG, MAX_NAME, OGG, PDF, clean_name, hidden_name, number_of


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("路灯.jpg", "路灯.jpg"),
        ("路灯.JPEG", "路灯.jpeg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("a\x00b.jpg", "ab.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ("发票\u202egpj.exe", "发票gpj.jpg"),
        ("\u2067hidden\u2069.jpg", "hidden.jpg"),
        ("con.jpg", "_con.jpg"),
        ("LPT1", "_LPT1.jpg"),
        ("", "附件.jpg"),
        ("...", "附件.jpg"),
        (".jpg", "jpg.jpg"),
        (" . .. ", "附件.jpg"),
        ("letter.pdf", "letter.jpg"),
        ("photo.php", "photo.jpg"),
        ("v3.5", "v3.5.jpg"),
        ('a"b<c>?.jpg', "a_b_c__.jpg"),
        ("\ud800x.jpg", "x.jpg"),
        ("长" * 300 + ".jpg", "长" * (MAX_NAME - 4) + ".jpg"),
    ],
)
def test_a_name_is_made_safe(claimed: str, name: str) -> None:
    assert clean_name(claimed, JPEG) == name


def test_a_type_with_several_endings_keeps_its_own() -> None:
    assert clean_name("say.opus", OGG) == "say.opus"
    assert clean_name("say.mp3", OGG) == "say.ogg"
    assert clean_name("letter", PDF) == "letter.pdf"


@given(st.text(max_size=400), st.sampled_from(list(ALLOWED.values())))
def test_any_name_becomes_a_safe_one_that_stays_as_it_is(claimed: str, file_type: object) -> None:
    name = clean_name(claimed, file_type)
    assert 0 < len(name) <= MAX_NAME
    assert not any(unicodedata.category(sign)[0] == "C" or sign in '/\\<>:"|?*' for sign in name)
    assert name.rpartition(".")[2] in file_type.endings
    assert name[0] not in ". "
    assert clean_name(name, file_type) == name


def test_numbers_and_hidden_names() -> None:
    assert hidden_name(number_of("20261123000128-F12")) == "附件12"
