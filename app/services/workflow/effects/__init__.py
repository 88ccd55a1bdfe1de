"""What each step does beyond the states: which columns it sets and what its event tells.

One small function a step; `door.py` has locked and checked before and writes afterwards. A key `public` in a
payload is text that the citizen may read. A test holds this table against the workflow table.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.states import Subject
from app.services.workflow.effects import applying, centre, handling, helping, merging, opinions, supervising
from app.services.workflow.step import Step

Effect = Callable[[Step, Any], dict[str, Any]]
R, W, A, D = Subject.REQUEST, Subject.WORK_ORDER, Subject.APPLICATION, Subject.SUPERVISION

EFFECTS: Mapping[tuple[Subject, str], Effect] = {
    (R, "classify"): centre.classify,
    (R, "dispatch"): centre.dispatch,
    (R, "answer"): centre.answer,
    (R, "decline"): centre.decline,
    (R, "transfer"): centre.transfer,
    (R, "handover"): centre.handover,
    (R, "handback"): centre.handback,
    (R, "shield"): centre.shield,
    (R, "reopen"): centre.reopen,
    (R, "redo"): centre.reopen,
    (R, "close"): centre.close,
    (R, "supplements"): centre.supplements,
    (R, "reminders"): centre.reminders,
    (R, "reveal"): centre.reveal,
    (R, "merge"): merging.merge,
    (R, "unmerge"): merging.unmerge,
    (R, "follow"): merging.follow,
    (R, "gather"): merging.gather,
    (R, "hold"): applying.hold,
    (R, "resume"): applying.resume,
    (R, "review"): handling.review,
    (R, "callbacks"): opinions.callbacks,
    (R, "rating"): opinions.rating,
    (R, "exclude"): opinions.exclude,
    (R, "supervisions"): supervising.supervise,
    (R, "instructions"): supervising.instruct,
    (W, "accept"): handling.accept,
    (W, "contact"): handling.contact,
    (W, "progress"): handling.progress,
    (W, "submit"): handling.submit,
    (W, "withdraw"): handling.withdraw,
    (W, "reveal"): centre.reveal,
    (W, "return"): applying.apply_return,
    (W, "extend"): applying.apply_extension,
    (W, "hold"): applying.apply_hold,
    (W, "assist"): helping.assist,
    (W, "delegate"): helping.delegate,
    (W, "whistle"): helping.whistle,
    (W, "attendance"): helping.attendance,
    (A, "approve"): applying.approve,
    (A, "refuse"): applying.refuse,
    (A, "cancel"): applying.cancel,
    (A, "expire"): applying.cancel,
    (D, "reply"): supervising.reply,
    (D, "settle"): supervising.settle,
    (D, "send_back"): supervising.send_back,
    (D, "lapse"): supervising.lapse,
}
