"""One line of a diagnosis: what was looked at, how it stands, and what to do when it does not stand well."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact; `advice` says what to do about it and is empty when nothing is to be done."""

    level: Level
    subject: str
    fact: str
    advice: str = ""


def ok(subject: str, fact: str) -> Finding:
    """As it should be."""
    return Finding(Level.OK, subject, fact)


def warn(subject: str, fact: str, advice: str) -> Finding:
    """Works, but somebody should know."""
    return Finding(Level.WARN, subject, fact, advice)


def fail(subject: str, fact: str, advice: str) -> Finding:
    """The hotline does not work like this."""
    return Finding(Level.FAIL, subject, fact, advice)
