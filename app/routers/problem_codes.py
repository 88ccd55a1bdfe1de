"""Every stable code of a problem by its status, with the sentence people read: the list that clients program against."""

from typing import Any

PROBLEMS: dict[int, dict[str, str]] = {
    400: {
        "malformed-json": "不是有效的 JSON（第 1 行第 12 列）。",
        "duplicate-key": "字段“text”出现了两次。",
        "invalid-encoding": "内容须为 UTF-8 编码（第 9 字节起有误）。",
        "malformed": "请求内容无法读取。",
    },
    401: {
        "unauthenticated": "请先登录，或检查令牌是否有效。",
        "wrong-credentials": "用户名或密码不正确。",
    },
    403: {"forbidden": "您没有权限执行此操作。"},
    404: {"not-found": "未找到相关内容。"},
    409: {
        "illegal-transition": "当前状态为“已办结”，不能派单。",
        "idempotency-mismatch": "该幂等键已用于另一份内容，请换一个新的键。",
        "already-exists": "已有相同的记录，请勿重复添加。",
        "in-use": "仍有下级单位、人员或派单规则在使用，请先调整。",
        "last-catch-all": "这是适用于所有诉求的兜底时限，不能删除或缩小范围。",
        "last-admin": "这是最后一名在用的管理员，须保留。",
        "own-account": "不能停用本人账号，也不能撤销本人的管理员角色。",
    },
    412: {"stale-version": "内容已被他人更新（当前版本 7），请刷新后重试。"},
    413: {"too-large": "内容过大"},
    422: {"invalid": "提交的内容有误，请按提示修改。"},
    429: {"too-many-attempts": "尝试次数过多，请稍后再试。"},
    503: {"unavailable": "系统暂时不可用，请稍后重试。"},
}
"""Status → code → an example of `detail`."""

EXTRA: dict[str, dict[str, Any]] = {
    "invalid": {"errors": [{"pointer": "/text", "code": "missing", "message": "必填"}]},
    "illegal-transition": {"state": "resolved", "available_actions": ["callbacks", "reveal"]},
    "stale-version": {"version": 7},
}
"""What a problem carries beyond the common fields, with example values."""
