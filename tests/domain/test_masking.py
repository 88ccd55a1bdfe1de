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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请与张三丰先生联系", "请与张**先生联系"),
        ("联系王明女士", "联系王**女士"),
        ("已与张先生核对位置", "已与张先生核对位置"),
        ("感谢张先生，向王先生说明", "感谢张先生，向王先生说明"),
        ("欧阳锋先生和欧阳先生", "欧阳**先生和欧阳先生"),
        ("欧阳娜娜打人", "欧阳**打人"),
        ("今天上午看见欧阳娜娜打人", "今天上午看见欧阳**打人"),
        ("欧阳路边的树倒了，欧阳村口没灯", "欧阳路边的树倒了，欧阳村口没灯"),
        ("欧阳娜娜路没有灯，诸葛大道堵车", "欧阳娜娜路没有灯，诸葛大道堵车"),
        ("这位老先生", "这位老先生"),
        ("本人李大明，住东湖", "本人**，住东湖"),
        ("本人反映工地", "本人反映工地"),
        ("联系人：王小二 138 0000 0000", "联系人：** ***********"),
        ("阿卜杜拉·买买提先生反映", "阿卜杜拉·买买提先生反映"),
        ("我叫阿卜杜拉·买买提，反映", "我叫**，反映"),
        ("银行卡6222 0212 3456 7890 128", "银行卡******"),
        ("银行卡6222021001116245702", "银行卡******"),
        ("微信公众号yunling12345", "微信公众号yunling12345"),
        ("新能源车京AD12345，出租车川A 12345", "新能源车*******，出租车*******"),
        ("13800000000元旦打不通", "***********元旦打不通"),
        ("138\u200b0000\u200b0000", "***********"),
    ],
)
def test_what_the_citizen_reads(text: str, shown: str) -> None:
    assert mask_private(text) == shown


@pytest.mark.parametrize(
    "door", ["3号楼2单元501室", "3-2-501", "3幢501室", "三号楼二单元五零一", "12＃楼501", "A座1203"]
)
def test_doors_as_people_write_them(door: str) -> None:
    masked = mask_text(f"家住{door}，漏水。")
    assert not any(part in masked for part in ("501", "五零一", "1203"))
    assert masked.endswith("，漏水。")


@pytest.mark.parametrize(
    "text",
    ["号全被黄牛占了，对黄牛要依法查", "玉米叶子都卷了", "我岳父的住房", "钱能不能退", "孩子游完眼睛红", "请卫健部门指导",
     "二十三万七的农民工工资", "三十三周生的早产儿", "我是一名农民，要反映", "报名费交了，又说超了", "黑名单并公布",
     "网速慢得卡成马赛克。", "小刘先说不知道", "墙上挂的许可证是复印件", "外墙白花花的", "家里养了六头黄牛，三年期"],
)  # fmt: skip
def test_words_that_a_dictionary_takes_for_names_stay(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("name", ["张飞", "马小军", "马丽华", "王英", "高建", "吴子涵", "韩文斌", "黄龙"])
def test_people_who_are_called_like_a_word_are_hidden(name: str) -> None:
    for text in (f"{name}反映路灯不亮", f"我和{name}合租", f"感谢{name}帮忙"):
        assert name[1:] not in mask_text(text), text
