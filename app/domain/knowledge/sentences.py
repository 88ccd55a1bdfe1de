"""Finds in an article the sentence that answers: it speaks of the same thing and holds what was asked for.

Who asks "how long" wants a span, who asks "how much" an amount; the words of the question alone do not tell.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

_END = re.compile(
    r"(?<=[。！？；\n])|(?<=[!?;])(?=[^\d])|(?=(?:^|(?<=[\s。；，：]))(?:\d{1,2}[.、．)）]|[（(]\d{1,2}[)）]|第[一二三四五六七八九十]步))"
)
_NUMERAL = r"(?:\d[\d,.]*|[零一二三四五六七八九十百千万两半]+)"
_SPAN = rf"{_NUMERAL}\s*个?(?:工作日|小时|分钟|天|日|月|年|周(?!岁)|点(?!击))|当场|当天|当日|即时|次月|即办"
_PHONE = r"\d{3,4}-\d{7,8}|1[0-9]{4}(?!\d)|9\d{4}(?!\d)"
NEEDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asked), re.compile(held))
    for asked, held in (
        (r"多少钱|费用|收费|要钱|几块|几元|价格|标准|给多少|发多少|补多少|多少补贴|补多少|交多少|缴多少|免费|比例|额度|报多少", rf"{_NUMERAL}\s*(?:万?元|％|%)|百分之|免费|不收|不缴|费用|标准|比例|金额|额度"),
        (r"多久|多长时间|几天|几个?工作日|多少天|什么时候|何时|几号|期限|时限|几年|几个?月|几点|哪天|来得及|提前多|多少年|有效期", rf"{_SPAN}|每年|期限|时限|起至|月底"),
        (r"在哪|哪里|哪儿|去哪|到哪|地址|地点|哪个部门|哪个窗口|什么地方|找谁|找哪|归谁|谁管|哪个单位", r"窗口|中心|服务站|派出所|大厅|地点|地址|机构|平台|登记处|(?:向|到|在|由).{2,16}(?:申请|办理|反映|投诉|登记|领取|受理|负责)"),
        (r"材料|带什么|要什么证|准备什么|什么证件|哪些证|带哪些|需要什么|要带|手续|资料|证明", r"携带|提交|提供|带(?:上|好|齐)?[^，。]{0,8}(?:身份证|户口|证)|材料|凭|持|身份证|户口簿|证明|表"),
        (r"(?:多久|多长|几天|什么时候).{0,6}(?:办|批|拿|下来|到账|出来|结果|答复|发|领)|(?:批|拿|下来|到账|出来|结果).{0,4}(?:多久|多长|几天|什么时候)", r"办结|制发|签发|作出|发放|答复|结案|受理之日"),
        (r"多少|几[个条块套处]|最多|最高|上限", rf"{_NUMERAL}|额度|标准"),
        (r"岁|年龄|多大", r"周岁"),
        (r"电话|号码|打哪|怎么联系|联系方式|拨打|打多少", _PHONE),
        (r"能不能|可不可以|可以.{0,12}吗|能.{0,14}吗|要.{1,8}吗|行吗|行不行|允许|要不要|是否|是不是|算不算|会不会|必须|合法吗|违法|有没有", r"可以|可|不得|不能|不予|无需|不需要|应当|必须|禁止|方可|视为|有权|不收|均可|不符合|不再|仅限"),
        (r"条件|资格|什么人|哪些人|谁能|谁可以|符合|要求|满足", r"条件|符合|同时|满足|年满|具有|且|对象|凡|的人员|的家庭|以下"),
        (r"怎么|怎样|如何|流程|步骤|程序|咋|怎么办|办法|在哪办|办理", r"申请|办理|登记|提出|提交|拨打|反映|投诉|携带|凭|请|通过|到[^，。]{2,14}(?:窗口|中心|站|所)|网上|线上"),
    )
)  # fmt: skip
"""How something is asked for, and what a sentence holds that answers it; specific ones come first and count more."""
_PHONE_WANTED = next(held for asked, held in NEEDS if asked.search("电话"))
_BONUS, _HOW_BONUS, _MOST_BONUS = 0.45, 0.15, 0.8
_CONTACT_ONLY = re.compile(rf"^[^，。]{{0,14}}(?:电话|热线)[：:]?(?:{_PHONE})")

_IN_TITLE = 0.3


@dataclass(frozen=True, slots=True)
class Passage:
    """The sentence that answers, and the ones around it."""

    sentence: str
    before: str
    after: str
    score: float


def split_sentences(body: str) -> list[str]:
    """Sentences and numbered steps in order, with their punctuation, without blanks around them."""
    return [sentence for part in _END.split(body) if part and (sentence := part.strip())]


def best_passage(question: str, words: Mapping[str, float], body: str, title: str = "") -> Passage:
    """The sentence of `body` that answers `question` best; `words` are the question's and what each is worth.

    Words of the title tell little between sentences: the whole article speaks of them.

    The first of equals wins: an article begins with what matters most.
    """
    sentences = split_sentences(body) or [body]
    told = _telling(words, sentences, title)
    held = [held for asked, held in NEEDS if asked.search(question)]
    scores = [_score(sentence, told, held) - 0.01 * index for index, sentence in enumerate(sentences)]
    best = max(range(len(sentences)), key=scores.__getitem__)
    return Passage(
        sentences[best],
        sentences[best - 1] if best else "",
        sentences[best + 1] if best + 1 < len(sentences) else "",
        scores[best],
    )


def _telling(words: Mapping[str, float], sentences: list[str], title: str) -> dict[str, float]:
    """What each word that the article has says about where the answer is, at most 1 together: a word of one sentence most."""
    held = {word: sum(word in sentence.lower() for sentence in sentences) for word in words}
    found = {word: words[word] * math.log(1 + len(sentences) / count) for word, count in held.items() if count}
    whole = sum(found.values())
    return {word: value * (_IN_TITLE if word in title else 1.0) / whole for word, value in found.items()}


def _score(sentence: str, told: Mapping[str, float], held: list[re.Pattern[str]]) -> float:
    lower = sentence.lower()
    shared = sum(value for word, value in told.items() if word in lower)
    # The last pattern is "how": nearly every sentence of an article would do, so it says little.
    answers = sum((_HOW_BONUS if pattern is NEEDS[-1][1] else _BONUS) for pattern in held if pattern.search(sentence))
    only_a_phone = _PHONE_WANTED not in held and _CONTACT_ONLY.match(sentence)
    return shared + min(answers, _MOST_BONUS) - (0.6 if only_a_phone else 0.0)
