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
        "unit-closed": "该承办单位刚刚停用，请改派其他单位。",
        "unit-shielded": "该单位应当回避，不能承办此诉求。",
        "unit-holds-order": "应回避的单位正在承办，请先收回工单。",
        "unit-at-work": "该单位已在承办此诉求。",
        "not-a-township": "只有乡镇街道可以吹哨。",
        "help-pending": "尚有协办单位未完成；如需先行提交，请在 without_help 中说明理由。",
        "return-window-over": "已超过退单申请期限。",
        "extension-too-late": "办理时限已过，不能再申请延期。",
        "reminder-limit": "今天已催办3次，请明天再试。",
        "claimed-by-another": "该诉求正由其他回访员回访。",
        "master-not-open": "主案已并入其他案件或已办结，请选择办理中的主案。",
        "secrecy-differs": "保密诉求不能与普通诉求并案。",
        "idempotency-mismatch": "该幂等键已用于另一份内容，请换一个新的键。",
        "external-ref-taken": "该外部编号已被使用。",
        "already-exists": "已有相同的记录，请勿重复添加。",
        "too-many": "每人最多保存 100 个常用筛选，请先删除不用的。",
        "in-use": "仍有下级单位、人员或派单规则在使用，请先调整。",
        "last-catch-all": "这是适用于所有诉求的兜底时限，不能删除或缩小范围。",
        "lesson-decided": "该经验已处理，如需更改请先恢复。",
        "lesson-undecided": "该经验尚未处理，无需恢复。",
        "lesson-covered": "已有更具体的规则（或属村级事务）在起作用，新规则不会生效，请直接修改该规则。",
        "last-admin": "这是最后一名在用的管理员，须保留。",
        "position-lost": "数据库已恢复过，原读取位置失效，请先用 replay 选定起点。",
        "not-visible": "回调所属用户已看不到该事件。",
        "request-over": "这件诉求已经结束，不能再上传附件。",
        "too-many-attachments": "每件诉求最多上传 20 个附件。",
        "message-state": "该消息当前不能执行此操作（已发送、正在发送，或同一事项已有消息待发）。",
        "cluster-state": "该集中诉求已有处理结论或已结束，不能再次处理。",
        "own-account": "不能停用本人账号，也不能撤销本人的管理员角色。",
    },
    412: {"stale-version": "内容已被他人更新（当前版本 7），请刷新后重试。"},
    413: {"too-large": "内容过大"},
    416: {"no-such-range": "没有这一段"},
    422: {"invalid": "提交的内容有误，请按提示修改。"},
    429: {
        "too-many-attempts": "尝试次数过多，请稍后再试。",
        "too-many-polls": "同一账号最多同时等待 100 个轮询，请等其他轮询结束后再试。",
    },
    503: {"unavailable": "系统暂时不可用，请稍后重试。", "overloaded": "当前访问人数较多，请稍后重试。"},
}
"""Status → code → an example of `detail`."""

EXTRA: dict[str, dict[str, Any]] = {
    "invalid": {"errors": [{"pointer": "/text", "code": "missing", "message": "必填"}]},
    "illegal-transition": {"state": "resolved", "available_actions": ["callbacks", "reveal"]},
    "stale-version": {"version": 7},
}
"""What a problem carries beyond the common fields, with example values."""
