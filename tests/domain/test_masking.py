"""What is hidden from whom, and that a text stays readable."""

import pytest

from app.domain.masking import mask_address, mask_id_number, mask_name, mask_phone, mask_private, mask_text


@pytest.mark.parametrize(
    "secret",
    [
        "13812345678", "138-1234-5678", "138.1234.5678", "13 812 345 678", "+86 138 1234 5678", "008613812345678",
        "一三八一二三四五六七八", "0990-5550000", "(0990)5550000", "5550000", "11010519491231002X", "110105491231002",
        "110101 19900307 0038", "新A12345", "京A·12345", "zhang.san@example.com", "3号楼2单元501室", "12栋304",
    ],
)  # fmt: skip
def test_whatever_may_name_somebody_is_gone(secret: str) -> None:
    masked = mask_text(f"情况如下，{secret}，请保密处理。")
    assert secret not in masked
    assert not any(part in masked for part in ("12345", "5550000", "1002", "0038", "501", "304"))
    assert masked.startswith("情况如下，")
    assert masked.endswith("，请保密处理。")


def test_known_names_and_those_who_introduce_themselves_are_gone() -> None:
    assert "赵铁柱" not in mask_text("我叫赵铁柱，要举报。")
    assert "李梅" not in mask_text("李梅反映的情况", ["李梅"])


@pytest.mark.parametrize(
    "text", ["11月12号晚上停电3小时", "公交12路改道", "请拨打12345", "2026年11月21日已修复，共6盏路灯"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask_text(text) == text
    assert mask_private(text) == text


def test_the_citizens_own_page_keeps_the_offices_numbers() -> None:
    assert (
        mask_private("请带身份证到窗口办理，咨询电话0990-5551015。") == "请带身份证到窗口办理，咨询电话0990-5551015。"
    )
    assert "13812345678" not in mask_private("已联系您13812345678")


def test_single_fields() -> None:
    assert mask_name("张三丰") == "张**"
    assert mask_phone("13800000000") == "138****0000"
    assert mask_phone("08711234567") == "087****4567"
    assert mask_phone("110") == "****10"
    assert mask_id_number("11010519491231002X") == "11****************"
    assert mask_address("清河路12号东湖花园3栋2单元501室") == "清河路**东湖花园**"
    assert mask_name(None) is mask_phone(None) is mask_id_number("") is mask_address(None) is None
