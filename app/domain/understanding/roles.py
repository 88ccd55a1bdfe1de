"""Tells the place of the matter from places that are named for another reason: home, origin, what stands opposite."""

import re
from enum import IntEnum

from app.domain.understanding.names import Hit

_BEFORE = 10
_AFTER = 8
_ORIGIN_BEFORE = re.compile(
    "(?:户籍(?:地)?(?:所在地)?|户口(?:本)?|老家|籍贯|祖籍|娘家|婆家|以前|原来|之前|原先|出生|来自|我(?:们)?(?:本人)?是|本人是|本人系)"
    "(?:住|家|是|在|于|还|落|迁|地址)*[:：]?$"
)
_HOME_BEFORE = re.compile("(?:家住|家在|嫁到|我住|住在|住|居住在?|居住地(?:址)?(?:是|在)?)$")
_NOW_BEFORE = re.compile("(?:现住|现在住?在?|目前住?在?|租住?在?|现居(?:住)?(?:在|地)?|暂住)[:：]?$")
_ORIGIN_AFTER = re.compile(
    "^(?:[一二三四五六七八九十]+[组队社])?(?:的)?(?:村民|居民|户口|户籍|籍|人(?![民行工群流口来员])|(?:上班|打工|工作|务工|做生意|跑车))"
)
_PINNED_BEFORE = re.compile(
    "(?:地址|地点|位置|位于|发生在|发生地|事发地|出事地点|所在地|就在|现场)(?:就)?(?:是在|是|在|为)?[:：]?$"
)
_NEAR_AFTER = re.compile(
    "^(?:[^，,。；;]{0,3}?)(?:斜?对面|对门|正对|旁边?|边上|附近|周边|周围|隔壁|后面|后边|背后|前面|前边|侧面|楼下|(?:往|向|以)[东西南北前后上下里]"
    "|[东西南北]侧|[东西南北][边面]|不远)"
)


_JOINTS = frozenset(["", "的", "-", "/", "·", "—"])


class Role(IntEnum):
    """Why a place is named; the greater, the likelier it is where the matter is."""

    ORIGIN = 0
    HOME = 1
    MATTER = 2
    PINNED = 3


def roles_in(text: str, hits: list[Hit]) -> list[Role]:
    """Return for each name in the text why it stands there; names in a row (青石镇磨盘村) share one reason."""
    roles: list[Role] = []
    for chain in _chains(text, hits):
        before = text[max(0, chain[0].start - _BEFORE) : chain[0].start]
        after = text[chain[-1].end : chain[-1].end + _AFTER]
        roles += [_role(before, after)] * len(chain)
    return roles


def is_beside(text: str, hit: Hit) -> bool:
    """Whether the place is named for what lies near it (钟楼广场对面)."""
    return _NEAR_AFTER.match(text[hit.end : hit.end + _AFTER]) is not None


def _role(before: str, after: str) -> Role:
    if _PINNED_BEFORE.search(before):
        return Role.PINNED
    if _ORIGIN_BEFORE.search(before):
        return Role.ORIGIN
    if _NOW_BEFORE.search(before):
        return Role.MATTER
    if _HOME_BEFORE.search(before):
        return Role.HOME
    return Role.ORIGIN if _ORIGIN_AFTER.match(after) else Role.MATTER


def _chains(text: str, hits: list[Hit]) -> list[list[Hit]]:
    chains: list[list[Hit]] = []
    for hit in hits:
        if chains and text[chains[-1][-1].end : hit.start] in _JOINTS:
            chains[-1].append(hit)
        else:
            chains.append([hit])
    return chains
