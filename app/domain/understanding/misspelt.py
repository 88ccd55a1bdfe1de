"""Finds names that are written wrongly: another character of the same sound, or one wrong, missing or too many.

Only names of three characters and more, and never where the difference is one that tells two places apart
(东 and 西, 上 and 下, 一 and 二, 路 and 街).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.domain.understanding.names import Hit, NameIndex
from app.domain.understanding.sieve import PairTable
from app.domain.understanding.sounds import sounds_of

_LONGEST = 10
_SHORTEST = 3
_KIND_WORDS = (
    "社区 街道 小区 花园 花苑 家园 公园 新村 佳苑 雅苑 雅居 名邸 华庭 广场 大道 大街 公路 小学 中学 学校 幼儿园 医院 卫生院 市场 "
    "菜市场 水库 大桥 家属院 宿舍 生活区 安置房 安置区 公交站 客运站 火车站 派出所 大队 公司 村 镇 乡 路 街 巷 桥 庙 寺 厂 站 场 区 院 苑 "
    "园 庭 府 里 湾 坪"
)
_KINDS = frozenset(_KIND_WORDS.split())
_LONGEST_KIND = max(map(len, _KINDS))
_KIND_END = re.compile("[村镇乡路街巷道区园苑居邸庭场学校院库桥舍房站所队庙寺厂府里湾坪]")
_TELLS_APART = frozenset("东西南北中上下前后左右内外大小新老旧一二三四五六七八九十两零")


class Misspelt:
    """The names of a gazetteer by sound, and by what is left when one character is taken out."""

    def __init__(self, names: NameIndex) -> None:
        self._names = names
        self._by_sound: defaultdict[str, list[str]] = defaultdict(list)
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._starts = PairTable()
        self._by_rest: dict[int, tuple[str, ...]] = {}
        self._tails: set[str] = set()
        self._windows: defaultdict[str, set[int]] = defaultdict(set)
        for name in names:
            if _SHORTEST <= len(name) <= _LONGEST:
                self._add(name)

    def _add(self, name: str) -> None:
        sound = sounds_of(name)
        self._by_sound[sound].append(name)
        lengths = self._lengths.get(sound[:2], ())
        if len(name) not in lengths:
            self._lengths[sound[:2]] = tuple(sorted({*lengths, len(name)}, reverse=True))
            self._starts.add(sound[:2])
        core = _core(name)
        if core:
            around = range(max(_SHORTEST, len(name) - 1), min(_LONGEST, len(name) + 1) + 1)
            self._windows[name[len(core) :]].update(around)
            for rest in {name, *_rests(name, len(core))}:
                # The hash alone is kept: a fifth of the memory, and whatever it finds is compared anyway.
                self._by_rest[hash(rest)] = (*self._by_rest.get(hash(rest), ()), name)
                self._tails.add(rest[-3:])

    def find(self, text: str, exact: list[Hit]) -> list[Hit]:
        """Return the misspelt names in `text`, left to right, that overlap none of the `exact` ones of full length.

        A bare stem inside a misspelt name (北苑 in 北苑新成) does not count against it.
        """
        taken = [hit for hit in exact if not hit.stem and len(hit.word) >= _SHORTEST]
        found: list[Hit] = []
        for hit in sorted((*self._same_sound(text), *self._one_off(text)), key=_preference):
            if not any(hit.start < other.end and other.start < hit.end for other in (*taken, *found)):
                found.append(hit)
        return sorted(found, key=lambda hit: hit.start)

    def _same_sound(self, text: str) -> Iterator[Hit]:
        sounds = sounds_of(text)
        for position in self._starts.positions(sounds):
            for length in self._lengths[sounds[position : position + 2]]:
                names = self._by_sound.get(sounds[position : position + length], ())
                written = text[position : position + length]
                meant = [name for name in names if name != written and _same_place(written, name)]
                if meant:
                    yield replace(self._hit(meant, position, length, stem=False), same_sound=True)

    def _one_off(self, text: str) -> Iterator[Hit]:
        for end in (match.end() for match in _KIND_END.finditer(text, _SHORTEST - 1)):
            if not self._may_end(*text[max(0, end - 4) : end].rjust(4)):
                continue
            for length in self._window_lengths(text, end):
                written = text[end - length : end]
                meant = self._one_from(written)
                if meant:
                    short = min(len(_core(name)) for name in meant) < _SHORTEST
                    yield self._hit(meant, end - length, length, stem=short)

    def _may_end(self, a: str, b: str, c: str, d: str) -> bool:
        """Whether a name may end with these characters, or with them less one; most of what ends like a name does not."""
        return not self._tails.isdisjoint((b + c + d, a + c + d, a + b + d, c + d, b + d))

    def _window_lengths(self, text: str, end: int) -> set[int]:
        """How long names can be that end here with what they are, one character more or less."""
        kinds = {_kind(text[max(0, end - _LONGEST_KIND) : end]), text[end - 1]}
        return {length for kind in kinds for length in self._windows.get(kind, ()) if length <= end}

    def _one_from(self, written: str) -> list[str]:
        """Return the names that differ from `written` in one character."""
        near = {
            name for rest in (written, *_rests(written, len(written) - 1)) for name in self._by_rest.get(hash(rest), ())
        }
        return sorted(name for name in near if _one_edit(written, name))

    def _hit(self, names: Iterable[str], start: int, length: int, *, stem: bool) -> Hit:
        """`stem` marks a likeness too weak to stand alone."""
        listed = list(names)
        codes = dict.fromkeys(code for name in listed for code in self._names.codes(name))
        return Hit("、".join(listed[:3]), tuple(codes), stem=stem, start=start, misread=True, length=length)


def _preference(hit: Hit) -> tuple[bool, int, int]:
    """Alike in sound before alike in writing, the longer before the shorter."""
    return hit.stem, -hit.length, hit.start


def _rests(name: str, until: int) -> list[str]:
    return [name[:gap] + name[gap + 1 :] for gap in range(until)]


def _core(name: str) -> str:
    """The name without what it is (清河 of 清河小区), or "" when too little is left to recognise."""
    core = name.removesuffix(_kind(name))
    return core if core != name and len(core) >= 2 else ""


def _kind(name: str) -> str:
    """What it is, by the longest of such words that it ends with; "" when it does not say."""
    for length in range(_LONGEST_KIND, 0, -1):
        if name[-length:] in _KINDS:
            return name[-length:]
    return ""


def _same_place(written: str, name: str) -> bool:
    """Whether no two characters stand against each other that tell places apart (四 and 十 sound alike)."""
    return not any(a != b and a in _TELLS_APART and b in _TELLS_APART for a, b in zip(written, name, strict=True))


def _one_edit(written: str, name: str) -> bool:
    """Whether one character within the core is wrong, missing, too many or swapped with its neighbour."""
    kind = _kind(name)
    if written == name or not written.endswith(kind):
        return False
    ours, theirs = written[: len(written) - len(kind)], name[: len(name) - len(kind)]
    front = 0
    while front < min(len(ours), len(theirs)) and ours[front] == theirs[front]:
        front += 1
    back = 0
    while back < min(len(ours), len(theirs)) - front and ours[-1 - back] == theirs[-1 - back]:
        back += 1
    wrong, right = ours[front : len(ours) - back], theirs[front : len(theirs) - back]
    if any(character in _TELLS_APART for character in wrong):
        return False
    if len(wrong) == 1 and not right:  # too many: at the edge it belongs to the word beside it
        return front > 0 and back > 0
    if len(wrong) == 1 and len(right) == 1:
        return right not in _TELLS_APART
    return (not wrong and len(right) == 1 and len(ours) >= 2) or (len(wrong) == 2 and right == wrong[::-1])
