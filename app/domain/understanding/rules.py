"""Patterns that are tried only where they can find something; where that is, is read off the pattern itself.

Some sixty rules stand against every text and hardly any applies. The signs that a rule cannot do without tell whether
it need be tried at all, its first characters tell where. Both are derived: a list kept by hand would let a danger
through as soon as somebody extended the pattern and forgot the list.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from typing import Any

# How Python reads patterns has no public name; whatever it may learn to read one day counts as "any text" below.
_reader: Any = import_module("re._parser")

_ANY = "…"
"""Stands in a beginning or an ending for any text, or none."""
_COST_OF_ONE = 25
"""A single character stands in so many times more texts than a pair."""
_LARGEST_CLASS = 60
_ONE_CHARACTER = (_reader.LITERAL, _reader.IN)
_NARROWING = (_reader.AT, _reader.ASSERT, _reader.ASSERT_NOT)
_REPEATING = (_reader.MAX_REPEAT, _reader.MIN_REPEAT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and signs (pairs of characters, or single ones) of which whatever it finds holds at least one."""

    pattern: re.Pattern[str]
    signs: frozenset[str]

    def may_find(self, text: str) -> bool:
        """Whether it is worth trying; for a rule of few signs, see `Sieve` for many rules."""
        return any(sign in text for sign in self.signs)


def rule(*alternatives: str) -> Rule:
    """Make a rule of patterns, the earlier before the later; raises ValueError when one may find something anywhere."""
    parsed = [_reader.parse(pattern) for pattern in alternatives]
    read = [_read(nodes) for nodes in parsed]
    signs = _any_of(read).signs
    if signs is None or any(nodes.state.flags & re.IGNORECASE for nodes in parsed):
        raise ValueError(f"nothing rules one of these patterns out: {alternatives}")
    if all(map(_begins_plainly, parsed)):
        return Rule(re.compile("|".join(alternatives)), signs)
    runs = groupby(zip(alternatives, read, strict=True), key=lambda pair: _ANY in pair[1].firsts)
    return Rule(re.compile("|".join(_guarded(*zip(*run, strict=True)) for _, run in runs)), signs)


def _begins_plainly(nodes: Any) -> bool:
    """Whether Python sees for itself which characters a pattern begins with."""
    kind, inner = nodes[0]
    return kind in _ONE_CHARACTER or (
        kind is _reader.BRANCH and all(branch and branch[0][0] is _reader.LITERAL for branch in inner[1])
    )


def _guarded(patterns: Sequence[str], read: Sequence["_Reading"]) -> str:
    """Let patterns that begin with certain characters be tried at these only: a look at one costs a tenth of a try."""
    together = f"(?:{'|'.join(patterns)})"
    firsts = _any_of(read).firsts
    return together if _ANY in firsts else f"(?=[{''.join(map(re.escape, sorted(firsts)))}]){together}"


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known of whatever some part of a pattern finds.

    `firsts`: the characters it may begin with, "" when it may be empty. `lasts`: the two characters it may end with;
    fewer are the whole of it.
    """

    firsts: Set[str]
    lasts: Set[str]
    signs: frozenset[str] | None = None


_EMPTY = _Reading({""}, {""})
_ANYTHING = _Reading({_ANY, ""}, {_ANY})


def _read(nodes: Iterable[Any]) -> _Reading:
    """Read the parts of a pattern that follow each other."""
    nodes = list(nodes)
    if nodes and all(kind is _reader.LITERAL for kind, _ in nodes):  # a mere word, as most are
        word = "".join(chr(code) for _, code in nodes)
        return _Reading({word[0]}, {word[-2:]}, frozenset({word[-2:]}))
    firsts, lasts, signs = _EMPTY.firsts, _EMPTY.lasts, None
    for kind, inner in nodes:
        part = _read_one(kind, inner)
        if "" in firsts:
            firsts = (firsts - {""}) | part.firsts
        lasts = {(last + more)[-2:] for last in lasts for more in part.lasts}
        signs = _rarer(_rarer(signs, part.signs), _signs_in(lasts))
    return _Reading(firsts, lasts, signs)


def _read_one(kind: Any, inner: Any) -> _Reading:
    if kind in _ONE_CHARACTER:
        members = {chr(inner)} if kind is _reader.LITERAL else _members(inner)
        return _Reading(members, members)
    if kind in _NARROWING:
        return _EMPTY
    if kind is _reader.SUBPATTERN and not inner[1]:  # flags of its own might let it find other letters
        return _read(inner[-1])
    if kind is _reader.BRANCH:
        return _any_of([_read(branch) for branch in inner[1]])
    if kind in _REPEATING:
        return _repeated(*inner)
    return _ANYTHING


def _any_of(branches: Sequence[_Reading]) -> _Reading:
    signs = [branch.signs for branch in branches if branch.signs is not None]
    return _Reading(
        frozenset().union(*(branch.firsts for branch in branches)),
        frozenset().union(*(branch.lasts for branch in branches)),
        frozenset().union(*signs) if len(signs) == len(branches) else None,
    )


def _repeated(least: int, most: Any, nodes: Iterable[Any]) -> _Reading:
    once = _read(nodes)
    lasts = once.lasts if most == 1 else {(_ANY + last)[-2:] for last in once.lasts}
    if least:
        return _Reading(once.firsts, lasts, once.signs)
    return _Reading(once.firsts | {""}, lasts | {"" if most == 1 else _ANY})


def _members(items: Iterable[tuple[Any, Any]]) -> Set[str]:
    """The characters of a class; any when it names those that it has not, or too many."""
    members: set[str] = set()
    for kind, value in items:
        if kind is _reader.LITERAL:
            members.add(chr(value))
        elif kind is _reader.RANGE and value[1] - value[0] < _LARGEST_CLASS:
            members.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return {_ANY}
    return members


def _signs_in(lasts: Set[str]) -> frozenset[str] | None:
    signs = frozenset(last.strip(_ANY) for last in lasts)
    return None if "" in signs else signs


def _rarer(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Return the signs that fewer texts hold; of equal ones the later, where Chinese names what happens."""
    if one is None or other is None:
        return one or other
    return min(other, one, key=lambda signs: sum(1 if len(sign) > 1 else _COST_OF_ONE for sign in signs))
