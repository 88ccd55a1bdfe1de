"""Tells whether a danger that somebody names is there now: not over, not denied, not only feared or talked about.

Words of danger stand in lessons, claims for money, films and stories of last year; these must not send the fire brigade,
and nothing of them may silence a real danger in the same sentence.
"""

import re

from app.domain.catalogue import Urgency

# The thing is over. Stronger than 现在 (现在已经扑灭), but not than what is still going on.
_OVER = re.compile(
    "救上来了|(?:已经?|都)送(?:到|往|去)?(?:了)?医院|"
    "(?<![没未能法不有])(?:已经?|均已|全部|及时|成功)被?"
    "(?:扑灭|灭了|救出|救起|获救|救上|脱险|脱离危险|修好|修复|抢修好|排除|控制住|解除|恢复|找到|出院)"
    "|(?:被|给)(?:扑灭|救出|救起)|火已?灭了|抢救无效"
)
_OVER_NEXT = re.compile(f"(?:现在|目前|后来|好在|所幸|幸好)*(?:{_OVER.pattern})")
_STILL = re.compile("但|还在|仍|又|还有|还没|尚未")
# 去年装的燃气管: that tells the age of a thing, not when it happened.
_PAST = re.compile(
    "(?:去年|前年|往年|上个月|上月|以前|曾经|曾(?=[发出着起])|当年|早年|多年前|几年前|年前|那年|那时|历史上)"
    "(?![^，]{0,6}的)"
)
# A date may be today's in an operator's notes, a habit may strike again: not over, but not this minute either.
_DATED = re.compile(
    r"(?:19|20)\d\d[年.\-/]|\d月\d+[日号]|当时|上次|上周|多次|屡次|数次|经常|常常|时常|时有|隔三差五|频繁|"
    r"每次|每天|案例"
)
# What leaks or smells again and again has never been over.
_LEAK = re.compile("[味漏泄]")
_NOW = re.compile("现在|正在|刚才|刚刚|此刻|此时|马上|快来|快派|立即|又|还在|今[天早晚日]|目前|随时")
# A lesson, a price or a form must govern the danger itself (触电赔偿标准): stand right behind it with nothing but these
# words between, or right before it. Somewhere in the same clause it says nothing: 门诊楼着火, 直播自杀, 贷款逼得我要跳楼.
_BETWEEN = (
    "(?:[的后]|等(?=安全|知识|事故)|之后|事故|事件|案件|灾害|损失|伤亡|死亡|受害者?|病人|住院"
    "|急救|救援|逃生|应急|安全|自救|离婚|手术|点|怎么)"
)
# 着火保险公司, 被困培训班: there the word is part of a place or of who was struck.
_NOT_A_PLACE = (
    "(?![局部厅路楼室馆园厂站车所院班里员]|[处办](?![理法])|窗口|大厅|中心|学校|机构|公司|基地|大厦|大楼|产权)"
)
_LESSON_AFTER = re.compile(
    f"{_BETWEEN}{{0,3}}(?:"
    f"(?:宣传|培训|教育|新闻|演练|演习|知识|讲座|科普|预案|影片|治理|(?:干预|心理)(?:培训|热线)){_NOT_A_PLACE}"
    f"|保险{_NOT_A_PLACE}(?![柜箱丝杠栓也])"
    f"|(?:赔偿|补贴|补偿|补助|抚恤|理赔|报销|公证){_NOT_A_PLACE}"
    "|医药费(?:报销|能报|怎么报)|能领补贴"
    "|怎么算|(?:价格|多少钱)(?!都)"
    "|保护令|财产(?:怎么分|分割)"
    "|(?:认定|鉴定|责任|调查)(?:认定|怎么|划分|报告|结[果论]|书)"
    "|预防(?=[，。？?]|$)|(?:预警|提醒)+短信|警示牌|监测[员点]"
    "|手环(?:申请|怎么|哪里|在哪|多少)|(?:报警器|检测仪)(?![^，]{0,6}[响叫报])"
    "|镜头|公园改名|是谣言"
    ")"
)
_LESSON_BEFORE = re.compile(
    "(?:(?:电视剧|电影|小说|动画片|影片|游戏)里的?|模拟|科普|新闻[说讲报](?:别的|其他|外地|外省|国外)[^，]{0,4})$"
)
# Somebody does it now or calls for help, whatever word follows without a comma: 我想自杀补助一直不发.
_HAPPENING_BEFORE = re.compile("(?:正在|有人|突然|想|(?<!我)要)$")
_HURRY = re.compile("快[派来救]|救命|现场人|现在还在")
_PREVENT_BEFORE = re.compile("(?:预防|防范|防止|防治|避免|以免|杜绝|远离|严禁)[^，。]{0,4}$|(?<!消)防$")
_FEAR_BEFORE = re.compile(
    "(?:容易|极易|(?<!可)怕|担心|会不会|(?:可能|会|易)(?:导致|引发|引起|造成|发生|酿成))[^，]{0,10}$"
    "|(?:如果|假如|假设|倘若|万一|一旦|一但|要是|试想)(?!再?不)[^。]{0,25}$"
)
_FEAR_AFTER = re.compile("[的等]?(?:严重|重大|安全)*(?:隐患|风险|可能性)|的危险")
_NOT_BEFORE = re.compile(
    "(?:(?<!有)没有?|未|无|(?<!是)不是|并非|不会|不存在)(?:再|曾)?(?:发生|发现|造成|出现|闻到|任何|人员?|群众){0,2}$"
)
_CLAUSE_END = "，,、 "


def level_of(sentence: str, match: re.Match[str], following: str) -> Urgency | None:
    """Return how far the danger named by `match` is real and present in its sentence."""
    start = max(sentence.rfind(mark, 0, match.start()) for mark in _CLAUSE_END) + 1
    before = sentence[start : match.start()]
    if _NOT_BEFORE.search(before) or _PREVENT_BEFORE.search(before) or _is_lesson(before, sentence, match.end()):
        return None
    rest = sentence[match.end() :]
    if (_OVER.search(rest) and not _STILL.search(rest)) or _OVER_NEXT.match(following):
        return None
    if _PAST.search(sentence) and not _NOW.search(sentence):
        return None
    if _FEAR_BEFORE.search(sentence[: match.start()]) or _FEAR_AFTER.match(sentence, match.end()):
        return Urgency.URGENT
    if _DATED.search(sentence) and not _NOW.search(sentence) and not _LEAK.search(match.group()):
        return Urgency.URGENT
    return Urgency.CRITICAL


def _is_lesson(before: str, sentence: str, end: int) -> bool:
    """Tell whether the danger between `before` and `end` is only the subject of a lesson, a claim or a film."""
    if _LESSON_BEFORE.search(before):
        return True
    if not _LESSON_AFTER.match(sentence, end):
        return False
    return not _HAPPENING_BEFORE.search(before) and not _HURRY.search(sentence, end)


def outage_stands(sentence: str, match: re.Match[str]) -> bool:
    """Whether the outage named by `match` is neither over nor denied."""
    over = _OVER.search(sentence) or (_PAST.search(sentence) and not _NOW.search(sentence))
    return not over and not _NOT_BEFORE.search(sentence[: match.start()])
