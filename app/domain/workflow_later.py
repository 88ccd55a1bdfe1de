"""The rest of the domain guide's workflow, written down as rows so that the whole can be read and judged together.

No URL serves these steps and the door does not walk them: they are moved into `workflow.TRANSITIONS` when their
effects exist (applications, merging, several hands, supervision). A test keeps the two tables apart.
"""

from app.domain.events import EventKind as E
from app.domain.permissions import Permission as P
from app.domain.workflow import ALIVE, ANY_ORDER, OrderState, RequestState, Subject, Transition

S, O = RequestState, OrderState  # noqa: E741 - as in the table itself
R, W, A = Subject.REQUEST, Subject.WORK_ORDER, Subject.APPLICATION
T = Transition
WORKING = (S.ASSIGNED, S.IN_PROGRESS)
UNDECIDED = (None, O.PENDING, O.ACCEPTED)

# fmt: off
LATER: tuple[Transition, ...] = (
    T("merge", R, (S.RECEIVED, *WORKING), UNDECIDED, S.MERGED, O.WITHDRAWN, P.REQUEST_MERGE, ("into",),
      E.REQUEST_MERGED),
    T("unmerge", R, (S.MERGED,), ANY_ORDER, S.RECEIVED, None, P.REQUEST_MERGE, (), E.REQUEST_UNMERGED),
    T("follow", R, (S.MERGED,), ANY_ORDER, S.RESOLVED, None, P.REQUEST_REDO, (), E.REQUEST_FOLLOWED),
    T("publish", R, (S.RESOLVED, S.RATED, S.CLOSED), ANY_ORDER, None, None, P.REQUEST_PUBLISH, (), E.REQUEST_PUBLISHED),
    T("supervisions", R, ALIVE, ANY_ORDER, None, None, P.REQUEST_SUPERVISE, ("level", "reply_by", "text"),
      E.SUPERVISION_ISSUED),
    T("return", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("reason",), E.RETURN_APPLIED),
    T("extend", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("reason",), E.EXTENSION_APPLIED),
    T("hold", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("review_on", "reason"),
      E.HOLD_APPLIED),
    T("assist", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("unit_code", "task"),
      E.ASSIST_ASKED),
    T("delegate", W, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.WORK_ORDER_HANDLE, ("unit_code",), E.ORDER_DELEGATED),
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), S.RECEIVED, O.RETURNED, P.APPLICATION_DECIDE, (),
      E.APPLICATION_APPROVED, choice="return"),
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.APPLICATION_DECIDE, (), E.APPLICATION_APPROVED,
      choice="extend"),
    T("approve", A, (S.IN_PROGRESS,), (O.ACCEPTED,), S.ON_HOLD, None, P.APPLICATION_DECIDE, (), E.APPLICATION_APPROVED,
      choice="hold"),
    T("refuse", A, (S.IN_PROGRESS,), (O.ACCEPTED,), None, None, P.APPLICATION_DECIDE, ("reason",), E.APPLICATION_REFUSED),
)
# fmt: on
