"""Suggests what the citizen wants and how fast it must go, by rules that can be read and argued about.

A machine may suggest a kind but never `report`: whistle-blowing changes who may see the ticket, so a person must
ask first. For urgency a missed gas leak costs more than a needless question, so recall comes before precision.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import exp

from app.domain.catalogue import Category, RequestKind, Urgency
from app.domain.understanding.danger_words import DANGERS, UNNAMED_DANGER, URGENT, Advice
from app.domain.understanding.kind_words import CLOSING, HOW_TO_REPORT, KIND_CUES, REPORT_WORDS
from app.domain.understanding.normalise import normalise

# What the usual kind of the category is worth beside a cue word (an outspoken one, 投诉, is worth 3).
_PRIOR = 1.2
# People say what they want in the title and the first words; later mentions are often courtesy.
_OPENING_CHARS = 60
_OPENING_BONUS = 1.5
_MAX_EVIDENCE = 5


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
    text = CLOSING.sub(r"\1", HOW_TO_REPORT.sub("咨询", normalise(text)))
    if not any(character.isalnum() for character in text):
        return KindSuggestion(RequestKind.OTHER, 0.0, (), False)
    accusation = _distinct(match.group() for match in REPORT_WORDS.finditer(text))
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
    sentences = _sentences(_IDIOMS.sub(lambda match: "〇" * len(match.group()), normalise(text)))
    held = [set(sentence) for sentence in sentences]
    critical: list[str] = []
    urgent: list[str] = []
    advice: list[Advice] = []
    for danger in DANGERS:
        for number, sentence in enumerate(sentences):
            if danger.signs.isdisjoint(held[number]):
                continue
            following = sentences[number + 1] if number + 1 < len(sentences) else ""
            for match in islice(danger.pattern.finditer(sentence), _LOOKED_AT):
                level = _level(sentence, match, following)
                if level is Urgency.CRITICAL:
                    critical.append(match.group())
                    advice.append(danger.advice)
                    break
                if level is Urgency.URGENT:
                    urgent.append(match.group())
    if critical:
        return UrgencySuggestion(Urgency.CRITICAL, _distinct(critical), tuple(dict.fromkeys(advice)))
    urgent.extend(_outages(sentences))
    usual = category.usual_urgency if category is not None else Urgency.NORMAL
    if usual is Urgency.NORMAL and urgent:
        usual = Urgency.URGENT
    return UrgencySuggestion(usual, _distinct(urgent), (UNNAMED_DANGER,) if usual is Urgency.CRITICAL else ())


# Ways of speaking and things that only contain a word of danger.
_IDIOMS = re.compile(
    "跳楼(?:价|大?甩卖|大?减价|机)|(?:热|冷|吓|气|累|笑|烦|吵|急|饿|臭|堵|困|坑|渴|晒|脏)死(?:人|了|我)*|想死你|自杀式|着火点|起火点|大火锅|火灾(?:自动)?报警|触电保护|漏电保护器?|漏电开关"
    "|房价(?:崩塌|坍塌)|人设(?:崩塌|塌了?)|(?:信息|知识|人口)爆炸|杀人诛心|救命稻草|吐血(?:推荐|价)|休克疗法"
)
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
_LESSON = re.compile(
    "(?:宣传|培训|教育|新闻|演练|保险|知识)(?![局部厅路]|中心|学校|机构|公司|基地|大厦|大楼|产权)"
    "|讲座|科普|补贴|补偿|补助|抚恤|赔偿标准|怎么算|报销|理赔|公证|保护令|财产|标准|怎么预防|手环|工程|治理|监测|短信|警示牌|镜头|电视剧|"
    "表演|改名|门票|软件|价格|多少钱|医药费|手术|许可|审批|展览|游戏|质量差|发型|贷款|数据|收汁|热线|门诊|怎么申请|怎么办理|直播|表带|花草"
    "|讲座|演习|预案|影片|报警器|检测仪|理赔|谣言|事故(?:认定|责任|调查|鉴定)"
)
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


def _level(sentence: str, match: re.Match[str], following: str) -> Urgency | None:
    """Return how far the danger named by `match` is real and present in its sentence."""
    start = max(sentence.rfind(mark, 0, match.start()) for mark in _CLAUSE_END) + 1
    ends = (sentence.find(mark, match.end()) for mark in _CLAUSE_END)
    end = min((position for position in ends if position >= 0), default=len(sentence))
    before = sentence[start : match.start()]
    if _NOT_BEFORE.search(before) or _PREVENT_BEFORE.search(before) or _LESSON.search(sentence[start:end]):
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


def _outages(sentences: list[str]) -> Iterator[str]:
    for sentence in sentences:
        over = _PAST.search(sentence) and not _NOW.search(sentence)
        for match in URGENT.finditer(sentence):
            if not over and not _OVER.search(sentence) and not _NOT_BEFORE.search(sentence[: match.start()]):
                yield match.group()


def _kind_scores(text: str) -> tuple[dict[RequestKind, float], dict[RequestKind, list[str]]]:
    scores = dict.fromkeys(KIND_CUES, 0.0)
    words: dict[RequestKind, list[str]] = {kind: [] for kind in KIND_CUES}
    for kind, cues in KIND_CUES.items():
        for weight, pattern in cues:
            matches = list(pattern.finditer(text))
            if matches:
                opening = matches[0].start() < _OPENING_CHARS
                scores[kind] += weight * (_OPENING_BONUS if opening else 1.0)
                words[kind].extend(match.group() for match in matches)
    return scores, words


def _sentences(text: str) -> list[str]:
    """Split at full stops; a text without any is cut, so that no message can make the rules slow."""
    return [
        sentence[start : start + _LONGEST_SENTENCE]
        for sentence in _SENTENCE_END.split(text)
        for start in range(0, len(sentence), _LONGEST_SENTENCE)
    ]


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:_MAX_EVIDENCE]
