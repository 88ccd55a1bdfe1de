"""The one vocabulary of events: every change to a request or order is one of these, in the past tense.

The feed, the timeline and the public progress all read them; `STEP` says which of them a citizen sees, and
in which words.
"""

from enum import StrEnum


class EventKind(StrEnum):
    """What happened (事件)."""

    REQUEST_RECEIVED = "request.received"
    REQUEST_CLASSIFIED = "request.classified"
    REQUEST_DISPATCHED = "request.dispatched"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_DECLINED = "request.declined"
    REQUEST_TRANSFERRED = "request.transferred"
    REQUEST_HELD = "request.held"
    REQUEST_RESUMED = "request.resumed"
    REQUEST_RATED = "request.rated"
    REQUEST_REOPENED = "request.reopened"
    REQUEST_CLOSED = "request.closed"
    REQUEST_SUPPLEMENTED = "request.supplemented"
    REQUEST_REMINDED = "request.reminded"
    REQUEST_DUE_SOON = "request.due_soon"
    REQUEST_OVERDUE = "request.overdue"
    CALLBACK_UNANSWERED = "callback.unanswered"
    CALLBACK_REFUSED = "callback.refused"
    IDENTITY_REVEALED = "identity.revealed"
    ATTACHMENT_ADDED = "attachment.added"
    ATTACHMENT_REMOVED = "attachment.removed"
    ORDER_ACCEPTED = "work_order.accepted"
    ORDER_CONTACTED = "work_order.contacted"
    ORDER_PROGRESSED = "work_order.progressed"
    ORDER_SUBMITTED = "work_order.submitted"
    ORDER_SENT_BACK = "work_order.sent_back"
    ORDER_COMPLETED = "work_order.completed"
    ORDER_WITHDRAWN = "work_order.withdrawn"
    ORDER_DUE_SOON = "work_order.due_soon"
    ORDER_OVERDUE = "work_order.overdue"
    REQUEST_EXTENDED = "request.extended"
    REQUEST_HANDED_OVER = "request.handed_over"
    REQUEST_HANDED_BACK = "request.handed_back"
    REQUEST_SHIELDED = "request.shielded"
    REQUEST_ERASED = "request.erased"
    REQUEST_MERGED = "request.merged"
    REQUEST_UNMERGED = "request.unmerged"
    REQUEST_FOLLOWED = "request.followed"
    REQUEST_GATHERED = "request.gathered"
    RATING_EXCLUDED = "rating.excluded"
    RETURN_APPLIED = "return.applied"
    EXTENSION_APPLIED = "extension.applied"
    HOLD_APPLIED = "hold.applied"
    HOLD_GRANTED = "hold.granted"
    APPLICATION_APPROVED = "application.approved"
    APPLICATION_REFUSED = "application.refused"
    APPLICATION_CANCELLED = "application.cancelled"
    APPLICATION_LAPSED = "application.lapsed"
    APPLICATION_EXPIRED = "application.expired"
    ORDER_RETURNED = "work_order.returned"
    ORDER_LATE = "work_order.late"
    ORDER_ESCALATED = "work_order.escalated"
    ORDER_FORCED = "work_order.forced"
    ASSIST_ASKED = "assist.asked"
    ORDER_DELEGATED = "work_order.delegated"
    WHISTLE_BLOWN = "whistle.blown"
    HELPER_ACCEPTED = "work_order.helper_accepted"
    HELPER_PROGRESSED = "work_order.helper_progressed"
    HELPER_SUBMITTED = "work_order.helper_submitted"
    HELPER_WITHDRAWN = "work_order.helper_withdrawn"
    HELP_RECEIVED = "help.received"
    ATTENDANCE_RECORDED = "attendance.recorded"
    SUPERVISION_ISSUED = "supervision.issued"
    INSTRUCTION_GIVEN = "instruction.given"
    SUPERVISION_REPLIED = "supervision.replied"
    SUPERVISION_ACCEPTED = "supervision.accepted"
    SUPERVISION_SENT_BACK = "supervision.sent_back"
    SUPERVISION_OVERDUE = "supervision.overdue"


E = EventKind

STEP: dict[EventKind, tuple[str, str]] = {
    E.REQUEST_RECEIVED: ("已受理您的诉求", "Your request has been received"),
    E.REQUEST_DISPATCHED: ("已派单至承办单位", "Sent to the responsible unit"),
    E.REQUEST_ANSWERED: ("已直接答复", "Answered directly"),
    E.REQUEST_DECLINED: ("不予受理，理由如下", "Not accepted, for the reason below"),
    E.REQUEST_TRANSFERRED: ("已转出至相关机构", "Passed on to another authority"),
    E.REQUEST_HELD: ("暂缓办理（挂账），到期复查", "On hold until the review date"),
    E.HOLD_GRANTED: ("暂缓办理（挂账），到期复查", "On hold until the review date"),
    E.REQUEST_RESUMED: ("恢复办理", "Work has resumed"),
    E.REQUEST_RATED: ("您的评价已收到", "Your rating has been received"),
    E.REQUEST_REOPENED: ("已重新派单办理", "Sent back to be done again"),
    E.REQUEST_CLOSED: ("已归档", "Closed"),
    E.REQUEST_SUPPLEMENTED: ("已补充情况", "Further facts added"),
    E.REQUEST_REMINDED: ("已催办", "The unit has been reminded"),
    E.ATTACHMENT_ADDED: ("已上传附件", "A file was added"),
    E.CALLBACK_UNANSWERED: ("回访电话未接通", "We called back and could not reach you"),
    E.CALLBACK_REFUSED: ("回访已完成", "Call-back finished"),
    E.ORDER_ACCEPTED: ("承办单位已签收", "The unit has accepted the order"),
    E.ORDER_CONTACTED: ("承办单位已联系您", "The unit has contacted you"),
    E.ORDER_PROGRESSED: ("办理进展", "Progress"),
    E.ORDER_SUBMITTED: ("承办单位已提交办理结果，正在审核", "The unit has reported; under review"),
    E.ORDER_SENT_BACK: ("审核退回，承办单位继续办理", "Sent back to the unit for more work"),
    E.ORDER_COMPLETED: ("已办结", "Resolved"),
    E.REQUEST_MERGED: ("与同类诉求合并办理，办结后一并答复您", "Joined with requests about the same matter"),
    E.REQUEST_UNMERGED: ("恢复单独办理", "Handled on its own again"),
    E.REQUEST_FOLLOWED: ("已办结", "Resolved"),
    E.ORDER_RETURNED: ("承办单位退回，正在重新派单", "Returned by the unit; a new one is being chosen"),
    E.REQUEST_EXTENDED: ("办理时限已延长", "The time for it has been extended"),
}
"""Events a citizen sees, with the words in Chinese and English; all others stay inside the house.

A file is told of only when the citizen may see it: then its event has a text.
"""

PUBLIC_KINDS: tuple[str, ...] = tuple(kind.value for kind in STEP)
