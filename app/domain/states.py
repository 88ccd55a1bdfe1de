"""The states, roles and conditions that the workflow table speaks of (domain guide §2)."""

from enum import StrEnum


class RequestState(StrEnum):
    """Life of a service request (诉求状态): what the public sees."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    RATED = "rated"
    CLOSED = "closed"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    MERGED = "merged"


class OrderState(StrEnum):
    """Life of a work order (工单状态): one unit's duty to act."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class OrderRole(StrEnum):
    """What an order is for (工单角色): lead 主办, assist 协办, child 二级派单, summons 吹哨报到."""

    LEAD = "lead"
    ASSIST = "assist"
    CHILD = "child"
    SUMMONS = "summons"


class Desk(StrEnum):
    """A special desk of the centre that a request waits at (中心席位)."""

    EXPERT = "expert"


class Subject(StrEnum):
    """What an action is done to; the URL it is called under."""

    REQUEST = "request"
    WORK_ORDER = "work_order"
    APPLICATION = "application"
    SUPERVISION = "supervision"


class Whose(StrEnum):
    """Whose order it must be: handling is not for whoever may look at it."""

    ANYBODY = "anybody"
    OWN_UNIT = "own_unit"
    ASKING_UNIT = "asking_unit"


class Guard(StrEnum):
    """A condition beyond the states; `walking.GUARDS` decides it."""

    CALLBACK_SPENT = "callback_spent"
    NOT_SECRET = "not_secret"  # noqa: S105 - a condition, not a secret
    NO_APPLICATION = "no_application"
    MAY_RETURN = "may_return"
    MAY_EXTEND = "may_extend"
    MAY_HOLD = "may_hold"
    NO_FOLLOWERS = "no_followers"
    AT_A_DESK = "at_a_desk"
    AT_NO_DESK = "at_no_desk"
    CONTENT = "content"
    DISCONTENT = "discontent"
    RATING_COUNTS = "rating_counts"


HELPERS = (OrderRole.ASSIST, OrderRole.CHILD, OrderRole.SUMMONS)
OPEN_ORDER_STATES = (OrderState.PENDING, OrderState.ACCEPTED, OrderState.SUBMITTED)
FINAL_REQUEST_STATES = (RequestState.CLOSED, RequestState.DECLINED, RequestState.TRANSFERRED)
