"""Puts the findings together into a score and a verdict, so that a clerk sees at a glance what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.catalogue import RequestKind
from app.domain.reply_quality.finding import Code, Finding, Severity
from app.domain.reply_quality.manners import copied, courtesies, manners, personal_data
from app.domain.reply_quality.matter import Matter, other_matter, unanswered_points
from app.domain.reply_quality.substance import substance

GOOD, POOR = 75, 50
SAYS_NOTHING = frozenset({Code.TOO_SHORT, Code.ONLY_PHRASES, Code.ONLY_PASSED_ON})


class Verdict(StrEnum):
    """What a reviewer would say at first sight."""

    GOOD = "good"
    COULD_BE_BETTER = "could_be_better"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Check:
    """The result: `score` 0 to 100, `findings` heaviest first."""

    score: int
    verdict: Verdict
    findings: tuple[Finding, ...]


def check_reply(matter: Matter, reply: str, earlier: Iterable[str] = ()) -> Check:
    """Judge a reply to a matter; `earlier`: replies of the same unit that it may have been copied from.

    Nothing is refused, whatever is found: a person decides.
    """
    found = substance(reply, consultation=matter.kind == RequestKind.CONSULTATION)
    if not SAYS_NOTHING.intersection(finding.code for finding in found):
        found += other_matter(matter, reply) + unanswered_points(matter, reply) + copied(reply, earlier)
        found += courtesies(reply)
    found += manners(reply) + personal_data(reply)
    found.sort(key=lambda finding: (-finding.fault.cost, finding.start or 0))
    # The second fault of a kind tells little more than the first.
    costs: dict[Code, int] = {finding.code: finding.fault.cost for finding in found}
    score = max(0, 100 - sum(costs.values()))
    return Check(score, _verdict(score, found), tuple(found))


def _verdict(score: int, found: Iterable[Finding]) -> Verdict:
    codes = {finding.code for finding in found}
    if score < POOR or codes & SAYS_NOTHING:
        return Verdict.POOR
    warned = any(finding.fault.severity is Severity.WARNING for finding in found)
    return Verdict.GOOD if score >= GOOD and not warned else Verdict.COULD_BE_BETTER
