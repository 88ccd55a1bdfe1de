"""The deck of lives: each plot makes sure that some rules are used; the rest of a life goes as lives go."""

from dataclasses import dataclass

from app.domain.catalogue import RequestKind
from app.services.simulation.month.beats import (
    APPLY_HOLD,
    APPROVE,
    ASSIST,
    ASSIST_MEANWHILE,
    CAME,
    CANCEL,
    DELEGATE,
    DOZE,
    ELSEWHERE,
    EXTEND,
    HELPER_ACCEPTS,
    HELPER_DONE,
    HELPER_RINGS,
    HELPER_TELLS,
    HOLD,
    NOBODY_ANSWERS,
    REFUSE,
    RESUME,
    RETURN,
    REVEAL,
    SHIELD,
    SLEEP,
    STAYED_AWAY,
    SUBMIT_ALONE,
    TAKE_AWAY,
    TAKE_BACK,
    TO_TOWNSHIP,
    UNDO,
    WHISTLE,
    WITHDRAW,
    Beat,
)
from app.services.simulation.month.centre_beats import (
    ADDS,
    ADDS_AS_FOLLOWER,
    ANSWER,
    BAD_CALL,
    BAD_ONLINE,
    CHASES,
    CHASES_AS_FOLLOWER,
    CLASSIFY,
    DECLINE,
    EXCLUDE,
    GOOD_CALL,
    GOOD_ONLINE,
    HANDBACK,
    HANDOVER,
    HANGS_UP,
    MERGE,
    NO_ANSWER,
    NOT_ENOUGH,
    REOPEN,
    REPLY,
    REPLY_LATE,
    SETTLE,
    TRANSFER,
    TRANSFER_LATER,
    UNMERGE,
    issue,
)


@dataclass(frozen=True, slots=True)
class Plot:
    """A life's special beats, in order.

    `early`: filed in the first days, because it takes long; `follows`: filed about the same matter as the plot so
    many places before it in the deck; `kind`: what the citizen wants, else as the text says.
    """

    name: str
    beats: tuple[Beat, ...] = ()
    early: bool = False
    follows: int = 0
    kind: RequestKind | None = None
    confidential: bool = False


ASKED = RequestKind.CONSULTATION
PLOTS: tuple[Plot, ...] = (
    Plot("quiet", (UNDO,)),
    Plot("withdrawn late, and sent anew", (WITHDRAW,)),
    Plot("answered by an expert", (UNDO, HANDOVER, ANSWER)),
    Plot("handed back by the expert", (UNDO, HANDOVER, HANDBACK)),
    Plot("declined", (UNDO, DECLINE)),
    Plot("an emergency", (TRANSFER,)),
    Plot("turns out to be a matter for the police", (NOBODY_ANSWERS, TRANSFER_LATER)),
    Plot("returned", (RETURN, APPROVE)),
    Plot("returned twice, then forced", (RETURN, APPROVE, RETURN, APPROVE), early=True),
    Plot("refused twice, then forced", (RETURN, REFUSE, RETURN, REFUSE, RETURN), early=True),
    Plot("thinks better of returning", (RETURN, CANCEL)),
    Plot("extended", (CLASSIFY, EXTEND, APPROVE, EXTEND)),
    Plot("not extended", (EXTEND, REFUSE)),
    Plot("taken away while asking for time", (EXTEND, TAKE_AWAY)),
    Plot("on hold until its date", (APPLY_HOLD, APPROVE), early=True),
    Plot("nobody decides about its hold", (APPLY_HOLD,), early=True),
    Plot("not put on hold", (APPLY_HOLD, ASSIST_MEANWHILE, REFUSE, HELPER_ACCEPTS, HELPER_DONE)),
    Plot("held by the centre", (ASSIST, HOLD, HELPER_ACCEPTS, RESUME, HELPER_DONE), early=True),
    Plot("helped", (ASSIST, HELPER_ACCEPTS, HELPER_TELLS, HELPER_DONE)),
    Plot("helped too late", (ASSIST, ASSIST, TAKE_BACK, SUBMIT_ALONE)),
    Plot("passed down to the village", (TO_TOWNSHIP, DELEGATE, HELPER_ACCEPTS, HELPER_RINGS, HELPER_DONE)),
    Plot(
        "whistle blown",
        (TO_TOWNSHIP, WHISTLE, CAME, HELPER_ACCEPTS, HELPER_DONE, STAYED_AWAY, HELPER_ACCEPTS, HELPER_DONE, TAKE_BACK),
    ),
    Plot("sent elsewhere with helpers at work", (ASSIST, ELSEWHERE)),
    Plot("asleep for weeks", (SLEEP,), early=True, kind=ASKED),
    Plot("late, then put on hold", (DOZE, APPLY_HOLD, APPROVE), early=True, kind=ASKED),
    Plot("chased", (ADDS, CHASES, CHASES, CHASES, CHASES)),
    Plot("supervised", (issue(60), REPLY, SETTLE), early=True),
    Plot("supervised in vain", (issue(30), REPLY_LATE, NOT_ENOUGH, REPLY, SETTLE), early=True),
    Plot("a leader's instruction", (issue(60, leader=True), REPLY, SETTLE), early=True),
    Plot("a slip that nobody answers", (issue(30),), early=True),
    Plot("a cluster", (EXTEND, APPROVE), early=True),
    Plot("follows it", (MERGE, ADDS_AS_FOLLOWER, CHASES_AS_FOLLOWER), early=True, follows=1),
    Plot("follows it too", (MERGE,), early=True, follows=2),
    Plot("is not the same after all", (MERGE, UNMERGE), early=True, follows=3),
    Plot("a cluster for the police", (ADDS, TRANSFER_LATER), early=True),
    Plot("is set free again", (MERGE,), early=True, follows=1),
    Plot("cannot be reached", (NO_ANSWER, NO_ANSWER, NO_ANSWER), early=True),
    Plot("does not want to be asked", (HANGS_UP,), early=True),
    Plot("content online", (GOOD_ONLINE,), early=True),
    Plot("done again", (BAD_CALL, GOOD_CALL), early=True),
    Plot("never content", (BAD_ONLINE, BAD_CALL, BAD_CALL), early=True, kind=ASKED),
    Plot("reopened by a supervisor", (BAD_CALL, BAD_CALL, BAD_ONLINE, REOPEN), early=True, kind=ASKED),
    Plot("a rating that does not count", (GOOD_CALL, EXCLUDE), early=True),
    Plot("blows the whistle on a unit", (UNDO, SHIELD), kind=RequestKind.REPORT, confidential=True),
    Plot("shows who asks", (REVEAL,)),
    *(Plot("quiet") for _ in range(12)),
)
