"""What the citizen wants: the words decide, the category helps, and a report is asked for, never set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Category, RequestKind
from app.domain.understanding import speaks_of_graft, suggest_kind
from app.domain.understanding.kind_words import KIND_CUES

STREET_LIGHT = Category("0203", "路灯照明", "02", usual_kind=RequestKind.HELP)
NOISE = Category("0905", "噪声", "09", usual_kind=RequestKind.COMPLAINT)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请问新生儿医保怎么办理", RequestKind.CONSULTATION),
        ("咨询一下公积金提取需要什么材料", RequestKind.CONSULTATION),
        ("为什么我们小区没有通天然气，什么时候能通？", RequestKind.CONSULTATION),
        ("请问举报电话是多少", RequestKind.CONSULTATION),
        ("表扬社区民警帮我找回钱包，非常感谢", RequestKind.PRAISE),
        ("12路司机拾金不昧，特别感谢他", RequestKind.PRAISE),
        ("建议在学校门口增设红绿灯", RequestKind.SUGGESTION),
        ("能不能把公交延长到我们村", RequestKind.SUGGESTION),
        ("投诉楼下烧烤店油烟扰民", RequestKind.COMPLAINT),
        ("老板拖欠工资三个月", RequestKind.COMPLAINT),
        ("路灯坏了，请尽快维修，谢谢", RequestKind.HELP),
        ("望领导尽快解决路面积水，万分感谢", RequestKind.HELP),
        ("公司不给交社保，我该怎么办", RequestKind.HELP),
        ("村里路不好走", RequestKind.HELP),
    ],
)
def test_words_show_the_kind(text: str, kind: RequestKind) -> None:
    suggestion = suggest_kind(text, None)
    assert suggestion.kind is kind
    assert 0 < suggestion.confidence <= 1


def test_category_decides_where_words_are_silent() -> None:
    assert suggest_kind("三楼天天夜里有动静", NOISE).kind is RequestKind.COMPLAINT
    assert suggest_kind("三楼天天夜里有动静", STREET_LIGHT).kind is RequestKind.HELP
    assert suggest_kind("请问路灯归谁管", STREET_LIGHT).kind is RequestKind.CONSULTATION


@pytest.mark.parametrize("text", ["村支书贪污低保款", "实名检举某单位负责人收受回扣", "有人套取国家补贴", "請查處貪汚"])
def test_whistle_blowing_is_a_complaint_that_asks(text: str) -> None:
    suggestion = suggest_kind(text, STREET_LIGHT)
    assert suggestion.kind is RequestKind.COMPLAINT
    assert suggestion.ask_report
    assert suggestion.evidence


@pytest.mark.parametrize(
    "text",
    [
        "我要举报东河街道办事处王某收受开发商好处，违规发放拆迁补偿",
        "村主任把扶贫款装进自己口袋",
        "村支书和会计私分了征地款",
        "镇里的干部克扣我们的救灾粮",
        "组长冒领我家的种粮补贴",
        "科长办事要红包，不给不办",
        "某局领导挪用修路的钱买车",
        "所长吃饭店的回扣",
        "我们那个村长把低保钱都装到他兜里了",
        "街道办负责人向商户索要好处费",
        "退耕还林款被村干部截留了一大半",
        "公务员贪污受贿，权钱交易",
        "审批窗口吃拿卡要",
        "校长收供货商的好处",
        "救济款进了书记自己的腰包，落入个人腰包",
        "举报民政办把临时救助金落到自己账户",
        "村委会把集体的钱瓜分了",
        "支书把捐款据为己有",
    ],
)
def test_corruption_in_office_is_asked_about(text: str) -> None:
    assert suggest_kind(text, None).ask_report
    assert speaks_of_graft(text)


@pytest.mark.parametrize(
    "text",
    [
        "老板克扣工资三个月",
        "物业挪用维修资金",
        "公司领导说没有红包了",
        "过年孩子收红包被骗",
        "谢谢社区书记，不收红包不拿好处",
        "请把手机装进口袋再进考场",
        "扶贫款什么时候到我自己的账户",
        "医保卡里的钱没有进个人账户，社保局领导请解释",
        "村干部通知补贴已经打到我们自己账户",
        "快递员冒领了我的包裹",
        "领导您好，我的补贴被别人冒领了",
        "组长说钱会进我个人账户",
        "书记您好，公司截留我们的社保",
        "孩子把硬币放进自己口袋",
        "街道办通知给大家发红包",
        "多种瓜分给邻居，主任表扬",
    ],
)
def test_other_peoples_wrongs_and_other_money_are_no_corruption_in_office(text: str) -> None:
    assert not speaks_of_graft(text)


def test_asking_where_to_report_is_a_question() -> None:
    assert not suggest_kind("怎么举报环境污染？", None).ask_report


def test_nothing_said_is_other() -> None:
    for text in ("", "  ", "？？？", "\u200b"):
        suggestion = suggest_kind(text, NOISE)
        assert (suggestion.kind, suggestion.confidence) == (RequestKind.OTHER, 0.0)


@given(st.text() | st.text(st.sampled_from("举报贪污受贿咨询请问表扬建议投诉感谢望，。？")))
def test_a_machine_never_sets_report(text: str) -> None:
    suggestion = suggest_kind(text, None)
    assert suggestion.kind is not RequestKind.REPORT
    assert 0 <= suggestion.confidence <= 1
    assert RequestKind.REPORT not in KIND_CUES
