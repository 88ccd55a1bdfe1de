"""Takes a citizen's question apart into the terms to look for, with other names for the same thing.

A term costs something to look up, so there is a bound on them; what carries no meaning is left out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.understanding import normalise, search_tokens

MOST_TERMS = 60
LONGEST = 600
"""Characters of a question that are read; what matters is said before."""
_SYNONYM, _PART, _SINGLE, _PAIR, _GAPPED = 0.9, 0.5, 0.35, 0.3, 0.25
_STOP_WORDS = """
    的 了 吗 呢 啊 吧 我 你 您 他 她 它 我们 你们 他们 在 是 有 和 与 及 或 就 都 也 还 很 要 想 请 请问 问 咨询 一下 怎么 怎样 如何
    什么 哪些 哪个 哪里 哪儿 多少 几 可以 可 能 能不能 可不可以 应该 应 需要 需 这个 那个 这 那 个 一个 为 为什么 对 对于 关于 到 从 把 被
    让 给 用 去 来 上 下 里 不 没 没有 不是 现在 目前 已经 如果 但是 但 而且 因为 所以 然后 后 前 时 时候 情况 问题 知道 了解 办 办理 办法
    怎么办 麻烦 谢谢 您好 你好 以及 其 之 于 以 等 自己 家 家里 人 年 月 日 天 号 本人 进行 相关 有关 规定 要求 具体 该 得 着 过 会 再 又
    只 最 比较 东西 事 事情 手续 流程 条件 材料 多久 多长时间 时间 多少钱 钱 电话 地方 打 找 谁 是不是 是否 有没有 算 做 弄 搞 一 两 种
    吗？ 咋 咋办 啥 哪 几个 还有 才 那么 这样 那样 的话 之前 之后 以后 以前 今年 去年 明年 最近 刚 刚刚 刚才 一直 还是 或者 另外 申请 申领
"""
_STOP = frozenset(_STOP_WORDS.split())
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,40}")
_QUESTION_WORDS = re.compile(
    r"请问|咨询|一下|怎么办理|怎么办|怎么|怎样|如何|什么|哪些|哪里|哪儿|多少钱|多少|多久|可不可以|能不能|可以|需要|为什么|我想|想问|我们|办理"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. `group`: terms of a group mean the same; `weight`: how much a hit says, 1 for the word itself.

    `prefix`: whatever begins so counts (letters that somebody types as pinyin).
    """

    word: str
    group: int
    weight: float
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is searched for; `text` is normalised and lower-case."""

    text: str
    terms: tuple[Term, ...]


class Synonyms:
    """Groups of names for the same thing (公积金, 住房公积金); a name may stand in one group only."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self._others: dict[str, tuple[str, ...]] = {}
        for group in groups:
            names = tuple(dict.fromkeys(normalise(name).lower() for name in group))
            for name in names:
                if name in self._others:
                    raise ValueError(f"{name} stands in two groups of synonyms")
                self._others[name] = tuple(other for other in names if other != name)
        self._longest = max(map(len, self._others), default=0)

    def __len__(self) -> int:
        return len(self._others)

    def in_text(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """Name that the text holds → its other names; the longest name at each place, in one pass."""
        found: dict[str, tuple[str, ...]] = {}
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + self._longest), start, -1):
                if text[start:end] in self._others:
                    found[text[start:end]] = self._others[text[start:end]]
                    start = end - 1
                    break
            start += 1
        return found


def read_question(text: str, synonyms: Synonyms) -> Question:
    """The terms of a question: its words, their other names, and pairs of characters that forgive a wrong one."""
    text = normalise(text[:LONGEST]).lower()
    terms: dict[str, Term] = {}
    for group, (word, whole) in enumerate(with_wholes(meaningful(text))):
        own = terms[whole].group if whole in terms else group
        terms[word] = Term(word, own, _worth(word, whole), _LATIN.fullmatch(word) is not None)
    groups = len(terms)
    _add_letters(text, terms, groups)
    for offset, (name, others) in enumerate(synonyms.in_text(text).items(), groups + 1):
        own = terms[name].group if name in terms else offset
        for other in others:
            if other not in text:
                terms.setdefault(other, Term(other, own, _SYNONYM))
                words = meaningful(other)
                if other not in words:
                    # A long name may have been indexed by its parts only; together they are worth the name.
                    for part in words:
                        terms.setdefault(part, Term(part, own, _SYNONYM / max(1, len(words))))
    own = groups + len(synonyms.in_text(text)) + 1
    for number, (pair, weight) in enumerate(_pairs(text), own):
        terms.setdefault(pair, Term(pair, number, weight))
    return Question(text, tuple(terms.values())[:MOST_TERMS])


def with_wholes(words: Iterable[str]) -> list[tuple[str, str]]:
    """Each word with the longest of them that holds it (often itself), wholes first: 公积 belongs to 公积金."""
    longest_first = sorted(words, key=len, reverse=True)
    return [(word, next(whole for whole in longest_first if word in whole)) for word in longest_first]


def _worth(word: str, whole: str) -> float:
    if len(word) == 1:
        return _SINGLE
    return 1.0 if word == whole else _PART


def meaningful(text: str) -> list[str]:
    """The words of a text that tell what it is about."""
    return [word for word in search_tokens(text) if word not in _STOP and (len(word) > 1 or not word.isascii())]


def _add_letters(text: str, terms: dict[str, Term], group: int) -> None:
    """`gong ji jin` typed with blanks is one word to whoever typed it."""
    for run in re.findall(r"[a-z]+(?: [a-z]+)+", text):
        word = run.replace(" ", "")[:40]
        terms.setdefault(word, Term(word, group, 1.0, prefix=True))


def _pairs(text: str) -> list[tuple[str, float]]:
    """Neighbours, and neighbours but one (公机金 still has 公…金), of each run between question words."""
    found: dict[str, float] = {}
    for run in _CHINESE_RUN.findall(_QUESTION_WORDS.sub(" ", text)):
        for gap, weight in ((1, _PAIR), (2, _GAPPED)):
            for first, second in zip(run, run[gap:], strict=False):
                if first not in _STOP and second not in _STOP:
                    found.setdefault(first + second, weight)
    return list(found.items())


def pairs_of(text: str) -> list[str]:
    """The pairs under which a title or keyword is found although somebody mistypes it."""
    return [pair for pair, _ in _pairs(normalise(text).lower())]
