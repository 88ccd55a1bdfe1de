"""What states and actions are called in Chinese, wherever a person reads them."""

STATES: dict[str, str] = {
    "received": "已受理", "assigned": "已派单", "in_progress": "办理中", "on_hold": "挂账", "resolved": "已办结",
    "rated": "已评价", "closed": "已归档", "declined": "不予受理", "transferred": "已转出", "merged": "已并案",
    "pending": "待签收", "accepted": "办理中", "submitted": "待审核", "completed": "已办结", "returned": "已退单",
    "withdrawn": "已收回",
}  # fmt: skip
"""Request and order states (诉求状态、工单状态)."""

ACTIONS: dict[str, str] = {
    "classify": "分类", "dispatch": "派单", "answer": "直接答复", "decline": "不予受理", "transfer": "转出",
    "hold": "挂账", "resume": "恢复办理", "review": "审核", "callbacks": "回访", "rating": "评价", "redo": "自动重办",
    "reopen": "重办", "close": "归档", "supplements": "补充情况", "reminders": "催办", "reveal": "查看身份",
    "accept": "签收", "contact": "联系群众", "progress": "填报进展", "submit": "提交结果", "withdraw": "收回",
}  # fmt: skip
"""Steps of the workflow."""
