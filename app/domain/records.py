"""Records beside an order: applications, slips, corrections. Their kinds, states and closed lists of reasons (domain guide §2)."""

from enum import StrEnum


class ApplicationKind(StrEnum):
    """What a unit applies for (申请类别): 退单、延期、挂账."""

    RETURN = "return"
    EXTEND = "extend"
    HOLD = "hold"


class ApplicationState(StrEnum):
    """Life of an application; `lapsed`: its order was taken away before anybody decided."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class ReturnReason(StrEnum):
    """Why a unit gives an order back (退单理由)."""

    NOT_OUR_DUTY = "not_our_duty"
    NOT_OUR_AREA = "not_our_area"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    DUPLICATE = "duplicate"
    STATUTORY_PROCEDURE = "statutory_procedure"


class HoldGround(StrEnum):
    """What a matter on hold waits for (挂账原因): 政策、资金、施工季节."""

    POLICY = "policy"
    FUNDS = "funds"
    SEASON = "season"


class SlipKind(StrEnum):
    """What a unit is to answer: a rectification slip 督办单, or a leader's instruction 领导批示."""

    SLIP = "slip"
    INSTRUCTION = "instruction"


class SlipLevel(StrEnum):
    """How serious (督办等级): 蓝、橙、红."""

    BLUE = "blue"
    ORANGE = "orange"
    RED = "red"


class SlipState(StrEnum):
    """Life of a slip: to be answered, answered, answer accepted. A refused answer makes it open again."""

    OPEN = "open"
    REPLIED = "replied"
    ACCEPTED = "accepted"


class CorrectionSource(StrEnum):
    """Where a corrected label comes from: 退单、改派、改分类, and 改选: a lesson spoke and the rule's unit was not chosen."""

    RETURN = "return"
    REDISPATCH = "redispatch"
    CLASSIFY = "classify"
    OVERRULE = "overrule"


class LessonDecision(StrEnum):
    """What people decided about a routing lesson: 不采纳、采纳为规则."""

    DISMISSED = "dismissed"
    ADOPTED = "adopted"


class Exclusion(StrEnum):
    """Why a rating does not count in the adjusted figures (剔除理由)."""

    UNREASONABLE = "unreasonable"
    NOT_ABOUT_UNIT = "not_about_unit"
    WRONG_NUMBER = "wrong_number"


class FilterNoun(StrEnum):
    """The list that a saved filter is for (常用筛选)."""

    REQUESTS = "requests"
    WORK_ORDERS = "work-orders"
