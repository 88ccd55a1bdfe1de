"""The words of danger and outage, as data: which pattern means what, and what the operator is told.

Real danger must not be missed, so patterns are wide; idioms (跳楼价), lessons (防溺水) and things long over are
taken out again by `kind_urgency`. Someone who answers phones should be able to read and extend this file.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What the operator should do now: a sentence in two languages and, for emergencies, the number to call."""

    code: str
    message_zh: str
    message_en: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Danger:
    """A sort of danger to life or property, the pattern that shows it and the advice that goes with it."""

    pattern: re.Pattern[str]
    advice: Advice


def _danger(code: str, number: str, zh: str, en: str, *patterns: str) -> Danger:
    return Danger(re.compile("|".join(patterns)), Advice(code, zh, en, number))


_GAS = "(?:煤气|燃气|天然气|液化气|气罐|煤气罐|管道气|沼气)"
_BUILDING = "(?:房(?!价)|楼|墙|屋|桥|棚|脚手架|塔吊|厂房|阳台|围挡)"

DANGERS: tuple[Danger, ...] = (
    _danger(
        "gas",
        "119",
        "疑似燃气泄漏或中毒：请立即转接119，提醒来电人不开关电器、不用明火、开窗并撤到室外；有人不适同时转接120。",
        "Possible gas leak or poisoning: transfer to 119 now. No switches, no flames, open windows, "
        "leave the building; if anyone is unwell, 120 as well.",
        _GAS + r"[^。！？\n]{0,8}?(?:泄漏|泄露|外泄|漏气|在漏|漏了|爆炸|爆燃|中毒|嘶嘶)",
        r"(?:漏|泄)(?:出|了)?" + _GAS,
        r"(?<!排放)(?:煤气|燃气|天然气|液化气|臭鸡蛋)[的气]?味",
        "一氧化碳中毒",
    ),
    _danger(
        "fire",
        "119",
        "疑似火情或爆炸：请立即转接119，问清地点和是否有人被困，提醒来电人撤离。",
        "Possible fire or explosion: transfer to 119 now; ask for the place and whether anyone is trapped.",
        "(?<![看等朝对向沿靠拉])着火(?![车锅龙红炬])|起火(?!锅)|失火|着了火|烧起来|火势|大火|山火|"
        "火灾|自燃|冒浓烟|浓烟滚滚",
        r"(?:电线|插座|配电箱|电箱|电瓶车|电动车|变压器|电表)[^。！？，\n]{0,6}(?:冒烟|冒火|打火|火花)",
        "(?<!大)爆炸(?![场声性式])|爆炸声",
    ),
    _danger(
        "electric",
        "120",
        "疑似触电或漏电：有人触电请立即转接120；提醒现场人员远离、不徒手拉人，并通知供电抢修。",
        "Possible electric shock or live wire: transfer to 120 if someone is hurt. Keep away, do not pull "
        "the person by hand, call the power repair service.",
        "触电|电死|电击|漏电|被电(?:到|伤|了)|电(?:到|伤)了?人",
        r"(?:电线|电缆|高压线|线缆)[^。！？，\n]{0,6}(?:掉下|掉落|掉在|断落|断了|落地|垂到|垂落)",
    ),
    _danger(
        "water",
        "119",
        "疑似有人落水或被洪水围困：请立即转接119和120，问清位置和人数。",
        "Someone may be in the water or cut off by a flood: transfer to 119 and 120 now; ask where and how many.",
        "落水(?![管口斗井])|溺水|溺亡|淹死",
        r"(?:掉|跌|摔|滑|落)(?:进|入|到)(?:了)?[^。！？，\n]{0,4}(?:河|江|湖|塘|水库|水里|池|渠|粪坑)",
        r"被(?:洪水|大水|河水|水)[^。！？，\n]{0,3}(?:冲走|卷走|围困)",
        "决口|决堤|溃坝|管涌|山洪",
    ),
    _danger(
        "trapped",
        "119",
        "疑似有人被困或被埋：请立即转接119，问清位置、人数和伤情。",
        "Someone may be trapped or buried: transfer to 119 now; ask where, how many and how badly hurt.",
        "被困(?![扰难])|(?<!贫)困在|(?<![贫穷])困人|(?:人员|群众|老人|小孩|孩子)受困|被埋|埋在(?:下面|"
        "里面|土|废墟)|关在电梯",
        r"电梯[^。！？\n]{0,12}(?:出不来|困住|关住|急坠|坠落|下坠)",
    ),
    _danger(
        "collapse",
        "119",
        "疑似房屋、设施坍塌或山体滑坡：请提醒人员马上撤离，立即转接119。",
        "A building or slope may be collapsing: tell people to leave at once and transfer to 119.",
        _BUILDING + r"[^。！？，\n]{0,8}(?:要塌|快塌|快倒|要倒(?![扣贴闭查])|倒塌|坍塌|垮塌|塌了|倒了|垮了|塌下|"
        r"摇摇欲坠)",
        "要塌(?!房)|快塌了|塌方|坍塌|滑坡|泥石流|(?:路面|地面)塌陷",
    ),
    _danger(
        "suicide",
        "110",
        "来电人或他人可能有轻生念头：请保持通话、温和安抚，立即转接110，必要时转接120。",
        "Someone may want to end their life: stay on the line, speak calmly, transfer to 110 now, 120 if needed.",
        "轻生|自杀|跳楼|跳河|跳桥|跳江|割腕|喝农药|喝了农药|服毒|上吊|寻短见|遗书",
        "(?:不想|不愿|没法|无法)再?活|活不下去|活着没意思|一死了之|结束(?:自己的?)?生命|死给",
    ),
    _danger(
        "violence",
        "110",
        "疑似正在发生的人身侵害或人员走失：请立即转接110，问清地点、人员和是否有人受伤。",
        "Someone may be under attack or missing: transfer to 110 now; ask where, who, and whether anyone is hurt.",
        "(?:持|拿)刀(?!具)|砍人|砍伤|杀人|(?:被人?|遭到?)(?:绑架|劫持)(?![着]?消费)|绑架(?:了?人|案)|"
        "劫持|非法拘禁|限制人身自由|家暴|持械|打群架|聚众斗殴|(?:喊|叫)救命|救命(?=[啊呀！!，,]|$)",
        "正在(?:打人|打架|殴打|斗殴|强拆)|被(?:人)?(?:拐走|拐卖|拘禁|关起来)",
        r"(?:老人|小孩|孩子|儿子|女儿|母亲|父亲|老伴|儿童)[^。！？，\n]{0,6}(?:走失|走丢|失踪|不见了|失联)",
    ),
    _danger(
        "medical",
        "120",
        "疑似有人伤病危急：请立即转接120，问清地址、症状，提醒不要随意搬动伤者。",
        "Someone may be seriously hurt or ill: transfer to 120 now; ask for address and symptoms.",
        "昏迷|晕倒|昏倒|不省人事|没有?呼吸|没有?心跳|大出血|吐血|休克|生命垂危|奄奄一息|有生命危险|心梗|脑溢血",
        "(?:食物|农药|集体|酒精|氨气|氯气)中毒|被毒?蛇咬|要生了|快生了",
        r"(?:坠物|井盖|广告牌|树|玻璃|墙砖|车祸|撞|砸)[^。！？，\n]{0,10}(?:受伤|重伤|伤了?人|砸伤|"
        r"撞伤|摔伤|流血|砸到人|撞到人)",
        r"(?:掉|跌|摔|踩)(?:进|入|到|下|空)(?:了)?[^。！？，\n]{0,4}(?:井|下水道|坑|沟)|(?:掉|跌|"
        r"摔)(?:下去|进去|下来)[^。！？，\n]{0,3}伤|坠楼|掉下楼",
        r"(?:人|孩|孩子|老人|工人|学生)[^。！？，\n]{0,6}(?:掉|摔|坠|跌)(?:下来|下去|落)",
    ),
    _danger(
        "chemical",
        "119",
        "疑似危险化学品泄漏：请立即转接119，提醒来电人往上风方向撤离。",
        "Possible release of dangerous chemicals: transfer to 119 now; tell people to move upwind.",
        r"(?:氨气|氯气|毒气|化学品|危化品|危险品|油罐|硫酸|盐酸)[^。！？，\n]{0,6}(?:泄漏|泄露|外泄|"
        r"漏了|翻车)",
    ),
)

