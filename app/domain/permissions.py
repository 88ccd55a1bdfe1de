"""The one vocabulary of permissions, and the roles that the product ships with.

Roles are rows in the database and may be changed there; the permissions they draw from are named only here.
"""

from enum import StrEnum


class Permission(StrEnum):
    """What an actor may do at all. Whether it may do it to *this* row is the transition table's business."""

    REQUEST_FILE = "request.file"
    REQUEST_IMPORT = "request.import"
    REQUEST_READ = "request.read"
    REQUEST_READ_ALL = "request.read_all"
    REQUEST_CLASSIFY = "request.classify"
    REQUEST_DISPATCH = "request.dispatch"
    REQUEST_ANSWER = "request.answer"
    REQUEST_DECLINE = "request.decline"
    REQUEST_TRANSFER = "request.transfer"
    REQUEST_HANDOVER = "request.handover"
    REQUEST_SHIELD = "request.shield"
    REQUEST_HOLD = "request.hold"
    REQUEST_MERGE = "request.merge"
    REQUEST_REVIEW = "request.review"
    REQUEST_CALLBACK = "request.callback"
    REQUEST_REOPEN = "request.reopen"
    REQUEST_CLOSE = "request.close"
    REQUEST_SUPPLEMENT = "request.supplement"
    REQUEST_REMIND = "request.remind"
    REQUEST_REVEAL = "request.reveal"
    REQUEST_RATE = "request.rate"
    REQUEST_REDO = "request.redo"
    REQUEST_PUBLISH = "request.publish"
    REQUEST_SUPERVISE = "request.supervise"
    REQUEST_RESTRICTED = "request.restricted"
    REQUEST_EXPORT = "request.export"
    APPLICATION_DECIDE = "application.decide"
    WORK_ORDER_HANDLE = "work_order.handle"
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_WRITE = "catalogue.write"
    IDENTITY_READ = "identity.read"
    IDENTITY_WRITE = "identity.write"
    AUDIT_READ = "audit.read"
    WEBHOOK_READ = "webhook.read"
    WEBHOOK_WRITE = "webhook.write"
    STATISTICS_READ = "statistics.read"
    MESSAGE_MANAGE = "message.manage"


P = Permission
_STAFF = (P.REQUEST_READ, P.REQUEST_READ_ALL, P.CATALOGUE_READ)

DEFAULT_ROLES: dict[str, tuple[str, tuple[Permission, ...]]] = {
    "operator": (
        "话务员",
        (
            *_STAFF,
            P.REQUEST_FILE,
            P.REQUEST_ANSWER,
            P.REQUEST_SUPPLEMENT,
            P.REQUEST_REMIND,
            P.REQUEST_TRANSFER,
            P.REQUEST_HANDOVER,
        ),
    ),
    "dispatcher": (
        "派单员",
        (
            *_STAFF,
            P.REQUEST_FILE,
            P.REQUEST_IMPORT,
            P.REQUEST_CLASSIFY,
            P.REQUEST_DISPATCH,
            P.REQUEST_ANSWER,
            P.REQUEST_DECLINE,
            P.REQUEST_TRANSFER,
            P.REQUEST_HANDOVER,
            P.REQUEST_SHIELD,
            P.REQUEST_HOLD,
            P.REQUEST_MERGE,
            P.REQUEST_REVIEW,
            P.REQUEST_CLOSE,
            P.REQUEST_SUPPLEMENT,
            P.REQUEST_REMIND,
            P.REQUEST_REVEAL,
            P.REQUEST_PUBLISH,
            P.REQUEST_EXPORT,
            P.STATISTICS_READ,
            P.APPLICATION_DECIDE,
        ),
    ),
    "expert": ("专家座席", (*_STAFF, P.REQUEST_ANSWER, P.REQUEST_HANDOVER, P.REQUEST_SUPPLEMENT)),
    "handler": (
        "承办单位",
        (P.REQUEST_READ, P.CATALOGUE_READ, P.WORK_ORDER_HANDLE, P.STATISTICS_READ),
    ),
    "callback_agent": (
        "回访员",
        (*_STAFF, P.REQUEST_CALLBACK, P.REQUEST_CLOSE, P.REQUEST_SUPPLEMENT, P.REQUEST_REVEAL),
    ),
    "supervisor": (
        "督办员",
        (
            *_STAFF,
            P.REQUEST_DISPATCH,
            P.REQUEST_REVIEW,
            P.REQUEST_REOPEN,
            P.REQUEST_CLOSE,
            P.REQUEST_HOLD,
            P.REQUEST_REMIND,
            P.REQUEST_REVEAL,
            P.REQUEST_SUPERVISE,
            P.REQUEST_SHIELD,
            P.REQUEST_EXPORT,
            P.STATISTICS_READ,
            P.APPLICATION_DECIDE,
            P.AUDIT_READ,
            P.MESSAGE_MANAGE,
        ),
    ),
    "auditor": ("审计", (*_STAFF, P.IDENTITY_READ, P.AUDIT_READ, P.REQUEST_EXPORT, P.STATISTICS_READ)),
    "admin": (
        "管理员",
        (
            *_STAFF,
            P.REQUEST_IMPORT,
            P.CATALOGUE_WRITE,
            P.IDENTITY_READ,
            P.IDENTITY_WRITE,
            P.AUDIT_READ,
            P.WEBHOOK_READ,
            P.WEBHOOK_WRITE,
            P.STATISTICS_READ,
            P.MESSAGE_MANAGE,
        ),
    ),
    "discipline": (
        "纪检专员",
        (
            *_STAFF,
            P.REQUEST_CLASSIFY,
            P.REQUEST_DISPATCH,
            P.REQUEST_ANSWER,
            P.REQUEST_DECLINE,
            P.REQUEST_TRANSFER,
            P.REQUEST_HOLD,
            P.REQUEST_REVIEW,
            P.REQUEST_CALLBACK,
            P.REQUEST_REOPEN,
            P.REQUEST_CLOSE,
            P.REQUEST_SUPPLEMENT,
            P.REQUEST_REMIND,
            P.REQUEST_REVEAL,
            P.REQUEST_RESTRICTED,
            P.REQUEST_HANDOVER,
            P.REQUEST_SHIELD,
            P.REQUEST_MERGE,
            P.REQUEST_SUPERVISE,
            P.REQUEST_EXPORT,
            P.APPLICATION_DECIDE,
            P.STATISTICS_READ,
        ),
    ),
    "cadre": (
        "联户干部",
        (P.REQUEST_READ, P.REQUEST_FILE, P.REQUEST_SUPPLEMENT, P.CATALOGUE_READ),
    ),
}
"""Role code → (Chinese name, permissions); seeded once, then the database's rows rule."""

CITIZEN_PERMISSIONS = frozenset({P.REQUEST_FILE, P.REQUEST_RATE, P.REQUEST_SUPPLEMENT, P.REQUEST_REMIND})
"""What a citizen may do with ticket number and query code."""

SYSTEM_PERMISSIONS = frozenset(
    {
        P.REQUEST_REDO,
        P.REQUEST_CLOSE,
        P.REQUEST_HOLD,
        P.REQUEST_MERGE,
        P.REQUEST_SUPPLEMENT,
        P.REQUEST_REMIND,
        P.REQUEST_SHIELD,
    }
)
"""What the machine may do by itself; never in a role."""
