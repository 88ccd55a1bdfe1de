"""Real danger is not missed, and nobody rings the fire brigade because somebody is hot with anger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Category, Urgency
from app.domain.understanding import suggest_urgency
from app.domain.understanding.danger_words import DANGERS

CRITICAL = [
    ("家里煤气泄漏了怎么办", "119"),
    ("楼道里有很重的燃气味", "119"),
    ("闻到煤气味，担心爆炸", "119"),
    ("燃气管道被挖断了，在漏气", "119"),
    ("厂房着火了", "119"),
    ("工地著火了", "119"),
    ("着火大家快跑", "119"),
    ("隔壁线路老化引发火灾", "119"),
    ("隔壁在冒浓烟，好像烧起来了", "119"),
    ("火还没扑灭，又烧起来了", "119"),
    ("没有人管，着火了", "119"),
    ("消防通道着火了", "119"),
    ("培训学校着火了", "119"),
    ("曾家村着火，有人死亡", "119"),
    ("是不是煤气泄漏了", "119"),
    ("着火了很危险", "119"),
    ("大火没有及时扑灭", "119"),
    ("着火了，一个人已经救出，里面还有人", "119"),
    ("去年装的燃气管有煤气味", "119"),
    ("关于厂房着火的情况", "119"),
    ("快救人，有人被困", "119"),
    ("楼道经常有煤气味", "119"),
    ("小孩掉进河里了", "119"),
    ("防洪堤出现管涌", "119"),
    ("电梯里有人被困", "119"),
    ("工人被埋了", "119"),
    ("房子裂了大口子，感觉要塌了", "119"),
    ("去年修的房子现在要塌了", "119"),
    ("山体滑坡把房子埋了", "119"),
    ("化工厂氨气泄漏", "119"),
    ("有人触电了快来人", "120"),
    ("路灯杆漏电，刚才小孩被电到了", "120"),
    ("楼上漏水导致家里漏电", "120"),
    ("我爸昏迷了，叫不醒", "120"),
    ("食堂好多学生食物中毒", "120"),
    ("井盖缺失，有人掉下去摔伤了", "120"),
    ("井盖没了，刚才一个骑车的摔进井里", "120"),
    ("有人从楼上掉下来了", "120"),
    ("有人要跳楼", "110"),
    ("低保断了，没法活了", "110"),
    ("来电人情绪激动，称要自杀", "110"),
    ("隔壁男的正在打人，拿刀砍人", "110"),
    ("老母亲走失了，今天早上出门到现在没回来", "110"),
    ("丈夫家暴，现在不敢回家", "110"),
    ("医院门诊楼着火了", "119"),
    ("着火的工程车旁边有人", "119"),
    ("有人在网上直播自杀，快派人", "110"),
    ("网贷贷款逼得我现在要跳楼", "110"),
    ("我想自杀补助一直不发", "110"),
]


@pytest.mark.parametrize(("text", "number"), CRITICAL)
def test_danger_is_critical_and_says_whom_to_call(text: str, number: str) -> None:
    suggestion = suggest_urgency(text, None)
    assert suggestion.urgency is Urgency.CRITICAL
    assert suggestion.evidence
    assert number in {advice.number for advice in suggestion.advice}


@pytest.mark.parametrize(
    "text",
    [
        "小区停水两天了",
        "一停电就是一整天",
        "路被倒下的树堵死，车进不来",
        "井盖丢了",
        "红绿灯坏了",
        "污水倒灌进家里",
        "如果着火消防车进不来",
        "电动车飞线充电容易着火",
        "电线裸露在外面有危险",
        "房子有裂缝，担心要塌",
        "地下车库有火灾隐患",
        "电梯经常发生困人事件",
    ],
)
def test_outages_and_feared_danger_are_urgent(text: str) -> None:
    suggestion = suggest_urgency(text, None)
    assert suggestion.urgency is Urgency.URGENT
    assert suggestion.evidence
    assert suggestion.advice == ()


@pytest.mark.parametrize(
    "text",
    [
        "天气热死了，公交车没空调",
        "吓死了，狗没拴绳",
        "气死我了，物业态度太差",
        "急死人了，什么时候通车",
        "笑死",
        "我真的火大",
        "跳楼价促销，虚假宣传",
        "希望社区开展消防演练",
        "建议学校加强防溺水教育",
        "预防煤气中毒知识宣传",
        "厂房着火，现在已经扑灭",
        "厂房着火了。已经扑灭了。",
        "去年隔壁着火烧坏我家的墙，赔偿没下来",
        "没有着火，就是烟大",
        "没有人被困",
        "落水管堵了，漏到我家墙上",
        "买漏电保护器有补贴吗",
        "火灾保险怎么理赔",
        "触电事故赔偿标准",
        "跳楼机门票多少钱",
        "被困扰多年的噪音问题",
        "农村贫困人口怎么申请补助",
        "公交车站看着火车站方向",
        "物价爆炸式增长",
        "着火点是多少度",
        "去年停电半个月",
        "",
    ],
)
def test_idioms_lessons_and_things_over_are_not(text: str) -> None:
    assert suggest_urgency(text, None).urgency is Urgency.NORMAL


def test_several_dangers_give_several_advices_once_each() -> None:
    suggestion = suggest_urgency("着火了！火势很大！有人被困！", None)
    assert [advice.code for advice in suggestion.advice] == ["fire", "trapped"]


def test_category_lends_its_usual_urgency() -> None:
    outage = Category("0205", "供水停水", "02", usual_urgency=Urgency.URGENT)
    disaster = Category("2203", "险情", "22", usual_urgency=Urgency.CRITICAL)
    assert suggest_urgency("水龙头不出东西", outage).urgency is Urgency.URGENT
    assert suggest_urgency("水龙头不出东西", None).urgency is Urgency.NORMAL
    unnamed = suggest_urgency("听说有情况", disaster)
    assert unnamed.urgency is Urgency.CRITICAL
    assert [advice.code for advice in unnamed.advice] == ["danger"]


def test_every_advice_speaks_two_languages_and_names_an_emergency_line() -> None:
    codes = [danger.advice.code for danger in DANGERS]
    assert len(codes) == len(set(codes))
    for danger in DANGERS:
        assert danger.advice.number in {"110", "119", "120"}
        assert str(danger.advice.number) in danger.advice.message_zh
        assert str(danger.advice.number) in danger.advice.message_en


@given(st.text() | st.text(st.sampled_from("着火没有已扑灭如果煤气泄漏，。去年现在\n")))
def test_any_text_gets_an_answer(text: str) -> None:
    suggestion = suggest_urgency(text, None)
    assert bool(suggestion.advice) == (suggestion.urgency is Urgency.CRITICAL)