# For categories that are dangerous by nature (自然灾害与险情) when no word names the danger.
UNNAMED_DANGER = Advice(
    "danger",
    "该类事项可能危及人身或财产安全：请先问清现场情况，有危险时立即转接110、119或120。",
    "Matters of this sort may endanger life or property: ask what is happening; if there is danger, "
    "transfer to 110, 119 or 120 now.",
    "110",
)

URGENT = re.compile(
    "停水|断水|没有?水[了喝用]?(?![平准泥])|没水|停电|断电|没有?电(?![梯话视脑动器影线])|停气|断气了|"
    "停暖|暖气不热|没有?暖气"
    "|爆管|水管(?:爆|破)|管道(?:爆裂|破裂)|污水(?:倒灌|外溢|漫)|粪水(?:外溢|倒灌)"
    "|内涝|水淹|被淹|积水(?:很深|严重|太深)"
    r"|井盖[^。！？，\n]{0,6}(?:缺失|丢|没了|不见|没盖|被盗|被偷|掉|破|坏|塌|损|翻)"
    r"|(?:树|树枝|电杆|电线杆|广告牌|护栏)[^。！？，\n]{0,6}(?:倒了|倒在|要倒|砸|断了|断裂|压在|欲坠)"
    r"|(?:路|道路|马路|通道|出口|出入口|大门|消防通道)[^。！？，\n]{0,5}(?:被堵|堵死|堵住|中断|封死|"
    r"挖断|断了)|无法通行|不能通行|车进不来"
    r"|(?:红绿灯|信号灯)[^。！？，\n]{0,4}(?:坏|不亮|故障|失灵)|电梯[^。！？，\n]{0,6}(?:故障|停运|"
    r"坏了|停用|不能用)"
    "|高空(?:坠物|抛物)|外墙(?:砖|皮|面)?[^。！？，\n]{0,4}(?:脱落|掉落)|墙(?:砖|皮)(?:脱落|掉落)"
    r"|(?:电线|电缆)[^。！？，\n]{0,6}裸露|(?:危房|裂缝)[^。！？\n]{0,10}(?:危险|越来越)"
    "|狂犬|被狗咬|狗咬(?:伤|人)|马蜂窝"
)
