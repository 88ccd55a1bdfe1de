"""Which step takes which form; each of these has a URL of its own under `/v1`."""

from app.domain.states import Subject
from app.domain.workflow import Transition
from app.schemas import centre_steps, steps, unit_steps
from app.schemas.step_form import Empty, StepForm

R, W, A, D = Subject.REQUEST, Subject.WORK_ORDER, Subject.APPLICATION, Subject.SUPERVISION

FORMS: dict[tuple[Subject, str], type[StepForm]] = {
    (R, "classify"): steps.Classify,
    (R, "dispatch"): steps.Dispatch,
    (R, "answer"): steps.Answer,
    (R, "decline"): steps.Decline,
    (R, "transfer"): steps.Transfer,
    (R, "handover"): centre_steps.Handover,
    (R, "handback"): centre_steps.Handback,
    (R, "shield"): centre_steps.Shield,
    (R, "merge"): centre_steps.Merge,
    (R, "unmerge"): centre_steps.Unmerge,
    (R, "hold"): steps.Hold,
    (R, "resume"): Empty,
    (R, "review"): steps.Review,
    (R, "callbacks"): steps.Callback,
    (R, "reopen"): steps.Reopen,
    (R, "close"): Empty,
    (R, "exclude"): centre_steps.Exclude,
    (R, "supplements"): steps.Supplement,
    (R, "reminders"): steps.Remind,
    (R, "supervisions"): centre_steps.Supervise,
    (R, "instructions"): centre_steps.Instruct,
    (R, "reveal"): steps.Reveal,
    (W, "accept"): Empty,
    (W, "contact"): steps.Contact,
    (W, "progress"): steps.Progress,
    (W, "submit"): steps.Submit,
    (W, "return"): unit_steps.Return,
    (W, "extend"): unit_steps.Extend,
    (W, "hold"): unit_steps.ApplyHold,
    (W, "assist"): unit_steps.Assist,
    (W, "delegate"): unit_steps.Delegate,
    (W, "whistle"): unit_steps.Whistle,
    (W, "attendance"): unit_steps.Attendance,
    (W, "withdraw"): Empty,
    (W, "reveal"): steps.Reveal,
    (A, "approve"): unit_steps.Approve,
    (A, "refuse"): unit_steps.Refuse,
    (A, "cancel"): Empty,
    (D, "reply"): centre_steps.Reply,
    (D, "settle"): Empty,
    (D, "send_back"): centre_steps.SendBackReply,
}

SYSTEM_FORMS: dict[tuple[Subject, str], type[StepForm]] = {
    (R, "rating"): steps.Rating,
    (R, "redo"): steps.Reopen,
    (R, "follow"): centre_steps.Follow,
    (R, "gather"): centre_steps.Gather,
    (A, "expire"): Empty,
    (D, "lapse"): Empty,
}
"""Steps without a URL under `/v1`: the citizen's rating, and what only the system does."""


def needs(row: Transition) -> str:
    """What the form of a row must say, as the description and the README put it; empty for nothing."""
    either = FORMS.get((row.subject, row.action), StepForm).either
    return ", ".join([*row.requires, *([f"either {' or '.join(either)}"] if either else [])])
