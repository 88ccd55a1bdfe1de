"""What speaks against a name: the dictionary knows the word, or what follows the surname is a verb or a noun.

A dictionary of words takes 黄牛, 叶子 and 岳父 for names because they begin with a surname, and cuts 钱能 out of
钱能不能退. Each such doubt costs points, which a firm introduction (我叫, 女士, ，男) makes good. The scale is that of
`personal_names.py`.
"""

from functools import lru_cache

from rjieba import has_word, suggest_freq, tag

from app.domain.personal_name_words import ALSO_PLACES, COMPOUND, FAVOURITE, GIVEN, NOT_NAMES, SURE

_DOUBT = -1.5
_FREQUENT = 10_000
"""How often a sign must stand alone in the dictionary's texts to be a word first: 能 and 用 are, 超 and 亮 are not."""
_JOINTS = ("v", "d", "p", "r", "f", "c", "u")
"""The dictionary's marks of verbs, adverbs, prepositions, pronouns, directions, conjunctions, particles."""
_NICK = ("小", "老")


@lru_cache(maxsize=8192)
def ordinary(word: str) -> bool:
    """Whether the dictionary has the word, and not as somebody's name."""
    if word in NOT_NAMES:
        return True
    if word.startswith(COMPOUND) and not word.startswith(ALSO_PLACES):
        return False
    return has_word(word) and not tag(word)[0][1].startswith("nr")


def as_one_word(word: str, *, firmly: bool, stands_for_a_name: bool) -> float:
    """Points when the text falls apart exactly there: what no dictionary has is likely a name."""
    if not ordinary(word):
        return 1.5 if firmly or len(word) > 2 or word[0] in SURE or not has_word(word) else -1.5
    return 0.0 if stands_for_a_name and all(sign in GIVEN for sign in word[1:]) else -4.0


def doubts(before: str, whole: str, surname: int, kind: str, *, named: bool) -> float:
    """Points, none above 0, against the name `whole` whose surname has that many signs.

    `before` is the sign before it, `kind` how it is introduced (see `_before`), `named` whether a title or what is
    told of persons only stands behind it.
    """
    if named or surname > 1 or kind in ("self", "list"):
        return 0.0
    points = _DOUBT if before in _NICK and len(whole) == 2 and kind != "role" else 0.0
    if kind == "charge" or (kind == "role" and (whole[0] in SURE or has_word(whole))):
        return points
    return points + (_unlike_a_name(whole) if kind == "role" else _like_a_word(whole))


def _unlike_a_name(whole: str) -> float:
    """Nobody is called so: 学校的孩子戴着口罩."""
    return _DOUBT if len(whole) == 2 and whole[1] not in GIVEN else 0.0


@lru_cache(maxsize=8192)
def _like_a_word(whole: str) -> float:
    """The doubts that lie in the word itself, whatever stands around it."""
    given, points = whole[1:], _unlike_a_name(whole)
    if given[-1] in FAVOURITE:
        return points
    if len(given) == 1 and whole[0] not in SURE and _is_a_joint(given):
        points += _DOUBT
    like = len(given) == 2 and whole[0] in SURE and (GIVEN.issuperset(given) or not ordinary(given))
    return points + _DOUBT if has_word(whole) and not like else points


def _is_a_joint(sign: str) -> bool:
    return suggest_freq(sign) > _FREQUENT and tag(sign)[0][1].startswith(_JOINTS)
