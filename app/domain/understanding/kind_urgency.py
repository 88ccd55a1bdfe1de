"""Suggests what the citizen wants and how fast it must go, by rules that can be read and argued about.

A machine may suggest a kind but never `report`: whistle-blowing changes who may see the ticket, so a person must
ask first. For urgency a missed gas leak costs more than a needless question, so recall comes before precision.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import exp

from app.domain.catalogue import Category, RequestKind, Urgency
from app.domain.understanding.danger_words import DANGERS, UNNAMED_DANGER, URGENT, Advice
from app.domain.understanding.kind_words import CLOSING, HOW_TO_REPORT, KIND_CUES, REPORT_WORDS
from app.domain.understanding.normalise import normalise
from app.domain.understanding.rules import rule
from app.domain.understanding.sieve import Sieve

# What the usual kind of the category is worth beside a cue word (an outspoken one, 投诉, is worth 3).
_PRIOR = 1.2
# People say what they want in the title and the first words; later mentions are often courtesy.
_OPENING_CHARS = 60
_OPENING_BONUS = 1.5
_MAX_EVIDENCE = 5

_CUES = tuple((kind, weight, cue) for kind, cues in KIND_CUES.items() for weight, cue in cues)
_CUE_SIEVE = Sieve(cue for _, _, cue in _CUES)


@dataclass(frozen=True, slots=True)
class KindSuggestion:
    """The likely kind, how sure (0 to 1), the words that spoke for it, and whether to ask "is this a report?"."""

    kind: RequestKind
    confidence: float
    evidence: tuple[str, ...]
    ask_report: bool


@dataclass(frozen=True, slots=True)
class UrgencySuggestion:
    """The likely urgency, the words that spoke for it, and what to do at once when life is at risk."""

    urgency: Urgency
    evidence: tuple[str, ...]
    advice: tuple[Advice, ...]


def suggest_kind(text: str, category: Category | None) -> KindSuggestion:
    """Suggest the kind of a message; `category` lends its usual kind where the words are silent.

    Words of whistle-blowing give `complaint` with `ask_report`, never `report`. A text without a letter gives
    `other` with confidence 0.
    """
    text = _without_phrases(normalise(text))
    if not any(character.isalnum() for character in text):
        return KindSuggestion(RequestKind.OTHER, 0.0, (), False)
    accusation = _distinct(match.group() for match in REPORT_WORDS.pattern.finditer(text))
    scores, words = _kind_scores(text)
    if category is not None and category.usual_kind in scores:
        scores[category.usual_kind] += _PRIOR
    if accusation:
        scores[RequestKind.COMPLAINT] = max(scores.values()) + len(accusation)
        words[RequestKind.COMPLAINT] = [*accusation, *words[RequestKind.COMPLAINT]]
    best = max(scores, key=lambda kind: scores[kind])
    if not any(scores.values()):
        best = RequestKind.HELP
    confidence = exp(scores[best]) / sum(exp(score) for score in scores.values())
    return KindSuggestion(best, round(confidence, 3), _distinct(words[best]), bool(accusation))


_LOOKED_AT = 5
"""Mentions of one danger in one sentence that are weighed; a text of nothing else must not slow the seats."""


def suggest_urgency(text: str, category: Category | None) -> UrgencySuggestion:
    """Suggest the urgency of a message; never below the usual urgency of `category`.

    Danger to life or property gives `critical` with one advice per sort of danger; danger that is only feared
    (如果着火) and outages give `urgent`; idioms, lessons and things that are over give nothing.
    """
    text = normalise(text)
    tried = _URGENCY_SIEVE.sift(text)
    if _IDIOM in tried:
        text = _IDIOMS.pattern.sub(lambda match: "〇" * len(match.group()), text)
    sentences = _sentences(text) if tried else []
    critical: list[str] = []
    urgent: list[str] = []
    advice: list[Advice] = []
    for number, danger in enumerate(DANGERS):
        for level, word in _dangers(danger.rule.pattern, sentences, tried.get(number, ())):
            if level is Urgency.CRITICAL:
                critical.append(word)
                advice.append(danger.advice)
            else:
                urgent.append(word)
    if critical:
        return UrgencySuggestion(Urgency.CRITICAL, _distinct(critical), tuple(dict.fromkeys(advice)))
    urgent.extend(_outages(sentences, tried.get(_OUTAGE, ())))
    usual = category.usual_urgency if category is not None else Urgency.NORMAL
    if usual is Urgency.NORMAL and urgent:
        usual = Urgency.URGENT
    return UrgencySuggestion(usual, _distinct(urgent), (UNNAMED_DANGER,) if usual is Urgency.CRITICAL else ())


# Ways of speaking and things that only contain a word of danger.
_IDIOMS = rule(
    "跳楼(?:价|大?甩卖|大?减价|机)|(?:热|冷|吓|气|累|笑|烦|吵|急|饿|臭|堵|困|坑|渴|晒|脏)死(?:人|了|我)*|想死你|自杀式|着火点|起火点|大火锅|火灾(?:自动)?报警|触电保护|漏电保护器?|漏电开关"
    "|[打点]不[着了燃]火?|大火收汁|爆炸头发型|割腕表带|跳桥表演|服毒花草|劫持流量|被?困在(?:贷款|数据)里"
    "|房价(?:崩塌|坍塌)|人设(?:崩塌|塌了?)|(?:信息|知识|人口)爆炸|杀人诛心|救命稻草|吐血(?:推荐|价)|休克疗法"
)
_OUTAGE, _IDIOM = len(DANGERS), len(DANGERS) + 1
_URGENCY_SIEVE = Sieve([*(danger.rule for danger in DANGERS), URGENT, _IDIOMS])
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
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+")
_LONGEST_SENTENCE = 300
_CLAUSE_END = "，,、 "


def _dangers(pattern: re.Pattern[str], sentences: list[str], signs: Collection[str]) -> Iterator[tuple[Urgency, str]]:
    """Yield how urgent a sort of danger is wherever `sentences` name it, in each up to the first critical mention."""
    for number, sentence in enumerate(sentences):
        if not any(sign in sentence for sign in signs):
            continue
        following = sentences[number + 1] if number + 1 < len(sentences) else ""
        for match in islice(pattern.finditer(sentence), _LOOKED_AT):
            level = _level(sentence, match, following)
            if level is not None:
                yield level, match.group()
            if level is Urgency.CRITICAL:
                break


def _level(sentence: str, match: re.Match[str], following: str) -> Urgency | None:
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


def _outages(sentences: list[str], signs: Collection[str]) -> Iterator[str]:
    for sentence in sentences:
        if not any(sign in sentence for sign in signs):
            continue
        for match in URGENT.pattern.finditer(sentence):
            if _OVER.search(sentence) or (_PAST.search(sentence) and not _NOW.search(sentence)):
                break
            if not _NOT_BEFORE.search(sentence[: match.start()]):
                yield match.group()


def _kind_scores(text: str) -> tuple[dict[RequestKind, float], dict[RequestKind, list[str]]]:
    scores = dict.fromkeys(KIND_CUES, 0.0)
    words: dict[RequestKind, list[str]] = {kind: [] for kind in KIND_CUES}
    for number in _CUE_SIEVE.sift(text):
        kind, weight, cue = _CUES[number]
        matches = list(cue.pattern.finditer(text))
        if matches:
            opening = matches[0].start() < _OPENING_CHARS
            scores[kind] += weight * (_OPENING_BONUS if opening else 1.0)
            words[kind].extend(match.group() for match in matches)
    return scores, words


def _without_phrases(text: str) -> str:
    """The text without thanks at its close, and with a question how to report made the question that it is."""
    if HOW_TO_REPORT.may_find(text):
        text = HOW_TO_REPORT.pattern.sub("咨询", text)
    return CLOSING.pattern.sub(r"\1", text) if CLOSING.may_find(text) else text


def _sentences(text: str) -> list[str]:
    """Split at full stops; a text without any is cut, so that no message can make the rules slow."""
    return [
        sentence[start : start + _LONGEST_SENTENCE]
        for sentence in _SENTENCE_END.split(text)
        for start in range(0, len(sentence), _LONGEST_SENTENCE)
    ]


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:_MAX_EVIDENCE]
