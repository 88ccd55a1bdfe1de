"""Whether a reply says something: what was done or why not, when, and what came of it."""

import re

from app.domain.reply_quality import words
from app.domain.reply_quality.finding import Code, Finding

SHORT, EMPTY, PASSED_ON_LENGTH, LONG = 20, 12, 70, 1500
_HAN = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]")
_MOST_PHRASES = 3
_SIGNED = 80
"""Characters at the end in which a signature stands."""


def bare(reply: str) -> str:
    """The reply without salutation, greeting, thanks, receipt and signature."""
    whole = reply.strip()
    text = words.SALUTATION.sub("", whole[:-_SIGNED] + words.SIGNATURE.sub("", whole[-_SIGNED:]))
    for pattern in (words.GREETING, words.COURTESY, words.RECEIVED):
        text = pattern.sub("", text)
    return text.strip(' ，,。！!：:；;\n\r\t　“”"')


def size(text: str) -> int:
    """How many signs that say something."""
    return len(_HAN.findall(text))


def substance(reply: str, *, consultation: bool) -> list[Finding]:
    """Faults of what is said; a reply that says nothing gets one finding, not one for each thing it lacks."""
    core = bare(reply)
    if nothing := _nothing(core):
        return [Finding(nothing)]
    found = _phrases(reply)
    found += _done(core, consultation=consultation)
    if len(reply) > LONG:
        found.append(Finding(Code.TOO_LONG))
    return found


def _nothing(core: str) -> Code | None:
    """Which kind of nothing it is: set phrases, passed on, or just a word or two."""
    without = core
    for pattern in words.STOCK:
        without = pattern.sub("", without)
    if _only_passed_on(core) and _only_passed_on(without):
        return Code.ONLY_PASSED_ON
    if size(without) < EMPTY and without != core:
        return Code.ONLY_PHRASES
    short = size(core) < SHORT and not words.CONTACT.search(core)
    return Code.TOO_SHORT if short and not (size(core) >= EMPTY // 2 and _tells(core)) else None


def _tells(core: str) -> bool:
    return bool(words.ACTION.search(core) or words.OUTCOME.search(core))


def _only_passed_on(core: str) -> bool:
    """Passed on or under way, and beside that nothing."""
    if not words.PASSED_ON.search(core):
        return False
    rest = words.PASSED_ON.sub("", core)
    return (
        size(rest) < PASSED_ON_LENGTH
        and not words.OUTCOME.search(rest)
        and not words.EXPLAINS.search(rest)
        and not words.ACTION.search(rest)
    )


def _done(core: str, *, consultation: bool) -> list[Finding]:
    acts, explains = words.ACTION.search(core), words.EXPLAINS.search(core)
    ends, follows = words.OUTCOME.search(core), words.NEXT_STEP.search(core)
    found = []
    if not acts and not explains and not (consultation and ends):
        found.append(Finding(Code.NO_ACTION))
    if acts and not ends and not follows and not explains:
        found.append(Finding(Code.NO_OUTCOME))
    if not words.WHEN.search(core) and not consultation:
        pending = words.PENDING.search(core)
        if pending and not ends:
            found.append(Finding(Code.OPEN_ENDED))
        else:
            found.append(Finding(Code.NO_DATE))
    return found


def _phrases(reply: str) -> list[Finding]:
    spans = sorted(found.span() for pattern in words.STOCK for found in pattern.finditer(reply))
    return [Finding(Code.STOCK_PHRASE, start, end) for start, end in spans[:_MOST_PHRASES]]
