"""What states and actions are called in Chinese, wherever a person reads them."""

STATES: dict[str, str] = {
    "received": "已受理", "assigned": "已派单", "in_progress": "办理中", "on_hold": "挂账", "resolved": "已办结",
    "rated": "已评价", "closed": "已归档", "declined": "不予受理", "transferred": "已转出", "merged": "已并案",
    "pending": "待签收", "accepted": "办理中", "submitted": "待审核", "completed": "已办结", "returned": "已退单",
    "withdrawn": "已收回", "open": "待处理", "approved": "已同意", "refused": "不同意", "cancelled": "已撤回",
    "lapsed": "已失效", "replied": "已回复",
}  # fmt: skip
"""States of requests, orders, applications and slips (诉求、工单、申请、督办状态)."""

OBSTACLES: dict[str, tuple[str, str]] = {
    "callback_spent": ("尚未完成回访", "the citizen has not been asked yet"),
    "no_application": ("有待审批的申请", "an application waits for a decision"),
    "may_return": ("有待审批的申请，或已不能再退单", "an application waits, or it may not be returned any more"),
    "may_extend": ("有待审批的申请，或延期次数已用完", "an application waits, or no extension is left"),
    "may_hold": ("有待审批的申请，或挂账次数已用完", "an application waits, or no hold is left"),
    "no_followers": ("已有诉求并入本案", "other requests follow this one"),
    "at_a_desk": ("不在专家座席", "it is at no special desk"),
    "at_no_desk": ("已在专家座席", "it is at a special desk already"),
    "content": ("群众不满意或未解决，须由督办员决定", "the citizen is discontent; a supervisor decides"),
    "discontent": ("群众没有不满意", "the citizen is content"),
    "rating_counts": ("没有可剔除的评价", "there is no rating that counts"),
}
"""Why a step cannot be taken though the state would allow it, by the condition of the workflow table."""

ACTIONS: dict[str, str] = {
    "classify": "分类", "dispatch": "派单", "answer": "直接答复", "decline": "不予受理", "transfer": "转出",
    "hold": "挂账", "resume": "恢复办理", "review": "审核", "callbacks": "回访", "rating": "评价", "redo": "自动重办",
    "reopen": "重办", "close": "归档", "supplements": "补充情况", "reminders": "催办", "reveal": "查看身份",
    "accept": "签收", "contact": "联系群众", "progress": "填报进展", "submit": "提交结果", "withdraw": "收回",
    "handover": "转专家座席", "handback": "专家退回", "shield": "设置回避", "merge": "并案", "unmerge": "取消并案",
    "follow": "随主案办结", "gather": "登记并案", "return": "申请退单", "extend": "申请延期", "assist": "请求协办", "delegate": "二级派单",
    "whistle": "吹哨报到", "attendance": "登记报到", "approve": "同意", "refuse": "不同意", "cancel": "撤回申请", "expire": "申请过期",
    "exclude": "剔除评价", "supervisions": "督办", "instructions": "登记批示", "reply": "回复督办", "settle": "督办销号", "send_back": "退回重报",
    "lapse": "督办逾期",
}  # fmt: skip
"""Steps of the workflow."""

KINDS: dict[str, str] = {
    "consultation": "咨询", "help": "求助", "complaint": "投诉", "report": "举报", "suggestion": "建议", "praise": "表扬",
    "other": "其他",
}  # fmt: skip
URGENCIES: dict[str, str] = {"normal": "一般", "urgent": "紧急", "critical": "特急"}
CHANNELS: dict[str, str] = {
    "phone": "电话", "web": "网站", "wechat": "微信", "app": "手机应用", "sms": "短信", "email": "电子邮件",
    "letter": "信件", "visit": "走访", "police_110": "110转办", "import": "批量导入", "open311": "开放接口",
}  # fmt: skip
OUTCOMES: dict[str, str] = {"solved": "已解决", "partly": "部分解决", "explained": "已解释说明", "unsolved": "未解决"}
RESOLVED: dict[str, str] = {"yes": "已解决", "partly": "部分解决", "no": "未解决"}
SATISFACTION: dict[int, str] = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
ROLES: dict[str, str] = {"lead": "主办", "assist": "协办", "child": "二级派单", "summons": "吹哨报到"}
"""Kinds, urgencies, channels, outcomes, ratings and order roles, as files and pages name them."""
TRUTH: dict[str, bool] = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
"""Yes and no, as people write them in files."""
